import type { SourceLocation } from '../schema/index.ts';
import type { Fields, Laying } from './lay-over.ts';

/** Something that an intent was composed of, beside what the release itself says. */
export interface Layer {
  /** As messages name it: `the defaults`, `mixin 'otel' of @team/delivery`. */
  readonly name: string;
  /** Where a place of it, such as `traffic.hosts`, is written in the repository; null where a package has it. */
  place(path: string): SourceLocation | null;
}

/** A layer by its name and, where it is in the repository, its place. */
export function spelled(layer: Layer, path = ''): string {
  const at = layer.place(path);
  return at === null ? layer.name : `${layer.name} (${at.file}:${at.line})`;
}

/** Which layer each part of a composed intent came from; null stands for the release itself. */
export class Origins {
  readonly #known = new Map<string, Layer | null>();

  /** @param all where everything comes from that is not told otherwise */
  constructor(all: Layer | null) {
    this.#known.set('', all);
  }

  /** For another intent that begins with the same. */
  copy(): Origins {
    const copy = new Origins(null);
    for (const [place, layer] of this.#known) copy.#known.set(place, layer);
    return copy;
  }

  /** The layer of what stands at a place, or of what it is in. */
  of(place: readonly string[]): Layer | null {
    for (let length = place.length; length > 0; length--) {
      const known = this.#known.get(key(place.slice(0, length)));
      if (known !== undefined) return known;
    }
    return this.#known.get('') ?? null;
  }

  /** What stands at a place, and in it, comes from this layer. */
  take(place: readonly string[], layer: Layer | null): void {
    const within = `${key(place)}\0`;
    for (const known of this.#known.keys()) if (known.startsWith(within)) this.#known.delete(known);
    this.#known.set(key(place), layer);
  }

  /** A map has something of another layer as well: what is wrong with the whole is told of the nearer one. */
  share(place: readonly string[], present: Fields, nearer: Layer | null): void {
    for (const name of Object.keys(present)) {
      const inner = [...place, name];
      if (!this.#known.has(key(inner))) this.#known.set(key(inner), this.of(inner));
    }
    this.#known.set(key(place), nearer);
  }

  /** How laying something of a layer over what is known so far is noted here. */
  noting(layer: Layer | null): Pick<Laying, 'taken' | 'shared'> {
    return {
      taken: (place) => this.take(place, layer),
      shared: (place, below) => this.share(place, below, layer),
    };
  }
}

const key = (place: readonly string[]): string => place.map((segment) => `\0${segment}`).join('');

/** On a composed intent itself, out of sight of what reads its fields, so that every copy of this package finds it. */
const ORIGINS = Symbol.for('tidegate.origins');

/** Notes what a composed intent is made of. */
export function withOrigins<T extends object>(intent: T, origins: Origins): T {
  return Object.defineProperty(intent, ORIGINS, { value: origins });
}

/** What an intent is made of; of one that nobody composed, the release alone. */
export const originsOf = (intent: unknown): Origins => (Object(intent) as { readonly [ORIGINS]?: Origins })[ORIGINS] ?? new Origins(null);
