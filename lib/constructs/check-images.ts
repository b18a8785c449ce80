import type { PlacedImage } from '../intent/images.ts';
import type { Problem } from '../schema/index.ts';
import { nearest } from '../schema/nearest.ts';
import type { Collected } from './collect.ts';
import type { Project } from './project.ts';

/** Lines of `images.yaml` that change nothing: a bot would go on changing them, and nobody would see that nothing happens. */
export function idleImages({ releases }: Collected, { images, config }: Project): readonly Problem[] {
  const used = new Set(releases.flatMap(({ release }) => release.images));
  const names = releases.map(({ release }) => release.name);
  return images.filter((entry) => !used.has(entry)).map((entry) => whyIdle(entry, names, Object.keys(config.targets)));
}

function whyIdle({ release, target, place: at }: PlacedImage, releases: readonly string[], targets: readonly string[]): Problem {
  const suggestion = (name: string, known: readonly string[]) => {
    const meant = nearest(name, known);
    return meant === null ? '.' : `; did you mean '${meant}'?`;
  };
  if (target !== null && !targets.includes(target))
    return {
      message: `there is no target '${target}'${suggestion(target, targets)}`,
      at,
      help: `tidegate.yaml declares ${targets.join(', ')}.`,
    };
  if (!releases.includes(release))
    return {
      message: `there is no release '${release}'${suggestion(release, releases)}`,
      at,
      help: 'Rename the line, or remove it: it changes nothing.',
    };
  return {
    message: `this image of '${release}' is not used.`,
    at,
    help: "Where the intent names a digest, leave it out there, from '@' on; where every target has a line of its own, remove this one.",
  };
}
