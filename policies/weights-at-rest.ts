import { PLAN_PATH, planOf } from '../lib/policy/exposure/plan.ts';
import { serviceHost } from '../lib/policy/hosts.ts';
import { CANARY, ROLLOUT } from '../lib/policy/pods.ts';
import { pointerPath } from '../lib/policy/pointer.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt, numberAt, textAt } from '../lib/policy/shape.ts';
import { all, ask, canary, person, plan, rollout, rolloutOf, smoke, to, watch, weight } from './release-examples.ts';

const VIRTUAL_SERVICE = 'networking.istio.io/VirtualService';
const HTTP_ROUTE = 'gateway.networking.k8s.io/HTTPRoute';

const virtualService = (share: number, stable = 'web-stable', candidate = 'web-canary'): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
  hosts: [web]
  http:
    - route:
        - destination:
            host: ${stable}
          weight: ${100 - share}
        - destination:
            host: ${candidate}
          weight: ${share}
`;
const byPlugin = (share: number): string => `${rolloutOf(`canary:
  stableService: web-stable
  canaryService: web-canary
  trafficRouting:
    plugins:
      argoproj-labs/gatewayAPI:
        httpRoute: web
        namespace: shop
  steps:
    - setWeight: 5`)}---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
spec:
  rules:
    - backendRefs:
        - name: web-stable
          port: 80
          weight: ${100 - share}
        - name: web-canary
          port: 80
          weight: ${share}
