import { createRequire } from 'node:module';
import type { ValidateFunction } from 'ajv';
import { explainErrors } from './explain.ts';
import { schemaOf } from './kinds.ts';
import type { KubeObject } from './kube.ts';
import { matches } from './matches.ts';
import type { Problem } from './problem.ts';

export { hasSchema } from './kinds.ts';

/**
 * Everything in which an object differs from the strict schema of its kind: unknown fields, wrong types, values out of range.
 * Paths are JSON pointers. A kind without a schema has no problems here; ask `hasSchema` and say that it went unchecked.
 */
export function checkObject(object: KubeObject): readonly Problem[] {
  const schema = schemaOf(object.apiVersion, object.kind);
  if (schema === null || matches(schema, object)) return [];
  const validate = explainer(schema);
  const accepted: boolean = validate(object);
  if (accepted) throw new Error(`ajv accepts a ${object.kind} that was refused; this is a bug in tidegate`);
  return explainErrors(validate.errors ?? [], { conceal: object.kind === 'Secret' ? isSecret : never });
}

const isSecret = ([field]: readonly string[]): boolean => field === 'data' || field === 'stringData';
const never = (): boolean => false;

const explainers = new WeakMap<object, ValidateFunction>();

/** Loads and compiles on the first mistake only: most runs have none, and it would be most of their time. */
function explainer(schema: object): ValidateFunction {
  let validate = explainers.get(schema);
  if (!validate) {
    const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
    // The schemas are ours and tested, so neither checked nor optimized: both cost more than they give.
    validate = new Ajv({ allErrors: true, verbose: true, strict: false, validateSchema: false, code: { optimize: false } }).compile(schema);
    explainers.set(schema, validate);
  }
  return validate;
}
