import type { Plan, Step } from '../../lib/plan/plan.ts';
import type { Connection, RunnerOptions } from '../../lib/runner/index.ts';
import { Invariants } from './invariants.ts';
import { analysis, bake, PATHS, pause, planOf, scale, setWeight, smoke, switchOver, WALK } from './release.ts';
import { type Fault, Scene, type SceneOptions } from './scene.ts';

/** What is wrong with a runner that must be caught. */
export interface Sabotage {
  readonly logic?: NonNullable<RunnerOptions['logic']>;
  readonly wrap?: (connection: Connection) => Connection;
}

/** What happens to a release, drawn from a seed. */
export interface Fate {
  readonly plan: Plan;
  readonly scene: Omit<SceneOptions, 'plan' | 'fault' | 'latency' | 'wrap' | 'runner'>;
  readonly faultRate: number;
  readonly kills: readonly number[];
  readonly runners: 1 | 2;
  readonly happenings: readonly { readonly at: number; readonly what: Happening }[];
}

type Happening =
  | 'gitops resets'
  | 'person to stable'
  | 'person lowers'
  | 'person raises'
  | 'candidate fails'
  | 'plan dropped'
  | 'status edited';

/** Nothing but the candidate itself decides how such a release ends, so it must end alike however often runners die. */
export const undisturbed = (fate: Fate): Fate => ({ ...fate, faultRate: 0, kills: [], runners: 1 });

export function drawFate(random: () => number): Fate {
  const chance = (share: number) => random() < share;
  const between = (low: number, high: number) => low + random() * (high - low);
  const some = (share: number, most: number, draw: () => number) =>
    chance(share) ? Array.from({ length: 1 + Math.floor(random() * most) }, draw) : [];
  const at = () => between(0, 240);
  const times = (share: number, most: number, what: Happening) => some(share, most, at).map((time) => ({ at: time, what }));
  return {
    plan: chance(0.15)
      ? planOf(JUDGED)
      : planOf(chance(0.5) ? WALK : SHORT, chance(0.2) ? { approvals: { required: [], waived: null } } : {}),
    scene: {
      readyAfter: chance(0.06) ? null : between(0, 30),
      smoke: { ends: chance(0.08) ? 'Failed' : chance(0.04) ? 'never' : 'Complete', after: between(0, 60) },
    },
    faultRate: chance(0.5) ? between(0, 0.25) : 0,
    kills: some(0.5, 6, at),
    runners: chance(0.25) ? 2 : 1,
    happenings: [
      ...times(0.3, 4, 'gitops resets'),
      ...times(0.1, 1, 'person to stable'),
      ...times(0.08, 1, 'person lowers'),
      ...times(0.1, 1, 'person raises'),
      ...times(0.08, 1, 'candidate fails'),
      ...times(0.05, 1, 'plan dropped'),
      ...times(0.04, 1, 'status edited'),
    ],
  };
}

export const SHORT: readonly Step[] = [scale(), smoke(), setWeight(10), pause(20, 10), setWeight(60), switchOver()];
const JUDGED: readonly Step[] = [scale(), smoke(), setWeight(10), pause(20, 10), setWeight(30), analysis(), switchOver(), bake()];

export interface Outcome {
  readonly violations: readonly string[];
  readonly phase: string | null;
  readonly weight: number;
  readonly scene: Scene;
}

/** Lives through a fate with the real runner, and says which invariants broke. */
export async function live(fate: Fate, random: () => number, sabotage: Sabotage = {}): Promise<Outcome> {
  const fault = (): Fault => {
    if (random() >= fate.faultRate || scene.time.now > scene.began + QUIET_AFTER) return 'none';
    return FAULTS[Math.floor(random() * FAULTS.length)] ?? 'none';
  };
  const scene: Scene = new Scene({
    ...fate.scene,
    plan: fate.plan,
    fault,
    latency: () => 1 + random() * 40,
    ...(sabotage.wrap ? { wrap: sabotage.wrap } : {}),
    runner: sabotage.logic ? { logic: sabotage.logic } : {},
  });
  const invariants = new Invariants(scene);
  scene.arriving = (request) => invariants.check(request);
  for (const { at, what } of fate.happenings) scene.time.after(at * 1_000, () => happen(what, scene, invariants));
  for (const at of fate.kills) scene.time.after(at * 1_000, () => replace(scene, random));
  for (let runner = 0; runner < fate.runners; runner++) scene.start();
  await scene.time.run(QUIET_AFTER);
  for (let resting = false; !resting && scene.time.now < scene.began + LONGEST; ) {
    await scene.until(AT_REST, LONGEST / 1_000);
    await scene.time.run(40_000);
    resting = AT_REST.some((phase) => phase === scene.phase);
  }
  invariants.checkEnd();
  return { violations: invariants.violations, phase: scene.phase, weight: scene.weight, scene };
}

/** Everything that is to happen has happened by then, so that every release comes to rest. */
const QUIET_AFTER = 260_000;
const LONGEST = 1_500_000;
const AT_REST = ['Promoted', 'Aborted', 'Held'] as const;
const FAULTS: readonly Fault[] = ['lost before', 'lost after', 'lost after', 'unavailable', 'throttled'];

/** One runner dies wherever it is, and another is started. */
function replace(scene: Scene, random: () => number): void {
  const living = scene.processes.filter(({ alive }) => alive);
  const victim = living[Math.floor(random() * living.length)];
  if (victim) victim.alive = false;
  scene.time.after(random() * 5_000, () => scene.start());
}

function happen(what: Happening, scene: Scene, invariants: Invariants): void {
  const happenings: Readonly<Record<Happening, () => void>> = {
    'gitops resets': () => scene.reset(),
    'person to stable': () => invariants.person(0),
    'person lowers': () => invariants.person(Math.floor(scene.weight / 2)),
    'person raises': () => invariants.person(Math.min(100, scene.weight + 15)),
    'candidate fails': () => scene.api.report(PATHS.candidate, { availableReplicas: 0 }),
    'plan dropped': () => invariants.drop(),
    'status edited': () => {
      if (scene.status !== null)
        scene.api.edit(PATHS.status, 'kubectl-edit', ({ data }) => {
          data['status.json'] = data['status.json'].replace(/"step":\d/, '"step":6');
        });
    },
  };
  happenings[what]();
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
