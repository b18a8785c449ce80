import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, inject, it, onTestFinished } from 'vitest';
import type { KubeObject } from '../../lib/schema/index.ts';
import { parseDefinition } from '../../tools/schemas/definitions.ts';
import { Kube, type LiveObject } from './kube.ts';
import { until } from './until.ts';

export { Kube, KubeError, type LiveObject, type ObjectRef } from './kube.ts';
export { until } from './until.ts';

const connection = inject('controlPlane');

/** A client as admin of the control plane. */
const admin = connection === null ? null : new Kube(connection);

/** Whether the control plane runs controllers, so that Deployments get pods. */
export const hasControllers =
  admin !== null &&
  (await admin.find({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } })) !== null;

/** Tests that need an API server; skipped where there is none. */
export function describeApi(title: string, tests: (kube: Kube) => void): void {
  if (admin === null) skipped(title, 'needs a control plane');
  else describe(title, () => tests(admin));
}

/** Tests that need pods as well; skipped where there are no controllers. */
export function describeCluster(title: string, tests: (kube: Kube) => void): void {
  if (admin === null || !hasControllers) skipped(title, 'needs a control plane with controllers');
  else describe(title, () => tests(admin));
}

/** Stands in the report for tests that lack a part. */
export function skipped(title: string, need: string): void {
  describe.skip(title, () => it(need, () => undefined));
}

/** Asks for something to be done when the test is over. Tests that run side by side have one each in their context. */
export type Finally = (done: () => Promise<void> | void) => void;

/** A namespace of its own for one test, gone after it. Without a name it gets one that nobody has. */
export async function freshNamespace(
  kube: Kube,
  options: {
    readonly name?: string;
    readonly labels?: Record<string, string>;
    readonly atEnd?: Finally;
    /** Whether this server has controllers, where it is not the one of the run. */
    readonly controllers?: boolean;
  } = {},
): Promise<string> {
  const name = options.name ?? `test-${randomBytes(4).toString('hex')}`;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: options.labels ?? {} } };
  // One of an earlier test may still be going. Another that exists is somebody's, and creating it fails: tests with
  // fixed names need a cluster that can be thrown away.
  await until(`end of namespace ${name}`, async () => !(await kube.find(namespace))?.metadata.deletionTimestamp);
  await kube.create(namespace);
  (options.atEnd ?? onTestFinished)(() => kube.remove(namespace));
  if (options.controllers ?? hasControllers) {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } };
    await until(`default ServiceAccount of ${name}`, () => kube.find(account));
  }
  return name;
}

/**
 * Makes sure that kinds are served, by CRD names such as `httproutes.gateway.networking.k8s.io`: those that the
 * cluster lacks come from the files `<group>_<plural>.yaml` of the folder `TIDEGATE_CLUSTER_CRDS`.
 */
export async function installCrds(kube: Kube, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => installCrd(kube, name)));
}

async function installCrd(kube: Kube, name: string): Promise<void> {
  const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name } };
  if ((await kube.find(ref)) === null) await kube.apply(definition(name), { manager: 'tests', force: true });
  const crd = await until(`established ${name}`, async () => {
    const live = await kube.get(ref);
    return condition(live, 'Established') === 'True' ? live : null;
  });
  const { group, names, versions } = crd.spec as { group: string; names: { kind: string }; versions: { name: string; served: boolean }[] };
  // Discovery follows a moment later.
  await until(`discovery of ${name}`, async () => {
    const lists = versions
      .filter(({ served }) => served)
      .map((version) => kube.list({ apiVersion: `${group}/${version.name}`, kind: names.kind }));
    return Promise.all(lists).catch(() => null);
  });
}

function definition(name: string): KubeObject {
  const folder = process.env.TIDEGATE_CLUSTER_CRDS;
  const [plural, ...group] = name.split('.');
  const file = join(folder ?? '', `${group.join('.')}_${plural}.yaml`);
  if (folder === undefined || !existsSync(file)) {
    throw new Error(
      `The cluster has no ${name}, and TIDEGATE_CLUSTER_CRDS=${folder ?? ''} no file ${group.join('.')}_${plural}.yaml to install it from.`,
    );
  }
  return parseDefinition(readFileSync(file, 'utf8')) as KubeObject;
}

/** The custom kinds that Tidegate emits. */
export const KINDS = [
  'virtualservices.networking.istio.io',
  'destinationrules.networking.istio.io',
  'httproutes.gateway.networking.k8s.io',
  'analysistemplates.argoproj.io',
] as const;

/** Applies objects as Flux does; what the server refuses is reported all together. */
export async function applyAll(kube: Kube, objects: readonly KubeObject[]): Promise<void> {
  const refused: string[] = [];
  for (const object of objects)
    await kube.apply(object, { manager: 'kustomize-controller', force: true }).catch((error: Error) => refused.push(error.message));
  if (refused.length > 0) throw new Error(refused.join('\n'));
}

/** Status of a condition of an object: `True`, `False`, `Unknown`, or undefined where it has none. */
export function condition(object: LiveObject, type: string): string | undefined {
  const conditions = (object.status?.conditions ?? []) as { type: string; status: string }[];
  return conditions.find((item) => item.type === type)?.status;
}

/** Waits until a Deployment has as many available pods as it asks for, at its present generation. */
export async function available(kube: Kube, namespace: string, name: string): Promise<LiveObject> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } };
  return until(`available Deployment ${namespace}/${name}`, async () => {
    const live = await kube.get(ref);
    const { observedGeneration, availableReplicas = 0, updatedReplicas = 0 } = (live.status ?? {}) as Record<string, number | undefined>;
    const wanted = live.spec.replicas;
    return observedGeneration === live.metadata.generation && availableReplicas === wanted && updatedReplicas === wanted ? live : null;
  });
}
