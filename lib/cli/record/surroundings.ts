import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { placesOf } from '../../gitops/adopt/collisions.ts';
import { servicesOf } from '../../gitops/adopt/service.ts';
import { mapAt, named, ofKind, type Surroundings } from '../../gitops/adopt/surroundings.ts';
import { at } from '../../lock/revision.ts';
import { type KubeObject, type ObjectMeta, ProblemError } from '../../schema/index.ts';
import { type Invocation, UsageError } from '../command.ts';
import { openCluster } from '../operator/cluster.ts';
import type { Kind, Kube } from '../operator/kube.ts';

/** Where a workload is. */
interface Place {
  readonly release: string;
  readonly target: string;
  readonly namespace: string;
  readonly deployment: string;
}

interface Served extends Kind {
  readonly kind: string;
  readonly apiVersion: string;
}

const served = (apiVersion: string, kind: string, resource: string): Served => ({
  apiVersion,
  kind,
  resource,
  api: apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`,
});

const DEPLOYMENT = served('apps/v1', 'Deployment', 'deployments');
const POD = served('v1', 'Pod', 'pods');

/** Looked through in the namespace. */
const BESIDE: readonly Served[] = [
  served('v1', 'Service', 'services'),
  served('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  served('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  served('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  served('networking.istio.io/v1', 'DestinationRule', 'destinationrules'),
];

/** Looked through everywhere, since a host may be routed from any namespace. */
const ROUTES: readonly Served[] = [
  served('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes'),
  served('networking.istio.io/v1', 'VirtualService', 'virtualservices'),
  served('networking.k8s.io/v1', 'Ingress', 'ingresses'),
];

/** Looked for by name, where the release will have one. */
const BY_NAME: readonly Served[] = [
  DEPLOYMENT,
  served('apps/v1', 'StatefulSet', 'statefulsets'),
  served('apps/v1', 'DaemonSet', 'daemonsets'),
  served('v1', 'ServiceAccount', 'serviceaccounts'),
  served('v1', 'ConfigMap', 'configmaps'),
  served('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  served('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
];

/** What is in a cluster around a workload, as this person may see it. @throws ProblemError where there is no way to it */
export async function surroundingsOf(invocation: Invocation, place: Place): Promise<Surroundings> {
  const { namespace, deployment } = place;
  const cluster = openCluster(invocation, place);
  try {
    const looked = new Looking(cluster.kube);
    const wanted = [...['StatefulSet', 'DaemonSet'].map((kind) => ({ kind, name: deployment })), ...placesOf(place.release)];
    await looked.byName(DEPLOYMENT, namespace, deployment, true);
    await Promise.all([
      ...wanted.map(({ kind, name }) =>
        looked.byName(
          BY_NAME.find((known) => known.kind === kind),
          namespace,
          name,
        ),
      ),
      ...BESIDE.map((kind) => looked.in(kind, namespace)),
      ...ROUTES.map((kind) => looked.everywhere(kind, namespace)),
    ]);
    await looked.podsAround(namespace, deployment);
    return { objects: looked.objects, unseen: looked.unseen };
  } finally {
    cluster.close();
  }
}

/** Every route that this person may see: the namespace's, and those of others that may lead there. */
export async function routesAround(kube: Kube, namespace: string): Promise<Surroundings> {
  const looked = new Looking(kube);
  await Promise.all(ROUTES.map((kind) => looked.everywhere(kind, namespace)));
  return { objects: looked.objects, unseen: looked.unseen };
}

/** What was found, and what could not be looked at. */
class Looking {
  readonly objects: KubeObject[] = [];
  readonly unseen: string[] = [];
  private readonly kube: Kube;

  constructor(kube: Kube) {
    this.kube = kube;
  }

  /** @param needed what may not be seen is an error */
  async byName(kind: Served | undefined, namespace: string, name: string, needed = false): Promise<void> {
    if (kind === undefined) return;
    const found = await (needed ? this.kube.get(kind, namespace, name) : this.kube.getIfAllowed(kind, namespace, name));
    if (found !== null) this.add(kind, [found]);
  }

  async in(kind: Served, namespace: string): Promise<void> {
    const found = await this.kube.listIfAllowed(kind, namespace);
    if (found === null) this.unseen.push(`${kind.kind} in namespace ${namespace}`);
    else this.add(kind, found);
  }

  async everywhere(kind: Served, namespace: string): Promise<void> {
    const found = await this.kube.listIfAllowed(kind, null);
    if (found !== null) return this.add(kind, found);
    this.unseen.push(`${kind.kind} in other namespaces than ${namespace}`);
    await this.in(kind, namespace);
  }

  /** The pods of a Deployment, and those that get requests beside them. */
  async podsAround(namespace: string, name: string): Promise<void> {
    const deployment = named(ofKind(this, 'Deployment', namespace), name);
    if (deployment === undefined) return;
    const services = servicesOf(deployment, this, namespace).map((service) => mapAt(service, 'spec', 'selector'));
    const selectors = [mapAt(deployment, 'spec', 'selector', 'matchLabels'), ...services].map((selector) =>
      Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .toSorted()
        .join(','),
    );
    const seen = new Set<string>();
    for (const selector of new Set(selectors.filter((one) => one !== ''))) {
      const found = await this.kube.listIfAllowed(POD, namespace, selector);
      if (found === null) return void this.unseen.push(`${POD.kind} in namespace ${namespace}`);
      const fresh = (found as readonly KubeObject[]).filter(({ metadata }) => !seen.has(metadata.name));
      for (const { metadata } of fresh) seen.add(metadata.name);
      this.add(POD, fresh);
    }
  }

  /** Items of a list come without saying what they are. */
  private add({ apiVersion, kind }: Served, found: readonly unknown[]): void {
    for (const object of found) this.objects.push({ ...(object as KubeObject), apiVersion, kind });
  }
}

/**
 * What a file says is in the cluster: the output of `kubectl get -o yaml` or `-o json`, or manifests.
 * @param namespace of what names none
 * @throws UsageError where it cannot be read, ProblemError where it is no YAML
 */
export function surroundingsIn(file: string, namespace: string): Surroundings {
  const documents = parseAllDocuments(textOf(file), { strict: true, uniqueKeys: true });
  const [broken] = ('empty' in documents ? [] : documents).flatMap(({ errors }) => errors);
  if (broken)
    throw new ProblemError([
      {
        message: `${file} is no YAML: ${broken.message.split('\n')[0]?.replace(/:$/, '')}.`,
        help: 'Give it what `kubectl get ... -o yaml` prints.',
      },
    ]);
  const objects = ('empty' in documents ? [] : documents).flatMap((document) => objectsIn(document.toJS({ maxAliasCount: 100 })));
  return { objects: objects.map((object) => placed(object, namespace)), unseen: [] };
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`--from ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function objectsIn(value: unknown): readonly KubeObject[] {
  const items = at(value, 'items');
  if (String(at(value, 'kind')).endsWith('List') && Array.isArray(items)) return items.flatMap(objectsIn);
  const isObject = typeof at(value, 'kind') === 'string' && typeof at(value, 'metadata', 'name') === 'string';
  return isObject ? [value as KubeObject] : [];
}

function placed(object: KubeObject, namespace: string): KubeObject {
  const metadata: ObjectMeta = object.metadata;
  return metadata.namespace === undefined ? { ...object, metadata: { ...metadata, namespace } } : object;
}
