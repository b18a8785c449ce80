import data from './explained.json' with { type: 'json' };

/** What doc comments say of plans and intents. `npm run gen:docs` writes it. */
export interface Explained {
  readonly steps: readonly ExplainedStep[];
  /** Types that intents are made of. */
  readonly types: readonly ExplainedType[];
}

export interface ExplainedStep {
  readonly name: string;
  readonly text: string;
  /** What it has beside its exposure and deadline, as it is declared. */
  readonly fields: string;
}

export interface ExplainedType {
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

const ROOT = 'ReleaseIntent';
const byName = new Map(EXPLAINED.types.map((type) => [type.name, type]));

/** Fields that a path means: `traffic.retries` from the intent on, `Retries.attempts` of a type, `attempts` of any. */
export function fieldsAt(path: string): readonly Found[] {
  const names = path.split('.');
  const [first = '', ...rest] = names;
  const all = EXPLAINED.types.flatMap(({ name, fields }) => fields.map((field): Found => ({ of: name, field })));
  const begin = byName.has(first) ? typesIn(first) : null;
  if (begin) return rest.length === 0 ? [] : walk(rest, begin);
  const fromRoot = walk(names, typesIn(ROOT));
  return fromRoot.length > 0 ? fromRoot : names.length === 1 ? all.filter(({ field }) => field.name === first) : [];
}

/** Paths that a shell completes. */
export const ROOT_FIELDS: readonly string[] = byName.get(ROOT)?.fields.map(({ name }) => name) ?? [];

function walk([name, ...rest]: readonly string[], types: readonly ExplainedType[]): readonly Found[] {
  const found = types.flatMap((type) =>
    type.fields.filter((field) => field.name === name).map((field): Found => ({ of: type.name, field })),
  );
  return rest.length === 0 ? found : walk(rest, [...new Set(found.flatMap(({ field }) => typesIn(field.type)))]);
}

/** The types that a text names, and those that these are a choice of or extend. */
function typesIn(text: string, seen = new Set<string>()): readonly ExplainedType[] {
  return (text.match(/\b[A-Z]\w+\b/g) ?? []).flatMap((name) => {
    const type = byName.get(name);
    if (!type || seen.has(name)) return [];
    seen.add(name);
    return [type, ...type.refers.flatMap((one) => typesIn(one, seen))];
  });
}
