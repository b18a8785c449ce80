// Reads types and functions with their doc comments out of TypeScript, for the pages of docs/reference.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Doc {
  /** Paragraphs, each on one line; indented code is kept as it is. */
  readonly text: string;
  readonly default: string | null;
  readonly throws: readonly string[];
  readonly see: readonly string[];
}

export interface Field {
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
  readonly doc: Doc;
}

export type Declaration =
  | {
      readonly kind: 'object';
      readonly name: string;
      readonly doc: Doc;
      readonly fields: readonly Field[];
      readonly parents: readonly string[];
    }
  | { readonly kind: 'choice'; readonly name: string; readonly doc: Doc; readonly forms: readonly Form[] }
  | { readonly kind: 'alias'; readonly name: string; readonly doc: Doc; readonly type: string }
  | { readonly kind: 'function'; readonly name: string; readonly doc: Doc; readonly signature: string; readonly types: readonly string[] };

/** One member of a union. */
export interface Form {
  readonly type: string;
  readonly text: string;
}

/** Where the words of an intent are declared. */
export const INTENT = ['release', 'workload', 'traffic', 'strategy', 'gate', 'migration', 'flag', 'remedy', 'notification'].map(
  (name) => `lib/intent/${name}.ts`,
);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What files declare at their top level, in the order of the files; paths are those in the repository. */
export function declarationsOf(files: readonly string[]): readonly Declaration[] {
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(`${ROOT}/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
    return source.statements.flatMap((statement) => declaration(statement) ?? []);
  });
}

/** Names and files that a barrel such as templates/index.ts exports, in its order. */
export function exportsOf(file: string): readonly { readonly file: string; readonly names: readonly string[] }[] {
  const source = ts.createSourceFile(file, readFileSync(`${ROOT}/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier || !statement.exportClause) return [];
    if (!ts.isNamedExports(statement.exportClause) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    const names = statement.exportClause.elements.map((element) => element.name.text);
    return [{ file: folder + statement.moduleSpecifier.text.replace('./', ''), names }];
  });
}

function declaration(node: ts.Statement): Declaration | null {
  if (ts.isInterfaceDeclaration(node)) {
    const parents = (node.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => plain(type.getText())));
    return { kind: 'object', name: node.name.text, doc: docOf(node), fields: fieldsOf(node.members), parents };
  }
  if (ts.isTypeAliasDeclaration(node)) {
    const { name, type } = node;
    const base = { name: name.text, doc: docOf(node) };
    if (ts.isTypeLiteralNode(type)) return { kind: 'object', ...base, fields: fieldsOf(type.members), parents: [] };
    if (ts.isUnionTypeNode(type)) return { kind: 'choice', ...base, forms: formsOf(type) };
    return { kind: 'alias', ...base, type: literalsOf(type.getText(), node.getSourceFile()) ?? plain(type.getText()) };
  }
  if (ts.isFunctionDeclaration(node) && node.name && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) {
    const parameters = node.parameters.map((parameter) => signatureOf(parameter));
    const types = node.parameters.flatMap(({ type }) => (type ? [plain(type.getText())] : []));
    const signature = `${node.name.text}(${parameters.join(', ')}): ${plain(node.type?.getText() ?? 'void')}`;
    return { kind: 'function', name: node.name.text, doc: docOf(node), signature, types };
  }
  return null;
}

/** `(typeof NAMES)[number]` is the texts of `const NAMES = [...]`; null for any other type. */
function literalsOf(type: string, source: ts.SourceFile): string | null {
  const list = /^\(typeof (\w+)\)\[number\]$/.exec(type)?.[1];
  const written = list === undefined ? null : new RegExp(`const ${list} = \\[([^\\]]*)\\]`).exec(source.text);
  return written?.[1] === undefined ? null : written[1].replaceAll(',', ' |');
}

/** A parameter as a caller sees it: a pattern that takes an object apart is `options`. */
function signatureOf({ name, type, initializer, dotDotDotToken, questionToken }: ts.ParameterDeclaration): string {
  const written = ts.isIdentifier(name) ? name.text : 'options';
  const optional = initializer !== undefined || questionToken !== undefined ? '?' : '';
  return `${dotDotDotToken ? '...' : ''}${written}${optional}: ${plain(type?.getText() ?? 'unknown')}`;
}

function fieldsOf(members: readonly ts.TypeElement[]): Field[] {
  return members.flatMap((member) => {
    if (ts.isMethodSignature(member)) {
      const text = plain(member.getText().replace(/;$/, ''));
      return [{ name: text.slice(0, text.indexOf('(')), optional: false, type: text.slice(text.indexOf('(')), doc: docOf(member) }];
    }
    if (!ts.isPropertySignature(member) || !member.type) return [];
    const optional = member.questionToken !== undefined;
    return [{ name: member.name.getText(), optional, type: plain(member.type.getText()), doc: docOf(member) }];
  });
}

/** A comment before the bar of a member is the member's. */
function formsOf(union: ts.UnionTypeNode): Form[] {
  const source = union.getSourceFile().text;
  return union.types.map((type, index) => {
    const before = union.types[index - 1];
    const comments = ts.getLeadingCommentRanges(source, before ? before.end : union.pos) ?? [];
    const text = comments
      .map(({ pos, end }) =>
        source
          .slice(pos, end)
          .replace(/^\/\*\*?|\*\/$/g, '')
          .replace(/^\s*\* ?/gm, ''),
      )
      .join(' ');
    return { type: plain(type.getText()), text: flow(text) };
  });
}

function docOf(node: ts.Node): Doc {
  const tags = ts.getJSDocTags(node);
  const tagged = (name: string) =>
    tags.filter(({ tagName }) => tagName.text === name).map(({ comment }) => flow(ts.getTextOfJSDocComment(comment) ?? ''));
  const comment = ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
    .join('\n\n');
  // `@throws` and `@see` are read as they stand: TypeScript takes their first word for a type or a name.
  const raw = (name: string) =>
    [...node.getFullText().matchAll(new RegExp(`@${name} ([^@]*?)(?=\\n\\s*\\* @|\\s*\\*/)`, 'g'))].map(([, text = '']) =>
      flow(text.replace(/^\s*\* ?/gm, '')),
    );
  const own = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) ? [] : null;
  return {
    text: comment
      .split(/\n\s*\n/)
      .map((paragraph) => (/^ {4}/.test(paragraph) ? paragraph : flow(paragraph)))
      .filter(Boolean)
      .join('\n\n'),
    default: tagged('default')[0] ?? null,
    throws: own ?? raw('throws'),
    see: own ?? raw('see'),
  };
}

const flow = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A type for readers: nothing here can be written to, so that is not said each time. */
const plain = (type: string): string =>
  flow(type.replace(/\/\*\*.*?\*\//gs, ''))
    .replace(/\breadonly /g, '')
    .replace(/\bReadonly<((?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*)>/g, '$1')
    .replace(/;(?= \})/g, '')
    .replace(/;/g, ',');
