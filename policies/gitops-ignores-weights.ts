import { REVISION_LABEL, ROUTER_ANNOTATION } from '../lib/lock/labels.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import { nameOf } from '../lib/policy/read/objects.ts';
import { releaseOf } from '../lib/policy/releases.ts';
import { GRPC_ROUTE, HTTP_ROUTE, VIRTUAL_SERVICE } from '../lib/policy/routes.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import type { ObjectSet } from '../lib/policy/set.ts';
import { at, indexed, listAt, textAt } from '../lib/policy/shape.ts';

const APPLICATION = 'argoproj.io/Application';
const APPLICATION_SET = 'argoproj.io/ApplicationSet';
const KUSTOMIZATION = 'kustomize.toolkit.fluxcd.io/Kustomization';
const ROUTES: readonly string[] = [VIRTUAL_SERVICE, HTTP_ROUTE, GRPC_ROUTE];
const SERVICE = 'Service';
const JOB = 'batch/Job';
const SSA = 'kustomize.toolkit.fluxcd.io/ssa';
const RECONCILE = 'kustomize.toolkit.fluxcd.io/reconcile';
const PRUNE_LAST = 'PruneLast=true';

const route = (annotation = '') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
${annotation === '' ? '' : `  annotations:\n    ${annotation}\n`}spec:
  hosts:
    - web.example.com
  http:
    - route:
        - destination:
            host: web
