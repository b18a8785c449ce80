// A plan in words, once for all views. Sentences hold raw user text: `oneLine` first, then the view's own escaping.

import type { ResolvedMigration } from '../intent/resolved.ts';
import { formatSeconds, planDuration, roughly } from './duration.ts';
import { type Beside, gatesOf, isUnexposed, SHED, type TimelineEntry, timeline } from './exposure.ts';
import type { Plan, PlanGate, SmokeSpec, Step } from './plan.ts';

/** `5 → 20 → 50 → approval → 100`; `preview → approval → 100`; `headers → copies of 10 % → 5 → ...`. */
export function route(plan: Plan): string {
  const stops = timeline(plan).flatMap((entry) => stopsAt(entry));
  return stops.length === 0 ? 'no exposure' : stops.filter((stop, index) => stop !== PREVIEW || stops.indexOf(stop) === index).join(' → ');
}

/** Where gates judge a candidate that nobody meets. */
const PREVIEW = 'preview';

function stopsAt(entry: TimelineEntry): string[] {
  const { step, before, after } = entry;
  switch (step.kind) {
    case 'approval':
      return ['approval'];
    case 'setHeaderRoute':
      return [entry.beside.shed ? SHED : 'headers'];
    case 'setMirrorRoute':
      return step.percent > 0 ? [`copies of ${step.percent} %`] : [];
    case 'analysis':
      return isUnexposed(entry) ? [PREVIEW] : [];
    default:
      return before === after ? [] : [String(after)];
  }
}

/** `0 % + headers + copies of 10 %`, `50 % + shed`; the share alone where nothing is beside it. */
export function describeExposure(share: number, { headers: { length: routes }, mirrored, shed }: Beside): string {
  const headers = routes === 0 ? [] : [routes === 1 ? 'headers' : `${routes} header routes`];
  return [`${share} %`, ...headers, ...(shed ? [SHED] : []), ...(mirrored > 0 ? [`copies of ${mirrored} %`] : [])].join(' + ');
}

/** `5 → 20 → 50 → approval → 100, about 25 min, waiting not counted`. */
export function summary(plan: Plan): string {
  const { shortestSeconds } = planDuration(plan);
  const takes = shortestSeconds === 0 ? 'no time by the clock' : `about ${roughly(shortestSeconds)}`;
  return `${isBlueGreen(plan) ? 'blue-green: ' : ''}${route(plan)}, ${takes}, waiting not counted`;
}

/** `waits until payments-api is promoted (attempt 7)`; '': for nobody. */
export function describeQueue({ queue }: Plan): string {
  if (queue === undefined) return '';
  const [before, beside] = (['promoted', 'over'] as const).map((until) =>
    queue.ahead.filter((ahead) => ahead.until === until).map(({ release, attempt }) => `${release} (attempt ${attempt})`),
  ) as [string[], string[]];
  const conditions = [
    ...(before.length === 0 ? [] : [`promoted: ${before.join(', ')}`]),
    ...(beside.length === 0 ? [] : [`fewer than ${queue.limit} of group ${queue.group} go on: ${beside.join(', ')}`]),
  ];
  const busy = [
    ...(queue.behind ? [`${queue.limit} of group ${queue.group} have requests, ${queue.behind.join(', ')} as well`] : []),
    ...(queue.atRest ? [`${queue.atRest.join(' or ')} has requests`] : []),
  ];
  return [
    ...(conditions.length === 0 ? [] : [`begins once ${conditions.join('; and ')}`]),
    ...(busy.length === 0 ? [] : [`waits before its first request while ${busy.join(', or while ')}`]),
  ].join('; ');
}

/** Whether all requests move at once, from a candidate that gates judged before. */
const isBlueGreen = (plan: Plan): boolean =>
  plan.steps.every(({ kind }) => kind !== 'setWeight') && timeline(plan).some((entry) => stopsAt(entry).includes(PREVIEW));

/** What a step does, as a reader of the plan wants to know it. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'scale':
      return `at least ${count(step.replicas, 'pod')} of the candidate available`;
    case 'smoke':
      return `${oneLine(step.name)}: ${describeSmoke(step.test)}, before any user`;
    case 'setWeight':
      return `${step.weight} % of requests to the candidate`;
    case 'setHeaderRoute':
      return `${oneLine(step.name)}: requests with ${describeHeaders(step.headers)} to the candidate`;
    case 'setMirrorRoute':
      return `${oneLine(step.name)}: ${step.percent > 0 ? `a copy of ${step.percent} % of requests to the candidate` : 'no copies any more'}`;
    case 'pause':
      return step.exposure === 100 ? 'stable keeps its pods, to go back to at once' : 'wait';
    case 'analysis':
      return step.gates.length === 0 ? 'watch without gates' : `watch with ${count(step.gates.length, 'gate')}`;
    case 'approval':
      return `${oneLine(step.name)}: ${count(step.count, 'person', 'persons')} must agree${because(step.reason)}`;
    case 'switch':
      return 'all requests to the candidate';
    case 'bake':
      return step.gates.length === 0 ? 'nothing watches any more' : `${count(step.gates.length, 'gate')} go on until Git drops the plan`;
  }
}

const because = (reason: string) => (oneLine(reason) === '' ? '' : `: ${oneLine(reason)}`);

function describeSmoke(test: SmokeSpec): string {
  if ('migration' in test) return describeMigration(test.migration);
  if ('container' in test) return `container ${oneLine(test.container.image)}`;
  return oneLine(test.http.checks.map(({ method, path }) => `${method} ${path}`).join(', '));
}

function describeMigration(migration: ResolvedMigration): string {
  const { kind, description, container } = migration;
  const whose = kind === 'expand' ? 'expand migration' : `contract migration of ${migration.of}, which cannot be taken back`;
  return oneLine([whose, description || `container ${container.image}`].join(': '));
}

export function describeHeaders(headers: Readonly<Record<string, string>>): string {
  return oneLine(
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', '),
  );
}

/** A gate as the plan uses it, and where. */
export interface GateUse {
  readonly gate: PlanGate;
  /** `5 % to 50 %, bake`; `preview` where nobody meets the candidate. */
  readonly at: string;
  /** Fewest and most measurements of one analysis; of the bake, where no analysis has the gate. */
  readonly counts: readonly [fewest: number, most: number];
}

