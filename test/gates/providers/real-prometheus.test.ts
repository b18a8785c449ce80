import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Askable, ask } from '../../../lib/gates/providers/index.ts';
import { networkExchange } from '../../../lib/runner/exchange.ts';
import { freePort, hasPrometheus, type PrometheusProcess, startPrometheus } from './prometheus-process.ts';
import { contextOf } from './questions.ts';
import { certificate, type Running, serve } from './server.ts';

if (!hasPrometheus) console.warn('skipped: what Prometheus itself answers to the provider needs it (Debian: apt-get install prometheus)');

type Question = Extract<Askable, { prometheus: unknown }>['prometheus'];

const METRICS = `
requests{code="200"} 90
requests{code="500"} 10
nothing NaN
most +Inf
least -Inf
`;

const network = networkExchange();
let exporter: Running;

beforeAll(async () => {
  exporter = await serve((_, answer) => answer.setHeader('content-type', 'text/plain; version=0.0.4').end(METRICS));
});
afterAll(async () => {
  network.close();
  await exporter.close();
});

const scraping = (more: object = {}): string =>
  JSON.stringify({
    global: { scrape_interval: '100ms', scrape_timeout: '100ms' },
    scrape_configs: [{ job_name: 'web', static_configs: [{ targets: [`127.0.0.1:${exporter.port}`] }] }],
    ...more,
  });

