import { cwd } from 'node:process';
import { DEFAULT_APP, DEFAULT_OUT } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { compile, declare } from '../constructs/synthesize.ts';
import { type Command, formatOption, type Invocation, textOption, textOptions, UsageError } from './command.ts';
import { LastSynth } from './last-synth.ts';
import { report, toldOf } from './told.ts';
import { printRefusal, rulesFor } from './verdict.ts';
import { writesOf } from './write.ts';

export const synth: Command = {
  name: 'synth',
  summary: 'compile charts/ to dist/ and lock/',
  help: `Usage: tidegate synth [--check] [--watch] [--only RELEASE]... [--target T] [--refresh] [--app FILE] [--out DIR]

Runs the app, compiles every release against its lock, checks every object against a strict schema and the rules of
\`tidegate lint\`, and writes what changed: manifests to dist/, what is stable and in flight to lock/. Both or neither;
files of others stay. An error of a rule forbids the writing, unless tidegate.waivers.yaml accepts it.

Options:
  --check                write nothing; exit 1 and name the files when committed output is stale
  -w, --watch            again after every change of a file, until Ctrl-C; problems are told and do not end it
  --only RELEASE         only this release; may be given several times
  --target T             only this target; may be given several times
  --refresh              look at unchanged intents anew: new defaults may start releases
  --app FILE             the cdk8s program (default ${DEFAULT_APP})
  --out DIR              folder of the manifests (default dist)
  --format text|json     text (default) or JSON

Exit code 1: a rule finds an error, or with --check: output is stale.

Examples:
  tidegate synth
  tidegate synth --check
  tidegate synth --watch
  tidegate synth --only web --target production
`,
  options: {
    app: { type: 'string' },
    check: { type: 'boolean' },
    format: { type: 'string' },
    only: { type: 'string', multiple: true },
    out: { type: 'string' },
    refresh: { type: 'boolean' },
    target: { type: 'string', multiple: true },
    watch: { type: 'boolean', short: 'w' },
  },
  async run(invocation) {
    if (invocation.positionals.length > 0)
      throw new UsageError(`synth takes no '${invocation.positionals[0]}'; name a release with --only`);
    if (invocation.values.watch !== true) return once(invocation);
    const { runOnChange } = await import('./synth-watch.ts');
    return runOnChange(() => once(invocation), cwd(), ['lock', outOf(invocation)], invocation.io);
  },
};

const outOf = (invocation: Invocation): string => textOption(invocation, 'out') ?? DEFAULT_OUT;

/** One run over the repository in a folder. */
export async function once(invocation: Invocation, directory = cwd()): Promise<number> {
  const format = formatOption(invocation, ['text', 'json']);
  const targets = textOptions(invocation, 'target');
  const only = textOptions(invocation, 'only');
  const project = new Project({ directory, refresh: invocation.values.refresh === true, ...(targets.length > 0 ? { targets } : {}) });
  const out = outOf(invocation);
  const checking = invocation.values.check === true;
  const judge = rulesFor(project);
  const declared = await declare(textOption(invocation, 'app') ?? DEFAULT_APP, project);
  const last = only.length > 0 ? null : new LastSynth(declared, project, out);
  const known = last?.told();
  if (known) {
    if (checking) return check([], format, invocation);
    report(known, { written: [], removed: [], unchanged: known.files }, format, project, invocation);
    return 0;
  }
  const synthesis = await compile(declared, project, only.length > 0 ? only : null);
  const writes = writesOf(last?.noting(synthesis) ?? synthesis, project, out, only.length === 0);
  const verdict = await judge(synthesis, out);
  if (!verdict.accepted) {
    await printRefusal(verdict, format, invocation.io);
    return 1;
  }
  const stale = [...writes.added, ...writes.changed, ...writes.removed].sort();
  const told = toldOf(synthesis, verdict);
  if (checking) {
    if (stale.length === 0) last?.keep(told);
    return check(stale, format, invocation);
  }
  report(told, writes.commit(), format, project, invocation);
  last?.keep(told);
  return 0;
}

function check(stale: readonly string[], format: 'text' | 'json', { io }: Invocation): number {
  if (format === 'json') io.out(`${JSON.stringify({ version: 1, stale }, null, 2)}\n`);
  else for (const path of stale) io.out(`${path}\n`);
  if (stale.length === 0) return 0;
  io.err(`\n${stale.length} ${stale.length === 1 ? 'file is' : 'files are'} stale: run \`tidegate synth\` and commit dist/ and lock/.\n`);
  return 1;
}
