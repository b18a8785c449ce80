import { PLAN_PATH, planOf } from '../lib/policy/exposure/plan.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { textAt } from '../lib/policy/shape.ts';
import { all, ask, PLAN, plan, smoke, to, watch } from './release-examples.ts';

const MOST = 200 * 1024;

export const planSize: Rule = {
  id: 'plan-size',
  holds: `a plan has at most ${MOST / 1024} KiB`,
  severity: 'error',
  kinds: ['ConfigMap'],
  why: 'kubectl apply keeps a copy of what it applies in an annotation, and annotations end at 256 KiB: the release is then refused half-way, by the cluster. The runner refuses such a plan too.',
  fix: 'Use fewer or shorter gates, steps, migrations or smoke tests: the plan has every query, body and command of theirs.',
  examples: [
    {
      title: 'a query of 250,000 characters',
      yaml: plan([smoke, to(5), watch(300, { query: 'x'.repeat(250_000) }), ask, all]),
      finds: [PLAN],
    },
    { title: 'a plan', yaml: plan([smoke, to(5), watch(), ask, all]), finds: [] },
  ],
  *check(entry) {
    if (!planOf(entry)) return;
    const bytes = Buffer.byteLength(textAt(entry.value, ...PLAN_PATH) ?? '');
    if (bytes > MOST) yield { path: PLAN_PATH, message: `the plan has ${bytes} bytes, more than ${MOST}.` };
  },
};
