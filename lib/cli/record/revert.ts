import { Project } from '../../constructs/project.ts';
import { Git } from '../../gitops/git.ts';
import { parseImage } from '../../intent/image.ts';
import { changeImage, IMAGES_FILE, imageOn } from '../../intent/images.ts';
import { isExternal, type Lock } from '../../lock/lock.ts';
import { lockPath } from '../../lock/read.ts';
import type { Problem } from '../../schema/index.ts';

/** `images.yaml` with stable's image again, or why the intent cannot be put back by changing it. */
export function revertedImages(
  lock: Lock,
  project: Project,
): { readonly file: readonly [path: string, text: string] } | { readonly problem: Problem } {
  const { release, target, stable } = lock;
  const entry = imageOn(project.images, release, target);
  if (isExternal(stable) || entry === null || parseImage(stable.image).repository !== entry.image.repository)
    return { problem: byHand(lock, project, `${IMAGES_FILE} does not say what ${release} runs`) };
  const { tag, digest } = parseImage(stable.image);
  const { text } = changeImage(project.imagesText(), { release, target: entry.target, tag, digest }, [release]);
  return { file: [IMAGES_FILE, text] };
}

/**
 * `images.yaml` as it was before a run that was ended has put stable's image back and changed nothing else, so that the same
 * command goes on from there; else empty. That is how the last commit has it, or, without git, with the image in flight.
 */
export function begunRevert(lock: Lock, project: Project): ReadonlyMap<string, string> {
  const { directory } = project;
  const git = Git.at(directory);
  const [former, present] = [git === null ? inFlightImages(lock, project) : git.textAt('HEAD', IMAGES_FILE), project.imagesText()];
  if (former === null || former === present) return new Map();
  const before = new Map([[IMAGES_FILE, former]]);
  const reverted = revertedImages(lock, new Project({ directory, texts: before }));
  return 'file' in reverted && reverted.file[1] === present ? before : new Map();
}

/** Null where the image in flight is not one that `images.yaml` can say, or what stands there is not stable's. */
function inFlightImages({ release, target, stable, inFlight }: Lock, project: Project): string | null {
  const entry = imageOn(project.images, release, target);
  if (isExternal(stable) || inFlight === null || entry === null) return null;
  const [before, candidate] = [parseImage(stable.image), parseImage(inFlight.candidate.image)];
  const says = entry.image;
  if (says.digest !== before.digest || candidate.repository !== says.repository) return null;
  const { tag, digest } = candidate;
  return changeImage(project.imagesText(), { release, target: entry.target, tag, digest }, [release]).text;
}

/** After a digest was put back: whether the intent describes stable again. */
export function unrevertedProblem(after: Lock, project: Project): Problem | null {
  if (after.inFlight === null && after.declined === undefined) return null;
  return byHand(after, project, `the release of ${after.release} changed more than its image`);
}

/** Programs are changed by those who wrote them: which commit is to be undone is all that can be said. */
function byHand(lock: Lock, project: Project, why: string): Problem {
  const git = Git.at(project.directory);
  const commit = git?.try('log', '-1', '--format=%H', '--', lockPath(lock)) ?? '';
  const message = `the intent cannot be put back by itself: ${why}.`;
  const otherwise = 'Run `tidegate record` without --revert, change the intent back to what is stable, and run `tidegate synth`.';
  if (!git || commit === '' || git.commit(`${commit}^`) === null) return { message, help: otherwise };
  const generated = ['dist/', 'lock/', 'releases/', 'approvals.yaml'];
  const touched = (git.try('diff', '--name-only', '--relative', `${commit}^`, commit, '--', '.') ?? '')
    .split('\n')
    .filter((path) => path !== '' && !generated.some((own) => path.startsWith(own)));
  const moved = touched.filter((path) => git.textAt('HEAD', path) !== git.textAt(commit, path));
  const short = commit.slice(0, 12);
  if (touched.length === 0 || moved.length > 0)
    return {
      message,
      help: moved.length > 0 ? `${otherwise} Since commit ${short} began the release, ${moved.join(', ')} changed again.` : otherwise,
    };
  return {
    message,
    help: `Run \`tidegate record\` without --revert and commit it; then \`git checkout ${short}^ -- ${touched.join(' ')}\` puts back what the release changed, and \`tidegate synth\` follows.`,
  };
}
