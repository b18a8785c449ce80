import type { Mirror, RouteInstructions, Split } from '../plan/plan.ts';
import { generationOf, listOf, member, numberOr, pointed, pointerKeys, textOr, uidOf, versionOf } from './json.ts';
import type { Level } from './level.ts';

/** What a route says, in the plan's words. */
export interface RouteView {
  readonly resourceVersion: string;
  readonly uid: string;
  /** Counts changes of the specification, whoever made them; null where the API server gives none. */
  readonly generation: number | null;
  /** What the candidate gets; what cannot be read counts as all. */
  readonly level: Level;
  /** Whether all rules that share a level give the same: `level` has the largest. */
  readonly even: boolean;
  /** Why this route is not the one that the plan knows: its weights mean something else then, so they are not touched. */
  readonly foreign: string | null;
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
  const { splits, headers = [], mirrors = [] } = instructions;
  const all = [...splits, ...headers.flatMap((header) => header.splits)];
  const destinations = [
    ...all.flatMap((split) => [split.stable.destination, split.candidate.destination]),
    ...mirrors.map(({ destination }) => destination),
  ];
  const wrong = destinations.find(({ path, value }) => pointed(route, path) !== value);
  const candidates = [...all.map((split) => split.candidate.destination), ...mirrors.map(({ destination }) => destination)];
  const known = new Set(candidates.map(({ path }) => path));
  const names = new Set(candidates.map(({ value }) => value));
  const share = (parts: readonly Split[]) => Math.max(...parts.map((split) => shareOf(route, split)));
  const isEven = (parts: readonly Split[]) => parts.every((split) => shareOf(route, split) === share(parts));
  return {
    resourceVersion: versionOf(route),
    uid: uidOf(route),
    generation: generationOf(route),
    level: {
      weight: share(splits),
      routes: Object.fromEntries([
        ...headers.map((header) => [header.name, share(header.splits)] as const),
        ...mirrors.map((mirror) => [mirror.name, numberOr(pointed(route, mirror.percent), 100)] as const),
      ]),
    },
    even: [splits, ...headers.map((header) => header.splits)].every(isEven),
    foreign: wrong ? `${wrong.path} is ${JSON.stringify(pointed(route, wrong.path)) ?? 'missing'}, the plan says ${wrong.value}` : null,
    extra: placesOf(names, member(route, 'spec'), '/spec').find((place) => !known.has(place)) ?? null,
    owners: ownersOf(route, splits[0]?.stable.weight ?? ''),
    accepted: instructions.acceptance === 'none' || acceptedByParents(route),
    annotated: typeof member(route, 'metadata', 'annotations') === 'object',
  };
}

/** Share in percent that a split gives the candidate. */
function shareOf(route: unknown, { stable, candidate }: Split): number {
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
  const { splits, headers = [], mirrors = [] } = instructions;
  return [
    ...precondition(instructions, resourceVersion),
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

function precondition({ splits, headers = [], mirrors = [] }: RouteInstructions, resourceVersion: string): readonly PatchOperation[] {
  const all = [...splits, ...headers.flatMap((header) => header.splits)].flatMap((split) => [split.stable, split.candidate]);
  const destinations = [...all, ...mirrors].map((place: { readonly destination: Mirror['destination'] }) => place.destination);
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ...destinations.map(({ path, value }): PatchOperation => ({ op: 'test', path, value })),
  ];
}

const weights = ({ stable, candidate }: Split, weight: number): readonly PatchOperation[] => [
  { op: 'replace', path: stable.weight, value: 100 - weight },
  { op: 'replace', path: candidate.weight, value: weight },
];

/** Pointers to every text below `value` that is one of `names`. */
function placesOf(names: ReadonlySet<string>, value: unknown, path: string): string[] {
  if (typeof value === 'string') return names.has(value) ? [path] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) =>
    placesOf(names, item, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/**
 * Who owns the list that the weight is in: lists of rules are atomic, so whoever changes one weight owns all of them,
 * and everybody who applied the very same content is an owner too.
 */
function ownersOf(route: unknown, weightPointer: string): readonly string[] {
  const keys = pointerKeys(weightPointer);
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
