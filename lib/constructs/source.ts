import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type IConstruct, Node } from 'constructs';
import { ProblemError, type SourceLocation } from '../schema/index.ts';
import { asWritten, type Position, unbundled } from './source-maps.ts';

const OWN_FOLDERS = ownFolders();
const DEPTH = 24;
/** More constructs than any repository has; a loop without an end reaches it before memory does. */
const MOST_CONSTRUCTS = 250_000;

/** On the construct itself, so that every copy of this package in a program finds it. */
const SITES = Symbol.for('tidegate.sites');

/**
 * Remembers, from now on, which line of user code made each construct. Call sites are kept as they are and mapped to
 * TypeScript only when asked for. Also ends an endless loop of constructs with an error that names its line.
 * @see aws/constructs Node.addChild, which every constructor calls
 */
export function recordSources(): void {
  made = 0;
  const prototype = Node.prototype as unknown as { addChild(child: IConstruct, name: string): void; [RECORDING]?: true };
  if (prototype[RECORDING]) return;
  prototype[RECORDING] = true;
  const addChild = prototype.addChild;
  prototype.addChild = function recordAndAdd(this: Node, child, name) {
    Object.defineProperty(child, SITES, { value: callersOf(recordAndAdd) });
    if (++made > MOST_CONSTRUCTS) {
      const at = sourceOf(child);
      throw new ProblemError([
        {
          message: `more than ${MOST_CONSTRUCTS} constructs were made: a loop that does not end?`,
          ...(at ? { at } : {}),
          help: 'Look at the loop around this line.',
        },
      ]);
    }
    addChild.call(this, child, name);
  };
}

/** By the program that runs now. */
let made = 0;

const RECORDING = Symbol.for('tidegate.recording');

/**
 * The line of user code that made a construct: of all calls that led to it, the innermost one in a file of the user's.
 * Where a function of the repository wraps `new Release(...)`, that is the line in the function, which the author can
 * mend; where a package wraps it, the line that calls the package.
 * @param path a place of a release's intent, such as `traffic.hosts`, which a file that is no program can tell apart
 * @returns null where `recordSources` was not on, or no call is the user's
 */
export function sourceOf(construct: object, directory = process.cwd(), path = ''): SourceLocation | null {
  const place = placeOf(construct);
  if (place) return place(path);
  return firstOf((construct as { readonly [SITES]?: readonly NodeJS.CallSite[] })[SITES] ?? [], directory);
}

/** Who called a function of this package. */
export interface Caller {
  /** Name of the package whose code it is; null where it is the user's own. */
  readonly package: string | null;
  /** The innermost line of user code that led to it, as `sourceOf` finds it. */
  at(directory: string): SourceLocation | null;
}

/** Remembers who calls a function of this package; the line is looked up when it is asked for. */
export function callerOf(callee: (...args: never) => unknown): Caller {
  const sites = callersOf(callee);
  const file = pathOf(sites.find((site) => !isOwn(pathOf(site.getFileName() ?? '')))?.getFileName() ?? '');
  return {
    package: /^.*[/\\]node_modules[/\\](?!\.)((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(file)?.[1] ?? null,
    at: (directory) => firstOf(sites, directory),
  };
}

function firstOf(sites: readonly NodeJS.CallSite[], directory: string): SourceLocation | null {
  for (const site of sites) {
    const location = locate(site, directory);
    if (location) return location;
  }
  return null;
}

/** Says that a construct, and all in it, was written in a file that is no program, and where each place of it stands. */
export function writtenIn(construct: object, place: (path: string) => SourceLocation): void {
  Object.defineProperty(construct, PLACES, { value: place });
}

const PLACES = Symbol.for('tidegate.places');

function placeOf(construct: object): ((path: string) => SourceLocation) | null {
  // A construct that is just being made has no node yet.
  for (let scope: object | undefined = construct; scope; scope = (scope as Partial<IConstruct>).node?.scope) {
    const place = (scope as { readonly [PLACES]?: (path: string) => SourceLocation })[PLACES];
    if (place) return place;
  }
  return null;
}

/** The line of user code in an error's own stack, for errors that charts throw. */
export function sourceOfError(error: unknown, directory = process.cwd()): SourceLocation | null {
  if (!(error instanceof Error)) return null;
  for (const line of (error.stack ?? '').split('\n')) {
    const match = /(?:\(|^at (?:async )?)((?:file:\/\/)?\/[^()]+?):(\d+):(\d+)\)?$/.exec(line.trim());
    if (!match) continue;
    const location = toUser(unbundled({ file: match[1] ?? '', line: Number(match[2]), column: Number(match[3]) }), directory);
    if (location) return location;
  }
  return null;
}

/** The calls that led to a function, the nearest first. */
function callersOf(callee: (...args: never) => unknown): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = (_, calls) => calls;
  Error.stackTraceLimit = DEPTH;
  try {
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callee);
    return Array.isArray(holder.stack) ? holder.stack : [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function locate(site: NodeJS.CallSite, directory: string): SourceLocation | null {
  const file = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (!file || line === null || column === null || isOwn(pathOf(file))) return null;
  return toUser(asWritten({ file, line, column }), directory);
}

/** A place in the user's own files; null in Node, in packages and in Tidegate itself. */
function toUser({ file, line, column }: Position, directory: string): SourceLocation | null {
  const path = pathOf(file);
  if (path.startsWith('node:') || path.includes(`${sep}node_modules${sep}`) || isOwn(path)) return null;
  return { file: relative(directory, path).split(sep).join('/'), line, column };
}

const pathOf = (file: string): string => (file.startsWith('file:') ? fileURLToPath(file) : file);
const isOwn = (path: string): boolean => OWN_FOLDERS.some((folder) => path.startsWith(folder));

/** Both of `lib/` and `build/`: a bundle's frames may be seen as they are or through its source map. */
function ownFolders(): readonly string[] {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!/[/\\](?:lib|build)$/.test(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return ['lib', 'build'].map((name) => join(dirname(folder), name) + sep);
}
