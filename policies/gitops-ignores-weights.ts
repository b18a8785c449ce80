import { REVISION_LABEL, ROUTER_ANNOTATION } from '../lib/lock/labels.ts';
import { Application, type IgnoreRule, SYNC_OPTIONS } from '../lib/policy/gitops/appliers.ts';
import { APPLICATION, APPLICATION_SET, KUSTOMIZATION } from '../lib/policy/gitops/sources.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { nameOf } from '../lib/policy/read/objects.ts';
import { releaseOf } from '../lib/policy/releases.ts';
import { GRPC_ROUTE, HTTP_ROUTE, VIRTUAL_SERVICE } from '../lib/policy/routes.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import type { ObjectSet } from '../lib/policy/set.ts';
import { at, indexed, listAt, textAt } from '../lib/policy/shape.ts';
import { application, byService, kustomization, route, SELECTOR, WEIGHTS, waitingJob } from './gitops-examples.ts';

/** Where each kind of route has its destinations. */
const LISTS: Readonly<Record<string, string>> = { [VIRTUAL_SERVICE]: 'http|tcp|tls', [HTTP_ROUTE]: 'rules', [GRPC_ROUTE]: 'rules' };
const ROUTES = Object.keys(LISTS);
const ROUTE_NAMES: readonly string[] = ['VirtualService', 'HTTPRoute', 'GRPCRoute'];
const SERVICE = 'Service';
const JOB = 'batch/Job';
/** Field managers of those who write weights. */
const WRITERS: readonly string[] = ['tidegate-runner', 'rollouts-controller', 'flagger'];
const SSA = 'kustomize.toolkit.fluxcd.io/ssa';
const RECONCILE = 'kustomize.toolkit.fluxcd.io/reconcile';
const PRUNE_LAST = 'PruneLast=true';
const RESPECTS = 'RespectIgnoreDifferences=true';
const OUT_OF_SYNC_ONLY = 'ApplyOutOfSyncOnly=true';

export const gitopsIgnoresWeights: Rule = {
  id: 'gitops-ignores-weights',
  holds: 'GitOps leaves the weights of a release in flight alone, and nothing else',
  severity: 'error',
  universal: true,
  kinds: [APPLICATION, APPLICATION_SET, KUSTOMIZATION, ...ROUTES, SERVICE],
  why: 'Git holds the weights at rest. A tool that puts them back takes the release to stable for a moment, at each sync. A tool that leaves out more than the weights is worse: lists are one value to it, so a new candidate never enters the route, and no mistake is seen. One that prunes before it applies takes away what users are on.',
  fix: 'Argo CD: `ignoreDifferences` with the jq path `.spec.http[]?.route[]?.weight` (HTTPRoute: `.spec.rules[]?.backendRefs[]?.weight`; a Service that is switched: `.spec.selector`; Jobs that the runner starts: `.spec.suspend`) and `ApplyOutOfSyncOnly=true`, neither `RespectIgnoreDifferences` nor `managedFieldsManagers`; `PruneLast=true`. Flux: nothing.',
  examples: [
    {
      title: 'Argo CD takes the whole list from the cluster',
      yaml: application(WEIGHTS, ['ApplyOutOfSyncOnly=true', 'RespectIgnoreDifferences=true']) + route(),
      finds: ['/spec/syncPolicy/syncOptions/1'],
    },
    {
      title: 'whatever the runner wrote is ignored for ever',
      yaml: application('      managedFieldsManagers:\n        - tidegate-runner\n', ['ApplyOutOfSyncOnly=true']) + route(),
      finds: ['/spec/ignoreDifferences/0/managedFieldsManagers'],
    },
    {
      title: 'more than the weights is ignored',
      yaml: application('      jsonPointers:\n        - /spec/http\n', ['ApplyOutOfSyncOnly=true']) + route(),
      finds: ['/spec/ignoreDifferences/0/jsonPointers/0'],
    },
    {
      title: 'the list is left to the runner, which adds no candidate to it',
      yaml:
        application('      jsonPointers:\n        - /spec/http\n', ['ApplyOutOfSyncOnly=true', 'RespectIgnoreDifferences=true']) + route(),
      finds: ['/spec/ignoreDifferences/0/jsonPointers/0', '/spec/syncPolicy/syncOptions/1'],
    },
    {
      title: 'every commit puts the weights back',
      yaml: application(WEIGHTS, ['CreateNamespace=true']) + route(),
      finds: ['/spec/syncPolicy/syncOptions'],
    },
    {
      title: 'Flux never changes the route again',
      yaml: route(`${SSA}: IfNotPresent`),
      finds: ['/metadata/annotations/kustomize.toolkit.fluxcd.io~1ssa'],
    },
    {
      title: 'the selector of a Service is never given back',
      yaml: byService(SELECTOR, ['ApplyOutOfSyncOnly=true', 'RespectIgnoreDifferences=true']),
      finds: ['/spec/syncPolicy/syncOptions/1'],
    },
    {
      title: 'the Service is ignored as a whole',
      yaml: byService('      jsonPointers:\n        - /spec\n', ['ApplyOutOfSyncOnly=true']),
      finds: ['/spec/ignoreDifferences/0/jsonPointers/0'],
    },
    {
      title: 'every sync switches the Service back',
      yaml: byService('      jsonPointers:\n        - /spec/ports\n', []).replace(/ {2}ignoreDifferences:[\s\S]*?ports\n/, ''),
      finds: ['/spec/ignoreDifferences'],
    },
    { title: 'the selector of a Service alone', yaml: byService(SELECTOR, ['ApplyOutOfSyncOnly=true']), finds: [] },
    {
      title: 'weights, and the share that a mirror copies',
      yaml: application(`${WEIGHTS}        - '.spec.http[]?.mirrorPercentage'\n`, ['ApplyOutOfSyncOnly=true']) + route(),
      finds: [],
    },
    {
      title: 'a Job of a gate is suspended again while it runs',
      yaml: application(WEIGHTS, ['ApplyOutOfSyncOnly=true']) + route() + waitingJob,
      finds: ['/spec/ignoreDifferences'],
    },
    { title: 'weights alone', yaml: application(WEIGHTS, ['ApplyOutOfSyncOnly=true']) + route(), finds: [] },
    {
      title: 'Flux gives the next candidate the share of the one before',
      yaml: kustomization('group: networking.istio.io, kind: VirtualService', '/spec/http/0/route/1/weight') + route(),
      finds: ['/spec/ignore/0/paths/0'],
    },
    { title: 'with Flux nothing is needed', yaml: route(), finds: [] },
  ],
  *check(entry, context) {
    if (ROUTES.includes(entry.kind) || isSwitched(entry)) yield* keptByFlux(entry, context);
    else if (entry.kind === SERVICE) return;
    else if (entry.kind === KUSTOMIZATION) yield* ignoredByFlux(entry, context);
    else yield* byArgo(entry, context);
  },
};

