// What requests would lose when the release's own route takes the place of those that lead them today.
import { Duration } from '../../intent/duration.ts';
import type { ResolvedTraffic } from '../../intent/resolved.ts';
import type { KubeObject, Problem } from '../../schema/index.ts';
import {
  bare,
  type LegacyMatch,
  type LegacyParent,
  type LegacyRetries,
  type LegacyRoute,
  type LegacyRule,
  leadsTo,
  serviceKey,
} from './routes.ts';
import { nameOf } from './surroundings.ts';

/** The route of the release and the Service that it shall lead to. */
export interface Ours {
  /** As it is emitted; null where a router has none. */
  readonly route: LegacyRoute | null;
  readonly traffic: ResolvedTraffic;
  readonly service: KubeObject;
}

/** What a route of the release's own name does and the release's will not: each is a change that somebody has to make first. */
export function replacedProblems(route: LegacyRoute, others: readonly LegacyRoute[], ours: Ours): readonly Problem[] {
  const name = nameOf(route.object);
  return [
    ...reachProblems(route, ours),
    ...widerProblems(route, others, ours),
    ...route.rules.flatMap((rule) => [...elsewhereProblems(rule, name, ours), ...lossProblems(rule, name, ours)]),
  ];
}

/** Hosts and gateways by which requests come to the whole of a route. Those of an Ingress belong to its rules. */
function reachProblems(route: LegacyRoute, ours: Ours): readonly Problem[] {
  const name = nameOf(route.object);
  const { hosts = [], parents: own = [] } = ours.route ?? {};
  const unserved = route.object.kind === 'Ingress' ? [] : route.hosts.filter((host) => !hosts.includes(host));
  const parents = route.parents.filter((parent) => !own.some(({ name, part }) => name === parent.name && part === parent.part));
  const problems: Problem[] = [];
  if (unserved.length > 0)
    problems.push({
      path: 'traffic.hosts',
      message: `${name} serves ${unserved.join(', ')}, which the intent does not: these requests would find nothing.`,
      help: 'Add them to traffic.hosts, or give them a route of another name first.',
    });
  if (parents.length > 0 && route.object.kind === ours.route?.object.kind)
    problems.push({
      path: 'traffic.gateways',
      message: `${name} is attached to ${parents.map((parent) => parentIn(parent, own)).join(', ')}, which the intent does not name.`,
      help: 'Write it in traffic.gateways (`namespace/name`, or `namespace/name/listener` for one listener of it; `callers: both` for the mesh), or give it a route of another name first.',
    });
  return problems;
}

const parentIn = ({ name, part }: LegacyParent, own: readonly LegacyParent[]): string => {
  if (part !== null) return `${part} of ${name}`;
  return own.some((one) => one.name === name) ? `all of ${name}` : name;
};

/** Requests that fit none of its rules, nor those of another route to the Service, go somewhere else today, or nowhere. */
function widerProblems(route: LegacyRoute, others: readonly LegacyRoute[], ours: Ours): readonly Problem[] {
  const matches = route.rules.flatMap((rule) => rule.matches);
  const whole = matches.flatMap(wholePath);
  const beside = others.flatMap((other) => rivalRules(other, ours)).flatMap((rule) => rule.matches.flatMap(wholePath));
  const wider = ours.traffic.paths.filter((path) => ![...whole, ...beside].some((prefix) => covers(prefix, path)));
  if (wider.length === 0) return [];
  return [
    {
      path: 'traffic.paths',
      message: `${nameOf(route.object)} takes ${matches.map(words).join('; ')}, and the route of the release would take every request of ${wider.join(', ')}.`,
      help:
        whole.length === matches.length
          ? `Write \`traffic: { paths: [${[...new Set(whole)].join(', ')}] }\`.`
          : 'The route of a release tells requests by whole paths (traffic.paths): let this one do so first, or keep it under another name; its requests then move all at once when the first release is recorded.',
    },
  ];
}

function elsewhereProblems({ place, backends }: LegacyRule, name: string, { service }: Ours): readonly Problem[] {
  const elsewhere = backends.filter((backend) => backend.service !== serviceKey(service));
  if (elsewhere.length === 0) return [];
  return [
    {
      path: 'traffic',
      message: `${place} of ${name} leads to ${elsewhere.map((backend) => backend.service).join(', ')} as well, and a release's route leads to its own revisions alone.`,
      help: 'Move that rule to a route of another name first; the two are merged by host.',
    },
  ];
}

