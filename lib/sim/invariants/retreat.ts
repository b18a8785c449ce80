import { gateJobName } from '../../plan/job-names.ts';
import type { Plan, PlanGate } from '../../plan/plan.ts';
import type { KubeObject } from '../api/object.ts';
import type { Change } from '../api/server.ts';
import { isReplaced, PATHS, planName } from '../release/objects.ts';
import { RELEASE } from '../release/plans.ts';
import { exposedTo, isForeign } from '../release/routes.ts';
import type { Simulation } from '../simulation.ts';
import type { Attempt } from './attempt.ts';
import { History } from './history.ts';
import { isRemedied, type Remedy } from './remedies.ts';

/** Within this time a runner that lives and is not disturbed must have taken traffic back. */
const BOUND_MILLISECONDS = 30_000;

type Badness = 'no pods' | 'ordered' | 'raised by somebody' | 'over' | 'gates fail' | 'another plan';

/** S4: whenever something makes the release bad, traffic goes back to stable soon, as long as anybody can do it. */
export class Retreat {
  readonly history: History;
  private readonly sim: Simulation;
  private readonly attempt: (hash: string) => Attempt | undefined;
  private readonly violated: (text: string) => void;
  private readonly since = new Map<Badness, number>();
  private readonly aborts = new Map<string, number>();
  private excusedUntil = 0;
  /** When whatever stands for the plan was put there. */
  private planPutAt = 0;

  constructor(sim: Simulation, attempt: (hash: string) => Attempt | undefined, violated: (text: string) => void) {
    this.sim = sim;
    this.attempt = attempt;
    this.violated = violated;
    this.history = new History(sim);
  }

  changed(change: Change): void {
    this.history.changed(change);
    if (change.path === PATHS.plan(this.sim.draft.hash)) this.planPutAt = this.sim.time.now;
    if (change.path === PATHS.operator && change.object.data?.abort !== change.before?.data?.abort)
      this.aborts.set(this.sim.draft.hash, this.sim.time.now);
  }

  /** When a person last ordered to abort this plan, or null. */
  abortedAt(hash: string): number | null {
    return this.aborts.get(hash) ?? null;
  }

  excuse(milliseconds: number): void {
    this.excusedUntil = Math.max(this.excusedUntil, this.sim.time.now + milliseconds);
  }

  look(): void {
    const { sim } = this;
    const { now } = sim.time;
    if (!this.canAct()) this.excuse(0);
    if (!exposedTo(sim.shares) || isForeign(sim.route)) {
      this.since.clear();
      return;
    }
    for (const badness of BADNESS) {
      const bound = this.bound(badness);
      if (bound === null) {
        this.since.delete(badness);
        continue;
      }
      const since = this.since.get(badness) ?? now;
      this.since.set(badness, since);
      // After a reset, however short, a gate waits again before it is asked.
      const exposed = badness === 'gates fail' ? now - this.history.exposedFor() : since;
      const counted = now - Math.max(since, exposed, this.excusedUntil);
      if (counted <= bound) continue;
      this.violated(`S4 ${badness} for ${(counted / 1_000).toFixed(0)}s, and the candidate still has traffic`);
      this.since.set(badness, Number.POSITIVE_INFINITY);
    }
  }

  /** A runner of this plan that has lived for a moment, and an API server that answers. */
  private canAct(): boolean {
    const { sim } = this;
    const name = planName(sim.draft.hash);
    const plan = sim.server.find(PATHS.plan(sim.draft.hash));
    const present = plan !== undefined && (!isReplaced(plan, sim.draft) || this.hasKnown());
    return (
      present &&
      !sim.apiFails &&
      !sim.routeRefused &&
      sim.processes.some(({ alive, code, plan }) => alive && code === null && plan === name)
    );
  }

