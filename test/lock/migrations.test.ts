import { describe, expect, it } from 'vitest';
import type { Lock } from '../../lib/lock/lock.ts';
import { readLock } from '../../lib/lock/read.ts';
import { writeLock } from '../../lib/lock/write.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';

const expand = { name: 'score', kind: 'expand', container: { command: ['migrate', 'score'] } };
const unused = { ...expand, oldShape: 'unused' };
const contract = { name: 'score-only', kind: 'contract', of: 'score', container: { command: ['migrate', 'score-only'] } };

const rest = compile({}, null).lock;
const steps = (lock: Lock) => lock.inFlight?.plan.steps.map((step) => ('name' in step ? `${step.kind} ${step.name}` : step.kind));
const jobs = (objects: readonly KubeObject[]) => objects.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name);

/** What `record` makes of a lock in flight, with what was stable retiring or gone. */
function recorded(lock: Lock, retiring: 'retiring' | 'gone'): Lock {
  const { stable, inFlight } = lock;
  if (!inFlight || 'external' in stable) throw new Error('the fixture is not in flight');
  return {
    ...lock,
    stable: inFlight.candidate,
    inFlight: null,
    retiring: retiring === 'gone' ? [] : [{ revision: stable, reason: 'replaced' }],
  };
}

describe('an expand migration', () => {
  const flight = compile({ image: image('a'), migrations: [expand] }, rest);

  it('runs first, before the candidate has users', () => {
    expect(steps(flight.lock)?.slice(0, 3)).toEqual(['smoke score', 'scale', 'smoke api']);
    expect(jobs(flight.objects)).toContain(`web-smoke-${flight.lock.inFlight?.hash}-0`);
  });

  it('is a release of the same pods where nothing else has changed', () => {
    expect(steps(compile({ migrations: [expand] }, rest).lock)?.[0]).toBe('smoke score');
  });

  it('is alone in its release, since Jobs that start together have no order', () => {
    const second = { ...expand, name: 'index' };
    const both = { image: image('b'), migrations: [expand, second] };
    const refusal = "migrations 'score', 'index' have not run yet, and a release runs one";
    expect(() => compile(both, rest)).toThrow(refusal);
    expect(() => compile(both, flight.lock)).toThrow(refusal);
    expect(steps(compile(both, recorded(flight.lock, 'retiring')).lock)?.slice(0, 2)).toEqual(['smoke index', 'scale']);
  });

  it('does not run again in the next release', () => {
    const stable = recorded(flight.lock, 'retiring');
    expect(compile({ image: image('a'), migrations: [expand] }, stable).lock.inFlight).toBeNull();
    expect(steps(compile({ image: image('b'), migrations: [expand] }, stable).lock)).not.toContain('smoke score');
  });

  it('runs again in the next attempt where its release was given up', () => {
    const abandoned = compile({}, flight.lock).lock;
    expect(steps(compile({ image: image('b'), migrations: [expand] }, abandoned).lock)).toContain('smoke score');
  });
});

describe('a contract migration', () => {
  const expanded = compile({ image: image('a'), migrations: [expand] }, rest).lock;
  const contracting = { image: image('c'), migrations: [unused, contract] };

  it('is refused while stable needs the old shape', () => {
    const stable = recorded(expanded, 'gone');
    expect(() => compile(contracting, stable)).toThrow(
      `contract migration 'score-only' takes away the old shape of 'score', which ${expanded.inFlight?.candidate.name} (stable) still needs`,
    );
    expect(() => compile({ migrations: [unused, contract] }, rest)).toThrow('(stable) still needs');
  });

  it('is refused while a revision that needs the old shape retires', () => {
    const moved = compile({ image: image('b'), migrations: [unused] }, recorded(expanded, 'gone')).lock;
    expect(() => compile(contracting, recorded(moved, 'retiring'))).toThrow(`${expanded.inFlight?.candidate.name} (retiring) still needs`);
  });

  it('is refused where risk is high, since it would run before people have approved', () => {
    const high = (changes: object) => ({ risk: 'high', ...changes });
    const first = compile(high({ migrations: [expand] }), null).lock;
    const moved = recorded(compile(high({ image: image('b'), migrations: [unused] }), first).lock, 'gone');
    expect(() => compile(high(contracting), moved)).toThrow(
      "contract migration 'score-only' would run before people have approved the release",
    );
    expect(compile(contracting, moved).lock.inFlight).not.toBeNull();
    const ran = compile(high(contracting), null).lock;
    expect(compile(high({ ...contracting, image: image('d') }), ran).lock.inFlight).not.toBeNull();
  });

  it('runs before any user once nothing that Git carries needs the old shape', () => {
    const moved = compile({ image: image('b'), migrations: [unused] }, recorded(expanded, 'gone')).lock;
    const { lock, objects } = compile(contracting, recorded(moved, 'gone'));
    expect(steps(lock)?.[0]).toBe('smoke score-only');
    const job = objects.find(({ metadata }) => metadata.name === `web-smoke-${lock.inFlight?.hash}-0`);
    expect(job?.metadata.annotations).toMatchObject({ 'tidegate.dev/migration': 'contract', 'tidegate.dev/contracts': 'score' });
  });
});

