import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as plain, type RequestListener, type Server } from 'node:http';
import type { request as overTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Api, type ApiAnswer } from '../../lib/runner/api.ts';
import { connect } from '../../lib/runner/index.ts';

const configMap = { apiVersion: 'v1', resource: 'configmaps', name: 'web-status' } as const;
const route = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', name: 'web' } as const;

describe('what an answer means', () => {
  const ask = async (...answers: readonly Partial<ApiAnswer>[]) => {
    const left = [...answers];
    const asked: string[] = [];
    const connection = {
      renewToken: () => asked.push('renew'),
      exchange: async ({ method, path }: { method: string; path: string }) => {
        asked.push(`${method} ${path}`);
        return { status: 200, body: {}, retryAfterMilliseconds: null, ...left.shift() };
      },
    };
    return { api: new Api(connection, 'shop'), asked };
  };

  test.each<[string, Partial<ApiAnswer>, object]>([
    ['409', { status: 409 }, { trouble: 'changed' }],
    ['422 to a patch', { status: 422 }, { trouble: 'changed' }],
    ['404 to a patch', { status: 404 }, { trouble: 'changed' }],
    [
      '403',
      { status: 403 },
      { trouble: 'forbidden', message: expect.stringContaining("the runner's Role lacks verb patch on virtualservices web") },
    ],
    ['429 with Retry-After', { status: 429, retryAfterMilliseconds: 3_000 }, { trouble: 'unreachable', retryAfterMilliseconds: 3_000 }],
    ['500', { status: 500 }, { trouble: 'unreachable' }],
    ['504', { status: 504 }, { trouble: 'unreachable' }],
    [
      '400',
      { status: 400, body: { message: 'bad request' } },
      { trouble: 'refused', message: 'patch virtualservices web: 400 bad request' },
    ],
  ])('%s', async (_, answer, error) => {
    const { api } = await ask(answer);
    await expect(api.patch(route, 'json-patch+json', [])).rejects.toMatchObject(error);
  });

  test('401 once: the token is read anew; twice: trouble', async () => {
    const { api, asked } = await ask({ status: 401 }, { status: 200, body: { a: 1 } }, { status: 401 }, { status: 401 });
    expect(await api.get(configMap)).toEqual({ a: 1 });
    expect(asked).toEqual([
      'GET /api/v1/namespaces/shop/configmaps/web-status',
      'renew',
      'GET /api/v1/namespaces/shop/configmaps/web-status',
    ]);
    await expect(api.get(configMap)).rejects.toMatchObject({ trouble: 'unreachable' });
  });

  test('404 of an object is null, 404 of a kind names the CRD', async () => {
    const { api } = await ask({ status: 404, body: { details: { name: 'web' } } }, { status: 404, body: 'page not found' });
    expect(await api.get(route)).toBe(null);
    await expect(api.get(route)).rejects.toMatchObject({ trouble: 'unknown-kind', message: expect.stringContaining('install its CRD') });
  });

  test('every write carries the field manager', async () => {
    const { api, asked } = await ask();
    await api.patch({ apiVersion: 'apps/v1', resource: 'deployments', name: 'web-1', subresource: 'scale' }, 'merge-patch+json', {});
    await api.patch(configMap, 'apply-patch+yaml', {});
    await api.create({ apiVersion: 'v1', resource: 'events' }, {});
    expect(asked).toEqual([
      'PATCH /apis/apps/v1/namespaces/shop/deployments/web-1/scale?fieldManager=tidegate-runner',
      'PATCH /api/v1/namespaces/shop/configmaps/web-status?fieldManager=tidegate-runner&force=true',
      'POST /api/v1/namespaces/shop/events?fieldManager=tidegate-runner',
    ]);
  });
});

describe('the connection of a pod', () => {
  let directory: string;
  let server: Server;
  let now = 0;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-account-'));
    writeFileSync(join(directory, 'token'), 'first\n');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });

  async function connection(listener: RequestListener, timeoutMilliseconds = 1_000) {
    server = createServer(listener);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const request = plain as unknown as typeof overTls;
    return connect({ host: '127.0.0.1', port, directory, now: () => now, timeoutMilliseconds, request });
  }
  const get = { method: 'GET', path: '/api/v1/namespaces/shop/configmaps/web' } as const;

  test('sends token, type and body, and reads status, JSON and Retry-After', async () => {
    const seen: unknown[] = [];
    const { exchange } = await connection((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        seen.push([request.method, request.headers.authorization, request.headers['content-type'], body]);
        response.writeHead(429, { 'retry-after': '7' }).end('{"message":"später"}');
      });
    });
    const answer = await exchange({ method: 'PATCH', path: '/x', contentType: 'application/merge-patch+json', body: { ä: 1 } });
    expect(answer).toEqual({ status: 429, body: { message: 'später' }, retryAfterMilliseconds: 7_000 });
    expect(seen).toEqual([['PATCH', 'Bearer first', 'application/merge-patch+json', '{"ä":1}']]);
  });

  test('reads the token anew each minute, and when it is told to', async () => {
    const tokens: (string | undefined)[] = [];
    const { exchange, renewToken } = await connection((request, response) => {
      tokens.push(request.headers.authorization);
      response.end('{}');
    });
    const write = (token: string) => writeFileSync(join(directory, 'token'), token);
    await exchange(get);
    write('second');
    now += 59_000;
    await exchange(get);
    now += 2_000;
    await exchange(get);
    write('third');
    await exchange(get);
    renewToken();
    await exchange(get);
    expect(tokens).toEqual(['first', 'first', 'second', 'second', 'third'].map((token) => `Bearer ${token}`));
  });

  test.each<[string, RequestListener, string | RegExp]>([
    ['an answer above 4 MiB', (_, response) => response.end('x'.repeat(4 * 1024 * 1024 + 1)), /larger than 4194304 bytes/],
    ['no answer in time', () => {}, 'no answer within 0.2s'],
    ['an answer that stops in the middle', (_, response) => response.write('{'), 'no answer within 0.2s'],
    ['a connection that breaks', (request) => request.socket.destroy(), 'socket hang up'],
    ['HTML with status 200', (_, response) => response.end('<html>'), 'answer 200 is no JSON: <html>'],
  ])('%s is an error', async (_, listener, message) => {
    const { exchange } = await connection(listener, 200);
    await expect(exchange(get)).rejects.toThrow(message);
  });

  test('an error in HTML is still an error of its status', async () => {
    const { exchange } = await connection((_, response) => response.writeHead(502).end('<html>bad gateway'));
    expect(await exchange(get)).toMatchObject({ status: 502, body: { message: '<html>bad gateway' } });
  });
});
