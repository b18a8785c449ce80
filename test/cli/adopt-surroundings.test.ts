import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { surroundingsOf } from '../../lib/cli/record/surroundings.ts';
import { nameOf, type Surroundings } from '../../lib/gitops/adopt/surroundings.ts';
import { ApiServer } from './api-server.ts';

/** A cluster in which Service `web` selects more pods than Deployment `web` has. */
async function cluster(): Promise<ApiServer> {
  const api = await ApiServer.start();
  const shop = (resource: string) => `/api/v1/namespaces/shop/${resource}`;
  const labels = (track: string) => ({ app: 'web', track });
  api.put('/apis/apps/v1/namespaces/shop/deployments/web', {
    spec: { selector: { matchLabels: labels('stable') }, template: { metadata: { labels: labels('stable') } } },
  });
  api.put(shop('services/web'), { spec: { selector: { app: 'web' } } });
  api.put(shop('services/cart'), { spec: { selector: { app: 'cart' } } });
  for (const name of ['web-1', 'web-2', 'web-3']) api.put(shop(`pods/${name}`), {}, labels('stable'));
  api.put(shop('pods/web-canary-1'), {}, labels('canary'));
  api.put(shop('pods/cart-1'), {}, { app: 'cart' });
  return api;
}

function look(api: ApiServer): Promise<Surroundings> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  writeFileSync(kubeconfig, api.kubeconfig);
  const io = { out: () => undefined, err: () => undefined, color: false };
  const place = { release: 'web', target: 'production', namespace: 'shop', deployment: 'web' };
  return surroundingsOf({ positionals: [], values: { kubeconfig }, io }, place);
}

it('sees the pods of a Deployment, and those that get requests beside them, each once', async () => {
  const { objects, unseen } = await look(await cluster());
  const pods = objects.filter(({ kind }) => kind === 'Pod').map(nameOf);
  expect(pods.toSorted()).toEqual(['web-1', 'web-2', 'web-3', 'web-canary-1'].map((name) => `Pod shop/${name}`));
  expect(unseen).toEqual([]);
});

it('says that it may not see pods, and sees the rest', async () => {
  const api = await cluster();
  api.before = (_, path) => (path.includes('/pods?') ? { status: 403, message: 'forbidden' } : undefined);
  const { objects, unseen } = await look(api);
  expect(unseen).toEqual(['Pod in namespace shop']);
  expect(objects.map(nameOf)).toEqual(expect.arrayContaining(['Deployment shop/web', 'Service shop/web', 'Service shop/cart']));
});
