import { nearest } from '../../schema/nearest.ts';
import { DEFAULTS } from '../defaults.ts';
import { Duration } from '../duration.ts';
import { parseImage } from '../image.ts';
import type { ReleaseIntent } from '../release.ts';
import type { HttpCheck } from '../strategy.ts';
import { atLeast } from './lifecycle.ts';
import { checkEnvName, checkLabel } from './names.ts';
import { attempt, type Place, type Problems, parsed, problem } from './problem.ts';

/** What the texts of `json` may say of the candidate. */
const PLACEHOLDERS = ['version', 'digest', 'revision'] as const;

/** Smoke tests: names of their own, bounded, and nothing in them that stays unfilled. */
export function* checkSmoke({ smoke, image }: ReleaseIntent): Problems {
  for (const [index, test] of smoke.entries()) {
    const place = ['smoke', index];
    yield* checkLabel([...place, 'name'], test.name, 'smoke test name');
    const deadline = Duration.parse(test.deadline ?? DEFAULTS['HttpSmoke.deadline']);
    yield* atLeast([...place, 'deadline'], deadline, 1);
    if ('http' in test) {
      for (const [number, check] of test.http.entries()) yield* checkHttp([...place, 'http', number], check, deadline, image);
    } else {
      yield* parsed([...place, 'container', 'image'], () => parseImage(test.container.image));
      for (const name of Object.keys(test.container.env ?? {})) yield* checkEnvName([...place, 'container', 'env', name], name);
    }
  }
}

function* checkHttp(place: Place, check: HttpCheck, deadline: Duration, image: string): Problems {
  if (!/^\/\S*$/.test(check.path)) yield problem([...place, 'path'], `path '${check.path}' must begin with '/' and have no space.`);
  const timeout = Duration.parse(check.timeout ?? DEFAULTS['HttpCheck.timeout']);
  yield* atLeast([...place, 'timeout'], timeout, 1);
  if (timeout.milliseconds >= deadline.milliseconds)
    yield problem([...place, 'timeout'], `timeout ${timeout} does not fit into the deadline of ${deadline} of the whole test.`);
  for (const [field, value] of Object.entries(check.json ?? {}))
    if (typeof value === 'string') yield* checkPlaceholders([...place, 'json', field], value, image);
}

function* checkPlaceholders(place: Place, text: string, image: string): Problems {
  for (const [whole, inside = ''] of text.matchAll(/\{\{(.*?)\}\}/g)) {
    const name = inside.trim();
    if (!PLACEHOLDERS.some((known) => known === name)) {
      const meant = nearest(name, PLACEHOLDERS);
      const known = PLACEHOLDERS.map((placeholder) => `{{${placeholder}}}`).join(', ');
      yield problem(place, `unknown placeholder ${whole}${meant === null ? '.' : `, did you mean {{${meant}}}?`}`, `There are ${known}.`);
    } else if (name === 'version' && attempt(() => parseImage(image)).value?.tag === null)
      yield problem(place, `${whole} is the tag of the image, and '${image}' has none.`, "Name the image as 'repository:tag@sha256:...'.");
  }
}
