import { DEFAULTS } from './defaults.ts';
import { Duration } from './duration.ts';
import { formatImage, parseImage } from './image.ts';
import type { Migration } from './migration.ts';
import type { ReleaseIntent } from './release.ts';
import { resolveResources } from './resolve-workload.ts';
import type { ResolvedFlag, ResolvedIntent, ResolvedMigration } from './resolved.ts';

/** What outlives the pods of a release: flags and migrations. Without a field where there are none. */
export function resolveLasting({ migrations = [], flags = {}, image }: ReleaseIntent): Pick<ResolvedIntent, 'migrations' | 'flags'> {
  const named = Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...(migrations.length === 0 ? {} : { migrations: migrations.map((migration) => resolveMigration(migration, image)) }),
    ...(named.length === 0
      ? {}
      : {
          flags: named.map(
            ([name, { owner, created, expires, description, percent }]): ResolvedFlag => ({
              name,
              owner,
              created,
              expires,
              description: description ?? '',
              percent: percent ?? Number(DEFAULTS['Flag.percent']),
            }),
          ),
        }),
  };
}

function resolveMigration(migration: Migration, releaseImage: string): ResolvedMigration {
  const { name, description, container, deadline } = migration;
  const { image, command, args, env, resources } = container;
  const job = {
    name,
    description: description ?? '',
    deadlineSeconds: Duration.parse(deadline ?? DEFAULTS['MigrationJob.deadline']).seconds,
    container: {
      image: formatImage(parseImage(image ?? releaseImage)),
      command: command ?? null,
      args: args ?? null,
      env: env ?? {},
      resources: resources === undefined ? null : resolveResources(resources),
    },
  };
  return migration.kind === 'expand'
    ? { ...job, kind: 'expand', oldShape: migration.oldShape ?? DEFAULTS['ExpandMigration.oldShape'] }
    : { ...job, kind: 'contract', of: migration.of };
}
