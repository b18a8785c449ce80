// What a change means for a release: where it stood, where it stands, and what happens once it is applied.
import { stableName } from '../lock/change.ts';
import type { InFlight, Lock } from '../lock/lock.ts';
import { untriedTests } from '../lock/rollback.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { summary } from '../plan/words.ts';
import { movedAtOnce, stableCapacity } from './diff-capacity.ts';
import { describeValue } from './diff-values.ts';

/** What Git says of one release at one commit. */
export interface ReleaseState {
  readonly lock: Lock;
  /** The plan in flight; at rest, the one that its next release would have. */
  readonly plan: Plan;
}

export type EffectKind =
  /** Its first entry: declared stable as it is. */
  | 'first'
  /** Git carries it no more. */
  | 'gone'
  /** Out of service: its route goes, what is behind it stays. */
  | 'leaves'
  /** It was about to go, and is in service again. */
  | 'returns'
  /** At rest before, in flight now. */
  | 'starts'
  /** Another candidate takes the place of the one in flight. */
  | 'supersedes'
  /** The same candidate, by another plan. */
  | 'attempt'
  /** In flight before and after, by the same plan. */
  | 'flies'
  /** Back to stable: the candidate retires. */
  | 'abandoned'
  /** The candidate in flight is stable now. */
  | 'recorded'
  /** Another revision is stable, though no candidate in flight became it. */
  | 'declared'
  | 'rests';

export interface Effect {
  readonly kind: EffectKind;
  /** Sentences, the weightiest first. */
  readonly words: readonly string[];
  /** What of it a reviewer must not miss. */
  readonly warnings: readonly string[];
}

/** Whether what is in flight was stable before and goes straight back: it was judged then, and the merge is its approval. */
export function isWayBack({ lock: { inFlight, history }, plan }: ReleaseState): boolean {
  const proven = history.some(({ revision }) => revision === inFlight?.candidate.name);
  return proven && plan.steps.every(({ kind }) => STRAIGHT.includes(kind));
}

const STRAIGHT: readonly Step['kind'][] = ['scale', 'smoke', 'switch', 'bake'];

/** @param next whether what the next release would do has changed */
export function effectOf(before: ReleaseState | null, after: ReleaseState | null, next: boolean): Effect {
  if (before === null) return after === null ? effect('rests') : first(after);
  if (after === null) return gone(before);
  const [was, is] = [before.lock.inFlight, after.lock.inFlight];
  const moved = stableMoved(before.lock, after.lock);
  const begun = is !== null && was?.hash !== is.hash ? flight(before.lock, after, is) : null;
  if (begun === null && moved === null) return is === null ? settled(before.lock, after, next) : flies(after, is);
  const parts = [moved, begun].filter((part) => part !== null);
  const untried = begun === null ? [] : [untriedTests(after.lock)].flatMap((found) => found?.words ?? []);
  return {
    kind: (begun ?? moved)?.kind ?? 'rests',
    words: parts.flatMap(({ words }) => words),
    warnings: [...parts.flatMap(({ warnings }) => warnings), ...untried],
  };
}

const effect = (kind: EffectKind, words: readonly string[] = [], warnings: readonly string[] = []): Effect => ({ kind, words, warnings });

function first({ lock, plan }: ReleaseState): Effect {
  const name = stableName(lock);
  const external = 'external' in lock.stable;
  return effect(
    'first',
    [`This is the first entry of ${lock.release}: ${name} is declared stable, as it is.`, `Its next release will go ${summary(plan)}.`],
    external ? [] : [`${name} is declared stable without smoke test, gate or approval: nothing of it was tried.`],
  );
}

function gone({ lock }: ReleaseState): Effect {
  const flying = lock.inFlight ? `, in the middle of the release of ${lock.inFlight.candidate.name}` : '';
  return effect(
    'gone',
    [
      `Git carries ${lock.release} no more${flying}.`,
      ...(lock.leaving ? ['What stayed behind its route is pruned; the route went before.'] : []),
    ],
    lock.leaving ? [] : [`All objects of ${lock.release} are pruned when this is applied, whatever requests they still serve.`],
  );
}

