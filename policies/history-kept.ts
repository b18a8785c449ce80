import { ROLLOUT } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { numberAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const [FEWEST, MOST] = [2, 10];

export const historyKept: Rule = {
  id: 'history-kept',
  holds: `a workload keeps from ${FEWEST} to ${MOST} old ReplicaSets`,
  severity: 'warning',
  kinds: ['apps/Deployment', 'apps/StatefulSet', ROLLOUT],
  thresholds: {
    fewest: { default: FEWEST, meaning: 'old ReplicaSets that are kept at least' },
    most: { default: MOST, meaning: 'old ReplicaSets that are kept at most' },
  },
  why: 'With none kept, `kubectl rollout undo` and an abort have nothing to go back to. With many, each is an object that every controller lists.',
  fix: `Set revisionHistoryLimit from ${FEWEST} to ${MOST}, or leave it out: ten is the default.`,
  examples: [
    { title: 'nothing is kept', yaml: deployment({ spec: 'revisionHistoryLimit: 0' }), finds: ['/spec/revisionHistoryLimit'] },
    { title: 'too many are kept', yaml: deployment({ spec: 'revisionHistoryLimit: 50' }), finds: ['/spec/revisionHistoryLimit'] },
    { title: 'three are kept', yaml: deployment({ spec: 'revisionHistoryLimit: 3' }), finds: [] },
  ],
  *check({ value }, { threshold }) {
    const limit = numberAt(value, 'spec', 'revisionHistoryLimit');
    const [fewest, most] = [threshold(historyKept, 'fewest'), threshold(historyKept, 'most')];
    if (limit !== null && (limit < fewest || limit > most))
      yield {
        path: ['spec', 'revisionHistoryLimit'],
        message: `keeps ${limit} old revisions, expected from ${fewest} to ${most}.`,
        mend: { kind: 'set', value: limit < fewest ? fewest : most },
      };
  },
};
