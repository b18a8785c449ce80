import { type Change, respecified } from '../api/server.ts';
import { PATHS } from '../release/objects.ts';
import { exposedTo, sharesOf } from '../release/routes.ts';
import type { Simulation } from '../simulation.ts';

/** What was true of the cluster not long ago, for what may be decided on it a moment later. */
export class History {
  private readonly sim: Simulation;
  private readonly candidatePods: { readonly at: number; readonly available: number }[] = [];
  private exposedAt: number | null = null;
  private exposed = false;
  private exposedSince = 0;
  private short = false;
  /** The GitOps tool's changes of the route, as the generations that they made. */
  private readonly resets: number[] = [];
  /** When something was last so that nobody can go on: by its reason. */
  private readonly lately = new Map<Mishap, number>();

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  changed(change: Change): void {
    const { path, type, object, by } = change;
    const { draft, time } = this.sim;
    const { candidate, gitopsManagers } = draft.plan;
    const note = (mishap: Mishap) => this.lately.set(mishap, time.now);
    if (path === PATHS.deployment(candidate.deployment)) {
      const available = type === 'DELETED' ? 0 : (object.status?.availableReplicas ?? 0);
      this.candidatePods.push({ at: time.now, available });
      if (available === 0) note('no candidate');
      // What lasts is noted when it begins and when it ends.
      const short = available * 2 < (object.spec.replicas ?? 1);
      if (short || this.short) note('half the pods');
      this.short = short;
    } else if (path === PATHS.route(draft)) {
      const exposed = type !== 'DELETED' && exposedTo(sharesOf(object, candidate.service));
      if (exposed || this.exposed) this.exposedAt = time.now;
      if (exposed && !this.exposed) this.exposedSince = time.now;
      this.exposed = exposed;
      if (type !== 'MODIFIED') note('route edited');
      else if (respecified(change) && by !== 'tidegate-runner')
        if (gitopsManagers.includes(by)) this.resets.push(object.metadata.generation ?? 0);
        else note('route edited');
    } else if (path === PATHS.status && (by !== 'tidegate-runner' || type === 'DELETED')) note('status edited');
    else if (path === PATHS.flagsOff && by !== 'tidegate-runner') note('flag moved');
    else if (object.kind === 'Job' && type === 'DELETED') note('job lost');
    else if (object.kind === 'Job' && object.status?.conditions?.some(({ type }: { type: string }) => type === 'Failed'))
      note('job failed');
    else if (path === PATHS.operator && (object.data?.abort ?? object.data?.retry) !== undefined) note('ordered');
  }

  /** The most pods of the candidate that were available in the last moments. */
  available(milliseconds: number): number {
    const since = this.sim.time.now - milliseconds;
    let most = 0;
    for (let index = this.candidatePods.length - 1; index >= 0; index--) {
      const { at, available } = this.candidatePods[index] as (typeof this.candidatePods)[number];
      most = Math.max(most, available);
      if (at < since) break;
    }
    return most;
  }

  /** Milliseconds since the route last gave the candidate anything. */
  unexposedFor(): number {
    if (this.exposed) return 0;
    return this.exposedAt === null ? Number.POSITIVE_INFINITY : this.sim.time.now - this.exposedAt;
  }

  /** Milliseconds for which the route has given the candidate something without a break. */
  exposedFor(): number {
    return this.exposed ? this.sim.time.now - this.exposedSince : 0;
  }

  /** Whether a change of the route since this generation is hidden by a reset: who made it can no more be told by the route. */
  hidden(generation: number | null = null): boolean {
    return generation !== null && this.resets.some((reset) => reset > generation + 1);
  }

  /** Whether it was so in the last milliseconds. */
  was(mishap: Mishap, milliseconds = Number.POSITIVE_INFINITY): boolean {
    if (mishap === 'half the pods' && this.short) return true;
    const at = this.lately.get(mishap);
    return at !== undefined && this.sim.time.now - at <= milliseconds;
  }
}

export type Mishap =
  | 'no candidate'
  | 'half the pods'
  | 'route edited'
  | 'status edited'
  | 'job lost'
  | 'job failed'
  | 'ordered'
  | 'flag moved';
