import { describe, expect, it } from 'vitest';
import type { PlanGate } from '../../../lib/gates/gate.ts';
import type { Result } from '../../../lib/gates/providers/provider.ts';
import { NO_COUNTERS, nextDue, verdict } from '../../../lib/gates/verdict.ts';
import type { ArgoTerms } from '../../../lib/intent/resolved.ts';
import { counted, judge, NEW_RUN, observe, type Phase, phaseOf, worstOf } from '../../../lib/runner/parts/argo.ts';
import { JUDGED, type Judged } from './expressions.ts';
import { SEQUENCES, type Sequence } from './sequences.ts';

const TERMS: ArgoTerms = {
  verdicts: 'argo',
  count: 1,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 0,
  retention: 10,
  dryRun: false,
  file: 'analysis/web.yaml',
};

const gateOf = (terms: Partial<ArgoTerms>, { success, failure }: Pick<Judged, 'success' | 'failure'> = {}): PlanGate => ({
  name: 'errors',
  description: 'few errors',
  scope: 'candidate',
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'errors', timeoutSeconds: 30 } },
  successCondition: success ?? null,
  failureCondition: failure ?? null,
  intervalSeconds: 60,
  count: 1,
  initialDelaySeconds: 15,
  failureLimit: 0,
  inconclusiveLimit: 0,
  onFailure: 'abort',
  argo: { ...TERMS, ...terms },
});

/** A provider says of an empty list that it is empty. */
const answered = ({ result }: Judged): Result =>
  result.kind === 'numbers' && result.values.length === 0 ? { kind: 'empty' } : (result as Result);

const OUTCOMES = { Successful: 'pass', Failed: 'fail', Inconclusive: 'inconclusive', Error: 'error' } as const;
const named = (row: Judged): [string, Judged] => [[row.success, row.failure].filter(Boolean).join(' / ') || 'no condition', row];

describe('one measurement is judged as Argo Rollouts judges it', () => {
  it('by tables that are long enough', () => {
    expect(JUDGED.length).toBeGreaterThanOrEqual(80);
    expect(SEQUENCES.length).toBeGreaterThanOrEqual(40);
    for (const { source } of [...JUDGED, ...SEQUENCES]) expect(source).toMatch(/^(argo-rollouts|expr-lang|measured)/);
  });

  it.each(JUDGED.map(named))('%s', (_, row) => {
    expect(judge(gateOf({}, row), answered(row)).outcome).toBe(OUTCOMES[row.argo]);
    expect(judge(gateOf({ verdicts: 'native' }, row), answered(row)).outcome).toBe(row.native ?? OUTCOMES[row.argo]);
  });

  it('of an answer that never came it is an error, whoever judges', () => {
    const lost = { kind: 'error', message: 'connection refused', retryable: true } as const;
    for (const verdicts of ['argo', 'native'] as const)
      expect(judge(gateOf({ verdicts }), lost)).toMatchObject({ outcome: 'error', message: 'connection refused' });
  });

  it('of nothing it says that there was nothing', () => {
    const { message } = judge(gateOf({}, { success: 'result[0] < 1' }), { kind: 'empty' });
    expect(message).toContain('metric result is nil or empty');
  });

  it('now() is when it was asked', () => {
    const gate = gateOf({}, { success: 'now().Unix() == 1700000000' });
    const evidence = { askedAt: 1_700_000_000_000 };
    expect(judge(gate, { kind: 'number', value: 1, evidence }).outcome).toBe('pass');
  });

  it('a dry run passes, and says what it was', () => {
    const gate = gateOf({ dryRun: true }, { success: 'result < 1' });
    expect(judge(gate, { kind: 'number', value: 5 })).toMatchObject({ outcome: 'pass', dryRun: 'fail', message: 'dry run: fail' });
  });
});

const SAID = { S: 'pass', F: 'fail', I: 'inconclusive', E: 'error', N: 'no-data' } as const;
type Said = keyof typeof SAID;

/** A run takes no measurement once its phase is decided. */
function phaseAfter({ terms, said, terminated = false }: Sequence, verdicts: ArgoTerms['verdicts']): Phase {
  const all = { ...TERMS, ...terms, verdicts };
  let run = NEW_RUN;
  let measured = false;
  for (const letter of said) {
    // To Argo Rollouts an answer without data is an error of its condition.
    const outcome = letter === 'N' && verdicts === 'argo' ? 'error' : SAID[letter as Said];
    run = counted(all, run, { outcome });
    measured = true;
    const phase = phaseOf(all, run, false);
    if (phase !== 'Running') return phase;
  }
  return phaseOf(all, run, terminated, measured);
}

