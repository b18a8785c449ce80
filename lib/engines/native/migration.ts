import type { ResolvedIntent, ResolvedMigration } from '../../intent/resolved.ts';
import { CONTRACTS_ANNOTATION, MIGRATION_ANNOTATION } from '../../lock/labels.ts';
import type { Plan } from '../../plan/plan.ts';
import type { KubeObject } from '../../schema/index.ts';
import type { EngineContext } from '../engine.ts';
import { planJob, quitSidecar, teamContainer } from './job.ts';

/**
 * The Job of a migration: started and judged as a smoke test is. Tried twice, since a
 * migration that may run again in another attempt may run again in this one.
 * @param name the Job's, by which the runner finds it
 */
export function migrationJob(
  migration: ResolvedMigration,
  name: string,
  plan: Plan,
  hash: string,
  intent: ResolvedIntent,
  context: EngineContext,
): KubeObject {
  const { deadlineSeconds, container } = migration;
  return planJob(
    {
      component: 'migration',
      name,
      suspended: plan.queue !== undefined,
      backoffLimit: 1,
      deadlineSeconds,
      container: teamContainer('migration', container, { ...container.env, ...quitSidecar(intent) }),
      resources: container.resources,
      annotations: {
        [MIGRATION_ANNOTATION]: migration.kind,
        ...(migration.kind === 'contract' ? { [CONTRACTS_ANNOTATION]: migration.of } : {}),
      },
    },
    plan,
    hash,
    intent,
    context,
  );
}
