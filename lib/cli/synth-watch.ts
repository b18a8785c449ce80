import { type FSWatcher, readdirSync, type WatchEventType, watch } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import type { Io } from './command.ts';
import { printError } from './problems.ts';

/** An editor writes a file in several steps, and tells of each. */
const SETTLED_MILLISECONDS = 20;
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

/**
 * Runs at once and after every change below a folder, until the process is ended. What a run finds wrong is told, and does
 * not end it.
 * @param ignored paths of folders that runs write into
 */
export async function runOnChange(run: () => Promise<unknown>, directory: string, ignored: readonly string[], io: Io): Promise<never> {
  const folders = new Folders(directory, ['node_modules', ...ignored]);
  for (let changed: string | null = null; ; ) {
    if (io.color) io.out(CLEAR);
    if (changed !== null) io.err(`${changed} changed\n`);
    // What waits for something that never comes ends with an error only where nothing else is waited for.
    folders.unref();
    const start = performance.now();
    await run().catch((error: unknown) => printError(error, io));
    io.err(`\n${Math.round(performance.now() - start)} ms. Waiting for changes; Ctrl-C ends it.\n`);
    changed = await folders.change();
  }
}

/** Watches a folder and all in it, but for names that begin with a dot and what is ignored; a folder at a time, so that nothing in those costs anything. */
class Folders {
  readonly #root: string;
  readonly #ignored: readonly string[];
  readonly #watchers = new Map<string, FSWatcher>();
  #changed: string | null = null;
  #tell: (() => void) | null = null;

  constructor(root: string, ignored: readonly string[]) {
    this.#root = root;
    this.#ignored = ignored.map((path) => resolve(root, path));
    this.#enter(root);
  }

  unref(): void {
    for (const watcher of this.#watchers.values()) watcher.unref();
  }

  /** The file that was changed last, once nothing changes any more; also where that was before the call. */
  async change(): Promise<string> {
    for (const watcher of this.#watchers.values()) watcher.ref();
    if (this.#changed === null)
      await new Promise<void>((resolve) => {
        this.#tell = resolve;
      });
    for (let seen: string | null = null; seen !== this.#changed; await after(SETTLED_MILLISECONDS)) seen = this.#changed;
    const changed = this.#changed ?? '';
    this.#changed = null;
    this.#tell = null;
    return changed;
  }

  #enter(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const watcher = watch(folder, (event, name) => this.#note(event, folder, name ?? ''));
    // A folder that is removed.
    watcher.on('error', () => this.#leave(folder));
    this.#watchers.set(folder, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory() && !this.#isIgnored(folder, entry.name)) this.#enter(join(folder, entry.name));
  }

  /** A folder, and all below it. */
  #leave(folder: string): void {
    for (const [path, watcher] of this.#watchers)
      if (path === folder || path.startsWith(folder + sep)) {
        watcher.close();
        this.#watchers.delete(path);
      }
  }

  #note(event: WatchEventType, folder: string, name: string): void {
    if (this.#isIgnored(folder, name)) return;
    const path = join(folder, name);
    if (event === 'rename') this.#enterAgain(path);
    this.#changed = relative(this.#root, path);
    this.#tell?.();
  }

  /** What watched a folder that is removed tells nothing of another one made in its place. */
  #enterAgain(path: string): void {
    this.#leave(path);
    try {
      this.#enter(path);
    } catch {
      // A file, or gone.
      this.#leave(path);
    }
  }

  #isIgnored = (folder: string, name: string): boolean => name.startsWith('.') || this.#ignored.includes(join(folder, name));
}
