// lib/cli/explained.json: the doc comments of intents and steps, for `tidegate explain`.
import type { Explained, ExplainedField, ExplainedType } from '../../lib/cli/explained.ts';
import { type Declaration, declarationsOf, type Field, INTENT } from './declarations.ts';
import { type LiteralField, literalFields } from './literal-fields.ts';

const PLAN = ['plan/plan', 'gates/gate', 'intent/resolved', 'intent/traffic', 'intent/gate', 'intent/migration'].map(
  (name) => `lib/${name}.ts`,
);

export function explained(): string {
  const content: Explained = { steps: steps(), types: typesOf(INTENT), plan: reachable(typesOf(PLAN), 'Plan') };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** Types, and below each what its fields spell out, under the name of the field: `Resources.requests`. */
const typesOf = (files: readonly string[]): readonly ExplainedType[] =>
  declarationsOf(files)
    .filter(({ kind }) => kind !== 'function')
    .map(typeOf)
    .flatMap((type) => [type, ...type.fields.flatMap((field) => spelledOut(`${type.name}.${field.name}`, field.type))]);

function spelledOut(name: string, type: string): readonly ExplainedType[] {
  const fields = literalFields(type).map(plainField);
  if (fields.length === 0) return [];
  return [{ name, text: '', refers: [], fields }, ...fields.flatMap((field) => spelledOut(`${name}.${field.name}`, field.type))];
}

const plainField = ({ name, type, optional }: LiteralField): ExplainedField => ({
  name,
  type,
  default: null,
  required: !optional,
  text: '',
});

/** The types that one is made of. */
function reachable(types: readonly ExplainedType[], root: string): readonly ExplainedType[] {
  const wanted = new Set<string>();
  const visit = (name: string): void => {
    const own = types.filter((type) => type.name === name || type.name.startsWith(`${name}.`));
    if (wanted.has(name) || own.length === 0) return;
    wanted.add(name);
    for (const used of JSON.stringify(own).match(/\b[A-Z]\w+\b/g) ?? []) visit(used);
  };
  visit(root);
  return types.filter(({ name }) => wanted.has(name.split('.')[0] ?? ''));
}

function typeOf(declaration: Declaration): ExplainedType {
  const { name, doc } = declaration;
  switch (declaration.kind) {
    case 'object':
      return { name, text: doc.text, refers: declaration.parents, fields: declaration.fields.map(fieldOf) };
    case 'choice':
      return {
        name,
        text: doc.text,
        refers: declaration.forms.map(({ type }) => type),
        fields: literalFields(declaration.forms.map(({ type }) => type).join(' | ')).map(plainField),
      };
    case 'alias':
    case 'function':
      return { name, text: doc.text, refers: declaration.kind === 'alias' ? [declaration.type] : [], fields: [] };
  }
}

const fieldOf = ({ name, type, optional, doc }: Field) => ({
  name,
  type,
  default: doc.default,
  required: !optional && doc.default === null,
  text: doc.text,
});

function steps(): Explained['steps'] {
  const step = declarationsOf(['lib/plan/plan.ts']).find(({ name }) => name === 'Step');
  if (step?.kind !== 'choice') throw new Error('lib/plan/plan.ts has no union Step');
  return step.forms.map(({ type, text }) => {
    const [, name = '', fields = ''] = /kind: '(\w+)'(?:, (.*?))? \}\)$/.exec(type) ?? [];
    return { name, text, fields };
  });
}
