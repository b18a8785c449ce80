import { formatSeconds } from './duration.ts';
import type { Plan } from './plan.ts';
import { layoutRows, layoutSpans, type Mark, measurements, type Row, type Span } from './svg-layout.ts';
import { STYLE } from './svg-style.ts';
import { boldWidth, escapeXml, fitText, px, textWidth } from './svg-text.ts';
import { describeRhythm, describeStep, gateUses, oneLine, summary } from './words.ts';

const WIDTH = 800;
const MARGIN = 24;
const RIGHT = WIDTH - MARGIN;
/** Where exposure is 100 and where it is 0. */
const [TOP, BOTTOM] = [126, 286];
/** Approvals reach above the curve, so that their names never meet a level's. */
const APPROVAL_TOP = TOP - 22;
const AXIS = BOTTOM + 34;
const ROW = 21;

/**
 * For people: exposure over time as a curve, what watches it below, approvals as bands of open length. Stands alone
 * (no script, no font, nothing to load), follows the reader's light or dark mode, and may be put into a page as it is.
 */
export function planSvg(plan: Plan, hash: string): string {
  const left = gutter(layoutRows(layoutSpans(plan, 0, WIDTH)).map((row) => row.label));
  const spans = layoutSpans(plan, left, RIGHT);
  const rows = layoutRows(spans);
  const bottom = AXIS + rows.length * ROW;
  const height = bottom + 46;
  const id = `tidegate-plan-${hash.replace(/[^\w-]/g, '')}`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="tidegate-plan" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">`,
    `<title id="${id}-title">${escapeXml(`Release plan of ${plan.release}: ${summary(plan)}`)}</title>`,
    `<desc id="${id}-desc">${escapeXml(description(plan))}</desc>`,
    `<style>${STYLE}</style>`,
    `<defs><pattern id="${id}-open" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="2.5" height="7"/></pattern></defs>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    ...heading(plan, hash),
    ...grid(left),
    ...levelLines(spans, bottom),
    ...approvals(spans, bottom, `url(#${id}-open)`),
    ...curve(spans, left),
    ...levelLabels(spans),
    ...times(spans, left),
    ...rows.flatMap((row, index) => drawRow(row, left, AXIS + (index + 0.5) * ROW, `url(#${id}-open)`)),
    ...legend(rows, height - 20, `url(#${id}-open)`),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** The curve begins where the longest name of a row ends, within reason. */
function gutter(labels: readonly string[]): number {
  const longest = Math.max(...labels.map((each) => textWidth(each, 11.5)), 136);
  return Math.round(MARGIN + Math.min(longest, 230) + 12);
}

function description(plan: Plan): string {
  const steps = plan.steps.map((step, index) => `${index}. ${step.kind}, exposure ${step.exposure} %: ${describeStep(step)}.`);
  const gates = gateUses(plan).map((use) => `Gate ${oneLine(use.gate.name)} at ${use.at}: ${describeRhythm(use)}.`);
  return [...steps, ...gates].join(' ');
}

function heading(plan: Plan, hash: string): string[] {
  const { release, target, namespace, attempt, stable, candidate } = plan;
  const facts = `${target} / ${namespace} · attempt ${attempt} · plan ${hash} · ${stable.revision} → ${candidate.revision}`;
  return [
    label({ x: MARGIN, y: 34, text: release, size: 17, room: RIGHT - MARGIN, className: 'name' }),
    label({ x: MARGIN, y: 55, text: summary(plan), size: 13, room: RIGHT - MARGIN, className: 'ink' }),
    label({ x: MARGIN, y: 73, text: facts, size: 11, room: RIGHT - MARGIN, className: 'muted' }),
  ];
}

const yOf = (exposure: number) => BOTTOM - (exposure / 100) * (BOTTOM - TOP);

function grid(left: number): string[] {
  return [0, 25, 50, 75, 100].flatMap((exposure) => {
    const y = px(yOf(exposure));
    const line = `<line class="${exposure === 0 ? 'axis' : 'grid'}" x1="${left}" x2="${RIGHT}" y1="${y}" y2="${y}"/>`;
    if (exposure % 50 !== 0) return [line];
    const text = exposure === 100 ? 'share of requests 100 %' : `${exposure} %`;
    return [line, label({ x: left - 10, y: yOf(exposure) + 4, text, size: 11, room: 160, className: 'muted', anchor: 'end' })];
  });
}

/** A level begins on the curve and reads down through everything that watches it. */
function levelLines(spans: readonly Span[], bottom: number): string[] {
  return changes(spans).map(({ x0 }) => `<line class="grid" x1="${px(x0)}" x2="${px(x0)}" y1="${TOP}" y2="${bottom}"/>`);
}

const changes = (spans: readonly Span[]) => spans.filter(({ entry }) => entry.before !== entry.after);

function approvals(spans: readonly Span[], bottom: number, hatch: string): string[] {
  const bands = spans.filter(({ entry }) => entry.step.kind === 'approval');
  return bands.flatMap(({ entry: { step }, x0, x1 }, index) => {
    const middle = (x0 + x1) / 2;
    const neighbours = [bands[index - 1], bands[index + 1]].flatMap((band) =>
      band === undefined ? [] : [Math.abs((band.x0 + band.x1) / 2 - middle)],
    );
    const room = Math.min(150, 2 * (RIGHT + 16 - middle), ...neighbours.map((distance) => distance - 4));
    return [
      `<g><title>${escapeXml(`approval ${describeStep(step)}`)}</title>`,
      `<rect class="wait" x="${px(x0)}" y="${APPROVAL_TOP}" width="${px(x1 - x0)}" height="${px(bottom - APPROVAL_TOP)}" fill="${hatch}"/>`,
      `<line class="person" x1="${px(x0)}" x2="${px(x0)}" y1="${APPROVAL_TOP}" y2="${px(bottom)}"/></g>`,
      label({
        x: middle,
        y: APPROVAL_TOP - 6,
        text: step.kind === 'approval' ? step.name : '',
        size: 11,
        room,
        className: 'approval',
        anchor: 'middle',
      }),
    ];
  });
}

function curve(spans: readonly Span[], left: number): string[] {
  const tail = spans.find(({ entry }) => entry.step.kind === 'bake');
  const solid = spans.filter((span) => span !== tail);
  const end = tail?.x0 ?? RIGHT;
  let d = `M${left} ${px(yOf(0))}`;
  for (const { entry, x0 } of changes(solid)) d += `H${px(x0)}V${px(yOf(entry.after))}`;
  d += `H${px(end)}`;
  const area = `<path class="area" d="${d}V${px(yOf(0))}Z"/>`;
  const line = `<path class="curve" d="${d}"/>`;
  if (tail === undefined) return [area, line];
  const y = yOf(tail.entry.after);
  return [
    area,
    `<rect class="area late" x="${px(tail.x0)}" y="${px(y)}" width="${px(tail.x1 - tail.x0)}" height="${px(BOTTOM - y)}"/>`,
    line,
    `<path class="curve late" d="M${px(tail.x0)} ${px(y)}H${px(tail.x1)}"/>`,
  ];
}

/** Each level's share, on its tread where it fits. */
function levelLabels(spans: readonly Span[]): string[] {
  const steps = changes(spans);
  return steps.flatMap(({ entry, x0 }, index) => {
    const person = spans.find((span) => span.entry.step.kind === 'approval' && span.x0 > x0);
    const tread = Math.min(steps[index + 1]?.x0 ?? RIGHT, person?.x0 ?? RIGHT) - x0;
    const text = [`${entry.after} %`, String(entry.after)].find((each) => boldWidth(each, 12) + 6 <= tread);
    if (text === undefined) return [];
    const roomy = tread > boldWidth(text, 12) + 12;
    const x = roomy ? x0 + 7 : x0 + tread / 2;
    return [
      label({
        x,
        y: yOf(entry.after) - 7,
        text,
        size: 12,
        room: tread,
        className: 'level',
        ...(roomy ? {} : { anchor: 'middle' as const }),
      }),
    ];
  });
}

/** Time since the start where exposure changes and where the clock stops for a person; left out where crowded. */
function times(spans: readonly Span[], left: number): string[] {
  const points = spans
    .filter(({ entry }) => entry.before !== entry.after || entry.step.kind === 'approval')
    .map(({ entry, x0 }) => ({ x: x0, text: formatSeconds(entry.startSeconds) }));
  let free = left;
  let last = '';
  return points.flatMap(({ x, text }) => {
    const half = textWidth(text, 11) / 2;
    if (x - half < free || text === last) return [];
    free = x + half + 12;
    last = text;
    return [label({ x, y: BOTTOM + 18, text, size: 11, room: 90, className: 'time', anchor: 'middle' })];
  });
}

function drawRow(row: Row, left: number, y: number, hatch: string): string[] {
  return [
    `<g><title>${escapeXml(row.label)}</title>`,
    label({ x: left - 10, y: y + 4, text: row.label, size: 11.5, room: left - MARGIN - 8, className: 'ink', anchor: 'end' }),
    ...row.marks.map((mark) => drawMark(mark, y, hatch)),
    '</g>',
  ];
}

function drawMark(mark: Mark, y: number, hatch: string): string {
  const { x0, x1 } = mark.span;
  switch (mark.pace) {
    case 'event':
      return `<rect class="event" x="${px(x0 + 2)}" y="${px(y - 5)}" width="${px(Math.max(2, x1 - x0 - 4))}" height="10" rx="3" fill="${hatch}"/>`;
    case 'instant':
      return `<circle class="dot" cx="${px(x0)}" cy="${px(y)}" r="3.5"/>`;
    case 'tail':
      return `<line class="rail late" x1="${px(x0 + 4)}" x2="${px(x1)}" y1="${px(y)}" y2="${px(y)}"/>`;
    case 'reach':
      return `<circle class="dot" cx="${px(x0)}" cy="${px(y)}" r="3.5"/><path class="curve" d="M${px(x0)} ${px(y)}H${px(x1)}"/>`;
    case 'clock':
      return drawWatch(mark, y);
  }
}

/** One dot per measurement, or a bar where they would run together. */
function drawWatch(mark: Mark, y: number): string {
  const { x0, x1 } = mark.span;
  const xs = measurements(mark);
  const [first, second] = xs;
  const crowded = first !== undefined && second !== undefined && second - first < 6;
  const rail = `<line class="rail${crowded || xs.length === 0 ? ' thick' : ''}" x1="${px(x0 + 4)}" x2="${px(x1 - 4)}" y1="${px(y)}" y2="${px(y)}"/>`;
  if (crowded) return rail;
  return rail + xs.map((x) => `<circle class="dot" cx="${px(x)}" cy="${px(y)}" r="2.5"/>`).join('');
}

function legend(rows: readonly Row[], y: number, hatch: string): string[] {
  const marks = rows.flatMap((row) => row.marks);
  const entries = [
    {
      shown: marks.some(({ gate }) => gate !== null),
      key: `<circle class="dot" cx="8" cy="-4" r="2.5"/>`,
      text: 'a gate measures (bar: often)',
    },
    {
      shown: marks.some(({ pace }) => pace === 'event'),
      key: `<rect class="event" x="0" y="-9" width="16" height="10" rx="3" fill="${hatch}"/>`,
      text: 'as long as it takes, not counted in times',
    },
    {
      shown: marks.some(({ pace }) => pace === 'tail'),
      key: `<line class="rail late" x1="0" x2="16" y1="-4" y2="-4"/>`,
      text: 'until Git drops the plan',
    },
  ].filter(({ shown }) => shown);
  let x = MARGIN;
  return entries.map(({ key, text }) => {
    const entry = `<g transform="translate(${px(x)} ${px(y)})">${key}${label({ x: 23, y: 0, text, size: 11, room: 300, className: 'muted' })}</g>`;
    x += 23 + textWidth(text, 11) + 22;
    return entry;
  });
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  /** Longer text is cut. */
  readonly room: number;
  readonly className: string;
  readonly anchor?: 'middle' | 'end';
}

/** Classes that the style makes bold. */
const BOLD: ReadonlySet<string> = new Set(['name', 'level', 'approval']);

function label({ x, y, text, size, room, className, anchor }: Label): string {
  const aligned = anchor === undefined ? '' : ` text-anchor="${anchor}"`;
  const line = oneLine(text);
  const width = BOLD.has(className) ? boldWidth : textWidth;
  return `<text class="${className}" x="${px(x)}" y="${px(y)}" font-size="${size}"${aligned}>${escapeXml(fitText(line, size, room, width))}</text>`;
}
