import { delegation } from '../lib/policy/delegates.ts';
import { ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import {
  DESTINATION_RULE,
  type Destination,
  destinationRulesOf,
  GRPC_ROUTE,
  HTTP_ROUTE,
  isAmbiguous,
  isMadeByFlagger,
  portsOfService,
  type Route,
  routesOf,
  subsetsOf,
  VIRTUAL_SERVICE,
} from '../lib/policy/routes.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, fieldsAt, indexed, isFields, listAt, textAt } from '../lib/policy/shape.ts';
import { nearest } from '../lib/schema/nearest.ts';
import { rolloutWith } from './example.ts';

const ISTIO = '/spec/strategy/canary/trafficRouting/istio/virtualService';
const rollout = (route = 'primary') =>
  rolloutWith('', `trafficRouting:\n  istio:\n    virtualService:\n      name: web\n      routes:\n        - ${route}`);
const virtualService = (canary = 'web-canary', port = 80) => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
  hosts:
    - web.example.com
  gateways:
    - public
  http:
    - name: primary
      route:
        - destination:
            host: web-stable
            port:
              number: 80
          weight: 100
        - destination:
            host: ${canary}
            port:
              number: ${port}
          weight: 0
`;
const services = ['web-stable', 'web-canary']
  .map(
    (name) =>
      `---\napiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n  namespace: shop\nspec:\n  selector:\n    app: web\n  ports:\n    - port: 80\n`,
  )
  .join('');

/** A root of the platform team, and the delegate of a release. */
const shared = (path: string, delegate: { readonly hosts?: string; readonly match: string }): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
  namespace: istio-ingress
spec:
  hosts:
    - shop.example.com
  gateways:
    - public
  http:
    - match:
        - uri:
            prefix: ${path}
      delegate:
        name: web
        namespace: shop
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
${delegate.hosts ?? ''}  http:
    - match:
        - uri:
            prefix: ${delegate.match}
      route:
        - destination:
            host: web-stable
            port:
              number: 80
`;

export const routeResolves: Rule = {
  id: 'route-resolves',
  holds: 'a route leads to what is there, and holds both destinations where it splits a release',
  severity: 'error',
  kinds: [ROLLOUT, VIRTUAL_SERVICE, HTTP_ROUTE, GRPC_ROUTE],
  why: 'A route to a Service or port that is not there answers 503 to the share of users that is sent there, and only once the first weight is set. A Rollout that names a route which does not exist, or does not hold both destinations, stops there. A delegate that does not fit into its root Istio leaves out without a word.',
  fix: 'Name what is there: a Service of the set with its port, a subset of its DestinationRule, a route with both destinations, a delegate without hosts whose paths the root hands on.',
  examples: [
    {
      title: 'a route that the VirtualService does not have',
      yaml: rollout('main') + virtualService() + services,
      finds: [`${ISTIO}/routes/0`],
    },
    {
      title: 'a route without the canary',
      yaml: rollout() + virtualService('web-preview') + services,
      finds: [`${ISTIO}/routes/0`, '/spec/http/0/route/1/destination/host'],
    },
    {
      title: 'a port that the Service does not have',
      yaml: virtualService('web-canary', 8080) + services,
      finds: ['/spec/http/0/route/1/destination/port/number'],
    },
    {
      title: 'a VirtualService that is not in the set is unverified',
      yaml: rollout() + services,
      finds: [`${ISTIO}/name`],
    },
    {
      title: 'a delegate whose path the root does not hand on',
      yaml: shared('/cart', { match: '/web' }) + services,
      finds: ['/spec/http/0/match/0'],
    },
    {
      title: 'a delegate with hosts of its own',
      yaml: shared('/web', { hosts: '  hosts: [web.example.com]\n', match: '/web' }) + services,
      finds: ['/spec/http/0/delegate/name'],
    },
    {
      title: 'a path whose root hands on what is below it, but not itself',
      yaml: shared('/web/', { match: '/web' }) + services,
      finds: ['/spec/http/0/match/0'],
    },
    {
      title: 'a delegate of a delegate, with a route beside it',
      yaml:
        shared('/web', { match: '/web' })
          .replace('  hosts:\n    - shop.example.com\n', '')
          .replace('      delegate:', '      route: []\n      delegate:') + services,
      finds: ['/spec/http/0/delegate/name', '/spec/http/0/delegate/name'],
    },
    {
      title: 'a delegate of a release whose root is not in the set is unverified',
      yaml:
        shared('/web', { match: '/web' })
          .replace(/[\s\S]*?---[\s\S]*?---/, '---')
          .replace('  name: web\n', '  name: web\n  labels:\n    tidegate.dev/release: web\n') + services,
      finds: ['/spec'],
    },
    { title: 'a delegate within its root', yaml: shared('/web', { match: '/web/items' }) + services, finds: [] },
    { title: 'a route with both, which are there', yaml: rollout() + virtualService() + services, finds: [] },
  ],
  *check(entry, context) {
    if (entry.kind === ROLLOUT) yield* ofRollout(entry, context);
    else
      for (const { destinations } of routesOf(entry)) for (const destination of destinations) yield* toService(entry, destination, context);
    if (entry.kind === VIRTUAL_SERVICE) yield* delegation(entry, context);
  },
};

function* toService(entry: Entry, destination: Destination, context: Context): Iterable<Complaint> {
  const { set, isExternal, releases } = context;
  const { host, service, port, path, fields } = destination;
  if (!service) return;
  const found = set.find({ kind: 'Service', ...service }, entry);
  if (!found) {
    // What is no release may lead anywhere.
    const isOurs = releases.includes(entry) && !isAmbiguous(host) && !isExternal('Service', service.namespace, service.name);
    if (isOurs && !isMadeByFlagger(service, set))
      yield { path: [...path, ...fields.host], message: `Service '${service.name}' is not in the set: unverified.`, severity: 'info' };
    return;
  }
  const ports = portsOfService(found.value);
  if (port !== null && ports.length > 0 && !ports.includes(port))
    yield {
      path: [...path, ...fields.port],
      message: `Service '${service.name}' has no port ${port}; it has ${ports.join(', ')}.`,
    };
  yield* toSubset(destination, context);
}

function* toSubset({ service, subset, path }: Destination, { set }: Context): Iterable<Complaint> {
  if (subset === null || !service) return;
  const rules = destinationRulesOf(service, set);
  const subsets = rules.flatMap(subsetsOf);
  if (rules.length === 0)
    yield {
      path: [...path, 'subset'],
      message: `no DestinationRule of '${service.name}' is in the set: subset '${subset}' is unverified.`,
      severity: 'info',
    };
  else if (!subsets.includes(subset))
    yield {
      path: [...path, 'subset'],
      message: `the DestinationRule of '${service.name}' has no subset '${subset}'; it has ${list(subsets)}.`,
    };
}

const CANARY_PATH = ['spec', 'strategy', 'canary'];
const ROUTING = [...CANARY_PATH, 'trafficRouting'];

function* ofRollout(rollout: Entry, context: Context): Iterable<Complaint> {
  const istio = [...ROUTING, 'istio'];
  const places = [
    ...(isFields(at(rollout.value, ...istio, 'virtualService')) ? [[...istio, 'virtualService']] : []),
    ...indexed(listAt(rollout.value, ...istio, 'virtualServices')).map(([index]) => [...istio, 'virtualServices', String(index)]),
  ];
  for (const place of places) yield* throughIstio(rollout, place, context);
  yield* subsetsOfRollout(rollout, context);
  yield* throughGateway(rollout, context);
}

function* throughIstio(rollout: Entry, place: readonly string[], context: Context): Iterable<Complaint> {
  const written = at(rollout.value, ...place);
  const name = textAt(written, 'name');
  if (name === null) return;
  const [own, other] = name.split('.');
  const reference = { kind: VIRTUAL_SERVICE, namespace: other ?? rollout.id.namespace, name: own ?? '' };
  const found = context.set.find(reference, rollout);
  if (!found) {
    if (!context.isExternal(VIRTUAL_SERVICE, reference.namespace, reference.name))
      yield { path: [...place, 'name'], message: `VirtualService '${name}' is not in the set: unverified.`, severity: 'info' };
    return;
  }
  const routes = routesOf(found).filter(({ protocol }) => protocol === 'http');
  const named = indexed(listAt(written, 'routes'));
  if (named.length === 0 && listAt(written, 'tlsRoutes').length + listAt(written, 'tcpRoutes').length === 0) {
    const [only] = routes;
    if (routes.length > 1)
      yield {
        path: place,
        message: `VirtualService '${name}' has ${routes.length} HTTP routes; name under \`routes\` those that split the release.`,
      };
    else if (only) yield* bothIn(only, rollout, [...place, 'name'], found);
  }
  for (const [index, route] of named) {
    const path = [...place, 'routes', String(index)];
    const matching = routes.find((candidate) => candidate.name === route);
    const names = routes.flatMap((candidate) => candidate.name ?? []);
    const meant = typeof route === 'string' ? nearest(route, names) : null;
    if (matching) yield* bothIn(matching, rollout, path, found);
    else
      yield {
        path,
        message: `VirtualService '${name}' has no HTTP route '${route}'; ${meant === null ? `it has ${list(names)}` : `did you mean '${meant}'`}.`,
      };
  }
}

/** What the controller looks for in each route before it sets a weight. */
function* bothIn({ destinations }: Route, rollout: Entry, path: readonly string[], route: Entry): Iterable<Complaint> {
  const strategy = at(rollout.value, ...CANARY_PATH);
  const rule = fieldsAt(strategy, 'trafficRouting', 'istio', 'destinationRule');
  const bySubset = textAt(rule, 'name') !== null;
  const wanted = bySubset
    ? ['stableSubsetName', 'canarySubsetName'].map((field) => textAt(rule, field))
    : [
        textAt(strategy, 'stableService') ?? textAt(strategy, 'pingPong', 'pingService'),
        textAt(strategy, 'canaryService') ?? textAt(strategy, 'pingPong', 'pongService'),
      ];
  for (const name of wanted) {
    if (name === null || destinations.some(({ service, subset }) => (bySubset ? subset : service?.name) === name)) continue;
    const what = bySubset ? 'subset' : 'Service';
    yield { path, message: `the route of ${route.id.kind} '${route.id.name}' has no destination ${what} '${name}'.` };
  }
}

function* subsetsOfRollout(rollout: Entry, { set, isExternal }: Context): Iterable<Complaint> {
  const place = [...ROUTING, 'istio', 'destinationRule'];
  const name = textAt(rollout.value, ...place, 'name');
  if (name === null) return;
  const { namespace } = rollout.id;
  const found = set.find({ kind: DESTINATION_RULE, namespace, name }, rollout);
  if (!found) {
    if (!isExternal(DESTINATION_RULE, namespace, name))
      yield { path: [...place, 'name'], message: `DestinationRule '${name}' is not in the set: unverified.`, severity: 'info' };
    return;
  }
  for (const field of ['stableSubsetName', 'canarySubsetName']) {
    const subset = textAt(rollout.value, ...place, field);
    if (subset !== null && !subsetsOf(found).includes(subset))
      yield { path: [...place, field], message: `DestinationRule '${name}' has no subset '${subset}'; it has ${list(subsetsOf(found))}.` };
  }
}

function* throughGateway(rollout: Entry, { set, isExternal }: Context): Iterable<Complaint> {
  const place = [...ROUTING, 'plugins', 'argoproj-labs/gatewayAPI'];
  const plugin = fieldsAt(rollout.value, ...place);
  const named = [
    ...(textAt(plugin, 'httpRoute') === null ? [] : [{ name: textAt(plugin, 'httpRoute') ?? '', path: [...place, 'httpRoute'] }]),
    ...indexed(listAt(plugin, 'httpRoutes')).flatMap(([index, item]) =>
      textAt(item, 'name') === null ? [] : [{ name: textAt(item, 'name') ?? '', path: [...place, 'httpRoutes', String(index), 'name'] }],
    ),
  ];
  const namespace = textAt(plugin, 'namespace') ?? rollout.id.namespace;
  for (const { name, path } of named) {
    const found = set.find({ kind: HTTP_ROUTE, namespace, name }, rollout);
    if (found) {
      const destinations = routesOf(found).flatMap((route) => route.destinations);
      yield* bothIn({ name: null, protocol: 'http', destinations, path: [] }, rollout, path, found);
    } else if (!isExternal(HTTP_ROUTE, namespace, name))
      yield { path, message: `HTTPRoute '${name}' is not in the set: unverified.`, severity: 'info' };
  }
}

const list = (names: readonly string[]): string => (names.length > 0 ? names.join(', ') : 'none with a name');
