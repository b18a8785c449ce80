import { dottedPath } from '../../schema/explain.ts';
import { DEFAULTS } from '../defaults.ts';
import { Duration } from '../duration.ts';
import type { Gate, GateProvider, GateQuery, KeyReference, PrometheusQuery, ProviderAccess } from '../gate.ts';
import { parseImage } from '../image.ts';
import { atLeast } from './lifecycle.ts';
import { checkDataKey, checkDnsName, checkEnvName, checkLabel } from './names.ts';
import { type Place, type Problems, parsed, problem } from './problem.ts';
import { checkSentHeaders } from './routes.ts';

/** Values of one series that Prometheus computes for a range. */
const MOST_STEPS = 11_000;
/** Jobs of one analysis: each is an object in Git that is rendered beforehand. */
const MOST_JOBS = 20;

/** The gates of one analysis, and where they stand. */
export interface PlacedGates {
  readonly place: Place;
  readonly gates: readonly Gate[];
}

/** Each gate can fail, can be asked, and means one thing wherever its name stands. */
export function* checkGates(lists: readonly PlacedGates[]): Problems {
  const known = new Map<string, { readonly place: Place; readonly content: string }>();
  for (const { place: list, gates } of lists) {
    yield* checkJobRuns(list, gates);
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

function* checkJobRuns(place: Place, gates: readonly Gate[]): Problems {
  const counts = gates.flatMap(({ provider, count }) => ('job' in provider ? (count ?? Number(DEFAULTS['Gate.count'])) : []));
  const runs = counts.reduce((sum, count) => sum + count, 0);
  if (runs > MOST_JOBS)
    yield problem(
      place,
      `its Jobs run ${runs} times at each weight, at most ${MOST_JOBS} are allowed: each run is an object of its own, rendered beforehand.`,
      "Lower the 'count' of gates whose provider is a Job.",
    );
}

function* checkGate(place: Place, gate: Gate): Problems {
  yield* checkLabel([...place, 'name'], gate.name, 'gate name');
  if (gate.description.trim() === '') yield problem([...place, 'description'], 'say in one sentence what a pass proves.');
  const count = gate.count ?? Number(DEFAULTS['Gate.count']);
  // What cannot fail in a template is the linter's to tell, as of every template.
  for (const limit of gate.argo ? [] : (['failureLimit', 'inconclusiveLimit'] as const)) {
    const value = gate[limit] ?? Number(DEFAULTS[`Gate.${limit}`]);
    if (value >= count)
      yield problem(
        [...place, limit],
        `${limit} ${value}${gate[limit] === undefined ? ' (the default)' : ''} is not smaller than count ${count}, so this gate cannot fail.`,
        `Give at most ${count - 1}, or more measurements.`,
      );
  }
  if ('job' in gate.provider && gate.onFailure !== undefined && gate.onFailure !== 'abort')
    yield problem(
      [...place, 'onFailure'],
      `onFailure '${gate.onFailure}' measures the gate anew, and a Job cannot run again under the same plan.`,
      "Remove it: a gate whose provider is a Job aborts. Or ask with 'prometheus' or 'web'.",
    );
  if (gate.interval !== undefined) yield* atLeast([...place, 'interval'], gate.interval, 1);
  yield* checkConditions(place, gate);
  yield* checkProvider([...place, 'provider'], gate.provider);
}

function* checkConditions(place: Place, { provider, successCondition, failureCondition, argo }: Gate): Problems {
  const given = Object.entries({ successCondition, failureCondition }).filter(([, condition]) => condition !== undefined);
  for (const [name, condition] of given) if (condition?.trim() === '') yield problem([...place, name], 'found an empty condition.');
  if ('job' in provider) {
    for (const [name] of given)
      yield problem([...place, name], 'a Job answers by its exit code and has no result to compare.', `Remove ${name}.`);
  } else if (given.length === 0 && !argo)
    yield problem(place, 'nothing says when this gate passes or fails.', "Give 'successCondition', 'failureCondition', or both.");
}

function* checkProvider(place: Place, provider: GateProvider): Problems {
  if ('prometheus' in provider) {
    yield* checkPrometheus([...place, 'prometheus'], provider.prometheus);
  } else if ('web' in provider) {
    const { url, timeout } = provider.web;
    yield* checkUrl([...place, 'web', 'url'], url);
    if (timeout !== undefined) yield* atLeast([...place, 'web', 'timeout'], timeout, 1);
    yield* checkAccess([...place, 'web'], provider.web);
  } else {
    const { image, env = {}, timeout } = provider.job;
    yield* parsed([...place, 'job', 'image'], () => parseImage(image));
    for (const name of Object.keys(env)) yield* checkEnvName([...place, 'job', 'env', name], name);
    if (timeout !== undefined) yield* atLeast([...place, 'job', 'timeout'], timeout, 1);
  }
}

/** Shared with `traffic.served`. */
export function* checkPrometheus(place: Place, prometheus: GateQuery): Problems {
  const { address, query, range, timeout } = prometheus;
  yield* checkUrl([...place, 'address'], address);
  if (query.trim() === '') yield problem([...place, 'query'], 'found an empty query.');
  if (timeout !== undefined) yield* atLeast([...place, 'timeout'], timeout, 1);
  yield* checkAccess(place, prometheus);
  if (range === undefined) return;
  const [window, step] = [Duration.parse(range.window), Duration.parse(range.step)];
  yield* atLeast([...place, 'range', 'step'], step, 1);
  if (window.milliseconds < step.milliseconds)
    yield problem([...place, 'range', 'window'], `window ${window} is shorter than one step of ${step}.`);
  if (step.seconds >= 1 && window.seconds / step.seconds > MOST_STEPS)
    yield problem(
      [...place, 'range', 'step'],
      `steps of ${step} divide ${window} into more than ${MOST_STEPS}, which Prometheus refuses.`,
      'Use longer steps.',
    );
}

/** Headers are in the plan for everybody to read; keys are files of the runner's pod. */
export function* checkAccess(place: Place, { headers = {}, auth, tls }: ProviderAccess & Pick<PrometheusQuery, 'headers'>): Problems {
  yield* checkSentHeaders([...place, 'headers'], headers);
  for (const name of Object.keys(headers))
    if (/^(proxy-)?authorization$/i.test(name))
      yield problem(
        [...place, 'headers', name],
        'everybody who reads the plan would see these credentials.',
        "Keep them in a Secret and name it in 'auth'.",
      );
  if (auth && 'basic' in auth) {
    const { username, passwordSecret } = auth.basic;
    yield* checkKey([...place, 'auth', 'basic', 'passwordSecret'], passwordSecret, 'Secret');
    if (username.includes(':')) yield problem([...place, 'auth', 'basic', 'username'], `username '${username}' has a ':', which ends it.`);
  }
  if (auth && 'bearer' in auth) yield* checkKey([...place, 'auth', 'bearer', 'tokenSecret'], auth.bearer.tokenSecret, 'Secret');
  yield* checkCa([...place, 'tls'], tls);
}

/** Shared with `notifications`. */
export function* checkCa(place: Place, tls: ProviderAccess['tls']): Problems {
  if (tls && 'caSecret' in tls) yield* checkKey([...place, 'caSecret'], tls.caSecret, 'Secret');
  if (tls && 'caConfigMap' in tls) yield* checkKey([...place, 'caConfigMap'], tls.caConfigMap, 'ConfigMap');
}

/** Shared with `notifications`. */
export function* checkKey(place: Place, { name, key }: KeyReference, kind: string): Problems {
  yield* checkDnsName([...place, 'name'], name, `name of a ${kind}`);
  yield* checkDataKey([...place, 'key'], key, kind);
}

/** A URL whose parts may still be arguments, such as `http://{{args.candidate-service}}/`. */
export function* checkUrl(place: Place, url: string): Problems {
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
