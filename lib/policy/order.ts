import type { Lock } from '../lock/lock.ts';
import type { Ahead } from '../plan/plan.ts';
import type { SourceLocation } from '../schema/index.ts';
import { groupBy } from './exposure/course.ts';
import { type Finding, fileFinding } from './finding.ts';

/** A release on a target, and what tells whether those that it waits for are still there. */
export interface Queued {
  /** Path of its lock. */
  readonly file: string;
  readonly lock: Lock;
  /** Attempts that have a release record. */
  readonly recorded: readonly number[];
  /** The release in its chart; null where that is not known. */
  readonly source: SourceLocation | null;
}

/**
 * Findings of the rule `order-holds`, on what is in flight. Each plan was made with what was in flight on its branch, and
 * keeps its place: what other branches began, or gave up since, shows where all are together.
 */
export function orderFindings(all: readonly Queued[]): readonly Finding[] {
  const places = groupBy(all, ({ lock: { target, namespace } }) => `${target}/${namespace}`);
  return places.flatMap((here) => [...unordered(here), ...lost(here)]);
}

type Neighbours = ReadonlyMap<string, Queued>;

const byName = (here: readonly Queued[]): Neighbours => new Map(here.map((one) => [one.lock.release, one]));
const aheadOf = ({ lock: { inFlight } }: Queued): readonly Ahead[] => inFlight?.plan.queue?.ahead ?? [];

/** Those that a release in flight waits for, itself or by one that it waits for. */
function waitsFor(one: Queued, others: Neighbours, found = new Set<string>()): ReadonlySet<string> {
  for (const { release, attempt, until } of aheadOf(one)) {
    const other = others.get(release);
    // In a group a later attempt of one ahead lets it go.
    if (!other?.lock.inFlight || found.has(release) || (until === 'over' && other.lock.attempts > attempt)) continue;
    found.add(release);
    waitsFor(other, others, found);
  }
  return found;
}

function unordered(here: readonly Queued[]): readonly Finding[] {
  const others = byName(here);
  // What is brought back waits for nobody.
  const flights = here.filter(({ lock: { inFlight } }) => inFlight && !inFlight.rollback);
  const known = new Map(flights.map((one) => [one, waitsFor(one, others)]));
  const strangers = (one: Queued, among: readonly Queued[]) =>
    among.filter((other) => other !== one && !known.get(one)?.has(other.lock.release) && !known.get(other)?.has(one.lock.release));
  const groupOf = ({ lock }: Queued): string => lock.inFlight?.plan.queue?.group ?? '';
  const groups = groupBy(flights.filter(groupOf), groupOf);
  const crowded = groups.flatMap((members) => beyondLimit(members, known, strangers));
  const after = flights.flatMap((one) => {
    const named = strangers(one, flights).filter(({ lock: { release } }) => one.lock.resolved.after?.includes(release));
    return named.length === 0 || crowded.some(({ release }) => release === one.lock.release) ? [] : [besideNamed(one, named)];
  });
  return [...crowded, ...after];
}

/** In the order in which they go, each waits for all before it, but for the first ones, as many as the limit. */
function beyondLimit(
  members: readonly Queued[],
  known: ReadonlyMap<Queued, ReadonlySet<string>>,
  strangers: (one: Queued, among: readonly Queued[]) => readonly Queued[],
): readonly Finding[] {
  const limitOf = ({ lock }: Queued): number => lock.inFlight?.plan.queue?.limit ?? 1;
  const waits = (one: Queued): number => members.filter(({ lock }) => known.get(one)?.has(lock.release)).length;
  const order = members.toSorted((a, b) => waits(a) - waits(b) || limitOf(a) - limitOf(b));
  return order.flatMap((one, index) => {
    const limit = limitOf(one);
    if (index < limit || waits(one) >= index) return [];
    const beside = strangers(one, order.slice(0, index));
    const group = one.lock.inFlight?.plan.queue?.group;
    return [
      findingOf(
        one,
        beside,
        'error',
        `group ${group} lets ${limit} go on at a time, and ${listed(one, beside)} do not wait for one another`,
      ),
    ];
  });
}

const besideNamed = (one: Queued, named: readonly Queued[]): Finding =>
  // A release that begins later than one that comes after it is no mistake.
  findingOf(one, named, 'warning', `${one.lock.release} comes after ${namesOf(named)}, and does not wait for what is in flight there`);

function findingOf(one: Queued, others: readonly Queued[], severity: 'error' | 'warning', why: string): Finding {
  const { release } = one.lock;
  const instead = others.map(({ lock }) => `\`--only ${lock.release}\``).join(' or ');
  const otherwise = severity === 'error' ? `, or with ${instead} instead where that has not` : '';
  return about(one, severity, others.map(({ lock }) => lock.inFlight?.hash).join(), {
    message: `${why}: they were begun on two branches, or their order was changed since.`,
    help: `\`tidegate synth --refresh --only ${release}\` puts it behind what is in flight, as a new attempt. What has begun begins again by that, so do it where ${release} has not begun${otherwise}. Where all have, let them end.`,
  });
}

/** Whoever waits for an attempt that is in flight no more, of which nobody has recorded how it ended. */
function lost(here: readonly Queued[]): readonly Finding[] {
  const others = byName(here);
  return here.flatMap((one) =>
    aheadOf(one).flatMap(({ release, attempt }) => {
      const other = others.get(release);
      const comes = other?.lock.inFlight && other.lock.attempts >= attempt;
      if (comes || other?.recorded.some((recorded) => recorded >= attempt)) return [];
      const { release: own } = one.lock;
      return [
        about(one, 'warning', `${release} ${attempt}`, {
          message: `${own} waits for attempt ${attempt} of ${release}, which was given up in Git without a record: where it had not ended, ${own} waits for ever.`,
          help: `\`tidegate status ${own}\` says whether it still waits; then \`tidegate synth --refresh --only ${own}\` gives it a new place.`,
        }),
      ];
    }),
  );
}

const about = (
  { file, lock, source }: Queued,
  severity: 'error' | 'warning',
  other: string,
  said: Pick<Finding, 'message' | 'help'>,
): Finding => ({
  ...fileFinding({ rule: 'order-holds', severity, file, subject: file, value: `${lock.inFlight?.hash} ${other}`, ...said }),
  release: lock.release,
  source,
});

const namesOf = (all: readonly Queued[]): string => all.map(({ lock }) => lock.release).join(', ');
const listed = (one: Queued, others: readonly Queued[]): string => `${namesOf(others)} and ${one.lock.release}`;
