import type { ResolvedIntent } from '../../intent/resolved.ts';
import type { InFlight } from '../../lock/lock.ts';
import type { Plan, SmokeSpec } from '../../plan/plan.ts';
import type { EngineContext } from '../engine.ts';
import { environment, verbatim } from './env.ts';
import { candidateUrl, planJob, quitSidecar, teamContainer } from './job.ts';
import { migrationJob } from './migration.ts';
import { names } from './names.ts';

/** Seconds that a test leaves unused, so that it ends with a reason instead of being ended. */
const MARGIN = 10;

/**
 * One Job per smoke step, which starts when it is applied, waits for its revision and is bounded. Named by plan and
 * step: another attempt is another Job, and nobody has to repeat one. Where others come first its time would run out while
 * the release waits: there the runner starts it.
 */
export function smokeJobs(plan: Plan, hash: string, intent: ResolvedIntent, context: EngineContext): InFlight['jobs'] {
  return plan.steps.flatMap((step, index) => {
    if (step.kind !== 'smoke') return [];
    const name = names.smoke(plan.release, hash, index);
    const { deadlineSeconds } = step;
    if ('migration' in step.test) return [migrationJob(step.test.migration, name, plan, hash, intent, context)];
    const container = program(step.test, deadlineSeconds, plan, intent, context);
    return [
      planJob(
        { component: 'smoke', name, suspended: plan.queue !== undefined, backoffLimit: 1, deadlineSeconds, container },
        plan,
        hash,
        intent,
        context,
      ),
    ];
  });
}

/** What runs: the helper image with Tidegate's own program, or the team's container with the candidate's address. */
function program(
  test: Exclude<SmokeSpec, { readonly migration: unknown }>,
  deadlineSeconds: number,
  plan: Plan,
  intent: ResolvedIntent,
  { project, code }: EngineContext,
): object {
  if ('container' in test) {
    const { container } = test;
    return teamContainer('smoke', container, { ...container.env, ...quitSidecar(intent), ...candidateUrl(plan, intent) });
  }
  const { url, checks } = test.http;
  const task = JSON.stringify({ url, deadlineSeconds: Math.max(1, deadlineSeconds - MARGIN), checks });
  return {
    name: 'smoke',
    image: project.helper.image,
    args: ['--input-type=module', '-e', verbatim(code.smoke)],
    env: environment({ ...quitSidecar(intent), TIDEGATE_SMOKE: verbatim(task) }, () => null),
  };
}
