import type { Changes } from '../intent/changes.ts';
import { type Fields, isMap, layOver } from '../intent/lay-over.ts';
import { type Layer, type Origins, originsOf, withOrigins } from '../intent/layers.ts';
import { addMixins, MIXIN_FIELDS, type Mixin, type MixinParts } from '../intent/mixin.ts';
import { plainData } from '../intent/plain.ts';
import type { ReleaseIntent } from '../intent/release.ts';
import { describeValue } from '../schema/describe.ts';
import { nearest, type Problem, ProblemError, readPath, type SourceLocation } from '../schema/index.ts';
import { Project } from './project.ts';
import { callerOf } from './source.ts';

/** What a release, or defaults, are composed of beside their own words. */
export interface Composition {
  /** Pieces of the pod template, in this order; those of defaults come first. */
  readonly mixins?: readonly Mixin[];
}

/** What releases have in common: some of an intent, at any depth. */
export type Defaults = Changes<Omit<ReleaseIntent, 'image' | Whole>> & Partial<Pick<ReleaseIntent, Whole>> & Composition;

/** What a release says beside defaults that have these fields: the rest, and whatever differs. */
export type Beside<Said extends PropertyKey> = Omit<ReleaseIntent, Said> &
  Changes<Omit<Pick<ReleaseIntent, Said & keyof ReleaseIntent>, Whole>> &
  Partial<Pick<ReleaseIntent, Said & Whole>> &
  Composition;

type Whole = 'strategy' | 'targets';

/** Defaults, as a function of what a release says itself. */
export interface Defaulted<Said extends PropertyKey> {
  (intent: Beside<Said>): ReleaseIntent & Composition;
  readonly defaults: Readonly<Record<Said, unknown>>;
}

/**
 * What the releases of an organisation have in common, laid under what each says:
 *
 *     export const company = defineDefaults({ shutdown: { drain: '30s' }, traffic: { router: 'istio', gateways: ['istio-ingress/public'] } });
 *     new Release(this, 'web', company({ image: ..., traffic: { hosts: ['web.example.com'] } }));
 *
 * Maps are merged by key; lists and the strategy are replaced; null leaves out what the defaults have, undefined nothing.
 * What is wrong in them is told with their line.
 * @param under defaults below these, such as a company's below a team's
 * @throws ProblemError where they are no plain data, or leave out what is not there
 */
export function defineDefaults<const D extends Defaults>(defaults: D): Defaulted<keyof D>;
export function defineDefaults<const D extends Defaults, Below extends PropertyKey>(
  defaults: D,
  under: { readonly defaults: Readonly<Record<Below, unknown>> },
): Defaulted<keyof D | Below>;
export function defineDefaults(defaults: object, under?: { readonly defaults: object }): unknown {
  const caller = callerOf(defineDefaults);
  const layer: Layer = { name: named('the defaults', caller.package), place: () => caller.at(Project.directory()) };
  const own = laid(defaults, under?.defaults ?? {}, layer);
  return Object.assign((intent: object) => laid(intent, own, null), { defaults: own });
}

/**
 * One intent laid over another; the mixins of both.
 * @param layer whose words the upper ones are; null for the release's own
 * @throws ProblemError where they are no plain data, or leave out what is not there
 */
export function laid(written: object, below: object, layer: Layer | null): object {
  const { mixins, ...upper } = written as Composition;
  const { mixins: lower, ...base } = below as Composition;
  const { value, problems: unreadable } = plainData(upper);
  if (unreadable.length > 0) throw new ProblemError(unreadable);
  const problems: Problem[] = [];
  const origins = originsOf(below).copy();
  const merged = layOver(base, Object(value), { problems, above: [], ...origins.noting(layer) });
  if (problems.length > 0) throw new ProblemError(problems);
  const both = [...listOf(lower), ...listOf(mixins)];
  return withOrigins(
    { ...merged, ...portsFirst(Object(value).ports, merged.ports), ...(both.length > 0 ? { mixins: both } : {}) },
    origins,
  );
}

/** Requests go to the first port: that is one of whoever says most closely what the service is. */
function portsFirst(own: unknown, ports: unknown): { readonly ports?: Fields } {
  if (!isMap(own) || !isMap(ports)) return {};
  return {
    ports: Object.fromEntries(
      Object.keys({ ...own, ...ports }).flatMap((name) => (Object.hasOwn(ports, name) ? [[name, ports[name]]] : [])),
    ),
  };
}

/** What is no list is told with the rest of what is wrong, when the release reads it. */
const listOf = (mixins: unknown): readonly Mixin[] => (Array.isArray(mixins) ? mixins : mixins === undefined ? [] : [mixins as Mixin]);

/** What a mixin says. */
export type MixinWords = MixinParts & {
  /** Mixins that it needs, which come before it; a function where two files import one another. */
  readonly includes?: readonly Mixin[] | (() => readonly Mixin[]);
};

