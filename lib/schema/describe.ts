// Words for values and for what a schema expects.

const LONGEST_TEXT = 60;
const LONGEST_LIST = 12;

/** `'blue'`, `1.5`, `an object`: a value as a message shows it. With `conceal`, its type only. */
export function describeValue(value: unknown, conceal = false): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return conceal ? 'a text' : quoted(value);
    case 'undefined':
      return 'nothing';
    default:
      return conceal ? `a ${typeof value}` : String(value);
  }
}

/** What a schema expects as a noun phrase (`an integer from 1 to 65535`), or null where it says too little. */
export function describeSchema(schema: unknown): string | null {
  if (schema === null || typeof schema !== 'object') return null;
  const known = schema as Readonly<Record<string, unknown>>;
  if (typeof known.title === 'string') return known.title;
  if ('const' in known) return describeValue(known.const);
  if (Array.isArray(known.enum)) return oneOf(known.enum.map((item) => describeValue(item)));
  const branches = known.anyOf ?? known.oneOf;
  if (Array.isArray(branches)) {
    const described = branches.map(describeSchema);
    if (!described.includes(null)) return listed([...new Set(described.map(String))], 'or');
  }
  const types = [known.type].flat().filter((type) => typeof type === 'string');
  if (types.length === 0) return known.properties ? 'an object' : null;
  return listed(
    types.map((type) => describeType(type, known)),
    'or',
  );
}

function describeType(type: string, schema: Readonly<Record<string, unknown>>): string {
  const bounds = (low: string, high: string) => range(schema[low], schema[high]);
  switch (type) {
    case 'string':
      if (schema.minLength === 1 && schema.maxLength === undefined && schema.pattern === undefined) return 'a text that is not empty';
      return ['a text', counted(bounds('minLength', 'maxLength'), 'characters'), matching(schema.pattern)].join('');
    case 'integer':
    case 'number':
      return `${type === 'integer' ? 'an integer' : 'a number'}${numberBounds(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${counted(bounds('minItems', 'maxItems'), 'entries')}`;
    case 'object':
      return `an object${counted(bounds('minProperties', 'maxProperties'), 'fields')}`;
    default:
      return type;
  }
}

function numberBounds(schema: Readonly<Record<string, unknown>>): string {
  const parts = [
    // The end of 32 bits is nobody's limit.
    range(schema.minimum, schema.maximum === 2 ** 31 - 1 ? undefined : schema.maximum),
    schema.exclusiveMinimum === undefined ? '' : `above ${schema.exclusiveMinimum}`,
    schema.exclusiveMaximum === undefined ? '' : `below ${schema.exclusiveMaximum}`,
    schema.multipleOf === undefined ? '' : `in steps of ${schema.multipleOf}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

function range(low: unknown, high: unknown): string {
  if (low === undefined) return high === undefined ? '' : `of at most ${high}`;
  return high === undefined ? `of at least ${low}` : `from ${low} to ${high}`;
}

const counted = (bounds: string, what: string): string => {
  if (bounds === '') return '';
  const one = bounds.endsWith(' 1') && what.replace(/ies$/, 'y').replace(/s$/, '');
  return ` ${bounds.replace('from', 'of')} ${one || what}`;
};
const matching = (pattern: unknown): string => (typeof pattern === 'string' ? ` matching ${pattern}` : '');
const oneOf = (items: readonly string[]): string => (items.length === 1 ? `${items[0]}` : `one of ${listed(items, 'or')}`);

/** `'text'`, cut where it is long, line breaks and the like made visible. */
export function quoted(text: string): string {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
  return `'${JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"')}'`;
}

/** `a, b or c`; a long list ends in a count. */
export function listed(items: readonly string[], joint: 'and' | 'or'): string {
  if (items.length > LONGEST_LIST + 1) return `${items.slice(0, LONGEST_LIST).join(', ')} ${joint} ${items.length - LONGEST_LIST} more`;
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${joint} ${items.at(-1)}`;
}
