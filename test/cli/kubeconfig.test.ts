import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type KubeconfigOptions, readKubeconfig } from '../../lib/cli/kubeconfig.ts';
import { connect } from '../../lib/runner/index.ts';
import { ProblemError } from '../../lib/schema/index.ts';
import { selfSigned } from '../runner/certificate.ts';

const root = mkdtempSync(join(tmpdir(), 'tidegate-kubeconfig-'));
afterAll(() => rmSync(root, { recursive: true }));

let home = '';
let count = 0;
beforeEach(() => {
  home = join(root, `home-${count++}`);
  mkdirSync(join(home, '.kube'), { recursive: true });
});

const write = (path: string, text: string): string => {
  writeFileSync(join(home, path), text);
  return join(home, path);
};
const script = (path: string, text: string): string => {
  const file = write(path, `#!/bin/sh\n${text}`);
  chmodSync(file, 0o755);
  return file;
};
const read = (options: Partial<KubeconfigOptions> = {}) => readKubeconfig({ file: null, context: null, env: {}, home, ...options });

/** A kubeconfig of one context, with these fields of its cluster and user as JSON, which is YAML. */
const kubeconfig = (cluster: object = {}, user: object = { token: 'secret' }, context: object = {}) =>
  JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', ...context } }],
      clusters: [{ name: 'c', cluster: { server: 'https://api.example.com:6443', ...cluster } }],
      users: [{ name: 'u', user }],
    },
    null,
    1,
  );
const usual = (...parts: Parameters<typeof kubeconfig>): string => write('.kube/config', kubeconfig(...parts));

