import { workloadProblem } from '../../intent/workload-kind.ts';
import { at } from '../../lock/revision.ts';
import { type KubeObject, type Problem, ProblemError } from '../../schema/index.ts';
import { podsOf } from './pods.ts';
import { listAt, named, nameOf, ofKind, type Surroundings, textAt } from './surroundings.ts';

/**
 * The name of the Deployment in what a person writes: `deployment/web`, or `web`.
 * @throws ProblemError with the reason for a kind that is not released
 */
export function adoptedName(written: string): string {
  const [kind, name, ...rest] = written.includes('/') ? written.split('/') : ['deployment', written];
  if (!name || rest.length > 0)
    throw new ProblemError([{ message: `--adopt ${written} names no workload.`, help: 'Write `--adopt deployment/NAME`.' }]);
  if (/^deploy(ments?)?(\.apps)?$/i.test(kind ?? '')) return name;
  const { message, help } = workloadProblem(KINDS[kind?.toLowerCase() ?? ''] ?? kind);
  throw new ProblemError([{ message, ...(help === undefined ? {} : { help }) }]);
}

/** As kubectl writes kinds. */
const KINDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['StatefulSet', 'DaemonSet', 'ReplicaSet', 'Pod', 'Job', 'CronJob'].flatMap((kind) => [
      [kind.toLowerCase(), kind],
      [`${kind.toLowerCase()}s`, kind],
    ]),
  ),
  sts: 'StatefulSet',
  ds: 'DaemonSet',
  rs: 'ReplicaSet',
  po: 'Pod',
  cj: 'CronJob',
};

/** @throws ProblemError where it is not there, and another workload of its name may be what is meant */
export function findDeployment(surroundings: Surroundings, namespace: string, name: string): KubeObject {
  const found = named(ofKind(surroundings, 'Deployment', namespace), name);
  if (found) return found;
  const other = ['StatefulSet', 'DaemonSet'].find((kind) => named(ofKind(surroundings, kind, namespace), name));
  throw new ProblemError([
    other
      ? { ...workloadProblem(other), path: `${other} ${namespace}/${name}` }
      : {
          message: `there is no Deployment ${namespace}/${name}.`,
          help: 'The namespace is that of the release in its chart; --context chooses another cluster.',
        },
  ]);
}

/** Why a Deployment is not what a candidate can be compared with. What has no status, as in a file, is taken to run. */
export function unsettledProblems(deployment: KubeObject): readonly Problem[] {
  const status = at(deployment, 'status');
  if (status === undefined) return [];
  const count = (path: readonly string[]) => Number(at(deployment, ...path) ?? 0);
  const wanted = Number(at(deployment, 'spec', 'replicas') ?? 1);
  const [updated, available] = [count(['status', 'updatedReplicas']), count(['status', 'availableReplicas'])];
  const behind = count(['status', 'observedGeneration']) < count(['metadata', 'generation']);
  if (wanted === 0)
    return [
      {
        message: `${nameOf(deployment)} has 0 replicas: nothing of it serves.`,
        help: 'Adopt the Deployment that has the pods; where a controller such as Flagger or Argo Rollouts scaled it down, remove that first.',
      },
    ];
  if (!behind && updated >= wanted && available >= wanted) return [];
  return [
    {
      message: `${nameOf(deployment)} is being rolled out: ${updated} of ${wanted} pods are of its present template, and ${available} are available.`,
      help: 'Wait until `kubectl rollout status` says that it is done, and run again.',
    },
  ];
}

/**
 * The image that a Deployment runs, with its digest: of its manifest, else of its pods.
 * @param port number or name of the pods' port that serves, which tells the application from its sidecars
 */
export function pinnedImage(deployment: KubeObject, port: unknown, surroundings: Surroundings): { readonly image: string } | Problem {
  const containers = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const serves = (container: unknown) =>
    listAt(container, 'ports').some((own) => at(own, 'name') === port || at(own, 'containerPort') === port);
  const container = containers.find(serves) ?? containers[0];
  const image = textAt(container, 'image') ?? '';
  if (PINNED.test(image)) return { image };
  const name = textAt(container, 'name');
  const running = podsOf(deployment, surroundings)
    .flatMap((pod) => listAt(pod, 'status', 'containerStatuses'))
    .filter((status) => at(status, 'name') === name)
    .map((status) => PINNED.exec(textAt(status, 'imageID') ?? '')?.[1]);
  const [digest, ...others] = new Set(running);
  if (digest !== undefined && others.length === 0) return { image: `${image}@${digest}` };
  const seen =
    running.length === 0
      ? 'and no pod of it was found'
      : `and its ${running.length} pods run ${others.length + 1} images, or do not say which`;
  return {
    message: `${nameOf(deployment)} runs '${image}', which names no digest, ${seen}.`,
    help:
      running.length === 0
        ? 'Give the pods as well: `kubectl get deployment,service,pod,... -o yaml`; their status tells the digest.'
        : 'Let all pods come to one image (`kubectl rollout restart`), or pin it in the manifest: `image: NAME@sha256:...`.',
  };
}

const PINNED = /@(sha256:[0-9a-f]{64})$/;
