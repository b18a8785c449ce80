// Words of others in Markdown that reads as it was meant: escaped, in code, in tables.
import { oneLine } from './words.ts';

export type Alignment = 'left' | 'right';

export function table(head: readonly string[], alignments: readonly Alignment[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (alignments[column] === 'right' ? '--:' : '---'));
  const cell = (content: string) => content.replace(/\|/g, '\\|'); // a border even within code
  return [head, rule, ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

/** User text that reads as itself: no HTML, emphasis, links or images of its own, and an `@` in it notifies nobody. */
export function text(raw: string): string {
  return oneLine(raw)
    .replace(/[\\`*_{}[\]~#$!]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@(?=\w)/g, '@<!-- -->')
    .replace(/:\/\//g, ':<!-- -->//');
}

/** User text as code, however many backticks it has. */
export function code(raw: string): string {
  const line = oneLine(raw);
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = line === '' || line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}
