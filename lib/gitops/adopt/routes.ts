import type { ResolvedTraffic } from '../../intent/resolved.ts';
import { at } from '../../lock/revision.ts';
import type { KubeObject, Problem } from '../../schema/index.ts';
import { listAt, nameOf, type Surroundings, textAt, textsAt } from './surroundings.ts';

/** A route of today, as far as it matters to whoever takes its requests over. */
export interface LegacyRoute {
  readonly object: KubeObject;
  readonly hosts: readonly string[];
  readonly rules: readonly LegacyRule[];
}

interface LegacyRule {
  /** Where it is in the object, such as `rules[0]`. */
  readonly place: string;
  readonly paths: readonly string[];
  /** Services that it leads to, `<namespace>/<name>`; other destinations as they are written. */
  readonly backends: readonly string[];
  /** What it does beside leading there: filters, rewrites, subsets. */
  readonly does: readonly string[];
}

/** The kinds that are known to lead requests of a host to a Service. */
export const ROUTE_KINDS = ['HTTPRoute', 'VirtualService', 'Ingress'] as const;

/** Every route of the surroundings that serves one of these hosts, or leads to this Service. */
export function legacyRoutes(surroundings: Surroundings, service: KubeObject, hosts: readonly string[]): readonly LegacyRoute[] {
  const wanted = serviceKey(service);
  return surroundings.objects
    .filter(({ kind }) => (ROUTE_KINDS as readonly string[]).includes(kind))
    .map(read)
    .filter((route) => route.hosts.some((host) => hosts.includes(host)) || leadsTo(route, wanted));
}

export const serviceKey = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

const leadsTo = ({ rules }: LegacyRoute, service: string): boolean => rules.some(({ backends }) => backends.includes(service));

function read(object: KubeObject): LegacyRoute {
  switch (object.kind) {
    case 'HTTPRoute':
      return { object, hosts: textsAt(object, 'spec', 'hostnames'), rules: httpRules(object) };
    case 'VirtualService':
      return { object, hosts: textsAt(object, 'spec', 'hosts'), rules: istioRules(object) };
    default:
      return {
        object,
        hosts: listAt(object, 'spec', 'rules').flatMap((rule) => textAt(rule, 'host') ?? []),
        rules: ingressRules(object),
      };
  }
}

const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? '';

function httpRules(object: KubeObject): LegacyRule[] {
  return listAt(object, 'spec', 'rules').map((rule, index) => ({
    place: `rules[${index}]`,
    paths: listAt(rule, 'matches').map((match) => textAt(match, 'path', 'value') ?? '/'),
    backends: listAt(rule, 'backendRefs').map(
      (backend) => `${textAt(backend, 'namespace') ?? namespaceOf(object)}/${textAt(backend, 'name') ?? ''}`,
    ),
    does: [
      ...listAt(rule, 'filters').map((filter) => `filter ${textAt(filter, 'type') ?? ''}`),
      ...listAt(rule, 'backendRefs').flatMap((backend) => (listAt(backend, 'filters').length > 0 ? ['filters of a backend'] : [])),
    ],
  }));
}

/** What an Istio route may do beside sending requests to a host, a timeout and retries. */
const ISTIO_DOES = ['redirect', 'rewrite', 'fault', 'mirror', 'mirrors', 'corsPolicy', 'headers', 'directResponse', 'delegate'] as const;

function istioRules(object: KubeObject): LegacyRule[] {
  return ['http', 'tls', 'tcp'].flatMap((protocol) =>
    listAt(object, 'spec', protocol).map((route, index) => ({
      place: `${protocol}[${index}]`,
      paths: listAt(route, 'match').flatMap((match) => textAt(match, 'uri', 'prefix') ?? textAt(match, 'uri', 'exact') ?? []),
      backends: listAt(route, 'route').map((destination) =>
        istioService(textAt(destination, 'destination', 'host') ?? '', namespaceOf(object)),
      ),
      does: [
        ...(protocol === 'http' ? [] : [`a ${protocol} route`]),
        ...ISTIO_DOES.filter((field) => at(route, field) !== undefined),
        ...listAt(route, 'route').flatMap((destination) => {
          const subset = textAt(destination, 'destination', 'subset');
          return subset === null ? [] : [`subset ${subset}`];
        }),
      ],
    })),
  );
}

