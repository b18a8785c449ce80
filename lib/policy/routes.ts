import { CANARY } from './pods.ts';
import type { Entry } from './read/objects.ts';
import type { ObjectSet } from './set.ts';
import { at, fieldsAt, indexed, listAt, numberAt, textAt } from './shape.ts';

export const VIRTUAL_SERVICE = 'networking.istio.io/VirtualService';
export const DESTINATION_RULE = 'networking.istio.io/DestinationRule';
export const HTTP_ROUTE = 'gateway.networking.k8s.io/HTTPRoute';
export const GRPC_ROUTE = 'gateway.networking.k8s.io/GRPCRoute';

/** A Service, as a host names it. */
export interface ServiceName {
  readonly namespace: string | null;
  readonly name: string;
}

/** The Service that a host of Istio means: `web`, `web.shop`, `web.shop.svc.cluster.local`; null for any other host. */
export function serviceOfHost(host: string, namespace: string | null): ServiceName | null {
  const [name = '', of, svc, ...rest] = host.split('.');
  if (name === '' || name === '*' || name.includes('{{')) return null;
  if (of === undefined) return { namespace, name };
  if (svc === undefined) return { namespace: of, name };
  return svc === 'svc' && (rest.length === 0 || rest.join('.') === 'cluster.local') ? { namespace: of, name } : null;
}

/** Whether a host with one dot may as well be one of the internet: `example.com`. */
export const isAmbiguous = (host: string): boolean => host.split('.').length === 2;

/** Where a route sends requests. */
export interface Destination {
  readonly host: string;
  readonly service: ServiceName | null;
  readonly port: number | null;
  readonly subset: string | null;
  readonly path: readonly string[];
  /** Field of the host and of the port, below `path`. */
  readonly fields: { readonly host: readonly string[]; readonly port: readonly string[] };
}

/** One route of several in an object. */
export interface Route {
  readonly name: string | null;
  readonly protocol: string;
  readonly destinations: readonly Destination[];
  readonly path: readonly string[];
}

/** The routes of a VirtualService, HTTPRoute or GRPCRoute. */
export function routesOf({ kind, id, value }: Entry): readonly Route[] {
  if (kind !== VIRTUAL_SERVICE)
    return indexed(listAt(value, 'spec', 'rules')).map(([index, rule]) => {
      const path = ['spec', 'rules', String(index)];
      const destinations = indexed(listAt(rule, 'backendRefs')).flatMap(([number, reference]) =>
        backend(reference, [...path, 'backendRefs', String(number)], id.namespace),
      );
      return { name: textAt(rule, 'name'), protocol: 'http', destinations, path };
    });
  return ['http', 'tls', 'tcp'].flatMap((protocol) =>
    indexed(listAt(value, 'spec', protocol)).map(([index, route]) => {
      const path = ['spec', protocol, String(index)];
      const destinations = indexed(listAt(route, 'route')).flatMap(([number, weighted]) => {
        const place = [...path, 'route', String(number), 'destination'];
        const host = textAt(weighted, 'destination', 'host');
        if (host === null) return [];
        return [
          {
            host,
            service: serviceOfHost(host, id.namespace),
            port: numberAt(weighted, 'destination', 'port', 'number'),
            subset: textAt(weighted, 'destination', 'subset'),
            path: place,
            fields: { host: ['host'], port: ['port', 'number'] },
          },
        ];
      });
      return { name: textAt(route, 'name'), protocol, destinations, path };
    }),
  );
}

function backend(reference: unknown, path: readonly string[], own: string | null): readonly Destination[] {
  const name = textAt(reference, 'name');
  if (name === null || (textAt(reference, 'kind') ?? 'Service') !== 'Service' || textAt(reference, 'group') !== null) return [];
  const service = { namespace: textAt(reference, 'namespace') ?? own, name };
  return [{ host: name, service, port: numberAt(reference, 'port'), subset: null, path, fields: { host: ['name'], port: ['port'] } }];
}

const MADE = new WeakMap<ObjectSet, ReadonlySet<string>>();

/** Whether a Canary of the set lets Flagger make a Service. */
export function isMadeByFlagger({ namespace, name }: ServiceName, set: ObjectSet): boolean {
  let made = MADE.get(set);
  if (!made) {
    made = new Set(
      set.ofKind(CANARY).flatMap(({ id, value }) => {
        const service = textAt(value, 'spec', 'service', 'name') ?? textAt(value, 'spec', 'targetRef', 'name') ?? id.name;
        return ['', '-primary', '-canary'].map((suffix) => `${id.namespace}/${service}${suffix}`);
      }),
    );
    MADE.set(set, made);
  }
  return made.has(`${namespace}/${name}`);
}

/** Ports of a Service. */
export const portsOfService = (value: unknown): readonly number[] =>
  listAt(value, 'spec', 'ports').flatMap((declared) => numberAt(declared, 'port') ?? []);

const RULES_OF = new WeakMap<ObjectSet, ReadonlyMap<string, readonly Entry[]>>();

/** The DestinationRules of a Service. */
export function destinationRulesOf({ namespace, name }: ServiceName, set: ObjectSet): readonly Entry[] {
  let rules = RULES_OF.get(set);
  if (!rules) {
    const made = new Map<string, Entry[]>();
    for (const entry of set.ofKind(DESTINATION_RULE)) {
      const service = serviceOfHost(textAt(entry.value, 'spec', 'host') ?? '', entry.id.namespace);
      const key = service && `${service.namespace}/${service.name}`;
      if (key !== null) made.set(key, [...(made.get(key) ?? []), entry]);
    }
    rules = made;
    RULES_OF.set(set, rules);
  }
  return rules.get(`${namespace}/${name}`) ?? [];
}

