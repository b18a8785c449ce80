import { dayOf, FLAG_KINDS, type FoundFlag, flagsOf } from '../lib/policy/flags.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { FLAG_FILE, flagFile, flagObject, WHOLE } from './flag-examples.ts';

const LONGEST = 90;

export const flagLifetime: Rule = {
  id: 'flag-lifetime',
  holds: `every feature flag has an owner, the day it was created, and a day within ${LONGEST} days by which it is gone`,
  severity: 'error',
  kinds: FLAG_KINDS,
  thresholds: { days: { default: LONGEST, meaning: 'days from the creation of a flag to its end at most' } },
  why: 'A flag is code that runs in two ways, and each flag doubles what has to be tested. One that nobody owns is never removed, and the day on which somebody turns it by mistake runs a path that nobody has looked at for a year. Whether a flag has expired is judged by `tidegate lint` alone, so that `tidegate synth` gives the same on any day.',
  fix: `Remove the flag and the code that it hides, or agree with its owner on another day, at most ${LONGEST} days after its creation. In flagd's format owner, created and expires stand in the flag's metadata; days are written as 2026-04-01.`,
  examples: [
    {
      title: 'a flag that nobody owns and that never ends',
      yaml: flagFile({ 'new-ranking': { created: '2026-01-05' } }),
      finds: [FLAG_FILE],
    },
    {
      title: 'one that has expired (the examples are judged on 15 January 2026)',
      yaml: flagFile({ 'new-ranking': { ...WHOLE, created: '2025-11-01', expires: '2026-01-14' } }),
      finds: [FLAG_FILE],
    },
    { title: 'one that lives too long', yaml: flagFile({ 'new-ranking': { ...WHOLE, expires: '2026-06-30' } }), finds: [FLAG_FILE] },
    {
      title: 'one that ends before it begins, in a FeatureFlag',
      yaml: flagObject('new-ranking', { ...WHOLE, created: '2026-02-05', expires: '2026-02-01' }),
      finds: ['/spec/flagSpec/flags/new-ranking'],
    },
    {
      title: 'a day that is none',
      yaml: flagObject('new-ranking', { ...WHOLE, expires: 'soon' }),
      finds: ['/spec/flagSpec/flags/new-ranking'],
    },
    { title: 'flags with owners and ends', yaml: flagFile({ 'new-ranking': WHOLE, 'dark-mode': WHOLE }), finds: [] },
    { title: 'a FeatureFlag', yaml: flagObject('new-ranking', WHOLE), finds: [] },
  ],
  *check(entry, { threshold, today }) {
    const days = threshold(flagLifetime, 'days');
    for (const flag of flagsOf(entry))
      for (const said of flaws(flag, days, today)) yield { path: flag.path, message: `flag '${flag.name}' ${said}.` };
  },
};

function* flaws({ owner, created, expires }: FoundFlag, most: number, today: string | null): Iterable<string> {
  const missing = Object.entries({ owner, created, expires }).flatMap(([field, value]) => (value === null ? [field] : []));
  if (missing.length > 0) yield `has no ${missing.join(', no ')}`;
  const [from, to] = [created, expires].map((day) => (day === null ? null : dayOf(day)));
  for (const day of [created, expires])
    if (day !== null && dayOf(day) === null) yield `has the day '${day}', which is none: expected one such as 2026-04-01`;
  const now = today === null ? null : dayOf(today);
  if (to !== undefined && to !== null && now !== null && to < now)
    yield `expired on ${expires}, ${now - to} ${now - to === 1 ? 'day' : 'days'} ago`;
  if (from === undefined || from === null) return;
  const lives = to === undefined || to === null ? null : to - from;
  if (lives !== null && lives <= 0) yield `expires on ${expires}, not after the day it was created, ${created}`;
  else if (lives !== null && lives > most) yield `lives ${lives} days, from ${created} to ${expires}, expected at most ${most}`;
  else if (lives === null && now !== null && now - from > most) yield `is ${now - from} days old, expected at most ${most}`;
}
