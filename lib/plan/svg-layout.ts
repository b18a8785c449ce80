// Where things are in the picture of a plan. Time runs to the right: by the clock where a step has a duration, and with
// a fixed width where a step ends with an event, so that waiting for a person is visible but not to scale.

import { type TimelineEntry, timeline } from './exposure.ts';
import type { Plan, PlanGate, Step } from './plan.ts';
import { oneLine } from './words.ts';

/** Horizontal extent of a step. */
export interface Span {
  readonly entry: TimelineEntry;
  readonly x0: number;
  readonly x1: number;
}

/** How a step spends time. */
export type Pace = 'clock' | 'event' | 'instant' | 'tail';

export function paceOf(step: Step): Pace {
  switch (step.kind) {
    case 'pause':
    case 'analysis':
      return 'clock';
    case 'scale':
    case 'smoke':
    case 'approval':
      return 'event';
    case 'setWeight':
    case 'setHeaderRoute':
    case 'setMirrorRoute':
    case 'switch':
      return 'instant';
    case 'bake':
      return 'tail';
  }
}

const WISHED_EVENT = 26;
const WISHED_APPROVAL = 52;
const WISHED_TAIL = 64;
const SHORTEST_CLOCK = 38;

/** Spans that fill `left` to `right` exactly. */
export function layoutSpans(plan: Plan, left: number, right: number): readonly Span[] {
  const entries = timeline(plan);
  const clocked = entries.filter(({ step }) => paceOf(step) === 'clock');
  const wished = entries.map(({ step }) => wishedWidth(step));
  const wishes = wished.reduce((total, width) => total + width, 0);
  const room = right - left;
  // Steps that end with an event may take a third of the picture, and all of it where nothing runs by the clock.
  const fixed = clocked.length === 0 ? room : Math.min(wishes, room / 3);
  const scale = wishes === 0 ? 0 : fixed / wishes;
  const clock = shareOut(
    clocked.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds),
    room - fixed,
  );
  let x = left;
  let nextClock = 0;
  return entries.map((entry, index) => {
    const width = paceOf(entry.step) === 'clock' ? (clock[nextClock++] ?? 0) : (wished[index] ?? 0) * scale;
    const span = { entry, x0: x, x1: x + width };
    x += width;
    return span;
  });
}

function wishedWidth(step: Step): number {
  if (step.kind === 'approval') return WISHED_APPROVAL;
  const pace = paceOf(step);
  return pace === 'event' ? WISHED_EVENT : pace === 'tail' ? WISHED_TAIL : 0;
}

/** Widths in proportion to durations, none too narrow to be read as long as there is room for that. */
function shareOut(durations: readonly number[], room: number): readonly number[] {
  const shortest = Math.min(SHORTEST_CLOCK, room / durations.length);
  let narrow = new Set<number>();
  for (;;) {
    const seconds = durations.reduce((total, duration, index) => (narrow.has(index) ? total : total + duration), 0);
    const perSecond = seconds === 0 ? 0 : (room - narrow.size * shortest) / seconds;
    const widths = durations.map((duration, index) => (narrow.has(index) ? shortest : duration * perSecond));
    const tooNarrow = new Set(widths.flatMap((width, index) => (width <= shortest ? [index] : [])));
    if (tooNarrow.size === narrow.size || tooNarrow.size === durations.length)
      return tooNarrow.size === durations.length ? durations.map(() => room / durations.length) : widths;
    narrow = tooNarrow;
  }
}

/** A line of the chart below the curve: one gate, one test, one approval, over all levels. */
export interface Row {
  readonly label: string;
  readonly marks: readonly Mark[];
}

export interface Mark {
  readonly span: Span;
  /** `reach`: from here on it leads to the candidate. */
  readonly pace: Pace | 'reach';
  /** What measures here, where it is a gate. */
  readonly gate: PlanGate | null;
}

/** Rows in the order in which they first matter; setting a weight has none, since it is the curve. */
export function layoutRows(spans: readonly Span[]): readonly Row[] {
  const rows = new Map<string, Mark[]>();
  const add = (label: string, mark: Mark) => {
    const marks = rows.get(label);
    if (marks === undefined) rows.set(label, [mark]);
    else marks.push(mark);
  };
  for (const span of spans) {
    const { step } = span.entry;
    const pace = paceOf(step);
    switch (step.kind) {
      case 'analysis':
      case 'bake':
        for (const gate of step.gates) add(oneLine(gate.name), { span, pace, gate });
        break;
      case 'scale':
      case 'pause':
        add(step.kind, { span, pace, gate: null });
        break;
      case 'smoke':
        add(named('migration' in step.test ? 'migration' : 'smoke', step.name), { span, pace, gate: null });
        break;
      case 'approval':
        add(named(step.kind, step.name), { span, pace, gate: null });
        break;
      case 'setHeaderRoute':
        add(`headers: ${oneLine(step.name)}`, { span: reach(span, spans), pace: 'reach', gate: null });
        break;
      case 'setMirrorRoute':
        if (step.percent > 0) add(`mirror: ${oneLine(step.name)}`, { span: reach(span, spans), pace: 'reach', gate: null });
        break;
      case 'setWeight':
      case 'switch':
        break;
    }
  }
  return [...rows].map(([label, marks]) => ({ label, marks }));
}

/** From a header route or mirror to the step that ends it, or to the edge. */
function reach(span: Span, spans: readonly Span[]): Span {
  const { index, step } = span.entry;
  const ending = step.kind === 'setHeaderRoute' ? 'switch' : step.kind;
  const end = spans.find(({ entry }) => entry.index > index && entry.step.kind === ending);
  return { ...span, x1: end?.x0 ?? spans.at(-1)?.x1 ?? span.x1 };
}

/** `smoke: checkout`, and `smoke` alone where that is its name. */
function named(kind: string, name: string): string {
  return name === kind ? kind : `${kind}: ${oneLine(name)}`;
}

/** Where a gate measures within an analysis. */
export function measurements({ span: { entry, x0, x1 }, gate }: Mark): readonly number[] {
  const seconds = entry.endSeconds - entry.startSeconds;
  if (gate === null || seconds === 0) return [];
  return Array.from(
    { length: gate.count },
    (_, index) => x0 + ((gate.initialDelaySeconds + index * gate.intervalSeconds) / seconds) * (x1 - x0),
  ).filter((x) => x <= x1 + 0.001);
}