`;
const application = (ignored: string, options: readonly string[]) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  destination:
    namespace: shop
  ignoreDifferences:
    - group: networking.istio.io
      kind: VirtualService
${ignored}  syncPolicy:
    automated:
      selfHeal: true
    syncOptions:
${options.map((option) => `      - ${option}\n`).join('')}`;
const kustomization = (target: string, path: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: shop
  namespace: flux-system
spec:
  interval: 1h
  path: ./dist
  prune: true
  sourceRef:
    kind: GitRepository
    name: shop
  ignore:
    - target: { ${target} }
      paths:
        - ${path}
`;
const byService = (ignored: string, options: readonly string[]) =>
  `${application(ignored, options).replace('group: networking.istio.io\n      kind: VirtualService', 'kind: Service')}---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    tidegate.dev/release: web
  annotations:
    tidegate.dev/router: service
spec:
  selector:
    tidegate.dev/revision: web-aaaaaaaa
`;
const waitingJob = `---
apiVersion: batch/v1
kind: Job
metadata:
  name: web-job-0a1b2c3d-3-0-0
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  suspend: true
`;
const SELECTOR = '      jsonPointers:\n        - /spec/selector\n';
const WEIGHTS = "      jqPathExpressions:\n        - '.spec.http[]?.route[]?.weight'\n";

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
  const place = entry.kind === APPLICATION_SET ? ['spec', 'template', 'spec'] : ['spec'];
  const route = firstIn(at(entry.value, ...place), firstsOf(context.set, context.releases).routes);
  // Where the set has no release, what it does to routes is still odd, and no more.
  const severity = route ? 'error' : 'warning';
  const syncOptions = [...place, 'syncPolicy', 'syncOptions'];
  const options = indexed(listAt(entry.value, ...syncOptions));
  const optionAt = (wanted: string) => options.find(([, option]) => option === wanted)?.[0];
  const respects = optionAt('RespectIgnoreDifferences=true');
  const rules = indexed(listAt(entry.value, ...place, 'ignoreDifferences')).filter(([, rule]) =>
    isRoute(at(rule, 'group'), at(rule, 'kind')),
  );
  let leavesWeights = false;
  for (const [index, rule] of rules) {
    const path = [...place, 'ignoreDifferences', String(index)];
    if (listAt(rule, 'managedFieldsManagers').length > 0)
      yield {
        path: [...path, 'managedFieldsManagers'],
        message: `what ${listAt(rule, 'managedFieldsManagers').join(', ')} wrote is ignored, and that is the whole list: no later change of a route is seen.`,
        severity,
      };
    for (const { text, at: where } of pathsOf(rule, path)) {
      const isWhole = /^[./]spec[./](?:http|rules)$/.test(text);
      // A route that holds nothing but weights may be left to the runner as a whole.
      if (isWhole && respects !== undefined) leavesWeights = true;
      else if (!SHARE.test(text))
        yield { path: where, message: `'${text}' is more than weights, so changes of a route in Git are not seen.`, severity };
      else {
        if (/weight$/.test(text)) leavesWeights = true;
        if (respects !== undefined)
          yield {
            path: [...syncOptions, String(respects)],
            message: `RespectIgnoreDifferences with '${text}' takes the whole list from the cluster: a new candidate never enters the route.`,
            severity,
          };
      }
    }
  }
  const service = firstIn(at(entry.value, ...place), firstsOf(context.set, context.releases).services);
  if (service) yield* switchedBack(entry, place, service);
  if (route || service) yield* prunedFirst(entry, place, context);
  yield* suspendedAgain(entry, place, context);
  if (!route) return;
  if (!leavesWeights && rules.length === 0)
    yield {
      path: [...place, 'ignoreDifferences'],
      message: `puts the weights of ${nameOf(route.id)} back at each sync.`,
      severity: 'warning',
    };
  else if (leavesWeights && optionAt('ApplyOutOfSyncOnly=true') === undefined)
    yield {
      path: syncOptions,
      message: `without ApplyOutOfSyncOnly=true every commit puts the weights of ${nameOf(route.id)} back.`,
      severity: 'warning',
    };
}

/** A Service that is switched has one thing to leave alone: what it selects. */
function* switchedBack(entry: Entry, place: readonly string[], service: Entry): Iterable<Complaint> {
  const syncOptions = [...place, 'syncPolicy', 'syncOptions'];
  const options = listAt(entry.value, ...syncOptions);
  const respects = options.indexOf('RespectIgnoreDifferences=true');
  const rules = indexed(listAt(entry.value, ...place, 'ignoreDifferences')).filter(([, rule]) => textAt(rule, 'kind') === SERVICE);
  const paths = rules.flatMap(([index, rule]) => pathsOf(rule, [...place, 'ignoreDifferences', String(index)]));
  const left = paths.find(({ text }) => /^[./]spec[./]selector\b/.test(text));
  for (const { text, at: path } of paths)
    if (/^[./]spec$/.test(text))
      yield { path, message: `'${text}' is more than the selector, so changes of ${nameOf(service.id)} in Git are not seen.` };
  if (left && respects >= 0)
    yield {
      path: [...syncOptions, String(respects)],
      message: `RespectIgnoreDifferences with '${left.text}' takes the selector from the cluster: Git never takes requests back from a candidate that it drops.`,
    };
  if (!left && paths.length === 0)
    yield { path: [...place, 'ignoreDifferences'], message: `switches ${nameOf(service.id)} back at each sync.`, severity: 'warning' };
  else if (left && !options.includes('ApplyOutOfSyncOnly=true'))
    yield {
      path: syncOptions,
      message: `without ApplyOutOfSyncOnly=true every commit switches ${nameOf(service.id)} back.`,
      severity: 'warning',
    };
}

/** The runner starts them; Git holds them suspended. */
function* suspendedAgain(entry: Entry, place: readonly string[], { set }: Context): Iterable<Complaint> {
  const job = firstIn(at(entry.value, ...place), firstEach(set.ofKind(JOB).filter(isStarted)));
  if (!job) return;
  const rules = listAt(entry.value, ...place, 'ignoreDifferences').filter((rule) => textAt(rule, 'kind') === 'Job');
  if (rules.some((rule) => pathsOf(rule, []).some(({ text }) => /^[./]spec[./]suspend$/.test(text)))) return;
  yield {
    path: [...place, 'ignoreDifferences'],
    message: `suspends ${nameOf(job.id)} again at each sync, and its pod is lost while it runs.`,
    help: 'Ignore `.spec.suspend` of Jobs (group batch).',
    severity: 'warning',
  };
}

/** In flight Git drops nothing that users may be on without saying that it goes last. */
function* prunedFirst(entry: Entry, place: readonly string[], { releases, set }: Context): Iterable<Complaint> {
  const syncOptions = [...place, 'syncPolicy', 'syncOptions'];
  if (listAt(entry.value, ...syncOptions).includes(PRUNE_LAST)) return;
  const bare = firstIn(at(entry.value, ...place), firstsOf(set, releases).bare);
  if (bare)
    yield {
      path: syncOptions,
      message: `prunes before it applies, and ${nameOf(bare.id)} does not say ${PRUNE_LAST}.`,
      help: `Add ${PRUNE_LAST}.`,
    };
}

/** By namespace, and for all under ''. */
type Firsts = ReadonlyMap<string, Entry>;
interface FirstOfEach {
  readonly routes: Firsts;
  readonly services: Firsts;
  readonly bare: Firsts;
}
const FIRSTS = new WeakMap<ObjectSet, FirstOfEach>();

/** A route of a release, a Service that is one, and a revision that Argo CD would prune too early, for each namespace that has one. */
function firstsOf(set: ObjectSet, releases: Context['releases']): FirstOfEach {
  let firsts = FIRSTS.get(set);
  if (!firsts) {
    const routes = ROUTES.flatMap((kind) => set.ofKind(kind)).filter((entry) => releases.includes(entry));
    const services = set.ofKind(SERVICE).filter(isSwitched);
    firsts = { routes: firstEach(routes), services: firstEach(services), bare: firstEach(set.ofKind('apps/Deployment').filter(isBare)) };
    FIRSTS.set(set, firsts);
  }
  return firsts;
}

const firstEach = (entries: readonly Entry[]): Firsts =>
  new Map(entries.toReversed().flatMap((entry) => [entry.id.namespace ?? '', ''].map((namespace) => [namespace, entry] as const)));

/** Whether it is a Service whose selector a release moves. */
const isSwitched = ({ kind, value }: Entry): boolean =>
  kind === SERVICE && textAt(value, 'metadata', 'annotations', ROUTER_ANNOTATION) === 'service';

const isStarted = (entry: Entry): boolean => releaseOf(entry) !== null && at(entry.value, 'spec', 'suspend') === true;

const isBare = ({ value }: Entry): boolean =>
  textAt(value, 'metadata', 'labels', REVISION_LABEL) !== null &&
  !(textAt(value, 'metadata', 'annotations', 'argocd.argoproj.io/sync-options') ?? '').includes(PRUNE_LAST);

/** What lies in the namespace that an Application is for; where it does not say, or a template does, anything. */
function firstIn(spec: unknown, firsts: Firsts): Entry | null {
  const namespace = textAt(spec, 'destination', 'namespace');
  return firsts.get(namespace === null || namespace.includes('{{') ? '' : namespace) ?? null;
}

/** What the runner writes into a route: a weight, or the share that a mirror copies. */
const SHARE = /[./](weight|mirrorPercentage(\.value)?|requestMirror\??[./]percent)$/;

const isRoute = (group: unknown, kind: unknown): boolean =>
  ['VirtualService', 'HTTPRoute', 'GRPCRoute'].includes(String(kind)) || (kind === '*' && String(group).includes('istio'));

function pathsOf(rule: unknown, path: readonly string[]): readonly { readonly text: string; readonly at: readonly string[] }[] {
  return ['jqPathExpressions', 'jsonPointers'].flatMap((field) =>
    indexed(listAt(rule, field)).flatMap(([index, text]) =>
      typeof text === 'string' ? [{ text: text.trim(), at: [...path, field, String(index)] }] : [],
    ),
  );
}
