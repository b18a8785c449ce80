import type { Rule } from '../lib/policy/rule.ts';

const lock = (history: string): string => `release: web
namespace: shop
target: production
history:
${history}stable:
  name: web-33cde69c
`;
const entry = (revision: string, plan: string): string => `  - revision: ${revision}
    plan: ${plan}
`;
const first = entry('web-adbe9f34', 'null');
const record = (outcome: string): string => `---
# releases/production/web/fa8466d5.json
{ "outcome": "${outcome}", "plan": "fa8466d5", "candidate": { "revision": "web-33cde69c" } }
`;

/** Found by comparing a lock with its history, its records and the commit before, not by looking at an object. */
export const promotionHasRecord: Rule = {
  id: 'promotion-has-record',
  holds: 'a lock that makes a revision stable comes with the record of the release that proved it',
  severity: 'error',
  universal: true,
  kinds: [],
  about: "the project's locks, where `tidegate lint` is given no path; with `--base`, how they have changed",
  why: 'What is stable gets all requests when anything fails, and needs no gate and no approval any more. A lock in which somebody has put another revision there by hand is a release that nobody has tested.',
  fix: 'Let `tidegate record` write lock and record when the release has ended; restore the lock from Git where it was edited.',
  examples: [
    { title: 'a revision that its history does not know', yaml: lock(first), finds: [''] },
    { title: 'one without a record', yaml: lock(entry('web-33cde69c', 'fa8466d5') + first), finds: [''] },
    { title: 'one whose release was aborted', yaml: lock(entry('web-33cde69c', 'fa8466d5') + first) + record('aborted'), finds: [''] },
    { title: 'a second revision that no plan has proven', yaml: lock(entry('web-33cde69c', 'null') + first), finds: [''] },
    { title: 'one with the record of its release', yaml: lock(entry('web-33cde69c', 'fa8466d5') + first) + record('promoted'), finds: [] },
    { title: 'the first entry of a release', yaml: lock(entry('web-33cde69c', 'null')), finds: [] },
  ],
  check: () => [],
};
