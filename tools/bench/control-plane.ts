import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Connection, connectionOf } from '../../test/real/connection.ts';
import { startApiServer } from '../../test/real/envtest.ts';
import { Kube } from '../../test/real/kube.ts';
import { until } from '../../test/real/until.ts';

export interface ControlPlane {
  readonly connection: Connection;
  readonly kube: Kube;
  /** Whether controllers run, so that Deployments get pods by themselves. */
  readonly controllers: boolean;
  /** Of kube-apiserver; null: it cannot be stopped from here. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

/** A control plane as the tests of `test/real` find it; null: there is none. */
export async function findControlPlane(env: NodeJS.ProcessEnv): Promise<ControlPlane | null> {
  const { KUBECONFIG, KUBEBUILDER_ASSETS, TIDEGATE_CLUSTER_DIR } = env;
  if (KUBECONFIG) {
    const connection = connectionOf(KUBECONFIG);
    return opened(connection, TIDEGATE_CLUSTER_DIR === undefined ? null : pidIn(TIDEGATE_CLUSTER_DIR), async () => {});
  }
  if (!KUBEBUILDER_ASSETS) return null;
  const { connection, stop } = await startApiServer(KUBEBUILDER_ASSETS);
  return opened(connection, null, stop);
}

async function opened(connection: Connection, pid: number | null, stop: () => Promise<void>): Promise<ControlPlane> {
  const kube = new Kube(connection);
  await serveHttpRoutes(kube);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } };
  const controllers = (await kube.find(account)) !== null;
  const close = async () => {
    kube.close();
    await stop();
  };
  return { connection, kube, controllers, pid, stop: close };
}

/** A throwaway cluster's folder lists its processes in `pids`, one `name pid ...` a line. */
function pidIn(folder: string): number | null {
  const file = join(folder, 'pids');
  const line = existsSync(file) ? readFileSync(file, 'utf8').match(/^kube-apiserver (\d+)/m) : null;
  return line === null ? null : Number(line[1]);
}

const CRD = 'gateway.networking.k8s.io_httproutes.yaml';

async function serveHttpRoutes(kube: Kube): Promise<void> {
  const kind = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
  const served = () =>
    kube.list(kind).then(
      () => true,
      () => false,
    );
  if (await served()) return;
  const file = join(process.env.TIDEGATE_CLUSTER_CRDS ?? '', CRD);
  if (!existsSync(file))
    throw new Error(`The cluster serves no HTTPRoute: install Gateway API, or set TIDEGATE_CLUSTER_CRDS to a folder with ${CRD}.`);
  await kube.apply(parse(readFileSync(file, 'utf8')), { manager: 'bench', force: true });
  await until('served HTTPRoute', served);
}
