import { drawFate, type Fate, type FateOptions, runnersOnly, undisturbed } from './fate.ts';
import { happen } from './happenings.ts';
import { Invariants } from './invariants/invariants.ts';
import { People } from './people.ts';
import { PATHS, planName } from './release/objects.ts';
import { isForeign } from './release/routes.ts';
import { Simulation, type SimulationOptions, type Witness } from './simulation.ts';

/** What has become of a release. */
export interface Outcome {
  readonly seed: number;
  /** As the status says; null: there is none. */
  readonly phase: string | null;
  /** Share of users in percent that the route gives the candidate. */
  readonly weight: number;
  readonly virtualSeconds: number;
  readonly requests: { readonly total: number; readonly candidate: number; readonly failed: number };
  /** Invariants that broke: empty, or something is a bug. */
  readonly violations: readonly string[];
}

export interface RunOptions extends SimulationOptions {
  /** Beside the invariants. */
  readonly witness?: Witness;
}

export const simulate = (seed: number, options: RunOptions & FateOptions = {}): Promise<Outcome> => live(drawFate(seed, options), options);

/** S6: a release whose runners are killed, doubled and refused ends as one whose runner is left in peace. */
export async function compare(seed: number, options: RunOptions & FateOptions = {}): Promise<Outcome> {
  const fate = drawFate(seed, options);
  const troubled = await live(runnersOnly(fate), options);
  const { witness: _, ...silent } = options;
  const calm = await live(undisturbed(fate), silent);
  const alike = troubled.phase === calm.phase && troubled.weight === calm.weight;
  const difference = `S6 ends in ${troubled.phase} at ${troubled.weight} %, and undisturbed in ${calm.phase} at ${calm.weight} %`;
  return { ...troubled, violations: [...troubled.violations, ...calm.violations, ...(alike ? [] : [difference])] };
}

/** Lives through a fate with the real runner, and says which invariants broke. */
export async function live(fate: Fate, options: RunOptions = {}): Promise<Outcome> {
  const { stackTraceLimit } = Error;
  // Faults are errors by the thousand, and nobody reads where they were made unless somebody watches.
  if (options.witness === undefined) Error.stackTraceLimit = 0;
  try {
    return await lived(fate, options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function lived(fate: Fate, options: RunOptions): Promise<Outcome> {
  const sim = new Simulation(fate, options);
  const people = new People(sim);
  const invariants = new Invariants(sim);
  sim.witnesses.push(people, invariants, ...(options.witness === undefined ? [] : [options.witness]));
  for (const witness of sim.witnesses) witness.began?.(sim);
  for (const { at, ...fact } of fate.happenings) sim.time.after(at * 1_000, () => happen(fact, sim, people));
  for (let runner = 0; runner < fate.runners; runner++) sim.start();
  const tick = () => {
    invariants.tick();
    superviseRunner(sim);
    sim.time.after(TICK_MILLISECONDS, tick);
  };
  sim.time.after(TICK_MILLISECONDS, tick);
  await sim.time.run(fate.quietAfter * 1_000);
  sim.calm();
  await untilRest(sim);
  invariants.checkEnd();
  sim.traffic.count();
  const { total, candidate, failed } = sim.traffic;
  for (const process of sim.processes) process.alive = false;
  return {
    seed: fate.seed,
    phase: sim.status?.phase ?? null,
    weight: sim.shares.users,
    virtualSeconds: sim.seconds,
    requests: { total: Math.round(total), candidate: Math.round(candidate), failed: Math.round(failed) },
    violations: invariants.violations,
  };
}

const TICK_MILLISECONDS = 2_000;
/** At rest for so long, nothing moves any more: longer than the retreat's bound. */
const REST_MILLISECONDS = 70_000;
/** No plan of the simulation waits longer, approvals of two attempts included. */
const LONGEST_MILLISECONDS = 5 * 3_600_000;
const AT_REST: ReadonlySet<string | undefined> = new Set(['Promoted', 'Aborted', 'Held']);

async function untilRest(sim: Simulation): Promise<void> {
  const end = sim.time.now + LONGEST_MILLISECONDS;
  const phaseNow = () => (sim.status?.plan === sim.draft.hash ? sim.status.phase : undefined);
  // What aborts waits for a route that it may touch, and nobody brings one any more.
  const rests = (phase: string | undefined) =>
    AT_REST.has(phase) || (phase === 'Aborting' && isForeign(sim.route)) || (phase === 'Starting' && waitsForOthers(sim));
  let phase: string | undefined;
  const moved = () => {
    const now = phaseNow();
    return now !== phase || !rests(now);
  };
  while (sim.time.now < end && sim.server.find(PATHS.plan(sim.draft.hash)) !== undefined) {
    phase = phaseNow();
    if (!rests(phase)) await sim.time.run(30_000);
    else {
      await sim.time.run(REST_MILLISECONDS, moved);
      if (!moved()) return;
    }
  }
}

/** For ever, once nothing happens by itself any more. */
const waitsForOthers = ({ draft: { plan }, others }: Simulation): boolean => plan.queue !== undefined && !others.isOpen(plan.queue);

/** A Deployment of one replica: what has died is replaced, after a while. */
function superviseRunner(sim: Simulation): void {
  const { server, draft, time, random } = sim;
  const name = planName(draft.hash);
  const runs = sim.processes.some(({ plan, alive, code }) => plan === name && alive && code === null);
  if (runs || sim.replacing || server.find(PATHS.plan(draft.hash)) === undefined) return;
  sim.replacing = true;
  time.after(random.between(0, random.chance(0.8) ? 3_000 : 30_000), () => {
    sim.replacing = false;
    if (sim.draft === draft) sim.start();
  });
}
