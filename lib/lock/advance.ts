import type { ResolvedIntent } from '../intent/resolved.ts';
import { planHash } from '../plan/compile.ts';
import type { Plan, PlanRevision } from '../plan/plan.ts';
import type { KubeObject } from '../schema/index.ts';
import { type ExternalRevision, type InFlight, isExternal, type Lock, type Retiring, type Revision, type Stable } from './lock.ts';
import { contractedWith } from './migrations.ts';

/** What an intent asks for, and how to make a plan of it. */
export interface Proposal {
  /** Hash of the intent as written. */
  readonly intent: string;
  readonly resolved: ResolvedIntent;
  /** The revision that the intent describes. */
  readonly revision: Revision;
  plan(stable: PlanRevision, candidate: PlanRevision, attempt: number): Plan;
  jobs(plan: Plan, hash: string): readonly KubeObject[];
}

/** The first entry of a release: what the intent describes is declared stable, or what runs already (`adopted`). */
export function initialLock(target: string, { intent, resolved, revision }: Proposal, adopted: ExternalRevision | null = null): Lock {
  const stable = adopted ?? revision;
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
    history: [{ revision: planRevision(stable).revision, image: stable.image, plan: null }],
  };
}

/**
 * The state after an intent was changed. Never makes a revision stable: only a release record does.
 * A change of flags alone does not come here.
 * - the intent as locked: nothing changes, whatever defaults have become (`refresh` looks anew)
 * - stable's template: at rest, a candidate in flight is abandoned
 * - another template: in flight; a plan that differs is a new attempt, and another candidate retires the old one
 */
export function advance(lock: Lock, proposal: Proposal, refresh = false): Lock {
  if (proposal.intent === lock.intent && !refresh) return lock;
  const settled = { ...lock, intent: proposal.intent, resolved: proposal.resolved };
  return isStable(lock.stable, proposal.revision) ? rest(settled, proposal) : fly(settled, proposal);
}

function rest(lock: Lock, { revision }: Proposal): Lock {
  const stable = isExternal(lock.stable) ? lock.stable : { ...lock.stable, scale: revision.scale };
  return { ...lock, stable, inFlight: null, retiring: retire(lock, revision.rev, 'abandoned') };
}

function fly(lock: Lock, proposal: Proposal): Lock {
  const candidate = { ...known(lock, proposal.revision), scale: proposal.revision.scale };
  const warm = isWarm(lock, candidate);
  const retiring = retire(lock, candidate.rev, 'superseded');
  const planFor = (attempt: number) => proposal.plan(planRevision(lock.stable), planRevision(candidate), attempt);
  if (lock.inFlight && planHash(planFor(lock.attempts)) === lock.inFlight.hash)
    return { ...lock, inFlight: { ...lock.inFlight, candidate, warm }, retiring };
  const attempts = lock.attempts + 1;
  const plan = planFor(attempts);
  const hash = planHash(plan);
  const inFlight: InFlight = { candidate, warm, plan, hash, jobs: proposal.jobs(plan, hash) };
  return { ...lock, inFlight, attempts, retiring, ...contractedWith(lock, plan) };
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
  const frozen = [lock.inFlight?.candidate, ...lock.retiring.map((entry) => entry.revision)];
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
