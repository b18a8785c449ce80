import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PROFILES } from '../../../lib/gitops/profile/profile.ts';
import type { Lock } from '../../../lib/lock/lock.ts';
import { toYaml } from '../../../lib/output/yaml.ts';
import { lint } from '../../../lib/policy/lint.ts';
import type { Rule } from '../../../lib/policy/rule.ts';
import type { KubeObject } from '../../../lib/schema/index.ts';
import { gitopsIgnoresWeights } from '../../../policies/gitops-ignores-weights.ts';
import { gitopsNeverWaits } from '../../../policies/gitops-never-waits.ts';
import { smokeBounded } from '../../../policies/smoke-bounded.ts';
import { type Applier, flux } from '../../traffic/appliers.ts';
import { type LiveObject, until } from '../harness.ts';
import type { Kube } from '../kube.ts';
import { argocdOf } from './argocd.ts';
import { Flight, type Git, type Ground } from './flight.ts';
import { BRIEF, isJob, otherwise, smokeAs } from './intent.ts';

const { approval: APPROVAL } = BRIEF;
const FLAGSHIP_APPROVAL = 6;
const SELF_HEAL_SECONDS = 5;
/** Longer than the pause that a runner makes between two resets: Flux has one of a minute or more. */
const INTERVAL_SECONDS = 20;
const JOB_TAKES = '8s';
/** How long a revert is given that would be done in one. */
const WAITED_MILLISECONDS = 4_000;

/** The Application that `tidegate gitops` prints, with other settings. */
function application({ locks, ...changes }: { readonly locks: readonly Lock[]; readonly syncOptions?: readonly string[] }): KubeObject {
  const source = { target: 'production', repository: 'https://git.example.com/releases.git', branch: 'main', path: 'dist/production' };
  const [printed] = PROFILES.argocd({ ...source, locks });
  if (printed === undefined) throw new Error('there is no Application');
  const spec = printed.spec as { readonly syncPolicy: object };
  return { ...printed, spec: { ...spec, syncPolicy: { ...spec.syncPolicy, ...changes } } } as KubeObject;
}

const argocd = (change: { readonly syncOptions?: readonly string[] } = {}): Git => ({
  tool: 'argocd',
  applier: (kube, lock, ended) => argocdOf(kube, application({ locks: [lock], ...change }), ended),
  everySeconds: SELF_HEAL_SECONDS,
});
const byFlux: Git = { tool: 'flux', applier: flux, everySeconds: INTERVAL_SECONDS };

/** What a rule says of a release and what applies it. */
const found = (rule: Rule, objects: readonly KubeObject[]): readonly string[] =>
  lint(
    { texts: objects.map((object, index) => ({ name: `${index}.yaml`, text: toYaml(object) })), unreadable: [] },
    { rules: [rule] },
  ).findings.map(({ message }) => message);

const smokeOf = (flight: Flight): string => flight.objects.find((object) => isJob(object, 'smoke'))?.metadata.name ?? 'no smoke test';

async function promoted(flight: Flight, approval: number = APPROVAL): Promise<void> {
  await flight.reachesStep(approval);
  await flight.approve();
  await flight.reaches('promotion', ({ phase }) => phase === 'Promoted', 200);
}