/** What the requests of one rule have today and would not have. */
function lossProblems(rule: LegacyRule, name: string, { traffic, service }: Ours): readonly Problem[] {
  const where = `${rule.place} of ${name}`;
  const problems: Problem[] = [];
  const lost = rule.matches.filter(({ path }) => !traffic.paths.some((prefix) => covers(prefix, path)));
  if (lost.length > 0)
    problems.push({
      path: 'traffic.paths',
      message: `${where} takes ${lost.map(words).join('; ')}, which the intent does not: these requests would find nothing.`,
      help: 'Add it to traffic.paths, or give it a route of another name first.',
    });
  const ports = rule.backends.flatMap((backend) => (backend.service === serviceKey(service) ? (backend.port ?? []) : []));
  const other = ports.filter((port) => port !== traffic.port.service);
  if (other.length > 0)
    problems.push({
      path: 'traffic.port',
      message: `${where} leads to port ${other.join(', ')} of ${nameOf(service)}, and the route of the release to port ${traffic.port.service}.`,
      help: 'Say in traffic.port which port of the intent these requests go to.',
    });
  if (rule.does.length > 0)
    problems.push({
      path: 'traffic',
      message: `${where} has ${rule.does.join(', ')}, which the route of a release has not.`,
      help: "Do it in the application or in the gateway's own policy first, and take it out of this route.",
    });
  const { timeoutSeconds } = rule;
  if (timeoutSeconds !== null && timeoutSeconds > traffic.timeoutSeconds)
    problems.push({
      path: 'traffic.timeout',
      message: `${where} lets a request take ${timeoutSeconds} s, and the route of the release ends it after ${traffic.timeoutSeconds} s.`,
      help: `Write \`traffic: { timeout: ${written(timeoutSeconds)} }\`.`,
    });
  return [...problems, ...(rule.retries === null ? [] : retryProblems(rule.retries, where, traffic))];
}

function retryProblems(retries: LegacyRetries, where: string, { router, retries: own }: ResolvedTraffic): readonly Problem[] {
  const { attempts, perTrySeconds, on } = retries;
  const same =
    attempts <= (own?.attempts ?? 0) && (on === null || on === own?.on) && (perTrySeconds === null || perTrySeconds === own?.perTrySeconds);
  if (attempts === 0 || same) return [];
  const fields = [
    `attempts: ${attempts}`,
    ...(perTrySeconds === null ? [] : [`perTryTimeout: ${written(perTrySeconds)}`]),
    ...(on === null ? [] : [`on: '${on}'`]),
  ];
  return [
    {
      path: 'traffic.retries',
      message: `${where} has retries (${fields.join(', ')}), and the route of the release has ${own === null ? 'none' : 'others'}.`,
      help:
        router === 'istio'
          ? `Write \`traffic: { retries: { ${fields.join(', ')} } }\`.`
          : "Set them in the gateway's own policy first, and take them out of this route.",
    },
  ];
}

const written = (seconds: number): string => Duration.ofMilliseconds(seconds * 1_000).toString();

/** The path of a match that asks for nothing else. */
const wholePath = ({ path, asks }: LegacyMatch): readonly string[] => (asks.length > 0 || path === null ? [] : [path]);

const words = ({ path, asks }: LegacyMatch): string => {
  const what = path ?? 'paths of an expression';
  return asks.length === 0 ? what : `${what} with ${asks.join(', ')} alone`;
};

/** Whether every path of a match begins with the elements of a prefix. */
const covers = (prefix: string, path: string | null): boolean => {
  const own = bare(prefix);
  return own === '/' || (path !== null && `${bare(path)}/`.startsWith(`${own}/`));
};

/** Rules of another route that take the very requests which the release's own shall get: of equals one wins. */
export function rivalRules(route: LegacyRoute, ours: Ours): readonly LegacyRule[] {
  const paths = ours.traffic.paths.map(bare);
  return besideOurs(route, ours).filter(({ matches }) => matches.flatMap(wholePath).some((path) => paths.includes(path)));
}

/** Rules of another route whose requests come by the same hosts and gateways. */
function besideOurs(route: LegacyRoute, { route: own, service }: Ours): readonly LegacyRule[] {
  if (own === null || !meets(route, own, service)) return [];
  return route.rules.filter(
    ({ hosts }) => (hosts.length === 0 && own.hosts.length === 0) || hosts.some((host) => own.hosts.includes(host)),
  );
}

/**
 * Routes of two kinds meet by the address that a host name has, which nobody here knows: in one namespace, and where both lead
 * to the Service, they are taken to.
 */
