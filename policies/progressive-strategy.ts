import type { Rule } from '../lib/policy/rule.ts';
import { deployment, SERVICE } from './example.ts';
import { canary } from './release-examples.ts';

const plain = (name: string): string =>
  deployment({}).replace('  labels:\n    tidegate.dev/release: web\n', '').replace('name: web\n', `name: ${name}\n`);

export const progressiveStrategy: Rule = {
  id: 'progressive-strategy',
  holds: 'a workload of high risk is released step by step',
  severity: 'info',
  graver: true,
  kinds: ['apps/Deployment'],
  why: 'A Deployment replaces all its pods within minutes and looks at nothing but their probes. Where risk is high, a fault that probes do not see is everywhere before somebody notices.',
  fix: 'Release it with Tidegate, an Argo Rollout or a Flagger Canary.',
  examples: [
    { title: 'payments in one go', yaml: plain('payments') + SERVICE, finds: [''] },
    {
      title: 'a Canary releases it',
      yaml: `${plain('payments')}${SERVICE}---\n${canary('iterations: 10').replace('name: web\n  service', 'name: payments\n  service')}`,
      finds: [],
    },
    { title: 'Tidegate releases it', yaml: deployment({}).replaceAll(': web', ': payments') + SERVICE, finds: [] },
    { title: 'no high risk', yaml: plain('web') + SERVICE, finds: [] },
    { title: 'nobody calls it', yaml: plain('payments'), finds: [] },
  ],
  *check(entry, { set, releases }) {
    if (releases.includes(entry) || !releases.isHighRisk(entry) || set.selecting('Service', entry).length === 0) return;
    yield { path: [], message: 'it is of high risk, and a change reaches all its users at once: no release walks it.' };
  },
};
