import { COMPONENT_LABEL } from '../lib/lock/labels.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, numberAt, textAt } from '../lib/policy/shape.ts';
import { SMOKE_KINDS, smokeJobsOf } from '../lib/policy/smoke.ts';
import { smokeJob } from './example.ts';

const MOST_RETRIES = 2;
const script = 'curl --fail --max-time 5 --connect-timeout 2 http://web-canary/';

export const smokeBounded: Rule = {
  id: 'smoke-bounded',
  holds: 'smoke Jobs end in time, are retried at most twice, and stay after their end',
  severity: 'error',
  kinds: SMOKE_KINDS,
  thresholds: {
    retries: { default: MOST_RETRIES, meaning: 'backoffLimit of a smoke Job at most' },
  },
  why: 'A Job without a deadline holds the release for ever. Six retries, the default, let a test pass that fails five times in six, and take ten minutes. A Job that deletes itself is made again by whatever applies Git, and the test runs a second time in the middle of the release.',
  fix: `Set activeDeadlineSeconds and backoffLimit of at most ${MOST_RETRIES}; leave out ttlSecondsAfterFinished.`,
  examples: [
    { title: 'no bounds', yaml: smokeJob({ script }), finds: ['/spec/activeDeadlineSeconds', '/spec/backoffLimit'] },
    {
      title: 'a Job that deletes itself',
      yaml: smokeJob({ script, spec: 'activeDeadlineSeconds: 300\nbackoffLimit: 1\nttlSecondsAfterFinished: 60' }),
      finds: ['/spec/ttlSecondsAfterFinished'],
    },
    {
      title: 'a migration that deletes itself',
      yaml: smokeJob({ script, spec: 'ttlSecondsAfterFinished: 60' }).replace('component: smoke', 'component: migration'),
      finds: ['/spec/ttlSecondsAfterFinished'],
    },
    {
      title: 'a metric that runs a Job without bounds',
      yaml: `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: smoke
  namespace: shop
  labels:
    tidegate.dev/release: web
spec:
  metrics:
    - name: smoke
      provider:
        job:
          spec:
            backoffLimit: 0
            template:
              spec:
                restartPolicy: Never
                containers:
                  - name: smoke
                    image: registry.example.com/smoke:1
`,
      finds: ['/spec/metrics/0/provider/job/spec/activeDeadlineSeconds'],
    },
    { title: 'bounds', yaml: smokeJob({ script, spec: 'activeDeadlineSeconds: 300\nbackoffLimit: 1' }), finds: [] },
  ],
  *check(entry, { threshold }) {
    const kept = numberAt(entry.value, 'spec', 'ttlSecondsAfterFinished');
    if (textAt(entry.value, 'metadata', 'labels', COMPONENT_LABEL) === 'migration' && kept !== null)
      yield {
        path: ['spec', 'ttlSecondsAfterFinished'],
        message: `the migration is deleted after ${kept} s, made again from Git, and then runs again.`,
      };
    const most = threshold(smokeBounded, 'retries');
    for (const { spec, path, tracked } of smokeJobsOf(entry)) {
      if (numberAt(spec, 'activeDeadlineSeconds') === null)
        yield {
          path: [...path, 'activeDeadlineSeconds'],
          message: 'the smoke test has no deadline, so one that hangs holds the release for ever.',
        };
      const retries = numberAt(spec, 'backoffLimit') ?? 6;
      if (retries > most)
        yield {
          path: [...path, 'backoffLimit'],
          message: `the smoke test is retried ${retries} times${at(spec, 'backoffLimit') === undefined ? ', the default' : ''}, so one success in ${retries + 1} passes.`,
        };
      const ttl = numberAt(spec, 'ttlSecondsAfterFinished');
      if (tracked && ttl !== null)
        yield {
          path: [...path, 'ttlSecondsAfterFinished'],
          message: `the smoke test is deleted after ${ttl} s, made again from Git, and then runs again.`,
        };
    }
  },
};
