import { versionOf } from './json.ts';

interface Entry {
  readonly object: unknown;
  /** The latest that was there. */
  readonly version: string;
  /** Whether a read found it gone: a watch may say so of a time before it was there. */
  gone: boolean;
  readonly put: number;
  seen: { by: unknown; view: unknown } | null;
}

/** Objects as they were last seen, by key; what is older than what is there is not put. */
export class Shelf {
  readonly #entries = new Map<string, Entry>();
  #puts = 0;

  /** Grows with each change. */
  get stamp(): number {
    return this.#puts;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  object(key: string): unknown {
    return this.#entries.get(key)?.object ?? null;
  }

  /** The object as `look` sees it, computed once for each version and reading. */
  view<Reading, View>(key: string, look: (object: unknown, reading: Reading) => View, reading: Reading): View {
    const entry = this.#entries.get(key);
    if (entry === undefined) return look(null, reading);
    if (entry.seen?.by !== reading) entry.seen = { by: reading, view: look(entry.object, reading) };
    return entry.seen.view as View;
  }

  /** What a watch or an answer to a write told: the two arrive in any order. Returns whether it is news. */
  put(key: string, object: unknown): boolean {
    const entry = this.#entries.get(key);
    if (entry && (isPast(object, entry) || versionOf(object) === versionOf(entry.object))) return false;
    this.set(key, object);
    return true;
  }

  /**
   * What a read found that began at `stamp`: it is the truth, unless something newer was told since. Of an object that was
   * not there yet nobody tells twice; of one that is gone a watch tells again.
   */
  read(key: string, object: unknown, stamp: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.put > stamp && (object === null || isPast(object, entry))) return;
    if (entry === undefined || versionOf(entry.object) !== versionOf(object)) this.set(key, object, object === null);
    else entry.gone = object === null;
  }

  private set(key: string, object: unknown, gone = false): void {
    const version = versionOf(object) || (this.#entries.get(key)?.version ?? '');
    this.#entries.set(key, { object, version, gone, put: ++this.#puts, seen: null });
  }
}

/** Older than what is there, or what was found gone: a watch that lags brings it once more. */
function isPast(object: unknown, { object: known, version, gone }: Entry): boolean {
  const own = versionOf(object);
  return isOlder(own, versionOf(known)) || (gone && own !== '' && (own === version || isOlder(own, version)));
}

/** Versions are texts without meaning, but for numbers, which every API server in use counts up: an object made anew has a later one. */
const isOlder = (version: string, than: string): boolean => /^\d+$/.test(version) && /^\d+$/.test(than) && BigInt(version) < BigInt(than);
