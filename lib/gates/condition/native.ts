import { parseCondition } from './condition.ts';
import type { Node } from './node.ts';
import { NATIVE, RARER } from './rarer.ts';

/** Whether a condition of a gate uses what the runner's program has not by itself. One that cannot be read does not. */
export function isRare(text: string): boolean {
  const parsed = parseCondition(text, NATIVE);
  return parsed.ok && namesRare(parsed.condition.root);
}

const namesRare = (node: Node): boolean => node.kind === 'call' && (RARER.has(node.name) || node.args.some(namesRare));
