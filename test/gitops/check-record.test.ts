import { describe, expect, it } from 'vitest';
import { expectedOf } from '../../lib/gitops/check-record.ts';
import { Git } from '../../lib/gitops/git.ts';
import { type Landing, landingOf } from '../../lib/gitops/landing.ts';
import { recorded } from '../../lib/gitops/record.ts';
import { type CommittedRecord, formatRecord } from '../../lib/gitops/release-record.ts';
import { retire } from '../../lib/gitops/retire.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { lockPath } from '../../lib/lock/read.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { compile, image, KEY } from '../constructs/compiling.ts';
import { GitRepository } from './git-repository.ts';
import { walked } from './walked.ts';

const ENDED = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;

const flightOn = (target: string): Lock => {
  const key = { ...KEY, target };
  return compile({ image: image('a') }, compile({}, null, { key }).lock, { key }).lock;
};

/** What the runner has left at the end. */
function recordOf({ release, namespace, target, inFlight }: Lock, outcome: 'promoted' | 'aborted', startedAt = '2026-03-01T11:00:00Z') {
  const { plan, hash } = inFlight ?? expect.fail('nothing is in flight');
  const { attempt, stable, candidate } = plan;
  const times = { startedAt, endedAt: '2026-03-01T12:00:00Z' };
  const of = { version: 1, release, namespace, target, plan: hash, attempt, run: 1, outcome, by: null, reason: 'it ended' } as const;
  const lists = outcome === 'promoted' ? walked(plan, times) : { steps: [], gates: [], approvals: [] };
  return { ...of, ...times, stable, candidate, ...lists, waived: null } satisfies CommittedRecord;
}

/** A branch on which changes are gathered, and what is said of it as a whole. */
class Branch {
  readonly #before = new Map<string, string>();
  readonly #after = new Map<string, string>();

