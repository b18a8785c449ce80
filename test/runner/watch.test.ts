import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ApiAnswer, Connection } from '../../lib/runner/api.ts';
import { type Clock, connect } from '../../lib/runner/index.ts';
import { watchObject } from '../../lib/runner/watch.ts';
import { VirtualTime } from './virtual-time.ts';

const resource = { apiVersion: 'apps/v1', resource: 'deployments', name: 'web-1' } as const;
const object = (resourceVersion: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web-1', resourceVersion },
});
const event = (type: string, version: string) => ({ type, object: object(version) });

/** What the server does with one request; the last one holds for all that follow. */
type Act =
  /** A list at this version with the object, or without. */
  | { readonly list: string; readonly empty?: true }
  | { readonly status: number; readonly body?: unknown; readonly retryAfterMilliseconds?: number }
  /** A stream that ends, or breaks, after this long; without a time it goes on. */
  | { readonly lines: readonly unknown[]; readonly lasts?: number; readonly breaks?: string }
  | { readonly throws: string };

/** Follows an object for a while and notes, with the milliseconds since the begin, what was asked and told. */
async function follow(acts: readonly Act[], milliseconds: number, { random = 1, endsAt = Number.POSITIVE_INFINITY } = {}) {
  const time = new VirtualTime();
  const began = time.now;
  const notes: string[] = [];
  const note = (text: string) => notes.push(`${time.now - began} ${text}`);
  const ending = new AbortController();
  if (endsAt === 0) ending.abort();
  else if (Number.isFinite(endsAt)) time.after(endsAt, () => ending.abort());
  const left = [...acts];
  const next = (): Act => (left.length > 1 ? left.shift() : left[0]) as Act;
  const ask = (path: string): Act => {
    const { pathname, searchParams } = new URL(path, 'https://api');
    expect(pathname).toBe('/apis/apps/v1/namespaces/shop/deployments');
    expect(searchParams.get('fieldSelector')).toBe('metadata.name=web-1');
    note(searchParams.has('watch') ? `watch from ${searchParams.get('resourceVersion')}` : 'list');
    return next();
  };
  const answer = (act: Act): ApiAnswer => {
    if ('throws' in act) throw new Error(act.throws);
    if ('status' in act) return { body: {}, retryAfterMilliseconds: null, ...act };
    if (!('list' in act)) throw new Error('a list was answered by a stream');
    const { apiVersion: _, kind: __, ...item } = object(act.list);
    const body = { kind: 'DeploymentList', metadata: { resourceVersion: act.list }, items: act.empty ? [] : [item] };
    return { status: 200, body, retryAfterMilliseconds: null };
  };
  const connection: Connection = {
    exchange: async ({ path }) => answer(ask(path)),
    stream: async (path, receive, signal) => {
      const act = ask(path);
      if (!('lines' in act)) return answer(act);
      for (const line of act.lines) if (!signal.aborted) receive(line);
      await clock.sleep(act.lasts ?? Number.POSITIVE_INFINITY, signal);
      if (act.breaks !== undefined && !signal.aborted) throw new Error(act.breaks);
      return null;
    },
    renewToken: () => note('renew the token'),
  };
  const clock: Clock = {
    now: () => time.now,
    sleep: (wait, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        if (Number.isFinite(wait)) time.after(wait, wake);
        if (signal?.aborted) resolve();
        else signal?.addEventListener('abort', wake);
      }),
  };
  let ended = false;
  const watching = watchObject({
    connection,
    namespace: 'shop',
    resource,
    clock,
    random: () => random,
    changed: (told) => {
      expect(told).toEqual(told === null ? null : object((told as ReturnType<typeof object>).metadata.resourceVersion));
      note(told === null ? 'gone' : `is ${(told as ReturnType<typeof object>).metadata.resourceVersion}`);
    },
    trouble: ({ trouble, message }) => note(`${trouble}: ${message}`),
    signal: ending.signal,
  }).then(() => {
    ended = true;
  });
  await time.run(milliseconds);
  const byItself = ended;
  ending.abort();
  await watching;
  return { notes, ended: byItself };
}

const quiet: Act = { lines: [] };
const compacted = { type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } };

describe('a watched object', () => {
  test.each<[string, readonly Act[], readonly string[]]>([
    ['is told as it is', [{ list: '100' }, quiet], ['0 list', '0 is 100', '0 watch from 100']],
    ['is told not to be there', [{ list: '100', empty: true }, quiet], ['0 list', '0 gone', '0 watch from 100']],
    [
      'is told with each change',
      [
        { list: '100', empty: true },
        { lines: [event('ADDED', '101'), event('MODIFIED', '102'), event('DELETED', '103'), event('ADDED', '104')] },
      ],
      ['0 list', '0 gone', '0 watch from 100', '0 is 101', '0 is 102', '0 gone', '0 is 104'],
    ],
    [
      'is watched on from its last change',
      [{ list: '100' }, { lines: [event('MODIFIED', '107')], lasts: 290_000 }, quiet],
      ['0 list', '0 is 100', '0 watch from 100', '0 is 107', '290000 watch from 107'],
    ],
    [
      'is watched on from a bookmark, which is no change',
      [{ list: '100' }, { lines: [event('BOOKMARK', '150')], lasts: 290_000 }, quiet],
      ['0 list', '0 is 100', '0 watch from 100', '290000 watch from 150'],
    ],
    [
      'whose version is too old (410) is listed again',
      [{ list: '100' }, { lines: [], lasts: 290_000 }, { status: 410 }, { list: '200' }, quiet],
      ['0 list', '0 is 100', '0 watch from 100', '290000 watch from 100', '290000 list', '290000 is 200', '290000 watch from 200'],
    ],
    [
      'whose version is too old (410 in the stream) is listed again, whatever else the stream says',
      [{ list: '100' }, { lines: [compacted, event('MODIFIED', '1')] }, { list: '200' }, quiet],
      ['0 list', '0 is 100', '0 watch from 100', '0 list', '0 is 200', '0 watch from 200'],
    ],
    [
      'is asked for with a new token where the old one is refused',
      [{ status: 401 }, { list: '100' }, { status: 401 }, quiet],
      ['0 list', '0 renew the token', '0 list', '0 is 100', '0 watch from 100', '0 renew the token', '0 watch from 100'],
    ],
  ])('%s', async (_, acts, expected) => {
    expect((await follow(acts, 300_000)).notes).toEqual(expected);
  });

  test('costs one request in 290 s when nothing happens, as long as that lasts', async () => {
    const { notes } = await follow([{ list: '100' }, { lines: [event('BOOKMARK', '100')], lasts: 290_000 }], 2_900_000 - 1);
    expect(notes.filter((note) => / (list$|watch from)/.test(note))).toHaveLength(1 + 10);
  });
});