/** What Flux is told to leave as it is stays as it was on the first day. */
function* keptByFlux(entry: Entry, { releases }: Context): Iterable<Complaint> {
  if (!releases.includes(entry)) return;
  for (const [annotation, values] of [
    [SSA, ['ifnotpresent', 'ignore']],
    [RECONCILE, ['disabled']],
  ] as const) {
    const value = textAt(entry.value, 'metadata', 'annotations', annotation);
    if (value !== null && values.some((harmful) => harmful === value.toLowerCase()))
      yield {
        path: ['metadata', 'annotations', annotation],
        message: `with ${annotation}: ${value} Flux never changes the route, so a new candidate never enters it.`,
        help: 'Remove the annotation: Flux applies, the runner returns to the weight that was earned.',
      };
  }
}

/**
 * Flux knows no place in a list but its number, and writes what is live there into what Git has there now.
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
function* ignoredByFlux(entry: Entry, { set }: Context): Iterable<Complaint> {
  for (const [index, rule] of indexed(listAt(entry.value, 'spec', 'ignore'))) {
    const [group, kind] = [textAt(rule, 'target', 'group'), textAt(rule, 'target', 'kind')];
    for (const [number, pointer] of indexed(listAt(rule, 'paths'))) {
      if (typeof pointer !== 'string') continue;
      const path = ['spec', 'ignore', String(index), 'paths', String(number)];
      if (kind === null ? /^\/spec\/(http|rules|tcp|tls)\b/.test(pointer) : isRoute(group, kind))
        yield pointer.endsWith('/weight')
          ? {
              path,
              message: `'${pointer}' keeps a share by its place in the list: the next candidate that Git puts there gets the requests of the one before, untested.`,
              help: 'Remove it: Flux applies, the runner returns to the weight that was earned.',
            }
          : { path, message: `'${pointer}' is more than weights, so changes of the route in Git are not applied.` };
      else if (/^\/spec(\/selector\b|$)/.test(pointer) && (kind ?? SERVICE) === SERVICE && set.ofKind(SERVICE).some(isSwitched))
        yield { path, message: `'${pointer}' keeps what a Service selects: Git never takes requests back from a candidate that it drops.` };
    }
  }
}

function* byArgo(entry: Entry, context: Context): Iterable<Complaint> {
  const application = new Application(entry, context.set);
  const { routes, services, bare, jobs } = subjectsOf(context);
  const [ownRoutes, ownServices] = [application.applied(routes), application.applied(services)];
  yield* ofRoutes(application, ownRoutes);
  yield* ofServices(application, ownServices);
  if (ownRoutes.length + ownServices.length > 0) {
    yield* prunedFirst(application, application.applied(bare));
    yield* unread(application);
  }
  yield* suspendedAgain(application, application.applied(jobs));
}

function* ofRoutes(application: Application, routes: readonly Entry[]): Iterable<Complaint> {
  // Where it applies no release, what it does to routes is still odd, and no more.
  const severity = routes.length > 0 ? 'error' : 'warning';
  const respects = application.option(RESPECTS);
  let taken: string | null = null;
  for (const rule of application.ignoreRules) {
    const meant = routes.filter(({ id }) => rule.matches(id));
    if (routes.length > 0 ? meant.length === 0 : !isOfRoutes(rule)) continue;
    const writers = writersIn(rule);
    if (writers.length > 0)
      yield {
        path: [...rule.at, 'managedFieldsManagers'],
        message: `what ${writers.join(', ')} wrote is ignored, and that is the whole list: no later change of a route is seen.`,
        severity,
      };
    // The routes of a Rollout name two Services for ever, so a weight is all that changes; those of a release name revisions.
    const mayBeWhole = respects !== null && meant.every((route) => releaseOf(route) === null);
    const kinds = meant.length > 0 ? meant.map(({ kind }) => kind) : ROUTES;
    for (const { text, at: path } of rule.paths) {
      if (!kinds.some((kind) => isInList(text, kind)) || (mayBeWhole && WHOLE_LIST.test(text))) continue;
      if (!SHARE.test(text))
        yield { path, message: `'${text}' is more than weights, so changes of a route in Git are not seen.`, severity };
      taken ??= text;
    }
  }
  if (respects !== null && taken !== null)
    yield {
      path: respects,
      message: `RespectIgnoreDifferences with '${taken}' takes the whole list from the cluster: a new candidate never enters the route.`,
      severity,
    };
  const left = (route: Entry, rule: IgnoreRule) =>
    writersIn(rule).length > 0 || rule.paths.some(({ text }) => isInList(text, route.kind) && (/weight$/.test(text) || !SHARE.test(text)));
  yield* putBack(application, routes, left, (name) => `puts the weights of ${name} back`);
}

/** A Service that is switched has one thing to leave alone: what it selects. */
function* ofServices(application: Application, services: readonly Entry[]): Iterable<Complaint> {
  const respects = application.option(RESPECTS);
  const isSelector = (text: string) => /^[./]spec[./]selector\b/.test(text);
  const isWhole = (text: string) => /^[./](?:spec)?$/.test(text);
  let taken: string | null = null;
  for (const rule of application.ignoreRules) {
    const [service] = services.filter(({ id }) => rule.matches(id));
    if (service === undefined) continue;
    for (const { text, at: path } of rule.paths) {
      if (isWhole(text))
        yield { path, message: `'${text}' is more than the selector, so changes of ${nameOf(service.id)} in Git are not seen.` };
      if (isWhole(text) || isSelector(text)) taken ??= `'${text}'`;
    }
    if (writersIn(rule).length > 0) taken ??= 'managedFieldsManagers';
  }
  if (respects !== null && taken !== null)
    yield {
      path: respects,
      message: `RespectIgnoreDifferences with ${taken} takes the selector from the cluster: Git never takes requests back from a candidate that it drops.`,
    };
  const left = (_: Entry, rule: IgnoreRule) =>
    writersIn(rule).length > 0 || rule.paths.some(({ text }) => isWhole(text) || isSelector(text));
  yield* putBack(application, services, left, (name) => `switches ${name} back`);
}

