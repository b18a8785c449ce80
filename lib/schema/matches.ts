// Says whether a value fits a JSON Schema, without compiling it. Compiling the schemas of one release with ajv takes 350 ms,
// walking them for its objects 5 ms; so ajv only comes in to explain what did not fit (check.ts). Tests hold the two to the
// same verdicts.

/** The keywords of draft 7 that our schemas use; `false` fits nothing. */
export type WalkedSchema = boolean | WalkedKeywords;

export interface WalkedKeywords {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, WalkedSchema>>;
  readonly propertyNames?: WalkedSchema;
  readonly additionalProperties?: WalkedSchema;
  readonly dependencies?: Readonly<Record<string, WalkedSchema | readonly string[]>>;
  readonly items?: WalkedSchema;
  readonly oneOf?: readonly WalkedSchema[];
  readonly anyOf?: readonly WalkedSchema[];
  readonly allOf?: readonly WalkedSchema[];
  readonly not?: WalkedSchema;
  readonly if?: WalkedSchema;
  readonly then?: WalkedSchema;
  readonly definitions?: Readonly<Record<string, WalkedSchema>>;
  readonly title?: string;
}

/** Whether `value` fits `schema`; references are looked up in the `definitions` of `root`. */
export function matches(schema: WalkedSchema, value: unknown, root: WalkedSchema = schema): boolean {
  if (typeof schema === 'boolean') return schema;
  if (schema.$ref !== undefined) return matches(definition(schema.$ref, root), value, root);
  return matchesValue(schema, value) && matchesStructure(schema, value, root) && matchesConditions(schema, value, root);
}

function matchesValue(schema: WalkedKeywords, value: unknown): boolean {
  const { type } = schema;
  if (typeof type === 'string' ? !hasType(type, value) : type && !type.some((one) => hasType(one, value))) return false;
  if ('const' in schema && value !== schema.const) return false;
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (typeof value === 'string') {
    if (schema.pattern !== undefined && !regularExpression(schema.pattern).test(value)) return false;
    return schema.minLength === undefined && schema.maxLength === undefined
      ? true
      : within([...value].length, schema.minLength, schema.maxLength);
  }
  if (typeof value !== 'number') return true;
  return within(value, schema.minimum, schema.maximum) && value > (schema.exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
}

function matchesStructure(schema: WalkedKeywords, value: unknown, root: WalkedSchema): boolean {
  if (value === null || typeof value !== 'object') return true;
  return Array.isArray(value) ? matchesList(schema, value, root) : matchesFields(schema, value as Readonly<Record<string, unknown>>, root);
}

function matchesList({ items, minItems, maxItems }: WalkedKeywords, list: readonly unknown[], root: WalkedSchema): boolean {
  if (!within(list.length, minItems, maxItems)) return false;
  // Not every(): it passes over holes.
  if (items) for (const item of list) if (!matches(items, item, root)) return false;
  return true;
}

/** A known field that is undefined counts as absent, as ajv has it. */
function matchesFields(schema: WalkedKeywords, fields: Readonly<Record<string, unknown>>, root: WalkedSchema): boolean {
  const { required, properties, propertyNames, additionalProperties, dependencies } = schema;
  if (required && !required.every((key) => fields[key] !== undefined)) return false;
  const keys = Object.keys(fields);
  if (!within(keys.length, schema.minProperties, schema.maxProperties)) return false;
  if (dependencies && !Object.entries(dependencies).every(([key, needs]) => matchesDependency(key, needs, fields, root))) return false;
  for (const key of keys) {
    if (propertyNames && !matches(propertyNames, key, root)) return false;
    const known = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) {
      if (fields[key] !== undefined && !matches(known, fields[key], root)) return false;
    } else if (additionalProperties !== undefined && !matches(additionalProperties, fields[key], root)) return false;
  }
  return true;
}

/** What the presence of one field asks of the object: other fields, or a schema for all of it. */
function matchesDependency(
  key: string,
  needs: WalkedSchema | readonly string[],
  fields: Readonly<Record<string, unknown>>,
  root: WalkedSchema,
): boolean {
  if (fields[key] === undefined) return true;
  return isList(needs) ? needs.every((name) => fields[name] !== undefined) : matches(needs, fields, root);
}

const isList = (needs: WalkedSchema | readonly string[]): needs is readonly string[] => Array.isArray(needs);

function matchesConditions(schema: WalkedKeywords, value: unknown, root: WalkedSchema): boolean {
  const { allOf, anyOf, oneOf, if: condition, not } = schema;
  // Of most schemas that is all, and this is asked of every value.
  if (!allOf && !anyOf && !oneOf && condition === undefined && not === undefined) return true;
  const fits = (branch: WalkedSchema) => matches(branch, value, root);
  if (schema.allOf && !schema.allOf.every(fits)) return false;
  if (schema.anyOf && !schema.anyOf.some(fits)) return false;
  if (schema.oneOf && schema.oneOf.filter(fits).length !== 1) return false;
  if (schema.if !== undefined && schema.then !== undefined && fits(schema.if) && !fits(schema.then)) return false;
  return schema.not === undefined || !fits(schema.not);
}

function definition(reference: string, root: WalkedSchema): WalkedSchema {
  const found = typeof root === 'boolean' ? undefined : root.definitions?.[reference.slice('#/definitions/'.length)];
  if (found === undefined) throw new Error(`the schema refers to ${reference}, which it does not define`);
  return found;
}

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return value !== null && typeof value === 'object' && !Array.isArray(value);
    case 'null':
      return value === null;
    default:
      // String and boolean, which JSON Schema and JavaScript call the same.
      return typeof value === type;
  }
}

const within = (number: number, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY): boolean =>
  number >= low && number <= high;

const expressions = new Map<string, RegExp>();

function regularExpression(pattern: string): RegExp {
  let expression = expressions.get(pattern);
  if (!expression) {
    expression = new RegExp(pattern, 'u');
    expressions.set(pattern, expression);
  }
  return expression;
}
