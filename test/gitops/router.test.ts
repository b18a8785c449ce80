import { describe, expect, it } from 'vitest';
import { diffIn } from '../../lib/cli/diff.ts';
import { stableName } from '../../lib/lock/change.ts';
import { withoutFormerRoute } from '../../lib/lock/former-route.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { readLock } from '../../lib/lock/read.ts';
import { promoted } from '../../lib/lock/settle.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { DIGEST } from '../cli/repository.ts';
import { copies, type GitRepository, intent, recorded } from './git-repository.ts';

const WEB = 'charts/web.yaml';
const LOCK = 'lock/production/shop/web.yaml';
const OLD = 'dist/production/shop/web/virtualservice-web.yaml';
const POLICY = 'dist/production/shop/web/networkpolicy-web.yaml';
const NEW = 'dist/production/shop/web/httproute-web.yaml';

const one = copies(() => recorded({ [WEB]: intent() }, 'web'));

const lockOf = (repository: GitRepository): Lock =>
  readLock(repository.read(LOCK), { target: 'production', namespace: 'shop', release: 'web' });

const told = async (repository: GitRepository): Promise<string> => (await repository.command(diffIn, [], { words: true })).out;

/** The commit in which the router has become another. */
async function moved(): Promise<GitRepository> {
  const repository = await one();
  repository.edit(WEB, 'router: istio', 'router: gateway-api');
  await repository.synth();
  repository.commit('Change the router');
  return repository;
}

/** What `record --retire-route` leads to. */
async function retired(repository: GitRepository): Promise<void> {
  repository.write(LOCK, writeLock(withoutFormerRoute(lockOf(repository))));
  await repository.synth();
}

describe('another router at rest', () => {
  it('adds its route beside the old one, which stays as it was; nothing else changes, and no rule finds anything new', async () => {
    const repository = await one();
    const before = repository.output();
    const known = await repository.findings();
    repository.edit(WEB, 'router: istio', 'router: gateway-api');
    await repository.synth();
    const after = repository.output();
    const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => before[path] !== after[path]);
    expect(differing.filter((path) => path.endsWith('.yaml')).sort()).toEqual([NEW, LOCK]);
    expect((await repository.findings()).filter((finding) => !known.includes(finding))).toEqual([]);
    await repository.synth();
    expect(repository.output()).toEqual(after);
    const words = await told(repository);
    expect(words).toContain('! router: istio → gateway-api: another object splits the traffic, beside the old one');
    expect(words).toContain('The istio route stays beside the new one, at stable, until it is retired.');
    expect(words).toContain('Nothing restarts.');
  });

  it('lets the old route go when it is retired, and with it what only the old way needs', async () => {
    const repository = await moved();
    const before = repository.files('dist');
    await retired(repository);
    const gone = Object.keys(before).filter((path) => path.endsWith('.yaml') && repository.files('dist')[path] !== before[path]);
    expect(gone).toEqual([POLICY, OLD]);
    expect(await told(repository)).toContain('! The istio route goes: requests that still come that way find nothing.');
  });

  it('taken back leaves the route of the other beside the old one', async () => {
    const repository = await moved();
    repository.edit(WEB, 'router: gateway-api', 'router: istio');
    await repository.synth();
    expect(lockOf(repository).formerTraffic?.router).toBe('gateway-api');
    expect(repository.files('dist')).toMatchObject({ [OLD]: expect.any(String), [NEW]: expect.any(String) });
  });

  it.each<[string, (repository: GitRepository) => Promise<void> | void, string]>([
    [
      'while a release is in flight',
      async (repository) => {
        repository.edit(WEB, DIGEST('1'), DIGEST('2'));
        await repository.synth();
      },
      'End the release and record it, or give it up; then change the router',
    ],
    ['together with a release', (repository) => repository.edit(WEB, DIGEST('1'), DIGEST('2')), 'Change the router in a commit of its own'],
  ])('is refused %s', async (_, change, why) => {
    const repository = await one();
    await change(repository);
    const before = repository.output();
    repository.edit(WEB, 'router: istio', 'router: gateway-api');
    expect(await repository.refusal()).toContain(why);
    expect(repository.output()).toEqual(before);
  });

  it('lets a rollback start, and the old route follows when it is recorded', async () => {
    const repository = await one();
    const first = stableName(lockOf(repository));
    repository.edit(WEB, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.write(LOCK, writeLock(promoted(lockOf(repository))));
    repository.edit(WEB, 'router: istio', 'router: gateway-api');
    await repository.synth();
    const second = stableName(lockOf(repository));
    repository.edit(WEB, DIGEST('2'), DIGEST('1'));
    await repository.synth();
    expect(lockOf(repository)).toMatchObject({ inFlight: { rollback: true }, formerTraffic: { router: 'istio' } });
    const destinations = () => [...repository.read(OLD).matchAll(/host: (web-\w+)\./g)].map(([, name]) => name);
    expect(destinations()).toEqual([second]);
    repository.write(LOCK, writeLock(promoted(lockOf(repository))));
    await repository.synth();
    expect(destinations()).toEqual([first]);
  });

  it('lets no release start until the old route is retired', async () => {
    const repository = await moved();
    repository.edit(WEB, DIGEST('1'), DIGEST('2'));
    expect(await repository.refusal()).toContain('Run `tidegate record web --retire-route` once nobody comes that way any more.');
    repository.edit(WEB, DIGEST('2'), DIGEST('1'));
    await retired(repository);
    repository.edit(WEB, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    expect(lockOf(repository).inFlight?.plan.route.router).toBe('gateway-api');
  });
});
