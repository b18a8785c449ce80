import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Askable, ask, parseJsonPath } from '../../../lib/gates/providers/index.ts';
import { networkExchange } from '../../../lib/runner/exchange.ts';
import { askTold, contextOf } from './questions.ts';
import { type Running, serve } from './server.ts';

type Web = Extract<Askable, { web: unknown }>['web'];
const check = (more: Partial<Web> = {}): Askable => ({
  web: { url: 'http://web', method: 'GET', headers: {}, body: null, jsonPath: '{$}', timeoutSeconds: 5, ...more },
});
const at = (jsonPath: string, text: string, type = 'application/json') =>
  askTold(check({ jsonPath }), { text, headers: { 'content-type': type } });

describe('the value at a path', () => {
  const document = JSON.stringify({
    status: 'ok',
    a: { b: [{ c: 1 }, { c: 2 }] },
    'x y': true,
    'dash-ed': 0,
    none: null,
    '0': 'zero',
    list: [],
  });

  test.each<[string, unknown]>([
    ['{$.status}', 'ok'],
    ['{.status}', 'ok'],
    ['{ $.status }', 'ok'],
    ['{$.a.b[0].c}', 1],
    ['{$.a.b[-1].c}', 2],
    ["{$['a']['b'][1]}", { c: 2 }],
    ["{$['x y']}", true],
    ['{$["x y"]}', true],
    ['{$.dash-ed}', 0],
    ['{$.none}', null],
    ['{$.0}', 'zero'],
    ['{$.list}', []],
    ['{$}', JSON.parse(document)],
  ])('%s', async (jsonPath, value) => {
    const answer = await at(jsonPath, document);
    expect(answer).toMatchObject({ kind: 'json' });
    expect(answer.kind === 'json' && answer.value).toEqual(value);
  });

  test.each([
    '{$.missing}',
    '{$.status.length}',
    '{$.list[0]}',
    '{$.list.length}',
    '{$.a.b.0}',
    '{$[0]}',
    '{$.none.x}',
    '{$.constructor}',
    '{$.__proto__}',
    "{$['toString']}",
    '{$.a.b[99]}',
    '{$.a.b[-3]}',
  ])('nothing is at %s', async (jsonPath) => {
    expect(await at(jsonPath, document)).toMatchObject({
      kind: 'error',
      retryable: false,
      message: expect.stringContaining(`web http://web: the answer has nothing at ${jsonPath}: {`),
    });
  });

  test.each([
    '',
    '$.status',
    '{}',
    '{$.}',
    '{$..a}',
    '{$.*}',
    '{$.a.b[*].c}',
    '{$.a.b[0:1]}',
    '{$.a.b[?(@.c==1)]}',
    '{$.a}{$.b}',
    '{$.a b}',
    '{$x}',
    "{$['a','b']}",
  ])("'%s' is no such path, and nothing is asked", async (jsonPath) => {
    expect(parseJsonPath(jsonPath)).toBe(null);
    const { requests, ...answer } = await at(jsonPath, document);
    expect(answer).toMatchObject({ kind: 'error', retryable: false, message: expect.stringContaining('jsonPath must name one place') });
    expect(requests).toEqual([]);
  });
});

describe('what is no document', () => {
  test.each<[string, string, string, object]>([
    ['text', '{$}', 'ready\n', { kind: 'text', text: 'ready\n' }],
    ['a page, asked for whole', '{$}', '<p>ready', { kind: 'text', text: '<p>ready' }],
    ['a bare number', '{$}', '42', { kind: 'json', value: 42 }],
    ['a bare word as JSON has it', '{$}', 'null', { kind: 'json', value: null }],
    ['nothing', '{$}', ' \n', { kind: 'empty' }],
    ['nothing, a part of which is asked for', '{$.status}', '', { kind: 'empty' }],
    ['text, a part of which is asked for', '{$.status}', 'ready', { kind: 'error', message: expect.stringContaining('is not JSON') }],
  ])('%s', async (_, jsonPath, text, expected) => {
    expect(await at(jsonPath, text, 'text/plain')).toMatchObject(expected);
  });

  test.each(['application/json', 'application/problem+json; charset=utf-8'])('half a document of type %s is no text', async (type) => {
    expect(await at('{$}', '{"status":', type)).toMatchObject({ kind: 'error', retryable: true });
  });

  test('204 is no data', async () => {
    expect(await askTold(check(), { status: 204 })).toMatchObject({ kind: 'empty', evidence: { status: 204 } });
  });
});

describe('what the server sees', () => {
  const network = networkExchange();
  const seen: { method?: string; url?: string; headers: object; body: string }[] = [];
  let server: Running;
  beforeAll(async () => {
    server = await serve(async (request, answer) => {
      let body = '';
      for await (const part of request) body += part;
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer.end('{}');
    });
  });
  afterAll(async () => {
    network.close();
    await server.close();
  });
  const sees = async (more: Partial<Web>) => {
    const answer = await ask(check({ url: server.url, ...more }), contextOf({ exchange: network.exchange }));
    return { answer, request: seen.at(-1) };
  };

  test.each(['POST', 'PUT'] as const)('%s with its headers and body', async (method) => {
    const { request } = await sees({ method, headers: { 'X-Probe': 'a', Host: 'shop.example' }, body: '{"ü":1}' });
    expect(request).toMatchObject({ method, body: '{"ü":1}', headers: { host: 'shop.example', 'content-length': '8' } });
    // On a kept connection it could be lost, and sent again it could be done twice.
    expect(request?.headers).toMatchObject({ connection: 'close' });
  });

  test('GET, the query and no fragment', async () => {
    const { request, answer } = await sees({ url: `${server.url}/a%20b?c=d#e`, headers: { Accept: 'text/plain', 'User-Agent': 'probe' } });
    expect(request).toMatchObject({
      method: 'GET',
      url: '/a%20b?c=d',
      headers: { accept: 'text/plain', 'user-agent': 'probe', connection: 'keep-alive' },
    });
    expect(answer).toMatchObject({ kind: 'json', value: {}, evidence: { address: `${server.url}/a%20b?c=d#e`, question: 'GET {$}' } });
  });

  test('no framing but the one of the request', async () => {
    const { request } = await sees({
      method: 'POST',
      body: 'abc',
      headers: { 'Content-Length': '999', 'Transfer-Encoding': 'chunked', Expect: '100-continue', 'Accept-Encoding': 'gzip' },
    });
    expect(request).toMatchObject({ body: 'abc', headers: { 'content-length': '3', 'accept-encoding': 'identity' } });
    expect(request?.headers).not.toHaveProperty('transfer-encoding');
  });

  test.each([{ 'x-a': 'b\r\nx-c: d' }, { 'no name': 'x' }])('headers that are none: %o', async (headers) => {
    const before = seen.length;
    expect((await sees({ headers })).answer).toMatchObject({
      kind: 'error',
      retryable: false,
      message: expect.stringContaining('cannot be sent'),
    });
    expect(seen).toHaveLength(before);
  });
});
