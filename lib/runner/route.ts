import type { RouteInstructions } from '../plan/plan.ts';
import { listOf, member, numberOr, pointed, pointerKeys, textOr } from './json.ts';

/** What a route says, in the plan's words. */
export interface RouteView {
  readonly resourceVersion: string;
  /** Counts changes of the specification, whoever made them; null where the API server gives none. */
  readonly generation: number | null;
  /** Weights as they stand; null for one that is missing or no number. */
  readonly splits: readonly { readonly stable: number | null; readonly candidate: number | null }[];
  /** Why this route is not the one that the plan knows: its weights mean something else then, so they are not touched. */
  readonly foreign: string | null;
  /** Where the candidate is named although the plan has no weight for it there; such traffic cannot be taken back by weights. */
  readonly extra: string | null;
  /** Field managers that stand behind the weights as they are now. */
  readonly owners: readonly string[];
  /** Whether the router says that it took over exactly this generation. */
  readonly accepted: boolean;
}

export function viewRoute(route: unknown, instructions: RouteInstructions): RouteView {
  const backends = instructions.splits.flatMap((split) => [split.stable, split.candidate]);
  const wrong = backends.find(({ destination }) => pointed(route, destination.path) !== destination.value);
  const known = new Set(instructions.splits.map((split) => split.candidate.destination.path));
  const names = new Set(instructions.splits.map((split) => split.candidate.destination.value));
  return {
    resourceVersion: textOr(member(route, 'metadata', 'resourceVersion'), ''),
    generation: numberOr(member(route, 'metadata', 'generation'), null),
    splits: instructions.splits.map((split) => ({
      stable: numberOr(pointed(route, split.stable.weight), null),
      candidate: numberOr(pointed(route, split.candidate.weight), null),
    })),
    foreign: wrong
      ? `${wrong.destination.path} is ${JSON.stringify(pointed(route, wrong.destination.path)) ?? 'missing'}, the plan says ${wrong.destination.value}`
      : null,
    extra: placesOf(names, member(route, 'spec'), '/spec').find((place) => !known.has(place)) ?? null,
    owners: ownersOf(route, backends[0]?.weight ?? ''),
    accepted: instructions.acceptance === 'none' || acceptedByParents(route),
  };
}

/** Whether every split stands at exactly this weight. */
export const holds = (route: RouteView, weight: number): boolean =>
  route.splits.every(({ stable, candidate }) => candidate === weight && (weight === 0 || stable === 100 - weight));

/** The largest share in percent that any split gives the candidate; what cannot be read counts as all. */
export const exposure = (route: RouteView): number =>
  Math.max(
    ...route.splits.map(({ stable, candidate }) => {
      if (candidate === 0) return 0;
      if (stable === null || candidate === null || stable < 0 || candidate < 0) return 100;
      return (100 * candidate) / (stable + candidate);
    }),
  );

export interface PatchOperation {
  readonly op: 'replace' | 'test';
  readonly path: string;
  readonly value: unknown;
}

/** The only way in which the runner writes a route: nothing happens unless it is still the one that was read (S5). */
export function routePatch(instructions: RouteInstructions, resourceVersion: string, weight: number): readonly PatchOperation[] {
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ...instructions.splits
      .flatMap((split) => [split.stable, split.candidate])
      .map(({ destination }): PatchOperation => ({ op: 'test', path: destination.path, value: destination.value })),
    ...instructions.splits.flatMap((split): PatchOperation[] => [
      { op: 'replace', path: split.stable.weight, value: 100 - weight },
      { op: 'replace', path: split.candidate.weight, value: weight },
    ]),
  ];
}

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
  const generation = member(route, 'metadata', 'generation');
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
