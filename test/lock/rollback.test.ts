import { describe, expect, it } from 'vitest';
import type { Lock } from '../../lib/lock/lock.ts';
import { provenRevisions } from '../../lib/lock/proven.ts';
import { readLock } from '../../lib/lock/read.ts';
import { rollbackProblems, untriedTests } from '../../lib/lock/rollback.ts';
import { aborted, promoted, retired } from '../../lib/lock/settle.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { compile, image } from '../constructs/compiling.ts';

const nameOf = ({ stable }: Lock): string => ('name' in stable ? stable.name : stable.deployment);
const allOf = ({ retiring }: Lock) => new Set(retiring.map(({ revision }) => revision.name));

/** Images that were released one after the other, each recorded and its predecessor retired. */
function history(digits: readonly string[], changes: object = {}, keep = 3): Lock {
  return digits.reduce(
    (lock, digit) => {
      const settled = promoted(compile({ ...changes, image: image(digit) }, lock).lock);
      return retired(settled, allOf(settled), keep);
    },
    compile({ ...changes, image: image('0') }, null).lock,
  );
}

/** `tidegate rollback --to`, with the intent as it is. */
const rolledBack = (lock: Lock, digit: string, to: string, changes: object = {}) =>
  compile({ ...changes, image: image(digit) }, lock, { rollback: to });

describe('a rollback', () => {
  const lock = history(['a', 'b']);
  const [last, first] = provenRevisions(lock);
  if (!last || !first) throw new Error('nothing is cold');

  it('goes to each of the cold revisions, newest first', () => {
    expect([last.image, first.image]).toEqual([image('a'), image('0')]);
    for (const { name } of [last, first]) {
      const { inFlight, declined } = rolledBack(lock, 'b', name).lock;
      expect(inFlight).toMatchObject({ candidate: { name }, rollback: true, warm: false });
      expect(inFlight?.plan.steps.map(({ kind }) => kind)).toEqual(['scale', 'smoke', 'scale', 'switch', 'bake']);
      expect(inFlight?.plan.approvals).toEqual({ required: [], waived: 'the merge of a rollback to what was proven' });
      expect(declined).toEqual({ revision: nameOf(lock), reason: 'rolled back' });
    }
  });

  it('has no header route of the strategy, in its plan and in the manifests alike', () => {
    const changes = { 'strategy.headers': { 'x-canary': 'always' } };
    const released = history(['a'], changes);
    const { lock: flight, objects } = rolledBack(released, 'a', provenRevisions(released)[0]?.name ?? '', changes);
    expect(compile({ ...changes, image: image('b') }, released).lock.inFlight?.plan.route.headers).toHaveLength(1);
    expect(flight.inFlight?.plan.route.headers).toBeUndefined();
    const route = objects.find(({ kind }) => kind === 'VirtualService');
    expect(Object(route?.spec).http).toHaveLength(1);
    expect(objects.filter(({ kind }) => kind === 'AnalysisTemplate')).toEqual([]);
  });

  it('keeps an approval where risk is high, which nobody can waive', () => {
    const risky = history(['a'], { risk: 'high' });
    const [to] = provenRevisions(risky);
    const { inFlight } = rolledBack(risky, 'a', to?.name ?? '', { risk: 'high' }).lock;
    expect(inFlight?.plan.steps.map(({ kind }) => kind)).toEqual(['scale', 'smoke', 'approval', 'scale', 'switch', 'bake']);
    expect(inFlight?.plan.approvals).toEqual({ required: ['rollback'], waived: null });
  });

  it('goes on where a setting of the intent changes, and ends where the intent describes something else', () => {
    const flight = rolledBack(lock, 'b', first.name).lock;
    const moved = compile({ image: image('b'), network: { from: ['shop'] } }, flight).lock;
    expect(moved.inFlight?.hash).toBe(flight.inFlight?.hash);
    expect(moved.resolved.network.from).toEqual(['shop']);
    const slower = compile({ image: image('b'), 'deadlines.ready': '3m' }, flight).lock;
    expect(slower.inFlight).toMatchObject({ candidate: { name: first.name }, rollback: true, plan: { attempt: 4 } });
    const other = compile({ image: image('c') }, flight).lock;
    expect(other.inFlight).not.toHaveProperty('rollback');
    expect(other.declined).toBeUndefined();
  });

  it('that fails leaves stable what the intent describes, and the revision proven', () => {
    const back = aborted(rolledBack(lock, 'b', first.name).lock);
    expect(back.declined).toBeUndefined();
    expect(nameOf(back)).toBe(nameOf(lock));
    const again = retired(back, allOf(back), 3);
    expect(again.cold?.map(({ name }) => name)).toEqual([first.name, last.name]);
  });

  it('can be taken forward again by one to what it gave up', () => {
    const back = promoted(rolledBack(lock, 'b', first.name).lock);
    const forward = rolledBack(back, 'b', nameOf(lock)).lock;
    expect(forward.inFlight).toMatchObject({ rollback: true, warm: true });
    expect(forward.declined).toBeUndefined();
    expect(nameOf(promoted(forward))).toBe(nameOf(lock));
  });

  it('reads back from its lock', () => {
    const flight = rolledBack(lock, 'b', first.name).lock;
    expect(readLock(writeLock(flight), flight)).toEqual(flight);
    const edited = { ...lock, cold: lock.cold?.map((revision) => ({ ...revision, image: image('f') })) } as Lock;
    expect(() => readLock(writeLock(edited), edited)).toThrow('cold[0].image');
  });
});

