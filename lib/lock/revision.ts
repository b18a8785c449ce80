import { shortHash } from '../plan/hash.ts';
import { given } from '../schema/given.ts';
import type { KubeObject } from '../schema/index.ts';
import { isOwnKey, MIGRATIONS_ANNOTATION, UNUSED_SHAPES_ANNOTATION } from './labels.ts';
import type { Revision } from './lock.ts';

/** All that a revision's name depends on. */
export type Frozen = Pick<Revision, 'objects' | 'scale'>;

/** The 8 hex digits that name a revision. They tell an edited revision from a frozen one, too. */
export const revisionHash = (revision: Frozen): string => shortHash(contentOf(revision));

/**
 * What makes a revision what it is: the pod template, the data of its ConfigMaps and the ports of its Service.
 * Tidegate's own labels are left out, so that the hash depends on neither target nor Tidegate's version. How many pods is
 * no content, but whether they are counted by hand or by load is: taking `replicas` from a running Deployment would leave
 * it with one pod until its autoscaler acts. Migrations are content, so that a new one is a release even of the same pods.
 */
export function contentOf({ objects, scale }: Frozen): unknown {
  const template = at(objects.deployment, 'spec', 'template');
  return {
    labels: withoutOwnKeys(at(template, 'metadata', 'labels')),
    annotations: withoutOwnKeys(at(template, 'metadata', 'annotations')),
    spec: at(template, 'spec'),
    config: [...objects.configMaps].sort(byName).map((configMap) => ({
      name: configMap.metadata.name,
      data: at(configMap, 'data'),
      binaryData: at(configMap, 'binaryData'),
    })),
    ports: at(objects.service, 'spec', 'ports'),
    scale: scale.kind,
    ...migrationsOf(objects.deployment),
  };
}

/** Ports of a revision's Service, as they are written. */
export const servicePorts = ({ objects }: { readonly objects: Pick<Revision['objects'], 'service'> }): readonly unknown[] =>
  listAt(objects.service, 'spec', 'ports');

/** Names of a Service's ports by their numbers; '' for the one that has none. */
export const portNames = (objects: { readonly service: KubeObject }): Readonly<Record<string, string>> =>
  Object.fromEntries(servicePorts({ objects }).map((port) => [String(at(port, 'port')), String(at(port, 'name') ?? '')]));

/** Numbers of the ports on which a revision's pods listen, ascending. */
export function listeningPorts({ objects }: Pick<Revision, 'objects'>): readonly number[] {
  const containers = listAt(objects.deployment, 'spec', 'template', 'spec', 'containers');
  const numbers = containers
    .flatMap((container) => listAt(container, 'ports'))
    .map((port) => at(port, 'containerPort'))
    .filter((port) => typeof port === 'number');
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** An image that a revision's pods run or mount. */
export interface PodImage {
  /** Its container or volume; null for the released image, which the first container runs. */
  readonly of: string | null;
  readonly image: string;
}

/** All images of a revision's pods, the released one first. */
export function podImages({ image, objects }: Pick<Revision, 'image' | 'objects'>): readonly PodImage[] {
  const spec = at(objects, 'deployment', 'spec', 'template', 'spec');
  const [, ...containers] = listAt(spec, 'containers');
  const others = [...listAt(spec, 'initContainers'), ...containers].map((container) => [at(container, 'name'), at(container, 'image')]);
  const mounted = listAt(spec, 'volumes').map((volume) => [at(volume, 'name'), at(volume, 'image', 'reference')]);
  const named = [...others, ...mounted].flatMap(([of, one]) => (typeof one === 'string' ? [{ of: String(of), image: one }] : []));
  return [{ of: null, image }, ...named];
}

/** The value at a path of plain data; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>)[key] : undefined),
    value,
  );
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** What the annotations of a revision's Deployment say of migrations; nothing of those that never had any. */
function migrationsOf(deployment: KubeObject): object {
  const [migrations, unusedShapes] = [MIGRATIONS_ANNOTATION, UNUSED_SHAPES_ANNOTATION].map((key) => deployment.metadata.annotations?.[key]);
  return given({ migrations, unusedShapes });
}

function withoutOwnKeys(keys: unknown): Readonly<Record<string, unknown>> {
  if (typeof keys !== 'object' || keys === null) return {};
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !isOwnKey(key)));
}

const byName = (a: KubeObject, b: KubeObject): number => (a.metadata.name < b.metadata.name ? -1 : 1);
