import type { Rule } from '../lib/policy/rule.ts';

const waiver = (lines: string): string => `waivers:\n  - rule: image-digest\n    object: Deployment/shop/web\n${lines}`;
const WHOLE = '    reason: the vendor publishes no digests\n    owner: team-shop@example.com\n';

/** Found where waivers are read, which are no objects. */
export const waiverValid: Rule = {
  id: 'waiver-valid',
  holds: 'every waiver names a rule, an object, a reason and an owner, and ends within 90 days',
  severity: 'error',
  universal: true,
  kinds: [],
  about: '`tidegate.waivers.yaml`',
  why: 'A waiver is a debt with a name and a day on which it is due. One that has expired, that nobody owns or that ends in a year is a rule switched off. A waiver whose rule finds nothing any more only warns: it would hide the next finding. Days are judged by `tidegate lint` alone, so that `tidegate synth` gives the same on any day.',
  fix: 'Mend what the waiver is for and remove it, or agree with its owner on another day, at most 90 days from now.',
  examples: [
    {
      title: 'one that has expired (the examples are judged on 15 January 2026)',
      yaml: waiver(`${WHOLE}    expires: 2026-01-14\n`),
      finds: [''],
    },
    { title: 'one that ends too late', yaml: waiver(`${WHOLE}    expires: 2026-04-16\n`), finds: [''] },
    { title: 'one that nobody owns', yaml: waiver('    reason: later\n    expires: 2026-02-01\n'), finds: [''] },
    { title: 'one that ends in time', yaml: waiver(`${WHOLE}    expires: 2026-04-15\n`), finds: [] },
    {
      title: 'one for a single value of whatever revision',
      yaml: `waivers:\n  - rule: pod-security\n    object: Deployment/shop/web-*\n    path: /spec/template/spec/containers/1\n${WHOLE}    expires: 2026-02-01\n`,
      finds: [],
    },
  ],
  check: () => [],
};
