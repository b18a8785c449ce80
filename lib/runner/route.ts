import type { Destination, RouteInstructions, Split, WholeSplit } from '../plan/plan.ts';
import { generationOf, listOf, member, numberOr, pointed, pointerKeys, textOr, uidOf, versionOf } from './json.ts';
import { isExposed, type Level } from './level.ts';

/** What a route says, in the plan's words. */
export interface RouteView {
  readonly resourceVersion: string;
  readonly uid: string;
  /** Counts changes of the specification, whoever made them; null where the API server gives none, and of no use where it is `whole`. */
  readonly generation: number | null;
  /** Whether it gives all or nothing. Such a route is a Service, which has no generation: its version stands for one, and counts nothing. */
  readonly whole: boolean;
  /** What the candidate gets; what cannot be read counts as all. */
  readonly level: Level;
  /** Whether all rules that share a level give the same: `level` has the largest. */
  readonly even: boolean;
  /** Why this route is not the one that the plan knows: its weights mean something else then, so they are not touched. */
  readonly foreign: string | null;
  /** Which mark of the plan it lacks: nothing may be raised then, and what the candidate has can still be taken back. */
  readonly unmarked: string | null;
  /** Where the candidate is named although the plan has no weight for it there; such traffic cannot be taken back by weights. */
  readonly extra: string | null;
  /** Field managers that stand behind the weights as they are now. */
  readonly owners: readonly string[];
  /** Whether the router says that it took over exactly this generation. */
  readonly accepted: boolean;
  /** Whether it has annotations: a patch cannot add one to none. */
  readonly annotated: boolean;
}

export function viewRoute(route: unknown, instructions: RouteInstructions): RouteView {
  const { splits, headers = [], mirrors = [], tests = [] } = instructions;
  const destinations = destinationsOf(instructions);
  const wrong = destinations.find(({ path }) => !destinations.some((one) => one.path === path && pointed(route, path) === one.value));
  const differs = (one: Destination | undefined) =>
    one ? `${one.path} is ${JSON.stringify(pointed(route, one.path)) ?? 'missing'}, the plan says ${one.value}` : null;
  const candidate = splits[0]?.candidate.destination.value;
  const isKnown = (place: string) => destinations.some(({ path, value }) => path === place && value === candidate);
  const whole = splits.some(isWhole);
  const share = (parts: readonly Split[]) => Math.max(...parts.map((split) => shareOf(route, split)));
  const isEven = (parts: readonly Split[]) => parts.every((split) => shareOf(route, split) === share(parts));
  return {
    resourceVersion: versionOf(route),
    uid: uidOf(route),
    generation: generationOf(route) ?? (whole ? Number(versionOf(route)) : null),
    whole,
    level: {
      weight: share(splits),
      routes: Object.fromEntries([
        ...headers.map((header) => [header.name, share(header.splits)] as const),
        ...mirrors.map((mirror) => [mirror.name, numberOr(pointed(route, mirror.percent), 100)] as const),
      ]),
    },
    even: [splits, ...headers.map((header) => header.splits)].every(isEven),
    foreign: differs(wrong),
    unmarked: differs(tests.find(({ path, value }) => pointed(route, path) !== value)),
    extra: placesOf(candidate, member(route, 'spec'), '/spec').find((place) => !isKnown(place)) ?? null,
    owners: ownersOf(route, destinations[0]?.path ?? ''),
    accepted: instructions.acceptance === 'none' || acceptedByParents(route),
    annotated: typeof member(route, 'metadata', 'annotations') === 'object',
  };
}

/** Share in percent that a split gives the candidate. */
function shareOf(route: unknown, split: Split): number {
  if (isWhole(split)) return pointed(route, split.stable.destination.path) === split.stable.destination.value ? 0 : 100;
  const { stable, candidate } = split;
  const [kept, given] = [numberOr(pointed(route, stable.weight), null), numberOr(pointed(route, candidate.weight), null)];
  if (given === 0) return 0;
  if (kept === null || given === null || kept < 0 || given < 0) return 100;
  return (100 * given) / (kept + given);
}

export interface PatchOperation {
  readonly op: 'replace' | 'test' | 'add';
  readonly path: string;
  readonly value: unknown;
}