  constructor(...locks: readonly Lock[]) {
    for (const lock of locks) this.#before.set(lockPath(lock), writeLock(lock));
    for (const [path, text] of this.#before) this.#after.set(path, text);
  }

  write(path: string, text: string): this {
    this.#after.set(path, text);
    return this;
  }

  records(lock: Lock, outcome: 'promoted' | 'aborted'): Lock {
    const recording = recorded(lock, recordOf(lock, outcome), { committed: null, approvals: [], now: ENDED });
    if (recording.kind !== 'settled') return expect.fail(JSON.stringify(recording));
    this.write(recording.file.path, recording.file.text).write(lockPath(lock), writeLock(recording.lock));
    return recording.lock;
  }

  retires(lock: Lock): Lock {
    const left = retire(
      lock,
      lock.retiring.map(({ revision }) => revision.name),
    );
    this.write(lockPath(lock), writeLock(left));
    return left;
  }

  said(now: number, landing: Landing | null = null) {
    const changed = [...this.#after.keys()].filter((path) => this.#before.get(path) !== this.#after.get(path)).sort();
    const ends = {
      before: (path: string) => this.#before.get(path) ?? null,
      after: (path: string) => this.#after.get(path) ?? null,
      landing: () => landing,
    };
    const { said, problems, texts } = expectedOf(changed, ends, now);
    if (problems.length === 0) for (const path of changed) expect(texts.get(path)).toBe(this.#after.get(path));
    return problems.length > 0 ? problems : said;
  }
}

describe('a change that is merged unattended', () => {
  const flight = flightOn('production');
  const { plan, hash } = flight.inFlight ?? expect.fail('nothing is in flight');
  const superseding = compile({ image: image('b') }, flight).lock;

  it.each<[string, Lock, 'promoted' | 'aborted', number, readonly string[]]>([
    ['one that was aborted', flight, 'aborted', ENDED, [plan.candidate.revision]],
    ['one whose keepWarm is over by then', flight, 'promoted', ENDED + HOUR, [plan.stable.revision]],
    ['one that superseded another', superseding, 'promoted', ENDED + HOUR, [plan.stable.revision, plan.candidate.revision]],
  ])('may record and retire in one branch: %s', (_, lock, outcome, now, gone) => {
    const branch = new Branch(lock);
    branch.retires(branch.records(lock, outcome));
    expect(branch.said(now)).toEqual([
      `web on production: ${outcome} by plan ${lock.inFlight?.hash}`,
      `web on production: ${gone.join(', ')} retired`,
    ]);
  });

  it('may gather several releases', () => {
    const other = flightOn('staging');
    const branch = new Branch(flight, other);
    branch.records(flight, 'promoted');
    branch.retires(branch.records(other, 'aborted'));
    expect(branch.said(ENDED)).toEqual([
      `web on production: promoted by plan ${hash}`,
      `web on staging: aborted by plan ${other.inFlight?.hash}`,
      `web on staging: ${other.inFlight?.candidate.name} retired`,
    ]);
  });

  it('retires nothing before its time, also where the record is in the same branch', () => {
    const branch = new Branch(flight);
    branch.retires(branch.records(flight, 'promoted'));
    expect(branch.said(ENDED + HOUR - 1)).toEqual([expect.stringContaining(`${plan.stable.revision} keeps its pods until`)]);
  });

  it('retires nothing where the record of the promotion is lost, since nobody knows when it was', () => {
    const promoted = new Branch(flight).records(flight, 'promoted');
    const branch = new Branch(promoted);
    branch.retires(promoted);
    expect(branch.said(ENDED + HOUR)).toEqual([expect.stringContaining(`releases/production/web/${hash}.json is missing`)]);
  });

  it.each(['lock/x/evil.sh', 'lock/.gitattributes', 'lock/production/shop/evil.sh', 'releases/production/web/evil.json', 'charts/main.ts'])(
    'has nothing beside it: %s',
    (path) => {
      const branch = new Branch(flight);
      branch.records(flight, 'promoted');
      expect(branch.write(path, 'x').said(ENDED)).toEqual([`${path} changed, and is no part of a record.`]);
    },
  );

  it('is of the run that the newest commit began, as far as clocks tell', () => {
    const branch = new Branch(flight);
    branch.records(flight, 'promoted');
    const landing = { commit: '0123456789abcdef', at: Date.parse('2026-03-01T11:05:00Z'), isEdge: false };
    expect(branch.said(ENDED, landing)).toEqual([`web on production: promoted by plan ${hash}`]);
    const later = { ...landing, at: landing.at + 1_000 };
    expect(branch.said(ENDED, later)).toEqual([
      expect.stringMatching(/before commit 0123456789ab of 2026-03-01T11:05:01\.000Z brought plan \w+ into Git: it is of an earlier run/),
    ]);
    expect(branch.said(ENDED, { ...later, isEdge: true })).toEqual([expect.stringContaining('git fetch --unshallow')]);
  });

  it('is as small as a record', () => {
    expect(new Branch(flight).said(ENDED)).toEqual(['no lock changed: nothing is recorded.']);
    const record = formatRecord({ ...recordOf(flight, 'promoted'), intent: flight.intent });
    expect(new Branch(flight).write(`releases/production/web/${hash}.json`, record).said(ENDED)).toEqual([
      `releases/production/web/${hash}.json changed, and is no part of a record.`,
    ]);
  });
});

describe('the commit that brought a release into its lock', () => {
  const flight = flightOn('production');
  const rest = compile({}, null).lock;
  const path = lockPath(flight);
  const begin = () => {
    const repository = new GitRepository({ [path]: writeLock(rest) });
    repository.commit('Begin');
    const commit = (lock: Lock, message: string) => {
      repository.write(path, writeLock(lock));
      return repository.commit(message);
    };
    const landing = (directory = repository.directory) => landingOf(Git.at(directory) ?? expect.fail('no git'), flight);
    return { repository, commit, landing };
  };

  it('is the newest that did: not one before it was taken back, nor one that changed something else', () => {
    const { repository, commit, landing } = begin();
    expect(landing()).toBeNull();
    const first = commit(flight, 'Release');
    commit({ ...flight, attempts: flight.attempts + 1 }, 'Something else');
    expect(landing()).toMatchObject({ commit: first, isEdge: false });
    commit(rest, 'Revert');
    const again = commit(flight, 'Release again');
    const at = repository.now.getTime();
    repository.commit('Nothing');
    expect(landing()).toEqual({ commit: again, at, isEdge: false });
  });

  it('is not the merge that brings a branch up to date, and is one that a person has merged by hand', () => {
    const { repository, commit, landing } = begin();
    repository.git('checkout', '--quiet', '-b', 'other');
    repository.write('NOTES.md', 'ours');
    repository.commit('Notes');
    repository.git('checkout', '--quiet', 'main');
    const first = commit(flight, 'Release');
    repository.git('checkout', '--quiet', 'other');
    repository.git('merge', '--quiet', '--no-edit', 'main');
    expect(landing()?.commit).toBe(first);

    commit(rest, 'Revert');
    repository.git('checkout', '--quiet', '-b', 'third');
    commit({ ...rest, attempts: 7 }, 'Third');
    repository.git('checkout', '--quiet', 'other');
    commit({ ...rest, attempts: 8 }, 'Fourth');
    expect(repository.tryGit('merge', 'third')).toBe(false);
    const merged = commit(flight, 'Merge by hand');
    expect(landing()?.commit).toBe(merged);
  });

  it('is not known where a shallow clone begins with it', () => {
    const { repository, commit, landing } = begin();
    commit(flight, 'Release');
    const later = repository.commit('Nothing');
    const clone = `${repository.directory}/out/clone`;
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.directory}`, clone);
    expect(landing(clone)).toMatchObject({ commit: later, isEdge: true });
  });
});