function istioService(host: string, namespace: string): string {
  const [name = '', of, svc] = host.split('.');
  if (of === undefined) return `${namespace}/${name}`;
  return svc === undefined || svc === 'svc' ? `${of}/${name}` : host;
}

function ingressRules(object: KubeObject): LegacyRule[] {
  const to = (backend: unknown) => `${namespaceOf(object)}/${textAt(backend, 'service', 'name') ?? ''}`;
  const whole = at(object, 'spec', 'defaultBackend');
  return [
    ...(whole === undefined ? [] : [{ place: 'defaultBackend', paths: ['/'], backends: [to(whole)], does: [] }]),
    ...listAt(object, 'spec', 'rules').flatMap((rule, index) =>
      listAt(rule, 'http', 'paths').map((path, number) => ({
        place: `rules[${index}].http.paths[${number}]`,
        paths: [textAt(path, 'path') ?? '/'],
        backends: [to(at(path, 'backend'))],
        does: [],
      })),
    ),
  ];
}

/**
 * What requests would lose when the release's own route takes the place of one of the same name: each is a change that
 * somebody has to make first.
 * @param ours the route of the release, as it is emitted
 */
export function replacedProblems(route: LegacyRoute, ours: KubeObject, service: KubeObject): readonly Problem[] {
  const name = nameOf(route.object);
  const path = 'traffic';
  const missing = (theirs: readonly string[], own: readonly string[]) => theirs.filter((one) => !own.includes(one));
  const hosts = missing(route.hosts, read(ours).hosts);
  const parents = missing(parentsOf(route.object), parentsOf(ours));
  const problems: Problem[] = [];
  if (hosts.length > 0)
    problems.push({
      path: 'traffic.hosts',
      message: `${name} serves ${hosts.join(', ')}, which the intent does not: these requests would find nothing.`,
      help: 'Add them to traffic.hosts, or give them a route of another name first.',
    });
  if (parents.length > 0)
    problems.push({
      path: 'traffic.gateways',
      message: `${name} is attached to ${parents.join(', ')}, which the intent does not name.`,
      help: 'Add it to traffic.gateways (`callers: both` for the mesh), or give it a route of another name first.',
    });
  for (const { place, backends, does } of route.rules) {
    const elsewhere = backends.filter((backend) => backend !== serviceKey(service));
    if (elsewhere.length > 0)
      problems.push({
        path,
        message: `${place} of ${name} leads to ${elsewhere.join(', ')} as well, and a release's route leads to its own revisions alone.`,
        help: 'Move that rule to a route of another name first; the two are merged by host.',
      });
    if (does.length > 0)
      problems.push({
        path,
        message: `${place} of ${name} has ${does.join(', ')}, which the route of a release has not.`,
        help: 'Do it in the application or at the gateway first, and take it out of this route.',
      });
  }
  return problems;
}

function parentsOf(route: KubeObject): readonly string[] {
  const namespace = namespaceOf(route);
  if (route.kind === 'VirtualService')
    return textsAt(route, 'spec', 'gateways').map((gateway) =>
      gateway === 'mesh' || gateway.includes('/') ? gateway : `${namespace}/${gateway}`,
    );
  return listAt(route, 'spec', 'parentRefs').map(
    (parent) => `${textAt(parent, 'kind') ?? 'Gateway'} ${textAt(parent, 'namespace') ?? namespace}/${textAt(parent, 'name') ?? ''}`,
  );
}

/** Rules of another route that take requests which the release's own route shall get. */
export function rivalRules(route: LegacyRoute, { hosts, attach, paths }: ResolvedTraffic): readonly LegacyRule[] {
  if (!route.hosts.some((host) => hosts.includes(host))) return [];
  // Several routes of one host are meant to be there; of equal paths one wins.
  return route.rules.filter((rule) => {
    const own = rule.paths.length > 0 ? rule.paths : ['/'];
    return attach === 'shared' || !paths.includes('/') ? own.some((path) => paths.includes(path)) : own.includes('/');
  });
}
