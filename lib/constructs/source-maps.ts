import { findSourceMap, SourceMap } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A place in a file. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Remembers the map of what was bundled in this process. Node would do so as well, but then it reads the map of every
 * module that is loaded from then on, and writes every stack by them.
 */
export function rememberMap(bundle: string, map: string): void {
  maps().set(bundle, { text: map, read: null });
}

/** Where a place of a remembered bundle was written; any other place is where it is. */
export function unbundled(at: Position): Position {
  const bundle = at.file.startsWith('file:') ? fileURLToPath(at.file) : at.file;
  const known = maps().get(bundle);
  if (!known) return at;
  known.read ??= readMap(known.text, bundle);
  return original(known.read, at);
}

/** The same, of a call site, which whoever loaded the file may have compiled as well, such as tsx under `cdk8s synth`. */
export function asWritten(at: Position): Position {
  const map = findSourceMap(at.file);
  return map ? original(map, at) : unbundled(at);
}

function original(map: SourceMap, at: Position): Position {
  const entry = map.findEntry(at.line - 1, at.column - 1);
  if (!('originalSource' in entry) || !entry.originalSource) return at;
  return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

function readMap(text: string, bundle: string): SourceMap {
  const map = JSON.parse(text);
  return new SourceMap({ ...map, sources: map.sources.map((source: string) => new URL(source, pathToFileURL(bundle)).href) });
}

/** By their paths; shared by every copy of this package. */
const MAPS = Symbol.for('tidegate.maps');

function maps(): Map<string, { readonly text: string; read: SourceMap | null }> {
  const shared = globalThis as { [MAPS]?: ReturnType<typeof maps> };
  shared[MAPS] ??= new Map();
  return shared[MAPS];
}
