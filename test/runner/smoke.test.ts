import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, test } from 'vitest';
import type { ResolvedHttpCheck } from '../../lib/intent/resolved.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = buildSync({
  absWorkingDir: root,
  entryPoints: ['lib/runner/smoke.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  charset: 'utf8',
  write: false,
}).outputFiles[0]?.text as string;

/** Where Istio's sidecar listens; a test puts its own in place, as the port may be taken. */
const SIDECAR = 'http://127.0.0.1:15020';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request) body += part;
  return body;
}

const check = (some: Partial<ResolvedHttpCheck> = {}): ResolvedHttpCheck => ({
  path: '/healthz',
  method: 'GET',
  headers: {},
  body: null,
  status: 200,
  json: {},
  contains: null,
  timeoutSeconds: 1,
  ...some,
});

/** Runs the bundle as the Job does. */
async function smoke(url: string, checks: readonly ResolvedHttpCheck[], deadlineSeconds = 3) {
  return run(JSON.stringify({ url, deadlineSeconds, checks }));
}

async function run(instructions: string, env: Record<string, string> = {}, program = script) {
  const job = spawn(process.execPath, ['--input-type=module', '-e', program], { env: { TIDEGATE_SMOKE: instructions, ...env } });
  let out = '';
  job.stdout.on('data', (part) => (out += part));
  const code = await new Promise<number | null>((resolve) => job.on('close', resolve));
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { check: string; passed: boolean; reason: string });
  return { code, lines, reasons: lines.map((line) => line.reason) };
}

describe('the smoke script', () => {
  test('is at most 4 kB, and holds nothing that Kubernetes expands in arguments', () => {
    expect(Buffer.byteLength(script)).toBeLessThanOrEqual(4096);
    expect(script).not.toMatch(/\$\(|\$\$/);
  });

  test('passes when every check passes, in the order given, one line each', async () => {
    const seen: string[] = [];
    const url = await serve(async (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['x-smoke']} ${await text(request)}`);
      response.writeHead(request.method === 'POST' ? 201 : 200);
      response.end(JSON.stringify({ version: '2.0.0', ready: true, nested: {} }));
    });
    const result = await smoke(url, [
      check({ json: { version: '2.0.0', ready: true } }),
      check({ path: '/orders?dry=1', method: 'POST', headers: { 'x-smoke': 'yes' }, body: '{"a":1}', status: 201, contains: '2.0.0' }),
    ]);
    expect(result.code).toBe(0);
    expect(result.lines).toEqual([
      { check: 'GET /healthz', passed: true, reason: '' },
      { check: 'POST /orders?dry=1', passed: true, reason: '' },
    ]);
    expect(seen).toEqual(['GET /healthz undefined ', 'POST /orders?dry=1 yes {"a":1}']);
  });

  test.each([
    ['another status', { status: 204 }, 'status 200, expected 204'],
    ['another field', { json: { version: '2.0.0' } }, 'version is "1.0.0", expected "2.0.0"'],
    ['a field of another type', { json: { count: '3' } }, 'count is 3, expected "3"'],
    ['an inherited field', { json: { toString: 'x' } }, 'toString is undefined, expected "x"'],
    ['missing text', { contains: 'welcome' }, "answer lacks 'welcome'"],
    ['text where JSON is expected', { path: '/text', json: { a: 1 } }, 'answer is no JSON'],
    ['null where an object is expected', { path: '/null', json: { a: 1 } }, 'a is undefined, expected 1'],
    ['a redirect, which is not followed', { path: '/away' }, 'status 302, expected 200'],
    ['an answer above 1 MiB', { path: '/huge' }, 'answer is larger than 1 MiB'],
    ['an answer that never ends', { path: '/slow', timeoutSeconds: 0.2 }, 'no full answer within 0.2s'],
  ])('fails on %s', async (_, some, reason) => {
    let followed = 0;
    const url = await serve((request, response) => {
      if (request.url === '/elsewhere') followed++;
      if (request.url === '/away') return response.writeHead(302, { location: '/elsewhere' }).end();
      if (request.url === '/huge') return response.end('x'.repeat(1 << 21));
      if (request.url === '/slow') return response.write('a');
      if (request.url === '/null') return response.end('null');
      return response.end(request.url === '/text' ? 'hello' : JSON.stringify({ version: '1.0.0', count: 3 }));
    });
    const result = await smoke(url, [check(), check(some)]);
    expect(result).toMatchObject({ code: 1, reasons: ['', reason] });
    expect(followed).toBe(0);
  });

  test('waits until the candidate answers with the expected status', async () => {
    let asked = 0;
    const url = await serve((_, response) => response.writeHead(++asked < 3 ? 503 : 200).end('up'));
    expect(await smoke(url, [check({ contains: 'up' })])).toMatchObject({ code: 0, reasons: [''] });
    expect(asked).toBe(3);
  });

  test('gives up at its deadline and says what it last saw', async () => {
    const url = await serve((_, response) => response.writeHead(503).end());
    const result = await smoke(url, [check()], 2);
    expect(result).toMatchObject({ code: 1, reasons: ['status 503, expected 200'] });
  });

  test('tries a later check at most three times, and only where the connection failed', async () => {
    const asked: Record<string, number> = {};
    const url = await serve((request, response) => {
      const path = String(request.url);
      asked[path] = (asked[path] ?? 0) + 1;
      if (path === '/broken' || (path === '/flaky' && asked[path] < 3)) return request.socket.destroy();
      return response.writeHead(path === '/wrong' ? 500 : 200).end();
    });
    const result = await smoke(url, [check(), check({ path: '/flaky' }), check({ path: '/broken' }), check({ path: '/wrong' })]);
    expect(result).toMatchObject({ code: 1, reasons: ['', '', 'socket hang up', 'status 500, expected 200'] });
    expect(asked).toEqual({ '/healthz': 1, '/flaky': 3, '/broken': 3, '/wrong': 1 });
  });

  test('a path cannot lead to another host', async () => {
    let elsewhere = 0;
    const other = await serve((_, response) => {
      elsewhere++;
      response.end();
    });
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      response.end();
    });
    await smoke(url, [check({ path: `//${other.slice(7)}/x` }), check({ path: `@${other.slice(7)}` })]);
    expect(elsewhere).toBe(0);
    expect(paths).toHaveLength(2);
  });

  test.each([true, false])('asks a sidecar to end whatever the result, when told to (passing: %s)', async (passing) => {
    const asked: string[] = [];
    const sidecar = await serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end();
    });
    expect(script).toContain(SIDECAR);
    const url = await serve((_, response) => response.end());
    const instructions = JSON.stringify({ url, deadlineSeconds: 1, checks: [check(passing ? {} : { contains: 'x' })] });
    expect((await run(instructions, { TIDEGATE_QUIT_SIDECAR: '1' }, script.replace(SIDECAR, sidecar))).code).toBe(passing ? 0 : 1);
    expect(asked).toEqual(['POST /quitquitquit']);
  });

  test.each([
    ['no instructions', ''],
    ['no checks', '{"url":"http://127.0.0.1:1","deadlineSeconds":1,"checks":[]}'],
  ])('fails with %s', async (_, instructions) => {
    const job = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { TIDEGATE_SMOKE: instructions } });
    expect(await new Promise((resolve) => job.on('close', resolve))).toBe(1);
  });
});
