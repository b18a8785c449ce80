import { FLAG_KINDS, flagsOf } from '../lib/policy/flags.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { FLAG_FILE, flagFile, WHOLE } from './flag-examples.ts';

const MOST = 49;
const many = (count: number): string =>
  flagFile(Object.fromEntries(Array.from({ length: count }, (_, index) => [`flag-${index + 1}`, WHOLE])), 'on one line');

export const flagCount: Rule = {
  id: 'flag-count',
  holds: `a service has fewer than ${MOST + 1} active feature flags`,
  severity: 'warning',
  kinds: FLAG_KINDS,
  thresholds: { most: { default: MOST, meaning: 'active flags of a service at most' } },
  why: 'Flags depend on each other in ways that nobody has written down. With fifty of them no test runs what a given user gets, and nobody knows any more which may be removed.',
  fix: 'Remove the flags that all users or none have had for weeks, with the code that asks for them. A flag whose state is DISABLED does not count.',
  examples: [
    { title: 'fifty flags', yaml: many(MOST + 1), finds: [FLAG_FILE] },
    { title: 'three flags', yaml: many(3), finds: [] },
  ],
  *check(entry, { threshold }) {
    const active = flagsOf(entry).filter((flag) => flag.active);
    const most = threshold(flagCount, 'most');
    const [first] = active;
    if (first && active.length > most)
      yield {
        // of a FeatureFlag the map of all flags, of a ConfigMap the file
        path: entry.kind === 'ConfigMap' ? first.path : first.path.slice(0, -1),
        message: `holds ${active.length} active flags, expected at most ${most}.`,
      };
  },
};