`;
const FIRST_WEIGHT = '/spec/http/0/route/1/weight';
const planned = plan([smoke, to(5), watch(), ask, all], {
  route: {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    name: 'web',
    splits: [{ stable: { weight: '/spec/http/0/route/0/weight' }, candidate: { weight: FIRST_WEIGHT } }],
  },
});

const SELECTED = '/spec/selector/tidegate.dev~1revision';
const switched = plan([smoke, ask, all], {
  route: {
    apiVersion: 'v1',
    kind: 'Service',
    name: 'web',
    splits: [
      {
        stable: { destination: { path: SELECTED, value: 'web-aaaaaaaa' } },
        candidate: { destination: { path: SELECTED, value: 'web-bbbbbbbb' } },
      },
    ],
  },
});
const service = (selected: string): string => `---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    tidegate.dev/revision: ${selected}
`;

export const weightsAtRest: Rule = {
  id: 'weights-at-rest',
  holds: 'Git sends everything to stable; only the tool that walks a release moves weights',
  severity: 'error',
  kinds: [ROLLOUT, CANARY, 'ConfigMap'],
  why: 'Whatever applies Git may do so at any time, also before the candidate is tested, after it has failed, or in the next cluster. A weight for the candidate there is exposure that no gate sees.',
  fix: 'Commit 100 for stable and 0 for the candidate, and let the GitOps tool leave weights in flight alone.',
  examples: [
    { title: 'a Rollout whose route has a weight', yaml: rollout(weight(5) + person) + virtualService(20), finds: [FIRST_WEIGHT] },
    {
      title: 'a Canary whose route has a weight',
      yaml: canary('stepWeight: 5') + virtualService(50, 'web-primary', 'web-canary'),
      finds: [FIRST_WEIGHT],
    },
    { title: 'a plan whose route has a weight', yaml: planned + virtualService(5, 'web-aaaaaaaa', 'web-bbbbbbbb'), finds: [FIRST_WEIGHT] },
    { title: 'a Rollout behind the Gateway API', yaml: byPlugin(10), finds: ['/spec/rules/0/backendRefs/1/weight'] },
    { title: 'a Service that selects the candidate', yaml: switched + service('web-bbbbbbbb'), finds: [SELECTED] },
    { title: 'a Rollout', yaml: rollout(weight(5) + person) + virtualService(0), finds: [] },
    { title: 'a Rollout behind the Gateway API, at rest', yaml: byPlugin(0), finds: [] },
    { title: 'a Canary', yaml: canary('stepWeight: 5') + virtualService(0, 'web-primary', 'web-canary'), finds: [] },
    { title: 'a plan', yaml: planned + virtualService(0, 'web-aaaaaaaa', 'web-bbbbbbbb'), finds: [] },
    { title: 'a Service that selects stable', yaml: switched + service('web-aaaaaaaa'), finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === ROLLOUT) yield* ofRollout(entry, context);
    else if (entry.kind === CANARY) {
      const { value, id } = entry;
      const name = textAt(value, 'spec', 'service', 'name') ?? textAt(value, 'spec', 'targetRef', 'name') ?? id.name;
      yield* inRoute(find(VIRTUAL_SERVICE, name, entry, context), { service: `${name}-canary`, subset: null });
    } else yield* ofPlan(entry, context);
  },
};

interface Candidate {
  readonly service: string | null;
  readonly subset: string | null;
}

function* ofRollout(entry: Entry, context: Context): Iterable<Complaint> {
  const canary = at(entry.value, 'spec', 'strategy', 'canary');
  const routing = at(canary, 'trafficRouting');
  const candidate = {
    service: textAt(canary, 'canaryService'),
    subset: textAt(routing, 'istio', 'destinationRule', 'canarySubsetName'),
  };
  const names = [at(routing, 'istio', 'virtualService'), ...listAt(routing, 'istio', 'virtualServices')].map((one) => textAt(one, 'name'));
  for (const name of names) yield* inRoute(find(VIRTUAL_SERVICE, name, entry, context), candidate);
  const plugin = at(routing, 'plugins', 'argoproj-labs/gatewayAPI');
  const routes = [textAt(plugin, 'httpRoute'), ...listAt(plugin, 'httpRoutes').map((one) => textAt(one, 'name'))];
  for (const name of routes) yield* inRoute(find(HTTP_ROUTE, name, entry, context), candidate);
}

function find(kind: string, name: string | null, entry: Entry, { set }: Context): Entry | null {
  if (name === null) return null;
  // Argo takes `web.shop` for the route of another namespace, Istio's own way is `shop/web`.
  const [own = '', namespace] = name.split('.');
  return set.find({ kind, namespace: namespace ?? entry.id.namespace, name: own }, entry);
}

/** Weights of the candidate that are not 0. One that is not written is a finding of `weights-sum`. */
function* inRoute(route: Entry | null, { service, subset }: Candidate): Iterable<Complaint> {
  if (!route) return;
  const http = route.kind === HTTP_ROUTE;
  for (const [index, rule] of indexed(listAt(route.value, 'spec', http ? 'rules' : 'http')))
    for (const [number, destination] of indexed(listAt(rule, http ? 'backendRefs' : 'route'))) {
      const host = http ? textAt(destination, 'name') : textAt(destination, 'destination', 'host');
      const named =
        subset === null || http
          ? host !== null && serviceHost(host)?.service === service
          : textAt(destination, 'destination', 'subset') === subset;
      const weight = numberAt(destination, 'weight') ?? 0;
      if (!named || weight === 0) continue;
      const path = http
        ? ['spec', 'rules', String(index), 'backendRefs', String(number)]
        : ['spec', 'http', String(index), 'route', String(number)];
      yield {
        entry: route,
        path: [...path, 'weight'],
        message: `the candidate (${subset ?? service}) has the weight ${weight} at rest, expected 0.`,
      };
    }
}

function* ofPlan(entry: Entry, { set }: Context): Iterable<Complaint> {
  const route = at(planOf(entry), 'route');
  const [apiVersion, kind, name] = [textAt(route, 'apiVersion'), textAt(route, 'kind'), textAt(route, 'name')];
  if (apiVersion === null || kind === null || name === null) return;
  const group = apiVersion.includes('/') ? `${apiVersion.slice(0, apiVersion.indexOf('/'))}/` : '';
  const found = set.find({ kind: `${group}${kind}`, namespace: entry.id.namespace, name }, entry);
  if (!found) return;
  const splits = [...listAt(route, 'splits'), ...listAt(route, 'headers').flatMap((one) => listAt(one, 'splits'))];
  const pointers = [
    ...splits.map((split) => ({ pointer: textAt(split, 'candidate', 'weight'), what: 'the weight' })),
    ...listAt(route, 'mirrors').map((mirror) => ({ pointer: textAt(mirror, 'percent'), what: 'copies of' })),
  ];
  for (const split of splits) {
    const destination = at(split, 'candidate', 'destination');
    const path = pointerPath(textAt(destination, 'path') ?? '');
    const [candidate, stable] = [textAt(destination, 'value'), textAt(split, 'stable', 'destination', 'value')];
    // Where there are weights, the candidate has a place of its own.
    if (at(split, 'candidate', 'weight') === undefined && candidate !== null && at(found.value, ...path) === candidate)
      yield { entry: found, path, message: `the candidate (${candidate}) has every request at rest, expected ${stable ?? 'stable'}.` };
  }
  for (const { pointer, what } of pointers) {
    const path = pointerPath(pointer ?? '');
    const share = numberAt(found.value, ...path);
    if (share !== null && share !== 0)
      yield {
        entry: found,
        path,
        message: `the candidate has ${what} ${share} at rest, expected 0 (${PLAN_PATH.at(-1)} of ${entry.id.name}).`,
      };
  }
}
