import type { Entry } from './read/objects.ts';
import { at, fieldsAt, indexed, listAt, numberAt, textAt, textsAt } from './shape.ts';

/** Kinds that make pods, and where each keeps its template. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  'apps/Deployment': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'argoproj.io/Rollout': ['spec', 'template'],
  'batch/Job': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  Pod: [],
};

export const ROLLOUT = 'argoproj.io/Rollout';
export const CANARY = 'flagger.app/Canary';
/** Workloads that serve: what users may call. */
export const SERVING = ['apps/Deployment', 'apps/StatefulSet', ROLLOUT] as const;
/** Everything that makes pods. */
export const PODS: readonly string[] = Object.keys(TEMPLATES);

/** The pods that an object makes. */
export interface PodTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Path of `spec` in the object. */
  readonly path: readonly string[];
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  /** `main` ones serve, `init` ones end before, `sidecar` is an init container that stays. */
  readonly role: 'main' | 'init' | 'sidecar';
  readonly value: Readonly<Record<string, unknown>>;
  /** Path of the container in the object. */
  readonly path: readonly string[];
}

const known = new WeakMap<Entry, PodTemplate | null>();

/** The template of an object's pods; null where it makes none, such as a Rollout that refers to a Deployment. */
export function podTemplateOf(entry: Entry): PodTemplate | null {
  // Most objects make none, and each is asked often.
  const place = Object.hasOwn(TEMPLATES, entry.kind) ? TEMPLATES[entry.kind] : undefined;
  if (place === undefined) return null;
  let template = known.get(entry);
  if (template === undefined) {
    template = read(entry, place);
    known.set(entry, template);
  }
  return template;
}

function read({ value }: Entry, place: readonly string[]): PodTemplate | null {
  const spec = fieldsAt(value, ...place, 'spec');
  if (at(value, ...place, 'spec') !== spec) return null;
  const path = [...place, 'spec'];
  return {
    labels: textsAt(value, ...place, 'metadata', 'labels'),
    spec,
    path,
    containers: [
      ...containersIn(spec, 'containers', path, () => 'main'),
      ...containersIn(spec, 'initContainers', path, (container) => (at(container, 'restartPolicy') === 'Always' ? 'sidecar' : 'init')),
    ],
  };
}

function containersIn(
  spec: PodTemplate['spec'],
  field: 'containers' | 'initContainers',
  path: readonly string[],
  roleOf: (container: unknown) => Container['role'],
): readonly Container[] {
  return indexed(listAt(spec, field)).map(([index, container]) => ({
    name: textAt(container, 'name') ?? String(index),
    role: roleOf(container),
    value: fieldsAt(container),
    path: [...path, field, String(index)],
  }));
}

/** Ports that containers say they listen on; the pod's network is one, so whose they are counts for nothing. */
export function declaredPorts({ containers }: PodTemplate): readonly { readonly name: string | null; readonly port: number }[] {
  const serving = containers.filter(({ role }) => role !== 'init');
  return serving.flatMap(({ value }) =>
    listAt(value, 'ports').flatMap((declared) => {
      const port = numberAt(declared, 'containerPort');
      return port === null ? [] : [{ name: textAt(declared, 'name'), port }];
    }),
  );
}

/** The containers that serve: those with ports, or the first one where none says that it has any. */
export function servingContainers({ containers }: PodTemplate): readonly Container[] {
  const main = containers.filter(({ role }) => role === 'main');
  const withPorts = main.filter(({ value }) => listAt(value, 'ports').length > 0);
  return withPorts.length > 0 ? withPorts : main.slice(0, 1);
}
