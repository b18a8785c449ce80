// Fields of the object types that a type spells out, such as `{ http: { url: string } } | { container: Container }`.
import ts from 'typescript';

export interface LiteralField {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
}

/** Those of the outermost ones; of several that have a field of one name, one with the types of all. */
export function literalFields(type: string): readonly LiteralField[] {
  const source = ts.createSourceFile('type.ts', `type Written = ${type};`, ts.ScriptTarget.Latest, true);
  const found = new Map<string, LiteralField>();
  const visit = (node: ts.Node): void => {
    if (!ts.isTypeLiteralNode(node)) {
      ts.forEachChild(node, visit);
      return;
    }
    for (const member of node.members) {
      if (!ts.isPropertySignature(member) || !member.type) continue;
      const [name, written] = [member.name.getText(), member.type.getText()];
      const known = found.get(name);
      const types = known === undefined ? [] : known.type.split(' | ');
      const type = (types.includes(written) ? types : [...types, written]).join(' | ');
      found.set(name, { name, type, optional: member.questionToken !== undefined });
    }
  };
  visit(source);
  return [...found.values()];
}
