import { describe, expect, test } from 'vitest';
import { committedApprovals } from '../../lib/constructs/committed-approvals.ts';
import { ENGINES } from '../../lib/engines/index.ts';
import type { PlacedApproval } from '../../lib/intent/approvals.ts';
import { readOrders } from '../../lib/plan/orders.ts';
import { ProblemError } from '../../lib/schema/index.ts';
import { checkObject } from '../../lib/schema/validate.ts';
import { atRest, context, find, inFlight, listed, web } from './fixtures.ts';

const flight = inFlight(web);
const { hash } = flight.inFlight;
const written = (change: Partial<PlacedApproval> = {}): PlacedApproval => ({
  release: 'web',
  plan: hash,
  approval: 'promote',
  by: 'alice@example.com',
  at: '2026-01-05T09:00:00Z',
  place: { file: 'approvals.yaml', line: 2, column: 5 },
  ...change,
});
const objectsWith = (...entries: readonly PlacedApproval[]) => ENGINES.native.render(flight, context, committedApprovals(flight, entries));

describe('approvals of Git', () => {
  test('reach the runner as one ConfigMap that it reads as they were written', () => {
    const config = find(objectsWith(written(), written({ by: 'bob@example.com', reason: 'sales agrees' })), 'ConfigMap', 'web-approvals');
    expect(checkObject(config)).toEqual([]);
    expect(config.metadata.labels).toMatchObject({ 'tidegate.dev/release': 'web' });
    const { approvals, unreadable } = readOrders(config.data, hash);
    expect(unreadable).toEqual([]);
    expect(approvals.map(({ approval, by, reason }) => [approval, by, reason]).sort()).toEqual([
      ['promote', 'alice@example.com', ''],
      ['promote', 'bob@example.com', 'sales agrees'],
    ]);
  });

  test.each([
    ['nobody approved', []],
    ['somebody approved another plan', [written({ plan: 'ffffffff', release: 'api', approval: 'whatever' })]],
  ])('are no object where %s', (_, entries) => {
    expect(listed(objectsWith(...entries))).not.toContain('ConfigMap/web-approvals');
  });

  test('are no object at rest', () => {
    expect(committedApprovals(atRest(web), [written()])).toEqual([]);
  });

  test.each<[string, Partial<PlacedApproval>, string]>([
    ['another release', { release: 'wbe' }, `plan ${hash} is of release 'web', not 'wbe'.`],
    ['another namespace', { namespace: 'shop-2' }, `plan ${hash} is of namespace 'shop', not 'shop-2'.`],
    ['another target', { target: 'staging' }, `plan ${hash} is of target 'production', not 'staging'.`],
    ['no approval of the plan', { approval: 'promot' }, `plan ${hash} has no approval 'promot'; it has promote.`],
  ])('that name this plan and %s are a problem with their line', (_, change, message) => {
    expect(() => objectsWith(written(), written(change))).toThrow(ProblemError);
    expect(() => objectsWith(written(change))).toThrow(`approvals.yaml:2:5: ${message}`);
  });
});