  /** Milliseconds that it may last; null: it is not so. */
  private bound(badness: Badness): number | null {
    const { sim } = this;
    const { draft, shares } = sim;
    const attempt = this.attempt(draft.hash);
    if (attempt === undefined || sim.status?.plan !== draft.hash) return null;
    switch (badness) {
      case 'no pods':
        // A candidate that serves all users and has no pods is no worse than stable, if stable has none.
        return sim.workloads.available(draft.plan.candidate.deployment) === 0 && sim.status.phase !== 'Promoted'
          ? BOUND_MILLISECONDS
          : null;
      case 'ordered': {
        const at = this.abortedAt(draft.hash);
        return at !== null && at > attempt.startedAt && sim.status.phase !== 'Promoted' && this.orderStands() ? BOUND_MILLISECONDS : null;
      }
      case 'raised by somebody': {
        const highest = Math.max(0, ...[...attempt.entered.keys()].map((index) => draft.plan.steps[index]?.exposure ?? 0));
        return shares.users > highest ? BOUND_MILLISECONDS : null;
      }
      case 'over':
        return attempt.restedAt === null ? null : BOUND_MILLISECONDS;
      case 'gates fail':
        return sim.candidateIsBad && sim.metricFault === null ? this.gateBound(attempt) : null;
      case 'another plan':
        return isReplaced(sim.server.find(PATHS.plan(draft.hash)), draft) && this.hasKnown() ? BOUND_MILLISECONDS : null;
    }
  }

  /** Whether one lives that has seen the plan as it was: whoever begins later cannot know where stable is. */
  private hasKnown(): boolean {
    const name = planName(this.sim.draft.hash);
    return this.sim.processes.some(
      ({ alive, code, plan, startedAt }) => alive && code === null && plan === name && startedAt < this.planPutAt - BOUND_MILLISECONDS,
    );
  }

  private orderStands(): boolean {
    return this.sim.server.find(PATHS.operator)?.data?.abort !== undefined;
  }

  /** How long the gates that are watched now take to see it; null: none is watched that aborts. */
  private gateBound({ step, draft }: Attempt): number | null {
    const watched = draft.plan.steps[step];
    if (watched?.kind !== 'analysis' && watched?.kind !== 'bake') return null;
    const aborting = watched.gates.filter((gate, index) => gate.onFailure === 'abort' && this.canFail(gate, draft.hash, step, index));
    const bounds = [...aborting.map(seconds), ...watched.gates.filter(isRemedied).map((gate) => remediedSeconds(gate, draft.plan))];
    return bounds.length === 0 ? null : Math.min(...bounds) * 1_000 + BOUND_MILLISECONDS;
  }

  /** A gate whose Jobs have passed is not measured any more: each Job runs once. */
  private canFail({ provider, count, failureLimit }: PlanGate, hash: string, step: number, gate: number): boolean {
    if (!('job' in provider)) return true;
    const jobs = Array.from({ length: count }, (_, run) => this.sim.server.find(PATHS.job(gateJobName(RELEASE, hash, step, gate, run))));
    return jobs.filter((job) => job !== undefined && !isComplete(job)).length > failureLimit;
  }
}

const isComplete = ({ status }: KubeObject): boolean =>
  status?.conditions?.some(({ type }: { readonly type: string }) => type === 'Complete') ?? false;

/** As Argo Rollouts judges, what is bad may begin at the end of one run and fail the next. */
const seconds = ({ initialDelaySeconds, intervalSeconds, failureLimit, inconclusiveLimit, argo }: PlanGate): number =>
  initialDelaySeconds + intervalSeconds * ((failureLimit + inconclusiveLimit) * (argo ? 2 : 1) + 2);

/** It fails, its remedy is tried for as long as it may take and settles, and it fails again. */
const remediedSeconds = (gate: PlanGate, { remedies }: Plan): number => {
  const terms = remedies?.[gate.onFailure as Remedy];
  return 2 * seconds(gate) + (terms?.withinSeconds ?? 0) + (terms && 'settleSeconds' in terms ? terms.settleSeconds : 0);
};

const BADNESS = ['no pods', 'ordered', 'raised by somebody', 'over', 'gates fail', 'another plan'] as const satisfies readonly Badness[];
