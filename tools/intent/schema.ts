// Builds the JSON Schema of an intent from its TypeScript types: structure and words from lib/intent, bounds from bounds.ts.
import { Ajv } from 'ajv';
import { typeName, typeReference, typesAsSchema } from '../types-as-schema.ts';
import { ALTERNATIVES, BOUNDS, COMPANIONS, type Keywords, REALS } from './bounds.ts';

/** The part of JSON Schema (draft 7) that is read and written here. */
export interface Schema extends Keywords {
  $ref?: string;
  description?: string;
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema | false>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  if?: Schema;
  not?: Schema;
  then?: Schema;
  dependencies?: Record<string, Schema | string[]>;
  definitions?: Record<string, Schema>;
}

/** The text of lib/intent/intent.schema.json. */
export function intentSchema(): string {
  const { definitions, places } = definitionsOf('lib/intent/release.ts', 'ReleaseIntent');
  const astray = [BOUNDS, ALTERNATIVES, COMPANIONS].flatMap(Object.keys).filter((place) => !places.has(place));
  if (astray.length > 0) throw new Error(`tools/intent/bounds.ts bounds what the types no longer have: ${astray.join(', ')}`);
  definitions.TargetOverride = overrideSchema(definitions.ReleaseIntent ?? {}, definitions.TargetOverride ?? {});
  const used = new Set(
    [...JSON.stringify(definitions).matchAll(/"#\/definitions\/(\w+)"/g)].map(([, name]) => name).concat('ReleaseIntent'),
  );
  const sorted = Object.entries(definitions)
    .filter(([name]) => used.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Generated from lib/intent/release.ts by `npm run gen:intent-schema`; do not edit.',
    $ref: '#/definitions/ReleaseIntent',
    definitions: Object.fromEntries(sorted),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/**
 * What may differ on a target: known by name, so that editors complete it and a misspelt one is told; what is in it is checked
 * once it is merged. Where templates may stand it is exact, for they are made before.
 */
function overrideSchema({ properties = {} }: Schema, { description }: Schema): Schema {
  const { risk: _, engine: __, workload: ___, targets: ____, ...fields } = properties;
  const open = (schema: Schema | false): Schema =>
    schema === false || schema.description === undefined ? {} : { description: schema.description };
  const served = { $ref: '#/definitions/ServedShare' };
  return {
    ...(description === undefined ? {} : { description }),
    type: 'object',
    properties: {
      ...Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, open(schema)])),
      strategy: fields.strategy ?? {},
      traffic: { type: 'object', properties: { served }, additionalProperties: true },
    },
    additionalProperties: false,
  };
}

/** A type and all that it is made of, by their names, and the places that can have bounds. */
export function definitionsOf(file: string, type: string): { readonly definitions: Record<string, Schema>; readonly places: Set<string> } {
  const { $schema: _, definitions: raw = {}, ...root } = typesAsSchema(file, type) as Schema & { $schema?: string };
  const definitions = nameDefinitions({ ...raw, [type]: root });
  const places = new Set<string>();
  for (const [name, schema] of Object.entries(definitions)) {
    visit(schema, name, (part, place) => {
      bound(part, place);
      places.add(place);
    });
  }
  for (const [name, schema] of Object.entries(definitions)) visit(schema, name, (part) => mergeUnion(part, definitions));
  for (const [name, schema] of Object.entries(definitions)) visit(schema, name, (part) => documentDefault(part, definitions));
  return { definitions, places };
}

/** Definitions under the names of their types, without the paths of files in them; a duration is its text. */
function nameDefinitions(raw: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const rename = (schema: Schema): void => {
    if (schema.$ref === undefined) return;
    schema.$ref = typeReference(schema.$ref);
  };
  const named: Record<string, Schema> = {};
  for (const [name, schema] of Object.entries(raw)) {
    visit(schema, '', rename);
    named[typeName(name)] = schema;
  }
  const { description } = named.DurationLike ?? {};
  named.DurationLike = { ...(description === undefined ? {} : { description }) };
  return named;
}

/** Calls `act` for everything inside `schema`, then for itself, with its place such as `Traffic.hosts.*`. */
function visit(schema: Schema, place: string, act: (part: Schema, place: string) => void): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) if (property) visit(property, `${place}.${name}`, act);
  for (const entry of [schema.items, schema.additionalProperties]) if (typeof entry === 'object') visit(entry, `${place}.*`, act);
  for (const branch of schema.anyOf ?? []) visit(branch, place, act);
  act(schema, place);
}

/**
 * A union of objects as one object with exclusive fields, so that a mistake inside one of them is told as such and not as
 * "fits none of these forms". Each member is known by its first required field that no other member has. A further member
 * that is a text, a number or false joins as a second type.
 */
