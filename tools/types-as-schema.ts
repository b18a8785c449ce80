// JSON Schema (draft 7) of a TypeScript type of this repository: every field known, nothing else allowed.
import { fileURLToPath } from 'node:url';
import * as tjs from 'typescript-json-schema';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @param file path in the repository @param type name of an exported type in it */
export function typesAsSchema(file: string, type: string): object {
  const { options } = tjs.ts.convertCompilerOptionsFromJson(
    {
      strict: true,
      exactOptionalPropertyTypes: true, // else optional types get second definitions, with undefined in them
      module: 'nodenext',
      target: 'es2023',
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    },
    ROOT,
  );
  const host = tjs.ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (name) => OPEN.get(name) ?? spellOutMaps(readFile(name));
  const program = tjs.ts.createProgram([ROOT + file], options, host);
  const schema = tjs.generateSchema(program, type, { required: true, noExtraProps: true, strictNullChecks: true, aliasRef: true });
  if (!schema) throw new Error(`${file} has no ${type} that a schema could be made of`);
  return schema;
}

/**
 * What stays an open object, by its file. A pod's spec: the strict schema of Kubernetes checks it once it is merged, and a lock
 * is read whatever Kubernetes had by then. What differs on a target: the schema of an intent checks it once it is merged.
 */
const OPEN: ReadonlyMap<string, string> = new Map([
  [
    `${ROOT}lib/intent/pod-template.ts`,
    "/** Fields of a pod's spec, as Kubernetes names them. */ export interface PodSpecAddition { readonly [field: string]: unknown }",
  ],
  [`${ROOT}lib/intent/changes.ts`, 'export type Changes<T> = { readonly [field: string]: unknown };'],
]);

/** Definitions are named after types; the converter puts paths of files before some. */
export const typeName = (name: string): string => name.replace(/^import\(.*\)\./, '');
export const typeReference = (pointer: string): string =>
  `#/definitions/${typeName(decodeURIComponent(pointer.replace('#/definitions/', '')))}`;

/** The converter understands `{ [name: string]: T }` and takes `Record<string, T>` for an object without fields. */
const spellOutMaps = (source: string | undefined): string | undefined =>
  source?.replace(/Readonly<Record<string, ([^<>]+)>>/g, '{ readonly [name: string]: $1 }');
