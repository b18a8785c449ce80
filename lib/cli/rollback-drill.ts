import { type InFlight, isExternal, type Lock } from '../lock/lock.ts';
import { formatSeconds } from '../plan/duration.ts';
import { describeStep } from '../plan/words.ts';
import type { Surroundings } from '../sim/calm.ts';
import { type Rehearsal, rehearse } from '../sim/rehearsal.ts';
import { table } from './table.ts';

/** What a drill takes for granted of a cluster that it does not ask. Seconds. */
const START_SECONDS = 20;
const JOB_SECONDS = 10;
const ROUTER_SECONDS = 1;
const PERSON_SECONDS = 600;

/** What the rollback in flight would come to, step by step, and what would end it. */
export function drillOf({ stable }: Pick<Lock, 'stable'>, inFlight: InFlight): Rehearsal {
  const around: Surroundings = {
    stableReplicas: isExternal(stable) ? 1 : stable.scale.kind === 'fixed' ? stable.scale.replicas : stable.scale.min,
    startSeconds: inFlight.warm ? 0 : START_SECONDS,
    jobSeconds: JOB_SECONDS,
    acceptedSeconds: ROUTER_SECONDS,
    servedSeconds: ROUTER_SECONDS,
    approvalSeconds: PERSON_SECONDS,
    // A rollback has no gates.
    measured: () => ({ kind: 'empty' }),
  };
  return rehearse(inFlight, around);
}

/** Why a rollback must not be relied on; empty: every step does what it is there for. */
export function drillProblems({ phase, weight, reason, failures }: Rehearsal): readonly string[] {
  return [
    ...(phase === 'Promoted' && weight === 100 ? [] : [`where nothing goes wrong it ends as ${phase} at ${weight} %: ${reason}`]),
    ...failures
      .filter(({ holds }) => !holds)
      .map(({ step, what, phase, weight, most }) => `where ${what} at step ${step}, it ends as ${phase} at ${weight} %, after ${most} %`),
  ];
}

export function describeDrill({ phase, seconds, steps, failures }: Rehearsal, { plan, warm }: Pick<InFlight, 'plan' | 'warm'>): string {
  const words = (index: number): string => {
    const step = plan.steps[index];
    return step === undefined ? '' : describeStep(step);
  };
  const rows = steps.map(({ index, startedAt, endedAt, weight }) => [
    formatSeconds(startedAt),
    formatSeconds(endedAt - startedAt),
    `${weight} %`,
    `${index} ${plan.steps[index]?.kind ?? ''}: ${words(index)}`,
  ]);
  const ends = failures.map(({ step, what, at, phase, reason }) => [
    `${step} ${plan.steps[step]?.kind ?? ''}`,
    what,
    `${phase.toLowerCase()} after ${formatSeconds(at)}`,
    reason,
  ]);
  const pods = warm ? 'its pods are there' : `pods start within ${START_SECONDS}s`;
  return [
    `\nRehearsed by the runner's own logic, where ${pods}, tests take ${JOB_SECONDS}s and a person answers after ${formatSeconds(PERSON_SECONDS)}:\n\n`,
    table([['AT', 'TAKES', 'USERS', 'STEP'], ...rows]),
    `${phase.toLowerCase()} after ${formatSeconds(seconds)}\n`,
    '\nWhat would end it, each time with all users on stable:\n\n',
    table([['STEP', 'WHERE', 'THEN', 'REASON'], ...ends]),
  ].join('');
}