export const subsetsOf = ({ value }: Entry): readonly string[] =>
  listAt(value, 'spec', 'subsets').flatMap((subset) => textAt(subset, 'name') ?? []);

/** Hosts and gateways that a route is for; a VirtualService that names no gateway is for the mesh. */
export function audienceOf({ kind, id, value }: Entry): readonly string[] {
  if (kind !== VIRTUAL_SERVICE) {
    const hosts = texts(at(value, 'spec', 'hostnames'));
    const parents = listAt(value, 'spec', 'parentRefs').map((parent) => {
      const part = (field: string, otherwise: string) => textAt(parent, field) ?? otherwise;
      const place = `${part('kind', 'Gateway')}/${part('namespace', id.namespace ?? '')}/${part('name', '')}`;
      return `${place}/${part('sectionName', '')}/${numberAt(parent, 'port') ?? ''}`;
    });
    return parents.flatMap((parent) => (hosts.length > 0 ? hosts : ['*']).map((host) => `${parent} ${host}`));
  }
  const gateways = texts(at(value, 'spec', 'gateways'));
  return (gateways.length > 0 ? gateways : ['mesh']).flatMap((gateway) => {
    const place = gateway === 'mesh' || gateway.includes('/') ? gateway : `${id.namespace}/${gateway}`;
    return texts(at(value, 'spec', 'hosts')).map((host) => `${place} ${longHost(host, id.namespace)}`);
  });
}

/** In the mesh `web` and `web.shop.svc.cluster.local` are one host. */
function longHost(host: string, namespace: string | null): string {
  const service = isAmbiguous(host) ? null : serviceOfHost(host, namespace);
  return service ? `${service.name}.${service.namespace}.svc.cluster.local` : host;
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

/** What of requests a route is for, as far as it can be told. */
export interface Match {
  readonly path: { readonly kind: 'exact' | 'prefix' | 'pattern' | 'any'; readonly value: string };
  readonly method: string | null;
  /** Exact values of headers and parameters, which keep two routes apart. */
  readonly exact: ReadonlyMap<string, string>;
  /** The whole of it, to tell two that are the same. */
  readonly written: string;
}

/** The matches of every route; a route without any is for all. */
export function matchesOf(entry: Entry): readonly Match[] {
  const isIstio = entry.kind === VIRTUAL_SERVICE;
  const routes = listAt(entry.value, 'spec', isIstio ? 'http' : 'rules');
  return routes.flatMap((route) => {
    const matches = listAt(route, isIstio ? 'match' : 'matches');
    return (matches.length > 0 ? matches : [{}]).map(isIstio ? istioMatch : gatewayMatch);
  });
}

function istioMatch(match: unknown): Match {
  const uri = fieldsAt(match, 'uri');
  const [kind, value] = Object.entries(uri)[0] ?? [];
  const exact = new Map<string, string>();
  for (const field of ['headers', 'queryParams'])
    for (const [name, text] of Object.entries(fieldsAt(match, field)))
      if (textAt(text, 'exact') !== null) exact.set(`${field} ${name}`, textAt(text, 'exact') ?? '');
  for (const field of ['authority', 'scheme'])
    if (textAt(match, field, 'exact') !== null) exact.set(field, textAt(match, field, 'exact') ?? '');
  const { name: _, ...rest } = fieldsAt(match);
  return { path: pathOf(kind, value), method: textAt(match, 'method', 'exact'), exact, written: canonical(rest) };
}

function gatewayMatch(match: unknown): Match {
  const type = textAt(match, 'path', 'type') ?? 'PathPrefix';
  const kind = type === 'Exact' ? 'exact' : type === 'PathPrefix' ? 'prefix' : 'regex';
  const exact = new Map<string, string>();
  for (const field of ['headers', 'queryParams'])
    for (const item of listAt(match, field))
      if ((textAt(item, 'type') ?? 'Exact') === 'Exact')
        exact.set(`${field} ${textAt(item, 'name')?.toLowerCase()}`, textAt(item, 'value') ?? '');
  const method = at(match, 'method');
  return {
    path: pathOf(kind, textAt(match, 'path', 'value') ?? '/'),
    method: typeof method === 'string' ? method : null,
    exact,
    written: canonical({
      path: [kind, textAt(match, 'path', 'value') ?? '/'],
      method,
      headers: at(match, 'headers'),
      query: at(match, 'queryParams'),
    }),
  };
}

function pathOf(kind: string | undefined, value: unknown): Match['path'] {
  if (typeof value !== 'string') return { kind: 'any', value: '' };
  return { kind: kind === 'exact' || kind === 'prefix' ? kind : 'pattern', value };
}

/** Whether a request may fit both; patterns are not looked into, and count as apart unless they are the same. */
export function overlap(a: Match, b: Match): boolean {
  if (a.method !== null && b.method !== null && a.method !== b.method) return false;
  for (const [name, value] of a.exact) if (b.exact.has(name) && b.exact.get(name) !== value) return false;
  return pathsOverlap(a.path, b.path);
}

function pathsOverlap(a: Match['path'], b: Match['path']): boolean {
  if (a.kind === 'any' || b.kind === 'any') return true;
  if (a.kind === 'pattern' || b.kind === 'pattern') return a.kind === b.kind && a.value === b.value;
  if (a.kind === 'exact' && b.kind === 'exact') return a.value === b.value;
  if (a.kind === 'prefix' && b.kind === 'prefix') return a.value.startsWith(b.value) || b.value.startsWith(a.value);
  return a.kind === 'exact' ? a.value.startsWith(b.value) : b.value.startsWith(a.value);
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
