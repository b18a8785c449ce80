// Words for what changes: one line a field. A field without a line is shown by the rest of its path.
import { added, altered, always, type Beware, became, either, gained, lost, lowered, raised, removed, widened } from './diff-beware.ts';
import { thresholdDirection } from './diff-threshold.ts';
import type { Difference } from './diff-tree.ts';

/** What a field is called. `*` in its path stands for any one name, which takes the place of `*` in its words. */
type Field = readonly [path: string, words: string, beware?: Beware];

const LONGER = 'a release that goes wrong is given up later';
const SHORTER_LOOK = 'a regression has less time to show';

function looser(meaning: 'success' | 'failure'): Beware {
  return ({ before, after }) => {
    if (typeof before !== 'string' || typeof after !== 'string')
      return 'what passes and what fails is decided in another way: compare them';
    switch (thresholdDirection(before, after, meaning)) {
      case 'looser':
        return 'the threshold is loosened';
      case 'tighter':
        return null;
      case 'unclear':
        return 'whether more passes than before cannot be told mechanically: compare them';
    }
  };
}

/** Of an intent, as `factsOf` gives it. */
export const INTENT_FIELDS: readonly Field[] = [
  ['risk', 'risk', became('normal', 'fewer people must agree, and approvals may be waived')],
  ['engine', 'engine', always('another program walks the next release')],
  ['namespace', 'namespace', always('the objects of the old namespace go')],
  ['workload.image', 'image'],
  ['workload.command', 'command'],
  ['workload.args', 'arguments'],
  ['workload.ports', 'ports'],
  ['workload.ports.*', 'port *'],
  ['workload.probes.*', '* probe', removed('nothing tells any more when this probe would have failed')],
  ['workload.probes.*.check', 'check of the * probe'],
  ['workload.probes.*.everySeconds', 'interval of the * probe'],
  ['workload.probes.*.timeoutSeconds', 'timeout of the * probe'],
  ['workload.probes.*.failures', 'failures of the * probe', raised('a broken pod is noticed later')],
  ['workload.resources', 'resources'],
  ['workload.resources.requests.*', '* request'],
  ['workload.resources.limits.*', '* limit'],
  ['workload.env', 'environment'],
  ['workload.env.*', 'environment *'],
  ['workload.config', 'configuration'],
  ['workload.config.*', 'configuration *'],
  ['workload.config.*.data', 'configuration *'],
  ['workload.config.*.data.*', 'configuration *, key *'],
  ['workload.secrets', 'secrets'],
  ['workload.secrets.*', 'Secret *'],
  ['workload.volumes', 'volumes'],
  ['workload.volumes.*', 'volume *'],
  ['workload.serviceAccount', 'service account', always('the pods have other rights')],
  ['workload.mountToken', 'service account token in the pods', became(true, 'the pods can speak to the API server')],
  ['workload.security', 'security'],
  ['workload.security.runAsUser', 'user of the processes', became(0, 'they run as root')],
  ['workload.security.readOnlyRootFilesystem', 'read-only root filesystem', became(false, 'what breaks in can write there')],
  ['workload.shutdown', 'shutdown'],
  ['workload.shutdown.preStopSeconds', 'wait before shutdown', lowered('requests may still arrive at pods that end')],
  ['workload.shutdown.drainSeconds', 'time to drain', lowered('requests that take longer are cut off')],
  ['workload.shutdown.graceSeconds', 'time to end', lowered('pods are killed earlier')],
  ['workload.spread', 'spread of pods', became('prefer', 'all pods may be on one node')],
  ['workload.sidecars', 'sidecars'],
  ['workload.sidecars.*', 'sidecar *'],
  ['workload.sidecars.*.image', 'image of sidecar *'],
  ['workload.podTemplate', 'pod template'],
  ['scale', 'scale', removed('nothing says how many pods')],
  ['scale.kind', 'scaling'],
  ['scale.replicas', 'replicas', lowered('there is less capacity')],
  ['scale.min', 'fewest pods', lowered('there is less capacity')],
  ['scale.max', 'most pods', lowered('there is less capacity at peak')],
  ['scale.cpu', 'CPU target in percent', raised('pods are added later')],
  ['scale.memory', 'memory target in percent', raised('pods are added later')],
  ['scale.custom', 'metrics of the autoscaler'],
  ['disruption.maxUnavailable', 'pods that may be missing', raised('a drain of nodes may take more of them at once')],
  ['network.from', 'namespaces that may connect', widened('more may connect')],
  ['network.egress', 'where pods may connect to', widened('pods may reach more')],
  ['mesh.jobs', 'Jobs in the mesh'],
  ['mesh.runner', 'runner in the mesh'],
  ['traffic', 'traffic'],
  ['traffic.router', 'router', always('another object splits the traffic, beside the old one: callers have to move to it')],
  ['traffic.hosts', 'hosts', lost('requests to a host that is taken out find nothing')],
  ['traffic.gateways', 'gateways', always('requests come through other gateways')],
  ['traffic.callers', 'callers', always('who is not named is not split')],
  ['traffic.attach', 'attachment of the route', always('another object owns the host')],
  ['traffic.paths', 'paths', lost('requests to a path that is taken out find nothing')],
  ['traffic.port', 'port of requests', always('requests go to another port as soon as this is applied')],
  ['traffic.port.*', '* of the port of requests', always('requests go to another port as soon as this is applied')],
  ['traffic.timeoutSeconds', 'timeout of requests', lowered('requests that take longer fail as soon as this is applied')],
  ['traffic.retries', 'retries', removed('what fails at one pod fails for the user as soon as this is applied')],
  ['traffic.retries.*', 'retries, *'],
  ['traffic.retries.attempts', 'retries, attempts', lowered('more fails for users as soon as this is applied')],
  ['traffic.connectionPool', 'connection pool'],
  ['traffic.outlierDetection', 'outlier detection', removed('pods that fail keep getting requests')],
  ['traffic.expected', 'expected traffic'],
  ['traffic.expected.peakRps', 'requests per second at peak'],
  ['traffic.expected.lowRps', 'requests per second at the quietest time'],
  ['traffic.expected.errorRatio', 'normal share of errors', raised('a worse service counts as normal')],
  [
    'traffic.served',
    'question for the share that is truly served',
    either(removed('time alone tells when traffic has moved'), altered('read whether it still asks for the share')),
  ],
  ['strategy.kind', 'strategy', always('users meet the next candidate in another way')],
  ['strategy.steps', 'steps'],
  ['strategy.watchSeconds', 'watched levels'],
  ['strategy.watchSeconds.*', 'watch at *', either(removed('nobody judges the candidate there'), lowered(SHORTER_LOOK))],
  ['strategy.approvals', 'approvals', removed('nobody is asked')],
  ['strategy.approvals.*', 'approval *', removed('nobody is asked')],
  ['strategy.approvals.*.count', 'persons of approval *', lowered('fewer people must agree')],
  ['strategy.approvals.*.deadlineSeconds', 'deadline of approval *', raised('the candidate may wait longer, half released')],
  ['strategy.approvals.*.reason', 'reason of approval *'],
  ['strategy.gates', 'gates', removed('nothing judges the candidate')],
  ['strategy.gates.*', 'gate *', removed('what it saw is seen no more')],
  ['strategy.gates.*.description', 'description of gate *'],
  ['strategy.gates.*.scope', 'scope of gate *', always('it looks at something else')],
  ['strategy.gates.*.args', 'arguments of gate *', always('read whether it still sees what it saw')],
  ['strategy.gates.*.args.*', 'argument of gate *, *', always('read whether it still sees what it saw')],
  ['strategy.gates.*.provider', 'metric of gate *', always('read whether it still sees what it saw')],
  ['strategy.gates.*.provider.*', 'metric of gate *, *', always('read whether it still sees what it saw')],
  ['strategy.gates.*.provider.*.query', 'query of gate *', always('read whether it still sees what it saw')],
  ['strategy.gates.*.successCondition', 'success condition of gate *', looser('success')],
  ['strategy.gates.*.failureCondition', 'failure condition of gate *', looser('failure')],
  ['strategy.gates.*.intervalSeconds', 'interval of gate *', raised('it sees a regression later')],
  ['strategy.gates.*.count', 'measurements of gate *', lowered('it passes after fewer looks')],
  ['strategy.gates.*.initialDelaySeconds', 'first look of gate *', raised('it sees a regression later')],
  ['strategy.gates.*.failureLimit', 'tolerated failures of gate *', raised('more bad measurements are let pass')],
  ['strategy.gates.*.inconclusiveLimit', 'tolerated inconclusive measurements of gate *', raised('more measurements may say nothing')],
  [
    'strategy.gates.*.onFailure',
    'failure of gate *',
    either(
      became('hold', 'a failure no longer takes traffic back by itself'),
      became('scaleUp', 'the first failure adds pods instead of taking traffic back'),
      became('flagOff', 'the first failure switches a flag off instead of taking traffic back'),
      became('shed', 'the first failure sends some requests to stable instead of all'),
      became('webhook', 'the first failure has a flag switched off instead of taking traffic back'),
    ),
  ],
  ['after', 'releases that come first', lost('it waits for one less')],
  ['notifications', 'notifications', removed('nobody is told any more')],
  ['smoke', 'smoke tests', removed('nothing is tried before the first user')],
  ['smoke.*', 'smoke test *', removed('it is not tried before the first user any more')],
  ['smoke.*.deadlineSeconds', 'deadline of smoke test *', raised(LONGER)],
  ['smoke.*.test', 'smoke test *', always('read whether it still proves what it proved')],
  ['deadlines.readySeconds', 'deadline for pods to be ready', raised(LONGER)],
  ['deadlines.stepSeconds', 'deadline of a step', raised(LONGER)],
  ['deadlines.releaseSeconds', 'deadline of a release', raised(LONGER)],
  ['deadlines.scaleDownDelaySeconds', 'pods of an aborted candidate stay for'],
  ['history', 'history'],
  ['history.keepWarmSeconds', 'time that replaced pods stay', lowered('a way back has to wait for pods sooner')],
  ['history.keep', 'revisions kept for a rollback', lowered('older revisions cannot come back')],
  ['migrations', 'migrations'],
  ['migrations.*', 'migration *', added('what it changes in stored data stays when the release is aborted')],
  ['remedies', 'remedies'],
  ['remedies.*', 'remedy *', altered('the first failure of a gate that names it does something else')],
  ['remedies.*.flag', 'flag of remedy *', always('the first failure of a gate that names it switches another flag off')],
  ['remedies.*.settleSeconds', 'time until remedy * is in effect', lowered('what is measured anew may be of what was before')],
  ['remedies.*.withinSeconds', 'time for remedy * to be done', raised('a candidate that fails keeps its traffic for longer')],
  ['flags', 'flags'],
  ['flags.*', 'flag *', always('it takes effect as soon as this is applied: no gate judges it')],
  ['flags.*.percent', 'flag *, percent', always('it takes effect as soon as this is applied: no gate judges it')],
  ['flags.*.owner', 'owner of flag *'],
  ['flags.*.description', 'description of flag *'],
  ['flags.*.expires', 'end of flag *', always('a flag that lives on is one more way that nobody tests')],
];

