import { describe, expect, it } from 'vitest';
import { historyIn } from '../../lib/cli/history.ts';
import { readLock } from '../../lib/lock/read.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { copies, GitRepository, intent, recorded } from '../gitops/git-repository.ts';
import { promoted, recordOf } from '../gitops/records.ts';
import { DIGEST } from './repository.ts';

const CHART = 'charts/web.yaml';
const LOCK = 'lock/production/shop/web.yaml';
const KEY = { target: 'production', namespace: 'shop', release: 'web' };
const MINUTE = 60_000;

const lockOf = (repository: GitRepository) => readLock(repository.read(LOCK), KEY);

/** Paths of its records, the first release first. */
function recordsOf(repository: GitRepository): readonly [first: string, second: string] {
  const at = (text: string) => JSON.parse(text).endedAt;
  const sorted = Object.entries(repository.files('releases')).sort(([, a], [, b]) => (at(a) < at(b) ? -1 : 1));
  return [sorted[0]?.[0] ?? '', sorted[1]?.[0] ?? ''];
}

/** Releases an image in one commit, and records in another that it was promoted. */
async function release(repository: GitRepository, from: string, to: string): Promise<void> {
  repository.edit(CHART, DIGEST(from), DIGEST(to));
  await repository.synth();
  repository.commit(`Release ${to}`);
  const lock = lockOf(repository);
  const path = `releases/production/web/${lock.inFlight?.hash}.json`;
  repository.write(
    path,
    `${JSON.stringify(recordOf(lock, { startedAt: repository.now.getTime() + 5 * MINUTE, seconds: 900 }), null, 2)}\n`,
  );
  repository.write(LOCK, writeLock(promoted(lock)));
  await repository.synth();
  repository.commit(`Record ${to}`);
}

const begin = copies(() => recorded({ [CHART]: intent() }, 'web'));
const releasedTwice = copies(async () => {
  const repository = await begin();
  await release(repository, '1', '2');
  await release(repository, '2', '3');
  return repository;
});

const json = async (repository: GitRepository) => {
  const { code, out, err } = await repository.command(historyIn, ['web'], { format: 'json' });
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  return JSON.parse(out);
};

