import type { IntentDocument } from '../intent/document.ts';
import type { Layer } from '../intent/layers.ts';
import type { Mixin, MixinParts } from '../intent/mixin.ts';
import type { ReleaseIntent } from '../intent/release.ts';
import { partProblems } from '../intent/validate.ts';
import { type Json, nearest, type Problem, ProblemError } from '../schema/index.ts';
import { asMixin, type Composition, laid } from './compose.ts';

/** A document, and what a program would have written instead. */
interface Made {
  readonly document: IntentDocument;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Defaults and mixins that YAML has by name, for the intents of the same charts. */
export class WrittenLayers {
  readonly #made: readonly Made[];
  readonly #problems: Problem[];
  readonly #mixins: ReadonlyMap<string, Mixin>;
  /** Defaults that something lies on. */
  readonly #used = new Set<IntentDocument>();

  /** @param problems where what is wrong is told */
  constructor(made: readonly Made[], problems: Problem[]) {
    this.#made = made;
    this.#problems = problems;
    for (const kind of ['ReleaseDefaults', 'ReleaseMixin'] as const) this.#requireUnique(this.#of(kind));
    this.#mixins = new Map(this.#of('ReleaseMixin').map((one): [string, Mixin] => [one.document.name, this.#mixinOf(one)]));
    // Whoever uses them: a name that nobody has is wrong.
    for (const mixin of this.#mixins.values()) mixin.includes();
  }

  /** What an intent says, laid over its defaults, with its mixins. */
  intentOf(document: IntentDocument, value: Made['value']): ReleaseIntent & Composition {
    return this.#composed({ document, value }, null, []) as unknown as ReleaseIntent & Composition;
  }

  /** What is wrong with defaults that no intent has been laid on: nobody else tells. */
  checkUnused(): void {
    const unused = this.#of('ReleaseDefaults').filter(({ document }) => !this.#used.has(document));
    for (const one of unused) {
      const { defaults: _, mixins: __, ...own } = one.value;
      this.#problems.push(...partProblems(own as Json).map((problem) => placed(problem, one.document)));
      if (!this.#used.has(one.document)) this.#layerOf(one, []);
    }
  }

  #of(kind: IntentDocument['kind']): readonly Made[] {
    return this.#made.filter(({ document }) => document.kind === kind);
  }

  /** @param trail documents that are laid over this one */
  #composed({ document, value }: Made, layer: Layer | null, trail: readonly IntentDocument[]): object {
    const { defaults, mixins, ...own } = value;
    const below = defaults === undefined ? {} : this.#defaultsOf(String(defaults), [...trail, document]);
    const words = { ...own, ...(mixins === undefined ? {} : { mixins: this.#named(mixins, document, 'mixins') }) };
    if (layer === null && defaults === undefined) return words;
    try {
      return laid(words, below, layer);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#problems.push(...error.problems.map((problem) => placed(problem, document)));
      return words;
    }
  }

  #defaultsOf(name: string, trail: readonly IntentDocument[]): object {
    const from = trail.at(-1) as IntentDocument;
    const all = this.#of('ReleaseDefaults');
    const found = all.find(({ document }) => document.name === name);
    const start = found === undefined ? -1 : trail.indexOf(found.document);
    if (found && start < 0) return this.#layerOf(found, trail);
    const circle = [...trail.slice(start).map((document) => document.name), name].join(' -> ');
    const message = found
      ? `defaults lie under one another: ${circle}.`
      : unknown(
          'ReleaseDefaults',
          name,
          all.map(({ document }) => document.name),
        );
    this.#problems.push(placed({ message, path: 'defaults' }, from));
    return {};
  }

  #layerOf(made: Made, trail: readonly IntentDocument[]): object {
    this.#used.add(made.document);
    return this.#composed(made, layerOf(made.document, `defaults '${made.document.name}'`), trail);
  }

  #mixinOf({ document, value }: Made): Mixin {
    const { includes, ...parts } = value;
    const layer = layerOf(document, `mixin '${document.name}'`);
    let included: readonly Mixin[] | null = null;
    return asMixin({
      name: document.name,
      parts: parts as MixinParts,
      includes: () => (included ??= this.#named(includes ?? [], document, 'includes')),
      layer,
    });
  }

  #named(names: unknown, from: IntentDocument, field: string): readonly Mixin[] {
    return (names as readonly string[]).flatMap((name, index) => {
      const mixin = this.#mixins.get(name);
      if (mixin) return [mixin];
      this.#problems.push(placed({ message: unknown('ReleaseMixin', name, [...this.#mixins.keys()]), path: `${field}[${index}]` }, from));
      return [];
    });
  }

  #requireUnique(made: readonly Made[]): void {
    const first = new Map<string, IntentDocument>();
    for (const { document } of made) {
      const other = first.get(document.name);
      if (other === undefined) first.set(document.name, document);
      else {
        const { file, line } = other.place('');
        this.#problems.push(
          placed({ message: `there are two ${document.kind} '${document.name}', the first at ${file}:${line}.` }, document),
        );
      }
    }
  }
}

const layerOf = (document: IntentDocument, name: string): Layer => ({ name, place: (path) => document.place(path) });

function placed(problem: Problem, { name, place }: IntentDocument): Problem {
  const path = problem.path ?? '';
  return { ...problem, path: path === '' ? name : `${name}.${path}`, at: place(path) };
}

function unknown(kind: string, name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const there = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
  return `there is no ${kind} '${name}'${meant ? `; did you mean '${meant}'?` : `; ${there}.`}`;
}
