// Builds the JSON Schema of a lock file from its TypeScript types: closed, but for Kubernetes objects.
import { typeName, typeReference, typesAsSchema } from '../types-as-schema.ts';

/** The text of lib/lock/lock.schema.json. */
export const lockSchema = (): string => `${JSON.stringify(tidy(typesAsSchema('lib/lock/lock.ts', 'Lock')), null, 1)}\n`;

/** Definitions by the names of their types; no words, since nobody edits a lock. */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => typeof value !== 'string' || (key !== 'description' && key !== 'default'))
      .map(([key, value]) => [typeName(key), key === '$ref' ? typeReference(String(value)) : tidy(value)]),
  );
}
