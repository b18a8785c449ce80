import { Duration } from '../../intent/duration.ts';
import { at } from '../../lock/revision.ts';
import type { KubeObject } from '../../schema/index.ts';
import { listAt, mapAt, type Surroundings, textAt, textsAt } from './surroundings.ts';

/** A route of today, as far as it matters to whoever takes its requests over. */
export interface LegacyRoute {
  readonly object: KubeObject;
  readonly hosts: readonly string[];
  readonly parents: readonly LegacyParent[];
  readonly rules: readonly LegacyRule[];
}

/** Where requests come from: `Gateway ingress/public`, of Istio `ingress/public` or `mesh`. */
export interface LegacyParent {
  readonly name: string;
  /** The one listener or port of it; null: all. */
  readonly part: string | null;
}

export interface LegacyRule {
  /** Where it is in the object, such as `rules[0]`. */
  readonly place: string;
  readonly hosts: readonly string[];
  readonly matches: readonly LegacyMatch[];
  readonly backends: readonly LegacyBackend[];
  /** How long a request may take; null where the rule does not limit it. */
  readonly timeoutSeconds: number | null;
  /** Null where the rule does not say. */
  readonly retries: LegacyRetries | null;
  /** What it does beside all this: filters, rewrites, subsets, sessions. */
  readonly does: readonly string[];
}

export interface LegacyMatch {
  /** Prefix by path elements, without a `/` at its end; null where it is an expression. */
  readonly path: string | null;
  /** What a request of that path must have besides, such as `method GET`. */
  readonly asks: readonly string[];
}

export interface LegacyBackend {
  /** `<namespace>/<name>` of a Service; other destinations as they are written. */
  readonly service: string;
  /** Null where it has a name, or none is said. */
  readonly port: number | null;
}

export interface LegacyRetries {
  readonly attempts: number;
  readonly perTrySeconds: number | null;
  readonly on: string | null;
}

/** The kinds that are known to lead requests of a host to a Service. */
export const ROUTE_KINDS = ['HTTPRoute', 'VirtualService', 'Ingress'] as const;

/** Every route of the surroundings that serves one of these hosts, or leads to this Service. */
export function legacyRoutes(surroundings: Surroundings, service: KubeObject, hosts: readonly string[]): readonly LegacyRoute[] {
  const wanted = serviceKey(service);
  return surroundings.objects
    .filter(({ kind }) => (ROUTE_KINDS as readonly string[]).includes(kind))
    .map(readRoute)
    .filter((route) => route.hosts.some((host) => hosts.includes(host)) || route.rules.some((rule) => leadsTo(rule, wanted)));
}

export const serviceKey = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

export const leadsTo = ({ backends }: LegacyRule, wanted: string): boolean => backends.some(({ service }) => service === wanted);

export function readRoute(object: KubeObject): LegacyRoute {
  switch (object.kind) {
    case 'HTTPRoute':
      return readHttpRoute(object);
    case 'VirtualService':
      return readVirtualService(object);
    default:
      return readIngress(object);
  }
}

const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? '';

/** A path without its last `/`, so that one prefix is written one way. */
export const bare = (path: string): string => path.replace(/\/+$/, '') || '/';

const EVERYTHING: LegacyMatch = { path: '/', asks: [] };

/** Fields of an object beside those that are read for themselves. */
const others = (value: unknown, known: readonly string[]): readonly string[] =>
  Object.keys(mapAt(value)).filter((field) => !known.includes(field));

/** Null for 0, which lifts a limit, and for what is no duration. */
function secondsAt(value: unknown, ...path: readonly string[]): number | null {
  try {
    return Duration.parse(textAt(value, ...path) ?? '').seconds || null;
  } catch {
    return null;
  }
}

function readHttpRoute(object: KubeObject): LegacyRoute {
  const hosts = textsAt(object, 'spec', 'hostnames');
  const namespace = namespaceOf(object);
  return {
    object,
    hosts,
    parents: listAt(object, 'spec', 'parentRefs').map((parent) => {
      const kind = textAt(parent, 'kind') ?? 'Gateway';
      const [listener, port] = [textAt(parent, 'sectionName'), at(parent, 'port')];
      const part = listener === null ? port && `port ${port}` : `listener ${listener}`;
      // The port of a Service's route is one that the intent says by itself.
      return {
        name: `${kind} ${textAt(parent, 'namespace') ?? namespace}/${textAt(parent, 'name') ?? ''}`,
        part: kind === 'Gateway' && typeof part === 'string' ? part : null,
      };
    }),
    rules: listAt(object, 'spec', 'rules').map((rule, index) => ({
      place: `rules[${index}]`,
      hosts,
      matches: matchesOf(listAt(rule, 'matches').map(httpMatch)),
      backends: listAt(rule, 'backendRefs').map((backend) => httpBackend(backend, namespace)),
      timeoutSeconds: secondsAt(rule, 'timeouts', 'request') ?? secondsAt(rule, 'timeouts', 'backendRequest'),
      retries: null,
      does: [
        ...listAt(rule, 'filters').map((filter) => `filter ${textAt(filter, 'type') ?? ''}`),
        ...listAt(rule, 'backendRefs').flatMap((backend) => (listAt(backend, 'filters').length > 0 ? ['filters of a backend'] : [])),
        ...others(rule, ['name', 'matches', 'filters', 'backendRefs', 'timeouts']),
      ],
    })),
  };
}

const matchesOf = (matches: readonly LegacyMatch[]): readonly LegacyMatch[] => (matches.length > 0 ? matches : [EVERYTHING]);

