import { describe, expect, test } from 'vitest';
import { type Askable, ask, type HttpAnswer } from '../../../lib/gates/providers/index.ts';
import { askTold, contextOf, SERVER_TIME } from './questions.ts';

const question = (query: string, address = 'http://prometheus:9090'): Askable => ({ prometheus: { address, query, timeoutSeconds: 10 } });
const asked = async (query: string, address?: string) => (await askTold(question(query, address), {})).requests[0];
const answered = (body: object, status = 200) => askTold(question('up'), { status, text: JSON.stringify(body) });
const data = (resultType: string, result: unknown, more: object = {}) => ({ status: 'success', data: { resultType, result }, ...more });
const vector = (...values: readonly string[]) =>
  data(
    'vector',
    values.map((value, index) => ({ metric: { pod: `web-${index}` }, value: [1767600000.123, value] })),
  );

describe('the request', () => {
  test.each([
    ['http://prometheus:9090', 'http://prometheus:9090/api/v1/query?query=up&timeout=10s'],
    ['http://prometheus:9090/', 'http://prometheus:9090/api/v1/query?query=up&timeout=10s'],
    ['https://mimir/prometheus/', 'https://mimir/prometheus/api/v1/query?query=up&timeout=10s'],
    ['https://thanos/?dedup=true&query=x#top', 'https://thanos/api/v1/query?dedup=true&query=up&timeout=10s'],
  ])('for %s', async (address, url) => {
    expect(await asked('up', address)).toMatchObject({ method: 'GET', url, body: null });
  });

  test('carries any query whole', async () => {
    const query = 'sum(rate(x{a=~"b|c",d!="é&+%"}[5m]))\n/ 2 # ok?';
    expect(new URL((await asked(query))?.url ?? '').searchParams.get('query')).toBe(query);
  });

  test('is a form where the URL would be too long for proxies', async () => {
    const long = `up{pod=~"${'web-1|'.repeat(800)}"}`;
    const request = await asked(long, 'http://prometheus:9090/?tenant=a');
    expect(request).toMatchObject({
      method: 'POST',
      url: 'http://prometheus:9090/api/v1/query?tenant=a',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(Object.fromEntries(new URLSearchParams(request?.body ?? ''))).toEqual({ query: long, timeout: '10s' });
  });
});

describe('over a range', () => {
  const range = { seconds: 300, stepSeconds: 15 };
  const over = (query: string): Askable => ({ prometheus: { address: 'http://prometheus:9090', query, timeoutSeconds: 10, range } });
  /** Answers one body after the other, and says what was asked. */
  const answering = async (...bodies: readonly object[]) => {
    const asked: URL[] = [];
    const exchange = async ({ url }: { readonly url: string }): Promise<HttpAnswer> => {
      asked.push(new URL(url));
      return { kind: 'answer', status: 200, headers: {}, text: JSON.stringify(bodies[asked.length - 1] ?? {}) };
    };
    return { ...(await ask(over('up'), contextOf({ exchange }))), asked };
  };

  test('ends at the time of the server, whatever the clock of the runner says', async () => {
    const { requests, ...answer } = await askTold(over('up'), { text: JSON.stringify(data('matrix', [])) }, { now: () => 0 });
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: 'http://prometheus:9090/api/v1/query_range?query=up&start=1767599760.123&end=1767600060.123&step=15&timeout=10s',
    });
    expect(answer).toMatchObject({ kind: 'empty', evidence: { evaluatedAt: SERVER_TIME, question: 'up (the last 300s, every 15s)' } });
  });

  test('is asked of what answers everything as a vector, too', async () => {
    const time = data('vector', [{ metric: {}, value: [1767600060, '1767600060'] }]);
    const { asked, kind } = await answering(time, data('matrix', [{ metric: {}, values: [[1767600060, '1']] }]));
    expect(kind).toBe('numbers');
    expect(asked[0]?.href).toBe('http://prometheus:9090/api/v1/query?query=time%28%29&timeout=10s');
    expect(asked[1]?.searchParams.get('end')).toBe('1767600060.000');
  });

  test.each<[string, object, string]>([
    ['no time', data('vector', []), 'does not say what time it is'],
    ['an error', { status: 'error', errorType: 'internal', error: 'why' }, 'internal: why'],
  ])('is not asked where the server has %s', async (_, body, message) => {
    const { asked, ...answer } = await answering(body);
    expect(asked).toHaveLength(1);
    expect(answer).toMatchObject({ kind: 'error', message: expect.stringContaining(message) });
  });
});