/** What self-heal undoes, or else the sync of any commit. */
function* putBack(
  application: Application,
  entries: readonly Entry[],
  isLeftBy: (entry: Entry, rule: IgnoreRule) => boolean,
  does: (name: string) => string,
): Iterable<Complaint> {
  const rules = application.ignoreRules;
  const harmed = entries.find((entry) => !rules.some((rule) => rule.matches(entry.id) && isLeftBy(entry, rule)));
  const [first] = entries;
  if (harmed) {
    if (application.changesUnread('ignoreDifferences') === null)
      yield { path: application.ignoreDifferences, message: `${does(nameOf(harmed.id))} at each sync.`, severity: 'warning' };
  } else if (first && application.option(OUT_OF_SYNC_ONLY) === null && application.changesUnread('syncOptions') === null)
    yield {
      path: application.syncOptions,
      message: `without ${OUT_OF_SYNC_ONLY} every commit ${does(nameOf(first.id))}.`,
      severity: 'warning',
    };
}

/** The runner starts them; Git holds them suspended. */
function* suspendedAgain(application: Application, jobs: readonly Entry[]): Iterable<Complaint> {
  const rules = application.ignoreRules.filter(
    (rule) => writersIn(rule).length > 0 || rule.paths.some(({ text }) => /^[./]spec[./]suspend$/.test(text)),
  );
  const job = jobs.find(({ id }) => !rules.some((rule) => rule.matches(id)));
  if (job === undefined || application.changesUnread('ignoreDifferences') !== null) return;
  yield {
    path: application.ignoreDifferences,
    message: `suspends ${nameOf(job.id)} again at each sync, and its pod is lost while it runs.`,
    help: 'Ignore `.spec.suspend` of Jobs (group batch).',
    severity: 'warning',
  };
}

