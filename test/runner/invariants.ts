import type { Plan } from '../../lib/plan/plan.ts';
import type { ApiRequest } from '../../lib/runner/index.ts';
import { PATHS } from './release.ts';
import type { Scene } from './scene.ts';

/**
 * Watches a scene for the invariants of the design, from what the cluster truly is and not from what the runner
 * believes. Every request of a runner passes through `check` before the API server answers it.
 */
export class Invariants {
  readonly violations: string[] = [];
  private readonly scene: Scene;
  /** When each weight of the plan was first set by a runner. */
  private readonly entered = new Map<number, number>();
  private movedToStableBy: string | null = null;
  private droppedAt: number | null = null;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  /** A person moves the route: towards stable it is an abort for good (S13). */
  person(weight: number): void {
    if (weight < this.scene.weight) this.movedToStableBy = `a person at ${this.seconds()}`;
    this.scene.move(weight);
  }

  drop(): void {
    this.droppedAt = this.scene.time.now;
    this.scene.api.delete(PATHS.plan(this.scene.plan));
  }

  check(request: ApiRequest): void {
    if (this.droppedAt !== null && request.method !== 'GET' && this.scene.time.now > this.droppedAt + LONGEST_TRAVEL)
      this.violated('superseded', `${request.method} ${request.path} after the plan was dropped`);
    if (request.method === 'PATCH' && request.path.startsWith(PATHS.route)) this.checkRouteWrite(request.body as Operation[]);
  }

  /** What must be true once nothing moves any more. */
  checkEnd(): void {
    const { status, weight } = this.scene;
    if (this.droppedAt !== null || status === null) return;
    if (weight > status.level.set.weight) this.violated('S4', `the route ends at ${weight} %, earned are ${status.level.set.weight} %`);
    if (status.phase === 'Promoted' && weight !== 100) this.violated('S6', `promoted with ${weight} %`);
    if (!['Promoted', 'Aborted', 'Held'].includes(status.phase)) this.violated('S6', `ends in phase ${status.phase}: ${status.reason}`);
  }

  private checkRouteWrite(operations: readonly Operation[]): void {
    this.checkPrecondition(operations);
    const weight = Number(operations.find(({ op, path }) => op === 'replace' && path.endsWith('/backendRefs/1/weight'))?.value);
    if (Number.isNaN(weight) || !this.willApply(operations)) return;
    if (weight === 0) return;
    const { plan, api } = this.scene;
    if (this.movedToStableBy !== null) this.violated('S13', `weight ${weight} after ${this.movedToStableBy}`);
    const conditions = api.find(PATHS.job(plan))?.status?.conditions ?? [];
    if (!conditions.some(({ type }: { type: string }) => type === 'Complete'))
      this.violated('S1', `weight ${weight} before the smoke test passed`);
    if (weight > 50 && (plan.approvals.waived === null || plan.approvals.required.length > 0))
      this.violated('S3', `weight ${weight} without approval`);
    this.checkLevel(plan, weight);
    if (!this.entered.has(weight)) this.entered.set(weight, this.scene.time.now);
  }

  /** S5: nothing is written unless the route is the one that was read, and names what the plan names. */
  private checkPrecondition(operations: readonly Operation[]): void {
    const { splits } = this.scene.plan.route;
    const [first, ...rest] = operations;
    const tested = new Set(rest.filter(({ op }) => op === 'test').map(({ path }) => path));
    const wanted = splits.flatMap((split) => [split.stable.destination.path, split.candidate.destination.path]);
    if (first?.op !== 'replace' || first.path !== '/metadata/resourceVersion' || !wanted.every((path) => tested.has(path)))
      this.violated('S5', 'the route is written without its preconditions');
  }

  /** S2: the plan's weights one after the other, and the pauses between them kept. */
  private checkLevel(plan: Plan, weight: number): void {
    const problem = this.levelProblem(plan, weight);
    if (problem !== null) this.violated('S2', `weight ${weight} ${problem}`);
  }

  private levelProblem(plan: Plan, weight: number): string | null {
    let since: number | undefined = 0;
    for (const step of plan.steps) {
      if (since === undefined) return 'before a lower one';
      if (step.kind === 'setWeight' || step.kind === 'switch') {
        const level = step.kind === 'switch' ? 100 : step.weight;
        const early: number = since - this.scene.time.now;
        if (level === weight) return early > 0 ? `entered ${early} ms too early` : null;
        since = this.entered.get(level);
      } else if (step.kind === 'pause') since += step.durationSeconds * 1_000;
      else if (step.kind === 'analysis' || step.kind === 'approval') return `although nobody judged ${step.kind}`;
    }
    return "is none of the plan's";
  }

  private willApply(operations: readonly Operation[]): boolean {
    const precondition = operations.find(({ path }) => path === '/metadata/resourceVersion')?.value;
    return precondition === undefined || precondition === this.scene.api.at(PATHS.route).metadata.resourceVersion;
  }

  private violated(invariant: string, what: string): void {
    this.violations.push(`${invariant} at ${this.seconds()}: ${what}`);
  }

  private seconds(): string {
    return `${((this.scene.time.now - this.scene.began) / 1_000).toFixed(1)}s`;
  }
}

/** A request that was sent before the runner could know may still arrive. */
const LONGEST_TRAVEL = 30_000;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}
