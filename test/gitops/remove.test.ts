import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffIn } from '../../lib/cli/diff.ts';
import { removeIn } from '../../lib/cli/record/remove.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { readLock } from '../../lib/lock/read.ts';
import { ApiServer } from '../cli/api-server.ts';
import { DIGEST, type Outcome } from '../cli/repository.ts';
import { copies, type GitRepository, intent, recorded } from './git-repository.ts';

const WEB = 'charts/web.yaml';
const API = 'charts/api.yaml';
const LOCK = 'lock/production/shop/web.yaml';
const NOW = '2026-03-01T12:00:00.000Z';
const LATER = '2026-03-01T13:00:00.000Z';

const two = copies(() => recorded({ [WEB]: intent(), [API]: intent({ name: 'api' }) }, 'web', 'api'));

const remove = (repository: GitRepository, now: string, values: object = { 'without-cluster': true }): Promise<Outcome> =>
  repository.command(removeIn, ['web'], { now, ...values });

const lockOf = (repository: GitRepository): Lock =>
  readLock(repository.read(LOCK), { target: 'production', namespace: 'shop', release: 'web' });

const manifests = (repository: GitRepository): readonly string[] =>
  Object.keys(repository.files('dist')).filter((path) => path.includes('/web/') && path.endsWith('.yaml'));

const told = async (repository: GitRepository, base = 'HEAD'): Promise<string> =>
  (await repository.command(diffIn, [], { base, words: true })).out;

/** The commit in which web leaves. */
async function leaving(): Promise<GitRepository> {
  const repository = await two();
  repository.git('rm', '--quiet', WEB);
  expect(await remove(repository, NOW)).toMatchObject({ code: 0 });
  repository.commit('Take web out of service');
  return repository;
}

