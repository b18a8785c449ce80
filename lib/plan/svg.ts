import { formatSeconds } from './duration.ts';
import type { Plan } from './plan.ts';
import { layoutRows, layoutSpans, type Mark, measurements, type Row, type Span } from './svg-layout.ts';
import { escapeXml, fitText, px, textWidth } from './svg-text.ts';
import { describeRhythm, describeStep, gateUses, oneLine, summary } from './words.ts';

const WIDTH = 800;
const PLOT = { left: 178, right: 776, top: 108, bottom: 268 } as const;
const AXIS = PLOT.bottom + 34;
const ROW = 21;

/**
 * For people: exposure over time as a curve, what watches it below, approvals as bands of open length. Stands alone
 * (no script, no font, nothing to load), follows the reader's light or dark mode, and may be put into a page as it is.
 */
export function planSvg(plan: Plan, hash: string): string {
  const spans = layoutSpans(plan, PLOT.left, PLOT.right);
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
    ...grid(),
    ...levelLines(spans, bottom),
    ...approvals(spans, bottom, `url(#${id}-open)`),
    ...curve(spans),
    ...levelLabels(spans),
    ...times(spans),
    ...rows.flatMap((row, index) => drawRow(row, AXIS + (index + 0.5) * ROW, `url(#${id}-open)`)),
    ...legend(rows, height - 20, `url(#${id}-open)`),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function description(plan: Plan): string {
  const steps = plan.steps.map((step, index) => `${index}. ${step.kind}, exposure ${step.exposure} %: ${describeStep(step)}.`);
  const gates = gateUses(plan).map((use) => `Gate ${oneLine(use.gate.name)} at ${use.at.join(', ')}: ${describeRhythm(use)}.`);
  return [...steps, ...gates].join(' ');
}

function heading(plan: Plan, hash: string): string[] {
  const { release, target, namespace, attempt, stable, candidate } = plan;
  const facts = `${target} / ${namespace} · attempt ${attempt} · plan ${hash} · ${stable.revision} → ${candidate.revision}`;
  return [
    label({ x: 24, y: 34, text: release, size: 17, room: 752, className: 'name' }),
    label({ x: 24, y: 55, text: summary(plan), size: 13, room: 752, className: 'ink' }),
    label({ x: 24, y: 73, text: facts, size: 11, room: 752, className: 'muted' }),
  ];
}

const yOf = (exposure: number) => PLOT.bottom - (exposure / 100) * (PLOT.bottom - PLOT.top);

function grid(): string[] {
  return [0, 25, 50, 75, 100].flatMap((exposure) => {
    const y = px(yOf(exposure));
    const line = `<line class="${exposure === 0 ? 'axis' : 'grid'}" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}"/>`;
    if (exposure % 50 !== 0) return [line];
    const text = exposure === 100 ? 'share of requests  100 %' : `${exposure} %`;
    return [line, label({ x: PLOT.left - 10, y: yOf(exposure) + 4, text, size: 11, room: 160, className: 'muted', anchor: 'end' })];
  });
}

/** A level begins on the curve and reads down through everything that watches it. */
function levelLines(spans: readonly Span[], bottom: number): string[] {
  return changes(spans).map(({ x0 }) => `<line class="grid" x1="${px(x0)}" x2="${px(x0)}" y1="${px(PLOT.top)}" y2="${bottom}"/>`);
}

const changes = (spans: readonly Span[]) => spans.filter(({ entry }) => entry.before !== entry.after);

function approvals(spans: readonly Span[], bottom: number, hatch: string): string[] {
  const bands = spans.filter(({ entry }) => entry.step.kind === 'approval');
  return bands.flatMap(({ entry: { step }, x0, x1 }, index) => {
    const middle = (x0 + x1) / 2;
    const neighbours = [bands[index - 1], bands[index + 1]].flatMap((band) =>
      band === undefined ? [] : [Math.abs((band.x0 + band.x1) / 2 - middle)],
    );
    const room = Math.min(150, 2 * (PLOT.right + 16 - middle), ...neighbours.map((distance) => distance - 4));
    return [
      `<g><title>${escapeXml(`approval ${describeStep(step)}`)}</title>`,
      `<rect class="wait" x="${px(x0)}" y="${PLOT.top - 8}" width="${px(x1 - x0)}" height="${px(bottom - PLOT.top + 8)}" fill="${hatch}"/>`,
      `<line class="person" x1="${px(x0)}" x2="${px(x0)}" y1="${PLOT.top - 8}" y2="${px(bottom)}"/></g>`,
      label({
        x: middle,
        y: PLOT.top - 14,
        text: step.kind === 'approval' ? step.name : '',
        size: 11,
        room,
        className: 'approval',
        anchor: 'middle',
      }),
    ];
  });
}

function curve(spans: readonly Span[]): string[] {
  const tail = spans.find(({ entry }) => entry.step.kind === 'bake');
  const solid = spans.filter((span) => span !== tail);
  const end = tail?.x0 ?? PLOT.right;
  let d = `M${PLOT.left} ${px(yOf(0))}`;
  for (const { entry, x0 } of changes(solid)) d += `H${px(x0)}V${px(yOf(entry.after))}`;
  d += `H${px(end)}`;
  const area = `<path class="area" d="${d}V${px(yOf(0))}Z"/>`;
  const line = `<path class="curve" d="${d}"/>`;
  if (tail === undefined) return [area, line];
  const y = yOf(tail.entry.after);
  return [
    area,
    `<rect class="area late" x="${px(tail.x0)}" y="${px(y)}" width="${px(tail.x1 - tail.x0)}" height="${px(PLOT.bottom - y)}"/>`,
    line,
    `<path class="curve late" d="M${px(tail.x0)} ${px(y)}H${px(tail.x1)}"/>`,
  ];
}

/** Each level's share, on its tread where it fits. */
function levelLabels(spans: readonly Span[]): string[] {
  const steps = changes(spans);
  return steps.flatMap(({ entry, x0 }, index) => {
    const tread = (steps[index + 1]?.x0 ?? PLOT.right) - x0;
    const text = [`${entry.after} %`, String(entry.after)].find((each) => textWidth(each, 12) + 4 <= tread);
    if (text === undefined) return [];
    const roomy = tread > textWidth(text, 12) + 16;
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
function times(spans: readonly Span[]): string[] {
  const points = spans
    .filter(({ entry }) => entry.before !== entry.after || entry.step.kind === 'approval')
    .map(({ entry, x0 }) => ({ x: x0, text: formatSeconds(entry.startSeconds) }));
  let free: number = PLOT.left;
  let last = '';
  return points.flatMap(({ x, text }) => {
    const half = textWidth(text, 11) / 2;
    if (x - half < free || text === last) return [];
    free = x + half + 6;
    last = text;
    return [label({ x, y: PLOT.bottom + 17, text, size: 11, room: 90, className: 'muted', anchor: 'middle' })];
  });
}

function drawRow(row: Row, y: number, hatch: string): string[] {
  return [
    `<g><title>${escapeXml(row.label)}</title>`,
    label({ x: PLOT.left - 10, y: y + 4, text: row.label, size: 11.5, room: PLOT.left - 30, className: 'ink', anchor: 'end' }),
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
    { shown: marks.some(({ gate }) => gate !== null), key: `<circle class="dot" cx="8" cy="-4" r="2.5"/>`, text: 'a gate measures' },
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
  let x: number = PLOT.left;
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

function label({ x, y, text, size, room, className, anchor }: Label): string {
  const aligned = anchor === undefined ? '' : ` text-anchor="${anchor}"`;
  const line = oneLine(text);
  return `<text class="${className}" x="${px(x)}" y="${px(y)}" font-size="${size}"${aligned}>${escapeXml(fitText(line, size, room))}</text>`;
}

// Colours are written out twice, since not every program that shows SVG knows custom properties.
const STYLE = `
.tidegate-plan text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.tidegate-plan .page{fill:#fff;stroke:#d0d7de}
.tidegate-plan .name{fill:#1f2328;font-weight:600}
.tidegate-plan .ink{fill:#1f2328}
.tidegate-plan .muted{fill:#59636e}
.tidegate-plan .level{fill:#0b6074;font-weight:600}
.tidegate-plan .approval{fill:#8a4b00;font-weight:600}
.tidegate-plan .grid{stroke:#e4e8ec;stroke-width:1}
.tidegate-plan .axis{stroke:#9aa4af;stroke-width:1}
.tidegate-plan .area{fill:#0b7285;fill-opacity:.13}
.tidegate-plan .area.late{fill-opacity:.06}
.tidegate-plan .curve{fill:none;stroke:#0b7285;stroke-width:2.5;stroke-linejoin:round}
.tidegate-plan .curve.late{stroke-dasharray:5 4}
.tidegate-plan .rail{stroke:#9fc3cb;stroke-width:1.5;stroke-linecap:round}
.tidegate-plan .rail.thick{stroke-width:5}
.tidegate-plan .rail.late{stroke-dasharray:2 5}
.tidegate-plan .dot{fill:#0b7285}
.tidegate-plan .hatch{fill:#c77700;fill-opacity:.38}
.tidegate-plan .wait{fill-opacity:.55}
.tidegate-plan .event{stroke:#c77700;stroke-width:1}
.tidegate-plan .person{stroke:#c77700;stroke-width:2}
@media (prefers-color-scheme:dark){
.tidegate-plan .page{fill:#0d1117;stroke:#30363d}
.tidegate-plan .name,.tidegate-plan .ink{fill:#e6edf3}
.tidegate-plan .muted{fill:#9198a1}
.tidegate-plan .level{fill:#66d9e8}
.tidegate-plan .approval{fill:#ffb454}
.tidegate-plan .grid{stroke:#21262d}
.tidegate-plan .axis{stroke:#57606a}
.tidegate-plan .area{fill:#3bc9db}
.tidegate-plan .curve{stroke:#3bc9db}
.tidegate-plan .rail{stroke:#2b5f68}
.tidegate-plan .dot{fill:#3bc9db}
.tidegate-plan .hatch{fill:#f0a13c}
.tidegate-plan .event,.tidegate-plan .person{stroke:#f0a13c}
}
`;
