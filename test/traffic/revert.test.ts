import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Revision } from '../../lib/lock/lock.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { freshNamespace, installCrds, KINDS, type Kube, until } from '../real/harness.ts';
import { type Applier, type Applying, argocd, flux, Reconciler } from './appliers.ts';
import { Branch } from './branch.ts';
import { describeTraffic, PROXY_MILLISECONDS } from './harness.ts';
import { share, unanswered } from './load.ts';
import { type Ending, type Running, underLoad } from './running.ts';
import { hostOf } from './store.ts';

interface Moment {
  readonly at: string;
  readonly smokeSeconds: number;
  /** How long 20 % are watched before a person is asked. */
  readonly watch: string;
  /** Waits until the release that was just pushed is there. */
  readonly reached: (run: Running<Branch>) => Promise<unknown>;
  /** Whether no user has met the candidate. */
  readonly unseen?: true;
  /** Whether Git has moved on by a record. */
  readonly recorded?: true;
}

/** Long enough that the release is there when git has gone back. */
const LONG = { smokeSeconds: 60, watch: '10m' };
const SHORT = { smokeSeconds: 2, watch: '2s' };

const moments: readonly Moment[] = [
  { ...LONG, at: 'before the first weight', unseen: true, reached: ({ flight }) => flight().until('a beginning', () => true) },
  { ...SHORT, watch: LONG.watch, at: 'at a weight', reached: ({ flight }) => flight().at(20) },
  { ...SHORT, at: 'while a person is waited for', reached: awaited },
  { ...SHORT, at: 'right after the switch', reached: promoted },
  { ...SHORT, at: 'after the record', reached: recorded, recorded: true },
];

async function awaited({ flight }: Running<Branch>): Promise<void> {
  const { plan, at, until } = flight();
  await at(20);
  await until('wait for a person', ({ step }) => plan.steps[step]?.kind === 'approval');
}

async function promoted(run: Running<Branch>): Promise<void> {
  await awaited(run);
  const { approve, until } = run.flight();
  await approve('alice');
  await until('promotion', ({ phase }) => phase === 'Promoted');
}

async function recorded(run: Running<Branch>): Promise<void> {
  await promoted(run);
  await run.repository.record();
  await run.repository.push();
  await run.back((run.repository.lock.stable as Revision).name);
}

const tools: readonly { readonly tool: 'flux' | 'argocd'; readonly applier: (kube: Applying) => Applier }[] = [
  { tool: 'flux', applier: flux },
  { tool: 'argocd', applier: argocd },
];

/** What others leave in a namespace: Kubernetes itself, a runner, and people who talk to it. */
const NOT_OF_GIT = ['ServiceAccount default', 'ConfigMap kube-root-ca.crt', 'ConfigMap web-status', 'ConfigMap web-operator'];
const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;

describeTraffic('under 100 requests/s each', (kube, proxy) => {
  const start = async ({ tool, applier }: (typeof tools)[number], { watch, smokeSeconds }: Moment, ending: Ending) => {
    await installCrds(kube, KINDS);
    const namespace = await freshNamespace(kube, { atEnd: ending.onTestFinished });
    const host = hostOf(namespace);
    const git = new Reconciler(applier(kube), 20);
    const pods = `${process.env.TIDEGATE_TRAFFIC_PODS}/pods`;
    const repository = new Branch({ git, namespace, host, tool, watch, smokeSeconds, pods }, ending.onTestFinished);
    await repository.begin();
    const first = (repository.lock.stable as Revision).name;
    return { ...(await underLoad(kube, proxy, { namespace, host, repository, git }, { first, rate: 100 }, ending)), stable: first };
  };

  describe.concurrent('git revert of the release commit fails no request, and leaves what Git says and nothing else', () => {
    const stories = moments.flatMap((moment) => tools.map((tool) => ({ ...moment, ...tool, moment })));
    it.for(stories)('$at, applied as $tool does', { timeout: 200_000 }, async ({ moment, ...tool }, context) => {
      const run = await start(tool, moment, context);
      const { repository, git, load, flight, back, pods, namespace, stable } = run;
      const [before, serving] = [repository.output, await pods(stable)];

      const release = await repository.release('a');
      await repository.push();
      const kinds = repository.objects;
      const { candidate, proven } = flight();
      const smoked = moment.unseen ? Infinity : await proven();
      await moment.reached(run);

      // Once the lock has moved on, both commits go back or neither.
      if (moment.recorded) expect(repository.revert(release)).toBe(false);
      expect(repository.revert(...(moment.recorded ? ['HEAD', 'HEAD~1'] : [release]))).toBe(true);
      expect(repository.output).toEqual(before);
      await repository.push();
      await back(stable);
      const held = [...repository.objects.map(nameOf)].sort();
      await until('end of all that Git does not hold', async () => (await left(kube, namespace, kinds)).length === held.length);
      await until('end of its pods', async () => (await kube.list({ apiVersion: 'v1', kind: 'Pod' }, namespace)).length === serving.length);
      await git.again();
      await pause(PROXY_MILLISECONDS);
      await git.stop();
      const end = Date.now();
      const sum = await load.stop();

      expect(await left(kube, namespace, kinds)).toEqual(held);
      expect(await pods(stable)).toEqual(serving);
      expect([sum.failures, unanswered(sum)]).toEqual([{}, 0]);
      expect(sum.revisions[candidate]?.first ?? Infinity).toBeGreaterThanOrEqual(smoked);
      expect(share(load.between(end - 2000), stable)).toBe(100);
    });
  });
});

/** What is there, of the kinds of some objects. */
async function left(kube: Kube, namespace: string, objects: readonly KubeObject[]): Promise<readonly string[]> {
  const kinds = new Map(objects.map(({ apiVersion, kind }) => [kind, { apiVersion, kind }]));
  const lists = await Promise.all([...kinds.values()].map((kind) => kube.list(kind, namespace)));
  const names = lists.flatMap((list) => list.map(nameOf));
  return names.filter((name) => !NOT_OF_GIT.includes(name)).sort();
}
