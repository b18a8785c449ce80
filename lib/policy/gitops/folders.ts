import { at, listAt, textAt } from '../shape.ts';

/** A folder as its names, from the root of its repository. */
export type Folder = readonly string[];

/** A parameter of an ApplicationSet. */
const PARAMETER = /\{\{-?\s*\.?([\w.]+)\s*-?\}\}/;

/** The folder of a path, as far as it is known: what a template or a pattern fills in may be anything. */
export function folderAt(path: string): Folder {
  const names = namesOf(path);
  const unknown = names.findIndex((name) => /[*{$]|^\.\.$/.test(name));
  return unknown < 0 ? names : names.slice(0, unknown);
}

/**
 * Whether a file in folder `file` is applied by what lies in `by` and tells to apply `folder`. Files are named from where
 * the linter runs, which may be in a folder of the repository or above it.
 */
export function isIn(folder: Folder, file: string, by: string): boolean {
  const names = namesOf(file);
  // What is piped in lies in no folder, so nothing speaks against it.
  if (folder.length === 0 || names.length === 0) return true;
  if (folder.some((_, start) => begins(names, folder.slice(start)))) return true;
  const isOutside = names[0] === '..' || file.startsWith('/');
  return names.some((_, start) => begins(names.slice(start), folder) && (isOutside || begins(namesOf(by), names.slice(0, start))));
}

/** Each value that the generators say for the first parameter of a path; the path as it is where they do not. */
export function filledIn(path: string, generators: readonly unknown[]): readonly string[] {
  const [parameter, name] = PARAMETER.exec(path) ?? [];
  if (parameter === undefined || name === undefined) return [path];
  const values = generators.flatMap((generator) => valuesIn(generator, name));
  return values.length === 0 ? [path] : values.map((value) => path.replace(parameter, () => value));
}

function valuesIn(generator: unknown, name: string): readonly string[] {
  const nested = ['matrix', 'merge'].flatMap((kind) => listAt(generator, kind, 'generators'));
  const listed = listAt(generator, 'list', 'elements').map((element) => textAt(element, ...name.split('.')));
  const found = ['path', 'path.path'].includes(name)
    ? listAt(generator, 'git', 'directories').map((one) => (at(one, 'exclude') === true ? null : textAt(one, 'path')))
    : [];
  return [...listed, ...found].filter((value) => value !== null).concat(nested.flatMap((one) => valuesIn(one, name)));
}

const namesOf = (path: string): Folder => path.split('/').filter((name) => name !== '' && name !== '.');

const begins = (whole: Folder, start: Folder): boolean =>
  start.length <= whole.length && start.every((name, index) => whole[index] === name);
