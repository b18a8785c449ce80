import { Ajv, type ValidateFunction } from 'ajv';
import { dottedPath, explainErrors } from '../schema/explain.ts';
import type { Problem } from '../schema/index.ts';
import schema from './lock.schema.json' with { type: 'json' };
import type { Lock } from './lock.ts';

export type Shape = { readonly ok: true; readonly lock: Lock } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Whether data has the shape of a lock: unknown, missing and mistyped fields are named with their path. */
export function checkLockShape(data: unknown): Shape {
  check ??= new Ajv({ allErrors: true, verbose: true, strict: false, validateSchema: false, code: { optimize: false } }).compile<Lock>(
    schema,
  );
  return check(data) ? { ok: true, lock: data } : { ok: false, problems: explainErrors(check.errors ?? [], { path: dottedPath }) };
}

let check: ValidateFunction<Lock> | undefined;
