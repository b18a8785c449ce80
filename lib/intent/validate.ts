import { checkData } from '../schema/check.ts';
import { dottedPath } from '../schema/explain.ts';
import type { Json, Problem } from '../schema/index.ts';
import type { WalkedKeywords } from '../schema/matches.ts';
import intentSchema from './intent.schema.json' with { type: 'json' };
import { plainData } from './plain.ts';
import type { ReleaseIntent } from './release.ts';
import { workloadProblem } from './workload-kind.ts';

/** What is wrong with the shape of an intent, all of it; places are written as TypeScript would reach them. */
export function validateIntent(intent: unknown): readonly Problem[] {
  return readIntent(intent).problems;
}

/** An intent as plain data, or what is wrong with its shape. */
export type IntentReading =
  | { readonly intent: ReleaseIntent; readonly problems: readonly [] }
  | { readonly intent: null; readonly problems: readonly Problem[] };

/** Reads an intent that a program or a YAML file wrote: durations become text, so that what is hashed and compared is what was written. */
export function readIntent(authored: unknown): IntentReading {
  if (authored === undefined) return { intent: null, problems: [{ message: 'found nothing, expected an object.' }] };
  const { value, problems } = plainData(authored);
  if (problems.length > 0) return { intent: null, problems };
  const wrong = shapeProblems(value);
  return wrong.length > 0 ? { intent: null, problems: wrong } : { intent: value as unknown as ReleaseIntent, problems: [] };
}

/** What is wrong with the shape of some of an intent, whatever is said beside it. */
export const partProblems = (value: Json): readonly Problem[] => shapeProblems(value, true);

function shapeProblems(value: Json, partial = false): readonly Problem[] {
  return checkData(intentSchema as WalkedKeywords, value, { path: dottedPath, partial }).map((problem) =>
    problem.path === 'workload' ? workloadProblem(Object(value).workload) : problem,
  );
}
