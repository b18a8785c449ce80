import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { cwd } from 'node:process';
import { DEFAULT_APP, DEFAULT_OUT } from '../constructs/default-app.ts';
import { compileAhead } from '../constructs/load-module.ts';
import { type Command, type Invocation, textOption, UsageError } from './command.ts';

export const synth: Command = {
  name: 'synth',
  summary: 'compile charts/ to dist/ and lock/',
  help: `Usage: tidegate synth [--check] [--watch] [--only RELEASE]... [--target T] [--refresh] [--retry RELEASE]... [--app FILE] [--out DIR]

Runs the app, compiles every release against its lock, checks every object against a strict schema and the rules of
\`tidegate lint\`, and writes what changed: manifests to dist/, what is stable and in flight to lock/. Both or neither;
files of others stay. An error of a rule forbids the writing, unless tidegate.waivers.yaml accepts it.

Options:
  --check                write nothing; exit 1 and name the files when committed output is stale
  -w, --watch            again after every change of a file, until Ctrl-C; problems are told and do not end it
  --only RELEASE         only this release; may be given several times
  --target T             only this target; may be given several times
  --refresh              look at unchanged intents anew: new defaults may start releases
  --retry RELEASE        release again what was given up: aborted and recorded, or rolled back; may be given several times
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
    retry: { type: 'string', multiple: true },
    target: { type: 'string', multiple: true },
    watch: { type: 'boolean', short: 'w' },
  },
  async run(invocation) {
    if (invocation.positionals.length > 0)
      throw new UsageError(`synth takes no '${invocation.positionals[0]}'; name a release with --only`);
    const run = () => runOnce(invocation);
    if (invocation.values.watch !== true) return run();
    const { runOnChange } = await import('./synth-watch.ts');
    return runOnChange(run, cwd(), ['lock', textOption(invocation, 'out') ?? DEFAULT_OUT], invocation.io);
  },
};

/** What a run needs is loaded while esbuild compiles the app, in a process of its own. */
async function runOnce(invocation: Invocation): Promise<number> {
  const app = resolve(textOption(invocation, 'app') ?? DEFAULT_APP);
  if (existsSync(app)) compileAhead(app, cwd());
  const { once } = await import('./synth-once.ts');
  return once(invocation);
}
