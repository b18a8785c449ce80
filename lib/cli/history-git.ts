import { Git } from '../gitops/git.ts';
import { type GitFacts, NO_GIT } from '../gitops/history.ts';
import type { Commit } from '../gitops/history-attempt.ts';
import { type LockKey, lockPath } from '../lock/read.ts';

/** What git tells of a release, and what it cannot. */
export interface GitView {
  readonly facts: GitFacts;
  /** Records that were taken out again, as they were. */
  readonly reverted: readonly { readonly plan: string; readonly text: string }[];
  readonly notes: readonly string[];
}

/** Begins each commit in what git prints: neither a name nor a subject may hold it. */
const MARK = '\u0001';
const FORMAT = `--format=${MARK}%H%x00%ct%x00%an%x00%ae%x00%s%x00`;
const PLAN = /^([+-])\1* {2}hash: "?([0-9a-f]{8})"?$/gm;

/** Parents before children; of a merge what it brings in itself, too. */
const LOG = [
  '-c',
  'core.quotePath=false',
  'log',
  '--topo-order',
  '--reverse',
  '--no-color',
  '--no-ext-diff',
  '--no-show-signature',
  FORMAT,
];

/** @param folder of the release's records */
export function gitView(directory: string, key: LockKey, folder: string): GitView {
  const git = Git.at(directory);
  if (git === null || git.commit('HEAD') === null)
    return { facts: NO_GIT, reverted: [], notes: ['There is no git here, or no commit: who released what and the lead time are unknown.'] };
  const shallow = git.isShallow();
  const oldest = shallow ? boundaries(git) : new Set<string>();
  const known = ({ hash }: Commit) => !oldest.has(hash);
  const { records, reverted, edited } = recordsIn(commitsOf(git.try(...LOG, '--name-status', '--no-renames', '--', folder)), known);
  const changes = commitsOf(git.try(...LOG, '-c', '-p', '-U0', '--text', '--no-textconv', '--', lockPath(key)));
  const plans = plansIn(changes, records, known);
  const planIn = (file: string) => /([0-9a-f]{8})\.json$/.exec(file)?.[1] ?? '';
  const listed = (...args: readonly string[]) => (git.try(...args, '-z', '--', folder) ?? '').split('\0').map(planIn);
  for (const plan of listed('diff', '--name-only', 'HEAD')) edited.set(plan, 'its record is not as it was committed');
  for (const plan of listed('ls-files', '--others')) {
    edited.set(plan, 'its record is not committed');
    reverted.delete(plan);
  }
  const notes = shallow
    ? [
        `This clone is shallow: what happened before ${oldest.size === 1 ? 'its oldest commit' : 'its oldest commits'} is unknown. \`git fetch --unshallow\` fetches it.`,
      ]
    : [];
  const texts = [...reverted].flatMap(([plan, { hash }]) => {
    const text = git.textAt(`${hash}^`, `${folder}/${plan}.json`);
    return text === null ? [] : [{ plan, text }];
  });
  return { facts: { plans, records, reverted, edited }, reverted: texts, notes };
}

/** From the names of files that commits changed. */
function recordsIn(commits: readonly Changes[], known: (commit: Commit) => boolean) {
  const records = new Map<string, Commit>();
  const reverted = new Map<string, Commit>();
  const edited = new Map<string, string>();
  for (const { commit, rest } of commits)
    for (const [, status, plan] of rest.matchAll(/^([AMD])\t.*\/([0-9a-f]{8})\.json$/gm)) {
      if (status === undefined || plan === undefined) continue;
      if (status === 'M')
        edited.set(plan, `its record was edited by ${commit.name} in ${commit.hash.slice(0, 12)}, after it was committed`);
      else if (status === 'D') reverted.set(plan, commit);
      else {
        reverted.delete(plan);
        if (!records.has(plan) && known(commit)) records.set(plan, commit);
      }
    }
  return { records, reverted, edited };
}

/** From what commits changed in a lock. A record ends a plan; whoever takes that back has not released it again. */
function plansIn(commits: readonly Changes[], records: GitFacts['records'], known: (commit: Commit) => boolean): GitFacts['plans'] {
  const plans = new Map<string, Commit>();
  const [dropped, lost] = [new Set<string>(), new Set<string>()];
  for (const { commit, rest } of commits)
    for (const [, sign, plan] of rest.matchAll(PLAN)) {
      if (plan === undefined) continue;
      if (sign === '-') {
        if (records.get(plan)?.hash !== commit.hash) dropped.add(plan);
      } else if (dropped.delete(plan) || !(plans.has(plan) || lost.has(plan))) {
        if (known(commit)) plans.set(plan, commit);
        else lost.add(plan);
      }
    }
  return plans;
}

/** Commits that seem to have written everything, since their parents were not fetched. */
function boundaries(git: Git): ReadonlySet<string> {
  const listed = git.try('rev-list', '--max-parents=0', 'HEAD') ?? '';
  return new Set(listed.split('\n').filter((hash) => hash !== ''));
}

interface Changes {
  readonly commit: Commit;
  /** What git prints of it below its subject. */
  readonly rest: string;
}

function commitsOf(printed: string | null): readonly Changes[] {
  return (printed ?? '').split(MARK).flatMap((part) => {
    const [hash, seconds, name, email, subject, ...rest] = part.split('\0');
    if (hash === undefined || seconds === undefined || name === undefined || email === undefined || subject === undefined) return [];
    return [{ commit: { hash, at: new Date(Number(seconds) * 1_000).toISOString(), name, email, subject }, rest: rest.join('\0') }];
  });
}