function httpMatch(match: unknown): LegacyMatch {
  const [type, value] = [textAt(match, 'path', 'type') ?? 'PathPrefix', textAt(match, 'path', 'value') ?? '/'];
  const method = textAt(match, 'method');
  return {
    path: type === 'RegularExpression' ? null : bare(value),
    asks: [
      ...(type === 'PathPrefix' ? [] : [`path ${type} ${value}`]),
      ...(method === null ? [] : [`method ${method}`]),
      ...listAt(match, 'headers').map((header) => `header ${textAt(header, 'name')}`),
      ...listAt(match, 'queryParams').map((parameter) => `query parameter ${textAt(parameter, 'name')}`),
    ],
  };
}

function httpBackend(backend: unknown, own: string): LegacyBackend {
  const [kind, port] = [textAt(backend, 'kind') ?? 'Service', at(backend, 'port')];
  const name = `${textAt(backend, 'namespace') ?? own}/${textAt(backend, 'name') ?? ''}`;
  return { service: kind === 'Service' ? name : `${kind} ${name}`, port: typeof port === 'number' ? port : null };
}

function readVirtualService(object: KubeObject): LegacyRoute {
  const namespace = namespaceOf(object);
  const hosts = textsAt(object, 'spec', 'hosts').map((host) => (/[.*]/.test(host) ? host : `${host}.${namespace}.svc.cluster.local`));
  const gateways = textsAt(object, 'spec', 'gateways');
  const names = gateways.map((name) => (name === 'mesh' || name.includes('/') ? name : `${namespace}/${name}`));
  return {
    object,
    hosts,
    parents: (names.length > 0 ? names : ['mesh']).map((name) => ({ name, part: null })),
    rules: ['http', 'tls', 'tcp'].flatMap((protocol) =>
      listAt(object, 'spec', protocol).map((route, index) => ({
        place: `${protocol}[${index}]`,
        hosts,
        matches: matchesOf(listAt(route, 'match').map(istioMatch)),
        backends: listAt(route, 'route').map((destination) => {
          const port = at(destination, 'destination', 'port', 'number');
          const service = istioService(textAt(destination, 'destination', 'host') ?? '', namespace);
          return { service, port: typeof port === 'number' ? port : null };
        }),
        timeoutSeconds: secondsAt(route, 'timeout'),
        retries: istioRetries(at(route, 'retries')),
        does: [
          ...(protocol === 'http' ? [] : [`a ${protocol} route`]),
          ...others(route, ['name', 'match', 'route', 'timeout', 'retries']),
          ...others(at(route, 'retries'), ['attempts', 'perTryTimeout', 'retryOn']).map((field) => `retries.${field}`),
          ...listAt(route, 'route').flatMap((destination) => {
            const subset = textAt(destination, 'destination', 'subset');
            return [
              ...(subset === null ? [] : [`subset ${subset}`]),
              ...others(destination, ['destination', 'weight']).map((field) => `${field} of a destination`),
            ];
          }),
        ],
      })),
    ),
  };
}

function istioMatch(match: unknown): LegacyMatch {
  const [prefix, exact] = [textAt(match, 'uri', 'prefix'), textAt(match, 'uri', 'exact')];
  const path = prefix ?? exact ?? (at(match, 'uri') === undefined ? '/' : null);
  return {
    path: path === null ? null : bare(path),
    asks: [
      ...(exact === null ? [] : [`path ${exact} alone`]),
      ...Object.keys(mapAt(match, 'headers')).map((name) => `header ${name}`),
      ...others(match, ['name', 'uri', 'headers']),
    ],
  };
}

function istioRetries(retries: unknown): LegacyRetries | null {
  if (retries === undefined) return null;
  return {
    attempts: Number(at(retries, 'attempts') ?? 0),
    perTrySeconds: secondsAt(retries, 'perTryTimeout'),
    on: textAt(retries, 'retryOn'),
  };
}

/** The Service behind a host as Istio writes it, `<namespace>/<name>`; another host as it is. */
export function istioService(host: string, namespace: string): string {
  const [name = '', of, svc] = host.split('.');
  if (of === undefined) return `${namespace}/${name}`;
  return svc === undefined || svc === 'svc' ? `${of}/${name}` : host;
}

function readIngress(object: KubeObject): LegacyRoute {
  const rules = listAt(object, 'spec', 'rules');
  const whole = at(object, 'spec', 'defaultBackend');
  const ofRule = { timeoutSeconds: null, retries: null, does: [] };
  const to = (backend: unknown): readonly LegacyBackend[] => {
    const port = at(backend, 'service', 'port', 'number');
    const service = `${namespaceOf(object)}/${textAt(backend, 'service', 'name') ?? ''}`;
    return [{ service, port: typeof port === 'number' ? port : null }];
  };
  return {
    object,
    hosts: rules.flatMap((rule) => textAt(rule, 'host') ?? []),
    parents: [],
    rules: [
      ...(whole === undefined ? [] : [{ place: 'defaultBackend', hosts: [], matches: [EVERYTHING], backends: to(whole), ...ofRule }]),
      ...rules.flatMap((rule, index) =>
        listAt(rule, 'http', 'paths').map((path, number) => {
          const [value, exact] = [textAt(path, 'path') ?? '/', textAt(path, 'pathType') === 'Exact'];
          return {
            place: `rules[${index}].http.paths[${number}]`,
            hosts: [textAt(rule, 'host') ?? ''],
            matches: [{ path: bare(value), asks: exact ? [`path ${value} alone`] : [] }],
            backends: to(at(path, 'backend')),
            ...ofRule,
          };
        }),
      ),
    ],
  };
}
