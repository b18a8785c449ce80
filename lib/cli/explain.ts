import { RULES } from '../../policies/index.ts';
import type { Rule } from '../policy/rule.ts';
import { shown } from '../policy/shown.ts';
import { nearest } from '../schema/nearest.ts';
import { type Command, formatOption, UsageError } from './command.ts';
import { EXPLAINED, type ExplainedStep, type Found, fieldsAt, ROOT_FIELDS } from './explained.ts';

const STEPS = EXPLAINED.steps.map(({ name }) => name);
const WORDS = [...RULES.map(({ id }) => id), ...STEPS, ...ROOT_FIELDS];

export const explain: Command = {
  name: 'explain',
  summary: 'tell what a rule, a step of a plan, or a field of an intent or a plan means',
  help: `Usage: tidegate explain RULE|STEP|FIELD [--format text|json]

Of a rule: what it wants, why it matters, how to mend what it finds, and manifests that fail and pass. Of a step: what the
runner does. Of a field, by its path in the intent or the plan, by its type, by its step or alone: what it means, its type
and its default. The rules are listed by \`tidegate lint --help\`.

Options:
  --format text|json     text (default) or JSON

Steps:
  ${STEPS.join(', ')}

Examples:
  tidegate explain image-digest
  tidegate explain setWeight
  tidegate explain traffic.retries
  tidegate explain Gate.onFailure
  tidegate explain setWeight.weight
`,
  options: { format: { type: 'string' } },
  words: [...new Set(WORDS)],
  async run(invocation) {
    const [word, ...more] = invocation.positionals;
    if (word === undefined || more.length > 0)
      throw new UsageError('explain takes one rule, step or field: tidegate explain RULE|STEP|FIELD');
    const json = formatOption(invocation, ['text', 'json']) === 'json';
    const rule = RULES.find(({ id }) => id === word);
    if (rule) {
      invocation.io.out(json ? `${JSON.stringify(asJson(rule), null, 2)}\n` : asText(rule));
      return 0;
    }
    const steps = EXPLAINED.steps.filter(({ name }) => name === word);
    const fields = fieldsAt(word);
    if (steps.length + fields.length === 0) throw new UsageError(unknown(word));
    invocation.io.out(
      json
        ? `${JSON.stringify({ version: 1, steps, fields: fields.map(({ of, field }) => ({ of, ...field })) }, null, 2)}\n`
        : [...steps.map(stepText), ...fields.map(fieldText)].join('\n'),
    );
    return 0;
  },
};

function unknown(word: string): string {
  const last = word.split('.').at(-1) ?? word;
  const known = [...WORDS, ...[...EXPLAINED.types, ...EXPLAINED.plan].flatMap(({ fields }) => fields.map(({ name }) => name))];
  const meant = nearest(word, known) ?? nearest(last, known);
  return `there is no rule, step or field '${word}'${meant ? `; did you mean '${meant}'?` : '.'} \`tidegate explain --help\` tells where they are listed`;
}

const stepText = ({ name, text, fields }: ExplainedStep): string =>
  `Step ${name}: ${text}\n${fields === '' ? '' : `\n  ${fields.replaceAll(', ', '\n  ')}\n`}`;

function fieldText({ of, field: { name, type, default: value, required, text } }: Found): string {
  const given = required ? 'required' : value === null ? 'may be left out' : `default ${value}`;
  return `${of}.${name}: ${type} (${given})\n${text === '' ? '' : `\n${text}\n`}`;
}

function asJson({ id, holds, severity, graver = false, universal = false, kinds, thresholds = {}, why, fix, examples }: Rule) {
  return {
    version: 1,
    id,
    holds,
    severity,
    graver,
    universal,
    kinds,
    thresholds,
    why,
    fix,
    examples: examples.map((one) => ({ ...one, yaml: shown(one.yaml) })),
  };
}

function asText({ id, holds, why, fix, examples, thresholds = {}, ...rule }: Rule): string {
  const numbers = Object.entries(thresholds).map(([name, { default: value, meaning }]) => `Threshold ${name}: ${value}, ${meaning}.`);
  const two = [examples.find(({ finds }) => finds.length > 0), examples.find(({ finds }) => finds.length === 0)];
  const parts = two.flatMap((example) =>
    example
      ? [
          `${example.finds.length > 0 ? 'Fails' : 'Passes'}: ${example.title}\n\n${shown(example.yaml)
            .trimEnd()
            .replaceAll(/^(?=.)/gm, '  ')}`,
        ]
      : [],
  );
  return `${[`${id}: ${holds}.`, severityOf(rule), `Why: ${why}`, `Fix: ${fix}`, ...numbers, ...parts].join('\n\n')}\n`;
}

/** In words, for people: also of its page in the documentation. */
export function severityOf({ severity, graver, universal }: Pick<Rule, 'severity' | 'graver' | 'universal'>): string {
  const word = severity === 'info' ? 'Information' : severity === 'error' ? 'Error' : 'Warning';
  if (universal) return `${word}, on whatever object.`;
  const high = graver ? '; error where it is of high risk' : '';
  return `${word} on a release${high}${severity === 'error' || graver ? '; warning at most on other workloads' : ''}.`;
}
