import { RULES } from '../../policies/index.ts';
import type { Rule } from '../policy/rule.ts';
import { shown } from '../policy/shown.ts';
import { nearest } from '../schema/nearest.ts';
import { type Command, formatOption, UsageError } from './command.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'tell what a rule of the linter wants, and why',
  help: `Usage: tidegate explain RULE [--format text|json]

What a rule wants, why it matters, how to mend what it finds, and manifests that fail and pass. The rules are listed by
\`tidegate lint --help\`.

Options:
  --format text|json     text (default) or JSON

Examples:
  tidegate explain image-digest
`,
  options: { format: { type: 'string' } },
  async run(invocation) {
    const [id, ...more] = invocation.positionals;
    if (id === undefined || more.length > 0) throw new UsageError('explain takes one rule: tidegate explain RULE');
    const format = formatOption(invocation, ['text', 'json']);
    const rule = RULES.find((one) => one.id === id);
    if (!rule) {
      const meant = nearest(
        id,
        RULES.map((one) => one.id),
      );
      throw new UsageError(`there is no rule '${id}'${meant ? `; did you mean '${meant}'?` : '.'} \`tidegate lint --help\` lists them`);
    }
    invocation.io.out(format === 'json' ? `${JSON.stringify(asJson(rule), null, 2)}\n` : asText(rule));
    return 0;
  },
};

function asJson({ id, holds, severity, graver = false, universal = false, kinds, why, fix, examples }: Rule) {
  return {
    version: 1,
    id,
    holds,
    severity,
    graver,
    universal,
    kinds,
    why,
    fix,
    examples: examples.map((one) => ({ ...one, yaml: shown(one.yaml) })),
  };
}

function asText({ id, holds, why, fix, examples, ...rule }: Rule): string {
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
  return `${[`${id}: ${holds}.`, severityOf(rule), `Why: ${why}`, `Fix: ${fix}`, ...parts].join('\n\n')}\n`;
}

/** In words, for people: also of its page in the documentation. */
export function severityOf({ severity, graver, universal }: Pick<Rule, 'severity' | 'graver' | 'universal'>): string {
  const word = severity === 'info' ? 'Information' : severity === 'error' ? 'Error' : 'Warning';
  if (universal) return `${word}, on whatever object.`;
  const high = graver ? '; error where it is of high risk' : '';
  return `${word} on a release${high}${severity === 'error' || graver ? '; warning at most on other workloads' : ''}.`;
}