/**
 * A named piece of a pod template, such as a sidecar with its volume and environment, for `mixins` of releases:
 *
 *     export const telemetry = defineMixin('telemetry', { env: { OTEL_TRACES_EXPORTER: 'otlp' }, sidecars: { collector: { ... } } });
 *     new Release(this, 'web', { image: ..., mixins: [telemetry] });
 *
 * It is merged as `podTemplate` is: maps by key, lists of named things by name, other lists appended. It never replaces:
 * where it and the release, its defaults or another mixin say different things, that is an error that names both.
 * @throws ProblemError for a field that makes no pod template, and for what is no plain data
 */
export function defineMixin(name: string, words: MixinWords): Mixin {
  const caller = callerOf(defineMixin);
  const { includes = [], ...parts } = words;
  const { value, problems } = plainData(parts);
  const wrong = [...problems, ...Object.keys(parts).flatMap(foreign)];
  if (typeof name !== 'string' || name === '') wrong.push({ message: `a mixin has a name, and not ${describeValue(name)}.` });
  if (wrong.length > 0)
    throw new ProblemError(wrong.map((problem) => ({ ...problem, path: [name, problem.path].filter(Boolean).join('.') })));
  const layer = { name: named(`mixin '${name}'`, caller.package), place: () => caller.at(Project.directory()) };
  const mixin: Mixin = { name, parts: Object(value), includes: () => mixinsOf(name, includes), layer };
  return asMixin(mixin);
}

/** @throws ProblemError where one of them is no mixin */
function mixinsOf(name: string, includes: NonNullable<MixinWords['includes']>): readonly Mixin[] {
  const included = listOf(typeof includes === 'function' ? includes() : includes);
  const wrong = included.flatMap((entry, index) => (isMixin(entry) ? [] : [strangerProblem(entry, `${name}.includes[${index}]`)]));
  if (wrong.length > 0) throw new ProblemError(wrong);
  return included;
}

/** Known as one by every copy of this package. */
export const asMixin = (mixin: Mixin): Mixin => Object.defineProperty(mixin, MIXIN, { value: true });

function foreign(field: string): Problem[] {
  const known: readonly string[] = [...MIXIN_FIELDS, 'includes'];
  if (known.includes(field)) return [];
  const meant = nearest(field, known);
  const message = `unknown field '${field}'${meant ? `, did you mean '${meant}'?` : `: a mixin is a piece of a pod template, and has ${known.join(', ')}.`}`;
  return [{ message, path: field, ...(meant ? {} : { help: 'What else releases have in common goes into defaults.' }) }];
}

const MIXIN = Symbol.for('tidegate.mixin');
const isMixin = (value: unknown): value is Mixin => typeof value === 'object' && value !== null && MIXIN in value;

const named = (what: string, owner: string | null): string => (owner === null ? what : `${what} of ${owner}`);

/** An intent with its mixins in it, what they got wrong, and where each part of it came from. */
export function composed(written: ReleaseIntent & Composition): {
  readonly intent: ReleaseIntent;
  readonly problems: readonly Problem[];
  readonly origins: Origins;
} {
  const origins = originsOf(written).copy();
  if (Object(written).mixins === undefined) return { intent: written, problems: [], origins };
  const { mixins, ...intent } = written;
  const { value, problems: unreadable } = plainData(intent);
  // What cannot be read is told of the intent as it is written.
  if (unreadable.length > 0) return { intent, problems: [], origins };
  const entries = listOf(mixins);
  const strangers = entries.flatMap((entry, index) => (isMixin(entry) ? [] : [strangerProblem(entry, `mixins[${index}]`)]));
  const { value: whole, problems } = addMixins(Object(value), entries.filter(isMixin), origins);
  return { intent: whole as unknown as ReleaseIntent, problems: [...strangers, ...problems], origins };
}

/**
 * A problem of a composed intent where it can be mended: at the line of the layer that the place comes from.
 * @param at the line of the release, or null
 */
export function whence(problem: Problem, origins: Origins, at: SourceLocation | null): Problem {
  const placed = at === null ? problem : { ...problem, at };
  const layer = problem.at || problem.path === undefined ? null : origins.of(readPath(problem.path));
  if (layer === null) return placed;
  const written = layer.place(problem.path ?? '');
  const user = written === null || at === null ? '' : `, for the release at ${at.file}:${at.line}`;
  const help = [...(problem.help === undefined ? [] : [problem.help]), `It comes from ${layer.name}${user}.`].join(' ');
  return { ...placed, ...(written === null ? {} : { at: written }), help };
}

const strangerProblem = (entry: unknown, path: string): Problem => ({
  message: `found ${describeValue(entry)}, expected what \`defineMixin\` gives.`,
  path,
  ...(entry === undefined ? { help: 'Do two files import one another? Then `includes` of a mixin is a function.' } : {}),
});
