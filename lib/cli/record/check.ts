import { lstatSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { DEFAULT_APP, DEFAULT_OUT } from '../../constructs/default-app.ts';
import { Project } from '../../constructs/project.ts';
import { synthesize } from '../../constructs/synthesize.ts';
import { type Ends, type Expected, expectedOf } from '../../gitops/check-record.ts';
import { Git } from '../../gitops/git.ts';
import { landingOf } from '../../gitops/landing.ts';
import { IMAGES_FILE } from '../../intent/images.ts';
import { lockPath } from '../../lock/read.ts';
import { RECORD } from '../../output/record.ts';
import { formatOption, type Invocation, textOption, UsageError } from '../command.ts';
import { writesOf } from '../write.ts';
import { revertedImages, unrevertedProblem } from './revert.ts';
import { timeOf } from './time.ts';

/** `tidegate record --check`: whether the change from a commit to the working tree is records and retirements, and no more. */
export async function recordCheck(invocation: Invocation): Promise<number> {
  formatOption(invocation, ['text', 'json']);
  if (invocation.positionals.length > 0)
    throw new UsageError(`record --check takes no '${invocation.positionals[0]}': it looks at the whole change`);
  const project = new Project();
  const git = Git.at(project.directory);
  if (git === null) throw new UsageError('record --check compares with a commit: this is no repository of git, or git is not installed');
  const { base, tip } = beginningOf(git, textOption(invocation, 'base'));
  const out = (textOption(invocation, 'out') ?? DEFAULT_OUT).replace(/\/+$/, '');
  const changed = git.changedSince(base);
  const ends: Ends = {
    before: (path) => git.textAt(base, path),
    after: (path) => textOf(project.directory, path),
    landing: (lock) => landingOf(git, lock, tip),
  };
  const relevant = changed.filter((path) => !path.startsWith(`${out}/`));
  const expected = expectedOf(relevant, ends, timeOf(invocation));
  const images = imagesProblems(relevant, expected, ends);
  const foreign = git.changedElsewhere(base).map((path) => `${path} changed, and is no part of a record.`);
  const problems = [...expected.problems, ...images, ...foreign];
  // Programs that changed are not run: what they say is no longer the question.
  const output = { folder: out, changed: changed.filter((path) => path.startsWith(`${out}/`)) };
  const differing = problems.length > 0 ? [] : await outputProblems(expected, relevant.includes(IMAGES_FILE), ends, output, invocation);
  return tell(base, expected.said, [...problems, ...differing], invocation);
}

function tell(base: string, said: readonly string[], problems: readonly string[], { values, io }: Invocation): number {
  const exact = problems.length === 0;
  if (values.format === 'json') io.out(`${JSON.stringify({ version: 1, base, exact, changes: said, problems }, null, 2)}\n`);
  else if (exact) io.out(said.map((line) => `${line}\n`).join(''));
  else io.err(`${problems.join('\n')}\n`);
  if (!exact)
    io.err(`\nThis change since ${base.slice(0, 12)} is not exactly what \`tidegate record\` writes: a person has to look at it.\n`);
  return exact ? 0 : 1;
}

/**
 * Where the change began, and the newest commit of the branch that it is for: at the commit that HEAD shares with `ref`. Without
 * one, with the default branch of origin; where HEAD is in it, or there is none, at HEAD if something is not committed, and
 * else at the commit before.
 */
function beginningOf(git: Git, ref: string | null): { readonly base: string; readonly tip: string } {
  const head = git.commit('HEAD');
  if (head === null) throw new UsageError('record --check: nothing is committed here yet');
  if (ref !== null) {
    const commit = git.commit(ref);
    if (commit === null)
      throw new UsageError(
        `--base ${ref}: git knows no such commit here; fetch it first, as in \`git fetch origin ${ref.replace(/^origin\//, '')}\` or with \`fetch-depth: 0\``,
      );
    return { base: git.try('merge-base', commit, 'HEAD') ?? commit, tip: commit };
  }
  const upstream =
    ['origin/HEAD', 'origin/main', 'origin/master'].map((name) => git.commit(name)).find((commit) => commit !== null) ?? null;
  const shared = upstream === null ? null : git.try('merge-base', upstream, 'HEAD');
  if (upstream !== null && shared !== null && shared !== head) return { base: shared, tip: upstream };
  if (git.changedSince(head).length > 0) return { base: head, tip: head };
  const before = git.commit('HEAD~1');
  if (before === null)
    throw new UsageError(
      git.isShallow()
        ? 'record --check: this clone is too shallow to have the commit before; fetch it with `git fetch --deepen=1`, or with `fetch-depth: 0`'
        : 'record --check: there is no commit before this one to compare with; name one with --base',
    );
  return { base: before, tip: before };
}

function imagesProblems(changed: readonly string[], { aborted }: Expected, ends: Ends): readonly string[] {
  if (!changed.includes(IMAGES_FILE)) return [];
  const [before, after] = [ends.before(IMAGES_FILE), ends.after(IMAGES_FILE)];
  if (before === null || after === null || aborted.length === 0) return [`${IMAGES_FILE} changed, and no release was given up.`];
  const reverted = aborted.reduce<string | null>((text, lock) => {
    const images = text === null ? null : revertedImages(lock, new Project({ texts: new Map([[IMAGES_FILE, text]]) }));
    return images === null || 'problem' in images ? null : images.file[1];
  }, before);
  return reverted === after ? [] : [`${IMAGES_FILE} changed, and not to the images of what is stable.`];
}

/** Locks, records and manifests, made anew and compared byte for byte. */
async function outputProblems(
  { texts, aborted }: Expected,
  reverted: boolean,
  ends: Ends,
  output: { readonly folder: string; readonly changed: readonly string[] },
  invocation: Invocation,
): Promise<readonly string[]> {
  const project = new Project({ texts });
  const synthesis = await synthesize(textOption(invocation, 'app') ?? DEFAULT_APP, project);
  const own = new Set(aborted.map(lockPath));
  const moved = synthesis.releases.flatMap(({ lock }) => {
    const path = lockPath(lock);
    const expected = texts.get(path);
    if (reverted && own.has(path))
      return unrevertedProblem(lock, project) === null ? [] : [`${path}: the intent is not that of stable again.`];
    return expected === undefined || synthesis.locks.get(path) === expected ? [] : [`${path}: its intent changed.`];
  });
  const records = [...texts].filter(([path, text]) => path.startsWith('releases/') && ends.after(path) !== text);
  const { added, changed, removed } = writesOf(synthesis, project, output.folder, true);
  const made = new Set([...synthesis.manifests.keys()].map((path) => `${output.folder}/${path}`));
  return [
    ...moved,
    ...records.map(([path]) => `${path} is not written as \`tidegate record\` writes it.`),
    ...[...added, ...changed, ...removed].sort().map((path) => `${path} is not what follows from the records.`),
    ...output.changed
      .filter((path) => !isOwn(path, made, ends, project.directory))
      .map((path) => `${path} changed, and no release of this repository makes it.`),
  ];
}

/** A manifest that is made now, one that was made and is gone, or the list of either. */
function isOwn(path: string, made: ReadonlySet<string>, ends: Ends, directory: string): boolean {
  if (made.has(path)) return true;
  const [folder, name] = [posix.dirname(path), posix.basename(path)];
  const listed = (ends.before(`${folder}/${RECORD}`) ?? '').split('\n');
  const present = lstatSync(join(directory, path), { throwIfNoEntry: false }) !== undefined;
  if (name === RECORD) return !present || [...made].some((other) => posix.dirname(other) === folder);
  return !present && listed.includes(name);
}

function textOf(directory: string, path: string): string | null {
  try {
    return readFileSync(join(directory, path), 'utf8');
  } catch {
    return null;
  }
}
