import { shortHash } from '../../lib/plan/hash.ts';
import type { Plan, PlanGate, Step } from '../../lib/plan/plan.ts';
import type { Surroundings } from '../../lib/sim/calm.ts';
import { bundled } from '../bundled.ts';
import { type Figure, figure } from './figures.ts';
import { gate, planOf } from './release.ts';

type Calm = typeof import('../../lib/sim/calm.ts');

const MINUTE = 60;
const BATCHES = 10;
const BATCH_MILLISECONDS = 500;

/** Simulated canaries a second and core: time that the processor gave, since others may use the machine, too. */
export async function measureCanaries(): Promise<readonly Figure[]> {
  const { walkCalmly } = await bundled<Calm>('lib/sim/calm.ts');
  return [
    // What a release of this kind asks: some gate every five minutes.
    figure('75-minute canaries, one gate every 5 minutes', '1/s', rates(walkCalmly, canary(['errors'], 5)), { atLeast: 1_000 }),
    figure('75-minute canaries, 3 gates a minute', '1/s', rates(walkCalmly, canary(['errors', 'latency', 'restarts'], 1))),
  ];
}

function rates(walkCalmly: Calm['walkCalmly'], plan: Plan): readonly number[] {
  const release = { plan, hash: shortHash(plan) };
  const { phase, seconds } = walkCalmly(release, SURROUNDINGS);
  if (phase !== 'Promoted' || Math.abs(seconds / MINUTE - 75) > 2) throw new Error(`the canary ends ${phase} after ${seconds} s`);
  const batch = () => {
    const before = process.cpuUsage();
    const end = performance.now() + BATCH_MILLISECONDS;
    let walks = 0;
    for (; performance.now() < end; walks++) walkCalmly(release, SURROUNDINGS);
    const { user, system } = process.cpuUsage(before);
    return (walks * 1e6) / (user + system);
  };
  for (let warmUp = 0; warmUp < 4; warmUp++) batch();
  return Array.from({ length: BATCHES }, batch);
}

const SURROUNDINGS: Surroundings = {
  stableReplicas: 3,
  startSeconds: 10,
  jobSeconds: 5,
  acceptedSeconds: 0.3,
  servedSeconds: 1,
  approvalSeconds: 30,
  measured: () => ({ kind: 'numbers', values: [0.001] }),
};

/** 5 % for 15 minutes, 20 % for 20, 50 % for 25, all for 15 until it is promoted; each gate measures every so many minutes. */
function canary(names: readonly string[], every: number): Plan {
  const gates = (minutes: number): readonly PlanGate[] =>
    names.map((name) =>
      gate('http://prometheus', {
        name,
        intervalSeconds: every * MINUTE,
        initialDelaySeconds: every * MINUTE,
        count: minutes / every,
        failureLimit: 1,
      }),
    );
  const level = (weight: number, minutes: number): readonly Step[] => [
    { kind: 'setWeight', exposure: weight, deadlineSeconds: 900, weight },
    {
      kind: 'analysis',
      exposure: weight,
      deadlineSeconds: minutes * MINUTE + 900,
      durationSeconds: minutes * MINUTE,
      gates: gates(minutes),
    },
  ];
  const plan = planOf('shop', 1, []);
  const [scale, smoke] = plan.steps as [Step, Step];
  const steps: readonly Step[] = [
    scale,
    smoke,
    ...level(5, 15),
    ...level(20, 20),
    ...level(50, 25),
    { kind: 'approval', exposure: 50, deadlineSeconds: 3_600, name: 'promote', reason: 'look', count: 1 },
    { kind: 'switch', exposure: 100, deadlineSeconds: 900 },
    { kind: 'bake', exposure: 100, deadlineSeconds: 0, gates: gates(15) },
  ];
  return { ...plan, steps };
}
