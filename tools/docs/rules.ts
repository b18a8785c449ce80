// docs/reference/rules: a page for each rule of the linter, and one that lists them.
import { severityOf } from '../../lib/cli/explain.ts';
import type { Example, Rule } from '../../lib/policy/rule.ts';
import { shown } from '../../lib/policy/shown.ts';
import { RULES } from '../../policies/index.ts';
import { GENERATED } from './tables.ts';

const FOLDER = 'docs/reference/rules';

export function rulePages(): ReadonlyMap<string, string> {
  return new Map([[`${FOLDER}/README.md`, overview()], ...RULES.map((rule) => [`${FOLDER}/${rule.id}.md`, pageOf(rule)] as const)]);
}

const page = (...parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

function overview(): string {
  const rows = RULES.map(({ id, holds, ...rule }) => `| [${id}](${id}.md) | ${holds} | ${severityOf(rule)} |`);
  return page(
    GENERATED('policies'),
    '# Rules of the linter',
    '`tidegate lint` says where one of these does not hold. A release is what carries the label `tidegate.dev/release`, Rollouts, Canaries and what these refer to. It is of high risk where it carries `tidegate.dev/risk: high`, or where its name has the word payments or auth in it and that label says nothing else.',
    ['| rule | holds when | severity |', '|---|---|---|', ...rows].join('\n'),
  );
}

function pageOf({ id, holds, why, fix, kinds, about, thresholds = {}, examples, ...rule }: Rule): string {
  const numbers = Object.entries(thresholds).map(([name, { default: value, meaning }]) => `| \`${name}\` | ${value} | ${meaning} |`);
  return page(
    GENERATED(`policies/${id}.ts`),
    `# ${id}`,
    `${sentence(holds)} ${severityOf(rule)}`,
    `Looks at ${about ?? looksAt(kinds)}.`,
    `**Why.** ${why}`,
    `**How to mend it.** ${fix}`,
    ...(numbers.length > 0
      ? [
          `Thresholds, which \`policy.thresholds.${id}\` in [tidegate.yaml](../tidegate-yaml.md) may set:`,
          ['| name | default | meaning |', '|---|---|---|', ...numbers].join('\n'),
        ]
      : []),
    '## What it finds',
    ...examples.filter(({ finds }) => finds.length > 0).map(show),
    '## What passes',
    ...examples.filter(({ finds }) => finds.length === 0).map(show),
  );
}

const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

function looksAt(kinds: Rule['kinds']): string {
  if (kinds === 'any') return 'every object';
  return kinds.length === 0 ? 'files, before there are objects' : kinds.map((kind) => `\`${kind}\``).join(', ');
}

function show({ title, yaml, finds }: Example): string {
  const places = finds.filter((path) => path !== '').map((path) => `\`${path}\``);
  return `${sentence(title)}${places.length > 0 ? ` Found at ${places.join(' and ')}.` : ''}\n\n\`\`\`yaml\n${shown(yaml)}\`\`\``;
}
