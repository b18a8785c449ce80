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
  if (schema !== root) return new Walk(root).checkOf(schema)(value);
  let check = wholes.get(schema);
  if (!check) {
    check = new Walk(schema).checkOf(schema);
    wholes.set(schema, check);
  }
  return check(value);
}

/** Whether a value is as one schema, or one keyword of it, wants it; what a keyword says nothing about is. */
type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

/** Made for one value, and there for the next. */
const wholes = new WeakMap<WalkedKeywords, Check>();

class Walk {
  readonly #definitions: Readonly<Record<string, WalkedSchema>>;
  readonly #referred = new Map<string, Check>();

  constructor(root: WalkedSchema) {
    this.#definitions = typeof root === 'boolean' ? {} : (root.definitions ?? {});
  }

  checkOf(schema: WalkedSchema): Check {
    if (typeof schema === 'boolean') return () => schema;
    if (schema.$ref !== undefined) return this.#referredTo(schema.$ref);
    // Of the hundreds of schemas of a kind, few are met.
    let checks: readonly Check[] | null = null;
    return (value) => {
      checks ??= this.#checksOf(schema);
      for (const check of checks) if (!check(value)) return false;
      return true;
    };
  }

  #referredTo(reference: string): Check {
    let check = this.#referred.get(reference);
    if (!check) {
      const found = this.#definitions[reference.slice('#/definitions/'.length)];
      if (found === undefined) throw new Error(`the schema refers to ${reference}, which it does not define`);
      check = this.checkOf(found);
      this.#referred.set(reference, check);
    }
    return check;
  }

  #checksOf(schema: WalkedKeywords): readonly Check[] {
    const { type, enum: values, const: constant } = schema;
    const checks = [
      type === undefined ? null : typeCheck(type),
      'const' in schema ? (value: unknown) => value === constant : null,
      values ? (value: unknown) => values.includes(value) : null,
      textCheck(schema),
      numberCheck(schema),
      this.#listCheck(schema),
      this.#fieldsCheck(schema),
      ...this.#branches(schema),
    ];
    return checks.filter((check) => check !== null);
  }

  #listCheck({ items, minItems, maxItems }: WalkedKeywords): Check | null {
    if (items === undefined && minItems === undefined && maxItems === undefined) return null;
    const item = items === undefined ? null : this.checkOf(items);
    return (value) => {
      if (!Array.isArray(value)) return true;
      if (!within(value.length, minItems, maxItems)) return false;
      // Not every(): it passes over holes.
      if (item) for (const one of value) if (!item(one)) return false;
      return true;
    };
  }

  /** A known field that is undefined counts as absent, as ajv has it. */
  #fieldsCheck(schema: WalkedKeywords): Check | null {
    const { required = [], properties = {}, propertyNames, additionalProperties, dependencies, minProperties, maxProperties } = schema;
    const known = new Map(Object.entries(properties).map(([key, property]) => [key, this.checkOf(property)]));
    const name = propertyNames === undefined ? null : this.checkOf(propertyNames);
    const other = additionalProperties === undefined ? null : this.checkOf(additionalProperties);
    const needs = Object.entries(dependencies ?? {}).map(([key, needed]) => this.#dependency(key, needed));
    if (known.size + required.length + needs.length === 0 && !name && !other && minProperties === undefined && maxProperties === undefined)
      return null;
    return (value) => {
      if (!isFields(value)) return true;
      for (const key of required) if (value[key] === undefined) return false;
      const keys = Object.keys(value);
      if (!within(keys.length, minProperties, maxProperties)) return false;
      for (const need of needs) if (!need(value)) return false;
      for (const key of keys) {
        if (name && !name(key)) return false;
        const own = known.get(key);
        const field = value[key];
        if (own ? field !== undefined && !own(field) : other && !other(field)) return false;
      }
      return true;
    };
  }

  /** What the presence of one field asks of the object: other fields, or a schema for all of it. */
  #dependency(key: string, needed: WalkedSchema | readonly string[]): (fields: Fields) => boolean {
    const meets: (fields: Fields) => boolean = isList(needed)
      ? (fields) => needed.every((name) => fields[name] !== undefined)
      : this.checkOf(needed);
    return (fields) => fields[key] === undefined || meets(fields);
  }

  #branches({ allOf, anyOf, oneOf, if: condition, then, not }: WalkedKeywords): readonly Check[] {
    const checksOf = (schemas: readonly WalkedSchema[] = []) => schemas.map((schema) => this.checkOf(schema));
    const [any, one] = [checksOf(anyOf), checksOf(oneOf)];
    const checks = checksOf(allOf);
    if (anyOf) checks.push((value) => any.some((check) => check(value)));
    if (oneOf) checks.push((value) => one.filter((check) => check(value)).length === 1);
    if (condition !== undefined && then !== undefined) {
      const [isMeant, wanted] = [this.checkOf(condition), this.checkOf(then)];
      checks.push((value) => !isMeant(value) || wanted(value));
    }
    if (not !== undefined) {
      const unwanted = this.checkOf(not);
      checks.push((value) => !unwanted(value));
    }
    return checks;
  }
}

const isList = (needed: WalkedSchema | readonly string[]): needed is readonly string[] => Array.isArray(needed);
const isFields = (value: unknown): value is Fields => value !== null && typeof value === 'object' && !Array.isArray(value);

function typeCheck(type: string | readonly string[]): Check {
  if (typeof type === 'string') return TYPES[type] ?? (() => false);
  const checks = type.map(typeCheck);
  return (value) => checks.some((check) => check(value));
}

const TYPES: Readonly<Record<string, Check>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  number: Number.isFinite,
  array: Array.isArray,
  object: isFields,
  null: (value) => value === null,
};

function textCheck({ pattern, minLength, maxLength }: WalkedKeywords): Check | null {
  if (pattern === undefined && minLength === undefined && maxLength === undefined) return null;
  const expression = pattern === undefined ? null : regularExpression(pattern);
  const isMeasured = minLength !== undefined || maxLength !== undefined;
  return (value) => {
    if (typeof value !== 'string') return true;
    if (expression && !expression.test(value)) return false;
    return !isMeasured || within([...value].length, minLength, maxLength);
  };
}

function numberCheck({ minimum, maximum, exclusiveMinimum }: WalkedKeywords): Check | null {
  if (minimum === undefined && maximum === undefined && exclusiveMinimum === undefined) return null;
  const above = exclusiveMinimum ?? Number.NEGATIVE_INFINITY;
  return (value) => typeof value !== 'number' || (within(value, minimum, maximum) && value > above);
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