describe('the smoke tests of a rollback', () => {
  const smoke = (...paths: readonly string[]) => ({ smoke: [{ name: 'api', http: paths.map((path) => ({ path })) }] });
  const step = (lock: Lock, digit: string, changes: object, of: number) => {
    const { inFlight } = rolledBack(lock, digit, provenRevisions(lock)[of]?.name ?? '', changes).lock;
    const test = inFlight?.plan.steps.flatMap((one) => (one.kind === 'smoke' ? [one.test] : []))[0];
    const [task] = inFlight?.jobs.map((job) => JSON.stringify(job)) ?? [];
    const paths = test && 'http' in test ? test.http.checks.map(({ path }) => path) : [];
    return { paths, inJob: ['/one', '/two', '/three'].filter((path) => task?.includes(path)) };
  };
  const release = (lock: Lock, digit: string, changes: object) => promoted(compile({ ...changes, image: image(digit) }, lock).lock);
  const [v1, v2, v3] = [smoke('/one'), smoke('/one', '/two'), smoke('/three')];
  const first = compile({ ...v1, image: image('0') }, null).lock;
  const second = release(first, 'a', v2);
  const third = release(second, 'b', v3);
  /** As it was before locks kept them. */
  const forgotten = (lock: Lock): Lock => ({
    ...lock,
    retiring: lock.retiring.map(({ revision: { smoke: _, ...revision }, ...entry }) => ({ ...entry, revision })),
  });

  it('are those that proved the revision, in its plan and its Job, whatever the intent has now', () => {
    expect(step(third, 'b', v3, 0)).toEqual({ paths: ['/one', '/two'], inJob: ['/one', '/two'] });
    expect(step(third, 'b', v3, 1)).toEqual({ paths: ['/one'], inJob: ['/one'] });
    const forward = promoted(rolledBack(third, 'b', provenRevisions(third)[0]?.name ?? '', v3).lock);
    expect(step(forward, 'b', v3, 0)).toEqual({ paths: ['/three'], inJob: ['/three'] });
    expect(readLock(writeLock(forward), forward)).toEqual(forward);
  });

  it('stay those of the plan where the intent changes them at rest, and follow it where no plan has proven stable yet', () => {
    const changed = (lock: Lock, digit: string) => compile({ ...v3, image: image(digit) }, lock).lock;
    expect(step(release(changed(first, '0'), 'a', v2), 'a', v2, 0).paths).toEqual(['/three']);
    expect(step(release(changed(second, 'a'), 'b', v3), 'b', v3, 0).paths).toEqual(['/one', '/two']);
  });

  it('do not change in flight with those of the intent', () => {
    const flight = rolledBack(third, 'b', provenRevisions(third)[0]?.name ?? '', v3).lock;
    expect(compile({ ...v1, image: image('b') }, flight).lock.inFlight).toEqual(flight.inFlight);
  });

  it('are those of the intent where an older lock has none, and then the revision has passed them', () => {
    expect(step(forgotten(third), 'b', v3, 0).paths).toEqual(['/three']);
    const back = promoted(rolledBack(forgotten(third), 'b', provenRevisions(third)[0]?.name ?? '', v3).lock);
    expect('smoke' in back.stable && back.stable.smoke).toEqual(third.resolved.smoke);
  });

  it.each<[string, Lock, of: number, words: RegExp | null]>([
    ['not of a revision that they proved', third, 0, null],
    ['of a first entry', third, 1, /^Nothing says that web-\w+ passes smoke test api: it was declared stable, and no plan has proven it\./],
    ['of a revision of an older lock', forgotten(third), 0, /passes smoke test api: the lock does not hold those that proved it\./],
  ])('are named where nothing says that it ever passed them: %s', (_, lock, of, words) => {
    const found = untriedTests(rolledBack(lock, 'b', provenRevisions(lock)[of]?.name ?? '', v3).lock);
    if (words === null) expect(found).toBeNull();
    else expect(found).toEqual({ tests: ['api'], words: expect.stringMatching(words) });
    expect(untriedTests(lock)).toBeNull();
  });
});