/** Of what a repository says of all its releases: `tidegate.yaml` and `tidegate.waivers.yaml`. */
export const REPOSITORY_FIELDS: readonly Field[] = [
  ['targets.*', 'target *', always('its releases come or go')],
  ['targets.*.approvals', 'approvals on target *', became('waived', 'releases of normal risk pass 50 % there without anybody being asked')],
  ['targets.*.provenOn', 'proof for target *', either(removed('images come there untried'), altered('another target has to prove images'))],
  ['targets.*.cluster', 'cluster of target *', always('its objects go elsewhere')],
  ['targets.*.analysisTemplates', 'AnalysisTemplates on target *'],
  ['signing', 'signatures of approvals', removed('an approval needs no signature any more')],
  ['signing.signers', 'who may sign approvals', always('read whose key it is')],
  ['signing.validForSeconds', 'time that a signed approval counts for', raised('an old one counts for longer')],
  ['groups', 'groups'],
  ['groups.*', 'group *', removed('its releases may all be in flight at once')],
  ['groups.*.limit', 'limit of group *', raised('more of them may be in flight at once')],
  ['groups.*.releases', 'releases of group *', lost('one that left waits for nobody')],
  ['helper.image', 'helper image', always('runner and smoke tests run in it')],
  ['helper', 'helper'],
  ['gitops.tool', 'GitOps tool', always('a reset of the route by anyone else aborts a release')],
  ['gitops.managers', 'field managers of the GitOps tool', gained('what they write to the route is taken for a reset and undone')],
  ['policy.severity', 'severities of rules', always('read whether a rule finds less')],
  ['policy.severity.*', 'severity of rule *', always('read whether a rule finds less')],
  ['policy.namespaces', 'severities in namespaces', always('read whether a rule finds less')],
  ['policy.releases', 'severities of releases', always('read whether a rule finds less')],
  ['policy.highRisk', 'words of high risk', lost('releases of that name are of normal risk to the linter')],
  ['policy.externals', 'what exists elsewhere', gained('a reference to it is no longer checked')],
  ['policy.thresholds', 'thresholds of rules', always('read whether a rule finds less')],
  ['waivers.*', 'waiver *', either(added('what the rule finds there counts no more'), altered('another finding, owner, reason or day'))],
];

