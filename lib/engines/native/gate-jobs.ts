import type { ResolvedIntent } from '../../intent/resolved.ts';
import type { InFlight } from '../../lock/lock.ts';
import type { Plan } from '../../plan/plan.ts';
import type { KubeObject } from '../../schema/index.ts';
import type { EngineContext } from '../engine.ts';
import { candidateUrl, planJob, quitSidecar, teamContainer } from './job.ts';
import { names } from './names.ts';

/**
 * One Job for each run of each gate whose provider is a Job. The runner must not create Jobs, so they are all there from
 * the beginning, suspended, and starting one is all that it can do to it. One try: a measurement that is repeated until
 * it succeeds measures nothing.
 */
export function gateJobs(plan: Plan, hash: string, intent: ResolvedIntent, context: EngineContext): InFlight['jobs'] {
  return plan.steps.flatMap((step, index) =>
    ('gates' in step ? step.gates : []).flatMap(({ provider, count }, gate): KubeObject[] => {
      if (!('job' in provider)) return [];
      const { job } = provider;
      // A gate may ask another port of the candidate: what it says itself wins.
      const container = teamContainer('check', job, { ...candidateUrl(plan, intent), ...job.env, ...quitSidecar(intent) });
      const common = { component: 'job', suspended: true, backoffLimit: 0, deadlineSeconds: job.timeoutSeconds, container } as const;
      return Array.from({ length: count }, (_, run) =>
        planJob({ ...common, name: names.gateJob(plan.release, hash, index, gate, run) }, plan, hash, intent, context),
      );
    }),
  );
}
