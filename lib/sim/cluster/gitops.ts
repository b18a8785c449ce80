import type { ApiServer } from '../api/server.ts';
import { deployment, job, jobsOf, PATHS, planConfigMap } from '../release/objects.ts';
import { type Draft, STABLE } from '../release/plans.ts';

/** What Git holds: everything at rest, and a release in flight as long as nobody has dropped it. */
export class GitOps {
  private readonly server: ApiServer;
  private readonly manager: string;
  private current: Draft;

  constructor(server: ApiServer, manager: string, draft: Draft, stableReplicas: number) {
    this.server = server;
    this.manager = manager;
    this.current = draft;
    server.apply(PATHS.deployment(STABLE), deployment(STABLE, stableReplicas), manager);
  }

  /** The release that Git has in flight. */
  get draft(): Draft {
    return this.current;
  }

  /** Applies everything in flight; what is there already changes back to what Git says. */
  apply(withoutJobs: ReadonlySet<string> = new Set()): void {
    const { server, manager, current: draft } = this;
    const { candidate } = draft.plan;
    server.apply(PATHS.deployment(candidate.deployment), deployment(candidate.deployment), manager);
    server.apply(PATHS.plan(draft.hash), planConfigMap(draft), manager);
    this.reset();
    for (const { name, suspended } of jobsOf(draft))
      if (!withoutJobs.has(name)) server.apply(PATHS.job(name), job(name, suspended), manager);
  }

  /** Applies the route as Git holds it. */
  reset(): void {
    const { plan, route } = this.current;
    this.server.apply(PATHS.route(this.current), route.atRest({ stable: STABLE, candidate: plan.candidate.service }), this.manager);
  }

  /** Removes what belongs to the release alone; the route, which then names a Service that is gone, stays as it is. */
  prune({ plan, hash }: Draft, what: 'plan' | 'plan and candidate'): void {
    this.server.delete(PATHS.plan(hash), this.manager);
    if (what === 'plan and candidate') this.server.delete(PATHS.deployment(plan.candidate.deployment), this.manager);
  }

  /** Another release takes the place of the one in flight; the old candidate stays until it is pruned. */
  supersede(draft: Draft): void {
    this.current = draft;
  }
}
