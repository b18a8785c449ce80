import data from './explained.json' with { type: 'json' };

/** What doc comments say of plans and intents. `npm run gen:docs` writes it. */
export interface Explained {
  readonly steps: readonly ExplainedStep[];
  /** Types that intents are made of. */
  readonly types: readonly ExplainedType[];
  /** Types that plans are made of. */
  readonly plan: readonly ExplainedType[];
}

export interface ExplainedStep {
  readonly name: string;
  readonly text: string;
  /** What it has beside its exposure and deadline, as it is declared. */
  readonly fields: string;
}

export interface ExplainedType {
  /** `Resources`; `Resources.requests` for what a field spells out. */
  readonly name: string;
  readonly text: string;
  /** Texts that name the types it is made of, beside those of its fields. */
  readonly refers: readonly string[];
  readonly fields: readonly ExplainedField[];
}

export interface ExplainedField {
  readonly name: string;
  readonly type: string;
  readonly default: string | null;
  readonly required: boolean;
  readonly text: string;
}

/** A field, and the type that has it. */
export interface Found {
  readonly of: string;
  readonly field: ExplainedField;
}

export const EXPLAINED: Explained = data;

type Types = ReadonlyMap<string, ExplainedType>;

const INTENT: Types = new Map(EXPLAINED.types.map((type) => [type.name, type]));
const PLAN: Types = new Map(EXPLAINED.plan.map((type) => [type.name, type]));

/**
 * Fields that a path means, of the intent or of the plan: `traffic.retries` from the top on, `Retries.attempts` of a type,
 * `setWeight.weight` of a step, `attempts` of whatever has it. Indexes and keys may stand in it, as messages write them.
 */
export function fieldsAt(path: string): readonly Found[] {
  const names = path
    .replace(/\[\d+\]/g, '')
    .replace(/\['([^']*)'\]/g, '.$1')
    .split('.');
  const inIntent = fieldsIn(INTENT, 'ReleaseIntent', names);
  const inPlan = fieldsIn(PLAN, 'Plan', EXPLAINED.steps.some(({ name }) => name === names[0]) ? ['Step', ...names.slice(1)] : names);
  const found = [...inIntent, ...inPlan];
  if (found.length > 0 || names.length > 1) return distinct(found);
  return distinct([INTENT, PLAN].flatMap((types) => [...types.values()].flatMap(fieldsOf)).filter(({ field }) => field.name === names[0]));
}

function fieldsIn(types: Types, root: string, [first = '', ...rest]: readonly string[]): readonly Found[] {
  const begin = types.has(first) ? typesIn(types, first) : null;
  if (begin) return rest.length === 0 ? [] : walk(types, rest, begin);
  return walk(types, [first, ...rest], typesIn(types, root));
}

/** Paths that a shell completes. */
export const ROOT_FIELDS: readonly string[] = INTENT.get('ReleaseIntent')?.fields.map(({ name }) => name) ?? [];

const fieldsOf = ({ name, fields }: ExplainedType): readonly Found[] => fields.map((field) => ({ of: name, field }));

/** Types that intent and plan share are told once. */
const distinct = (found: readonly Found[]): readonly Found[] => [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];

/** @param map the fields whose keys people choose: the next name may be one of them */
function walk(
  types: Types,
  [name, ...rest]: readonly string[],
  within: readonly ExplainedType[],
  map: readonly Found[] = [],
): readonly Found[] {
  const known = within.flatMap(fieldsOf).filter(({ field }) => field.name === name);
  if (known.length === 0 && map.length > 0) return rest.length === 0 ? map : walk(types, rest, within);
  if (rest.length === 0) return known;
  const inner = known.flatMap(({ of, field }) => [
    ...typesIn(types, field.type),
    ...[types.get(`${of}.${field.name}`)].filter((type) => type !== undefined),
  ]);
  return walk(
    types,
    rest,
    [...new Set(inner)],
    known.filter(({ field }) => /\bRecord<string/.test(field.type)),
  );
}

/** The types that a text names, and those that these are a choice of or extend. */
function typesIn(types: Types, text: string, seen = new Set<string>()): readonly ExplainedType[] {
  const names = [...text.matchAll(/\b([A-Z]\w+)(?:\['(\w+)'\])?/g)].map(([, type, field]) => (field ? `${type}.${field}` : String(type)));
  return names.flatMap((name) => {
    const type = types.get(name);
    if (!type || seen.has(name)) return [];
    seen.add(name);
    return [type, ...type.refers.flatMap((one) => typesIn(types, one, seen))];
  });
}
