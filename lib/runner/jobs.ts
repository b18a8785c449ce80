import { smokeJobName } from '../plan/job-names.ts';
import { gateJobs } from './judging.ts';
import type { Release } from './release.ts';
import type { StatusView } from './status.ts';

/** Names of the Jobs that the next decision needs: of the step that is walked, and of the gates' next runs. */
export function wantedJobs(release: Release, view: StatusView): readonly string[] {
  if (view.kind !== 'ours') return [];
  const { plan, hash } = release;
  const { status } = view;
  const jobs = gateJobs(release, status);
  return plan.steps[status.step]?.kind === 'smoke' ? [smokeJobName(plan.release, hash, status.step), ...jobs] : jobs;
}
