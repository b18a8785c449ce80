import type { Metric } from './analysis.ts';

/**
 * Whom a release exposes to its candidate, level after level, and what must pass at each before exposure rises again:
 * the one thing that rules about gates read, whichever tool walks the release.
 */
export interface Course {
  readonly tool: 'rollout' | 'canary' | 'plan';
  /** From nobody on; the first is before any user. Levels that the tool makes without being told, such as 100 % after the last step, are among them. */
  readonly levels: readonly Level[];
  /** Every share that is set, in order, also where it is the one before. */
  readonly weights: readonly Weight[];
  /** Who waived the approvals; null: nobody. */
  readonly waivedBy: string | null;
}

/** Whom the candidate may answer. */
export interface Exposure {
  /** Share of user requests in percent. */
  readonly share: number;
  /** Routes that lead requests with certain headers to it; how many these are is not known. */
  readonly headers: readonly string[];
  /** Share of requests in percent that are copied to it; nobody sees its answers. */
  readonly mirrored: number;
}

export interface Level extends Exposure {
  /** What causes it in the object. */
  readonly path: readonly string[];
  /** Names that place: `step 2`, `the promotion`. */
  readonly at: string;
  /** What must pass before the next level, in order. */
  readonly passes: readonly Pass[];
}

export type Pass =
  | {
      readonly kind: 'analysis';
      readonly path: readonly string[];
      /** From its first to its last measurement, the initial delay included; null: not known. */
      readonly seconds: number | null;
      /** Measures beside the steps for as long as the level lasts, and takes no time of its own. */
      readonly background: boolean;
      /** Whether a failure ends the release by itself. */
      readonly aborts: boolean;
      /** Null where a template is not in the set. */
      readonly metrics: readonly Metric[] | null;
      /** Whether it asks for the error budget of the whole service. */
      readonly budget: boolean;
    }
  /** A person. `blind`: asked before the candidate runs, so there is nothing to look at. */
  | { readonly kind: 'approval'; readonly path: readonly string[]; readonly blind: boolean }
  | { readonly kind: 'wait'; readonly path: readonly string[]; readonly seconds: number }
  /** A test that asks the candidate itself. */
  | { readonly kind: 'smoke'; readonly path: readonly string[]; readonly budget: boolean };

export interface Weight {
  /** As written, in percent. */
  readonly meant: number;
  /** What users get. */
  readonly share: number;
  /** Where pods make the share, since no router splits requests. */
  readonly pods: { readonly candidate: number; readonly total: number } | null;
  readonly path: readonly string[];
  readonly at: string;
}

/** Levels on which exposure does not rise, from the one that raised it. */
export interface Stretch {
  readonly level: Level;
  readonly passes: readonly Pass[];
  /** The level that raises exposure next; null at the end. */
  readonly next: Level | null;
}

export const isExposed = ({ share, headers, mirrored }: Exposure): boolean => share > 0 || headers.length > 0 || mirrored > 0;

const rises = (from: Exposure, to: Exposure): boolean =>
  to.share > from.share || to.mirrored > from.mirrored || to.headers.some((name) => !from.headers.includes(name));

export function stretches({ levels }: Course): readonly Stretch[] {
  const groups: Level[][] = [];
  for (const level of levels) {
    const last = groups.at(-1)?.at(-1);
    if (last === undefined || rises(last, level)) groups.push([level]);
    else groups.at(-1)?.push(level);
  }
  return groups.flatMap((group, index) => {
    const [level] = group;
    return level ? [{ level, passes: group.flatMap(({ passes }) => passes), next: groups[index + 1]?.[0] ?? null }] : [];
  });
}

/** The stretch before users, and the first one that some of them meet. */
export function firstExposure(course: Course): { readonly before: readonly Pass[]; readonly level: Level } | null {
  const all = stretches(course);
  const index = all.findIndex(({ level }) => isExposed(level));
  const found = all[index];
  return found ? { before: all.slice(0, index).flatMap(({ passes }) => passes), level: found.level } : null;
}

/** `5 %`, `requests with headers`, `copies of 10 %`: what is new at a level comes from what it has. */
export function describe({ share, headers, mirrored }: Exposure): string {
  const parts = [
    ...(share > 0 ? [percent(share)] : []),
    ...(headers.length > 0 ? ['requests with headers'] : []),
    ...(mirrored > 0 ? [`copies of ${percent(mirrored)}`] : []),
  ];
  return parts.join(' and ') || '0 %';
}

/** `5 % (step 1), 20 % (step 4) and 3 more`. */
export function name(levels: readonly Level[]): string {
  // All requests are also those with headers.
  const named = levels
    .slice(0, 2)
    .map((level) => `${describe({ ...level, headers: level.share < 100 ? level.headers : [] })} (${level.at})`);
  const more = levels.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(' and ');
}

/** What the levels of one finding have in common: a value of the object, or the intent that all steps of a plan are made from. */
export const causeOf = ({ tool }: Course, { path }: Level): string => (tool === 'plan' ? tool : path.join('/'));

/** Items with one key, in order: what one value causes is one finding, however many levels it makes. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}

export const percent = (share: number): string => `${Math.round(share * 10) / 10} %`;

/**
 * Seconds from the start of a stretch to the last look of an analysis; without end where a person is waited for first, null
 * where an analysis is not known well enough, 0 without one.
 */
export function observedSeconds(passes: readonly Pass[]): number | null {
  let elapsed = 0;
  let observed = 0;
  for (const pass of passes) {
    if (pass.kind === 'wait') elapsed += pass.seconds;
    if (pass.kind === 'approval') elapsed = Number.POSITIVE_INFINITY;
    if (pass.kind !== 'analysis') continue;
    // What looks beside the steps has looked until here.
    if (!pass.background) {
      if (pass.seconds === null) return null;
      elapsed += pass.seconds;
    }
    observed = elapsed;
  }
  return observed;
}

interface Draft extends Exposure {
  readonly path: readonly string[];
  readonly at: string;
  readonly passes: Pass[];
}

/** Collects levels while a tool's steps are read in order. */
export class CourseBuilder {
  readonly #levels: Draft[];
  readonly #weights: Weight[] = [];
  #last: Draft;

  constructor(path: readonly string[]) {
    this.#last = { share: 0, headers: [], mirrored: 0, path, at: 'the start', passes: [] };
    this.#levels = [this.#last];
  }

  get exposure(): Exposure {
    return this.#last;
  }

  /** Sets some of the exposure; the rest stays as it is. */
  expose(change: Partial<Exposure>, path: readonly string[], at: string): void {
    const { share, headers, mirrored } = { ...this.#last, ...change };
    if (share === this.#last.share && mirrored === this.#last.mirrored && headers.join('\0') === this.#last.headers.join('\0')) return;
    this.#last = { share, headers, mirrored, path, at, passes: [] };
    this.#levels.push(this.#last);
  }

  /** Sets the share of requests that are like any other. */
  weigh(weight: Weight): void {
    this.#weights.push(weight);
    this.expose({ share: weight.share }, weight.path, weight.at);
  }

  pass(pass: Pass): void {
    this.#last.passes.push(pass);
  }

  build(tool: Course['tool'], waivedBy: string | null = null): Course {
    return { tool, levels: this.#levels, weights: this.#weights, waivedBy };
  }
}
