// Runners that cheat with what a gate may have done once.
import type { Sabotage } from '../../../lib/sim/index.ts';
import { type BrokenRunner, isStatus, type Kube, sending, withStatus } from './between.ts';

export const REMEDIES: readonly BrokenRunner[] = [
  {
    does: 'counts what was measured before its remedy was in effect',
    breaks: ['S2'],
    sabotage: () => withRemedies((remedy) => (remedy.doneAt && remedy.readyAt === null ? { ...remedy, readyAt: remedy.doneAt } : remedy)),
  },
  {
    does: 'never waits for a remedy, and never has it done',
    breaks: ['S2', 'S4'],
    sabotage: () => withRemedies((remedy) => ({ ...remedy, doneAt: remedy.at, readyAt: remedy.at })),
  },
  {
    does: 'tries a remedy whenever its gate fails',
    breaks: ['S4', 'S6'],
    sabotage: () => withRemedies((remedy) => (remedy.readyAt === null ? remedy : null)),
  },
];

/** Writes other remedies than were decided on; null: as if it was never tried. */
function withRemedies(change: (remedy: Kube) => Kube | null): Sabotage {
  const changed = (status: Kube): Kube => ({
    ...status,
    remedies: Object.fromEntries(
      Object.entries<Kube>(status.remedies).flatMap(([kind, remedy]) => {
        const other = kind === 'scaleUp' ? remedy : change(remedy);
        return other === null ? [] : [[kind, other]];
      }),
    ),
  });
  return sending((request, send) => send(isStatus(request) ? { ...request, body: withStatus(request.body, changed) } : request));
}