const settled = { Successful: 'pass', Failed: 'fail', Error: 'fail', Inconclusive: 'inconclusive' } as const;

function countersAfter(gate: PlanGate, said: string) {
  return [...said].reduce((counters, letter, index) => {
    const outcome = SAID[letter as Said];
    return observe(gate, counters, { at: 1_000 * (index + 1), weight: 20, outcome, value: String(index), message: '' });
  }, NO_COUNTERS);
}

describe('a sequence of measurements comes to the phase of Argo Rollouts', () => {
  it.each(SEQUENCES.map((row) => [`${JSON.stringify(row.terms)} ${row.said}${row.terminated ? ', terminated' : ''}`, row] as const))(
    '%s',
    (_, row) => {
      expect(phaseAfter(row, 'argo')).toBe(row.argo);
      expect(phaseAfter(row, 'native')).toBe(row.native ?? row.argo);
      if (row.terminated || row.said === '') return;
      for (const verdicts of ['argo', 'native'] as const) {
        const phase = phaseAfter(row, verdicts);
        const gate = gateOf({ ...row.terms, verdicts });
        const said = verdicts === 'argo' ? row.said.replaceAll('N', 'E') : row.said;
        const endless = row.terms.count === null && !row.terms.consecutiveSuccessLimit && phase === 'Running';
        const expected = endless ? 'pass' : phase === 'Running' || phase === 'Pending' ? 'running' : settled[phase];
        expect(verdict(gate, countersAfter(gate, said))).toBe(expected);
      }
    },
  );
});

describe('what the runner remembers', () => {
  it('an outage holds the weight in native plans, and fails a gate to the letter', () => {
    const held = countersAfter(gateOf({ verdicts: 'native' }), 'EEEEEEE');
    expect(held).toMatchObject({ silentSince: 1_000, argo: { verdict: 'running' } });
    const failed = countersAfter(gateOf({}), 'EEEEEEE');
    expect(failed).toMatchObject({ error: 5, silentSince: null, argo: { verdict: 'fail', why: 'more than 4 errors in a row' } });
  });

  it('a run that was passed is followed by another, and the gate stays passed until that fails', () => {
    const gate = gateOf({ count: 2, failureLimit: 1 });
    expect(countersAfter(gate, 'SSF').argo).toMatchObject({ verdict: 'pass', count: 1, failed: 1 });
    expect(countersAfter(gate, 'SSFF').argo).toMatchObject({ verdict: 'fail' });
    expect(countersAfter(gate, 'SSFS').argo).toMatchObject({ verdict: 'pass', ended: true });
  });

  it('a dry run never fails and passes once it has ended', () => {
    const gate = gateOf({ dryRun: true, count: 2 });
    const dry = (index: number) =>
      ({ at: index, weight: 20, outcome: 'pass', dryRun: 'fail', value: '9', message: 'dry run: fail' }) as const;
    const first = observe(gate, NO_COUNTERS, dry(1));
    expect(verdict(gate, first)).toBe('pass');
    expect(first.argo).toMatchObject({ failed: 1, why: '' });
  });

  it('as many measurements as are retained, the latest', () => {
    expect(countersAfter(gateOf({ count: 20, retention: 3 }), 'SSSSS').samples.map(({ value }) => value)).toEqual(['2', '3', '4']);
    expect(countersAfter(gateOf({ count: 20 }), 'SSSSSSSSSSSS').samples).toHaveLength(10);
  });

  it.each<[said: string, due: number]>([
    ['', 15_000],
    ['S', 61_000],
    ['E', 15_000],
    ['SSSSSSSSSSE', 21_000],
  ])('after %o the next is due at %i: initialDelay, interval, or ten seconds after an error', (said, due) => {
    const gate = gateOf({ count: 20 });
    expect(nextDue(gate, countersAfter(gate, said), 0, 1_000_000)).toBe(due);
  });

  it('the worst of its metrics is what a run comes to', () => {
    expect(worstOf(['Successful', 'Inconclusive'])).toBe('Inconclusive');
    expect(worstOf(['Error', 'Failed', 'Successful'])).toBe('Failed');
    expect(worstOf(['Error', 'Inconclusive'])).toBe('Error');
    expect(worstOf([])).toBe('Successful');
  });
});
