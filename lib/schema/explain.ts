// Turns what ajv reports about a value into problems that a person can act on. The one wording for objects, intents and configuration.
import type { ErrorObject } from 'ajv';
import { describeSchema, describeValue, listed, quoted } from './describe.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { reduceErrors } from './reduce.ts';

export interface ExplainOptions {
  /** How a place inside the value is written. @default jsonPointer */
  readonly path?: (segments: readonly string[]) => string;
  /** True where the value found must not be printed, such as the data of a Secret. @default never */
  readonly conceal?: (segments: readonly string[]) => boolean;
  /** True where more may be said beside the value: only what nothing beside it mends is a mistake then. @default false */
  readonly partial?: boolean;
}

/**
 * One problem per mistake, in the order of ajv's errors. The schema must have been compiled with `verbose` and `allErrors`:
 * the first gives the names to suggest, the second all mistakes at once.
 * A schema's `title`, where it has one, is the noun phrase for what is expected: `a duration such as '90s'`.
 */
export function explainErrors(errors: readonly ErrorObject[], options: ExplainOptions = {}): readonly Problem[] {
  const path = options.path ?? jsonPointer;
  const problems = new Map<string, Problem>();
  for (const error of reduceErrors(errors)) {
    if (options.partial && isMendable(error)) continue;
    const place = segmentsOf(error.instancePath);
    const concealed = options.conceal?.(place) ?? false;
    const own = ownKey(error);
    const written = path(own === null ? place : [...place, own]);
    const message = sentence(error, concealed);
    problems.set(`${written}\n${message}`, written === '' ? { message } : { path: written, message });
  }
  return [...problems.values()];
}

/** Fields may be added to an object that lacks some; null leaves out what is elsewhere. A field that is unknown stays so. */
const isMendable = ({ keyword, data, propertyName }: ErrorObject): boolean =>
  keyword !== 'additionalProperties' &&
  keyword !== 'unevaluatedProperties' &&
  propertyName === undefined &&
  typeof data === 'object' &&
  !Array.isArray(data);

/** `['spec', 'a/b']` as `/spec/a~1b` (RFC 6901); the whole value is ''. */
export function jsonPointer(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** `['traffic', 'hosts', '0']` as `traffic.hosts[0]`: how TypeScript would reach the place. */
export function dottedPath(segments: readonly string[]): string {
  return segments
    .map((segment, index) => {
      if (/^\d+$/.test(segment)) return `[${segment}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(segment)) return `[${quoted(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}

/** The segments of a path that `dottedPath` wrote; of one that names no place, those up to there. */
export function readPath(path: string): readonly string[] {
  return [...path.matchAll(/([A-Za-z_$][\w$]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/g)].map(
    ([, name, index, key]) => name ?? index ?? String(key),
  );
}

function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The key that is wrong, where ajv names it beside the path of the object that holds it. */
function ownKey(error: ErrorObject): string | null {
  switch (error.keyword) {
    case 'additionalProperties':
      return String(error.params.additionalProperty);
    case 'unevaluatedProperties':
      return String(error.params.unevaluatedProperty);
    case 'discriminator':
      return String(error.params.tag);
    default:
      return error.propertyName ?? null;
  }
}

function sentence(error: ErrorObject, concealed: boolean): string {
  const { params, parentSchema, schema } = error;
  const value = error.propertyName ?? error.data;
  const found = `found ${describeValue(value, concealed)}`;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownField(String(params.additionalProperty ?? params.unevaluatedProperty), parentSchema);
    case 'required':
      return missingField(String(params.missingProperty), parentSchema);
    case 'dependencies':
    case 'dependentRequired':
      return `'${params.property}' needs ${listed(String(params.deps).split(', ').map(quoted), 'and')} beside it.`;
    case 'enum':
      return oneOfValues(found, value, arrayOf(schema), parentSchema);
    case 'discriminator':
      return `${found}, expected the name of one of the allowed forms.`;
    case 'minLength':
    case 'maxLength':
      return expecting(value === '' ? found : `${found} of ${String(value).length} characters`, parentSchema);
    case 'minItems':
    case 'maxItems':
      return expecting(`found ${arrayOf(value).length} entries`, parentSchema);
    case 'minProperties':
    case 'maxProperties':
      return expecting(`found ${Object.keys(recordOf(value)).length} fields`, parentSchema);
    case 'uniqueItems':
      return `entries ${Math.min(params.i, params.j)} and ${Math.max(params.i, params.j)} are equal, expected each once.`;
    case 'exclusiveKeys':
      return exclusiveKeys(arrayOf(params.present).map(String), arrayOf(params.keys).map(String));
    case 'oneOf':
      if (Array.isArray(params.passingSchemas)) return `${found}, which fits more than one of the allowed forms.`;
      return expectingForm(found, parentSchema);
    case 'anyOf':
      return expectingForm(found, parentSchema);
    default:
      return expecting(found, parentSchema);
  }
}

function expecting(found: string, schema: unknown): string {
  const expected = describeSchema(schema);
  return expected === null ? `${found}, which is not allowed here.` : `${found}, expected ${expected}.`;
}

/** Of a union: the type of value that its forms share says nothing of what is wrong. */
function expectingForm(found: string, schema: unknown): string {
  return found === `found ${describeSchema(schema)}` ? `${found}, which fits none of the allowed forms.` : expecting(found, schema);
}

function missingField(name: string, parent: unknown): string {
  const expected = describeSchema(recordOf(recordOf(parent).properties)[name]);
  return expected === null ? `'${name}' is missing.` : `'${name}' is missing, expected ${expected}.`;
}

function unknownField(name: string, parent: unknown): string {
  const known = Object.keys(recordOf(recordOf(parent).properties));
  const meant = nearest(name, known);
  if (meant !== null) return `unknown field ${quoted(name)}, did you mean '${meant}'?`;
  return known.length === 0
    ? `unknown field ${quoted(name)}, expected none.`
    : `unknown field ${quoted(name)}, expected ${listed(known, 'or')}.`;
}

function oneOfValues(found: string, value: unknown, allowed: readonly unknown[], schema: unknown): string {
  const meant =
    typeof value === 'string'
      ? nearest(
          value,
          allowed.filter((item) => typeof item === 'string'),
        )
      : null;
  const sentence = expecting(found, schema);
  return meant === null ? sentence : `${sentence.slice(0, -1)}; did you mean '${meant}'?`;
}

function exclusiveKeys(present: readonly string[], keys: readonly string[]): string {
  const named = (names: readonly string[]) => names.map((name) => `'${name}'`);
  if (present.length === 0) return `found none of ${listed(named(keys), 'and')}, expected exactly one.`;
  return `found ${listed(named(present), 'and')} together, expected only one of them.`;
}

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {};
