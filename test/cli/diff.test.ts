import { describe, expect, it } from 'vitest';
import { diffIn } from '../../lib/cli/diff.ts';
import { copies, GitRepository, intent, recorded } from '../gitops/git-repository.ts';
import { DIGEST } from './repository.ts';

const CHART = 'charts/web.yaml';
const begin = copies(() => recorded({ [CHART]: intent() }, 'web'));

describe('tidegate diff', () => {
  it('ends with 0 where nothing differs, and with 1 where something does, whatever the format', async () => {
    const repository = await begin();
    expect(await repository.command(diffIn)).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('Nothing differs; compared with HEAD at '),
    });
    repository.edit(CHART, DIGEST('1'), DIGEST('2'));
    for (const format of ['text', 'json', 'markdown']) expect(await repository.command(diffIn, [], { format })).toMatchObject({ code: 1 });
  });

  it('tells what an edit will do before it is compiled, and the same after, and writes nothing', async () => {
    const repository = await begin();
    repository.edit(CHART, DIGEST('1'), DIGEST('2'));
    const before = repository.output();
    const early = await repository.command(diffIn);
    expect(repository.output()).toEqual(before);
    expect(early.out).toMatch(/^web {2}production\/shop\n\nThis starts a release of web: 5 → 50 → approval → 100, about /);
    expect(early.out).toContain('Nothing restarts.');
    expect(early.out).toContain('--- a/dist/production/shop/web/virtualservice-web.yaml\n');
    expect(early.err).toMatch(/Note: \d+ files of the output are not written yet: run `tidegate synth`/);
    await repository.synth();
    const late = await repository.command(diffIn);
    expect(late.out).toBe(early.out);
    expect(late.err).not.toContain('Note:');
  });

  it('compares with what a branch began from, not with what its upstream has become since', async () => {
    const origin = await begin();
    const repository = new GitRepository({});
    repository.git('remote', 'add', 'origin', origin.directory);
    repository.git('fetch', '--quiet', 'origin');
    repository.git('checkout', '--quiet', '-b', 'change', 'origin/main');
    repository.edit(CHART, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.commit('Release 2');
    origin.edit(CHART, 'replicas: 3', 'replicas: 7');
    await origin.synth();
    origin.commit('More pods');
    repository.git('fetch', '--quiet', 'origin');
    const { code, out, err } = await repository.command(diffIn);
    expect(code).toBe(1);
    expect(err).toContain('compared with origin/main at ');
    expect(out).toContain('This starts a release of web');
    expect(out).not.toMatch(/replicas: \d → /);
    expect((await repository.command(diffIn, [], { base: 'HEAD' })).code).toBe(0);
  });

  it('says what is superseded, for the releases and targets that are asked for', async () => {
    const repository = await recorded({ [CHART]: intent(), 'charts/api.yaml': intent({ name: 'api' }) }, 'web', 'api');
    for (const path of [CHART, 'charts/api.yaml']) repository.edit(path, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.commit('Release both');
    for (const path of [CHART, 'charts/api.yaml']) repository.edit(path, DIGEST('2'), DIGEST('3'));
    const all = JSON.parse((await repository.command(diffIn, [], { format: 'json' })).out);
    expect(all.releases.map((one: Record<string, unknown>) => [one.release, one.effect])).toEqual([
      ['api', 'supersedes'],
      ['web', 'supersedes'],
    ]);
    const { out } = await repository.command(diffIn, ['web'], { words: true });
    expect(out).toMatch(/^This supersedes the release of web that is in flight: web-\w+ loses its traffic to stable first/m);
    expect(out).not.toMatch(/api {2}production|^---/m);
    expect((await repository.command(diffIn, [], { target: ['staging'] })).err).toContain("there is no target 'staging'");
  });

  it('shows what changes for every release, and objects of none', async () => {
    const repository = await begin();
    repository.write('tidegate.yaml', 'targets: {production: {approvals: waived}}\n');
    repository.write(
      'tidegate.waivers.yaml',
      'waivers:\n  - {rule: image-digest, object: Deployment/shop/web, reason: later, owner: shop, expires: 2026-04-01}\n',
    );
    const { out } = await repository.command(diffIn, [], { words: true });
    expect(out).toContain('! approvals on target production: required → waived: ');
    expect(out).toContain('! waiver image-digest of Deployment/shop/web added');
  });
});

describe('where Git cannot say it all', () => {
  it('a repository without commits, and no repository at all, are told what is missing', async () => {
    const empty = new GitRepository({ [CHART]: intent() });
    expect(await empty.command(diffIn)).toMatchObject({ code: 2, err: expect.stringContaining('nothing is committed here yet') });
    await empty.run('rm', ['-rf', '.git']);
    expect(await empty.command(diffIn)).toMatchObject({ code: 2, err: expect.stringContaining('no working tree of a repository') });
  });

  it('an unknown commit names the way to get it', async () => {
    const repository = await begin();
    const { code, err } = await repository.command(diffIn, [], { base: 'origin/next' });
    expect([code, err]).toEqual([2, expect.stringContaining('git fetch origin next')]);
  });

  it('a shallow clone compares with the branch itself and says so', async () => {
    const origin = await begin();
    origin.git('checkout', '--quiet', '-b', 'change');
    origin.edit(CHART, 'replicas: 3', 'replicas: 4');
    await origin.synth();
    origin.commit('More pods');
    const shallow = new GitRepository({});
    shallow.git('remote', 'add', 'origin', `file://${origin.directory}`);
    shallow.git('fetch', '--quiet', '--depth=1', 'origin', 'change:change', 'main:refs/remotes/origin/main');
    shallow.git('checkout', '--quiet', '--detach', 'change');
    const { code, out, err } = await shallow.command(diffIn, [], { words: true });
    expect(code).toBe(1);
    expect(out).toContain('replicas: 3 → 4');
    expect(err).toContain('The history here is too short to find the commit that this shares with origin/main');
  });

  it('a lock that was broken at that commit makes its release look new, and is named', async () => {
    const repository = await begin();
    const lock = 'lock/production/shop/web.yaml';
    const whole = repository.read(lock);
    repository.write(lock, whole.slice(0, 500));
    repository.commit('Break it');
    repository.write(lock, whole);
    const { code, out, err } = await repository.command(diffIn, [], { words: true });
    expect(code).toBe(1);
    expect(out).toContain('This is the first entry of web');
    expect(err).toContain(`Note: ${lock} cannot be read at `);
  });

  it('a project in a folder of a larger repository is compared with that folder', async () => {
    const repository = new GitRepository({ 'releases-of/team/charts/web.yaml': intent() });
    const project = `${repository.directory}/releases-of/team`;
    repository.commit('Intent');
    const { code, err } = await repository.command((_, invocation) => diffIn(project, invocation));
    expect([code, err]).toEqual([2, expect.stringContaining('tidegate record web --initial')]);
  });
});
