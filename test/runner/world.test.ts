import { expect, test } from 'vitest';
import { viewJob } from '../../lib/runner/world.ts';

test('a Job that is on its way out is no Job, whatever it has come to: it belongs to what was taken away', () => {
  const job = { metadata: { resourceVersion: '7' }, spec: {}, status: { conditions: [{ type: 'Complete', status: 'True' }] } };
  expect(viewJob(job)).toEqual({ resourceVersion: '7', suspended: false, answer: { kind: 'pass' } });
  expect(viewJob({ ...job, metadata: { ...job.metadata, deletionTimestamp: '2026-11-22T05:00:00Z' } })).toBeNull();
});
