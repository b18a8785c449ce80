import { DEFAULT_APP } from '../constructs/default-app.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS } from './operator/options.ts';

type Form = (invocation: Invocation) => Promise<number>;

interface FormOfRecord {
  /** What it takes, the option that chooses it aside. */
  readonly options: readonly string[];
  /** One file each in record/, loaded when it is asked for. */
  readonly load: () => Promise<Form>;
}

const SYNTH = ['app', 'format', 'out'];
const CLUSTER = Object.keys(CLUSTER_OPTIONS);

/** The forms of `record`, by the option that chooses one. */
const FORMS: Readonly<Record<string, FormOfRecord>> = {
  initial: { options: [...SYNTH, 'target'], load: async () => (await import('./record/initial.ts')).recordInitial },
  check: { options: [...SYNTH, 'base', 'now'], load: async () => (await import('./record/check.ts')).recordCheck },
  remove: {
    options: [...SYNTH, ...CLUSTER, 'now', 'without-cluster'],
    load: async () => (await import('./record/remove.ts')).recordRemoval,
  },
  'retire-route': {
    options: [...SYNTH, ...CLUSTER, 'without-cluster'],
    load: async () => (await import('./record/retire-route.ts')).recordRouteRetirement,
  },
  retire: {
    options: [...SYNTH, ...CLUSTER, 'now', 'unrecorded', 'without-cluster'],
    load: async () => (await import('./record/retire.ts')).recordRetirement,
  },
};
const OUTCOME: FormOfRecord = {
  options: [...SYNTH, ...CLUSTER, 'from', 'revert'],
  load: async () => (await import('./record/outcome.ts')).recordOutcome,
};
/** What the first entry takes more where something runs already. */
const ADOPTION = [...CLUSTER, 'adopt', 'from', 'service'];

export const record: Command = {
  name: 'record',
  summary: 'write what became of a release: record, lock and manifests',
  help: `Usage: tidegate record RELEASE [--revert] [--from FILE] [--target T] [OPTIONS]
       tidegate record RELEASE --retire [--unrecorded] [--now TIME] [--without-cluster] [OPTIONS]
       tidegate record RELEASE --retire-route [--without-cluster] [OPTIONS]
       tidegate record RELEASE... --remove [--now TIME] [--without-cluster] [OPTIONS]
       tidegate record --check [--base REF] [--now TIME] [OPTIONS]
       tidegate record RELEASE... --initial [--target T]
       tidegate record RELEASE --initial --adopt deployment/NAME [--from FILE] [--service NAME] [--target T]

Without a form: writes what became of the release in flight, as its status in the cluster says and its live route agrees.
Promoted: the candidate is stable, and what it replaced retires with its pods. Aborted: the candidate retires, and nothing
starts it again until the intent changes or somebody asks (tidegate synth --retry RELEASE). No traffic moves and no pod
restarts by it. Safe to run twice.

--retire takes the pods of what retires, \`history.keepWarm\` after the promotion and only while no request reaches it. What
was proven stays cold, the newest \`history.keep\` of them, for \`tidegate rollback\`. A candidate that was superseded or given up
by a change of the intent waits for the next release record, which proves that the cluster has left it.

--retire-route takes the route of a former router away, which stays beside the new one when \`traffic.router\` changes: once
the new one is accepted and leads to stable, and you know that nobody comes the old way any more.

--remove takes a release that no chart declares any more out of service, in two commits. The first one drops its route and
keeps all that is behind it; \`history.keepWarm\` later, and only when no route of the cluster leads there, the second one
drops the rest and the lock. In between, declaring it again brings its route back.

--check proves in CI that a change is records and retirements and nothing else: it makes lock, record and manifests anew from
where the change began, and compares every byte. Whether a record says what happened it cannot know: that is for who may push.

--initial makes the first entry of a release: what its intent describes now is declared stable, without gates. For
something new, or something that nobody uses yet. A release has one first entry; every later change is a release.

--adopt makes what runs already stable instead: a Deployment and the Service before it, which Tidegate did not make. The
first release is then a canary from it. Looks at the cluster, changes nothing in it, and says what people have to do
around it, in the order in which no request fails.

Options:
  --initial              make the first entry
  --adopt deployment/NAME
                         --initial: what runs is stable, instead of what the intent describes
  --service NAME         --adopt: the Service that the route shall lead to, where several select the pods
  --retire               take the pods of what retires
  --unrecorded           --retire: also what no release record tells of, where the cluster shows that it has left it
  --retire-route         take the route of the former router
  --remove               out of service first, and then gone
  --check                whether this change is exactly what record writes
  --base REF             --check: where the change began: what REF and HEAD share (default origin's default branch, else
                         the commit before)
  --revert               aborted: put stable's image back into images.yaml as well
  --from FILE            the record as a file (- for standard input) instead of the cluster's; the route is not asked.
                         --adopt: the manifests of what runs
  --without-cluster      --retire, --retire-route, --remove: do not ask the live route
  --now TIME             --retire, --remove, --check: judge by this time (default the clock)
  --app FILE             the cdk8s program (default ${DEFAULT_APP})
  --out DIR              folder of the manifests (default dist)
${CLUSTER_HELP}
  --format text|json     text (default) or JSON

Exit code 1: the release has not ended, the record is of another plan, the live route does not agree, a rule finds an error,
or with --check: something else changed.

Examples:
  tidegate record web
  tidegate record web --from record.json
  tidegate record web --revert
  tidegate record web --retire
  tidegate record web --retire-route
  tidegate record web --remove
  tidegate record --check --base origin/main
  tidegate record web --initial
  tidegate record web --initial --adopt deployment/web
  kubectl get deploy,svc,po,hpa,pdb,netpol,ing,httproute -n shop -o yaml | tidegate record web --initial --adopt web --from -
`,
  options: {
    ...CLUSTER_OPTIONS,
    adopt: { type: 'string' },
    app: { type: 'string' },
    base: { type: 'string' },
    check: { type: 'boolean' },
    format: { type: 'string' },
    from: { type: 'string' },
    initial: { type: 'boolean' },
    now: { type: 'string' },
    out: { type: 'string' },
    remove: { type: 'boolean' },
    retire: { type: 'boolean' },
    'retire-route': { type: 'boolean' },
    revert: { type: 'boolean' },
    service: { type: 'string' },
    target: { type: 'string', multiple: true },
    unrecorded: { type: 'boolean' },
    'without-cluster': { type: 'boolean' },
  },
  async run(invocation) {
    const [option, other] = Object.keys(FORMS).filter((name) => invocation.values[name] === true);
    if (other !== undefined) throw new UsageError(`--${option} and --${other} are different forms of record: give one`);
    if (invocation.values.adopt !== undefined && option !== 'initial')
      throw new UsageError('--adopt is of the first entry: tidegate record RELEASE --initial --adopt deployment/NAME');
    const form = (option === undefined ? undefined : FORMS[option]) ?? OUTCOME;
    const adopts = invocation.values.adopt !== undefined;
    const taken = [...form.options, ...(adopts ? ADOPTION : []), option];
    const foreign = Object.keys(record.options).find((name) => isGiven(invocation, name) && !taken.includes(name));
    if (foreign !== undefined) {
      const what = ['record', ...(option === undefined ? [] : [`--${option}`]), ...(adopts ? ['--adopt'] : [])].join(' ');
      throw new UsageError(`${what} takes no --${foreign}: that is of another form of record`);
    }
    return (await form.load())(invocation);
  },
};

const isGiven = ({ values }: Invocation, name: string): boolean => values[name] !== undefined && values[name] !== false;
