import { targetOf } from '../lib/policy/bundles.ts';
import { type Entry, nameOf } from '../lib/policy/read/objects.ts';
import { audienceOf, HTTP_ROUTE, type Match, matchesOf, overlap, VIRTUAL_SERVICE } from '../lib/policy/routes.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import type { ObjectSet } from '../lib/policy/set.ts';

const virtualService = (name: string, prefix: string, gateway = 'public') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
  namespace: shop
spec:
  hosts:
    - shop.example.com
  gateways:
    - ${gateway}
  http:
    - match:
        - uri:
            prefix: ${prefix}
      route:
        - destination:
            host: ${name}
`;
const httpRoute = (name: string, path: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: ${name}
  namespace: shop
spec:
  hostnames:
    - shop.example.com
  parentRefs:
    - name: public
  rules:
    - matches:
        - path:
            type: PathPrefix
            value: ${path}
      backendRefs:
        - name: ${name}
          port: 80
`;

export const routeHasOneOwner: Rule = {
  id: 'route-has-one-owner',
  holds: 'no request fits the routes of two objects',
  severity: 'error',
  kinds: [VIRTUAL_SERVICE, HTTP_ROUTE],
  why: 'Where two VirtualServices of one host fit the same request Istio takes either, in no order that is promised; of two HTTPRoutes with the same match the older one wins. The weights that a release sets are then not the ones that count: users stay on stable while the analysis passes, or reach a candidate that nobody is measuring.',
  fix: 'Give each its own host or path, or put the shared host into one VirtualService that delegates.',
  examples: [
    {
      title: 'two VirtualServices for one host',
      yaml: virtualService('web', '/') + virtualService('cart', '/cart'),
      finds: ['/spec/hosts', '/spec/hosts'],
    },
    {
      title: 'two HTTPRoutes with the same match',
      yaml: httpRoute('web', '/') + httpRoute('shop', '/'),
      finds: ['/spec/rules', '/spec/rules'],
    },
    { title: 'one host, two paths', yaml: virtualService('web', '/web') + virtualService('cart', '/cart'), finds: [] },
    { title: 'one host, two gateways', yaml: virtualService('web', '/') + virtualService('internal', '/', 'internal'), finds: [] },
    { title: 'of two HTTPRoutes the longer path wins', yaml: httpRoute('web', '/') + httpRoute('cart', '/cart'), finds: [] },
  ],
  *check(entry, { set }) {
    const isIstio = entry.kind === VIRTUAL_SERVICE;
    for (const other of rivalsOf(entry, set)) {
      const clash = clashOf(matchesOf(entry), matchesOf(other), isIstio);
      if (clash) yield complaint(entry, other, clash, isIstio);
    }
  },
};

function complaint(entry: Entry, other: Entry, [a, b]: readonly [Match, Match], isIstio: boolean): Complaint {
  const shared = audienceOf(other).find((audience) => audienceOf(entry).includes(audience)) ?? '';
  const [place = '', host = ''] = shared.split(' ');
  const fit = a.written === b.written ? `both take ${words(a)}` : `${words(a)} here and ${words(b)} there may be one request`;
  return {
    path: isIstio ? ['spec', 'hosts'] : ['spec', 'rules'],
    message: `${nameOf(other.id)} is for ${host} on ${place.replace(/\/+$/, '')} as well, and ${fit}.`,
  };
}

const words = ({ path, method, exact }: Match): string => {
  const where = path.kind === 'any' ? 'every path' : `${path.kind === 'prefix' ? `${path.value}*` : path.value}`;
  return `${method ? `${method} ` : ''}${where}${exact.size > 0 ? ` with ${[...exact].map(([name, value]) => `${name}=${value}`).join(', ')}` : ''}`;
};

/** Gateway API says which of two wins, unless they are the same. */
function clashOf(own: readonly Match[], others: readonly Match[], isIstio: boolean): readonly [Match, Match] | null {
  for (const a of own) for (const b of others) if (isIstio ? overlap(a, b) : a.written === b.written) return [a, b];
  return null;
}

const BY_AUDIENCE = new WeakMap<ObjectSet, Map<string, ReadonlyMap<string, readonly Entry[]>>>();

/** Objects of the same kind for the same host and gateway, in the same bundle. Above so many the rest tell nothing new. */
function rivalsOf(entry: Entry, set: ObjectSet): readonly Entry[] {
  const ofSet = BY_AUDIENCE.get(set) ?? new Map<string, ReadonlyMap<string, readonly Entry[]>>();
  BY_AUDIENCE.set(set, ofSet);
  const index = ofSet.get(entry.kind) ?? indexed(entry.kind, set);
  ofSet.set(entry.kind, index);
  const rivals = new Set(audienceOf(entry).flatMap((audience) => (index.get(audience) ?? []).slice(0, MOST_RIVALS)));
  return [...rivals].filter(
    (other) =>
      other !== entry &&
      mayMeet(targetOf(other), targetOf(entry)) &&
      set.firstOf(other) !== set.firstOf(entry) &&
      set.find({ ...other.id, kind: other.kind }, entry) === other,
  );
}

const MOST_RIVALS = 20;

function indexed(kind: string, set: ObjectSet): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>();
  for (const entry of set.ofKind(kind))
    for (const audience of new Set(audienceOf(entry))) {
      const others = index.get(audience);
      if (others) others.push(entry);
      else index.set(audience, [entry]);
    }
  return index;
}

/** Objects of two targets may be in two clusters; what others made may be in any. */
const mayMeet = (one: string, other: string): boolean => one === other || one === '' || other === '';
