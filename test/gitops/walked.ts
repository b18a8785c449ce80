import type { Plan } from '../../lib/plan/plan.ts';

/** The steps of a plan that was walked to its end, and the approvals that it demands, as a record has them. */
export function walked({ steps }: Plan, times: { readonly startedAt: string; readonly endedAt: string }) {
  const { endedAt: at } = times;
  const person = { at, reason: '', source: 'git', takenAt: at };
  return {
    steps: steps.map(({ kind, exposure }, index) => ({ index, kind, ...times, weight: exposure, note: '' })),
    approvals: steps.flatMap((step) =>
      step.kind === 'approval'
        ? Array.from({ length: step.count }, (_, one) => ({ approval: step.name, by: `person-${one}@example.com`, ...person }))
        : [],
    ),
  };
}
