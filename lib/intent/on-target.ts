import { dottedPath, readPath } from '../schema/explain.ts';
import { nearest, type Problem, ProblemError } from '../schema/index.ts';
import { checkIntent } from './check.ts';
import { imageOn, type PlacedImage, withImage } from './images.ts';
import { layOver } from './lay-over.ts';
import type { ReleaseIntent } from './release.ts';
import { readIntent } from './validate.ts';

/**
 * The intent as it holds on one target: with what differs there, and with the image that `images.yaml` has for it.
 * @param written an intent whose shape has been accepted
 * @throws ProblemError with everything that is wrong with it there
 */
export function intentOn(release: string, written: ReleaseIntent, target: string, images: readonly PlacedImage[]): ReleaseIntent {
  const changed = changedOn(written, target);
  const intent = withImage(changed, imageOn(images, release, target));
  const problems = checkIntent(release, intent);
  if (problems.length > 0) throw new ProblemError(problems.map((problem) => placed(problem, written, target)));
  return intent;
}

/** The intent with what differs on a target, and without what differs elsewhere. @throws ProblemError where it has a wrong shape then */
export function changedOn({ targets, ...base }: ReleaseIntent, target: string): ReleaseIntent {
  const change = targets !== undefined && Object.hasOwn(targets, target) ? targets[target] : undefined;
  if (change === undefined) return base;
  const problems: Problem[] = [];
  const merged = layOver({ ...base }, { ...change }, { problems, above: ['targets', target] });
  if (Object.keys(change).length === 0)
    problems.push({ message: 'nothing differs here.', path: dottedPath(['targets', target]), help: 'Say what does, or remove it.' });
  const reading = problems.length > 0 ? null : readIntent(merged);
  if (reading?.intent) return reading.intent;
  const found = reading?.problems.map((problem) => placed(problem, { ...base, targets: { [target]: change } }, target)) ?? problems;
  throw new ProblemError(found);
}

/** Targets that an intent names and the project does not declare. */
export function unknownTargets({ targets = {} }: ReleaseIntent, declared: readonly string[]): readonly Problem[] {
  return Object.keys(targets)
    .filter((name) => !declared.includes(name))
    .map((name) => {
      const meant = nearest(name, declared);
      return {
        message: `there is no target '${name}'${meant ? `; did you mean '${meant}'?` : '.'}`,
        path: dottedPath(['targets', name]),
        help: `tidegate.yaml declares ${declared.join(', ')}.`,
      };
    });
}

/** Where a mistake in the whole was written: in what differs, if it says anything of that place. */
function placed(problem: Problem, { targets }: ReleaseIntent, target: string): Problem {
  if (problem.path === undefined || problem.at !== undefined) return problem;
  let rest: unknown = targets?.[target];
  const segments = readPath(problem.path);
  for (const segment of segments) rest = Object(rest)[segment];
  return rest === undefined ? problem : { ...problem, path: dottedPath(['targets', target, ...segments]) };
}