function stableMoved(before: Lock, after: Lock): Effect | null {
  const [was, is] = [stableName(before), stableName(after)];
  if (was === is) return null;
  const candidate = before.inFlight?.candidate.name;
  if (candidate === is)
    return effect('recorded', [
      `This records a release: ${is} is stable, as plan ${before.inFlight?.hash ?? ''} has proven, and ${was} retires.`,
    ]);
  return effect('declared', [`${is} is stable instead of ${was}.`], movedAtOnce(before, after));
}

function flight(before: Lock, { lock, plan }: ReleaseState, is: InFlight): Effect {
  const { release } = lock;
  const goes = `${summary(plan)}.`;
  const images = `${stableName(lock)} (${describeValue(lock.stable.image, 'image')}) → ${is.candidate.name} (${describeValue(is.candidate.image, 'image')}).`;
  const again = [
    ...proven(lock, is.candidate.name),
    ...(isWayBack({ lock, plan }) ? ['It goes straight back: the merge of this change is its approval.'] : []),
  ];
  const was = before.inFlight;
  if (was === null) return effect('starts', [`This starts a release of ${release}: ${goes}`, images, ...again]);
  const anew = 'Its traffic returns to stable first, and it begins at 0 %.';
  if (was.candidate.rev === is.candidate.rev)
    return effect('attempt', [`This starts attempt ${plan.attempt} of ${is.candidate.name}, which is in flight: ${goes}`, anew]);
  // Recorded and released again in one commit: nothing was superseded.
  if (was.candidate.name === stableName(lock)) return effect('starts', [`This starts a release of ${release}: ${goes}`, images, ...again]);
  return effect('supersedes', [
    `This supersedes the release of ${release} that is in flight: ${was.candidate.name} loses its traffic to stable first, and retires.`,
    `A release of ${is.candidate.name} starts: ${goes}`,
    images,
    ...again,
  ]);
}

function proven({ history }: Lock, revision: string): readonly string[] {
  const entry = history.find((one) => one.revision === revision);
  return entry ? [`${revision} was stable before${entry.plan === null ? '' : `, proven by plan ${entry.plan}`}.`] : [];
}

const flies = ({ lock }: ReleaseState, { hash, candidate }: InFlight): Effect =>
  effect('flies', [`The release of ${candidate.name} in flight goes on: plan ${hash} of ${lock.release} is the same.`]);

function settled(before: Lock, { lock, plan }: ReleaseState, next: boolean): Effect {
  if (before.inFlight)
    return effect('abandoned', [
      `This gives up the release of ${lock.release} in flight: ${before.inFlight.candidate.name} loses its traffic to stable, and retires.`,
    ]);
  if (lock.leaving && !before.leaving) return leaves(lock);
  const returns = before.leaving !== undefined && lock.leaving === undefined;
  const former = formerRoute(before, lock);
  const carried = new Set(lock.retiring.map(({ revision }) => revision.name));
  const over = before.retiring.map(({ revision }) => revision.name).filter((name) => !carried.has(name));
  return effect(
    returns ? 'returns' : 'rests',
    [
      ...(returns ? [`${lock.release} is in service again: its route comes back.`] : []),
      `This starts no release of ${lock.release}.`,
      ...(lock.declined ? [`${lock.declined.revision}, which the intent describes, stays given up.`] : []),
      ...over.map((name) => `${name} retires no longer: traffic must have left it.`),
      ...former.words,
      ...(next ? [`Its next release will go ${summary(plan)}.`] : []),
    ],
    [...former.warnings, ...stableCapacity(before, lock)],
  );
}

function formerRoute(before: Lock, { formerTraffic }: Lock): Pick<Effect, 'words' | 'warnings'> {
  const [was, is] = [before.formerTraffic?.router, formerTraffic?.router];
  if (is !== undefined && was !== is)
    return { words: [`The ${is} route stays beside the new one, at stable, until it is retired.`], warnings: [] };
  if (was !== undefined && is === undefined && before.resolved.traffic.router !== was)
    return { words: [], warnings: [`The ${was} route goes: requests that still come that way find nothing.`] };
  return { words: [], warnings: [] };
}

function leaves({ release, resolved }: Lock): Effect {
  const { hosts, router } = resolved.traffic;
  const words = [`This takes ${release} out of service. Its pods and Services stay until a later commit drops them.`];
  if (router === 'service') return effect('leaves', words);
  const found = hosts.length > 0 ? ` to ${hosts.join(', ')}` : '';
  return effect('leaves', words, [`The route of ${release} goes: requests${found} find nothing once this is applied.`]);
}
