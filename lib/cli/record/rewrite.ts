import { DEFAULT_APP, DEFAULT_OUT } from '../../constructs/default-app.ts';
import { Project } from '../../constructs/project.ts';
import { type Synthesis, synthesize } from '../../constructs/synthesize.ts';
import { Git } from '../../gitops/git.ts';
import type { Lock } from '../../lock/lock.ts';
import { type LockKey, lockPath } from '../../lock/read.ts';
import type { Writes, Written } from '../../output/files.ts';
import { type Problem, ProblemError } from '../../schema/index.ts';
import { formatOption, type Invocation, textOption } from '../command.ts';
import { printRefusal, rulesFor } from '../verdict.ts';
import { writesOf } from '../write.ts';

/** One change of one lock, with the files that say why. */
export interface Rewrite {
  readonly key: LockKey;
  /** Text of the lock, and of what is written with it, by path: as if it were there already. */
  readonly texts: ReadonlyMap<string, string>;
  /** Those of `texts` that a run which was ended has put in place already, as they were before it. @default none */
  readonly begun?: ReadonlyMap<string, string>;
  /** Name of the proven revision that the run brings back; null: none. */
  readonly rollback?: string | null;
  /** True: everything but the writing. */
  readonly drill?: boolean;
  /** Why the lock that synth makes of these texts is not what was meant; null: it is. */
  readonly wrong: (lock: Lock) => Problem | null;
}

export interface Rewritten {
  readonly written: Written;
  readonly lock: Lock;
}

/**
 * Writes what follows from a change of one lock, and nothing else, in one transaction whose last file is the lock: until it
 * stands, the same command comes to the same result again.
 * @returns null where a rule forbids it, which has been told
 * @throws ProblemError where anything else would change with it
 */
export async function rewrite(
  { key, texts, begun = new Map(), rollback = null, drill = false, wrong }: Rewrite,
  invocation: Invocation,
): Promise<Rewritten | null> {
  const app = textOption(invocation, 'app') ?? DEFAULT_APP;
  const out = textOption(invocation, 'out') ?? DEFAULT_OUT;
  const present = new Project({ texts: begun });
  refuse(uncommittedProblems(present.directory, key, [out, ...begun.keys()]));
  const judge = rulesFor(present);
  const before = await synthesize(app, present);
  const project = new Project({ texts, ...(rollback === null ? {} : { rollbacks: new Map([[lockPath(key), rollback]]) }) });
  const after = await synthesize(app, project);
  const writes = writesWith(after, texts, key, project, out);
  refuse([...foreignChanges(writesOf(before, present, out, true), writes), ...otherLocks(before, after, key)]);
  const lock = after.releases.find(({ lock: one }) => lockPath(one) === lockPath(key))?.lock;
  if (lock === undefined) throw new ProblemError([{ message: `no chart declares release '${key.release}' on target '${key.target}'.` }]);
  const mistake = wrong(lock);
  if (mistake) throw new ProblemError([mistake]);
  const verdict = await judge(after, out);
  if (!verdict.accepted) {
    await printRefusal(verdict, formatOption(invocation, ['text', 'json']), invocation.io);
    return null;
  }
  return { written: drill ? wouldBe(writes) : writes.commit(), lock };
}

const wouldBe = ({ added, changed, removed, unchanged }: Writes): Written => ({
  written: [...added, ...changed].sort(),
  removed,
  unchanged,
});

/** Records and images first, the lock of the change last of all. */
function writesWith(synthesis: Synthesis, texts: ReadonlyMap<string, string>, key: LockKey, project: Project, out: string): Writes {
  const own = lockPath(key);
  const others = [...texts].filter(([path]) => path !== own);
  const locks = [...textsOf(synthesis.locks)].sort(([a], [b]) => Number(a === own) - Number(b === own));
  return writesOf({ ...synthesis, locks: new Map([...others, ...locks]) }, project, out, true);
}

const textsOf = (texts: Synthesis['locks']): ReadonlyMap<string, string> =>
  new Map([...texts.keys()].map((path) => [path, texts.get(path) ?? '']));

/** Output that is neither what synth gives now nor what it will give: somebody else's change would travel with this one. */
function foreignChanges(now: Writes, then: Writes): readonly Problem[] {
  const stale = ({ added, changed, removed }: Writes) => [...added, ...changed, ...removed].filter((path) => !path.endsWith('/.files'));
  const later = new Set(stale(then));
  const foreign = stale(now).filter((path) => later.has(path));
  if (foreign.length === 0) return [];
  return [
    {
      message: `${listed(foreign)} ${foreign.length === 1 ? 'is' : 'are'} not what \`tidegate synth\` gives, so more than this would change.`,
      help: 'Run `tidegate synth`, commit what it changes, and run again.',
    },
  ];
}

function otherLocks(before: Synthesis, after: Synthesis, key: LockKey): readonly Problem[] {
  const texts = textsOf(after.locks);
  const moved = [...texts].filter(([path, text]) => path !== lockPath(key) && before.locks.get(path) !== text).map(([path]) => path);
  return moved.length === 0
    ? []
    : [
        {
          message: `${listed(moved)} would change as well.`,
          help: 'Change one release on one target at a time, by hand where one line speaks for several.',
        },
      ];
}

/**
 * What is not committed and would be mixed with the change. Output may be half of a run that was killed; the rest may not,
 * and a lock that is not committed is one that no cluster runs.
 */
function uncommittedProblems(directory: string, key: LockKey, expected: readonly string[]): readonly Problem[] {
  const ours = [...expected.map((path) => path.replace(/\/$/, '')), 'releases', 'lock'];
  const changed = Git.at(directory)?.changed() ?? [];
  const dirty = changed.filter((path) => path === lockPath(key) || !ours.some((own) => path === own || path.startsWith(`${own}/`)));
  return dirty.length === 0
    ? []
    : [
        {
          message: `${listed(dirty)} ${dirty.length === 1 ? 'is' : 'are'} changed and not committed.`,
          help: 'Commit or stash it first (`git stash`): this is to be a commit of its own.',
        },
      ];
}

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(', ');
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ProblemError(problems);
}

/** The lock must be the very one that was computed: its intent is as it was. */
export const unchanged =
  (text: string, textOf: (lock: Lock) => string) =>
  (lock: Lock): Problem | null =>
    textOf(lock) === text
      ? null
      : {
          message: `the intent of release '${lock.release}' is not the one of its lock, so more than this would change.`,
          help: 'Run `tidegate synth`, commit what it changes, and run again.',
        };
