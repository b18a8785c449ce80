import { DEFAULT_APP } from '../constructs/default-app.ts';
import { type Command, type Invocation, UsageError } from './command.ts';

/** The forms of `record`, by the option that chooses one: one file each in record/, loaded when it is asked for. */
const FORMS: Readonly<Record<string, () => Promise<(invocation: Invocation) => Promise<number>>>> = {
  initial: async () => (await import('./record/initial.ts')).recordInitial,
};

export const record: Command = {
  name: 'record',
  summary: "make a release's first lock entry",
  help: `Usage: tidegate record RELEASE... --initial [--target T] [--app FILE] [--out DIR]
       tidegate record RELEASE --initial --adopt deployment/NAME [--from FILE] [--service NAME] [--target T]

--initial makes the first entry of a release: what its intent describes now is declared stable, without gates. For
something new, or something that nobody uses yet. A release has one first entry; every later change is a release.

--adopt makes what runs already stable instead: a Deployment and the Service before it, which Tidegate did not make. The
first release is then a canary from it. Looks at the cluster, changes nothing in it, and says what people have to do
around it, in the order in which no request fails.

Options:
  --initial              make the first entry (required)
  --adopt deployment/NAME  what runs is stable, instead of what the intent describes
  --from FILE            look at this file instead of a cluster; - is standard input
  --service NAME         the Service that the route shall lead to, where several select the pods
  --kubeconfig FILE      how to reach the cluster (default $KUBECONFIG, then ~/.kube/config)
  --context C            context of the kubeconfig (default its current one)
  --target T             only this target; may be given several times
  --app FILE             the cdk8s program (default ${DEFAULT_APP})
  --out DIR              folder of the manifests (default dist)
  --format text|json     text (default) or JSON

Examples:
  tidegate record web --initial
  tidegate record web --initial --adopt deployment/web
  kubectl get deploy,svc,po,hpa,pdb,netpol,ing,httproute -n shop -o yaml | tidegate record web --initial --adopt web --from -
  git add dist lock && git commit -m "Add web"
`,
  options: {
    adopt: { type: 'string' },
    app: { type: 'string' },
    context: { type: 'string' },
    format: { type: 'string' },
    from: { type: 'string' },
    initial: { type: 'boolean' },
    kubeconfig: { type: 'string' },
    out: { type: 'string' },
    service: { type: 'string' },
    target: { type: 'string', multiple: true },
  },
  async run(invocation) {
    const chosen = Object.keys(FORMS).filter((option) => invocation.values[option] === true);
    const [option, other] = chosen;
    if (other !== undefined) throw new UsageError(`--${option} and --${other} are different forms of record: give one`);
    const form = option === undefined ? undefined : FORMS[option];
    if (!form) throw new UsageError(`record needs --initial: tidegate record ${invocation.positionals.join(' ') || 'RELEASE'} --initial`);
    return (await form())(invocation);
  },
};
