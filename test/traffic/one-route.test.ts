import { expect, it, onTestFinished } from 'vitest';
import { canary } from '../../lib/index.ts';
import type { Level } from '../../lib/runner/level.ts';
import { routePatch } from '../../lib/runner/route.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { errors } from '../intent/valid.ts';
import { applyAll, available, freshNamespace, installCrds, KINDS, type Kube, until } from '../real/harness.ts';
import { describeTraffic } from './harness.ts';
import { type LoadOptions, type Summary, share, startLoad } from './load.ts';
import { hostOf, store } from './store.ts';

const RATE = 50;
const INSIDER = { 'x-canary': 'always' };
const NEIGHBOUR = 'other-bbbbbbbb';

/** One of each kind that a route tells apart, and one that no rule can name. */
const REQUESTS = {
  'of all paths': {},
  'of a longer path': { path: '/api/orders' },
  'that writes': { path: '/api/orders', method: 'POST' },
  'of a method that Gateway API does not know': { method: 'PURGE' },
  'of an insider': { path: '/api/orders', headers: INSIDER },
  'of an insider that writes': { method: 'POST', headers: INSIDER },
  'of a neighbour with a header on the same host': { headers: { 'x-team': 'b' } },
} as const;
type Request = keyof typeof REQUESTS;

const every = (percent: number, insiders: number): Readonly<Record<Request, number>> => ({
  'of all paths': percent,
  'of a longer path': percent,
  'that writes': percent,
  'of a method that Gateway API does not know': percent,
  'of an insider': insiders,
  'of an insider that writes': insiders,
  'of a neighbour with a header on the same host': 0,
});

// What decided against a route beside that of Git: docs/decisions/0031-no-second-route.md.
describeTraffic('one route of several paths and headers', (kube, proxy) => {
  it('gives every kind of request its share at each write, fails none, and takes none of its neighbours', async () => {
    const { host, candidate, set } = await released(kube);
    const requests = Object.entries(REQUESTS) as [Request, Partial<LoadOptions> & { path?: string }][];
    const loads = requests.map(([kind, { path = '/', ...more }]) => ({
      kind,
      load: startLoad({ url: `${proxy}${path}`, host, rate: RATE, timeoutSeconds: 20, ...more }),
    }));
    const shares = (of: (sum: Summary) => number) => Object.fromEntries(loads.map(({ kind, load }) => [kind, of(load.latest(20))]));
    const rounded = (revision: string) => shares((sum) => (sum.failed === 0 ? Math.round(share(sum, revision)) : Number.NaN));
    const become = async (wanted: Readonly<Record<Request, number>>) => {
      let seen: ReturnType<typeof rounded> = {};
      await until('shares as the route says', async () => {
        seen = rounded(candidate);
        // Loads that share a rule also share its turns: of 50 % one may have three of four.
        return Object.entries(wanted).every(
          ([kind, percent]) => Math.abs((seen[kind] ?? Number.NaN) - percent) <= (percent % 100 === 0 ? 5 : 40),
        );
      }).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify({ wanted, seen })}`);
      });
    };
    onTestFinished(async () => void (await Promise.all(loads.map(({ load }) => load.stop()))));

    await until('answers', async () => rounded(NEIGHBOUR)['of a neighbour with a header on the same host'] === 100);
    await become(every(0, 0));
    const from = Date.now();
    await set({ weight: 0, routes: { insiders: 100 } });
    await become(every(0, 100));
    await set({ weight: 50, routes: { insiders: 100 } });
    await become(every(50, 100));
    await set({ weight: 100, routes: { insiders: 100 } });
    await become(every(100, 100));
    await set({ weight: 0, routes: { insiders: 0 } });
    await become(every(0, 0));

    for (const { kind, load } of loads) {
      const { failures, revisions } = load.between(from);
      expect([kind, failures]).toEqual([kind, {}]);
      if (kind === 'of a neighbour with a header on the same host') expect(Object.keys(revisions)).toEqual([NEIGHBOUR]);
    }
  });
});

/** Both revisions as Git brings them in, and a neighbour on the same host; `set` writes as the runner does. */
async function released(kube: Kube) {
  await installCrds(kube, KINDS);
  const namespace = await freshNamespace(kube);
  const host = hostOf(namespace);
  const gates = [errors] as const;
  const changes = {
    'traffic.router': 'gateway-api',
    'traffic.retries': undefined,
    'traffic.hosts': [host],
    'traffic.gateways': ['traffic/web'],
    'traffic.attach': 'shared',
    'traffic.paths': ['/', '/api'],
    strategy: canary
      .steps()
      .headerRoute({ name: 'insiders', headers: INSIDER })
      .analysis({ gates, watch: '3m' })
      .weight(50)
      .analysis({ gates, watch: '3m' })
      .approval({ reason: 'Look at it.' })
      .weight(100),
  };
  const key = { ...KEY, namespace };
  const { lock, objects } = compile({ ...changes, image: image('a') }, compile(changes, null, { key }).lock, { key });
  if (lock.inFlight === null) throw new Error('nothing is in flight');
  const { plan } = lock.inFlight;
  const served = (object: KubeObject) =>
    ['Service', 'ConfigMap', 'HTTPRoute'].includes(object.kind) ||
    (object.kind === 'Deployment' && [plan.stable, plan.candidate].some(({ deployment }) => deployment === object.metadata.name));
  const neighbour = store(namespace, { [NEIGHBOUR]: 100 }).map((object) =>
    object.kind === 'HTTPRoute' ? onlyWith(object, 'x-team', 'b') : object,
  );
  await applyAll(kube, [...objects.filter(served), ...neighbour]);
  await Promise.all([plan.stable.deployment, plan.candidate.deployment, NEIGHBOUR].map((name) => available(kube, namespace, name)));
  const route = { apiVersion: plan.route.apiVersion, kind: plan.route.kind, metadata: { name: plan.route.name, namespace } };
  return {
    host,
    candidate: plan.candidate.revision,
    set: async (level: Level) => {
      const { metadata } = await kube.get(route);
      await kube.jsonPatch(route, routePatch(plan.route, metadata.resourceVersion, level));
    },
  };
}

function onlyWith(route: KubeObject, name: string, value: string): KubeObject {
  const spec = route.spec as { readonly rules: readonly object[] };
  const matches = [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ type: 'Exact', name, value }] }];
  return { ...route, spec: { ...spec, rules: spec.rules.map((rule) => ({ ...rule, matches })) } };
}
