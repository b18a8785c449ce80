import { dayOf } from '../intent/day.ts';
import { readWritten } from '../intent/read-written.ts';
import { ProblemError } from '../schema/index.ts';
import { nearest } from '../schema/nearest.ts';
import { type Finding, fileFinding } from './finding.ts';
import { objectPattern } from './names.ts';
import { WAIVER_RULE, WAIVERS_FILE, type Waiver, type Waivers, waiverFinding } from './waivers.ts';

const text = { type: 'string', minLength: 1, pattern: '\\S' } as const;

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['waivers'],
  properties: {
    waivers: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['rule', 'object', 'reason', 'owner', 'expires'],
        properties: { rule: text, object: text, path: text, reason: text, owner: text, expires: text },
      },
    },
  },
} as const;

type Written = Omit<Waiver, 'path' | 'place'> & { readonly path?: string };

/**
 * Reads the waivers; null or an empty file is none. A file with a mistake in its shape waives nothing.
 * @param rules ids of all rules
 */
export function readWaivers(source: string | null, rules: readonly string[]): Waivers {
  if (source === null || source.trim() === '') return { entries: [], flaws: [] };
  try {
    const { data, place } = readWritten(WAIVERS_FILE, source, SCHEMA);
    const written = (data as { readonly waivers: readonly Written[] }).waivers;
    const entries = written.map((one, index): Waiver => ({ path: null, ...one, place: place(['waivers', String(index)]) }));
    const flaws = entries.map((waiver) => flawsOf(waiver, rules).map((message) => waiverFinding(waiver, message)));
    return { entries: entries.filter((_, index) => flaws[index]?.length === 0), flaws: flaws.flat() };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { entries: [], flaws: error.problems.map(unreadable) };
  }
}

function flawsOf({ rule, object, path, expires }: Waiver, rules: readonly string[]): readonly string[] {
  const meant = nearest(rule, rules);
  return [
    ...(rules.includes(rule) ? [] : [`there is no rule '${rule}'${meant ? `, did you mean '${meant}'?` : '.'}`]),
    ...(rule === WAIVER_RULE ? ["'waiver-valid' cannot be waived."] : []),
    ...(rule === 'yaml' || objectPattern(object) ? [] : [`'${object}' is no object, expected Kind/namespace/name or Kind/name.`]),
    ...(path === null || path.startsWith('/') ? [] : [`'${path}' is no path, expected one such as /spec/replicas.`]),
    ...(dayOf(expires) === null ? [`'${expires}' is no day, expected one such as 2026-04-01.`] : []),
  ];
}

const unreadable = ({ message, path = '', at, help }: ProblemError['problems'][number]): Finding =>
  fileFinding({
    rule: WAIVER_RULE,
    file: WAIVERS_FILE,
    subject: path,
    value: message,
    message: `${path === '' ? '' : `${path}: `}${message}`,
    help: help ?? 'Until it is mended, no waiver of the file counts.',
    ...(at ? { place: at } : {}),
  });
