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

--initial makes the first entry of a release: what its intent describes now is declared stable, without gates. For
something new, or something that nobody uses yet. A release has one first entry; every later change is a release.

Options:
  --initial              make the first entry (required)
  --target T             only this target; may be given several times
  --app FILE             the cdk8s program (default ${DEFAULT_APP})
  --out DIR              folder of the manifests (default dist)
  --format text|json     text (default) or JSON

Examples:
  tidegate record web --initial
  git add dist lock && git commit -m "Add web"
`,
  options: {
    app: { type: 'string' },
    format: { type: 'string' },
    initial: { type: 'boolean' },
    out: { type: 'string' },
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
