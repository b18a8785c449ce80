// What can be wrong with an object, place by place, by the schema that the API server publishes for its kind.
import type { KubeObject } from '../../../lib/schema/kube.ts';
import { changed } from '../../schema/change.ts';

/** The part of OpenAPI 3 that the API server's documents use. */
export interface OpenApi {
  readonly $ref?: string;
  readonly allOf?: readonly OpenApi[];
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly additionalProperties?: boolean | OpenApi;
  readonly items?: OpenApi;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string }[];
}

export type Mistake = 'unknown field' | 'wrong type' | 'missing' | 'bad enum' | 'bad quantity' | 'bad duration' | 'bad text';

export interface Mutation {
  readonly mistake: Mistake;
  /** JSON pointer. */
  readonly path: string;
  readonly object: KubeObject;
}

type Schemas = Readonly<Record<string, OpenApi>>;

/**
 * Every mutation of an object, in its own order; of the entries of a list or map, and of what is alike in them, the first only.
 * Some are no mistake, such as a field less that nobody needs: the verdicts on them have to be the same as well.
 */
export function mutationsOf(object: KubeObject, root: OpenApi, schemas: Schemas): readonly Mutation[] {
  const found: Mutation[] = [];
  const seen = new Set<string>();
  const add = (mistake: Mistake, path: string, place: string, value: unknown): void => {
    if (seen.has(`${mistake} ${place}`)) return;
    seen.add(`${mistake} ${place}`);
    found.push({ mistake, path, object: changed(object, path, value) });
  };
  /** `place` is the path with `*` for the entries of lists and maps. */
  // Without metadata or a kind there is no address to ask at.
  const walk = (value: unknown, given: OpenApi, path: string, place: string): void => {
    const schema = resolved(given, schemas);
    const wrong = wrongType(schema);
    if (path !== '' && path !== '/metadata' && wrong !== undefined) add('wrong type', path, place, wrong);
    if (typeof value === 'string') add(textMistake(schema), path, place, 'Bogus !');
    if (value === null || typeof value !== 'object') return;
    if (schema.properties && !schema['x-kubernetes-preserve-unknown-fields']) add('unknown field', `${path}/bogus`, place, 'x');
    for (const [key, item] of Object.entries(value)) {
      if (key.includes('/') || (path === '' && (key === 'apiVersion' || key === 'kind')) || `${path}/${key}` === '/metadata/namespace')
        continue;
      const known = schema.properties?.[key];
      const inner = known ?? schema.items ?? schema.additionalProperties;
      const next = known ? `${place}/${key}` : `${place}/*`;
      if (known && `${path}/${key}` !== '/metadata') add('missing', `${path}/${key}`, next, undefined);
      if (typeof inner === 'object') walk(item, inner, `${path}/${key}`, next);
    }
  };
  walk(object, root, '', '');
  return found;
}

function resolved(schema: OpenApi, schemas: Schemas): OpenApi {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference === undefined) return schema;
  const name = reference.replace('#/components/schemas/', '');
  const { allOf: _, $ref: __, ...own } = schema;
  // A quantity is published as a type of its own, without a pattern.
  return { ...(name.endsWith('.Quantity') ? { format: 'quantity' } : {}), ...resolved(schemas[name] ?? {}, schemas), ...own };
}

function wrongType(schema: OpenApi): unknown {
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'quantity' || schema.format === 'int-or-string') return true;
  switch (schema.type) {
    case 'string':
      return 7;
    case 'integer':
    case 'number':
      return 'seven';
    case 'boolean':
      return 'yes';
    case 'array':
      return { a: 'b' };
    case 'object':
      return 'x';
    default:
      return undefined;
  }
}

function textMistake(schema: OpenApi): Mistake {
  if (schema.enum) return 'bad enum';
  if (schema.format === 'quantity' || schema.pattern?.includes('[KMGTPE]i')) return 'bad quantity';
  if (schema.pattern?.includes('ms') || schema['x-kubernetes-validations']?.some(({ rule }) => rule.includes('duration(')))
    return 'bad duration';
  return 'bad text';
}
