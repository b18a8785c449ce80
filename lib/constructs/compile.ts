import type { EngineContext } from '../engines/engine.ts';
import { ENGINES } from '../engines/index.ts';
import { conditionProblems } from '../gates/condition-problems.ts';
import type { PlacedApproval } from '../intent/approvals.ts';
import type { ReleaseIntent } from '../intent/release.ts';
import { resolveIntent } from '../intent/resolve.ts';
import type { ResolvedIntent } from '../intent/resolved.ts';
import { advance, initialLock, type Planner, type Proposal, planRevision, rollBack } from '../lock/advance.ts';
import { differBesideReleaseAlone, removedFlagsProblems } from '../lock/flags.ts';
import { formerRouteProblems, withFormerRoute } from '../lock/former-route.ts';
import { inService } from '../lock/leaving.ts';
import type { ExternalRevision, Lock, Revision, Stable } from '../lock/lock.ts';
import { contractProblems, goneProblems, orderProblems, pendingMigrations, unapprovedProblems } from '../lock/migrations.ts';
import { provenRevisions } from '../lock/proven.ts';
import { type LockKey, lockPath } from '../lock/read.ts';
import { ROLLBACK_WAIVER, rollbackIntent, rollbackProblems } from '../lock/rollback.ts';
import { compilePlan, planHash } from '../plan/compile.ts';
import { gatesOf } from '../plan/exposure.ts';
import { contentHash } from '../plan/hash.ts';
import type { Plan, PlanRevision, Queue } from '../plan/plan.ts';
import { ROUTERS } from '../routers/index.ts';
import { type KubeObject, type Problem, ProblemError } from '../schema/index.ts';
import { committedApprovals } from './committed-approvals.ts';
import { inKeyOrder } from './key-order.ts';
import { type Neighbours, queueOf } from './queue.ts';
import { signingOf } from './signing.ts';

/** Everything that the objects of a release on a target follow from. */
export interface CompileInput {
  readonly key: LockKey;
  /** An intent as plain data, which validation has accepted. */
  readonly intent: ReleaseIntent;
  /** What Git knows; null for a release without a lock. */
  readonly lock: Lock | null;
  /** Make the first lock entry. */
  readonly initial: boolean;
  /** What runs already and is stable in the first entry. @default what the intent describes */
  readonly adopted?: ExternalRevision | null;
  readonly refresh: boolean;
  /** Release again what was given up. @default false */
  readonly retry?: boolean;
  /** Name of a proven revision to bring back. @default none */
  readonly rollback?: string | null;
  /** What `approvals.yaml` says, of whatever plan. @default nothing */
  readonly approvals?: readonly PlacedApproval[];
  /** Whether there is a release record of a plan. @default of none */
  readonly isRecorded?: (plan: string) => boolean;
  readonly context: EngineContext;
  /** The other releases of the target and namespace. @default nobody waits for others */
  readonly others?: Neighbours;
}

export interface Compiled {
  readonly lock: Lock;
  readonly objects: readonly KubeObject[];
}

/**
 * (intent, lock, project, approvals) -> (lock, objects): pure, and idempotent when its lock is fed back.
 * @throws ProblemError where the router cannot do what is asked, a merge would lose something, there is no lock, or an
 *   approval contradicts its plan
 */
export function compileRelease(input: CompileInput): Compiled {
  const lock = nextLock(input);
  const approvals = committedApprovals(lock, input.approvals ?? []);
  return { lock, objects: ENGINES[lock.resolved.engine].render(lock, input.context, approvals) };
}

/** What stays of a release that no chart declares, from its lock alone. */
export const compileLeaving = (lock: Lock, context: EngineContext): Compiled => ({
  lock,
  objects: ENGINES[lock.resolved.engine].render(lock, context),
});

function nextLock(input: CompileInput): Lock {
  const { key, initial } = input;
  const lock = input.lock && inService(input.lock);
  if (!lock && !initial)
    throw new ProblemError([
      {
        message: `release '${key.release}' has no lock: nothing is known to be stable, so there is nothing to compare a candidate with.`,
        help: `Run \`tidegate record ${key.release} --initial${onTarget(input)}\` to declare what this intent describes stable, and commit ${lockPath(key)}.`,
      },
    ]);
  if (lock && initial)
    throw new ProblemError([
      {
        message: `release '${key.release}' has a lock already: ${lockPath(key)}.`,
        help: 'Its first entry is made once; run `tidegate synth` to release a change.',
      },
    ]);
  if (lock && input.rollback) return rolledBack(input, lock, input.rollback);
  const intent = inKeyOrder(input.intent);
  // as text, since a hash of data would not see that the ports were put in another order
  const hash = contentHash(JSON.stringify(intent));
  const wish = { refresh: input.refresh, retry: input.retry === true && lock?.declined !== undefined };
  if (lock && lock.intent === hash && !wish.refresh && !wish.retry) return lock;
  const resolved = { ...resolveIntent(key.release, intent, key.namespace), ...groupOf(key.release, input.context) };
  if (lock && !input.refresh && differBesideReleaseAlone(lock.resolved, resolved)) {
    // Before all that judges a release, and without another plan, whatever tidegate.yaml says by now: a kill never waits.
    refuse(removedFlagsProblems(lock, resolved, null));
    return { ...lock, intent: hash, resolved };
  }
  const proposal = propose(input, resolved, hash);
  if (!lock) return initialLock(key.target, proposal, input.adopted);
  const next = checkedRollback(lock, advance(lock, proposal, wish));
  refuse(formerRouteProblems(lock, next));
  return withFormerRoute(lock, next);
}

