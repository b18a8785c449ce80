import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import { compile, textOf } from './compiling.ts';
import { Copy, EXAMPLES, IMAGES } from './copy.ts';
import { RICH, RICH_BY_LOAD, withImage } from './rich.ts';

/** Everything that a release is in Git, at rest and then in flight. */
function lifeOf(intent: ReleaseIntent): string {
  const rest = compile(intent, null);
  return textOf(rest) + textOf(compile(withImage(intent, '7'), rest.lock));
}

/** The keys of every object in an order that follows from `seed`; but those of `ports`, whose order says where requests go. */
function shuffled<T>(value: T, random: () => number, key = ''): T {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => [name, shuffled(item, random, name)]);
  if (key === 'ports') return Object.fromEntries(entries) as T;
  const drawn = entries.map((entry) => ({ entry, at: random() })).sort((a, b) => a.at - b.at);
  return Object.fromEntries(drawn.map(({ entry }) => entry)) as T;
}

/** Numbers from 0 to 1 that follow from a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each([
  ['behind Istio', RICH],
  ['behind Gateway API, scaled by load', RICH_BY_LOAD],
])('a release %s is written byte for byte alike', (_, intent) => {
  const life = lifeOf(intent);

  it('each time', () => {
    expect(lifeOf(intent)).toBe(life);
  });

  it('in whatever order its keys were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
        expect(lifeOf(shuffled(intent, randomOf(seed)))).toBe(life);
      }),
      { numRuns: 40 },
    );
  });

  it('from a lock whose keys were read in another order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (seed) => {
        const { lock } = compile(intent, null);
        const flight = compile(withImage(intent, '7'), lock);
        const reread = { ...shuffled(flight.lock, randomOf(seed)) };
        expect(textOf(compile(withImage(intent, '7'), reread))).toBe(textOf(flight));
        expect(textOf(compile(withImage(intent, '7'), { ...shuffled(lock, randomOf(seed)) }))).toBe(textOf(flight));
      }),
      { numRuns: 20 },
    );
  });
});

describe('the order of ports', () => {
  it('is a change that is seen, since requests go to the first', () => {
    const { http, metrics } = { http: { container: 8080, service: 80 }, metrics: { container: 9090, service: 9090 } };
    const { port: _, ...traffic } = RICH.traffic;
    const { lock } = compile({ ...RICH, traffic, ports: { http, metrics } }, null);
    const swapped = compile({ ...RICH, traffic, ports: { metrics, http } }, lock);
    expect(lock.resolved.traffic.port.name).toBe('http');
    expect(swapped.lock.resolved.traffic.port.name).toBe('metrics');
  });
});

describe('the examples are written byte for byte alike', () => {
  it('in whatever folder, locale and time zone, with cdk8s told not to sort', async () => {
    const outputs: Readonly<Record<string, string>>[] = [];
    const worlds: Readonly<Record<string, string>>[] = [
      { LANG: 'C', LC_ALL: 'C', TZ: 'UTC' },
      { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr', TZ: 'Pacific/Kiritimati', CDK8S_DISABLE_SORT: '1' },
    ];
    for (const [index, env] of worlds.entries()) {
      const copy = new Copy('shipped');
      const cwd = index === 0 ? [] : ['--cwd', copy.directory];
      const tidegate = (...args: readonly string[]) =>
        copy.run(process.execPath, [`${copy.directory}/build/cli.js`, ...args, ...cwd], env, index === 0 ? copy.directory : tmpdir());
      expect(await tidegate('record', ...EXAMPLES, '--initial')).toMatchObject({ code: 0 });
      for (const { file, from, to } of Object.values(IMAGES)) copy.edit(file, from, to);
      expect(await tidegate('synth')).toMatchObject({ code: 0 });
      outputs.push(copy.output());
    }
    expect(outputs[1]).toEqual(outputs[0]);
  });
});
