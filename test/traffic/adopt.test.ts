import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { adopt } from '../../lib/gitops/adopt/adopt.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { available, type Kube, until } from '../real/harness.ts';
import { type Applier, type Applying, argocd, flux, kubectl, Reconciler } from './appliers.ts';
import { describeTraffic, PROXY_MILLISECONDS, served } from './harness.ts';
import { LEGACY, legacy } from './legacy.ts';
import { share, startLoad, unanswered } from './load.ts';
import type { Repository } from './repository.ts';
import { type Ending, running, type Way } from './running.ts';

/** Who has the legacy objects in Git, and by which name their route goes: the release's own, or another. */
interface Story {
  readonly tool: Way['tool'];
  readonly applier: (kube: Applying) => Applier;
  readonly route: 'web' | 'shop';
  /** The annotation with which an adoption says to begin. */
  readonly keep: Readonly<Record<string, string>>;
}

const stories: readonly Story[] = [
  { tool: 'flux', applier: flux, route: 'web', keep: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } },
  { tool: 'argocd', applier: argocd, route: 'web', keep: { 'argocd.argoproj.io/sync-options': 'Prune=false' } },
  { tool: 'argocd', applier: argocd, route: 'shop', keep: { 'argocd.argoproj.io/sync-options': 'Prune=false' } },
  { tool: 'none', applier: kubectl, route: 'web', keep: {} },
];

const KINDS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
];

/** What `tidegate record web --initial --adopt deployment/web` makes of the cluster. */
async function adopted(kube: Kube, repository: Repository, namespace: string) {
  const objects = (await Promise.all(KINDS.map((kind) => kube.list(kind, namespace)))).flat();
  const { lock, objects: described } = repository.described;
  if ('external' in lock.stable) throw new Error('nobody has adopted anything yet');
  const { resolved, stable: revision } = lock;
  return adopt({ deployment: 'web', service: null, resolved, revision, objects: described }, { objects, unseen: [] });
}

const isTaken = ({ kind, metadata }: KubeObject): boolean => kind !== 'Deployment' && metadata.name !== 'direct';

const annotated = (objects: readonly KubeObject[], annotations: Readonly<Record<string, string>>): readonly KubeObject[] =>
  objects.map((object) => (isTaken(object) ? { ...object, metadata: { ...object.metadata, annotations } } : object));