describe('tidegate history', () => {
  it('tells who released and who recorded, and the lead time from the commit of the lock', async () => {
    expect((await (await begin()).command(historyIn, ['web'])).out).toContain('Nothing was released since its first entry.');
    const repository = await releasedTwice();
    repository.edit(CHART, DIGEST('3'), DIGEST('4'));
    await repository.synth();
    repository.commit('Release 4');
    const { targets, notes } = await json(repository);
    expect(notes).toEqual([]);
    expect(targets[0].attempts).toMatchObject([
      { outcome: 'in flight', released: { subject: 'Release 4', name: 'Ada' }, recorded: null },
      { outcome: 'promoted', released: { subject: 'Release 3' }, recorded: { subject: 'Record 3' }, notes: [] },
      { outcome: 'promoted', released: { subject: 'Release 2' }, recorded: { subject: 'Record 2' }, notes: [] },
    ]);
    expect(targets[0].figures.leadTimeSeconds).toEqual({ value: 20 * 60, n: 2, few: true });
    for (const format of ['text', 'markdown'])
      expect(await repository.command(historyIn, ['web'], { format })).toMatchObject({ code: 0, err: '' });
  });

  it('finds the commit of a plan behind a merge, on a detached head, and of one that was given up', async () => {
    const repository = await begin();
    repository.git('checkout', '--quiet', '-b', 'change');
    repository.edit(CHART, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.commit('Release 2');
    repository.git('checkout', '--quiet', 'main');
    repository.write('README.md', 'x');
    repository.commit('Other work');
    repository.git('merge', '--quiet', '--no-ff', '-m', 'Merge change', 'change');
    repository.edit(CHART, DIGEST('2'), DIGEST('1'));
    await repository.synth();
    repository.commit('Give it up');
    repository.git('checkout', '--quiet', '--detach');
    const { targets } = await json(repository);
    expect(targets[0].attempts).toMatchObject([{ outcome: 'ended', released: { subject: 'Release 2' } }]);
  });

  it('tells of a release that was reverted after its record, and counts it as a failure', async () => {
    const repository = await releasedTwice();
    repository.git('revert', '--no-edit', 'HEAD', 'HEAD~1');
    const { targets } = await json(repository);
    expect(targets[0].attempts).toMatchObject([
      { outcome: 'promoted', recorded: { subject: 'Record 3' }, reverted: { subject: 'Revert "Record 3"' } },
      { outcome: 'promoted', reverted: null },
    ]);
    expect(targets[0].attempts[0].notes).toEqual([
      expect.stringMatching(/^Ada took its record out in [0-9a-f]{12}, and what it had released/),
    ]);
    expect(targets[0].figures.changeFailureRate).toMatchObject({ value: 0.5, n: 2 });
  });

  it('knows who released what behind merges of a record, and that it is in flight again', async () => {
    const repository = await begin();
    repository.edit(CHART, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.commit('Release 2');
    const lock = lockOf(repository);
    repository.git('checkout', '--quiet', '-b', 'record');
    const path = `releases/production/web/${lock.inFlight?.hash}.json`;
    const told = recordOf(lock, { startedAt: repository.now.getTime() + 5 * MINUTE, seconds: 900 });
    repository.write(path, `${JSON.stringify(told, null, 2)}\n`);
    repository.write(LOCK, writeLock(promoted(lock)));
    await repository.synth();
    repository.commit('Record 2');
    repository.git('checkout', '--quiet', 'main');
    repository.git('merge', '--quiet', '--no-ff', '--no-edit', 'record');
    repository.git('revert', '--no-edit', '-m', '1', 'HEAD');
    const { targets } = await json(repository);
    expect(targets[0].attempts).toMatchObject([
      { outcome: 'in flight', released: { subject: 'Release 2' } },
      { outcome: 'promoted', released: { subject: 'Release 2' }, reverted: { subject: expect.stringMatching(/^Revert/) } },
    ]);
  });

  it('takes the lead time of a change that was reverted and landed again from the second time', async () => {
    const repository = await begin();
    repository.edit(CHART, DIGEST('1'), DIGEST('2'));
    await repository.synth();
    repository.commit('Release 2');
    repository.git('revert', '--no-edit', 'HEAD');
    repository.git('revert', '--no-edit', 'HEAD');
    const { targets } = await json(repository);
    expect(targets[0].attempts).toMatchObject([
      { outcome: 'in flight', released: { subject: expect.stringMatching(/^(Reapply|Revert "Revert)/) } },
    ]);
  });

  it('says which record was edited, by whom, or is not committed as it is', async () => {
    const repository = await releasedTwice();
    const [first, second] = recordsOf(repository);
    repository.edit(first, 'dashboards are calm', 'looks good');
    repository.commit('Touch up');
    repository.edit(second, 'dashboards are calm', 'looks good');
    const { targets } = await json(repository);
    expect(targets[0].attempts.map(({ notes }: { notes: string[] }) => notes.join())).toEqual([
      'its record is not as it was committed',
      expect.stringMatching(/^its record was edited by Ada in \w{12}, after it was committed$/),
    ]);
  });

  it('tells of a release that went, and of each target it was on', async () => {
    const repository = await releasedTwice();
    repository.git('rm', '--quiet', '-r', LOCK, CHART, 'dist');
    repository.commit('Take it out');
    const { out } = await repository.command(historyIn, ['web']);
    expect(out).toContain('There is no lock of it any more.');
    expect(out).toMatch(/promoted, attempt 1/);
  });
});

describe('where not all is known', () => {
  it('without git, commits and lead times are unknown and said to be', async () => {
    const repository = await releasedTwice();
    await repository.run('rm', ['-rf', '.git']);
    const { out, err } = await repository.command(historyIn, ['web']);
    expect(out).toContain('Lead time, commit to promotion: unknown');
    expect(err).toContain('Note: There is no git here, or no commit');
  });

  it("a shallow clone does not take its oldest commit for everything's author", async () => {
    const origin = await releasedTwice();
    const shallow = new GitRepository({});
    shallow.git('fetch', '--quiet', '--depth=2', `file://${origin.directory}`, 'main');
    shallow.git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
    const { targets, notes } = await json(shallow);
    expect(targets[0].attempts).toMatchObject([
      { released: null, recorded: { subject: 'Record 3' } },
      { released: null, recorded: null },
    ]);
    expect(notes).toEqual([expect.stringContaining('This clone is shallow')]);
  });

  it.each([
    [['wbe'], {}, "there is neither a lock nor a record of release 'wbe'; did you mean 'web'? (known: web)"],
    [['web'], { target: ['staging'] }, "release 'web' is on production, and was never on staging"],
    [[], {}, 'history takes one release'],
    [['web'], { format: 'xml' }, '--format xml is not known here'],
  ])('%j %j is a usage error', async (positionals, values, said) => {
    const repository = await begin();
    expect(await repository.command(historyIn, positionals, values)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(said),
    });
  });

  it('every broken record is named at once', async () => {
    const repository = await releasedTwice();
    const [first, second] = recordsOf(repository);
    repository.write(first, repository.read(first).slice(0, 200));
    repository.edit(second, '"outcome": "promoted"', '"outcome": "fine"');
    const { code, err } = await repository.command(historyIn, ['web']);
    expect(code).toBe(2);
    expect(err).toContain(`${first}\n`);
    expect(err).toContain(`${second}\n`);
    expect(err).toContain('2 problems');
  });
});