export function mergeUnion(schema: Schema, definitions: Readonly<Record<string, Schema>>): void {
  const follow = (branch: Schema) => definitions[branch.$ref?.replace('#/definitions/', '') ?? ''] ?? branch;
  const branches = (schema.anyOf ?? []).map(follow);
  const members = branches.filter((branch) => branch.properties);
  const [simple, ...more] = branches.filter((branch) => !branch.properties);
  if (members.length === 0) return;
  if (more.length > 0) throw new Error(`a union of ${branches.length} forms has more than one that is no object`);
  delete schema.anyOf;
  const { description } = schema;
  Object.assign(schema, mergeObjects(members), description === undefined ? {} : { description });
  if (!simple) return;
  schema.type = [String(simple.type), 'object'];
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
  if ('const' in simple) Object.assign(schema, { if: { type: simple.type }, then: { const: simple.const } });
  if (schema.oneOf) {
    // A text has no fields, so it would fit every `required`.
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    Object.assign(schema, { if: { type: 'object' }, then: { oneOf: schema.oneOf } });
    delete schema.oneOf;
  }
}

function mergeObjects(members: readonly Schema[]): Schema {
  const [only, ...others] = structuredClone(members);
  if (only && others.length === 0) return only;
  const tag = Object.keys(members[0]?.properties ?? {}).find((name) => members.every((member) => constOf(member, name) !== undefined));
  return tag === undefined ? mergeByMark(members) : mergeByTag(members, tag);
}

const constOf = ({ properties }: Schema, name: string): unknown => Object(properties?.[name]).const;

/** Members that one field of theirs names: what holds for one of them holds where that field has its value. */
function mergeByTag(members: readonly Schema[], tag: string): Schema {
  const properties = structuredClone(Object.assign({}, ...members.map((member) => member.properties)) as Record<string, Schema>);
  properties[tag] = { type: 'string', enum: members.map((member) => constOf(member, tag)) };
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    required: [tag],
    allOf: members.map((member) => {
      const { required = [], oneOf, dependencies, properties: own = {} } = structuredClone(member);
      const foreign = Object.keys(properties).filter((name) => !(name in own));
      return {
        if: { required: [tag], properties: { [tag]: { const: constOf(member, tag) } } },
        // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
        then: {
          required: required.filter((name) => name !== tag),
          properties: Object.fromEntries(foreign.map((name) => [name, false as const])),
          ...(oneOf ? { oneOf } : {}),
          ...(dependencies ? { dependencies } : {}),
        },
      };
    }),
  };
}

function mergeByMark(members: readonly Schema[]): Schema {
  const marks = members.map((member) => {
    const mark = member.required?.find((name) => members.every((other) => other === member || !other.properties?.[name]));
    if (mark === undefined) throw new Error(`no field tells ${Object.keys(member.properties ?? {}).join(', ')} from the other forms`);
    return mark;
  });
  const properties = structuredClone(Object.assign({}, ...members.map((member) => member.properties)) as Record<string, Schema>);
  const shared = Object.keys(properties).filter((name) => members.every((member) => member.required?.includes(name)));
  const dependencies: Record<string, Schema> = {};
  for (const [index, mark] of marks.entries()) {
    const { properties: own = {}, required = [] } = members[index] ?? {};
    const needed = required.filter((name) => name !== mark && !shared.includes(name));
    const foreign = Object.keys(properties).filter((name) => !(name in own) && !marks.includes(name));
    if (needed.length + foreign.length === 0) continue;
    dependencies[mark] = {
      ...(needed.length > 0 ? { required: needed } : {}),
      ...(foreign.length > 0 ? { properties: Object.fromEntries(foreign.map((name) => [name, false as const])) } : {}),
    };
  }
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    ...(shared.length > 0 ? { required: shared } : {}),
    ...(Object.keys(dependencies).length > 0 ? { dependencies } : {}),
    oneOf: marks.map((mark) => ({ required: [mark] })),
  };
}

/** Adds the keywords of bounds.ts; numbers become integers unless they are listed as reals. */
function bound(schema: Schema, place: string): void {
  if (schema.$ref !== undefined) return;
  // The arguments of a template are judged by the template itself.
  if (schema.type === 'number' && !REALS.has(place) && !/^\w+Options\./.test(place)) schema.type = 'integer';
  Object.assign(schema, BOUNDS[place]);
  if (ALTERNATIVES[place]) schema.oneOf = ALTERNATIVES[place].map((name) => ({ required: [name] }));
  if (COMPANIONS[place]) schema.dependencies = { ...COMPANIONS[place] };
}

/** `@default` is for readers; it stays a `default`, which editors insert, only where it is a value and not words about one. */
function documentDefault(schema: Schema, definitions: Readonly<Record<string, Schema>>): void {
  if (schema.default === undefined) return;
  const { default: value, ...rest } = schema;
  const words = [schema.description, `Default: ${value}.`].filter((part) => part !== undefined).join(' ');
  schema.description = words;
  const accepts = new Ajv({ strict: false }).compile({ ...rest, definitions });
  if (!accepts(value) || String(value).includes(' ')) delete schema.default;
}
