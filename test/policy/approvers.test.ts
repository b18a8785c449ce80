import { execFileSync } from 'node:child_process';
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

/** What is said of an approval of a release that Alice committed. */
function said(by: string, lock = high, committed = true): readonly string[] {
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
  if (committed) git('Alice', 'add', 'lock');
  git('Alice', 'commit', '-q', '--allow-empty', '-m', 'Release');
  git('Bob', 'add', 'approvals.yaml');
  git('Bob', 'commit', '-q', '-m', 'Approve');
  const synthesis = { releases: [{ lock, target: lock.target }] } as unknown as Synthesis;
  const findings = approverFindings(authoredApprovals(synthesis, new Project({ directory: repository.directory })));
  return findings.map(({ file, line, message }) => `${file}:${line} ${message}`);
}

describe('a release of high risk', () => {
  it.each(['alice@example.com', 'Alice', 'Alice Example <Alice@example.com>'])('is not approved by its author, %s', (by) => {
    expect(said(by)).toEqual([
      expect.stringMatching(
        /^approvals\.yaml:\d+ approval 'start' of web: it is of high risk, and .+, who approves plan [0-9a-f]{8}, is also its author\.$/,
      ),
    ]);
  });

  it('is approved by somebody else, though that person commits the approval', () => {
    expect(said('bob@example.com')).toEqual([]);
  });

  it('is approved by anybody while nobody knows its author', () => {
    expect(said('alice@example.com', high, false)).toEqual([]);
  });
});

it('a release of normal risk may be approved by its author', () => {
  expect(said('alice@example.com', flightOf('normal'))).toEqual([]);
});
