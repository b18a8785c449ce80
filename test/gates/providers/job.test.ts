import { expect, test } from 'vitest';
import { jobAnswer } from '../../../lib/gates/providers/index.ts';

const job = (...conditions: readonly unknown[]) => ({ status: { conditions } });
const is = (type: string, status = 'True') => ({ type, status, reason: 'BackoffLimitExceeded', message: 'it has failed' });

test.each<[string, unknown, object]>([
  ['just created', {}, { kind: 'running' }],
  ['with pods', { status: { active: 1 } }, { kind: 'running' }],
  ['suspended', job(is('Suspended')), { kind: 'running' }],
  ['complete', job(is('SuccessCriteriaMet'), is('Complete')), { kind: 'pass' }],
  ['about to be complete', job(is('SuccessCriteriaMet')), { kind: 'running' }],
  ['failed', job(is('FailureTarget'), is('Failed')), { kind: 'fail', message: 'BackoffLimitExceeded: it has failed' }],
  ['about to fail', job(is('FailureTarget')), { kind: 'running' }],
  ['not complete and not failed', job(is('Complete', 'False'), is('Failed', 'Unknown')), { kind: 'running' }],
  ['both', job(is('Complete'), is('Failed')), { kind: 'fail' }],
  ['failed without a word', job({ type: 'Failed', status: 'True' }), { kind: 'fail', message: 'Failed: no message' }],
  ['one that succeeded by its count only', { status: { succeeded: 1 } }, { kind: 'running' }],
  ['nonsense', job(null, 'Complete', { type: 1 }), { kind: 'running' }],
  ['no object', null, { kind: 'running' }],
  ['no list', { status: { conditions: { type: 'Complete', status: 'True' } } }, { kind: 'running' }],
])('a Job %s', (_, object, expected) => {
  expect(jobAnswer(object)).toMatchObject(expected);
});
