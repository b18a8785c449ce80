import type { RecordedGate } from '../../lib/gitops/release-record.ts';
import type { Plan, PlanGate } from '../../lib/plan/plan.ts';

/** The steps of a plan that was walked to its end, what its gates said, and the approvals that it demands, as a record has them. */
export function walked({ steps }: Plan, times: { readonly startedAt: string; readonly endedAt: string }) {
  const { endedAt: at } = times;
  const person = { at, reason: '', source: 'git', takenAt: at };
  return {
    steps: steps.map(({ kind, exposure }, index) => ({ index, kind, ...times, weight: exposure, note: '' })),
    gates: steps.flatMap((step, index) =>
      step.kind === 'analysis'
        ? step.gates.map((gate) => said(gate, { step: index, weight: step.exposure, from: times.startedAt, to: at }))
        : [],
    ),
    approvals: steps.flatMap((step) =>
      step.kind === 'approval'
        ? Array.from({ length: step.count }, (_, one) => ({ approval: step.name, by: `person-${one}@example.com`, ...person }))
        : [],
    ),
  };
}

const said = ({ name, count }: PlanGate, of: Pick<RecordedGate, 'step' | 'weight' | 'from' | 'to'>): RecordedGate => ({
  ...of,
  gate: name,
  verdict: 'pass',
  pass: Math.max(1, count),
  ...{ fail: 0, inconclusive: 0, noData: 0, error: 0, samples: [] },
});
