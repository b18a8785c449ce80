// Builds the JSON Schema of a lock file from its TypeScript types: closed, but for Kubernetes objects.
import { fileURLToPath } from 'node:url';
import * as tjs from 'typescript-json-schema';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The text of lib/lock/lock.schema.json. */
export function lockSchema(): string {
  const settings = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const { options } = tjs.ts.convertCompilerOptionsFromJson({ ...settings, exactOptionalPropertyTypes: true, types: [] }, ROOT);
  const host = tjs.ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (file) => spellOutMaps(readFile(file));
  const program = tjs.ts.createProgram([`${ROOT}lib/lock/lock.ts`], options, host);
  const schema = tjs.generateSchema(program, 'Lock', { required: true, noExtraProps: true, strictNullChecks: true, aliasRef: true });
  if (!schema) throw new Error('lib/lock/lock.ts has no Lock that a schema could be made of');
  return `${JSON.stringify(tidy(schema), null, 1)}\n`;
}

/** The converter understands `{ [name: string]: T }` and takes `Record<string, T>` for an object without fields. */
const spellOutMaps = (source: string | undefined): string | undefined =>
  source?.replace(/Readonly<Record<string, ([^<>]+)>>/g, '{ readonly [name: string]: $1 }');

/** Definitions by the names of their types, without paths; no words, since nobody edits a lock. */
function tidy(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(tidy);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => typeof value !== 'string' || (key !== 'description' && key !== 'default'))
      .map(([key, value]) => [typeName(key), key === '$ref' ? reference(String(value)) : tidy(value)]),
  );
}

const typeName = (name: string): string => name.replace(/^import\(.*\)\./, '');
const reference = (pointer: string): string => `#/definitions/${typeName(decodeURIComponent(pointer.replace('#/definitions/', '')))}`;
