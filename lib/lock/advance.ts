import type { ResolvedIntent, Scale } from '../intent/resolved.ts';
import { planHash } from '../plan/compile.ts';
import type { Plan, PlanRevision } from '../plan/plan.ts';
import type { KubeObject } from '../schema/index.ts';
import {
  type Declined,
  type ExternalRevision,
  type InFlight,
  isExternal,
  type Lock,
  type Retiring,
  type Revision,
  type Stable,
} from './lock.ts';
import { contractedWith } from './migrations.ts';
import { isProven, isTried, undeclined, withCold } from './proven.ts';
import { portNames } from './revision.ts';

/** How to make a plan of an intent. */
export interface Planner {
  /** @param proven the candidate, where it is proven: then the plan is the short one that brings it back */
  plan(stable: PlanRevision, candidate: PlanRevision, attempt: number, proven: Revision | null): Plan;
  jobs(plan: Plan, hash: string, proven: Revision | null): readonly KubeObject[];
  /** Whether a release record is of this plan already: a release that was dropped and declared again counts its attempts anew. */
  isRecorded(hash: string): boolean;
}

/** What an intent asks for, and how to make a plan of it. */
export interface Proposal extends Planner {
  /** Hash of the intent as written. */
  readonly intent: string;
  readonly resolved: ResolvedIntent;
  /** The revision that the intent describes. */
  readonly revision: Revision;
}

/** The first entry of a release: what the intent describes is declared stable, or what runs already (`adopted`). */
export function initialLock(target: string, { intent, resolved, revision }: Proposal, adopted: ExternalRevision | null = null): Lock {
  const stable = adopted ?? { ...revision, smoke: resolved.smoke };
  return {
    version: 1,
    release: resolved.release,
    namespace: resolved.namespace,
    target,
    intent,
    resolved,
    stable,
    inFlight: null,
    attempts: 0,
    retiring: [],
    ...(adopted?.objects.service.metadata.name === resolved.release ? { portNames: portNames(adopted.objects) } : {}),
    history: [{ revision: planRevision(stable).revision, image: stable.image, plan: null }],
  };
}

/** What somebody asks for who runs synth, beside what the intent says. */
export interface Wish {
  /** Look at an intent that is as it was locked, too: defaults may have become others. */
  readonly refresh?: boolean;
  /** Release again what was given up. */
  readonly retry?: boolean;
}

/**
 * The state after an intent was changed. Never makes a revision stable: only a release record does.
 * A change of flags or notifications alone does not come here.
 * - the intent as locked: nothing changes, whatever defaults have become (`refresh` looks anew)
 * - the template that was given up: nothing starts (`retry` releases it); a rollback from it goes on
 * - stable's template: at rest, a candidate in flight is abandoned
 * - another template: in flight; a plan that differs is a new attempt, and another candidate retires the old one
 * At rest, stable then has as many pods as the intent says, whichever revision that describes.
 * A template that was proven and that the lock still holds comes back by the short plan, as it was frozen.
 */
export function advance(lock: Lock, proposal: Proposal, { refresh = false, retry = false }: Wish = {}): Lock {
  const wantsDeclined = lock.declined?.revision === proposal.revision.name;
  if (proposal.intent === lock.intent && !refresh && !(retry && wantsDeclined)) return lock;
  const settled = { ...lock, intent: proposal.intent, resolved: proposal.resolved };
  if (wantsDeclined && !retry) return lock.inFlight ? fly(settled, proposal, lock.inFlight.candidate) : scaled(settled);
  const wanted = undeclined(settled);
  return isStable(lock.stable, proposal.revision) ? rest(wanted, proposal) : fly(wanted, proposal, proposal.revision);
}

/**
 * Brings a proven revision back at rest, whatever the intent describes: that is given up, and no synth starts it again.
 * @param planner of the intent as it is locked
 */
export function rollBack(lock: Lock, to: Revision, planner: Planner): Lock {
  const declined: Declined = lock.declined ?? { revision: planRevision(lock.stable).revision, reason: 'rolled back' };
  return fly(declined.revision === to.name ? undeclined(lock) : { ...lock, declined }, planner, to);
}