function problemsOf(options: Partial<KubeconfigOptions> = {}) {
  try {
    read(options);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  throw new Error('nothing was wrong');
}

const { cert, key } = selfSigned('person');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const current = async (options: Partial<KubeconfigOptions> = {}) => (await read(options).connection.credentials?.current()) ?? null;

describe('which file', () => {
  const of = (server: string) => kubeconfig({ server: `https://${server}` });

  test('the one that is named, then those of $KUBECONFIG, then the usual one', () => {
    const named = write('named', of('named'));
    const env = { KUBECONFIG: write('listed', of('listed')) };
    write('.kube/config', of('usual'));
    expect(read({ file: named, env }).connection.server).toBe('https://named');
    expect(read({ env }).connection.server).toBe('https://listed');
    expect(read({ env: { KUBECONFIG: '' } }).connection.server).toBe('https://usual');
  });

  test('several are merged: of one name the first counts, and some may be missing', () => {
    const first = write(
      'first',
      `current-context: b
contexts: [{name: a, context: {cluster: c, user: u, namespace: first}}]
clusters: null
`,
    );
    const second = write(
      'second',
      `current-context: a
contexts:
  - {name: a, context: {cluster: c, user: u, namespace: second}}
  - {name: b, context: {cluster: c, user: u, namespace: shop}}
clusters: [{name: c, cluster: {server: 'https://second'}}]
users: [{name: u, user: {token: t}}]
`,
    );
    const env = { KUBECONFIG: ['', first, join(home, 'missing'), second].join(':') };
    expect(read({ env })).toMatchObject({ context: 'b', namespace: 'shop', user: 'u', connection: { server: 'https://second' } });
    expect(read({ env, context: 'a' })).toMatchObject({ context: 'a', namespace: 'first' });
  });

  test('none in a pod: its own account', async () => {
    const directory = join(home, 'account');
    mkdirSync(directory);
    for (const [name, content] of Object.entries({ token: 'own', 'ca.crt': cert, namespace: 'shop\n' }))
      writeFileSync(join(directory, name), content);
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443', TIDEGATE_SERVICEACCOUNT_DIR: directory };
    expect(read({ env })).toMatchObject({ namespace: 'shop', context: null, user: null, connection: { server: 'https://10.0.0.1:443' } });
    expect(await current({ env })).toEqual({ authorization: 'Bearer own' });
    expect(problemsOf({ env, context: 'a' })).toMatchObject([{ message: expect.stringContaining('no context a') }]);
    usual();
    expect(read({ env }).connection.server).toBe('https://api.example.com:6443');
  });
});

describe('what it says', () => {
  test('server, names and namespace', () => {
    usual({}, {}, { namespace: 'shop' });
    expect(read()).toEqual({
      connection: { server: 'https://api.example.com:6443', tls: {} },
      context: 'here',
      user: 'u',
      namespace: 'shop',
    });
    usual({}, {}, { user: '' });
    expect(read()).toMatchObject({ namespace: 'default', user: null });
  });

  test.each<[string, object, object]>([
    ['a CA inline', { 'certificate-authority-data': base64(cert) }, { ca: cert }],
    ['a CA in a file beside it', { 'certificate-authority': 'ca.crt' }, { ca: cert }],
    ['a name to expect', { 'tls-server-name': 'api.internal' }, { servername: 'api.internal' }],
    ['no check', { 'insecure-skip-tls-verify': true }, { rejectUnauthorized: false }],
    ['the public roots', { 'insecure-skip-tls-verify': false, 'certificate-authority': '' }, {}],
  ])('%s', (_, cluster, tls) => {
    write('.kube/ca.crt', cert);
    usual(cluster);
    expect(read().connection.tls).toEqual(tls);
  });

  test.each<[string, object, object]>([
    ['a token', { token: 'secret' }, { authorization: 'Bearer secret' }],
    ['a token in a file, which comes before one that is not', { tokenFile: 'token', token: 'old' }, { authorization: 'Bearer filed' }],
    ['a password', { username: 'anna', password: 'ä:b' }, { authorization: `Basic ${base64('anna:ä:b')}` }],
    [
      'a client certificate beside a token in a file',
      { 'client-certificate': 'cert', 'client-key': 'key', tokenFile: 'token' },
      { cert, key, authorization: 'Bearer filed' },
    ],
    ['a client certificate', { 'client-certificate-data': base64(cert), 'client-key': 'key' }, { cert, key }],
    [
      'a client certificate beside a token',
      { 'client-certificate': 'cert', 'client-key-data': base64(key), token: 'secret' },
      { cert, key, authorization: 'Bearer secret' },
    ],
  ])('%s', async (_, user, credential) => {
    write('.kube/token', 'filed\n');
    write('.kube/cert', cert);
    write('.kube/key', key);
    usual({}, user);
    expect(await current()).toEqual(credential);
  });

  test('leads to a server that checks both ends', async () => {
    const client = selfSigned('anna');
    const server = createServer({ cert, key, ca: client.cert, requestCert: true }, (request, response) => {
      response.end(JSON.stringify([request.url, (request.socket as TLSSocket).getPeerCertificate().subject.CN]));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    usual(
      {
        server: `https://127.0.0.1:${(server.address() as AddressInfo).port}/clusters/a`,
        'certificate-authority-data': base64(cert),
        'tls-server-name': 'api.test',
      },
      { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) },
    );
    const connection = connect(read().connection);
    onTestFinished(() => {
      connection.close();
      server.close();
    });
    expect(await connection.exchange({ method: 'GET', path: '/version' })).toMatchObject({ body: ['/clusters/a/version', 'anna'] });
  });
});

describe('a mistake is told with its place and a remedy', () => {
  test.each<[string, object, object, string, string]>([
    ['no server', { server: '' }, {}, 'server is missing.', 'server'],
    [
      'a server that is no address',
      { server: 'api.example.com' },
      {},
      'server is not the address of an API server: api.example.com',
      'server',
    ],
    ['a server of another kind', { server: 'ssh://api.example.com' }, {}, 'server is not the address of an API server', 'server'],
    [
      'a login in the clear',
      { server: 'http://api.example.com' },
      { token: 't' },
      'server sends the credentials of its user in the clear.',
      'server',
    ],
    ['a proxy', { 'proxy-url': 'http://proxy:3128' }, {}, 'proxy-url is not supported.', 'proxy-url'],
    [
      'a CA that is not there',
      { 'certificate-authority': 'none.crt' },
      {},
      'certificate-authority cannot be read: ENOENT',
      'certificate-authority',
    ],
    [
      'a CA that is none',
      { 'certificate-authority-data': base64('CA') },
      {},
      'certificate-authority-data cannot be used',
      'certificate-authority-data',
    ],
    [
      'a CA that is not to be checked',
      { 'insecure-skip-tls-verify': true, 'certificate-authority-data': base64(cert) },
      {},
      'insecure-skip-tls-verify contradicts certificate-authority-data.',
      'insecure-skip-tls-verify',
    ],
    [
      'a certificate without key',
      {},
      { 'client-certificate-data': base64(cert) },
      'client-key is missing beside client-certificate.',
      'user',
    ],
    ['a key without certificate', {}, { 'client-key-data': base64(key) }, 'client-certificate is missing beside client-key.', 'user'],
    [
      "somebody else's key",
      {},
      { 'client-certificate-data': base64(cert), 'client-key-data': base64(selfSigned('other').key) },
      'client-key-data cannot be used',
      'client-key-data',
    ],
    ['a token file that is not there', {}, { tokenFile: 'none' }, 'tokenFile cannot be used: ENOENT', 'tokenFile'],
    ['another person', {}, { token: 't', as: 'admin' }, 'as is not supported: nobody is impersonated here.', 'as'],
    ['another group', {}, { token: 't', 'as-groups': ['admins'] }, 'as-groups is not supported', 'as-groups'],
    ['a login of old', {}, { 'auth-provider': { name: 'gcp' } }, 'auth-provider is not supported', 'auth-provider'],
    ['a plugin of another version', {}, { exec: { apiVersion: 'v1', command: 'login' } }, 'apiVersion', 'apiVersion'],
    ['a plugin without command', {}, { exec: { apiVersion: 'client.authentication.k8s.io/v1' } }, 'command', 'exec'],
    ['a flag that is text', { 'insecure-skip-tls-verify': 'true' }, {}, 'insecure-skip-tls-verify', 'insecure-skip-tls-verify'],
  ])('%s', (_, cluster, user, message, place) => {
    const file = usual(cluster, user);
    const [problem, ...more] = problemsOf();
    expect(more).toEqual([]);
    expect(`${problem?.path} ${problem?.message}`).toContain(message);
    expect(problem).toMatchObject({ at: { file }, help: expect.stringMatching(/./) });
    expect(readFileSync(file, 'utf8').split('\n')[Number(problem?.at?.line) - 1]).toContain(`"${place}":`);
  });

  test.each<[string, string, string]>([
    ['nothing in it', '', 'has no current-context'],
    ['a context that is not there', 'current-context: there\ncontexts: [{name: here, context: {}}]', "has no context 'there'"],
    ['a context without cluster', 'current-context: here\ncontexts: [{name: here}]', 'cluster is missing.'],
    ['a cluster that is not there', 'current-context: here\ncontexts: [{name: here, context: {cluster: c}}]', "has no cluster 'c'"],
    [
      'a user that is not there',
      'current-context: here\ncontexts: [{name: here, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "https://a"}}]',
      "has no user 'u'",
    ],
    ['a list', '- a\n', 'expected'],
    ['plain text', 'hello', 'expected'],
    ['broken YAML', 'a: [1, 2\nb: }', 'plain YAML'],
    ['a thousand mistakes', '{a: '.repeat(1_000), 'plain YAML'],
    ['aliases that multiply', `a: &a [x, x]\n${'bcdefghij'.replace(/./g, (name) => `${name}: &${name} [*a, *a]\n`)}`, 'alias'],
    ['a megabyte', `a: ${'x'.repeat(1024 * 1024)}`, 'larger than 1048576 bytes'],
  ])('%s', (_, content, message) => {
    write('.kube/config', content);
    const problems = problemsOf();
    expect(problems.length).toBeLessThanOrEqual(3);
    expect(problems.map((problem) => `${problem.message} ${problem.help}`).join('\n')).toContain(message);
    for (const problem of problems) {
      expect(problem.help).toMatch(/./);
      expect(`${problem.message} ${problem.at?.file}`).toContain(join(home, '.kube/config'));
    }
  });

  test.each<[string, Partial<KubeconfigOptions>, string]>([
    ['no kubeconfig at all', {}, 'there is no kubeconfig: $KUBECONFIG is not set, and ~/.kube/config does not exist.'],
    ['a file that is not there', { file: '/nowhere/config' }, 'the kubeconfig cannot be read: ENOENT'],
    ['a folder', { file: '/' }, 'the kubeconfig cannot be read: EISDIR'],
    ['a $KUBECONFIG that leads nowhere', { env: { KUBECONFIG: '/nowhere/a:/nowhere/b' } }, 'there is no file /nowhere/a, /nowhere/b'],
    ['a pod without its account', { env: { KUBERNETES_SERVICE_HOST: 'h', TIDEGATE_SERVICEACCOUNT_DIR: '/nowhere' } }, '/nowhere/ca.crt'],
  ])('%s', (_, options, message) => {
    expect(problemsOf(options)).toMatchObject([
      { message: expect.stringContaining(message), help: expect.stringContaining('--kubeconfig') },
    ]);
  });

  test('without a secret of the file', () => {
    const plugin = { apiVersion: 'client.authentication.k8s.io/v1', command: 'login', env: [{ name: 'A', value: 12345678 }] };
    for (const user of [
      { token: 12345678 },
      { username: 'u', password: ['hunter2'] },
      { 'client-key-data': { a: 'hunter2' } },
      { exec: plugin },
    ]) {
      usual({}, user);
      const problems = problemsOf();
      expect(problems).toMatchObject([{ message: expect.stringMatching(/is no text\.$/), help: 'Write it in quotes.' }]);
      expect(JSON.stringify(problems)).not.toMatch(/hunter2|12345678/);
    }
  });
});

describe('a credential plugin', () => {
  const V1 = 'client.authentication.k8s.io/v1';
  const answer = (status: object, apiVersion = V1) => JSON.stringify({ apiVersion, kind: 'ExecCredential', status });
  /** Says this and notes that it ran. */
  const says = (text: string) => `echo ran >> "$0.runs"\ncat <<'END'\n${text}\nEND\n`;
  const runs = (path: string) => readFileSync(`${path}.runs`, 'utf8').trim().split('\n').length;
  const exec = (fields: object = {}, cluster: object = {}) =>
    usual(cluster, { exec: { apiVersion: V1, command: './login', interactiveMode: 'Never', ...fields } });
  const PATH = { PATH: String(process.env.PATH) };

  test.each<[string, string, object]>([
    ['a token', V1, { token: 't' }],
    ['a token, in the older version', 'client.authentication.k8s.io/v1beta1', { token: 't' }],
  ])('gives %s', async (_, apiVersion, status) => {
    script('.kube/login', says(answer(status, apiVersion)));
    exec({ apiVersion });
    expect(await current({ env: PATH })).toEqual({ authorization: 'Bearer t' });
  });

  test('gives a client certificate', async () => {
    script('.kube/login', says(answer({ clientCertificateData: cert, clientKeyData: key })));
    exec();
    expect(await current({ env: PATH })).toEqual({ cert, key });
  });

  test('gets arguments as they are, its environment, and what it may know of the cluster', async () => {
    script(
      '.kube/login',
      `printf '{"apiVersion":"${V1}","kind":"ExecCredential","status":{"token":"%s|%s|%s|%s"}}' "$1" "$ROLE" "$OUTER" "$(printf %s "$KUBERNETES_EXEC_INFO" | base64 -w0)"`,
    );
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }];
    exec(
      { args: ['$(id); *'], env: [{ name: 'ROLE', value: 'release' }], provideClusterInfo: true },
      { 'certificate-authority-data': base64(cert), 'tls-server-name': 'api.test', extensions },
    );
    const credential = await current({ env: { ...PATH, OUTER: 'seen', ROLE: 'other' } });
    const [argument, role, outer, info = ''] = credential?.authorization?.replace('Bearer ', '').split('|') ?? [];
    expect([argument, role, outer]).toEqual(['$(id); *', 'release', 'seen']);
    expect(JSON.parse(Buffer.from(info, 'base64').toString())).toEqual({
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://api.example.com:6443',
          'certificate-authority-data': base64(cert),
          'tls-server-name': 'api.test',
          config: { audience: 'a' },
        },
      },
    });
  });

  test('runs once for requests at one time, again when its answer has expired, and again when it is refused', async () => {
    let now = Date.parse('2026-01-05T09:00:00Z');
    const path = script('.kube/login', says(answer({ token: 't', expirationTimestamp: '2026-01-05T10:00:00Z' })));
    exec();
    const { credentials } = read({ env: PATH, now: () => now }).connection;
    await Promise.all([credentials?.current(), credentials?.current(), credentials?.current()]);
    expect(runs(path)).toBe(1);
    // Eight watches that are refused at one moment ask for one new login.
    now += 60_000;
    for (let watch = 0; watch < 8; watch++) {
      credentials?.renew();
      await credentials?.current();
    }
    expect(runs(path)).toBe(2);
    now += 3_600_000;
    await credentials?.current();
    await credentials?.current();
    expect(runs(path)).toBe(3);
  });

  test('rests after a failure, and then is tried again', async () => {
    let now = 0;
    const path = script('.kube/login', 'echo ran >> "$0.runs"\nexit 3');
    exec();
    const { credentials } = read({ env: PATH, now: () => now }).connection;
    const failed = () => expect(credentials?.current()).rejects.toThrow('ended with exit code 3');
    await failed();
    await failed();
    expect(runs(path)).toBe(1);
    now += 10_000;
    await failed();
    expect(runs(path)).toBe(2);
  });

  test.each<[string, string, object, string]>([
    [
      'is not there',
      '',
      { command: 'tidegate-no-such-plugin' },
      'tidegate-no-such-plugin cannot be run: spawn tidegate-no-such-plugin ENOENT',
    ],
    ['says no JSON', says('Please log in'), {}, 'answered with 14 characters that are no JSON'],
    [
      'answers in another version',
      says(answer({ token: 't' }, 'client.authentication.k8s.io/v1beta1')),
      {},
      `not with an ExecCredential of ${V1}`,
    ],
    ['answers with nothing', says(answer({})), {}, 'neither a token nor a certificate and its key'],
    [
      'answers with half a certificate',
      says(answer({ token: 't', clientKeyData: 'k' })),
      {},
      'neither a token nor a certificate and its key',
    ],
    [
      'answers with a time that is none',
      says(answer({ token: 't', expirationTimestamp: 'soon' })),
      {},
      'expirationTimestamp that is no time: soon',
    ],
    ['says too much', 'yes | head -c 2000000', {}, 'more than 1048576 bytes'],
    ['is killed', 'kill -9 $$', {}, 'ended with SIGKILL'],
    ['wants a person at a terminal', says(answer({ token: 't' })), { interactiveMode: 'Always' }, 'asks for a terminal, and there is none'],
  ])('that %s is an error with its place and a remedy', async (_, text, fields, message) => {
    script('.kube/login', text);
    exec(fields);
    const error = await current({ env: PATH }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).problems).toEqual([
      {
        message: expect.stringContaining(message),
        path: 'user u',
        at: { file: join(home, '.kube/config'), line: expect.any(Number), column: expect.any(Number) },
        help: expect.stringMatching(/./),
      },
    ]);
  });

  test('that is not installed says what its kubeconfig says of it', async () => {
    exec({ command: 'tidegate-no-such-plugin', installHint: 'Install it with the cloud CLI.' });
    await expect(current({ env: PATH })).rejects.toMatchObject({ problems: [{ help: 'Install it with the cloud CLI.' }] });
  });
});
