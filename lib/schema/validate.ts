import { checkData } from './check.ts';
import { schemaOf } from './kinds.ts';
import type { KubeObject } from './kube.ts';
import type { Problem } from './problem.ts';

export { hasSchema } from './kinds.ts';

/**
 * Everything in which an object differs from the strict schema of its kind: unknown fields, wrong types, values out of range.
 * Paths are JSON pointers. A kind without a schema has no problems here; ask `hasSchema` and say that it went unchecked.
 */
export function checkObject(object: KubeObject): readonly Problem[] {
  const schema = schemaOf(object.apiVersion, object.kind);
  if (schema === null) return [];
  return checkData(schema, object, { conceal: object.kind === 'Secret' ? isSecret : never });
}

const isSecret = ([field]: readonly string[]): boolean => field === 'data' || field === 'stringData';
const never = (): boolean => false;
