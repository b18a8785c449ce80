import { spawnSync } from 'node:child_process';
import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { lockPath } from '../lock/read.ts';
import type { AuthoredApproval } from '../policy/approvers.ts';

/** What `approvals.yaml` says of the plans of high risk in flight, each with the plan's author. Git is asked only where there are any. */
export function authoredApprovals({ releases }: Synthesis, { approvals, directory }: Project): readonly AuthoredApproval[] {
  return releases.flatMap(({ lock: { release, namespace, target, inFlight } }) => {
    if (inFlight?.plan.risk !== 'high') return [];
    const { hash } = inFlight;
    const ours = approvals.filter(({ plan }) => plan === hash);
    if (ours.length === 0) return [];
    const author = authorOf(hash, lockPath({ target, namespace, release }), directory);
    return ours.map(({ approval, by, place }) => ({ release, plan: hash, approval, by, place, author }));
  });
}

/**
 * Whose commit brought a plan into its lock; null where it is not committed, there is no git, or the history is too short
 * to tell: its oldest commit seems to have written everything.
 */
function authorOf(plan: string, file: string, directory: string): AuthoredApproval['author'] {
  const git = (...args: readonly string[]): string => {
    const { status, stdout, error } = spawnSync('git', args, { cwd: directory, encoding: 'utf8' });
    return error || status !== 0 ? '' : stdout.trim();
  };
  if (git('rev-parse', '--is-shallow-repository') !== 'false') return null;
  const [first = ''] = git('log', '--reverse', '--format=%an%x00%ae', `-S${plan}`, '--', file).split('\n');
  const [name, email] = first.split('\0');
  return name === undefined || email === undefined ? null : { name, email };
}
