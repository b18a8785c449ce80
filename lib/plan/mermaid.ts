import { formatSeconds } from './duration.ts';
import { levels } from './exposure.ts';
import type { Plan } from './plan.ts';
import { describeExposure, oneLine } from './words.ts';

/** The way of a plan as a Mermaid flowchart, for places that show no SVG: one box a level, one diamond an approval. */
export function planMermaid(plan: Plan): string {
  const nodes = [{ shape: box('0 %', smokeOf(plan)) }, ...levels(plan).flatMap(nodesOf)];
  const lines = nodes.map(({ shape }, index) => `  n${index}${shape}`);
  const arrows = nodes.slice(1).map((_, index) => `  n${index} --> n${index + 1}`);
  return ['flowchart LR', ...lines, ...arrows].join('\n');
}

interface Node {
  readonly shape: string;
}

function nodesOf({ exposure, beside, startSeconds, endSeconds, gates, entries }: ReturnType<typeof levels>[number]): Node[] {
  const lasts = endSeconds > startSeconds ? formatSeconds(endSeconds - startSeconds) : '';
  const judged = gates.length === 0 ? 'no gate' : [...new Set(gates.map(({ name }) => name))].join(', ');
  const level = { shape: box(describeExposure(exposure, beside), [lasts, judged].filter(Boolean).join(': ')) };
  const approvals = entries.flatMap(({ step }) => (step.kind === 'approval' ? [{ shape: `{"${label(`approval ${step.name}`)}"}` }] : []));
  return [level, ...approvals];
}

function smokeOf({ steps }: Plan): string {
  const names = steps.flatMap((step) => (step.kind === 'smoke' && !('migration' in step.test) ? [step.name] : []));
  return names.length === 0 ? 'no smoke test' : `smoke: ${names.join(', ')}`;
}

const box = (title: string, below: string): string => `["${label(title)}<br>${label(below)}"]`;

/** Text of others inside of quotes: nothing in it is a tag, an entity, Markdown or the end of the label. */
const label = (raw: string): string => oneLine(raw).replace(/[^\p{L}\p{N} .,:%+/-]/gu, (character) => `#${character.codePointAt(0)};`);