describe.skipIf(!hasPrometheus)('Prometheus itself', () => {
  let prometheus: PrometheusProcess;
  let address: string;

  const asked = (query: string, at = address, more: Partial<Question> = {}): Promise<Answer> =>
    ask({ prometheus: { address: at, query, timeoutSeconds: 5, ...more } }, contextOf({ exchange: network.exchange, now: Date.now }));

  beforeAll(async () => {
    // Queries that ask for it get a part of their answer from a store that is not there: hence a warning.
    const store = { url: `http://127.0.0.1:${await freePort()}`, read_recent: true, required_matchers: { store: 'remote' } };
    prometheus = await startPrometheus(
      { 'prometheus.yml': scraping({ remote_read: [store] }) },
      () => [],
      (port) => asked('least', `http://127.0.0.1:${port}`),
    );
    address = `http://127.0.0.1:${prometheus.port}`;
  }, 15_000);

  afterAll(() => prometheus.stop());

  test.each<[string, object]>([
    ['requests{code="500"}', { kind: 'numbers', values: [10] }],
    ['sort(requests)', { kind: 'numbers', values: [10, 90] }],
    ['sum(requests{code="500"}) / sum(requests)', { kind: 'numbers', values: [0.1] }],
    ['scalar(sum(requests))', { kind: 'number', value: 100 }],
    ['1e-9', { kind: 'number', value: 1e-9 }],
    ['scalar(absent_metric)', { kind: 'number', value: Number.NaN }],
    ['absent_metric', { kind: 'empty' }],
    ['absent_metric[1m]', { kind: 'empty' }],
    ['requests > 1000', { kind: 'empty' }],
    ['nothing', { kind: 'numbers', values: [Number.NaN] }],
    ['most', { kind: 'numbers', values: [Number.POSITIVE_INFINITY] }],
    ['least', { kind: 'numbers', values: [Number.NEGATIVE_INFINITY] }],
    ['requests{code="200"} / 0', { kind: 'numbers', values: [Number.POSITIVE_INFINITY] }],
    ['vector(0) / 0', { kind: 'numbers', values: [Number.NaN] }],
    ['"text"', { kind: 'error', retryable: false, message: expect.stringContaining('answers with a string') }],
    ['sum(', { kind: 'error', retryable: false, message: expect.stringContaining('answered 400: bad_data: ') }],
    ['', { kind: 'error', retryable: false, message: expect.stringContaining('answered 400') }],
    [
      'requests * on() requests',
      { kind: 'error', retryable: false, message: expect.stringMatching(/answered 422: execution: .*duplicate series|many-to-many/) },
    ],
  ])('answers %s', async (query, expected) => {
    expect(await asked(query)).toMatchObject({ ...expected, warnings: [] });
  });

  test('answers a range selector with every sample', async () => {
    const answer = await asked('requests{code="500"}[1m]');
    expect(answer).toMatchObject({ kind: 'numbers' });
    expect(new Set(answer.kind === 'numbers' ? answer.values : [])).toEqual(new Set([10]));
  });

  test.each<[string, object]>([
    ['vector(1)', { kind: 'numbers', values: [1, 1, 1] }],
    ['2', { kind: 'numbers', values: [2, 2, 2] }],
    ['vector(0) / 0', { kind: 'numbers', values: [Number.NaN, Number.NaN, Number.NaN] }],
    ['sum(requests)', { kind: 'numbers' }],
    ['absent_metric', { kind: 'empty' }],
    ['"text"', { kind: 'error', retryable: false, message: expect.stringContaining('answered 400: bad_data: ') }],
    ['requests[1m]', { kind: 'error', retryable: false, message: expect.stringContaining('answered 400: bad_data: ') }],
  ])('answers %s over a range', async (query, expected) => {
    expect(await asked(query, address, { range: { seconds: 10, stepSeconds: 5 } })).toMatchObject(expected);
  });

  test('answers with the latest samples, however wrong the clock of the runner is', async () => {
    const question = { prometheus: { address, query: 'requests{code="500"}', timeoutSeconds: 5, range: { seconds: 60, stepSeconds: 1 } } };
    const answer = await ask(question, contextOf({ exchange: network.exchange, now: () => 0 }));
    expect(answer).toMatchObject({ kind: 'numbers' });
    expect(answer.evidence.evaluatedAt).toBeGreaterThan(Date.now() - 60_000);
  });

  test('refuses more values than it may compute', async () => {
    expect(await asked('1', address, { range: { seconds: 86_400, stepSeconds: 1 } })).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('exceeded maximum resolution of 11,000 points'),
    });
  });

  test('is asked through a proxy that looks at headers', async () => {
    const proxy = await serve(async ({ url, headers: { 'x-scope-orgid': tenant, authorization } }, answer) => {
      if (tenant !== 'shop' || authorization !== 'Bearer t0ken-of-shop') answer.writeHead(403).end(`not for ${authorization}`);
      else answer.end(await (await fetch(`${address}${url}`)).text());
    });
    const through = (headers: Readonly<Record<string, string>>, token: string, more: Partial<Question> = {}) => {
      const auth = { bearer: { tokenSecret: { name: 'reader', key: 'token' } } };
      const prometheus = { address: proxy.url, query: 'sum(requests)', timeoutSeconds: 5, headers, auth, ...more };
      return ask({ prometheus }, contextOf({ exchange: network.exchange, now: Date.now, readFile: async () => `${token}\n` }));
    };
    try {
      const tenant = { 'X-Scope-OrgID': 'shop' };
      expect(await through(tenant, 't0ken-of-shop')).toMatchObject({ kind: 'numbers', values: [100] });
      const range = { seconds: 10, stepSeconds: 5 };
      expect(await through(tenant, 't0ken-of-shop', { range, query: '1' })).toMatchObject({ kind: 'numbers', values: [1, 1, 1] });
      expect(await through({}, 't0ken-of-shop')).toMatchObject({ kind: 'error', evidence: { status: 403 } });
      const refused = await through(tenant, 'another-token');
      expect(refused).toMatchObject({ kind: 'error', message: expect.stringContaining('answered 403') });
      expect(JSON.stringify(refused)).not.toContain('another-token');
    } finally {
      await proxy.close();
    }
  });

  test('takes a query that is longer than a URL may be', async () => {
    const codes = Array.from({ length: 2_000 }, (_, index) => 1_000 + index);
    expect(await asked(`requests{code=~"500|${codes.join('|')}"}`)).toMatchObject({ kind: 'numbers', values: [10] });
  });

  test('says of a partial answer that it is one', async () => {
    const answer = await asked('requests{code="500"} or absent_metric{store="remote"}');
    expect(answer).toMatchObject({ kind: 'numbers', values: [10], warnings: [expect.stringContaining('remote_read')] });
    expect(await asked('absent_metric{store="remote"}')).toMatchObject({
      kind: 'empty',
      warnings: [expect.stringContaining('remote_read')],
    });
  });

  test('says for which time it computed', async () => {
    const { evidence } = await asked('sum(requests)');
    expect(evidence.evaluatedAt).toBeGreaterThanOrEqual(evidence.askedAt - 1_000);
    expect(evidence.evaluatedAt).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  test('has no API where the address is another', async () => {
    expect(await asked('up', `${address}/prometheus`)).toMatchObject({ kind: 'error', message: expect.stringContaining('answered 404') });
  });

  test('is out for a while, and the next question says so', async () => {
    expect(await asked('up', `http://127.0.0.1:${await freePort()}`)).toMatchObject({
      kind: 'error',
      retryable: true,
      evidence: { status: null },
    });
  });
});