/** What may go wrong between a release and who applies it again and again, each shown to be found or survived. */
export function traps(ground: () => Ground): void {
  it.for([
    ['Argo CD as `tidegate gitops` sets it up', argocd()],
    ['Flux', byFlux],
  ] as const)('is promoted while %s applies Git again and again, with pruning', async ([, git], { onTestFinished }) => {
    const flight = await Flight.begin(ground(), onTestFinished, { gates: 'flagship', git });
    await flight.runner({});
    await promoted(flight, FLAGSHIP_APPROVAL);
    // How often depends on how long the release takes: it came, and it was applied again.
    expect(flight.git.syncs).toBeGreaterThanOrEqual(2);
    const { resets } = await flight.reaches('promotion', ({ phase }) => phase === 'Promoted');
    if (git.tool === 'argocd') {
      // Nothing is put back, so nobody has to fight.
      expect({ weights: flight.weights, count: resets.count }).toEqual({ weights: [0, 20, 50, 100], count: 0 });
    } else expectEarned(flight);
  });

  it.for([
    ['Argo CD', argocd()],
    ['Flux', byFlux],
  ] as const)('is promoted by a Job that runs while %s applies Git again', async ([, git], { onTestFinished }) => {
    const altered = otherwise((object) => isJob(object, 'job'), {}, { 'fake-kubelet/finish-after': JOB_TAKES });
    const options = { changes: BRIEF.changes, gates: 'with a Job', git, altered } as const;
    const flight = await Flight.begin(ground(), onTestFinished, options);
    await flight.runner({});
    await promoted(flight);
    if (git.tool === 'flux') return expectEarned(flight);
    expect(flight.weights).toEqual([0, 50, 100]);
    const { spec, ...shown } = application({ locks: [flight.lock] });
    const { ignoreDifferences: _, ...others } = spec as { readonly ignoreDifferences: unknown };
    expect(found(gitopsIgnoresWeights, [...flight.objects, { ...shown, spec: others } as KubeObject])).toContainEqual(
      expect.stringMatching(/suspends Job .* again at each sync, and its pod is lost/),
    );
    expect(found(gitopsNeverWaits, [...flight.objects, application({ locks: [flight.lock] })])).toEqual([
      expect.stringMatching(/a sync that also prunes is not over before Job .* has run/),
    ]);
  });

  it.for([
    { manifests: 'as they are, is reverted at once', waves: false },
    { manifests: 'in waves, which lint finds, is not reverted before it is ready', waves: true },
  ])('with a candidate that is never ready, its manifests $manifests', async ({ waves }, { onTestFinished }) => {
    let ready = true;
    const altered = (object: KubeObject): KubeObject => {
      if (ready || object.kind !== 'Deployment') return object;
      if (object.metadata.name === 'web-runner') return waves ? annotated(object, { 'argocd.argoproj.io/sync-wave': '1' }) : object;
      const isCandidate = ({ metadata }: KubeObject) => metadata.name === flight.plan.candidate.deployment;
      return otherwise(isCandidate, {}, { 'fake-kubelet/behaviour': 'never-ready' })(object);
    };
    const git = { ...argocd(), everySeconds: undefined };
    const flight: Flight = await Flight.begin(ground(), onTestFinished, { changes: BRIEF.changes, git, altered });
    const { deployment } = flight.plan.candidate;
    const gone = () => until('end of the candidate', async () => (await flight.find('Deployment', deployment)) === null);
    await flight.revert();
    await gone();
    ready = false;
    expect(found(gitopsNeverWaits, flight.objects)).toEqual(
      waves ? [expect.stringContaining('a sync waits until all of one is healthy')] : [],
    );
    const landing = flight.land();
    await until('candidate', () => flight.find('Deployment', deployment));
    const reverting = flight.revert();
    if (waves) {
      await pause(WAITED_MILLISECONDS);
      expect(await flight.find('Deployment', deployment)).not.toBeNull();
      expect(await flight.find('Deployment', 'web-runner')).toBeNull();
    } else {
      await Promise.all([landing, reverting]);
      await gone();
    }
  });

  it('gets no request under RespectIgnoreDifferences, which lint finds, and goes on once that is gone', async ({ onTestFinished }) => {
    const syncOptions = ['ApplyOutOfSyncOnly=true', 'PruneLast=true', 'RespectIgnoreDifferences=true'];
    let mended = false;
    const git: Git = {
      ...argocd(),
      applier: (kube, lock, ended) => {
        const [harmed, whole] = [{ syncOptions }, {}].map((change) => argocdOf(kube, application({ locks: [lock], ...change }), ended));
        return { name: 'argocd', sync: (...sides) => ((mended ? whole : harmed) as Applier).sync(...sides) };
      },
    };
    const flight = await Flight.begin(ground(), onTestFinished, { changes: BRIEF.changes, git, atRestFirst: true });
    expect(found(gitopsIgnoresWeights, [...flight.objects, application({ locks: [flight.lock], syncOptions })])).toEqual([
      expect.stringContaining('a new candidate never enters the route'),
    ]);
    const runner = await flight.runner({});
    await runner.says(/^waiting for VirtualService web: .* is missing, the plan says /);
    expect(flight.weights).toEqual([0]);
    mended = true;
    await flight.gives(50);
  });

  it('gives the next candidate the share of the one before under an `ignore` of Flux, which lint finds', async ({ onTestFinished }) => {
    const paths = ['/spec/http/0/route/0/weight', '/spec/http/0/route/1/weight'];
    const ignore = [{ target: { kind: 'VirtualService' }, paths }];
    const git: Git = { ...byFlux, everySeconds: undefined, applier: (kube) => adopting(kube, paths) };
    const flight = await Flight.begin(ground(), onTestFinished, { changes: BRIEF.changes, git });
    const kustomization = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'shop' },
      spec: { ignore },
    };
    expect(found(gitopsIgnoresWeights, [...flight.objects, kustomization])).toEqual(
      paths.map(() => expect.stringContaining('gets the requests of the one before, untested')),
    );
    const runner = await flight.runner();
    await flight.gives(50);
    await runner.kill();
    await flight.supersede('b');
    // Nobody has tested it yet: what its own runner does first is to take that back.
    expect(await flight.routeWeight()).toBe(50);
    await flight.runner({});
    await until('stable', async () => (await flight.routeWeight()) === 0);
  });

  it('survives that its smoke test is collected when it ends, and made again by Git: lint finds the TTL', async ({ onTestFinished }) => {
    const altered = smokeAs({ ttlSecondsAfterFinished: 1 });
    const flight = await Flight.begin(ground(), onTestFinished, { changes: BRIEF.changes, git: argocd(), altered });
    expect(found(smokeBounded, flight.objects)).toEqual([expect.stringContaining('made again from Git')]);
    const first = (await flight.live('Job', smokeOf(flight))).metadata.uid;
    // It has run, and was collected, before anybody looked.
    await until('another one', async () => ![undefined, first].includes((await flight.find('Job', smokeOf(flight)))?.metadata.uid), {
      seconds: 100,
    });
    await flight.runner({});
    await promoted(flight);
    expect(flight.weights).toEqual([0, 50, 100]);
  });

  it('is given up at the first failure of a smoke test that Git makes again and again', async ({ onTestFinished }) => {
    const altered = smokeAs({ ttlSecondsAfterFinished: 1, backoffLimit: 0 }, { 'fake-kubelet/behaviour': 'fail' });
    const flight = await Flight.begin(ground(), onTestFinished, { changes: BRIEF.changes, git: argocd(), altered });
    await flight.runner({});
    const { abort, reason } = await flight.reaches('abort', ({ phase }) => phase === 'Aborting');
    expect({ abort, reason }).toMatchObject({ abort: { by: 'gate' }, reason: expect.stringContaining('smoke test') });
    expect(flight.weights).toEqual([0]);
  });

  it('waits for a smoke test that was deleted while it ran, until the one that Git makes again has passed', async ({ onTestFinished }) => {
    let behaviour = 'hang';
    const altered = (object: KubeObject) => smokeAs({}, { 'fake-kubelet/behaviour': behaviour })(object);
    const git = { ...argocd(), everySeconds: undefined };
    const flight = await Flight.begin(ground(), onTestFinished, { changes: BRIEF.changes, git, altered });
    const runner = await flight.runner({});
    await runner.says(/^smoke test .* is running$/);
    await flight.remove('Job', smokeOf(flight));
    await runner.says(/^Job .* of smoke test .* is not there$/);
    expect(flight.weights).toEqual([0]);
    behaviour = 'succeed';
    await flight.land();
    await flight.gives(50);
    const { steps } = await flight.reachesStep(2);
    expect(steps[1]?.note).toMatch(/^smoke test .* passed$/);
  });

  it.for([
    { manifests: 'as they are', altered: (object: KubeObject) => object, findings: [] },
    {
      manifests: 'without PruneLast, which lint finds',
      altered: prunedFirst,
      findings: [expect.stringContaining('prunes before it applies')],
    },
  ])('is reverted at 50 % by an Argo CD that prunes before it applies, its manifests $manifests', async (story, { onTestFinished }) => {
    const { altered, findings } = story;
    const syncOptions = ['ApplyOutOfSyncOnly=true'];
    const removed: [name: string, weight: number][] = [];
    const git: Git = {
      ...argocd(),
      applier: (kube, lock, ended) => {
        const watching = new Proxy(kube, {
          get(target, key) {
            if (key !== 'remove') return bound(target, key);
            return async (ref: LiveObject, how: 'Foreground') => {
              removed.push([ref.metadata.name, await flight.routeWeight()]);
              return target.remove(ref, how);
            };
          },
        });
        return argocdOf(watching, application({ locks: [lock], syncOptions }), ended);
      },
    };
    const flight: Flight = await Flight.begin(ground(), onTestFinished, { changes: BRIEF.changes, git, altered });
    expect(found(gitopsIgnoresWeights, [...flight.objects, application({ locks: [flight.lock], syncOptions })])).toEqual(findings);
    await flight.runner({});
    await flight.gives(50);
    await flight.revert();
    const { candidate } = flight.plan;
    const weights = removed.filter(([name]) => name === candidate.deployment).map(([, weight]) => weight);
    expect(new Set(weights)).toEqual(new Set([findings.length === 0 ? 0 : 50]));
    await flight.gives(0);
  });
}

