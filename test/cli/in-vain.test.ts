// Approvals that stand in the cluster and do not count: who looks is told, and who gave one may give another.
import { describe, expect, it } from 'vitest';
import { decideApproval } from '../../lib/cli/operator/decide.ts';
import { type Flight, sightOf } from '../../lib/cli/operator/flight.ts';
import type { Signing } from '../../lib/cli/operator/sign.ts';
import { reportOf } from '../../lib/cli/operator/status-report.ts';
import { statusText } from '../../lib/cli/operator/status-text.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import { type Approval, approvalKey, orderText, readOrders } from '../../lib/plan/orders.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { unsigned } from '../../lib/runner/parts/signatures.ts';
import { SIGNING, signature } from '../../lib/sim/release/signing.ts';
import { approval, planOf, scale, switchOver, weight } from '../plan/plans.ts';

const ANN = 'person-0@example.com';
const SINCE = Date.parse('2026-01-05T09:00:00Z');
const NOW = SINCE + 60_000;
/** A text of several lines, as queries have. */
const STEPS = [scale(), weight(50), { ...approval(50), reason: 'look\n  closely' }, switchOver];
const signed = planOf(STEPS, { signing: SIGNING, uses: ['signatures'] });
const plain = planOf(STEPS);

const said = (plan: Plan, at: number, more: Partial<Approval> = {}): Approval => {
  const one = { plan: shortHash(plan), approval: 'promote', by: ANN, at: new Date(at).toISOString(), reason: 'calm\nand well', ...more };
  return plan.signing ? { ...one, signature: signature(ANN, plan, one) } : one;
};

function waitingWith(plan: Plan, entries: readonly Approval[], spent: readonly Approval[] = []): { flight: Flight; text: string } {
  const hash = shortHash(plan);
  const consumed = readOrders(Object.fromEntries(spent.map((one) => [approvalKey(one), orderText(one)])), hash).approvals.map(
    ({ id }) => id,
  );
  const steps = [{ index: 1, startedAt: SINCE - 60_000, endedAt: SINCE, weight: 50, note: '' }];
  const status = { version: 3, plan: hash, phase: 'Progressing', step: 2, begunAt: SINCE - 900_000, steps, consumed, approvals: [] };
  const sight = sightOf({
    release: 'web',
    namespace: 'shop',
    status: { data: { 'status.json': JSON.stringify({ ...status, digest: shortHash(JSON.stringify(status)) }) } },
    operator: { data: Object.fromEntries(entries.map((one, index) => [`approval.promote.${index}`, orderText(one)])) },
    approvals: null,
    planned: hash,
    plan: () => ({ data: { 'plan.json': JSON.stringify({ hash, ...plan }) } }),
  });
  if (sight.flight === null) throw new Error('nothing is in flight');
  expect(sight.tampered).toEqual([]);
  return {
    flight: sight.flight,
    text: statusText(
      reportOf(sight, NOW, (name) => `tidegate approve web ${name}`),
      NOW,
      false,
    ),
  };
}

const key: Signing = { wordsFor: (_, __, words) => words, sign: (plan, one) => ({ ...one, signature: signature(ANN, plan, one) }) };
const approve = (flight: Flight) => decideApproval(flight, null, { by: ANN, at: new Date(NOW).toISOString(), reason: 'calm' }, key);

const used = said(signed, SINCE + 1_000);
const word = said(plain, SINCE + 1_000);
describe('an approval in the cluster', () => {
  it.each<[string, Plan, Approval, readonly Approval[], string]>([
    [
      'that was signed before the release asked for it',
      signed,
      said(signed, SINCE - 400_000),
      [],
      `${ANN} does not count: it was signed at 2026-01-05T08:53:20.000Z, and only what is signed since 2026-01-05T08:55:00.000Z counts: sign anew.`,
    ],
    [
      'whose signature was used',
      signed,
      used,
      [used],
      `${ANN} does not count: it was given before the release waited for it, or has counted`,
    ],
    ['that was used', plain, word, [word], `${ANN} does not count: it was given before the release waited for it, or has counted`],
  ])('%s is told by status, and another one by approve', (_, plan, one, spent, why) => {
    const { flight, text } = waitingWith(plan, [one], spent);
    expect(text).toContain("Waits for approval 'promote' (0 of 1)");
    expect(text).toContain(`  The approval of ${why}`);
    expect(approve(flight)).toMatchObject({ by: ANN, next: expect.stringContaining(`The earlier approval of ${why}`) });
  });

  it.each([
    ['signed', signed],
    ['not signed', plain],
  ])('that is %s and new is as good as taken, whatever its texts hold', (_, plan) => {
    const one = said(plan, SINCE + 1_000);
    const { flight, text } = waitingWith(plan, [said(plan, SINCE - 400_000), one], [said(plan, SINCE - 400_000)]);
    expect(text).toContain(`(0 of 1: ${ANN}, not taken yet)`);
    expect(text).not.toContain('does not count');
    expect(approve(flight)).toEqual({ refused: expect.stringContaining('has approved') });
  });

  it('is signed for the plan as it is, to the byte', () => {
    const { flight } = waitingWith(signed, []);
    const decision = approve(flight);
    if ('refused' in decision) throw new Error(decision.refused);
    const data = Object.fromEntries(Object.entries(decision.entries).flatMap(([name, text]) => (text === null ? [] : [[name, text]])));
    const [given] = readOrders(data, flight.hash).approvals;
    expect(given && unsigned(given, signed, NOW, SINCE)).toBeNull();
  });
});
