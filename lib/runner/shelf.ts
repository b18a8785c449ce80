import { versionOf } from './json.ts';

/** Objects as they were last seen, by key; what is older than what is there is not put. */
export class Shelf {
  readonly #entries = new Map<string, { readonly object: unknown; readonly put: number; seen: { by: unknown; view: unknown } | null }>();
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
    const before = this.object(key);
    if (this.#entries.has(key) && (isOlder(object, before) || versionOf(object) === versionOf(before))) return false;
    this.set(key, object);
    return true;
  }

  /**
   * What a read found that began at `stamp`: it is the truth, unless something newer was told since. Of an object that was
   * not there yet nobody tells twice; of one that is gone a watch tells again.
   */
  read(key: string, object: unknown, stamp: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.put > stamp && (object === null || isOlder(object, entry.object))) return;
    if (entry === undefined || versionOf(entry.object) !== versionOf(object)) this.set(key, object);
  }

  private set(key: string, object: unknown): void {
    this.#entries.set(key, { object, put: ++this.#puts, seen: null });
  }
}

/** Versions are texts without meaning, but for numbers, which every API server in use counts up: an object made anew has a later one. */
function isOlder(object: unknown, than: unknown): boolean {
  const [version, other] = [versionOf(object), versionOf(than)];
  return /^\d+$/.test(version) && /^\d+$/.test(other) && BigInt(version) < BigInt(other);
}
