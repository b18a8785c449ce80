/** The part of JSON Schema (draft 7) that the generator reads and writes. */
export interface Schema {
  title?: string;
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  propertyNames?: Schema;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  not?: Schema;
  definitions?: Record<string, Schema>;
}

/** Calls `visit` for a schema and everything inside it, inner parts first, with the name of the property or keyword they stand under. */
export function visitSchema(schema: Schema, visit: (part: Schema, name: string) => void, name = ''): void {
  for (const [property, part] of Object.entries(schema.properties ?? {})) visitSchema(part, visit, property);
  for (const part of [schema.items, schema.additionalProperties]) if (typeof part === 'object') visitSchema(part, visit, name);
  for (const part of [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])]) visitSchema(part, visit, name);
  visit(schema, name);
}