test('headers are sent along, but for what the API needs itself', async () => {
  const headers = { 'X-Scope-OrgID': 'shop', 'Content-Type': 'text/plain' };
  const [short, long] = ['up', `up{pod=~"${'web-1|'.repeat(800)}"}`].map((query) =>
    askTold({ prometheus: { address: 'http://mimir', query, timeoutSeconds: 10, headers } }, {}),
  );
  expect((await short)?.requests[0]?.headers).toMatchObject({ 'x-scope-orgid': 'shop', accept: 'application/json' });
  expect((await long)?.requests[0]?.headers).toMatchObject({
    'x-scope-orgid': 'shop',
    'content-type': 'application/x-www-form-urlencoded',
  });
});

describe('the answer', () => {
  test.each<[string, object, object]>([
    ['a vector', vector('0.25', '1'), { kind: 'numbers', values: [0.25, 1], warnings: [] }],
    ['an empty vector', vector(), { kind: 'empty' }],
    [
      'what is no finite number',
      vector('NaN', '+Inf', '-Inf', 'Inf'),
      { kind: 'numbers', values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] },
    ],
    ['small and large numbers', vector('1e-07', '-2.5E+3', '.5', '12.'), { kind: 'numbers', values: [1e-7, -2500, 0.5, 12] }],
    ['a scalar', data('scalar', [1767600000.123, '0.5']), { kind: 'number', value: 0.5 }],
    ['a scalar that is NaN', data('scalar', [1767600000.123, 'NaN']), { kind: 'number', value: Number.NaN }],
    [
      'a matrix, series by series',
      data('matrix', [
        {
          metric: {},
          values: [
            [1, '1'],
            [2, '2'],
          ],
        },
        { metric: {}, values: [[1, '3']] },
      ]),
      { kind: 'numbers', values: [1, 2, 3] },
    ],
    ['an empty matrix', data('matrix', []), { kind: 'empty' }],
    ['a string', data('string', [1767600000, 'text']), { kind: 'error', message: expect.stringContaining('answers with a string') }],
    ['a type of later', data('tensor', []), { kind: 'error', message: expect.stringContaining('answers with a tensor') }],
    [
      'a histogram',
      data('vector', [{ metric: {}, histogram: [1767600000, { count: '1', sum: '2' }] }]),
      { kind: 'error', message: expect.stringContaining('histograms need histogram_quantile') },
    ],
    [
      'histograms over time',
      data('matrix', [{ metric: {}, histograms: [[1767600000, { count: '1', sum: '2' }]] }]),
      { kind: 'error', message: expect.stringContaining('histograms need histogram_quantile') },
    ],
    ...['', ' ', '0x10', '1_000', 'null', 'infinite', '1 2'].map((text): [string, object, object] => [
      `'${text}' for a number`,
      vector('1', text),
      { kind: 'error', retryable: false, message: expect.stringContaining('is not a number') },
    ]),
    ['a number that is not text', data('vector', [{ value: [1767600000, 1] }]), { kind: 'error' }],
    ['JSON of something else', { hello: 'world' }, { kind: 'error', message: expect.stringContaining('not of the API of Prometheus') }],
    ['JSON that is no object', [], { kind: 'error', message: expect.stringContaining('not of the API of Prometheus') }],
    ['success without data', { status: 'success' }, { kind: 'error' }],
    [
      'an error with status 200',
      { status: 'error', errorType: 'bad_data', error: 'no\nway' },
      { kind: 'error', message: 'prometheus http://prometheus:9090: bad_data: no way' },
    ],
  ])('%s', async (_, body, expected) => {
    expect(await answered(body)).toMatchObject(expected);
  });

  test.each([
    [400, 'bad_data', false],
    [422, 'execution', false],
    [503, 'timeout', true],
  ])('status %i gives its reason', async (status, errorType, retryable) => {
    expect(await answered({ status: 'error', errorType, error: 'why' }, status)).toMatchObject({
      kind: 'error',
      retryable,
      message: `prometheus http://prometheus:9090: answered ${status}: ${errorType}: why`,
    });
  });

  test('says for which time it was computed', async () => {
    expect((await answered(vector('1'))).evidence.evaluatedAt).toBe(1767600000123);
    expect((await answered(vector())).evidence.evaluatedAt).toBe(null);
  });

  test('warnings and infos come along, a few of them, shortened', async () => {
    const warnings = ['partial\nresponse', ...Array.from({ length: 50 }, () => 'x'.repeat(5_000))];
    const answer = await answered({ ...vector('1'), warnings, infos: ['metric might not be a counter'] });
    expect(answer).toMatchObject({ kind: 'numbers', values: [1] });
    expect(answer.warnings[0]).toBe('partial response');
    expect(JSON.stringify(answer.warnings).length).toBeLessThan(3_000);
    expect((await answered({ ...vector(), infos: ['hint'] })).warnings).toEqual(['hint']);
  });
});
