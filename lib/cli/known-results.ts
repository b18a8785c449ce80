import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { hashOf } from '../output/on-disk.ts';

/** What a run has found, for the next one with the same inputs: nothing forbade to write this output. */
export interface KnownResult<Told> {
  /** One hash of all files that it gives. */
  readonly output: string;
  readonly told: Told;
}

/** More than anybody works on in turns; the oldest go. */
const MOST = 20;

/**
 * Results of earlier runs, by what they follow from, in the person's own cache folder: never in the repository, where they
 * could be committed, and believed by whoever checks it. Whatever does not read as it was written is not there, and where
 * nothing can be written nothing is kept.
 */
export class KnownResults<Told> {
  readonly #folder: string | null = cacheFolder();

  /** @returns null where nothing is known */
  of(inputs: string): KnownResult<Told> | null {
    if (this.#folder === null) return null;
    try {
      const [seal, text = ''] = readFileSync(join(this.#folder, inputs), 'utf8').split('\n');
      return seal === sealOf(inputs, text) ? (JSON.parse(text) as KnownResult<Told>) : null;
    } catch {
      return null;
    }
  }

  keep(inputs: string, result: KnownResult<Told>): void {
    if (this.#folder === null) return;
    const fresh = join(this.#folder, `${inputs}.${pid}`);
    const text = JSON.stringify(result);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(fresh, `${sealOf(inputs, text)}\n${text}`, { mode: 0o600 });
      renameSync(fresh, join(this.#folder, inputs));
      removeOldest(this.#folder);
    } catch {
      // A folder that may not be written to, or a full disk.
      removeIfThere(fresh);
    }
  }
}

const sealOf = (inputs: string, text: string): string => hashOf(`${inputs}\n${text}`);

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
function cacheFolder(): string | null {
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tidegate');
  } catch {
    return null;
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where nothing can be written, nothing is there.
  }
}

function removeOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MOST) return;
  const written = names.map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }));
  for (const { path } of written.sort((a, b) => b.at - a.at).slice(MOST)) rmSync(path, { force: true });
}
