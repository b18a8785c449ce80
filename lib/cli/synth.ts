import { cwd } from 'node:process';
import { DEFAULT_APP, DEFAULT_OUT } from '../constructs/default-app.ts';
import { Project } from '../constructs/project.ts';
import { type ReleaseSummary, type Synthesis, synthesize } from '../constructs/synthesize.ts';
import type { Written } from '../output/files.ts';
import { formatSeconds, planDuration } from '../plan/duration.ts';
import { type Command, formatOption, type Invocation, textOption, textOptions, UsageError } from './command.ts';
import { table } from './table.ts';
import { countsOf, describeRest, printRefusal, rulesFor, type Verdict } from './verdict.ts';
import { writesOf } from './write.ts';

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
    if (invocation.values.watch !== true) return once(invocation);
    const { runOnChange } = await import('./synth-watch.ts');
    return runOnChange(() => once(invocation), cwd(), ['lock', outOf(invocation)], invocation.io);
  },
};

const outOf = (invocation: Invocation): string => textOption(invocation, 'out') ?? DEFAULT_OUT;

async function once(invocation: Invocation): Promise<number> {
  const format = formatOption(invocation, ['text', 'json']);
  const targets = textOptions(invocation, 'target');
  const only = textOptions(invocation, 'only');
  const retry = textOptions(invocation, 'retry');
  const project = new Project({ refresh: invocation.values.refresh === true, retry, ...(targets.length > 0 ? { targets } : {}) });
  const out = outOf(invocation);
  const judge = rulesFor(project);
  const synthesis = await synthesize(textOption(invocation, 'app') ?? DEFAULT_APP, project, only.length > 0 ? only : null);
  const writes = writesOf(synthesis, project, out, only.length === 0);
  const verdict = await judge(synthesis, out);
  if (!verdict.accepted) {
    await printRefusal(verdict, format, invocation.io);
    return 1;
  }
  if (invocation.values.check === true) return check([...writes.added, ...writes.changed, ...writes.removed].sort(), format, invocation);
  report(synthesis, verdict, writes.commit(), format, project, invocation);
  return 0;
}

function check(stale: readonly string[], format: 'text' | 'json', { io }: Invocation): number {
  if (format === 'json') io.out(`${JSON.stringify({ version: 1, stale }, null, 2)}\n`);
  else for (const path of stale) io.out(`${path}\n`);
  if (stale.length === 0) return 0;
  io.err(`\n${stale.length} ${stale.length === 1 ? 'file is' : 'files are'} stale: run \`tidegate synth\` and commit dist/ and lock/.\n`);
  return 1;
}

/** The table of a run, and the next command to try. @param more what JSON has beside that of `synth` */
export function report(
  synthesis: Synthesis,
  verdict: Verdict,
  written: Written,
  format: 'text' | 'json',
  project: Project,
  { io }: Invocation,
  more: object = {},
): void {
  if (format === 'json') {
    const releases = synthesis.releases.map(asJson);
    const policy = countsOf(verdict.result.summary);
    io.out(`${JSON.stringify({ version: 1, releases, files: written, unchecked: synthesis.unchecked, policy, ...more }, null, 2)}\n`);
    return;
  }
  const several = new Set(synthesis.releases.map(({ target }) => target)).size > 1;
  const heading = [
    'RELEASE',
    ...(several ? ['TARGET'] : []),
    'STRATEGY',
    'ENGINE',
    'ROUTER',
    'STEPS',
    'APPROVALS',
    'OBJECTS',
    'DURATION',
    'CHANGE',
  ];
  io.out(table([heading, ...synthesis.releases.map((release) => row(release, several))]));
  for (const { apiVersion, kind, count } of synthesis.unchecked)
    io.err(`\nunchecked: ${count} ${apiVersion} ${kind}; no schema of this kind is known.\n`);
  io.err(describeRest(verdict));
  io.err(`\n${counts(written)}. ${nextCommand(synthesis, project)}\n`);
}

const STRATEGY_WORDS = { canary: 'canary', blueGreen: 'blue-green' } as const;

function row(summary: ReleaseSummary, withTarget: boolean): readonly string[] {
  const { release, target, plan, lock, objects, change } = summary;
  return [
    release,
    ...(withTarget ? [target] : []),
    STRATEGY_WORDS[lock.resolved.strategy.kind],
    plan.engine,
    plan.route.router,
    String(plan.steps.length),
    approvals(summary),
    String(objects),
    durationOf(summary),
    change,
  ];
}

const approvals = ({ plan }: ReleaseSummary): string =>
  plan.approvals.waived === null ? String(plan.approvals.required.length) : 'waived';
const durationOf = ({ plan }: ReleaseSummary): string => `~${formatSeconds(planDuration(plan).shortestSeconds)}`;

function asJson({ release, target, namespace, lock, plan, objects, change }: ReleaseSummary) {
  return {
    release,
    target,
    namespace,
    strategy: lock.resolved.strategy.kind,
    engine: plan.engine,
    router: plan.route.router,
    steps: plan.steps.length,
    approvals: plan.approvals.required.length,
    objects,
    durationSeconds: planDuration(plan).shortestSeconds,
    inFlight: lock.inFlight !== null,
    plan: lock.inFlight?.hash ?? null,
    change,
  };
}

function counts({ written, removed, unchanged }: Written): string {
  const changed = [written.length > 0 ? `${written.length} written` : '', removed.length > 0 ? `${removed.length} removed` : ''].filter(
    Boolean,
  );
  return `${changed.length > 0 ? `${changed.join(', ')}, ` : ''}${unchanged} unchanged`;
}

function nextCommand({ releases }: Synthesis, { config }: Project): string {
  const flying = releases.find(({ lock }) => lock.inFlight !== null);
  const shown = flying ?? releases[0];
  if (!shown) return 'No release is declared.';
  const several = Object.keys(config.targets).length > 1;
  const command = `\`tidegate plan ${shown.release}${several ? ` --target ${shown.target}` : ''}\``;
  return flying
    ? `Next: ${command} shows what the release will do; then commit dist/ and lock/.`
    : `Next: ${command} shows how its next release will go.`;
}