function rest(lock: Lock, { revision }: Proposal): Lock {
  return scaled(described({ ...lock, inFlight: null, retiring: retire(lock, revision.rev, 'abandoned') }));
}

/** As long as no plan has proven stable, its smoke tests are those of the intent that describes it. */
function described(lock: Lock): Lock {
  const { stable, resolved, history } = lock;
  return isExternal(stable) || isTried(history, stable) ? lock : { ...lock, stable: { ...stable, smoke: resolved.smoke } };
}

/** The lock at rest with as many pods of stable as the intent says, whichever revision it describes. */
function scaled(lock: Lock): Lock {
  return isExternal(lock.stable) ? lock : { ...lock, stable: { ...lock.stable, scale: countedAlike(lock, lock.stable) } };
}

/** Whether pods are counted by hand or by load is content, so it stays as it was proven. */
const countedAlike = ({ resolved: { scale } }: Lock, frozen: Revision): Scale => (scale.kind === frozen.scale.kind ? scale : frozen.scale);

function fly(lock: Lock, planner: Planner, wanted: Revision): Lock {
  const frozen = known(lock, wanted);
  const candidate = { ...frozen, scale: countedAlike(lock, frozen) };
  const warm = isWarm(lock, candidate);
  const proven = isProven(lock, candidate) ? candidate : null;
  const retiring = retire(lock, candidate.rev, 'superseded');
  const settled = withCold(
    { ...lock, retiring },
    (lock.cold ?? []).filter(({ rev }) => rev !== candidate.rev),
  );
  const planFor = (attempt: number) => planner.plan(planRevision(lock.stable), planRevision(candidate), attempt, proven);
  if (lock.inFlight && planHash(planFor(lock.attempts)) === lock.inFlight.hash)
    return { ...settled, inFlight: { ...lock.inFlight, candidate, warm } };
  let attempts = lock.attempts + 1;
  while (planner.isRecorded(planHash(planFor(attempts)))) attempts++;
  const plan = planFor(attempts);
  const hash = planHash(plan);
  const jobs = planner.jobs(plan, hash, proven);
  const inFlight: InFlight = { candidate, warm, plan, hash, jobs, ...(proven ? { rollback: true } : {}) };
  return { ...settled, inFlight, attempts, ...contractedWith(lock, plan) };
}

/** The candidate in flight retires, unless it is the revision that is wanted; what is wanted no longer retires. */
function retire(lock: Lock, wanted: string, reason: Retiring['reason']): readonly Retiring[] {
  const { candidate, warm } = lock.inFlight ?? {};
  const leaving = candidate && candidate.rev !== wanted ? [{ revision: candidate, reason: warm ? 'replaced' : reason } as const] : [];
  return [...leaving, ...lock.retiring].filter(
    (entry, index, all) => entry.revision.rev !== wanted && all.findIndex((other) => other.revision.rev === entry.revision.rev) === index,
  );
}

/** It was stable and is wanted again: what Git has declared of its pods stays declared, or server-side apply takes them. */
function isWarm({ inFlight, retiring }: Lock, { rev }: Revision): boolean {
  if (inFlight?.candidate.rev === rev) return inFlight.warm;
  return retiring.some((entry) => entry.revision.rev === rev && entry.reason === 'replaced');
}

/** A revision that the lock holds already is used as it was frozen. */
function known(lock: Lock, revision: Revision): Revision {
  const frozen = [lock.inFlight?.candidate, ...lock.retiring.map((entry) => entry.revision), ...(lock.cold ?? [])];
  return frozen.find((other) => other?.rev === revision.rev) ?? revision;
}

function isStable(stable: Stable, revision: Revision): boolean {
  return !isExternal(stable) && stable.rev === revision.rev;
}

export function planRevision(revision: Stable): PlanRevision {
  if (isExternal(revision)) {
    const { deployment, image, objects } = revision;
    return { revision: deployment, deployment, service: objects.service.metadata.name, image };
  }
  return { revision: revision.name, deployment: revision.name, service: revision.name, image: revision.image };
}
