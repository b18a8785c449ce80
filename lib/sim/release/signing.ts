import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { Approval } from '../../plan/orders.ts';
import type { Plan, Signing } from '../../plan/plan.ts';
import { NAMESPACE, signedText } from '../../plan/signing.ts';

/** Those whose approvals are asked for; whoever else signs has a key that no plan names. */
const ALLOWED = ['person-0@example.com', 'person-1@example.com'];

const string = (content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** PKCS #8 of an Ed25519 key, but for its 32 bytes. */
const PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Everybody has one key, made of the name. */
function keysOf(by: string) {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PREFIX, createHash('sha256').update(by).digest()]),
    format: 'der',
    type: 'pkcs8',
  });
  const point = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { privateKey, blob: Buffer.concat([string('ssh-ed25519'), string(point)]) };
}

export const SIGNING: Signing = {
  validForSeconds: 86_400,
  signers: ALLOWED.map((by) => ({ by, key: keysOf(by).blob.toString('base64') })),
};

/** As `ssh-keygen -Y sign` does it. @param by whose key signs */
export function signature(by: string, plan: Plan, approval: Approval): string {
  const { privateKey, blob } = keysOf(by);
  const digest = createHash('sha512').update(signedText(plan, approval)).digest();
  const fields = [NAMESPACE, '', 'sha512'].map(string);
  const made = sign(null, Buffer.concat([Buffer.from('SSHSIG'), ...fields, string(digest)]), privateKey);
  const version = Buffer.from([0, 0, 0, 1]);
  const envelope = Buffer.concat([
    Buffer.from('SSHSIG'),
    version,
    string(blob),
    ...fields,
    string(Buffer.concat([string('ssh-ed25519'), string(made)])),
  ]);
  return `-----BEGIN SSH SIGNATURE-----\n${envelope.toString('base64')}\n-----END SSH SIGNATURE-----\n`;
}

export const maySign = (by: string): boolean => ALLOWED.includes(by);