/** A change in words, with where it is. */
export interface Change {
  /** Path in the intent as it is resolved; of a repository, in `tidegate.yaml`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly words: string;
  /** Why a reviewer must not miss it; null: it is a change like others. */
  readonly warning: string | null;
}

/** What a difference is called, and what about it a reviewer must not miss. */
export function named(fields: readonly Field[], difference: Difference): { readonly words: string; readonly beware: string | null } {
  const { path } = difference;
  const known = fields
    .filter(([pattern]) => begins(pattern.split('.'), path))
    .reduce<Field | null>((best, field) => (best === null || parts(field) > parts(best) ? field : best), null);
  if (known === null) return { words: path.join('.'), beware: null };
  const rest = path.slice(parts(known));
  const names = path.filter((_, index) => known[0].split('.')[index] === '*');
  const words = names.reduce((text, name) => text.replace('*', () => name), known[1]);
  // A line is about its field: what lies below it may be another matter, unless any change of it is.
  const beware = rest.length === 0 ? known[2]?.(difference) : known[2]?.({ ...difference, before: {}, after: {} });
  return { words: [words, ...(rest.length > 0 ? [rest.join('.')] : [])].join(', '), beware: beware ?? null };
}

const parts = ([path]: Field): number => path.split('.').length;
const begins = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length <= path.length && pattern.every((part, index) => part === '*' || part === path[index]);