describe('a release that no chart declares any more', () => {
  it('loses its route first, and nothing else; synth changes nothing more, and no rule finds anything new', async () => {
    const repository = await two();
    const before = repository.output();
    const known = await repository.findings();
    repository.git('rm', '--quiet', WEB);
    expect(await repository.refusal()).toContain('take it out of service with `tidegate record web --remove`');
    expect(repository.output()).toEqual(before);

    const { out, err } = await remove(repository, NOW);
    expect(err).toContain("Next: git add --all charts dist lock && git commit -m 'Take web out of service'");
    expect(out).toContain(`its route goes, its pods and Services stay. Run this again from ${LATER} on`);
    const after = repository.output();
    const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => before[path] !== after[path]);
    expect(differing.sort()).toEqual(['dist/production/shop/web/.files', 'dist/production/shop/web/virtualservice-web.yaml', LOCK]);
    expect(after['dist/production/shop/web/virtualservice-web.yaml']).toBeUndefined();
    expect(lockOf(repository).leaving).toEqual({ since: NOW });
    await repository.synth();
    expect(repository.output()).toEqual(after);
    expect((await repository.findings()).filter((finding) => !known.includes(finding))).toEqual([]);
    const words = await told(repository);
    expect(words).toContain('This takes web out of service. Its pods and Services stay until a later commit drops them.');
    expect(words).toContain('The route of web goes: requests to web.example.com find nothing once this is applied.');
    expect(words).toContain('Nothing restarts.');
  });

  it('keeps the rest for keepWarm, and then goes with its lock', async () => {
    const repository = await leaving();
    const before = repository.output();
    expect(await remove(repository, '2026-03-01T12:59:59Z')).toMatchObject({ code: 0, out: expect.stringContaining(`until ${LATER}`) });
    expect(repository.output()).toEqual(before);
    const { out, err } = await remove(repository, LATER);
    expect(err).toContain("Next: git add --all dist lock && git commit -m 'Drop web'");
    expect(out).toContain('kubectl delete configmap -n shop --ignore-not-found web-status web-operator');
    expect(manifests(repository)).toEqual([]);
    expect(repository.output()[LOCK]).toBeUndefined();
    expect(await repository.refusal()).toBe('');
    const words = await told(repository);
    expect(words).toContain('the route went before');
    expect(words).not.toContain('whatever requests they still serve');
  });

  it('may be the last one, with which the folder of the charts goes', async () => {
    const repository = await recorded({ [WEB]: intent() }, 'web');
    repository.git('rm', '--quiet', WEB);
    const refusal = await repository.refusal();
    expect(refusal).toContain("there is no app 'charts/main.ts'");
    expect(refusal).toContain('take it out of service with `tidegate record web --remove`');
    const { err } = await remove(repository, NOW);
    const next = "git rm -rq --cached --ignore-unmatch charts && git add --all dist lock && git commit -m 'Take web out of service'";
    expect(err).toContain(`Next: ${next}\n`);
    for (const command of next.split(' && ')) repository.git(...(command.match(/'[^']*'|[^ ]+/g) ?? []).slice(1));
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(await repository.refusal()).toBe('');
    expect(await told(repository, 'HEAD~1')).toContain('This takes web out of service.');
    expect(await remove(repository, LATER)).toMatchObject({ code: 0 });
    expect(manifests(repository)).toEqual([]);
    expect(repository.output()[LOCK]).toBeUndefined();
  });

  it('is in service again as it was, when a chart declares it before that', async () => {
    const repository = await leaving();
    repository.git('revert', '--no-edit', 'HEAD');
    const reverted = repository.output();
    repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    repository.git('checkout', '--quiet', 'HEAD~1', '--', WEB);
    await repository.synth();
    expect(repository.output()).toEqual(reverted);
    expect(await told(repository)).toContain('web is in service again: its route comes back.');
  });

  it('may be declared in another namespace while it leaves the old one, in one commit', async () => {
    const repository = await two();
    repository.git('rm', '--quiet', WEB);
    expect(await remove(repository, NOW)).toMatchObject({ code: 0 });
    repository.write(WEB, intent({ namespace: 'store' }));
    await repository.synth('web');
    repository.commit('Move web');
    expect(repository.files('dist')['dist/production/store/web/virtualservice-web.yaml']).toContain('web.example.com');
    expect(manifests(repository).some((path) => path.startsWith('dist/production/shop/web/deployment-'))).toBe(true);
    expect(await remove(repository, LATER)).toMatchObject({ code: 0 });
    expect(manifests(repository).every((path) => path.startsWith('dist/production/store/'))).toBe(true);
    expect(await repository.refusal()).toBe('');
  });

  it('gives its host to another release at once', async () => {
    const repository = await leaving();
    repository.write(WEB, intent({ name: 'shop' }).replace('shop.example.com', 'web.example.com'));
    await repository.synth('shop');
    expect(repository.files('dist')['dist/production/shop/shop/virtualservice-shop.yaml']).toContain('web.example.com');
  });
});

describe('what is refused, and leaves everything as it was', () => {
  it('a release that a chart still declares, one in flight, and one that has no lock', async () => {
    const repository = await two();
    const refused = async (why: string) => {
      const before = repository.output();
      const { code, err } = await remove(repository, NOW);
      expect([code, err]).toEqual([2, expect.stringContaining(why)]);
      expect(repository.output()).toEqual(before);
    };
    await refused('a chart still declares web: take it out of charts/ first');
    repository.edit(WEB, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.commit('Release 2');
    repository.git('rm', '--quiet', WEB);
    await refused('while a release of it is in flight');
    repository.git('rm', '--quiet', LOCK);
    await refused('there is no lock of web here');
  });

  it('its second step while the first one is not committed', async () => {
    const repository = await two();
    repository.git('rm', '--quiet', WEB);
    expect(await remove(repository, NOW)).toMatchObject({ code: 0 });
    const before = repository.output();
    const { code, err } = await remove(repository, LATER);
    expect([code, err]).toEqual([2, expect.stringContaining('that web leaves target production is not committed')]);
    expect(err).toContain('Commit that first, and let the cluster apply it');
    expect(repository.output()).toEqual(before);
  });

  it('while a route of the cluster leads there, or it is another cluster', async () => {
    const [repository, api] = [await leaving(), await ApiServer.start()];
    repository.write('kubeconfig.yaml', api.kubeconfig);
    const again = () => remove(repository, LATER, { kubeconfig: join(repository.directory, 'kubeconfig.yaml') });
    const before = repository.output();
    const { stable } = lockOf(repository);
    const name = 'name' in stable ? stable.name : '';
    expect(await again()).toMatchObject({ code: 1, err: expect.stringContaining(`Deployment ${name} is not in namespace shop`) });
    const deployment = `/apis/apps/v1/namespaces/shop/deployments/${name}`;
    api.put(deployment, {}, { 'tidegate.dev/target': 'staging' });
    expect(await again()).toMatchObject({
      code: 1,
      err: expect.stringContaining(`Deployment ${name} in this cluster is of target 'staging', and the lock is of target 'production'.`),
    });
    api.put(deployment, {}, { 'tidegate.dev/target': 'production' });
    const route = '/apis/networking.k8s.io/v1/namespaces/shop/ingresses/front';
    api.put(route, { spec: { defaultBackend: { service: { name: 'web' } } } });
    expect(await again()).toMatchObject({ code: 1, err: expect.stringContaining('Ingress shop/front still leads to Service web') });
    expect(repository.output()).toEqual(before);
    api.put(route, { spec: { defaultBackend: { service: { name: 'elsewhere' } } } });
    expect(await again()).toMatchObject({ code: 0, out: expect.stringContaining('is gone from target production') });
  });
});