function rolledBack(input: CompileInput, lock: Lock, name: string): Lock {
  const to = provenRevisions(lock).find((revision) => revision.name === name);
  return to ? checkedRollback(lock, rollBack(lock, to, plannerOf(lock.resolved, lock.resolved, input))) : lock;
}

/** What comes back must find what it needs, whether somebody asked for it or the intent describes it again. */
function checkedRollback(before: Lock, after: Lock): Lock {
  if (after.inFlight?.rollback === true && before.inFlight?.hash !== after.inFlight.hash)
    refuse(rollbackProblems(after, after.inFlight.candidate));
  return after;
}

/** A lock is per target: where there are several, the command that makes one names its own. */
const onTarget = ({ key, context }: CompileInput): string =>
  Object.keys(context.project.targets).length > 1 ? ` --target ${key.target}` : '';

function propose(input: CompileInput, resolved: ResolvedIntent, hash: string): Proposal {
  const { lock, context, refresh, others } = input;
  refuse(ROUTERS[resolved.traffic.router].check(resolved));
  const engine = ENGINES[resolved.engine];
  const revision = engine.revision(resolved, context);
  checkGates(planOfAttempt(resolved, context, planRevision(revision), planRevision(revision), 1));
  const attempted = attemptOf(resolved, lock?.stable ?? revision);
  if (lock) {
    const { migrations = [] } = resolved;
    const { migrations: pending = [] } = attempted;
    refuse([
      ...removedFlagsProblems(lock, resolved, revision),
      ...orderProblems(migrations, pending),
      ...unapprovedProblems(resolved, pending),
      ...contractProblems(migrations, pending, lock, revision),
      ...goneProblems(resolved, lock),
    ]);
  }
  return {
    intent: hash,
    resolved,
    revision,
    ...plannerOf(resolved, attempted, input, (attempt) => {
      // What is in flight keeps its place, whatever has become of the others.
      if (lock?.inFlight && attempt === lock.attempts && !refresh) return lock.inFlight.plan.queue;
      return others && queueOf(resolved, context.project.groups, others);
    }),
  };
}

function groupOf(release: string, { project }: EngineContext): Pick<ResolvedIntent, 'group'> {
  const found = Object.entries(project.groups).find(([, { releases }]) => releases.includes(release));
  return found ? { group: { name: found[0], limit: found[1].limit } } : {};
}

/**
 * @param attempted the intent with the migrations that an attempt runs
 * @param queueFor who comes before an attempt; what is brought back waits for nobody
 */
function plannerOf(
  resolved: ResolvedIntent,
  attempted: ResolvedIntent,
  { context, isRecorded = () => false }: Pick<CompileInput, 'context' | 'isRecorded'>,
  queueFor: (attempt: number) => Queue | undefined = () => undefined,
): Planner {
  const intentOf = (proven: Revision | null) => (proven ? rollbackIntent(resolved, proven) : attempted);
  return {
    plan: (stable, candidate, attempt, proven) =>
      planOfAttempt(
        intentOf(proven),
        context,
        stable,
        candidate,
        attempt,
        proven ? ROLLBACK_WAIVER : null,
        proven ? undefined : queueFor(attempt),
      ),
    jobs: (plan, hash, proven) => ENGINES[resolved.engine].jobs(plan, hash, intentOf(proven), context),
    isRecorded,
  };
}

/** What an attempt against this stable does of an intent: all of it, but for the migrations that have run. */
function attemptOf(resolved: ResolvedIntent, stable: Stable): ResolvedIntent {
  const { migrations, ...rest } = resolved;
  return migrations ? { ...rest, migrations: pendingMigrations(migrations, stable) } : resolved;
}

/** Told at rest already: the day of a release is a bad day to learn that a gate cannot judge it. */
function checkGates({ steps }: Plan): void {
  const gates = new Map(steps.flatMap(gatesOf).map((gate) => [gate.name, gate]));
  refuse([...gates.values()].flatMap(conditionProblems));
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new ProblemError(problems);
}

/** The plan in flight; at rest, the plan that a release would have, with stable standing in for the candidate. */
export function planOf(lock: Lock, context: EngineContext): { readonly plan: Plan; readonly hash: string; readonly inFlight: boolean } {
  if (lock.inFlight) return { plan: lock.inFlight.plan, hash: lock.inFlight.hash, inFlight: true };
  const stable = planRevision(lock.stable);
  const plan = planOfAttempt(attemptOf(lock.resolved, lock.stable), context, stable, stable, lock.attempts + 1);
  return {
    plan,
    // Most who look at a plan that nobody has asked for do not name it.
    get hash() {
      return planHash(plan);
    },
    inFlight: false,
  };
}

function planOfAttempt(
  intent: ResolvedIntent,
  context: EngineContext,
  stable: PlanRevision,
  candidate: PlanRevision,
  attempt: number,
  waivedBy: string | null = null,
  queue?: Queue,
): Plan {
  const { target, project } = context;
  const waived = project.targets[target]?.approvals === 'waived';
  return compilePlan({
    intent,
    target,
    attempt,
    stable,
    candidate,
    route: ROUTERS[intent.traffic.router].instructions(intent, { stable: stable.service, candidate: candidate.service }),
    waivedBy: waived ? `tidegate.yaml: targets.${target}.approvals` : waivedBy,
    gitopsManagers: project.gitops.managers,
    signing: signingOf(project),
    queue,
  });
}