describe('trouble with a watch', () => {
  test.each<[string, readonly Act[], readonly string[]]>([
    [
      'a missing right to list is named, and asked for ever less often, at last every 30 s',
      [{ status: 403, body: { message: 'no' } }, ...Array.from({ length: 9 }, () => ({ status: 403 })), { list: '100' }, quiet],
      [
        "0 forbidden: the runner's Role lacks verb list on deployments web-1: list deployments web-1: 403 no",
        ...[200, 600, 1_400, 3_000, 6_200, 12_600, 25_400, 51_000, 81_000].map(
          (at) => `${at} forbidden: the runner's Role lacks verb list on deployments web-1: list deployments web-1: 403`,
        ),
      ],
    ],
    [
      'a missing right to watch is named, and the object listed again',
      [{ list: '100' }, { status: 403 }, { list: '105' }, quiet],
      ["0 forbidden: the runner's Role lacks verb watch on deployments web-1: watch deployments web-1: 403"],
    ],
    [
      'a kind that the API server does not know',
      [{ status: 404 }, { list: '100' }, quiet],
      ['0 unknown-kind: the API server has no deployments of apps/v1: install its CRD'],
    ],
    ['a request that is refused for good', [{ status: 400 }, { list: '100' }, quiet], ['0 refused: list deployments web-1: 400']],
    [
      'a token that is refused when new, too',
      [{ status: 401 }, { status: 401 }, { list: '100' }, quiet],
      ['0 renew the token', '0 unreachable: list deployments web-1: 401'],
    ],
    ['too many requests', [{ status: 429 }, { list: '100' }, quiet], ['0 unreachable: list deployments web-1: 429']],
    [
      'an answer that is no list',
      [{ status: 200, body: [] }, { list: '100' }, quiet],
      ['0 unreachable: list deployments web-1: the answer is no list'],
    ],
    [
      'no network',
      [{ throws: 'connect ECONNREFUSED' }, { list: '100' }, quiet],
      ['0 unreachable: list deployments web-1: connect ECONNREFUSED'],
    ],
    [
      'a watch that breaks, such as by a line that is no JSON',
      [{ list: '100' }, { lines: [event('MODIFIED', '101')], lasts: 20_000, breaks: 'a line is no JSON' }, { list: '102' }, quiet],
      ['20000 unreachable: watch deployments web-1: a line is no JSON'],
    ],
    [
      'an error in the stream',
      [{ list: '100' }, { lines: [{ type: 'ERROR', object: { code: 500, message: 'etcd' } }] }, { list: '102' }, quiet],
      ['0 unreachable: watch deployments web-1: 500 etcd'],
    ],
    [
      'a line that is no event',
      [{ list: '100' }, { lines: [['nonsense']] }, { list: '102' }, quiet],
      ['0 unreachable: watch deployments web-1: 500 a line is no event'],
    ],
  ])('%s', async (_, acts, troubles) => {
    const { notes } = await follow(acts, 150_000);
    expect(notes.filter((note) => !/^\d+ (list|(is|watch from) \d+)$/.test(note))).toEqual(troubles);
    // And then all is well again: listed anew and watched.
    const version = acts.flatMap((act) => ('list' in act ? [act.list] : [])).at(-1);
    expect(notes.slice(-3)).toEqual([
      expect.stringMatching(/^\d+ list$/),
      expect.stringMatching(`^\\d+ is ${version}$`),
      expect.stringMatching(`^\\d+ watch from ${version}$`),
    ]);
  });

  const times = (notes: readonly string[]) =>
    notes.filter((note) => /^\d+ (list$|watch from)/.test(note)).map((note) => Number.parseInt(note, 10));
  const waits = (notes: readonly string[]) =>
    times(notes).flatMap((time, index, all) => (index === 0 ? [] : [time - Number(all[index - 1])]));

  test.each<[string, readonly Act[], number, readonly number[]]>([
    ['ever later, up to a second', [{ status: 503 }], 1, [200, 400, 800, 1_000, 1_000]],
    ['with jitter', [{ throws: 'no route' }], 0, [100, 200, 400, 500, 500]],
    ['no sooner than Retry-After says', [{ status: 429, retryAfterMilliseconds: 4_000 }], 1, [4_000, 4_000, 4_000, 4_000, 4_000]],
    ['within half a minute, whatever Retry-After says', [{ status: 429, retryAfterMilliseconds: 86_400_000 }], 1, [30_000, 30_000]],
  ])('an API server that cannot be reached is asked again %s', async (_, acts, random, expected) => {
    const { notes } = await follow(acts, 90_000, { random });
    expect(waits(notes).slice(0, expected.length)).toEqual(expected);
  });

  test('after a watch that worked, the next trouble begins with short waits', async () => {
    const down: Act = { status: 503 };
    const { notes } = await follow([down, down, down, { list: '100' }, { lines: [], lasts: 60_000 }, down, { list: '101' }, quiet], 90_000);
    expect(waits(notes)).toEqual([200, 400, 800, 0, 60_000, 200, 0]);
  });

  const endless = (...acts: readonly Act[]) => Array.from({ length: 1_000 }, () => acts).flat();
  test.each<[string, readonly Act[]]>([
    ['ends at once', [{ list: '100' }, { lines: [], lasts: 0 }]],
    ['ends at once after a change', [{ list: '100' }, { lines: [event('MODIFIED', '101')], lasts: 0 }]],
    ['always says that the version is too old', endless({ list: '100' }, { status: 410 })],
    ['always says so in the stream', endless({ list: '100' }, { lines: [compacted], lasts: 0 })],
    ['always breaks', endless({ list: '100' }, { lines: [], lasts: 0, breaks: 'a line is no JSON' })],
  ])('a watch that %s makes no hot loop', async (_, acts) => {
    const { notes } = await follow(acts, 60_000);
    expect(times(notes).length).toBeLessThanOrEqual(130);
  });
});

describe('the end of a watch', () => {
  test('a signal that has aborted before asks for nothing', async () => {
    expect(await follow([{ list: '100' }, quiet], 1_000, { endsAt: 0 })).toEqual({ notes: [], ended: true });
  });

  test.each<[string, readonly Act[]]>([
    ['while it watches', [{ list: '100' }, { lines: [] }]],
    ['while it waits', [{ status: 403 }]],
  ])('comes with the signal, %s', async (_, acts) => {
    const { notes, ended } = await follow(acts, 60_000, { endsAt: 10_000 });
    expect(ended).toBe(true);
    expect(notes.filter((note) => Number.parseInt(note, 10) >= 10_000)).toEqual([]);
  });
});

test('over a real connection it sees what a server sends, and ends on the wire', async () => {
  let open = 0;
  const server: Server = createServer((request, response) => {
    if (!request.url?.includes('watch=1')) {
      response.end(JSON.stringify({ kind: 'DeploymentList', metadata: { resourceVersion: '7' }, items: [] }));
      return;
    }
    open++;
    request.socket.on('close', () => open--);
    response.write(`${JSON.stringify(event('ADDED', '8'))}\n`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const connection = connect({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  onTestFinished(() => {
    connection.close();
    server.close();
  });
  const ending = new AbortController();
  const told: unknown[] = [];
  const troubles: unknown[] = [];
  await watchObject({
    connection,
    namespace: 'shop',
    resource,
    clock: { now: () => 0, sleep: async () => {} },
    random: () => 0,
    changed: (now) => {
      told.push(now);
      if (now !== null) ending.abort();
    },
    trouble: (error) => troubles.push(error),
    signal: ending.signal,
  });
  expect([told, troubles]).toEqual([[null, object('8')], []]);
  await expect.poll(() => open).toBe(0);
});
