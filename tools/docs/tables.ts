// Writes declarations as Markdown.
import type { Declaration, Doc } from './declarations.ts';

/** Where a type is described, and what it is, by its name. */
export type Links = Readonly<Record<string, { readonly address: string; readonly text: string }>>;

export const GENERATED = (from: string): string => `<!-- Generated from ${from} by \`npm run gen:docs\`; do not edit. -->`;

/** One declaration under a heading of its own. `links` names everything that a type may refer to. */
export function describe(declaration: Declaration, links: Links, heading = '##'): string {
  const { name, doc } = declaration;
  return [`${heading} ${name}`, ...body(declaration, links), ...(doc.see.length > 0 ? [`See ${doc.see.map(link).join(', ')}.`] : [])]
    .filter(Boolean)
    .join('\n\n');
}

function body(declaration: Declaration, links: Links): string[] {
  const { doc } = declaration;
  switch (declaration.kind) {
    case 'object':
      return [
        doc.text,
        fieldTable(declaration, links),
        ...declaration.parents.map((parent) => `Beside these: ${inherited(parent, links)}.`),
      ];
    case 'choice':
      return [doc.text, ...forms(declaration, links)];
    case 'alias':
      return [doc.text, `${code(declaration.type)}${references(declaration.type, links)}`];
    case 'function':
      return [`    ${declaration.signature}`, doc.text, ...throwsOf(doc)];
  }
}

/** `Pick<Gate, 'a' | 'b'>` names the fields; any other parent has all of its own. */
function inherited(parent: string, links: Links): string {
  const [, base = parent, keys] = /^Pick<(\w+), (.*)>$/.exec(parent) ?? [];
  const where = links[base] ? `[\`${base}\`](${links[base].address})` : code(base);
  return keys ? `${[...keys.matchAll(/'(\w+)'/g)].map(([, key = '']) => code(key)).join(', ')} of ${where}` : `all of ${where}`;
}

const throwsOf = ({ throws }: Doc): string[] => throws.map((text) => `Throws ${text}.`);

function fieldTable({ fields }: Extract<Declaration, { kind: 'object' }>, links: Links): string {
  if (fields.length === 0) return '';
  const anyDefault = fields.some((field) => field.optional || field.doc.default !== null);
  const rows = fields.map(({ name, optional, type, doc }) => [
    code(name),
    `${code(type)}${references(type, links)}`,
    ...(anyDefault ? [doc.default ?? (optional ? '–' : 'required')] : []),
    (doc.text || (links[type]?.text ?? '')).replace(/\n+/g, ' '),
  ]);
  return table([['field', 'type', ...(anyDefault ? ['default'] : []), 'meaning'], ...rows]);
}

function forms({ forms: members }: Extract<Declaration, { kind: 'choice' }>, links: Links): string[] {
  const told = members.some(({ text }) => text !== '');
  if (!told) return [`One of\n\n${members.map(({ type }) => `- ${code(type)}${references(type, links)}`).join('\n')}`];
  return [table([['one of', 'meaning'], ...members.map(({ type, text }) => [`${code(bare(type))}${references(type, links)}`, text])])];
}

/** `(StepBase & { ... })` is told by its own part. */
const bare = (type: string): string => type.replace(/^\((?:\w+ & )?(.*)\)$/, '$1');

/** Links to the types that a type is made of. */
function references(type: string, links: Links): string {
  const named = [...new Set(type.match(/\b[A-Z]\w+\b/g) ?? [])].filter((name) => links[name] !== undefined);
  return named.length === 0 ? '' : ` (${named.map((name) => `[${name}](${links[name]?.address})`).join(', ')})`;
}

export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...others] = rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  return [head, head.map(() => '---'), ...others].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const anchor = (name: string): string => `#${name.toLowerCase()}`;
const code = (text: string): string => `\`${text}\``;
const link = (address: string): string => `<${address}>`;
