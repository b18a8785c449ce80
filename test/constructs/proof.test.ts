import { describe, expect, it } from 'vitest';
import { unprovenImages } from '../../lib/constructs/proof.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { promoted, retired } from '../../lib/lock/settle.ts';
import { compile, image, KEY } from './compiling.ts';

type Changes = Readonly<Record<string, unknown>>;
const STAGING = { ...KEY, target: 'staging' };
const on = (key: typeof KEY) => (changes: Changes, lock: Lock | null) => compile(changes, lock, { key }).lock;
const [staging, production] = [on(STAGING), on(KEY)];
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const proxy = (digit: string) => ({ 'sidecars.proxy.image': `registry.example.com/proxy@${digest(digit)}` });
const init = (digit: string) => ({
  podTemplate: { spec: { initContainers: [{ name: 'warm', image: `registry.example.com/warm@${digest(digit)}`, args: ['now'] }] } },
});
const volume = (digit: string) => ({
  podTemplate: { spec: { volumes: [{ name: 'model', image: { reference: `registry.example.com/model@${digest(digit)}` } }] } },
});
/** Released there, recorded, and what it replaced is retired. */
const proven = (changes: Changes, lock: Lock, keep = 3): Lock => {
  const after = promoted(staging(changes, lock));
  return retired(after, new Set(after.retiring.map(({ revision }) => revision.name)), keep);
};

describe('a release that another target has to prove first', () => {
  const [first, here] = [staging({}, null), production({}, null)];
  const wrong = (lock: Lock, proof: Lock | null) => unprovenImages(lock, 'staging', proof).map(({ path, message }) => [path, message]);

  it.each<[string, path: string, name: string, changes: Changes]>([
    ['released image', 'image', 'web:1.5.0', { image: image('a') }],
    ['sidecar', 'sidecars.proxy.image', 'proxy', proxy('a')],
    ['init container', 'podTemplate', 'warm', init('a')],
    ['image that is mounted', 'podTemplate', 'model', volume('a')],
  ])('starts no %s that it has not proven', (_, path, name, changes) => {
    const release = production(changes, here);
    expect(wrong(release, first)).toEqual([
      [
        path,
        expect.stringMatching(new RegExp(`^'registry.example.com/${name}@${digest('a')}'.* is not proven on target 'staging', where web-`)),
      ],
    ]);
    // In flight there is not proven there.
    expect(wrong(release, staging(changes, first))).toHaveLength(1);
    expect(wrong(release, proven(changes, first))).toEqual([]);
  });

  it('is told of each image', () => {
    expect(wrong(production({ image: image('a'), ...proxy('b') }, here), first).map(([path]) => path)).toEqual([
      'image',
      'sidecars.proxy.image',
    ]);
    expect(wrong(production(proxy('a'), here), null)).toEqual([
      ['sidecars.proxy.image', expect.stringContaining("of 'proxy' is not proven on target 'staging', which has no lock of this release.")],
    ]);
  });

  it('may have other settings here than there, with the same images', () => {
    const there = proven({ image: image('a'), ...proxy('b'), env: {} }, first);
    expect(wrong(production({ image: image('a'), ...proxy('b') }, here), there)).toEqual([]);
  });

  it('may have a revision that the other target has proven long ago and no longer holds', () => {
    const long = proven({ image: image('c') }, proven({ image: image('b'), ...proxy('b') }, proven(proxy('a'), first, 0), 0), 0);
    expect(long.cold).toBeUndefined();
    expect(wrong(production(proxy('a'), here), long)).toEqual([]);
    // Another revision with the same sidecar: nobody knows any more what that one had.
    expect(wrong(production({ ...proxy('a'), env: {} }, here), long).map(([path]) => path)).toEqual(['sidecars.proxy.image']);
  });

  it('may have what this target has proven itself, as a rollback has', () => {
    const stable = promoted(production(proxy('a'), here));
    expect(wrong(production({}, stable), null)).toEqual([]);
    expect(wrong(production({ ...proxy('a'), env: {} }, stable), null)).toEqual([]);
  });

  it('is asked of a first entry as well, where the other target has one', () => {
    expect(wrong(production(proxy('a'), null), first).map(([path]) => path)).toEqual(['sidecars.proxy.image']);
    expect(wrong(production(proxy('a'), null), null)).toEqual([]);
  });
});
