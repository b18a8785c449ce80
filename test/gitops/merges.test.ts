import { describe, expect, it } from 'vitest';
import { diffIn } from '../../lib/cli/diff.ts';
import { DIGEST } from '../cli/repository.ts';
import { copies, type GitRepository, intent, recorded } from './git-repository.ts';

const WEB = 'charts/web.yaml';
const API = 'charts/api.yaml';
const LOCK = 'lock/production/shop/web.yaml';

const one = copies(() => recorded({ [WEB]: intent() }, 'web'));
const two = copies(() => recorded({ [WEB]: intent(), [API]: intent({ name: 'api' }) }, 'web', 'api'));

/** A branch from main with one edit, compiled and committed. */
async function branch(repository: GitRepository, name: string, path: string, from: string, to: string): Promise<void> {
  repository.git('checkout', '--quiet', '-b', name, 'main');
  repository.edit(path, from, to);
  await repository.synth();
  repository.commit(name);
}

const effects = async (repository: GitRepository, base: string): Promise<readonly string[]> => {
  const { out } = await repository.command(diffIn, [], { base, format: 'json' });
  return JSON.parse(out).releases.map(({ release, effect }: Record<string, string>) => `${release} ${effect}`);
};

describe('two branches', () => {
  it('that change different releases merge without a conflict, and compile to what was merged', async () => {
    const repository = await two();
    const begin = repository.git('rev-parse', 'HEAD');
    await branch(repository, 'web-2', WEB, DIGEST('1'), DIGEST('2'));
    await branch(repository, 'api-2', API, DIGEST('1'), DIGEST('2'));
    repository.git('merge', '--quiet', '--no-edit', 'web-2');
    const merged = repository.output();
    await repository.synth();
    expect(repository.output()).toEqual(merged);
    expect(await effects(repository, begin)).toEqual(['api starts', 'web starts']);
  });

  it('that change the same release conflict in its lock, which is refused with its line and what to do; doing it supersedes', async () => {
    const repository = await one();
    await branch(repository, 'web-2', WEB, DIGEST('1'), DIGEST('2'));
    await branch(repository, 'web-3', WEB, DIGEST('1'), DIGEST('3'));
    repository.git('checkout', '--quiet', 'main');
    repository.git('merge', '--quiet', '--ff-only', 'web-2');
    repository.git('checkout', '--quiet', 'web-3');
    expect(repository.tryGit('merge', '--quiet', 'main')).toBe(false);
    repository.git('checkout', '--ours', '--', 'charts');
    const refusal = await repository.refusal();
    expect(refusal).toMatch(/lock\/production\/shop\/web\.yaml:\d+:1: the lock holds a merge conflict: two changes of release 'web' meet/);
    expect(refusal).toContain(`git checkout origin/main -- ${LOCK}`);
    expect(await repository.command(diffIn)).toMatchObject({ code: 2, err: expect.stringContaining('merge conflict') });
    repository.git('checkout', 'main', '--', LOCK);
    // Lists of what Tidegate wrote conflict as well, and say themselves what to do.
    for (const [path, text] of Object.entries(repository.files('dist')))
      if (path.endsWith('.files')) repository.write(path, text.replace(/^(?:<{7}|={7}|>{7}).*\n/gm, ''));
    await repository.synth();
    repository.commit('Merge main');
    expect(Object.entries(repository.output()).filter(([, text]) => /^(?:<{7}|>{7}) /m.test(text))).toEqual([]);
    expect(await effects(repository, 'main')).toEqual(['web supersedes']);
  });
});

describe('one commit', () => {
  it('that changes two releases starts both, and its revert gives up both', async () => {
    const repository = await two();
    const begin = repository.output();
    for (const path of [WEB, API]) repository.edit(path, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.commit('Release both');
    expect(await effects(repository, 'HEAD~1')).toEqual(['api starts', 'web starts']);
    repository.git('revert', '--no-edit', 'HEAD');
    expect(repository.output()).toEqual(begin);
    expect(await repository.refusal()).toBe('');
    expect(repository.output()).toEqual(begin);
  });

  it('that changes the strategy at rest changes the lock alone: the next release goes by it', async () => {
    const repository = await one();
    repository.edit(WEB, '[5, 50, 100]', '[10, 50, 100]');
    await repository.synth();
    expect(repository.git('diff', '--name-only').split('\n')).toEqual([WEB, LOCK]);
    const { out } = await repository.command(diffIn);
    expect(out).toMatch(/^This starts no release of web\.\nIts next release will go 10 → 50 → approval → 100/m);
    expect(out).toContain('Nothing restarts.');
  });
});

describe('a release', () => {
  it.each<[string, (repository: GitRepository) => void, string, string, RegExp]>([
    [
      'that takes another name',
      (repository) => {
        repository.git('mv', WEB, 'charts/shop.yaml');
        repository.edit('charts/shop.yaml', '  name: web\n', '  name: shop\n');
      },
      'shop',
      'charts/shop.yaml',
      /shop seems to be named web before/,
    ],
    [
      'that moves to another namespace',
      (repository) => repository.edit(WEB, 'namespace: shop', 'namespace: store'),
      'web',
      WEB,
      /web seems to be moved from namespace shop/,
    ],
  ])('%s is refused until its old lock goes and a new one is made, and then is two releases', async (_, change, name, path, warning) => {
    const repository = await one();
    const before = repository.output();
    change(repository);
    const refusal = await repository.refusal();
    expect(refusal).toContain(`${LOCK} is the lock of release 'web', which no chart declares`);
    expect(refusal).toContain(`Run \`tidegate record ${name} --initial\``);
    expect(repository.output()).toEqual(before);

    repository.git('rm', '--quiet', LOCK);
    await repository.synth(name);
    repository.commit('Move it');
    expect((await effects(repository, 'HEAD~1')).map((effect) => effect.split(' ')[1]).sort()).toEqual(['first', 'gone']);
    const { out } = await repository.command(diffIn, [], { base: 'HEAD~1', words: true });
    expect(out).toMatch(warning);
    expect(out).toContain('! All objects of web are pruned when this is applied, whatever requests they still serve.');
    expect(repository.read(path)).toContain('kind: ReleaseIntent');
  });

  it('that is deleted with its lock is pruned at once; others stay as they are', async () => {
    const repository = await two();
    repository.git('rm', '--quiet', WEB);
    expect(await repository.refusal()).toContain(`delete the lock file and run again`);
    repository.git('rm', '--quiet', LOCK);
    await repository.synth();
    repository.commit('Take web out');
    expect(await effects(repository, 'HEAD~1')).toEqual(['web gone']);
    expect(Object.keys(repository.output()).filter((path) => path.includes('/web'))).toEqual([]);
  });
});