describe('a revision cannot come back', () => {
  const expand = { name: 'score', kind: 'expand', container: {} };
  const unused = { ...expand, oldShape: 'unused' };
  const contract = { name: 'score-only', kind: 'contract', of: 'score', container: {} };

  it('when a contract migration took away what it needs', () => {
    let lock = history(['a'], { migrations: [expand] });
    for (const [digit, migrations] of [
      ['b', [unused]],
      ['c', [unused, contract]],
    ] as const) {
      lock = promoted(compile({ image: image(digit), migrations }, lock).lock);
      lock = retired(lock, allOf(lock), 3);
    }
    const [fits, ...others] = provenRevisions(lock);
    if (!fits) throw new Error('nothing is cold');
    expect(rollbackProblems(lock, fits)).toEqual([]);
    for (const { name } of others)
      expect(() => compile({ image: image('c'), migrations: [unused, contract] }, lock, { rollback: name })).toThrow(
        `${name} cannot come back: it needs the old shape of 'score', which contract migration 'score-only' took away`,
      );
  });

  it.each([
    ['when the flags that its pods mount are gone', 'web-flags', 1],
    ['when a ConfigMap of the release that its pods mount is gone', 'web-settings-0123abcd', 1],
    ["but for a ConfigMap of somebody else that begins with the release's name, it can", 'web-settings', 0],
  ])('%s', (_, name, count) => {
    const lock = history(['a']);
    const [to] = provenRevisions(lock);
    if (!to) throw new Error('nothing is cold');
    const deployment = structuredClone(to.objects.deployment) as unknown as { spec: { template: { spec: { volumes: object[] } } } };
    deployment.spec.template.spec.volumes = [{ name: 'flags', configMap: { name } }];
    const mounting = { ...to, objects: { ...to.objects, deployment: deployment as never } };
    const why = `${to.name} cannot come back: its pods need ConfigMap ${name}, which Git no longer has, and would not start.`;
    expect(rollbackProblems(lock, mounting).map(({ message }) => message)).toEqual(Array(count).fill(why));
  });
});

describe('what was given up', () => {
  const rest = compile({}, null).lock;
  const flight = compile({ image: image('a') }, rest).lock;
  const given = aborted(flight);
  const candidate = flight.inFlight?.candidate.name;

  it('stays so for an unchanged intent, a changed setting and new defaults', () => {
    expect(given.declined).toEqual({ revision: candidate, reason: 'aborted' });
    expect(compile({ image: image('a') }, given).lock).toBe(given);
    for (const lock of [
      compile({ image: image('a'), network: { from: ['shop'] } }, given).lock,
      compile({ image: image('a') }, given, { refresh: true }).lock,
    ]) {
      expect(lock.inFlight).toBeNull();
      expect(lock.declined).toEqual(given.declined);
      expect(lock.stable).toEqual(given.stable);
    }
  });

  const load = (min: number) => ({ replicas: undefined, autoscale: { min, max: 20, cpu: 70 } });
  const recorded = history(['a']);
  const [old] = provenRevisions(recorded);
  const byLoad = compile(load(3), null).lock;
  const abortedOf = (lock: Lock, changes: object) => aborted(compile({ ...changes, image: image('a') }, lock).lock);

  it.each<[string, given: Lock, changes: object]>([
    ['after an abort', given, { replicas: 9 }],
    ['after a rollback', promoted(rolledBack(recorded, 'a', old?.name ?? '').lock), { replicas: 9 }],
    ['after an abort where the load counts', abortedOf(byLoad, load(3)), load(9)],
  ])('leaves the number of pods of stable to the intent: %s', (_, before, changes) => {
    const { lock, objects } = compile({ image: image('a'), ...changes }, before);
    expect(lock.inFlight).toBeNull();
    expect([lock.declined, lock.retiring, lock.history]).toEqual([before.declined, before.retiring, before.history]);
    expect(lock.stable).toEqual({ ...before.stable, scale: lock.resolved.scale });
    const counted = objects
      .filter(({ kind, metadata }) => /^(Deployment|HorizontalPodAutoscaler)$/.test(kind) && metadata.name === nameOf(before))
      .flatMap(({ spec }) => [Object(spec).replicas, Object(spec).minReplicas]);
    expect(counted).toContain(9);
    expect(readLock(writeLock(lock), lock)).toEqual(lock);
  });

  it('leaves stable the pods it has where the intent has them counted by the load, and stable by hand', () => {
    const before = abortedOf(rest, load(3));
    const { lock } = compile({ ...load(9), image: image('a') }, before);
    expect([lock.stable, lock.declined]).toEqual([before.stable, before.declined]);
  });

  it('starts again as a new attempt when asked, and is forgotten when the intent moves on', () => {
    const again = compile({ image: image('a') }, given, { retry: true }).lock;
    expect(again).toMatchObject({ attempts: 2, inFlight: { candidate: { name: candidate } } });
    for (const changes of [{}, { image: image('b') }]) expect(compile(changes, given).lock.declined).toBeUndefined();
    expect(compile({}, given).lock.inFlight).toBeNull();
    expect(compile({}, rest, { retry: true }).lock).toBe(rest);
  });
});