/** In flight Git drops nothing that users may be on without saying that it goes last. */
function* prunedFirst(application: Application, [bare]: readonly Entry[]): Iterable<Complaint> {
  if (bare === undefined || application.option(PRUNE_LAST) !== null || application.changesUnread('syncOptions') !== null) return;
  yield {
    path: application.syncOptions,
    message: `prunes before it applies, and ${nameOf(bare.id)} does not say ${PRUNE_LAST}.`,
    help: `Add ${PRUNE_LAST}.`,
  };
}

function* unread(application: Application): Iterable<Complaint> {
  for (const field of ['ignoreDifferences', 'syncOptions'] as const) {
    const path = application.changesUnread(field);
    if (path !== null)
      yield {
        path,
        message: `says ${field} in a template that is not read, so what it does to a release cannot be judged.`,
        help: `Write ${field} into \`spec.template\`.`,
        severity: 'warning',
      };
  }
}

/** What of a set Argo CD may harm. */
interface Subjects {
  readonly routes: readonly Entry[];
  /** Those that are switched. */
  readonly services: readonly Entry[];
  /** Revisions that it would prune too early. */
  readonly bare: readonly Entry[];
  /** Those that a runner starts. */
  readonly jobs: readonly Entry[];
}
const SUBJECTS = new WeakMap<ObjectSet, Subjects>();

function subjectsOf({ set, releases }: Context): Subjects {
  let subjects = SUBJECTS.get(set);
  if (!subjects) {
    subjects = {
      routes: ROUTES.flatMap((kind) => set.ofKind(kind)).filter((entry) => releases.includes(entry)),
      services: set.ofKind(SERVICE).filter(isSwitched),
      bare: set.ofKind('apps/Deployment').filter(isBare),
      jobs: set.ofKind(JOB).filter(isStarted),
    };
    SUBJECTS.set(set, subjects);
  }
  return subjects;
}

/** Whether it is a Service whose selector a release moves. */
const isSwitched = ({ kind, value }: Entry): boolean =>
  kind === SERVICE && textAt(value, 'metadata', 'annotations', ROUTER_ANNOTATION) === 'service';

const isStarted = (entry: Entry): boolean => releaseOf(entry) !== null && at(entry.value, 'spec', 'suspend') === true;

const isBare = ({ value }: Entry): boolean =>
  textAt(value, 'metadata', 'labels', REVISION_LABEL) !== null &&
  !(textAt(value, 'metadata', 'annotations', SYNC_OPTIONS) ?? '').includes(PRUNE_LAST);

/** Managers whose fields are those that a release moves; a rule for anything may well mean others, such as those of Kubernetes. */
const writersIn = ({ kind, managers }: IgnoreRule): readonly string[] =>
  kind === null ? managers.filter((manager) => WRITERS.includes(manager)) : managers;

const isOfRoutes = ({ kind }: IgnoreRule): boolean => ROUTE_NAMES.includes(kind ?? '');

/** What the runner writes into a route: a weight, or the share that a mirror copies. */
const SHARE = /[./](weight|mirrorPercentage(\.value)?|requestMirror\??[./]percent)$/;

const WHOLE_LIST = /^[./]spec[./](?:http|rules)$/;

/** Whether a path may lead to the destinations of a route; only what names another field does not. */
const isInList = (text: string, kind: string): boolean =>
  !new RegExp(`^[./](?:metadata|status)\\b|^[./]spec[./](?!(?:${LISTS[kind]})\\b)\\w`).test(text);

/** Whether an `ignore` of Flux means routes. */
const isRoute = (group: unknown, kind: unknown): boolean =>
  ROUTE_NAMES.includes(String(kind)) || (kind === '*' && String(group).includes('istio'));
