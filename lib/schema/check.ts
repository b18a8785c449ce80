import { createRequire } from 'node:module';
import type { ValidateFunction } from 'ajv';
import { type ExplainOptions, explainErrors } from './explain.ts';
import { matches, type WalkedKeywords } from './matches.ts';
import type { Problem } from './problem.ts';

/**
 * Everything in which data differs from a schema, in the house's words; nothing for data that fits.
 * @param schema one of ours, of which `matches` knows every keyword
 */
export function checkData(schema: WalkedKeywords, data: unknown, options: ExplainOptions = {}): readonly Problem[] {
  if (matches(schema, data)) return [];
  const validate = explainer(schema);
  const accepted: boolean = validate(data);
  if (accepted) throw new Error('ajv accepts data that was refused; this is a bug in tidegate');
  return explainErrors(validate.errors ?? [], options);
}

const explainers = new WeakMap<object, ValidateFunction>();

/** Loads and compiles on the first mistake only: most runs have none, and it would be most of their time. */
function explainer(schema: object): ValidateFunction {
  let validate = explainers.get(schema);
  if (!validate) {
    const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
    // The schemas are ours and tested, so neither checked nor optimized: both cost more than they give.
    validate = new Ajv({
      allErrors: true,
      verbose: true,
      strict: false,
      validateSchema: false,
      inlineRefs: false,
      code: { optimize: false },
    }).compile(schema);
    explainers.set(schema, validate);
  }
  return validate;
}
