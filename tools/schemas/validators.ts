// Reads the JSON Schemas back out of the precompiled validators of the kubernetes-models packages. The packages carry no
// schemas as data, and their typings have lost integers, patterns and bounds; the validators' error literals have kept them.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Schema } from './schema.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** What to do with a schema that stands in a file of its own, such as `IoK8sApiCoreV1PodSpec`. */
export type RefineNamed = (name: string, schema: Schema) => Schema;

/** The schema that the validator `package/_schemas/<name>` checks, with every reference resolved and inlined. */
export function readValidator(specifier: string, refine: RefineNamed): Schema {
  const seen = new Map<string, Schema>();
  const read = (file: string): Schema => {
    const known = seen.get(file);
    if (known) return structuredClone(known);
    const name = file.slice(file.lastIndexOf('/') + 1, -'.js'.length);
    const schema = refine(name, new ValidatorFile(file, read).schema());
    seen.set(file, schema);
    return structuredClone(schema);
  };
  return read(resolve(specifier, MODULES));
}

/** The file that an import means. By path, since the packages do not export their validators to the outside; across packages they omit `.js`. */
function resolve(specifier: string, importer: string): string {
  const file = specifier.startsWith('.') ? join(dirname(importer), specifier) : join(MODULES, specifier);
  return file.endsWith('.js') ? file : `${file}.js`;
}

/** One validator file: `validateN` functions, one per subschema, that push error literals and call each other. */
class ValidatorFile {
  private readonly file: string;
  private readonly read: (file: string) => Schema;
  private readonly functions = new Map<string, ts.FunctionDeclaration>();
  private readonly imports = new Map<string, string>();
  private readonly values = new Map<string, unknown>();
  private root = '';

  constructor(file: string, read: (file: string) => Schema) {
    this.file = file;
    this.read = read;
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
    for (const statement of source.statements) this.declare(statement);
  }

  schema(): Schema {
    return this.subschema(this.root);
  }

  private declare(statement: ts.Statement): void {
    if (ts.isFunctionDeclaration(statement) && statement.name) this.functions.set(statement.name.text, statement);
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const bindings = statement.importClause?.namedBindings;
      if (!bindings || !ts.isNamedImports(bindings)) return;
      for (const { name } of bindings.elements) this.imports.set(name.text, statement.moduleSpecifier.text);
    }
    if (!ts.isVariableStatement(statement)) return;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (!ts.isIdentifier(name) || !initializer) continue;
      if (name.text === 'validate' && ts.isIdentifier(initializer)) this.root = initializer.text;
      else if (name.text.endsWith('_enum')) this.values.set(name.text, this.literal(initializer));
    }
  }

  private subschema(name: string): Schema {
    const imported = this.imports.get(name);
    if (imported !== undefined) return this.read(resolve(imported, this.file));
    const body = this.functions.get(name)?.body;
    if (!body) throw new Error(`${this.file} calls ${name}, which it does not declare`);

    const schema: Schema = {};
    const same: Schema[] = [];
    const properties: Record<string, Schema> = {};
    let union: 'oneOf' | 'anyOf' | 'not' | null = null;
    const walk = (node: ts.Node): void => {
      if (ts.isObjectLiteralExpression(node)) {
        const error = this.literal(node) as { keyword?: string; params?: Record<string, unknown> };
        if (error.keyword === undefined) return;
        if (error.keyword === 'oneOf' || error.keyword === 'anyOf' || error.keyword === 'not') {
          if (union) throw new Error(`${this.file}: ${name} has both ${union} and ${error.keyword}`);
          union = error.keyword;
        } else this.addKeyword(schema, error.keyword, error.params ?? {});
        return;
      }
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && this.isValidator(node.expression.text)) {
        const part = this.subschema(node.expression.text);
        const [subject] = node.arguments;
        if (!subject) throw new Error(`${this.file}: ${name} calls ${node.expression.text} with nothing`);
        if (ts.isIdentifier(subject)) same.push(part);
        else if (ts.isPropertyAccessExpression(subject)) properties[subject.name.text] = part;
        else if (ts.isElementAccessExpression(subject)) {
          const key = subject.argumentExpression;
          if (ts.isStringLiteral(key)) properties[key.text] = part;
          else if (key.getText().startsWith('key')) schema.additionalProperties = part;
          else schema.items = part;
        }
        return;
      }
      ts.forEachChild(node, walk);
    };
    walk(body);

    if (Object.keys(properties).length > 0) schema.properties = properties;
    if (union === 'not') return { ...schema, not: combine({}, same) };
    if (union) return { ...schema, [union]: same };
    return combine(schema, same);
  }

  private isValidator(name: string): boolean {
    return /^validate\d+$/.test(name) && (this.functions.has(name) || this.imports.has(name));
  }

  private addKeyword(schema: Schema, keyword: string, params: Record<string, unknown>): void {
    switch (keyword) {
      case 'type':
        schema.type = String(params.type);
        return;
      case 'required':
        schema.required = [...(schema.required ?? []), String(params.missingProperty)];
        return;
      case 'enum':
        schema.enum = params.allowedValues as unknown[];
        return;
      case 'format':
        schema.format = String(params.format);
        return;
      case 'pattern':
        schema.pattern = String(params.pattern);
        return;
      case 'minimum':
      case 'maximum':
      case 'minLength':
      case 'maxLength':
      case 'minItems':
      case 'maxItems':
      case 'minProperties':
      case 'maxProperties':
        schema[keyword] = Number(params.limit);
        return;
      default:
        throw new Error(`${this.file} checks the keyword ${keyword}, which the generator does not know yet`);
    }
  }

  /** Literals as values; anything computed, such as `instancePath`, as undefined. */
  private literal(node: ts.Expression): unknown {
    if (ts.isStringLiteral(node)) return node.text;
    if (ts.isNumericLiteral(node)) return Number(node.text);
    if (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)) return -Number(node.operand.text);
    if (ts.isIdentifier(node)) return this.values.get(node.text);
    if (ts.isArrayLiteralExpression(node)) return node.elements.map((element) => this.literal(element));
    if (!ts.isObjectLiteralExpression(node)) return undefined;
    return Object.fromEntries(
      node.properties.filter(ts.isPropertyAssignment).map(({ name, initializer }) => [name.getText(), this.literal(initializer)]),
    );
  }
}

/** A schema and others for the same value: properties side by side, conditions collected, otherwise the schema's own word. */
function combine(schema: Schema, others: readonly Schema[]): Schema {
  let result = schema;
  for (const { properties, required, oneOf, anyOf, not, allOf, ...rest } of others) {
    const condition: Schema = { ...(oneOf && { oneOf }), ...(anyOf && { anyOf }), ...(not && { not }) };
    const conditions = [...(result.allOf ?? []), ...(allOf ?? []), ...(Object.keys(condition).length > 0 ? [condition] : [])];
    const needed = [...new Set([...(result.required ?? []), ...(required ?? [])])];
    result = {
      ...rest,
      ...result,
      ...(properties && { properties: { ...properties, ...result.properties } }),
      ...(needed.length > 0 && { required: needed }),
      ...(conditions.length > 0 && { allOf: conditions }),
    };
  }
  return result;
}