/** Each gate once, though it judges at many levels; twice where its terms differ. */
export function gateUses(plan: Plan): readonly GateUse[] {
  const entries = timeline(plan);
  const watched = [...new Set(entries.flatMap((entry) => (entry.step.kind === 'analysis' ? [placeOf(entry)] : [])))];
  const byTerms = new Map<string, { gate: PlanGate; at: Set<string>; bakes: boolean; counts: number[] }>();
  for (const entry of entries) {
    const { step } = entry;
    for (const gate of gatesOf(step)) {
      const terms = JSON.stringify({ ...gate, count: 0 }); // a longer watch only measures more often
      const use = byTerms.get(terms) ?? { gate, at: new Set<string>(), bakes: false, counts: [] };
      if (step.kind === 'analysis') {
        use.at.add(placeOf(entry));
        use.counts.push(gate.count);
      } else use.bakes = true;
      byTerms.set(terms, use);
    }
  }
  return [...byTerms.values()].map(({ gate, at, bakes, counts }) => {
    const all = counts.length === 0 ? [gate.count] : counts;
    return { gate, at: [...ranges(watched, at), ...(bakes ? ['bake'] : [])].join(', '), counts: [Math.min(...all), Math.max(...all)] };
  });
}

const placeOf = (entry: TimelineEntry): string => (isUnexposed(entry) ? PREVIEW : describeExposure(entry.after, entry.beside));

/** Neighbours among the watched levels become one: `5 % to 50 %`. */
function ranges(watched: readonly string[], chosen: ReadonlySet<string>): string[] {
  const runs: string[][] = [];
  let open = false;
  for (const place of watched) {
    if (!chosen.has(place)) open = false;
    else if (open) runs.at(-1)?.push(place);
    else {
      runs.push([place]);
      open = true;
    }
  }
  return runs.map((run) => (run.length === 1 ? run.join() : `${run[0]} to ${run.at(-1)}`));
}

/** `5 to 10 times, every 30s, first after 30s; 1 failure tolerated, then abort`. */
export function describeRhythm({ gate, counts: [fewest, most] }: GateUse): string {
  const times = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
  const measures = `${times} times, every ${formatSeconds(gate.intervalSeconds)}, first after ${formatSeconds(gate.initialDelaySeconds)}`;
  return `${measures}; ${count(gate.failureLimit, 'failure')} tolerated, then ${ON_FAILURE[gate.onFailure]}`;
}

const ON_FAILURE: Readonly<Record<PlanGate['onFailure'], string>> = {
  abort: 'abort',
  hold: 'hold',
  scaleUp: 'scale the candidate up once, then abort',
  flagOff: 'switch a flag off once, then abort',
  webhook: 'have a flag switched off once, then abort',
  shed: 'give up some requests once, then abort',
};

/** The condition that decides, in words. */
export function describeCondition({ successCondition, failureCondition, provider }: PlanGate): string {
  const parts = [
    ...(successCondition === null ? [] : [`passes when ${oneLine(successCondition)}`]),
    ...(failureCondition === null ? [] : [`fails when ${oneLine(failureCondition)}`]),
  ];
  if (parts.length > 0) return parts.join(', ');
  return 'job' in provider ? 'passes when its Job succeeds' : 'has no condition';
}

/** `1 pod`, `2 pods`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${thousands(number)} ${number === 1 ? one : many}`;

/** `12,600`: the same on every machine, whatever its locale. */
export const thousands = (number: number): string => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');

/** `3.2×`, `14×`: rounded up, since a window must not claim to see more than it does. */
export function formatFactor(factor: number): string {
  const tenths = Math.ceil(factor * 10 - 1e-4) / 10; // the bisection ends a little above the truth
  return `${tenths < 10 ? tenths.toFixed(1) : thousands(Math.ceil(tenths))}×`;
}

/**
 * User text as one harmless line: no line breaks or control characters (a terminal obeys them), no invisible or
 * right-to-left marks (they make text read as something else), no broken characters (XML forbids them).
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cs}\p{Noncharacter_Code_Point}]/gu, '\ufffd')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/(?!\u200d)\p{Cf}/gu, '') // the joiner stays: emoji are made with it
    .trim();
}
