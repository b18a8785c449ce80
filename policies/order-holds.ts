import type { Rule } from '../lib/policy/rule.ts';

const lock = (release: string, attempts: number, inFlight: string, after = ''): string => `release: ${release}
namespace: shop
target: production
resolved: { ${after} }
attempts: ${attempts}
inFlight: ${inFlight}
`;
const flight = (ahead: string): string => `{ plan: { queue: { group: checkout, limit: 1, ahead: [${ahead}] } } }`;
const behindPay = flight('{ release: pay, attempt: 1, until: over }');

/** Found by comparing the locks of all releases, not by looking at an object. */
export const orderHolds: Rule = {
  id: 'order-holds',
  holds: 'releases in flight wait for one another as groups and `after` say, and for nobody who was given up',
  severity: 'error',
  universal: true,
  kinds: [],
  about: "the project's locks, where `tidegate lint` is given no path",
  why: 'A plan keeps the place that it had on its branch. Two branches that each begin a release of a group merge without a conflict, and then neither has a place behind the other: only traffic that is there already keeps them apart; and one that waits for what was given up waits for ever. After `after` alone, and of what was given up, it is a warning: both may be as they should.',
  fix: 'Run `tidegate synth --refresh --only RELEASE` for the one that has not begun, and commit what it writes.',
  examples: [
    {
      title: 'two of a group whose limit is 1, begun on two branches',
      yaml: `${lock('pay', 1, flight(''))}---\n${lock('web', 1, flight(''))}`,
      finds: [''],
    },
    {
      title: 'one that comes after another, begun on two branches',
      yaml: `${lock('pay', 1, '{ plan: {} }')}---\n${lock('web', 1, '{ plan: {} }', 'after: [pay]')}`,
      finds: [''],
    },
    { title: 'one that waits for what was given up', yaml: `${lock('pay', 1, 'null')}---\n${lock('web', 1, behindPay)}`, finds: [''] },
    { title: 'one behind the other', yaml: `${lock('pay', 1, flight(''))}---\n${lock('web', 1, behindPay)}`, finds: [] },
  ],
  check: () => [],
};
