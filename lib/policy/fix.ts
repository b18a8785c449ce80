import type { Finding } from './finding.ts';
import { objectsOf } from './read/objects.ts';
import type { LintResult } from './result.ts';
import { isFields } from './shape.ts';

/** How a rule would mend a value without knowing more than the value: what is written stays, but for this. */
export type Fix =
  /** The key has another name. */
  | { readonly kind: 'rename'; readonly to: string }
  /** The same characters, as a text. */
  | { readonly kind: 'quote' }
  | { readonly kind: 'set'; readonly value: number };

/**
 * What to write instead of a value or key; null where that is not one plain or quoted word.
 * @param written as it stands in the file
 */
export function rewritten(fix: Fix, written: string): string | null {
  switch (fix.kind) {
    case 'rename':
      if (!/^[A-Za-z][\w./-]*$/.test(fix.to)) return null;
      return /^"[^"\\]*"$/.test(written) ? `"${fix.to}"` : /^[A-Za-z][\w./-]*$/.test(written) ? fix.to : null;
    case 'quote':
      return /^[\w.+:-]+$/.test(written) ? `"${written}"` : null;
    case 'set':
      return /^-?\d+$/.test(written) ? String(fix.value) : null;
  }
}

/** A file as it is, and as it would be. */
export interface FixedFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly findings: readonly Finding[];
}

/** Files with all that can be mended in them. A file in which anything else would change, as by an anchor, is left out. */
export function fixedFiles({ findings, texts }: LintResult): readonly FixedFile[] {
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings)
    if (finding.fix !== null && finding.waiver === null) byFile.set(finding.file, [...(byFile.get(finding.file) ?? []), finding]);
  return [...byFile].flatMap(([file, mended]) => {
    const before = texts.get(file);
    if (before === undefined) return [];
    const after = edited(before, mended);
    return changesOnly(before, after, mended) ? [{ file, before, after, findings: mended }] : [];
  });
}

function edited(text: string, findings: readonly Finding[]): string {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = ({ line, column }: { readonly line: number; readonly column: number }) =>
    (starts[line - 1] ?? 0) + column - 1 + (line === 1 && text.startsWith('\uFEFF') ? 1 : 0);
  // From the end, so that offsets before it stay; two rules may say the same of one place.
  const edits = new Map(findings.map((finding) => [offset(finding), { end: offset(finding.end), fix: finding.fix ?? '' }]));
  return [...edits]
    .sort(([a], [b]) => b - a)
    .reduce((mended, [start, { end, fix }]) => `${mended.slice(0, start)}${fix}${mended.slice(end)}`, text);
}

/** Whether both texts hold the same objects but at the paths of what was mended. */
function changesOnly(before: string, after: string, findings: readonly Finding[]): boolean {
  const [was, is] = [before, after].map((text) => objectsOf({ name: '', text }));
  if (!was || !is || was.entries.length !== is.entries.length || is.unread.length > was.unread.length) return false;
  const changed = was.entries.flatMap(({ value }, index) => differences(value, is.entries[index]?.value));
  const meant = new Set(findings.map(({ path }) => path));
  return (
    changed.length > 0 && new Set(changed).size === meant.size && changed.length === meant.size && changed.every((path) => meant.has(path))
  );
}

/** Pointers of what differs; of a key that has another name at the same place, its old one. */
function differences(a: unknown, b: unknown, path = ''): readonly string[] {
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((item, index) => differences(item, b[index], `${path}/${index}`));
  if (!isFields(a) || !isFields(b)) return Object.is(a, b) ? [] : [path];
  const [names, others] = [Object.keys(a), Object.keys(b)];
  if (names.length !== others.length) return [path];
  return names.flatMap((name) => {
    const own = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (Object.hasOwn(b, name)) return differences(a[name], b[name], own);
    const renamed = others.filter((other) => !Object.hasOwn(a, other));
    return renamed.some((other) => differences(a[name], b[other]).length === 0) ? [own] : [path];
  });
}
