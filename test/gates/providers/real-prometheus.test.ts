import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ask } from '../../../lib/gates/providers/index.ts';
import { networkExchange } from '../../../lib/runner/exchange.ts';
import { contextOf } from './questions.ts';
import { type Running, serve } from './server.ts';

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
if (!hasPrometheus) console.warn('skipped: what Prometheus itself answers to the provider needs it (Debian: apt-get install prometheus)');

const METRICS = `
requests{code="200"} 90
requests{code="500"} 10
nothing NaN
most +Inf
least -Inf
`;

describe.skipIf(!hasPrometheus)('Prometheus itself', () => {
  const network = networkExchange();
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-prometheus-'));
  let exporter: Running;
  let prometheus: ChildProcess;
  let address: string;

  const asked = (query: string, at = address): Promise<Answer> =>
    ask({ prometheus: { address: at, query, timeoutSeconds: 5 } }, contextOf({ exchange: network.exchange, now: Date.now }));

  beforeAll(async () => {
    exporter = await serve((_, answer) => answer.setHeader('content-type', 'text/plain; version=0.0.4').end(METRICS));
    const [port, nobody] = [await freePort(), await freePort()];
    address = `http://127.0.0.1:${port}`;
    const config = {
      global: { scrape_interval: '100ms', scrape_timeout: '100ms' },
      scrape_configs: [{ job_name: 'web', static_configs: [{ targets: [`127.0.0.1:${exporter.port}`] }] }],
      // Queries that ask for it get a part of their answer from a store that is not there: hence a warning.
      remote_read: [{ url: `http://127.0.0.1:${nobody}`, read_recent: true, required_matchers: { store: 'remote' } }],
    };
    writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config));
    const flags = [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`];
    prometheus = spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], { stdio: 'ignore' });
    const deadline = Date.now() + 10_000;
    while ((await asked('least')).kind !== 'numbers') {
      if (Date.now() > deadline) throw new Error(`Prometheus has no sample after 10s: ${JSON.stringify(await asked('least'))}`);
      await pause(50);
    }
  }, 15_000);

  afterAll(async () => {
    network.close();
    const ended = new Promise((resolve) => prometheus.once('exit', resolve));
    prometheus.kill('SIGKILL');
    await Promise.all([ended, exporter.close()]);
    rmSync(directory, { recursive: true });
  });

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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