/** kustomize-controller from 1.9 on with `spec.ignore`: of a list it takes what is live at a place for what Git has there. */
function adopting(kube: Kube, paths: readonly string[]): Applier {
  const { name, sync } = flux(kube);
  const adopted = async (object: KubeObject): Promise<KubeObject> => {
    const live = object.kind === 'VirtualService' ? await kube.find(object) : null;
    const copy = structuredClone(object);
    for (const path of live === null ? [] : paths) {
      const keys = path.split('/').slice(1);
      const last = keys.pop() ?? '';
      const at = (whole: object) => keys.reduce<Record<string, unknown> | undefined>((value, key) => Object(value)[key], { ...whole });
      const [own, there] = [at(copy), at(live as object)];
      if (own?.[last] !== undefined && there?.[last] !== undefined) own[last] = there[last];
    }
    return copy;
  };
  return { name, sync: async (previous, next) => sync(previous, await Promise.all(next.map(adopted))) };
}

/** Back from 0 to nothing but what had been earned before. */
function expectEarned({ weights }: Flight): void {
  const raised = weights.filter((weight, index) => weight > Math.max(0, ...weights.slice(0, index)));
  expect(raised.at(-1)).toBe(100);
  for (const [index, weight] of weights.entries())
    if (weight > 0 && weights[index - 1] === 0) expect([raised[0], Math.max(...weights.slice(0, index))]).toContain(weight);
}

const annotated = (object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
});

function prunedFirst(object: KubeObject): KubeObject {
  const { annotations, ...metadata } = object.metadata;
  const { 'argocd.argoproj.io/sync-options': _, ...others } = annotations ?? {};
  return { ...object, metadata: { ...metadata, annotations: others } };
}

function bound(target: Kube, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target);
  return typeof value === 'function' ? value.bind(target) : value;
}
