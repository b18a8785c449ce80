import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readAllowedSigners } from '../../lib/plan/allowed-signers.ts';

const string = (bytes: Buffer | string): Buffer => {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
};
const blobOf = (...parts: readonly (Buffer | string)[]) => Buffer.concat(parts.map(string)).toString('base64');
const key = (digit: number) => blobOf('ssh-ed25519', Buffer.alloc(32, digit));
const [ALICE, BOB] = [`ssh-ed25519 ${key(1)}`, `ssh-ed25519 ${key(2)}`];
const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
const SHORT = blobOf(
  'ssh-rsa',
  Buffer.from(short.e ?? '', 'base64url'),
  Buffer.concat([Buffer.alloc(1), Buffer.from(short.n ?? '', 'base64url')]),
);

describe('allowed signers', () => {
  it('are read as OpenSSH writes them: comments, options, quotes, several keys of one person', () => {
    const text = [
      '# who may approve',
      '',
      `alice@example.com ${ALICE} alice's laptop`,
      `"bob b" namespaces="git,*@tidegate.dev",valid-after="20260101Z",valid-before=20270101120000Z ${BOB}`,
      `alice@example.com ssh-ed25519 ${key(3)}\r`,
      `*@example.com cert-authority,namespaces="git" ssh-ed25519 ${key(4)}`,
      `eve@example.com namespaces="!approval@*,*" ssh-ed25519 ${key(5)}`,
    ].join('\n');
    expect(readAllowedSigners(text)).toEqual({
      signers: [
        { by: 'alice@example.com', key: key(1) },
        { by: 'bob b', key: key(2), validAfter: '2026-01-01T00:00:00.000Z', validBefore: '2027-01-01T12:00:00.000Z' },
        { by: 'alice@example.com', key: key(3) },
      ],
      problems: [],
    });
  });

  it.each([
    ['one key under two names', `alice ${ALICE}\nbob ${ALICE}`, 2, 'the same key is in line 1: a key is one person'],
    ['a pattern', `*@example.com ${ALICE}`, 1, "'*@example.com' stands for several names"],
    ['a list of names', `alice,bob ${ALICE}`, 1, "'alice,bob' stands for several names"],
    ['a certificate authority', `alice cert-authority ${ALICE}`, 1, 'cert-authority is not taken'],
    ['a security token', `alice sk-ssh-ed25519@openssh.com ${blobOf('sk-ssh-ed25519@openssh.com', 'x')}`, 1, 'is not taken'],
    ['an RSA key that is short', `alice ssh-rsa ${SHORT}`, 1, 'an RSA key of 1024 bits is too short, it takes 2048'],
    ['a key that is cut', `alice ssh-ed25519 ${key(1).slice(0, 40)}`, 1, 'it ends too early'],
    ['a key that is no base64', 'alice ssh-ed25519 %%%%', 1, 'is no base64'],
    ['a key of another type', `alice ssh-rsa ${key(1)}`, 1, 'is of type ssh-ed25519, and the line says ssh-rsa'],
    [
      'a point that is not on its curve',
      `alice ecdsa-sha2-nistp256 ${blobOf('ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]))}`,
      1,
      'cannot be used',
    ],
    ['a local time', `alice valid-after="20260101" ${ALICE}`, 1, 'end it with Z, for UTC'],
    ['no time', `alice valid-before="20261301Z" ${ALICE}`, 1, 'is no time: write it as 20260105Z'],
    ['a time that never is', `alice valid-after="20270101Z",valid-before="20260101Z" ${ALICE}`, 1, 'which is never'],
    ['an option that nobody knows', `alice verify-required ${ALICE}`, 1, 'option verify-required is unknown'],
    ['options with something between', `alice namespaces="*"x ${ALICE}`, 1, 'cannot be read'],
    ['no key', 'alice', 1, 'a line is `NAME [OPTIONS] TYPE KEY`'],
    ['nobody', '# later\n', 0, 'nobody may sign'],
    ['signers of something else alone', `alice namespaces="git" ${ALICE}`, 0, 'no line is for namespace approval@tidegate.dev'],
  ])('that are %s are refused', (_, text, line, message) => {
    expect(readAllowedSigners(text).problems).toEqual([{ line, message: expect.stringContaining(message) }]);
  });
});
