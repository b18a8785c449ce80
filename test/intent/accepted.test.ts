import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkIntent } from '../../lib/intent/check.ts';
import { resolveIntent } from '../../lib/intent/resolve.ts';
import { readIntent } from '../../lib/intent/validate.ts';
import { VALID, valid } from './valid.ts';

const places = placesOf(VALID, '');
const texts = ['', '0', '0s', '1h', '5m', '99999999999d', '9e9', '128Mi', '100%', '/', 'a/b', '{{version}}', '{{', 'toString', '__proto__'];
const present = places.map(([, value]) => value);

/** Mostly a value of the same kind, which gets past the schema. */
const replacement = (value: unknown): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...present.filter((other) => typeof other === typeof value)) },
    {
      weight: 3,
      arbitrary: typeof value === 'number' ? fc.integer({ min: -1, max: 70_000 }) : fc.constantFrom<unknown>(undefined, ...texts),
    },
    {
      weight: 1,
      arbitrary: fc.oneof(fc.string({ maxLength: 20 }), fc.double(), fc.constantFrom(...present), fc.anything({ maxDepth: 2 })),
    },
  );
const change = fc.constantFrom(...places).chain(([place, value]) => fc.tuple(fc.constant(place), replacement(value)));

test('whatever is changed, an intent is refused with problems, or resolves', () => {
  let checked = 0;
  let resolved = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      const { intent, problems } = readIntent(changed(changes));
      for (const { message } of problems) expect(message).toMatch(/[.?]$/);
      if (!intent) return;
      checked++;
      const wrong = checkIntent('web', intent);
      for (const { message } of wrong) expect(message).toMatch(/[.?]$/);
      if (wrong.length > 0) return;
      resolveIntent('web', intent, 'default');
      resolved++;
    }),
    { numRuns: 1_000, seed: 7 },
  );
  // Else the changes are too wild to say anything.
  expect(checked).toBeGreaterThan(200);
  expect(resolved).toBeGreaterThan(25);
});

function changed(drawn: readonly (readonly [string, unknown])[]): unknown {
  const changes = structuredClone(drawn); // a second change may reach into the first
  // The second change may aim into what the first has replaced; then the first stands alone.
  try {
    return valid(Object.fromEntries(changes));
  } catch {
    return valid(Object.fromEntries(changes.slice(0, 1)));
  }
}

/** Every place of a value, with what stands there. */
function placesOf(value: unknown, place: string): [string, unknown][] {
  const inner =
    value !== null && typeof value === 'object'
      ? Object.entries(value).flatMap(([key, part]) => placesOf(part, place === '' ? key : `${place}.${key}`))
      : [];
  return place === '' ? inner : [[place, value], ...inner];
}
