import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DIGEST } from '../cli/repository.ts';
import { LOCK, Story } from './story.ts';

describe('record --check', () => {
  const check = (story: Story, ...more: readonly string[]) => story.tidegate('record', '--check', '--now', '2026-03-01T13:00:00Z', ...more);

  it('accepts a record, a revert and a retirement, committed or not, and nothing that comes with one', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const base = story.git('rev-parse', 'HEAD');
    const { hash } = story.inFlight;
    await story.does('record', 'web', '--from', story.put(story.ended('promoted')));
    expect(await check(story)).toMatchObject({ code: 0, out: `web on production: promoted by plan ${hash}\n` });
    story.commit('Record');
    expect((await check(story)).code).toBe(0);
    expect((await check(story, '--base', base)).code).toBe(0);

    const record = `releases/production/web/${hash}.json`;
    const route = 'dist/production/shop/web/virtualservice-web.yaml';
    for (const [path, from, to, why] of [
      [record, 'it ended', 'it went well', ''],
      [record, '"outcome": "promoted"', '"outcome":"promoted"', `${record} is not written as`],
      [record, '"attempt": 1', '"attempt": 2', "the record's attempt is not that of plan"],
      [route, 'weight: 100', 'weight: 99', `${route} is not what follows from the records`],
      ['charts/main.ts', 'replicas: 3', 'replicas: 4', 'charts/main.ts changed, and is no part of a record'],
      ['images.yaml', DIGEST('2'), DIGEST('3'), 'images.yaml changed, and no release was given up'],
      [LOCK, 'attempts: 1', 'attempts: 2', 'it was edited by hand'],
    ] as const) {
      story.repository.edit(path, from, to);
      const { code, err } = await check(story, '--base', base);
      expect([path, code, err]).toEqual([path, why === '' ? 0 : 1, why === '' ? '' : expect.stringContaining(why)]);
      story.git('checkout', '--quiet', '--', '.');
    }

    for (const path of ['dist/production/evil/pod.yaml', 'dist/production/shop/web/pod-evil.yaml']) {
      story.repository.write(path, 'kind: Pod\n');
      const { code, err } = await check(story, '--base', base);
      expect([code, err]).toEqual([1, expect.stringContaining(`${path} changed, and no release of this repository makes it.`)]);
      rmSync(join(story.repository.directory, path));
    }

    expect(await check(story, '--base', 'nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('git knows no such commit') });
    await story.retires();
    expect(await check(story)).toMatchObject({ code: 0, out: expect.stringMatching(/retired\n$/) });
    const { code, err } = await story.tidegate('record', '--check', '--now', '2026-03-01T12:30:00Z');
    expect([code, err]).toEqual([1, expect.stringContaining('keeps its pods until')]);

    await story.releases('3');
    expect(await check(story)).toMatchObject({ code: 1, err: expect.stringContaining('with neither a record nor') });
    await story.records('aborted', '--revert');
    expect(await check(story)).toMatchObject({ code: 0, out: expect.stringContaining('aborted by plan') });
  });

  it('looks at a branch as a whole, as the job has it: each release is recorded, and what it leaves is retired', async () => {
    const story = await Story.begin();
    for (const [digit, outcome] of [
      ['2', 'aborted'],
      ['3', 'promoted'],
    ] as const) {
      await story.releases(digit);
      const base = story.git('rev-parse', 'HEAD');
      await story.records(outcome);
      await story.retires();
      const { hash } = JSON.parse(JSON.stringify({ hash: story.git('diff', '--name-only', base, '--', 'releases').slice(-13, -5) }));
      const whole = await check(story, '--base', base);
      expect(whole).toMatchObject({ code: 0, out: expect.stringMatching(`${outcome} by plan ${hash}\n.* retired\n$`) });
      story.repository.write('lock/x/evil.sh', 'rm -rf /\n');
      expect(await check(story, '--base', base)).toMatchObject({
        code: 1,
        err: expect.stringContaining('lock/x/evil.sh changed, and is no'),
      });
      rmSync(join(story.repository.directory, 'lock/x'), { recursive: true });
    }
  });

  it('takes no record of a run before: the release was taken back, and landed again', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const old = story.put(story.ended('promoted'));
    story.git('checkout', '--quiet', '-b', 'tidegate/record');
    await story.records('promoted');
    story.git('checkout', '--quiet', 'main');
    story.git('revert', '--no-edit', 'HEAD');
    story.date = '2026-03-01T12:30:00Z';
    story.git('revert', '--no-edit', 'HEAD');
    expect(await check(story, '--base', 'main')).toMatchObject({ code: 1, err: expect.stringContaining('no lock changed') });
    expect(await story.tidegate('record', 'web', '--from', old)).toMatchObject({
      code: 1,
      err: expect.stringContaining('of an earlier run'),
    });
    story.git('merge', '--quiet', '--no-edit', 'tidegate/record');
    expect(await check(story, '--base', 'main~1')).toMatchObject({ code: 1, err: expect.stringContaining('of an earlier run') });
    // Where the branch is not brought up to date, the branch that it is for counts all the same.
    story.git('reset', '--quiet', '--hard', 'HEAD~1');
    story.git('checkout', '--quiet', 'tidegate/record');
    expect(await check(story, '--base', 'main')).toMatchObject({ code: 1, err: expect.stringContaining('of an earlier run') });
  });

  it('sees what changed elsewhere in the repository', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const clone = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
    onTestFinished(() => rmSync(clone, { recursive: true, force: true }));
    cpSync(story.repository.directory, join(clone, 'p'), { recursive: true, filter: (path) => !path.endsWith('.git') });
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        cwd: clone,
        env: { ...process.env, GIT_COMMITTER_DATE: story.date },
        stdio: 'pipe',
      });
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'Begin');
    const p = join(clone, 'p');
    const from = join(story.repository.directory, story.put(story.ended('promoted')));
    await story.does('record', 'web', '--from', from, '--cwd', p);
    const check = () => story.tidegate('record', '--check', '--now', '2026-03-01T13:00:00Z', '--cwd', p);
    expect((await check()).code).toBe(0);
    writeFileSync(join(clone, 'other.yaml'), 'a: 1\n');
    expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining('other.yaml changed, and is no part of a record.') });
  });

  it('says what it lacks: git, or a commit before', async () => {
    const story = await Story.begin();
    expect(await check(story)).toMatchObject({ code: 2, err: expect.stringContaining('no commit before this one') });
    await story.releases('2');
    const clone = join(story.repository.directory, 'out/clone');
    story.git('clone', '--quiet', '--depth=1', `file://${story.repository.directory}`, clone);
    const shallow = await story.tidegate('record', '--check', '--cwd', clone);
    expect(shallow).toMatchObject({ code: 2, err: expect.stringContaining('too shallow') });
    rmSync(join(story.repository.directory, '.git'), { recursive: true });
    expect(await check(story)).toMatchObject({ code: 2, err: expect.stringContaining('no repository of git') });
  });
});