const own = hasPrometheus ? certificate() : null;

describe.skipIf(own === null)('Prometheus behind TLS and a password', () => {
  // bcrypt of `correct horse`, with its cheapest cost.
  const hash = '$2b$04$tidegateTidegateTideg.02.lEaobFxegxgmdbPgR3LrUnWvcx3C';
  let prometheus: PrometheusProcess;
  let address: string;

  const basic = { basic: { username: 'reader', passwordSecret: { name: 'prometheus', key: 'password' } } };
  const access = { auth: basic, tls: { caConfigMap: { name: 'ca', key: 'ca.crt' } } };
  const asked = (more: Partial<Question>, password = 'correct horse', at = address): Promise<Answer> => {
    const files: Readonly<Record<string, string>> = {
      '/tidegate/secrets/prometheus/password': `${password}\n`,
      '/tidegate/secrets/ca/ca.crt': own?.cert ?? '',
    };
    const readFile = async (path: string) => files[path] ?? Promise.reject(new Error('ENOENT'));
    const question = { prometheus: { address: at, query: 'requests{code="500"}', timeoutSeconds: 5, ...more } };
    return ask(question, contextOf({ exchange: network.exchange, now: Date.now, readFile }));
  };

  beforeAll(async () => {
    const web = { tls_server_config: { cert_file: 'cert.pem', key_file: 'key.pem' }, basic_auth_users: { reader: hash } };
    prometheus = await startPrometheus(
      { 'prometheus.yml': scraping(), 'web.yml': JSON.stringify(web), 'cert.pem': own?.cert ?? '', 'key.pem': own?.key ?? '' },
      (directory) => [`--web.config.file=${directory}/web.yml`],
      (port) => asked(access, undefined, `https://127.0.0.1:${port}`),
    );
    address = `https://127.0.0.1:${prometheus.port}`;
  }, 15_000);

  afterAll(() => prometheus.stop());

  test('answers whom the plan lets in', async () => {
    expect(await asked(access)).toMatchObject({ kind: 'numbers', values: [10] });
    const range = { seconds: 10, stepSeconds: 5 };
    expect(await asked({ ...access, query: '1', range })).toMatchObject({ kind: 'numbers', values: [1, 1, 1] });
  });

  test.each<[string, Partial<Question>, string, string]>([
    ['the wrong password', access, 'wrong horse', 'answered 401 (mount credentials that it accepts)'],
    ['no password', { tls: access.tls }, '', 'answered 401 (mount credentials that it accepts)'],
    ['no CA', { auth: basic }, 'correct horse', 'its certificate is not trusted'],
  ])('and nobody with %s', async (_, more, password, message) => {
    const answer = await asked(more, password);
    expect(answer).toMatchObject({ kind: 'error', retryable: false, message: expect.stringContaining(message) });
    expect(JSON.stringify(answer)).not.toMatch(/horse/);
  });
});
