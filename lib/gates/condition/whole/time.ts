import { ConditionError } from '../limits.ts';
import { OPERATIONS, type Operation, op } from '../operations.ts';
import { refuse, textFrom, typeOfValue, type Value } from '../values.ts';

/** What `now()` is; set before a condition is asked. */
export const clock = { now: 0 };

/** A moment, in UTC. Its methods are its fields. */
export class DateTime extends Map<string, Value> {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    super();
    this.nanoseconds = nanoseconds;
    const date = new Date(Number(nanoseconds / 1_000_000n));
    const year = Date.UTC(date.getUTCFullYear(), 0, 1);
    const fields = {
      Year: date.getUTCFullYear(),
      Month: date.getUTCMonth() + 1,
      Day: date.getUTCDate(),
      Hour: date.getUTCHours(),
      Minute: date.getUTCMinutes(),
      Second: date.getUTCSeconds(),
      Weekday: date.getUTCDay(),
      YearDay: Math.floor((date.getTime() - year) / 86_400_000) + 1,
    };
    for (const [name, value] of Object.entries(fields)) this.set(`${name}()`, BigInt(value));
    this.set('Unix()', nanoseconds / 1_000_000_000n);
    this.set('UnixMilli()', nanoseconds / 1_000_000n);
    this.set('UnixNano()', nanoseconds);
  }

  get text(): string {
    return new Date(Number(this.nanoseconds / 1_000_000n)).toISOString().replace(/\.?0+Z$/, 'Z');
  }
}

/** A length of time. */
export class Span extends Map<string, Value> {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    super();
    this.nanoseconds = nanoseconds;
    const seconds = Number(nanoseconds) / 1e9;
    this.set('Hours()', seconds / 3_600);
    this.set('Minutes()', seconds / 60);
    this.set('Seconds()', seconds);
    this.set('Milliseconds()', nanoseconds / 1_000_000n);
    this.set('Nanoseconds()', nanoseconds);
  }
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3_600e9 };

/** As Go's time.ParseDuration: `1h15m30.5s`. */
function spanOf(text: string): Span {
  const parts = [...text.replace(/^[+-]/, '').matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/gy)];
  const read = parts.map(([part]) => part).join('');
  if (text !== '0' && (read === '' || read !== text.replace(/^[+-]/, '')))
    throw new ConditionError(`'${text.slice(0, 40)}' is no duration`);
  const sum = parts.reduce((total, [, number, unit = '']) => total + Number(number) * (UNITS[unit] ?? 0), 0);
  return new Span(BigInt(Math.round(text.startsWith('-') ? -sum : sum)));
}

/** What a layout of Go names a part by, as a regular expression. */
const LAYOUT: readonly (readonly [string, string])[] = [
  ['2006', '(?<year>\\d{4})'],
  ['01', '(?<month>\\d\\d)'],
  ['02', '(?<day>\\d\\d)'],
  ['15', '(?<hour>\\d\\d)'],
  ['04', '(?<minute>\\d\\d)'],
  ['05', '(?<second>\\d\\d)(?<fraction>\\.\\d+)?'],
  ['Z07:00', '(?<zone>Z|[+-]\\d\\d:\\d\\d)'],
  ['-07:00', '(?<zone>[+-]\\d\\d:\\d\\d)'],
  ['-0700', '(?<zone>[+-]\\d{4})'],
];

/** Layouts that are tried where none is given; of those that Go's `date` knows the ones with numbers only. */
const LAYOUTS = ['2006-01-02', '15:04:05', '2006-01-02 15:04:05', '2006-01-02T15:04:05Z07:00'];

function dated(text: string, layout: string): DateTime | null {
  const escaped = layout.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`^${LAYOUT.reduce((made, [name, part]) => made.replace(name, part), escaped)}$`);
  const {
    year = '0000',
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '',
    zone = 'Z',
  } = pattern.exec(text)?.groups ?? {};
  if (!pattern.test(text)) return null;
  const offset = zone === 'Z' ? 'Z' : zone.replace(/^(...):?/, '$1:');
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  if (Number.isNaN(milliseconds)) return null;
  const nanoseconds = BigInt((fraction.slice(1) + '000000000').slice(0, 9));
  return new DateTime(BigInt(milliseconds) * 1_000_000n + nanoseconds);
}

/** Zones need a table of the world's, and a verdict that anybody can compute again does not: UTC it is. */
function date(args: Value): DateTime {
  const [text, layout, zone] = (args as readonly Value[]).map((value) => textFrom(value, 'date')) as [string, string?, string?];
  if (zone !== undefined && zone !== 'UTC') throw new ConditionError(`dates are in UTC here, not in '${zone}'`);
  for (const tried of layout === undefined ? LAYOUTS : [layout]) {
    const found = dated(text, tried);
    if (found !== null) return found;
  }
  throw new ConditionError(`'${text.slice(0, 40)}' is no date that is read here`);
}

const isTime = (value: Value): value is DateTime | Span => value instanceof DateTime || value instanceof Span;

/** The operator, and for times instead what is said. */
function timely(name: string, run: (left: DateTime | Span, right: DateTime | Span) => Value): readonly [string, Operation] {
  const known = OPERATIONS.get(name) as Operation;
  const both = op(
    known.rule,
    (left, right, around, third) => {
      if (isTime(left) && isTime(right)) return run(left, right);
      if (known.mode === 'strict' && known.rule([typeOfValue(left), typeOfValue(right)]) === null) refuse(name, left, right);
      return known.run(left, right, around, third);
    },
    'lenient',
  );
  return [name, both];
}

const ordered = (name: string, run: (left: bigint, right: bigint) => boolean) =>
  timely(name, (left, right) =>
    left instanceof DateTime === right instanceof DateTime ? run(left.nanoseconds, right.nanoseconds) : refuse(name, left, right),
  );

export const TIMES: ReadonlyMap<string, Operation> = new Map([
  [
    'now',
    op(
      (types) => (types.length === 0 ? 'any' : null),
      () => new DateTime(BigInt(Math.round(clock.now)) * 1_000_000n),
      'all',
    ),
  ],
  ['duration', op('string>any', (text) => spanOf(textFrom(text, 'duration')))],
  ['date', op('string>any string,string>any string,string,string>any', date, 'all')],
  ordered('<', (left, right) => left < right),
  ordered('>', (left, right) => left > right),
  ordered('<=', (left, right) => left <= right),
  ordered('>=', (left, right) => left >= right),
  ordered('==', (left, right) => left === right),
  ordered('!=', (left, right) => left !== right),
  timely('+', (left, right) => {
    if (left instanceof DateTime && right instanceof DateTime) return refuse('+', left, right);
    const sum = left.nanoseconds + right.nanoseconds;
    return left instanceof Span && right instanceof Span ? new Span(sum) : new DateTime(sum);
  }),
  timely('-', (left, right) => {
    const difference = left.nanoseconds - right.nanoseconds;
    if (left instanceof DateTime && right instanceof Span) return new DateTime(difference);
    return left instanceof Span && right instanceof DateTime ? refuse('-', left, right) : new Span(difference);
  }),
]);