describeTraffic('a service that runs is adopted under 100 requests/s, and 50/s to its Service', (kube, proxy) => {
  /** The legacy service in a repository of its own, which applies it every 5 s, under load. */
  const start = async ({ tool, applier, route }: Story, context: Ending) => {
    const repeats = tool !== 'none';
    const theirs = new Reconciler(applier(kube), repeats ? 5 : undefined);
    let before: readonly KubeObject[] = [];
    const hostOfService = (host: string) => `direct.${host}`;
    const begin = async (_: Repository, namespace: string, host: string) => {
      before = legacy(namespace, { [route]: host, direct: hostOfService(host) });
      await theirs.commit(before);
      await available(kube, namespace, 'web');
      await served(proxy, hostOfService(host), LEGACY, 100);
      return LEGACY;
    };
    const way = { tool, applier, order: { shuffled: 3 }, approvals: 'waived', intent: { replicas: 3 }, begin, rate: 100 } as const;
    const run = await running(kube, proxy, { ...way, ...(repeats ? { everySeconds: 20 } : {}) }, context);
    const direct = startLoad({ url: proxy, host: hostOfService(run.host), rate: 50, timeoutSeconds: 20 });
    context.onTestFinished(async () => {
      await theirs.stop().catch(() => undefined);
      await direct.stop();
    });
    return {
      ...run,
      theirs,
      before,
      direct,
      /** The Service's own callers meet a revision. */
      recorded: (revision: string) => served(proxy, hostOfService(run.host), revision, 100),
      legacyPods: async () =>
        (await kube.list({ apiVersion: 'v1', kind: 'Pod' }, run.namespace, 'app=web')).map(
          ({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.deletionTimestamp ?? ''}`,
        ),
    };
  };

  describe.concurrent('and its first release is recorded: no request fails, no pod of it is touched', () => {
    it.for(stories)('where $tool has its route $route', { timeout: 400_000 }, async (story, context) => {
      const run = await start(story, context);
      const { repository, git, theirs, before, load, direct, node, namespace, flight, back, pods, recorded, legacyPods } = run;
      const first = await legacyPods();

      // In the order that it says: annotated, taken over, applied by both for a while, and gone where it was.
      const { stable, steps } = await adopted(kube, repository, namespace);
      expect(steps.map(({ text }) => text)).toContainEqual(expect.stringContaining(`HTTPRoute ${namespace}/${story.route}`));
      const kept = annotated(before, story.keep);
      await theirs.commit(kept);
      await repository.initial(stable);
      for (const reconciler of [theirs, git, theirs, git]) await reconciler.again();
      await pause(PROXY_MILLISECONDS);
      if (story.tool !== 'none') await theirs.commit(kept.filter((object) => !isTaken(object)));
      for (const object of before.filter(isTaken)) if (object.metadata.name !== 'web') await kube.remove(object);
      await pause(PROXY_MILLISECONDS);

      // Taken back at 20 % by `git revert`.
      await repository.releaseUngated('a', [20]);
      await flight().at(20);
      await repository.revert();
      await back(LEGACY);

      await repository.releaseUngated('b', [50, 100]);
      const { candidate, ...release } = flight();
      const proven = await release.proven();
      await release.at(50);
      await node.crash();
      await release.at(100);
      const promoted = await release.promoted();
      const serving = await pods(candidate);
      await repository.record(...promoted);
      await git.again();
      await recorded(candidate);
      await pause(PROXY_MILLISECONDS);
      expect(await pods(candidate)).toEqual(serving);
      // A record that is reverted finds all that it goes back to; its plan begins anew, and is recorded once more.
      await repository.revert();
      await release.until('a new beginning', ({ phase }) => phase !== 'Promoted');
      await repository.record(...(await release.promoted()));
      await git.again();
      await recorded(candidate);
      await pause(PROXY_MILLISECONDS);
      expect(await legacyPods()).toEqual(first);

      // The legacy Deployment goes last, where it was kept.
      for (const object of before) if (story.tool === 'none' && object.kind === 'Deployment') await kube.remove(object);
      if (story.tool !== 'none') await theirs.commit(before.filter(({ metadata }) => metadata.name === 'direct'));
      await until('end of the legacy pods', async () => (await legacyPods()).length === 0);
      await pause(PROXY_MILLISECONDS);
      await Promise.all([git.stop(), theirs.stop()]);
      const end = Date.now();
      const [all, few] = [await load.stop(), await direct.stop()];

      expect([all.failures, few.failures]).toEqual([{}, {}]);
      expect([all, few].map(unanswered)).toEqual([0, 0]);
      expect(share(load.between(end - 2_000), candidate)).toBe(100);
      expect(all.revisions[candidate]?.first).toBeGreaterThanOrEqual(proven);
      // Whoever calls the Service meets no revision before its record.
      expect(Object.keys(few.revisions).sort()).toEqual([LEGACY, candidate].sort());
    });
  });

  describe.concurrent('without what keeps it from being pruned', () => {
    it('requests fail when it leaves its old repository: what the annotations are for', { timeout: 200_000 }, async (context) => {
      const story: Story = { tool: 'flux', applier: bare, route: 'web', keep: {} };
      const { repository, git, theirs, before, load, namespace } = await start(story, context);
      const { stable } = await adopted(kube, repository, namespace);
      await repository.initial(stable);
      // Or it would be there again before anybody noticed.
      await git.stop();
      await theirs.commit(before.filter((object) => !isTaken(object)));
      await pause(8_000);
      expect(unanswered(await load.stop())).toBeGreaterThan(0);
    });
  });
});

/** Flux, with nothing annotated. */
function bare(client: Applying): Applier {
  const stripped = (objects: readonly KubeObject[]) =>
    objects.map((object) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }));
  return { name: 'flux', sync: (previous, next) => flux(client).sync(stripped(previous), stripped(next)) };
}