function meets(route: LegacyRoute, own: LegacyRoute, service: KubeObject): boolean {
  if (route.object.kind !== own.object.kind)
    return route.object.metadata.namespace === own.object.metadata.namespace || route.rules.some((rule) => leadsThereAlone(rule, service));
  return route.parents.some((one) =>
    own.parents.some(({ name, part }) => name === one.name && (part === null || one.part === null || part === one.part)),
  );
}

const leadsThereAlone = (rule: LegacyRule, service: KubeObject): boolean =>
  rule.backends.length > 0 && rule.backends.every((backend) => backend.service === serviceKey(service));

/** Why the rules that have to make way for the release's own must not: their requests are another's, or would lose something. */
export function rivalProblems(others: readonly LegacyRoute[], ours: Ours): readonly Problem[] {
  const own = others.flatMap(({ rules }) => rules).filter((rule) => leadsThereAlone(rule, ours.service));
  const taken = ours.traffic.paths.map(bare);
  const free = [...new Set(own.flatMap(({ matches }) => matches.flatMap(wholePath)))].filter((path) => !taken.includes(path));
  return others.flatMap((route) => {
    const rivals = rivalRules(route, ours);
    const name = nameOf(route.object);
    const reach = rivals.some((rule) => leadsThereAlone(rule, ours.service)) ? reachProblems(route, ours) : [];
    const problems = rivals.flatMap((rule): readonly Problem[] => {
      if (leadsThereAlone(rule, ours.service)) return lossProblems(rule, name, ours);
      const to = rule.backends.map((backend) => backend.service).join(', ') || `none${rule.does.map((what) => `, with ${what}`).join('')}`;
      return [
        {
          path: 'traffic.paths',
          message: `${rule.place} of ${name} takes the same requests (${rule.hosts.join(', ')}; ${rule.matches.map(words).join('; ')}), and its destination is ${to}: in its place, the route of the release would lead them to ${nameOf(ours.service)}.`,
          help:
            free.length > 0
              ? `Write \`traffic: { attach: shared, paths: [${free.join(', ')}] }\`, which lead there today.`
              : `Name in traffic.paths or traffic.hosts what is of this release, in traffic.gateways the listener it comes by, or lead all of it to ${nameOf(ours.service)} first.`,
        },
      ];
    });
    return [...reach, ...problems];
  });
}

/** What nobody has written, and yet changes for requests: for people to look at. */
export function silentChanges(route: LegacyRoute, rules: readonly LegacyRule[], { traffic }: Ours): readonly string[] {
  const name = nameOf(route.object);
  const limited = rules.every(({ timeoutSeconds }) => timeoutSeconds !== null);
  const attempts = traffic.retries?.attempts ?? 0;
  const retried = route.object.kind === 'VirtualService' && attempts < ISTIO_ATTEMPTS && rules.some(({ retries }) => retries === null);
  return [
    ...(limited
      ? []
      : [
          `See that no request takes longer than ${written(traffic.timeoutSeconds)}, or say a longer \`timeout\` in traffic: ${name} sets no limit, and the route of the release ends it then.`,
        ]),
    ...(retried
      ? [
          `Say \`retries\` in traffic if a request may run twice: of ${name}, which says none, Istio retries failed connections ${ISTIO_ATTEMPTS} times, and of the release's route ${attempts === 0 ? 'never' : `${attempts} times`}.`,
        ]
      : []),
  ];
}

/** @see https://istio.io/latest/docs/concepts/traffic-management/#retries */
const ISTIO_ATTEMPTS = 2;

/** Requests of a longer path that a shorter one takes today, and leads to somebody else. */
export function movedPaths(routes: readonly LegacyRoute[], ours: Ours): readonly string[] {
  const rules = routes.flatMap((route) => besideOurs(route, ours).map((rule) => ({ rule, name: nameOf(route.object) })));
  const taking = rules.flatMap(({ rule, name }) => rule.matches.flatMap(wholePath).map((path) => ({ rule, name, path })));
  return ours.traffic.paths.flatMap((path) => {
    const [today] = taking.filter((one) => covers(one.path, bare(path))).toSorted((a, b) => b.path.length - a.path.length);
    if (today === undefined || today.path === bare(path) || leadsTo(today.rule, serviceKey(ours.service))) return [];
    const to = today.rule.backends.map((backend) => backend.service).join(', ') || 'no Service';
    return [
      `Know that ${path} moves: ${today.rule.place} of ${today.name} leads it to ${to} today, and the route of the release to ${nameOf(ours.service)}.`,
    ];
  });
}
