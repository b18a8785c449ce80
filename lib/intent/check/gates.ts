import { dottedPath } from '../../schema/explain.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Gate, GateProvider } from '../gate.ts';
import { parseImage } from '../image.ts';
import { atLeast } from './lifecycle.ts';
import { checkEnvName, checkLabel } from './names.ts';
import { type Place, type Problems, parsed, problem } from './problem.ts';

/** The gates of one analysis, and where they stand. */
export interface PlacedGates {
  readonly place: Place;
  readonly gates: readonly Gate[];
}

/** Each gate can fail, can be asked, and means one thing wherever its name stands. */
export function* checkGates(lists: readonly PlacedGates[]): Problems {
  const known = new Map<string, { readonly place: Place; readonly content: string }>();
  for (const { place: list, gates } of lists) {
    const names = new Set<string>();
    for (const [index, gate] of gates.entries()) {
      const place = [...list, index];
      if (names.has(gate.name)) yield problem([...place, 'name'], `gate '${gate.name}' stands in this list already.`);
      names.add(gate.name);

      const content = canonical(gate);
      const first = known.get(gate.name);
      if (!first) {
        known.set(gate.name, { place, content });
        yield* checkGate(place, gate);
      } else if (first.content !== content)
        yield problem(
          [...place, 'name'],
          `gate '${gate.name}' differs from the one of that name at ${dottedPath(first.place.map(String))}.`,
          'A name means one gate in a release: rename one of them.',
        );
    }
  }
}

function* checkGate(place: Place, gate: Gate): Problems {
  yield* checkLabel([...place, 'name'], gate.name, 'gate name');
  if (gate.description.trim() === '') yield problem([...place, 'description'], 'say in one sentence what a pass proves.');
  const count = gate.count ?? Number(DEFAULTS['Gate.count']);
  for (const limit of ['failureLimit', 'inconclusiveLimit'] as const) {
    const value = gate[limit] ?? Number(DEFAULTS[`Gate.${limit}`]);
    if (value >= count)
      yield problem(
        [...place, limit],
        `${limit} ${value}${gate[limit] === undefined ? ' (the default)' : ''} is not smaller than count ${count}, so this gate cannot fail.`,
        `Give at most ${count - 1}, or more measurements.`,
      );
  }
  if (gate.interval !== undefined) yield* atLeast([...place, 'interval'], gate.interval, 1);
  yield* checkConditions(place, gate);
  yield* checkProvider([...place, 'provider'], gate.provider);
}

function* checkConditions(place: Place, { provider, successCondition, failureCondition }: Gate): Problems {
  const given = Object.entries({ successCondition, failureCondition }).filter(([, condition]) => condition !== undefined);
  for (const [name, condition] of given) if (condition?.trim() === '') yield problem([...place, name], 'found an empty condition.');
  if ('job' in provider) {
    for (const [name] of given)
      yield problem([...place, name], 'a Job answers by its exit code and has no result to compare.', `Remove ${name}.`);
  } else if (given.length === 0)
    yield problem(place, 'nothing says when this gate passes or fails.', "Give 'successCondition', 'failureCondition', or both.");
}

function* checkProvider(place: Place, provider: GateProvider): Problems {
  if ('prometheus' in provider) {
    const { address, query, timeout } = provider.prometheus;
    yield* checkUrl([...place, 'prometheus', 'address'], address);
    if (query.trim() === '') yield problem([...place, 'prometheus', 'query'], 'found an empty query.');
    if (timeout !== undefined) yield* atLeast([...place, 'prometheus', 'timeout'], timeout, 1);
  } else if ('web' in provider) {
    yield* checkUrl([...place, 'web', 'url'], provider.web.url);
    if (provider.web.timeout !== undefined) yield* atLeast([...place, 'web', 'timeout'], provider.web.timeout, 1);
  } else {
    const { image, env = {}, timeout } = provider.job;
    yield* parsed([...place, 'job', 'image'], () => parseImage(image));
    for (const name of Object.keys(env)) yield* checkEnvName([...place, 'job', 'env', name], name);
    if (timeout !== undefined) yield* atLeast([...place, 'job', 'timeout'], timeout, 1);
  }
}

/** A URL whose parts may still be arguments, such as `http://{{args.candidate-service}}/`. */
function* checkUrl(place: Place, url: string): Problems {
  const filled = url.replace(/\{\{.*?\}\}/g, 'x');
  if (!/^https?:\/\//.test(filled) || !URL.canParse(filled))
    yield problem(place, `'${url}' must be a URL that begins with http:// or https://.`);
}

/** Equal gates are equal text, in whatever order their fields were written. */
function canonical(gate: Gate): string {
  return JSON.stringify(gate, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
