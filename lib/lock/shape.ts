import { checkData } from '../schema/check.ts';
import { dottedPath } from '../schema/explain.ts';
import type { Problem } from '../schema/index.ts';
import type { WalkedKeywords } from '../schema/matches.ts';
import schema from './lock.schema.json' with { type: 'json' };
import type { Lock } from './lock.ts';

export type Shape = { readonly ok: true; readonly lock: Lock } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Whether data has the shape of a lock: unknown, missing and mistyped fields are named with their path. */
export function checkLockShape(data: unknown): Shape {
  const problems = checkData(schema as WalkedKeywords, data, { path: dottedPath });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, lock: data as Lock };
}
