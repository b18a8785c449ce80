import { formatImage } from '../../intent/image.ts';
import type { ResolvedIntent, ResolvedMigration } from '../../intent/resolved.ts';
import { MIGRATIONS_ANNOTATION, PRUNE_LAST, revisionSelector, UNUSED_SHAPES_ANNOTATION } from '../../lock/labels.ts';
import type { Revision } from '../../lock/lock.ts';
import { revisionHash } from '../../lock/revision.ts';
import { shortHash } from '../../plan/hash.ts';
import { type KubeObject, type ObjectMeta, type Problem, ProblemError } from '../../schema/index.ts';
import { addToTemplate } from './addition.ts';
import { type Owner, releaseMeta, revisionMeta, revisionPodLabels } from './metadata.ts';
import { names } from './names.ts';
import { podSpec } from './pod.ts';

/**
 * Freezes an intent's workload: Deployment, Service and ConfigMaps, named by the hash of their content.
 * @throws ProblemError with every value of `podTemplate` that contradicts the intent
 */
export function freezeRevision(intent: ResolvedIntent, target: string): Revision {
  const { release, namespace, risk, workload, scale } = intent;
  const owner: Owner = { release, namespace, target, risk };
  const problems: Problem[] = [];
  const configMaps = configMapsByName(intent, owner);
  const template = addToTemplate({ spec: podSpec(intent, configMaps, problems) }, workload.podTemplate, problems);
  if (problems.length > 0) throw new ProblemError(problems);

  const objectsOf = (name: string, metadata: unknown) => ({
    deployment: deployment(intent, owner, name, { ...template, metadata }),
    service: service(intent, owner, name),
    configMaps: [...configMaps.values()],
  });
  const rev = revisionHash({ scale, objects: objectsOf(release, template.metadata) });
  const name = `${release}-${rev}`;
  const objects = objectsOf(name, withPodLabels(template.metadata, owner, name));
  return { name, rev, image: formatImage(workload.image), version: workload.image.tag, scale, objects };
}

/** Without replicas: how many there are depends on the revision's role. */
function deployment({ release, deadlines, migrations = [] }: ResolvedIntent, owner: Owner, name: string, template: object): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: withMigrations(revisionMeta(owner, name), migrations),
    spec: {
      selector: { matchLabels: revisionSelector(release, name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: deadlines.readySeconds,
      template,
    },
  };
}

/** What its code finds and leaves in what the release stores: where nobody wrote a migration, nothing is said. */
function withMigrations(meta: ObjectMeta, migrations: readonly ResolvedMigration[]): ObjectMeta {
  if (migrations.length === 0) return meta;
  const unused = migrations.flatMap((migration) =>
    migration.kind === 'expand' && migration.oldShape === 'unused' ? [migration.name] : [],
  );
  return {
    ...meta,
    annotations: {
      ...meta.annotations,
      [MIGRATIONS_ANNOTATION]: migrations.map(({ name }) => name).join(','),
      ...(unused.length === 0 ? {} : { [UNUSED_SHAPES_ANNOTATION]: unused.join(',') }),
    },
  };
}

function withPodLabels(metadata: unknown, owner: Owner, revision: string): object {
  const { labels, ...rest } = (metadata ?? {}) as { readonly labels?: object };
  return { labels: { ...labels, ...revisionPodLabels(owner, revision) }, ...rest };
}

function service({ release, workload }: ResolvedIntent, owner: Owner, name: string): KubeObject {
  const ports = [...workload.ports]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((port) => ({ name: port.name, port: port.service, targetPort: port.name, protocol: 'TCP', appProtocol: port.appProtocol }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: revisionMeta(owner, name),
    spec: { type: 'ClusterIP', selector: revisionSelector(release, name), ports },
  };
}

/** Named by content and without the revision's label: revisions of equal configuration share them. */
function configMapsByName({ release, workload }: ResolvedIntent, owner: Owner): ReadonlyMap<string, KubeObject> {
  return new Map(
    workload.config.map(({ name, data }) => [
      name,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...releaseMeta(owner, names.config(release, name, shortHash(data))), annotations: PRUNE_LAST },
        immutable: true,
        data,
      },
    ]),
  );
}
