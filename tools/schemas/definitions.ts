// Reads the strict schema of a custom kind out of its CustomResourceDefinition.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { matches, type WalkedSchema } from '../../lib/schema/matches.ts';
import { ruleAsSchema } from './cel.ts';
import type { Schema } from './schema.ts';

/** What a CustomResourceDefinition's schema may say beyond JSON Schema. */
interface Structural extends Omit<Schema, 'properties' | 'items' | 'additionalProperties' | 'oneOf' | 'anyOf' | 'allOf' | 'not'> {
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly items?: Structural;
  readonly additionalProperties?: boolean | Structural;
  readonly oneOf?: readonly Structural[];
  readonly anyOf?: readonly Structural[];
  readonly allOf?: readonly Structural[];
  readonly not?: Structural;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string }[];
}

interface Definition {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Structural } }[];
  };
}

/**
 * A definition as data, without its quoted descriptions: some projects indent those as the API server's parser
 * allows and YAML does not.
 */
export const parseDefinition = (text: string): unknown => parse(text.replace(/^ *description: '(?:[^']|'')*'\n/gm, ''));

/** The schema that a file defines for a version, in the generator's words: strict where the API server is. */
export function readDefinition(file: string, version: string): Schema {
  const { spec } = parseDefinition(readFileSync(file, 'utf8')) as Definition;
  const found = spec.versions.find(({ name }) => name === version);
  if (found === undefined) throw new Error(`${file} has no version ${version}`);
  return strict(found.schema.openAPIV3Schema);
}

/** A value with its own structure: a field that is not named is refused, unless the definition keeps what it does not know. */
function strict(schema: Structural): Schema {
  const { properties, items, additionalProperties } = schema;
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const fields = properties && mapped(properties, strict);
  const isClosed = schema.type === 'object' && additionalProperties === undefined && !keeps;
  return {
    ...conditions(schema),
    ...typeOf(schema),
    ...(fields && { properties: fields }),
    ...(isClosed && { properties: fields ?? {}, additionalProperties: false }),
    ...(items && { items: strict(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: strict(additionalProperties) }),
  };
}

/** What is asked of a value besides its structure. */
function conditions(schema: Structural): Schema {
  const { oneOf, anyOf, allOf, not, required, enum: allowed } = schema;
  const result: Schema = {};
  for (const keyword of SAME) if (schema[keyword] !== undefined) Object.assign(result, { [keyword]: schema[keyword] });
  if (result.pattern !== undefined) result.pattern = portable(result.pattern);
  // A default is filled in before anything is judged.
  const needed = required?.filter((name) => schema.properties?.[name]?.default === undefined) ?? [];
  if (needed.length > 0) result.required = needed;
  if (allowed) result.enum = schema.nullable ? [...allowed, null] : [...allowed];
  const branch = (inner: Structural): Schema => withDefaults(part(inner), schema);
  if (oneOf) result.oneOf = oneOf.map(branch);
  if (anyOf && !schema['x-kubernetes-int-or-string']) result.anyOf = anyOf.map(branch);
  if (not) result.not = part(not);
  const rules = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule }) => ruleAsSchema(rule, schema.properties?.type?.enum) ?? []);
  const all = [...(allOf?.map(part).filter((one) => !isIntOrString(one)) ?? []), ...rules];
  const [only, ...more] = all;
  // A title is for its own rule.
  if (only && more.length === 0 && !Object.keys(only).some((keyword) => keyword === 'title' || keyword in result))
    Object.assign(result, only);
  else if (only) result.allOf = all;
  return factored(result);
}

/** What every branch needs is needed at once; what is left then tells them apart. */
function factored({ oneOf, ...schema }: Schema): Schema {
  if (oneOf === undefined) return schema;
  const everywhere = (oneOf[0]?.required ?? []).filter((name) => oneOf.every(({ required }) => required?.includes(name)));
  const onlyNeed = oneOf.every((branch) => Object.keys(branch).every((keyword) => keyword === 'required'));
  if (!onlyNeed || everywhere.length === 0) return { ...schema, oneOf };
  return {
    ...schema,
    required: [...new Set([...(schema.required ?? []), ...everywhere])],
    oneOf: oneOf.map(({ required = [] }) => ({ required: required.filter((name) => !everywhere.includes(name)) })),
  };
}

/** A branch that a field's default does not fit is for objects that have the field. */
function withDefaults(branch: Schema, { properties = {} }: Structural): Schema {
  const needed = Object.entries(branch.properties ?? {}).filter(([name, schema]) => {
    const filled = properties[name]?.default;
    return filled !== undefined && !matches(schema as WalkedSchema, filled);
  });
  return needed.length === 0 ? branch : { ...branch, required: [...(branch.required ?? []), ...needed.map(([name]) => name)] };
}

/** Inside a condition nothing has a structure of its own. */
function part(schema: Structural): Schema {
  const { properties, items, additionalProperties } = schema;
  return {
    ...conditions(schema),
    ...(schema.type !== undefined && { type: schema.type }),
    ...(properties && { properties: mapped(properties, part) }),
    ...(items && { items: part(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: part(additionalProperties) }),
  };
}

const isIntOrString = ({ anyOf = [] }: Schema): boolean =>
  anyOf.length === 2 && anyOf.every(({ type }) => type === 'integer' || type === 'string');

function typeOf(schema: Structural): Schema {
  const type = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type;
  if (type === undefined) return {};
  return { type: schema.nullable ? [type, 'null'].flat() : type };
}

const mapped = (properties: Readonly<Record<string, Structural>>, convert: (schema: Structural) => Schema): Record<string, Schema> =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, convert(schema)]));

const SAME = [
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;

/** Go's expressions may begin with a flag, and escape what needs no escape; those of JavaScript in Unicode mode may not. */
function portable(pattern: string): string {
  const [, flag, rest] = /^\^?\(\?i\)(.*)$/s.exec(pattern) ? [null, true, pattern.replace('(?i)', '')] : [null, false, pattern];
  const spelled = flag ? rest.replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`) : rest;
  const plain = spelled.replace(/\\([_/@:,=~`'"<>!#%&; ])/g, (whole, letter: string) => (letter === '/' ? whole : letter));
  new RegExp(plain, 'u');
  return plain;
}
