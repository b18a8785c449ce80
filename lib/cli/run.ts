import { parseArgs } from 'node:util';
import { nearest } from '../schema/nearest.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { ownPackage } from './own-package.ts';
import { printError } from './problems.ts';

/** Every command, loaded only when it is called. Adding one is its file and a line here. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./init.ts')).init,
  synth: async () => (await import('./synth.ts')).synth,
  lint: async () => (await import('./lint.ts')).lint,
  plan: async () => (await import('./plan.ts')).plan,
  diff: async () => (await import('./diff.ts')).diffCommand,
  'set-image': async () => (await import('./set-image.ts')).setImage,
  record: async () => (await import('./record.ts')).record,
  rollback: async () => (await import('./rollback.ts')).rollback,
  history: async () => (await import('./history.ts')).historyCommand,
  status: async () => (await import('./status.ts')).status,
  run: async () => (await import('./walk-plan.ts')).runPlan,
  approve: async () => (await import('./approve.ts')).approve,
  abort: async () => (await import('./orders.ts')).abort,
  pause: async () => (await import('./orders.ts')).pause,
  resume: async () => (await import('./orders.ts')).resume,
  retry: async () => (await import('./orders.ts')).retry,
  without: async () => (await import('./without.ts')).without,
  gitops: async () => (await import('./gitops.ts')).gitops,
  admission: async () => (await import('./admission.ts')).admission,
  crds: async () => (await import('./crds.ts')).crds,
  explain: async () => (await import('./explain.ts')).explain,
  schema: async () => (await import('./schema.ts')).schema,
  completion: async () => (await import('./completion.ts')).completionOf(everyCommand),
};

const COMMON = { cwd: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;

/** Parses, runs and reports; the only place that turns errors into exit codes. */
export async function run(argv: readonly string[], io: Io, chdir: (directory: string) => void): Promise<number> {
  try {
    const [name, ...rest] = argv;
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      io.out(await overview());
      return name === undefined ? 2 : 0;
    }
    if (name === '--version' || name === '-V') {
      io.out(`${ownPackage().version}\n`);
      return 0;
    }
    return await runCommand(await find(name), rest, io, chdir);
  } catch (error) {
    printError(error, io);
    return 2;
  }
}

async function runCommand(command: Command, argv: readonly string[], io: Io, chdir: (directory: string) => void): Promise<number> {
  const { positionals, values } = parse(command, argv);
  if (values.help === true) {
    io.out(command.help);
    return 0;
  }
  if (typeof values.cwd === 'string') {
    try {
      chdir(values.cwd);
    } catch {
      throw new UsageError(`--cwd ${values.cwd}: there is no such folder`);
    }
  }
  return command.run({ positionals, values, io });
}

async function find(name: string): Promise<Command> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry) return entry();
  const meant = nearest(name, Object.keys(COMMANDS));
  throw new UsageError(`there is no command '${name}'${meant ? `; did you mean '${meant}'?` : ''}. \`tidegate --help\` lists them`);
}

function parse(command: Command, argv: readonly string[]) {
  const options = { ...COMMON, ...command.options };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const written = /^Unknown option '(--?[^'=]+)/.exec(error.message)?.[1];
    const meant = written ? nearest(written.replace(/^-+/, ''), Object.keys(options)) : null;
    const what = written ? `there is no option ${written}` : (error.message.split('. ')[0] ?? error.message);
    throw new UsageError(`${what}${meant ? `; did you mean --${meant}?` : ''}. \`tidegate ${command.name} --help\` lists them`);
  }
}

async function overview(): Promise<string> {
  const commands = await everyCommand();
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Progressive delivery as typed releases: TypeScript in, reviewed manifests in Git, a small runner in the cluster.

Usage: tidegate COMMAND [OPTIONS]

Commands:
${lines.join('\n')}

Every command takes --help and --cwd DIR. Data goes to stdout, everything else to stderr.
Exit codes: 0 done and clean, 1 a negative answer, 2 usage, configuration or internal error.

Examples:
  tidegate init releases            begin a release repository
  tidegate synth                    compile, check and write what changed
  tidegate synth --check            fail when committed output is stale
  helm template . | tidegate lint - check what another tool renders
  tidegate plan web                 what a release will do, and when
  tidegate diff                     what a change does to each release
  tidegate status web --watch       what it does
  tidegate abort web                all traffic back to stable
`;
}

function everyCommand(): Promise<readonly Command[]> {
  return Promise.all(Object.values(COMMANDS).map((load) => load()));
}
