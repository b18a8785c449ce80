import type { Draft } from './draft.ts';
import type { Status } from './status.ts';

/** The level stays as it is, the gates go on, and no step is taken. */
export function hold(draft: Draft, at: NonNullable<Status['hold']>['at'], why: string): void {
  const { hold: before, reason, phase, phaseSince, startedAt } = draft.status;
  if (before?.at === at && reason === why) {
    draft.wait(why);
    return;
  }
  draft
    .change({
      phase: 'Held',
      hold: { at, since: before?.since ?? draft.at },
      reason: why,
      // Since it was promoted it was not late for anything.
      startedAt: phase === 'Promoted' ? startedAt + draft.at - phaseSince : startedAt,
    })
    .announce('Warning', 'Held', `held: ${why}`)
    .wait(why);
}

/** Goes on where it stood; the time that it was held is counted against no deadline. */
export function unhold(draft: Draft, why: string): void {
  const { hold: before, startedAt, stepStartedAt } = draft.status;
  if (before === null) return;
  const held = draft.at - before.since;
  draft
    .change({
      phase: 'Progressing',
      hold: null,
      startedAt: startedAt + held,
      stepStartedAt: stepStartedAt === null ? null : stepStartedAt + held,
    })
    .announce('Normal', 'Resumed', `goes on: ${why}`);
}
