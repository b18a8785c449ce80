import type { Project } from '../constructs/project.ts';
import type { ReleaseSummary, Synthesis } from '../constructs/synthesize.ts';
import type { Written } from '../output/files.ts';
import { formatSeconds, planDuration } from '../plan/duration.ts';
import type { Invocation } from './command.ts';
import { table } from './table.ts';
import { countsOf, describeRest, type Verdict } from './verdict.ts';

/** What a run that wrote all it wanted tells, as data: an equal run tells the same. */
export interface Told {
  readonly releases: readonly ToldRelease[];
  readonly unchecked: Synthesis['unchecked'];
  readonly policy: ReturnType<typeof countsOf>;
  /** How many files its output has, records of folders aside. */
  readonly files: number;
}

type ToldRelease = ReturnType<typeof asData>;

export function toldOf({ releases, unchecked, manifests, locks }: Synthesis, { result }: Verdict): Told {
  const files = [...manifests.keys(), ...locks.keys()].length;
  return { releases: releases.map(asData), unchecked, policy: countsOf(result.summary), files };
}

function asData({ release, target, namespace, lock, plan, objects, change }: ReleaseSummary) {
  return {
    release,
    target,
    namespace,
    strategy: lock.resolved.strategy.kind,
    engine: plan.engine,
    router: plan.route.router,
    steps: plan.steps.length,
    approvals: plan.approvals.required.length,
    waived: plan.approvals.waived !== null,
    objects,
    durationSeconds: planDuration(plan).shortestSeconds,
    inFlight: lock.inFlight !== null,
    plan: lock.inFlight?.hash ?? null,
    change,
  };
}

/** The table of a run, and the next command to try. @param more what JSON has beside that of `synth` */
export function report(
  told: Told,
  written: Written,
  format: 'text' | 'json',
  project: Project,
  { io }: Invocation,
  more: object = {},
): void {
  const { unchecked, policy } = told;
  if (format === 'json') {
    const releases = told.releases.map(({ waived: _, ...release }) => release);
    io.out(`${JSON.stringify({ version: 1, releases, files: written, unchecked, policy, ...more }, null, 2)}\n`);
    return;
  }
  const several = new Set(told.releases.map(({ target }) => target)).size > 1;
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
  io.out(table([heading, ...told.releases.map((release) => row(release, several))]));
  for (const { apiVersion, kind, count } of unchecked)
    io.err(`\nunchecked: ${count} ${apiVersion} ${kind}; no schema of this kind is known.\n`);
  io.err(describeRest(policy));
  io.err(`\n${counts(written)}. ${nextCommand(told, project)}\n`);
}

const STRATEGY_WORDS = { canary: 'canary', blueGreen: 'blue-green' } as const;

function row(told: ToldRelease, withTarget: boolean): readonly string[] {
  const { release, target, strategy, engine, router, steps, approvals, waived, objects, durationSeconds, change } = told;
  return [
    release,
    ...(withTarget ? [target] : []),
    STRATEGY_WORDS[strategy],
    engine,
    router,
    String(steps),
    waived ? 'waived' : String(approvals),
    String(objects),
    `~${formatSeconds(durationSeconds)}`,
    change,
  ];
}

function counts({ written, removed, unchanged }: Written): string {
  const changed = [written.length > 0 ? `${written.length} written` : '', removed.length > 0 ? `${removed.length} removed` : ''].filter(
    Boolean,
  );
  return `${changed.length > 0 ? `${changed.join(', ')}, ` : ''}${unchanged} unchanged`;
}

function nextCommand({ releases }: Told, { config }: Project): string {
  const flying = releases.find(({ inFlight }) => inFlight);
  const shown = flying ?? releases[0];
  if (!shown) return 'No release is declared.';
  const several = Object.keys(config.targets).length > 1;
  const command = `\`tidegate plan ${shown.release}${several ? ` --target ${shown.target}` : ''}\``;
  return flying
    ? `Next: ${command} shows what the release will do; then commit dist/ and lock/.`
    : `Next: ${command} shows how its next release will go.`;
}
