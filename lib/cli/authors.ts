import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Project } from '../constructs/project.ts';
import type { Synthesis } from '../constructs/synthesize.ts';
import { lockPath } from '../lock/read.ts';
import { oneLine } from '../plan/words.ts';
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
 * Whose commit brought a plan into its lock, or why the history does not say; null where it is not committed, or there is no
 * repository: then nobody has written it yet.
 */
function authorOf(plan: string, file: string, directory: string): AuthoredApproval['author'] {
  const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: directory, encoding: 'utf8' });
  const shallow = git('rev-parse', '--is-shallow-repository');
  const log = git('log', '--reverse', '--no-show-signature', '--format=%P%x00%an%x00%ae', `-S${plan}`, '--', file);
  for (const { error, status, stderr } of [shallow, log])
    if (error || status !== 0)
      return isInRepository(directory) ? { unknown: `git says: ${oneLine(error?.message ?? stderr)}`, help: READABLE_HELP } : null;
  const [first = ''] = log.stdout.split('\n');
  const [parents, name, email] = first.split('\0');
  if (name === undefined || email === undefined) return null;
  // The oldest commit that is there seems to have written everything.
  const isCut = shallow.stdout.trim() === 'true' && parents === '';
  return isCut ? { unknown: 'this clone is too shallow to have the commit that brought it', help: DEEPER_HELP } : { name, email };
}

const DEEPER_HELP = 'Fetch the whole history before `tidegate lint`: `git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout.';
const READABLE_HELP = 'Let whoever runs `tidegate lint` have git, and read the repository with it.';

/** Asked where git itself does not answer. */
function isInRepository(directory: string): boolean {
  const folder = resolve(directory);
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)));
}