describe('code that needs a shape that was contracted', () => {
  const needing = { image: image('b'), migrations: [expand] };
  const flight = compile({ image: image('a'), migrations: [unused, contract] }, compile({ migrations: [unused] }, null).lock).lock;

  it.each([
    ['while the contract is in flight', flight],
    ['once its release is proven', recorded(flight, 'gone')],
    ['once its release was given up', compile({ migrations: [unused] }, flight).lock],
  ])('is refused %s', (_, lock) => {
    expect(readLock(writeLock(lock), KEY).contracted).toEqual([{ name: 'score-only', of: 'score' }]);
    expect(() => compile(needing, lock)).toThrow(
      "needs the old shape of 'score', which contract migration 'score-only' of an earlier attempt took away",
    );
    const restored = compile({ ...needing, migrations: [{ ...expand, name: 'score-again' }] }, lock).lock;
    expect(steps(restored)?.[0]).toBe('smoke score-again');
  });
});

it.each([
  ['an expand', [expand], compile({}, null).lock],
  ['a contract', [unused, contract], compile({ migrations: [unused] }, null).lock],
])('%s migration must bear repetition: it is tried twice, and runs again in each attempt', (_, migrations, stable) => {
  const first = compile({ image: image('a'), migrations }, stable);
  const second = compile({ image: image('b'), migrations }, first.lock);
  const [before, after] = [first, second].map(({ objects }) =>
    objects.find(({ metadata }) => metadata.annotations?.['tidegate.dev/migration'] !== undefined),
  );
  expect(before?.spec).toMatchObject({ backoffLimit: 1 });
  expect(after?.spec).toMatchObject({ backoffLimit: 1 });
  expect(after?.metadata.name).not.toBe(before?.metadata.name);
});

describe('flags', () => {
  const flags = (percent: number) => ({
    flags: { 'new-ranking': { owner: 'team-search', created: '2026-01-10', expires: '2026-03-31', percent } },
  });
  const definition = (objects: readonly KubeObject[]) => {
    const data = objects.find(({ metadata }) => metadata.name === 'web-flags')?.data as Record<string, string>;
    return JSON.parse(data['flags.json'] ?? '').flags['new-ranking'];
  };

  it.each([
    [0, { defaultVariant: 'off' }],
    [
      5,
      {
        defaultVariant: 'off',
        targeting: {
          fractional: [
            ['on', 5],
            ['off', 95],
          ],
        },
      },
    ],
    [100, { defaultVariant: 'on' }],
  ])('are for %i %% of users, as flagd reads them', (percent, expected) => {
    expect(definition(compile(flags(percent), null).objects)).toEqual({
      state: 'ENABLED',
      variants: { on: true, off: false },
      ...expected,
      metadata: { owner: 'team-search', created: '2026-01-10', expires: '2026-03-31' },
    });
  });

  it('are changed without a release, at rest and in flight', () => {
    const before = compile(flags(5), null);
    const { lock, objects } = compile(flags(0), before.lock);
    expect(lock.inFlight).toBeNull();
    expect(definition(objects).targeting).toBeUndefined();
    const flight = compile({ image: image('a'), ...flags(5) }, before.lock);
    const killed = compile({ image: image('a'), ...flags(0) }, flight.lock);
    expect(killed.lock.inFlight).toEqual(flight.lock.inFlight);
    const others = (all: readonly KubeObject[]) => all.filter(({ metadata }) => metadata.name !== 'web-flags');
    expect(others(killed.objects)).toEqual(others(flight.objects));
  });

  it('are changed without a new attempt, whatever the project has become meanwhile', () => {
    const flux = 'gitops: { tool: flux }';
    const rested = compile(flags(5), null).lock;
    const { lock } = compile({ image: image('a'), ...flags(5) }, rested);
    const killed = compile({ image: image('a'), ...flags(0) }, lock, { project: flux }).lock;
    expect(killed).toEqual({
      ...lock,
      intent: killed.intent,
      resolved: { ...lock.resolved, flags: [expect.objectContaining({ percent: 0 })] },
    });
    expect(compile({ image: image('a'), ...flags(0) }, lock, { project: flux, refresh: true }).lock.inFlight?.plan.attempt).toBe(2);
    const atRest = compile(flags(0), rested, { project: flux }).lock;
    expect(atRest).toEqual({ ...rested, intent: atRest.intent, resolved: atRest.resolved });
    expect(atRest.resolved.flags).toMatchObject([{ percent: 0 }]);
  });

  it('stay while a revision that Git carries mounts them', () => {
    const mounting = { ...flags(5), volumes: { flags: { mountPath: '/etc/flags', configMap: 'web-flags', readOnly: true } } };
    const stable = compile(mounting, null).lock;
    const stableName = 'external' in stable.stable ? '' : stable.stable.name;
    const refusal = (role: string) => `with the last flag ConfigMap web-flags goes, which ${stableName} (${role}) still mounts`;
    expect(() => compile({ volumes: mounting.volumes }, stable)).toThrow(refusal('stable'));
    expect(() => compile({}, stable)).toThrow(refusal('stable'));
    const { lock } = compile(flags(5), stable);
    expect(() => compile({}, lock)).toThrow(refusal('stable'));
    expect(() => compile({}, recorded(lock, 'retiring'))).toThrow(refusal('retiring'));
    const { objects } = compile({}, recorded(lock, 'gone'));
    expect(objects.map(({ metadata }) => metadata.name)).not.toContain('web-flags');
  });

  it.each([
    ['envFrom', { envFrom: [{ configMapRef: { name: 'web-flags' } }] }],
    ['a variable', { env: [{ name: 'FLAGS', valueFrom: { configMapKeyRef: { name: 'web-flags', key: 'flags.json' } } }] }],
  ])('stay while %s takes them', (_, container) => {
    const referring = { podTemplate: { spec: { containers: [{ name: 'flagd', image: image('d'), ...container }] } } };
    const { lock } = compile({ ...flags(5), ...referring }, null);
    expect(() => compile(referring, lock)).toThrow('ConfigMap web-flags goes');
  });
});
