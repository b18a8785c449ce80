import type { ReleaseIntent } from '../release.ts';
import { checkLabel } from './names.ts';
import { type Place, type Problems, problem, repeated } from './problem.ts';

/** Names that can be those of other releases; whether there are such shows once all are together. */
export function* checkOrder(release: string, { after = [] }: ReleaseIntent): Problems {
  const names = after.map((name, index): [Place, string] => [['after', index], name]);
  for (const [place, name] of names) {
    yield* checkLabel(place, name, 'release');
    if (name === release) yield problem(place, `${release} cannot come after itself.`);
  }
  yield* repeated(names, (name) => `release '${name}'`);
}
