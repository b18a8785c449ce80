import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authoredApprovals } from '../../lib/cli/authors.ts';
import { Project } from '../../lib/constructs/project.ts';
import type { Synthesis } from '../../lib/constructs/synthesize.ts';
import { addApproval } from '../../lib/intent/approvals.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { approverFindings } from '../../lib/policy/approvers.ts';
import { Repository } from '../cli/repository.ts';
import { compile, image } from '../constructs/compiling.ts';

const flightOf = (risk: 'normal' | 'high'): Lock => {
  const strategy = { 'strategy.weights': [5, 50, 100] };
  return compile({ image: image('a'), risk, ...strategy }, compile({ risk, ...strategy }, null).lock).lock;
};
const high = flightOf('high');
const file = (lock: Lock) => `lock/${lock.target}/${lock.namespace}/${lock.release}.yaml`;

interface Clone {
  /** Whether Alice has committed the release. */
  readonly committed?: boolean;
  /** Commits that are there of it. */
  readonly depth?: number;
  readonly repository?: 'whole' | 'broken' | 'none';
}

/** What is said of an approval of a release that Alice committed. */
function said(by: string, lock = high, { committed = true, depth, repository: kind = 'whole' }: Clone = {}): readonly string[] {
  const plan = lock.inFlight?.hash ?? '';
  const repository = new Repository({
    [file(lock)]: writeLock(lock),
    'approvals.yaml': addApproval(null, { release: lock.release, plan, approval: 'start', by, at: '2026-01-05T09:00:00Z' }),
  });
  const git = (who: string, ...args: readonly string[]) =>
    execFileSync(
      'git',
      ['-c', `user.name=${who}`, '-c', `user.email=${who.toLowerCase()}@example.com`, '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: repository.directory,
      },
    );
  git('Alice', 'init', '-q');
  if (depth !== undefined) for (const message of ['Begin', 'Go on']) git('Zoe', 'commit', '-q', '--allow-empty', '-m', message);
  if (committed) git('Alice', 'add', 'lock');
  git('Alice', 'commit', '-q', '--allow-empty', '-m', 'Release');
  git('Bob', 'add', 'approvals.yaml');
  git('Bob', 'commit', '-q', '-m', 'Approve');
  let { directory } = repository;
  if (depth !== undefined) {
    directory = join(repository.directory, 'clone');
    execFileSync('git', ['clone', '-q', '--depth', String(depth), `file://${repository.directory}`, directory]);
  }
  if (kind === 'none') rmSync(join(directory, '.git'), { recursive: true });
  if (kind === 'broken') rmSync(join(directory, '.git/HEAD'));
  const synthesis = { releases: [{ lock, target: lock.target }] } as unknown as Synthesis;
  const findings = approverFindings(authoredApprovals(synthesis, new Project({ directory })));
  return findings.map(({ severity, file, line, message, help }) => `${severity} ${file}:${line} ${message} ${help}`);
}

describe('a release of high risk', () => {
  it.each(['alice@example.com', 'Alice', 'Alice Example <Alice@example.com>'])('is not approved by its author, %s', (by) => {
    expect(said(by)).toEqual([
      expect.stringMatching(
        /^error approvals\.yaml:\d+ approval 'start' of web: it is of high risk, and .+, who approves plan [0-9a-f]{8}, is also its author\. /,
      ),
    ]);
  });

  it('is approved by somebody else, though that person commits the approval', () => {
    expect(said('bob@example.com')).toEqual([]);
  });

  it('is approved by anybody while nobody knows its author', () => {
    expect(said('alice@example.com', high, { committed: false })).toEqual([]);
    expect(said('alice@example.com', high, { repository: 'none' })).toEqual([]);
  });
});

describe('whether a release of high risk is approved by its author', () => {
  it.each<[string, Clone, RegExp]>([
    ['the clone is too shallow', { depth: 1 }, /: this clone is too shallow to have the commit that brought it\. .*`fetch-depth: 0`/],
    ['git cannot read the repository', { repository: 'broken' }, /: git says: .+\. Let whoever runs/],
  ])('is a warning where %s', (_, clone, why) => {
    const [warning, ...more] = said('bob@example.com', high, clone);
    expect(warning).toMatch(
      /^warning approvals\.yaml:\d+ web is of high risk, and nobody can tell whether plan [0-9a-f]{8} is approved by/,
    );
    expect(warning).toMatch(why);
    expect(more).toEqual([]);
  });

  it('is one warning for all approvals of a plan', () => {
    const place = { file: 'approvals.yaml', line: 2, column: 3 };
    const one = { release: 'web', plan: 'aaaaaaaa', approval: 'start', by: 'bob', place, author: { unknown: 'nobody says', help: 'Ask.' } };
    const all = [one, { ...one, by: 'carol' }, { ...one, plan: 'bbbbbbbb' }];
    expect(approverFindings(all).map(({ message }) => message)).toEqual(
      ['aaaaaaaa', 'bbbbbbbb'].map((plan) => expect.stringContaining(`whether plan ${plan} is approved by its author: nobody says.`)),
    );
  });

  it('is known from a shallow clone that has the commit', () => {
    expect(said('alice@example.com', high, { depth: 3 })).toEqual([expect.stringContaining('is also its author')]);
  });
});

it('a release of normal risk may be approved by its author', () => {
  expect(said('alice@example.com', flightOf('normal'))).toEqual([]);
});
