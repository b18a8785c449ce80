// lib/cli/explained.json: the doc comments of intents and steps, for `tidegate explain`.
import type { Explained, ExplainedType } from '../../lib/cli/explained.ts';
import { type Declaration, declarationsOf, type Field } from './declarations.ts';

const INTENT = ['release', 'workload', 'traffic', 'strategy', 'gate', 'migration', 'flag'].map((name) => `lib/intent/${name}.ts`);

export function explained(): string {
  const declarations = declarationsOf(INTENT).filter(({ kind }) => kind !== 'function');
  const content: Explained = { steps: steps(), types: declarations.map(typeOf) };
  return `${JSON.stringify(content, null, 1)}\n`;
}

function typeOf(declaration: Declaration): ExplainedType {
  const { name, doc } = declaration;
  switch (declaration.kind) {
    case 'object':
      return { name, text: doc.text, refers: declaration.parents, fields: declaration.fields.map(fieldOf) };
    case 'choice':
      return { name, text: doc.text, refers: declaration.forms.map(({ type }) => type), fields: [] };
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
