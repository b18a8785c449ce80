import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type AskContext, ask, providers } from '../../../lib/gates/providers/index.ts';
import type { ProviderAccess } from '../../../lib/intent/gate.ts';
import { networkExchange } from '../../../lib/runner/exchange.ts';
import { askTold, contextOf, knowingTime, type Subject, subjects } from './questions.ts';
import { certificate, type Running, serve, serveBytes, serveTls } from './server.ts';

const network = networkExchange();
const open: Running[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});
afterAll(() => network.close());

async function started(server: Promise<Running>): Promise<Running> {
  open.push(await server);
  return server;
}

const own = certificate();
if (own === null) console.warn('skipped: what providers do over TLS needs openssl (Debian: apt-get install openssl)');

const over = (parts: Partial<AskContext> = {}): AskContext => contextOf({ exchange: knowingTime(network.exchange), ...parts });
const error = (message: string | RegExp, retryable: boolean) => ({
  kind: 'error',
  retryable,
  message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
});

test('every provider is registered by its name', () => {
  expect(Object.entries(providers).map(([key, { name }]) => [key, name])).toEqual(Object.keys(providers).map((name) => [name, name]));
  expect(new Set(Object.values(subjects).map(({ provider }) => provider))).toEqual(new Set(Object.keys(providers)));
});

