import { buildProblems, loadModule } from '../constructs/load-module.ts';
import { sourceOfError } from '../constructs/source.ts';
import { SEVERITIES } from '../policy/finding.ts';
import type { Rule } from '../policy/rule.ts';
import { isFields } from '../policy/shape.ts';
import { type Problem, ProblemError } from '../schema/index.ts';
import { FOLDER, ruleFiles } from './rule-files.ts';

/**
 * Rules of the repository's own: what files in `policies/` export that has a `check`. What they share lies in folders
 * below.
 * @param known ids of the rules that are there already
 * @throws ProblemError where a file does not compile, throws, exports no rule, or one that is none
 */
export async function ownRules(directory: string, known: readonly string[]): Promise<readonly Rule[]> {
  const files = ruleFiles(directory);
  if (files.length === 0) return [];
  const exported = await load(files, directory);
  const problems: Problem[] = [];
  const rules: Rule[] = [];
  for (const [index, file] of files.entries()) {
    const found = Object.values(exported[`file${index}`] as Readonly<Record<string, unknown>>).filter(looksLikeRule);
    if (found.length === 0)
      problems.push(problemOf(file, 'it exports no rule.', 'Export an object of type Rule; what rules share belongs into a folder below.'));
    for (const rule of found) {
      const wrong = flawOf(rule, [...known, ...rules.map(({ id }) => id)]);
      if (wrong !== null) problems.push(problemOf(file, wrong, "Its type is Rule of 'tidegate/policy'; `tsc` shows what is missing."));
      else rules.push(guarded(rule as unknown as Rule, file, directory));
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return rules;
}

async function load(files: readonly string[], directory: string): Promise<Readonly<Record<string, unknown>>> {
  const text = files.map((file, index) => `export * as file${index} from ${JSON.stringify(`./${file}`)};`).join('\n');
  try {
    return await loadModule({ text }, directory);
  } catch (error) {
    const failed = buildProblems(error, 'a rule');
    if (failed) throw new ProblemError(failed);
    const at = sourceOfError(error, directory);
    throw new ProblemError([
      {
        message: `a rule of ${FOLDER}/ threw while it was loaded: ${error instanceof Error ? error.message : String(error)}`,
        ...(at ? { at } : {}),
      },
    ]);
  }
}

const looksLikeRule = (value: unknown): value is Readonly<Record<string, unknown>> => isFields(value) && typeof value.check === 'function';

/** What keeps a value from being a rule: types are gone by now, and a chart may have cast them away. */
function flawOf(
  { id, holds, severity, kinds, why, fix, examples }: Readonly<Record<string, unknown>>,
  taken: readonly string[],
): string | null {
  if (typeof id !== 'string' || !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(id))
    return `its id is ${JSON.stringify(id)}, expected words such as 'team-label'.`;
  if (taken.includes(id)) return `there is a rule '${id}' already.`;
  for (const [name, value] of Object.entries({ holds, why, fix }))
    if (typeof value !== 'string' || value === '') return `rule '${id}' has no text '${name}'.`;
  if (!SEVERITIES.some((known) => known === severity))
    return `rule '${id}' has the severity ${JSON.stringify(severity)}, expected one of ${SEVERITIES.join(', ')}.`;
  if (kinds !== 'any' && !(Array.isArray(kinds) && kinds.every((kind) => typeof kind === 'string')))
    return `rule '${id}' has no list 'kinds', such as ['apps/Deployment'].`;
  return Array.isArray(examples) ? null : `rule '${id}' has no list 'examples'.`;
}

/** A mistake in a rule of the repository's is its author's, and has a line. */
function guarded(rule: Rule, file: string, directory: string): Rule {
  return {
    ...rule,
    *check(entry, context) {
      try {
        yield* rule.check(entry, context);
      } catch (error) {
        const at = sourceOfError(error, directory) ?? { file, line: 1, column: 1 };
        const message = `rule '${rule.id}' threw at ${entry.id.kind} ${entry.id.name}: ${error instanceof Error ? error.message : String(error)}`;
        throw new ProblemError([
          { message, at, help: 'A rule must take any shape of an object: values may be missing or of another type.' },
        ]);
      }
    },
  };
}

const problemOf = (file: string, message: string, help: string): Problem => ({ message, at: { file, line: 1, column: 1 }, help });
