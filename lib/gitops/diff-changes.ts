import { oneLine } from '../plan/words.ts';
import { type Change, type INTENT_FIELDS, named } from './diff-fields.ts';
import { type Difference, differences } from './diff-tree.ts';
import { describeValue } from './diff-values.ts';

/** What changes between two trees of facts, in words; a field that no line is about is named by its path. */
export function changesOf(before: unknown, after: unknown, fields: typeof INTENT_FIELDS): readonly Change[] {
  return differences(before, after).map((difference) => {
    const { words, beware } = named(fields, difference);
    const said = describe(difference, oneLine(words));
    return {
      path: difference.path.join('.'),
      before: difference.before ?? null,
      after: difference.after ?? null,
      words: said,
      warning: beware === null ? null : `${said}: ${beware}`,
    };
  });
}

function describe({ path, before, after }: Difference, name: string): string {
  const field = path.join('.');
  const thing = (value: unknown) => typeof value === 'object' && value !== null;
  if (isReordered(before, after)) return `${name} in another order: ${describeValue(after, field)}`;
  // What has parts comes and goes as a whole; of a single value, none is a value like others.
  if (thing(after) && !thing(before) && !Array.isArray(after)) return `${name} added: ${describeValue(after, field)}`;
  if (thing(before) && !thing(after) && !Array.isArray(before)) return `${name} removed`;
  const [from, to] = [describeValue(before, field), describeValue(after, field)];
  return from === to ? `${name} changed: ${to}` : `${name}: ${from} → ${to}`;
}

function isReordered(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return false;
  const sorted = (list: readonly unknown[]) => JSON.stringify(list.map((item) => JSON.stringify(item)).sort());
  return sorted(before) === sorted(after);
}