describe.each(Object.entries(subjects))('%s', (_, { provider: name, question, body, understood, asked }: Subject) => {
  test('tells the answer and what a reader needs to ask again', async () => {
    let looks = 0;
    const now = () => (looks++ === 0 ? 1_000 : 1_250);
    const { requests, ...answer } = await askTold(question('http://host:9090/base?a=b'), { text: body }, { now });
    expect(answer).toMatchObject({
      ...understood,
      warnings: [],
      evidence: {
        provider: name,
        address: 'http://host:9090/base?a=b',
        question: asked,
        status: 200,
        askedAt: 1_000,
        tookMilliseconds: 250,
      },
    });
    expect(requests).toEqual([expect.objectContaining({ largestBytes: 1_048_576, ca: null })]);
    // What is asked first takes its part of the time.
    expect([5_000, 4_750]).toContain(requests[0]?.timeoutMilliseconds);
  });

  test('a clock that jumps back took no time', async () => {
    const times = [5_000, 1_000];
    const { evidence } = await askTold(question('http://host'), { text: body }, { now: () => times.shift() ?? 0 });
    expect(evidence).toMatchObject({ askedAt: 5_000, tookMilliseconds: 0 });
  });

  test.each<[number, string, boolean]>([
    [400, 'answered 400: no, why', false],
    [401, 'answered 401 (mount credentials that it accepts)', false],
    [403, 'answered 403 (its credentials lack the right)', false],
    [404, 'answered 404 (check the path of the address)', false],
    [408, 'answered 408', true],
    [422, 'answered 422', false],
    [429, 'answered 429', true],
    [500, 'answered 500', true],
    [503, 'answered 503', true],
    [304, 'answered 304, a redirect, which is never followed', false],
  ])('status %i', async (status, message, retryable) => {
    const answer = await askTold(question('http://host/path?token=x'), { status, text: 'no,\n\t why' });
    expect(answer).toMatchObject({ ...error(`${name} http://host/path: ${message}`, retryable), evidence: { status } });
  });

  test('the page of a proxy is named, not quoted', async () => {
    expect(await askTold(question('http://host'), { status: 502, text: '<html>Bad gateway</html>' })).toMatchObject({
      message: `${name} http://host: answered 502`,
    });
    expect(await askTold(question('http://host'), { text: '\n<!doctype html><title>Sign in</title>' })).toMatchObject(
      error('answered an HTML page instead of JSON: check the address', false),
    );
  });

  test.each([
    ['cut short', '{"status":"suc', error('not JSON, or not all of it: {"status":"suc', true)],
    ['nested beyond reason', '['.repeat(100_000) + ']'.repeat(100_000), error('nested deeper than 64 levels', false)],
  ])('JSON that is %s', async (_, text, expected) => {
    expect(await askTold(question('http://host'), { text, headers: { 'content-type': 'application/json; charset=utf-8' } })).toMatchObject(
      expected,
    );
  });

  test('an encoding that nobody asked for', async () => {
    const { requests, ...answer } = await askTold(question('http://host'), { text: body, headers: { 'content-encoding': 'gzip' } });
    expect(answer).toMatchObject(error('encoded as gzip', false));
    expect(requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });

  test.each([
    ['', 'must be a URL'],
    ['prometheus:9090', 'must be a URL that begins with http:// or https://'],
    ['file:///etc/passwd', 'must be a URL'],
    ['unix:/var/run/docker.sock', 'must be a URL'],
    ['http://user:hunter2@host', 'holds a user or a password'],
    ['http:\\\\user:hunter2@host', 'holds a user or a password'],
    ['http://user:hunter2@host:port', 'must be a URL'],
  ])("the address '%s' is asked nothing, and no password in it is repeated", async (address, message) => {
    const { requests, ...answer } = await askTold(question(address), { text: body });
    expect(answer).toMatchObject(error(message, false));
    expect(requests).toEqual([]);
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  const tokenSecret = { name: 'metrics', key: 'token' };
  const bearer: ProviderAccess = { auth: { bearer: { tokenSecret } } };
  const basic: ProviderAccess = { auth: { basic: { username: 'jörg', passwordSecret: tokenSecret } } };
  const pair = Buffer.from('jörg:s3cret"0').toString('base64');

  test.each([
    ['bearer', bearer, 'Bearer s3cret"0'],
    ['basic', basic, `Basic ${pair}`],
  ])('%s credentials come from a mounted file, read anew each time, and go nowhere else', async (_, access, authorization) => {
    let mounted = 'first';
    const readFile = async (path: string) => (path === '/tidegate/secrets/metrics/token' ? mounted : '');
    await askTold(question('http://host', access), { text: body }, { readFile });
    mounted = 's3cret"0\n';
    const echo = `${authorization}, ${JSON.stringify(authorization)}`;
    for (const told of [{ status: 401, text: echo }, { text: echo }, { status: 302, headers: { location: `/?${authorization}` } }]) {
      const { requests, ...answer } = await askTold(question('http://host', access), told, { readFile });
      expect(requests[0]?.headers).toMatchObject({ authorization });
      expect(answer).toMatchObject(error('***', told.status === undefined));
      expect(JSON.stringify(answer)).not.toMatch(/s3cret|czNjcmV0/);
      expect(JSON.stringify(answer)).not.toContain(pair);
    }
    mounted = ' \n';
    expect(await askTold(question('http://host', access), { text: body }, { readFile })).toMatchObject(
      error('/tidegate/secrets/metrics/token is empty', false),
    );
  });

  test('credentials win over a header of the question, and are of another directory where a workstation says so', async () => {
    const readFile = async (path: string) => (path === '/home/me/metrics/token' ? 'mine' : '');
    const { requests } = await askTold(question('http://host', bearer), { text: body }, { readFile, secretsDirectory: '/home/me' });
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer mine' });
  });

  test.each<ProviderAccess>([
    { tls: { caSecret: { name: 'metrics', key: 'ca.crt' } } },
    { tls: { caConfigMap: { name: 'metrics', key: 'ca.crt' } } },
    { auth: { bearer: { tokenSecret: { name: 'metrics', key: 'ca.crt' } } } },
  ])('a key that is not mounted is said, and nothing is asked: %j', async (access) => {
    const { requests, ...answer } = await askTold(question('https://host', access), { text: body });
    expect(answer).toMatchObject(error('the mounted file /tidegate/secrets/metrics/ca.crt cannot be read (ENOENT', false));
    expect(answer).toMatchObject(error("give 'metrics' the key 'ca.crt'", false));
    expect(requests).toEqual([]);
  });

  test('what the exchange could not bring is an error with no status', async () => {
    const answer = await askTold(question('http://host'), { kind: 'nothing', message: 'gone', retryable: true });
    expect(answer).toMatchObject({ ...error(`${name} http://host: gone`, true), evidence: { status: null, evaluatedAt: null } });
  });

  const hostile: readonly [string, (socket: Socket) => void, object][] = [
    ['says nothing', () => {}, error('no full answer within 0.15s', true)],
    [
      'drips bytes for ever',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write('x-a: b\r\n'), 10);
        socket.on('close', () => clearInterval(drip));
      },
      error('no full answer within 0.15s', true),
    ],
    [
      'drips a body for ever',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n');
        const drip = setInterval(() => socket.write('['), 10);
        socket.on('close', () => clearInterval(drip));
      },
      error('no full answer within 0.15s', true),
    ],
    [
      'never ends a body',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const more = () => {
          while (!socket.destroyed && socket.write(' '.repeat(65_536)));
        };
        socket.on('drain', more);
        more();
      },
      error('the answer is larger than 1048576 bytes', false),
    ],
    ['never ends its headers', (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}`), error('Header', false)],
    [
      'promises more than it sends',
      (socket) => socket.end(answerOf(body, body.length + 10)),
      error('broke before the answer was complete', true),
    ],
    ['sends more than it promises', (socket) => socket.end(answerOf(body, body.length - 10)), error('Parse Error', false)],
    ['closes at once', (socket) => socket.destroy(), error('socket hang up', true)],
    [
      'resets mid-way',
      (socket) => {
        socket.write(answerOf('{"status"', 1_000), () => socket.resetAndDestroy());
      },
      // Node 24 may tell the request of it first.
      error(/broke before the answer was complete|ECONNRESET/, true),
    ],
    ['speaks something else', (socket) => socket.end('220 smtp.example.com ESMTP\r\n'), error('Parse Error', false)],
    ['contradicts itself', (socket) => socket.end(answerOf(body, 1, 'transfer-encoding: chunked\r\n')), error('Parse Error', false)],
    [
      'switches protocols',
      (socket) => socket.end('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'),
      error('no full answer', true),
    ],
    ['fails and breaks off', (socket) => socket.end(answerOf('overloa', 500, '', 503)), error('answered 503: overloa', true)],
    ['fails without end', (socket) => void socket.write(answerOf('', 500, '', 500)), error('answered 500', true)],
  ];
  test.each(hostile)('a server that %s', async (_, listener, expected) => {
    const server = await started(serveBytes((socket) => socket.once('data', () => listener(socket))));
    expect(await ask(question(server.url, { timeoutSeconds: 0.15 }), over())).toMatchObject(expected);
  });

  test('50 MB are not read', async () => {
    let sent = 0;
    const server = await started(
      serve((_, answer) => {
        const more = () => {
          while (sent < 50_000_000 && !answer.destroyed) {
            sent += 65_536;
            if (!answer.write(' '.repeat(65_536))) return;
          }
        };
        answer.on('drain', more);
        more();
      }),
    );
    expect(await ask(question(server.url), over())).toMatchObject(error('larger than 1048576 bytes', false));
    expect(sent).toBeLessThan(20_000_000);
  });

  test.each(['http://169.254.169.254/latest/meta-data', 'other port', '/elsewhere', '//'])(
    'a redirect to %s is not followed',
    async (to) => {
      const asked: (string | undefined)[] = [];
      const other = await started(serve((request, answer) => answer.end(String(asked.push(`other ${request.url}`)))));
      const location = to === 'other port' ? other.url : to;
      const server = await started(
        serve((request, answer) => {
          asked.push(request.url);
          answer.writeHead(307, { location }).end();
        }),
      );
      expect(await ask(question(`${server.url}/x`), over())).toMatchObject(
        error(`a redirect to ${location}, which is never followed`, false),
      );
      expect(asked).toHaveLength(1);
    },
  );

  test('nobody there', async () => {
    const server = await serve(() => {});
    await server.close();
    expect(await ask(question(server.url), over())).toMatchObject(error('ECONNREFUSED', true));
  });

  test('a signal ends it, before and during', async () => {
    const controller = new AbortController();
    const server = await started(serve(() => controller.abort()));
    expect(await ask(question(server.url), over({ signal: controller.signal }))).toMatchObject(error('asked to end', true));
    expect(await ask(question('http://127.0.0.1:1'), over({ signal: controller.signal }))).toMatchObject(error('asked to end', true));
  });

  test('the connection is kept, and asked once more on a new one when it was closed meanwhile', async () => {
    let connections = 0;
    let left = 3;
    const server = await started(
      serveBytes((socket) => {
        connections++;
        socket.on('data', () => (left-- === 1 ? socket.resetAndDestroy() : socket.write(answerOf(body, body.length))));
      }),
    );
    for (let time = 0; time < 3; time++) expect(await ask(question(server.url), over())).toMatchObject(understood);
    expect(connections).toBe(2);
  });

  test('a kept connection that says nothing is a timeout, and nothing is asked twice', async () => {
    let requests = 0;
    const server = await started(
      serveBytes((socket) => socket.on('data', () => (++requests === 1 ? socket.write(answerOf(body, body.length)) : null))),
    );
    await ask(question(server.url), over());
    for (let time = 0; time < 2; time++)
      expect(await ask(question(server.url, { timeoutSeconds: 0.1 }), over())).toMatchObject(error('no full answer within 0.1s', true));
    expect(requests).toBe(3);
  });

  describe.skipIf(own === null)('over TLS', () => {
    const listener: RequestListener = (_, answer) => answer.end(body);
    const tls: ProviderAccess = { tls: { caConfigMap: { name: 'ca', key: 'ca.crt' } } };
    const trusting = (pem: string) => over({ readFile: async () => pem });

    test('trusts the mounted CA, and no other', async () => {
      const server = await started(serveTls(own ?? { key: '', cert: '' }, listener));
      const distrusted = error('its certificate is not trusted', false);
      const [right, wrong] = [trusting(own?.cert ?? ''), trusting(certificate()?.cert ?? '')];
      expect(await ask(question(server.url), over())).toMatchObject(distrusted);
      expect(await ask(question(server.url, tls), right)).toMatchObject(understood);
      expect(await ask(question(server.url), over())).toMatchObject(distrusted);
      expect(await ask(question(server.url, tls), wrong)).toMatchObject(distrusted);
    });

    test('a certificate for another name', async () => {
      const server = await started(serveTls(own ?? { key: '', cert: '' }, listener));
      const answer = await ask(question(server.url.replace('127.0.0.1', 'localhost'), tls), trusting(own?.cert ?? ''));
      expect(answer).toMatchObject(error('its certificate is not trusted (Hostname/IP does not match', false));
    });

    test('a CA that is no certificate', async () => {
      const server = await started(serveTls(own ?? { key: '', cert: '' }, listener));
      expect(await ask(question(server.url, tls), trusting('not PEM'))).toMatchObject({ kind: 'error', retryable: false });
    });

    test('https where http is spoken, and the other way round', async () => {
      const [plain, tls] = [await started(serve(listener)), await started(serveTls(own ?? { key: '', cert: '' }, listener))];
      expect(await ask(question(plain.url.replace('http:', 'https:')), over())).toMatchObject({ kind: 'error', retryable: false });
      expect(await ask(question(tls.url.replace('https:', 'http:')), over())).toMatchObject({ kind: 'error' });
    });
  });
});

test('all providers with their network bundle into less than 18 kB', () => {
  const { outputFiles, metafile } = buildSync({
    stdin: {
      contents: "export * from './lib/gates/providers/index.ts'; export * from './lib/runner/exchange.ts';",
      resolveDir: fileURLToPath(new URL('../../..', import.meta.url)),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'utf8',
    metafile: true,
    write: false,
  });
  expect(outputFiles[0]?.contents.length).toBeLessThan(18_000);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect([...new Set(imports)].sort()).toEqual(['node:https']);
});

function answerOf(body: string, length: number, headers = '', status = 200): string {
  return `HTTP/1.1 ${status} Status\r\ncontent-length: ${length}\r\n${headers}\r\n${body}`;
}