/** The only way in which the runner writes a route: nothing happens unless it is still the one that was read (S5). */
export function routePatch(instructions: RouteInstructions, resourceVersion: string, level: Level): readonly PatchOperation[] {
  const { splits, headers = [], mirrors = [], tests = [] } = instructions;
  return [
    ...precondition(instructions, resourceVersion),
    ...(isExposed(level) ? tests.map(test) : []),
    ...splits.flatMap((split) => weights(split, level.weight)),
    ...headers.flatMap((header) => header.splits.flatMap((split) => weights(split, level.routes[header.name] ?? 0))),
    ...mirrors.map((mirror): PatchOperation => ({ op: 'replace', path: mirror.percent, value: level.routes[mirror.name] ?? 0 })),
  ];
}

/**
 * Changes nothing but the route's version: a write of another runner that is still on its way was made for the version
 * before and is refused now.
 */
export function fencePatch(instructions: RouteInstructions, route: RouteView, mark: string): readonly PatchOperation[] {
  return [
    ...precondition(instructions, route.resourceVersion),
    route.annotated
      ? { op: 'add', path: '/metadata/annotations/tidegate.dev~1fence', value: mark }
      : { op: 'add', path: '/metadata/annotations', value: { 'tidegate.dev/fence': mark } },
  ];
}

/** What is one of two is no test: the version says which it is. */
function precondition(instructions: RouteInstructions, resourceVersion: string): readonly PatchOperation[] {
  const destinations = destinationsOf(instructions);
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ...destinations.filter(({ path, value }) => destinations.every((one) => one.path !== path || one.value === value)).map(test),
  ];
}

const test = ({ path, value }: Destination): PatchOperation => ({ op: 'test', path, value });

function weights(split: Split, weight: number): readonly PatchOperation[] {
  const { stable, candidate } = split;
  const put = (path: string, value: unknown): PatchOperation => ({ op: 'add', path, value });
  if (isWhole(split)) return [put(stable.destination.path, (weight < 100 ? stable : candidate).destination.value)];
  // One that somebody left out is put there: what cannot be replaced could never be taken back.
  return [put(split.stable.weight, 100 - weight), put(split.candidate.weight, weight)];
}

/** Everything that a route of the plan names. */
const destinationsOf = ({ splits, headers = [], mirrors = [] }: RouteInstructions): readonly Destination[] =>
  [...[...splits, ...headers.flatMap((header) => header.splits)].flatMap(({ stable, candidate }) => [stable, candidate]), ...mirrors].map(
    ({ destination }) => destination,
  );

/** Whether there are no weights: one place says who gets everything. */
export const isWhole = (split: Split): split is WholeSplit => !split.stable.weight;

/** Pointers to every text below `value` that is `name`. */
function placesOf(name: string | undefined, value: unknown, path: string): string[] {
  if (value === name) return [path];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => placesOf(name, item, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}

/**
 * Who owns the list or map that a destination is in, which is all before the first index, or but the last key: lists of
 * rules are atomic, and so is a selector, so whoever changes one weight owns all of them, and everybody who applied the
 * very same content is an owner too.
 */
function ownersOf(route: unknown, pointer: string): readonly string[] {
  const keys = pointerKeys(pointer);
  const list = keys.slice(
    0,
    keys.findIndex((key) => /^\d+$/.test(key)),
  );
  const owners = listOf(member(route, 'metadata', 'managedFields'))
    .filter((entry) => member(entry, 'fieldsV1', ...list.map((key) => `f:${key}`)) !== undefined)
    .map((entry) => textOr(member(entry, 'manager'), ''));
  return [...new Set(owners)];
}

/** Every parent that the route asks for has answered for this generation, and every answer is Accepted. */
function acceptedByParents(route: unknown): boolean {
  const generation = generationOf(route);
  const namespace = member(route, 'metadata', 'namespace');
  const identity = (reference: unknown) =>
    JSON.stringify([
      member(reference, 'namespace') ?? namespace,
      member(reference, 'name'),
      member(reference, 'sectionName') ?? null,
      member(reference, 'port') ?? null,
    ]);
  const answers = listOf(member(route, 'status', 'parents'));
  const asked = listOf(member(route, 'spec', 'parentRefs')).map(identity);
  const answered = new Set(answers.map((answer) => identity(member(answer, 'parentRef'))));
  return (
    asked.length > 0 &&
    asked.every((parent) => answered.has(parent)) &&
    answers.every((answer) =>
      listOf(member(answer, 'conditions')).some(
        (condition) =>
          member(condition, 'type') === 'Accepted' &&
          member(condition, 'status') === 'True' &&
          member(condition, 'observedGeneration') === generation,
      ),
    )
  );
}
