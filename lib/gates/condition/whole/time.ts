import { ConditionError } from '../limits.ts';
import type { Node } from '../node.ts';
import { type Call, type Code, type Form, OPERATIONS, type Operation, op } from '../operations.ts';
import type { Type } from '../types.ts';
import { isListValue, isMapValue, refuse, textFrom, typeOfValue, type Value } from '../values.ts';

/** What `now()` is; set before a condition is asked. */
export const clock = { now: 0 };

/** A moment, seen from a place so many minutes east of UTC. Equal ones are the same moment. */
export class DateTime extends Map<string, Value> {
  readonly nanoseconds: bigint;
  readonly offset: number;

  constructor(nanoseconds: bigint, offset = 0) {
    super([['Time', nanoseconds]]);
    this.nanoseconds = nanoseconds;
    this.offset = offset;
  }

  /** What clocks and calendars of the place show, as if it were UTC. */
  get there(): Date {
    return new Date(Number(floor(this.nanoseconds, 1_000_000n)) + this.offset * 60_000);
  }

  get text(): string {
    const [date] = this.there.toISOString().split('.');
    const fraction = `.${String(this.nanoseconds - floor(this.nanoseconds, SECOND) * SECOND).padStart(9, '0')}`.replace(/\.?0+$/, '');
    const [hours, minutes] = [Math.abs(this.offset) / 60, Math.abs(this.offset) % 60].map((part) =>
      String(Math.floor(part)).padStart(2, '0'),
    );
    return `${date}${fraction}${this.offset === 0 ? 'Z' : `${this.offset < 0 ? '-' : '+'}${hours}:${minutes}`}`;
  }
}

/** A length of time. */
export class Span extends Map<string, Value> {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    super([['Duration', nanoseconds]]);
    this.nanoseconds = nanoseconds;
  }
}

/** A month or a day of the week, which Go tells from a number. */
export class Named extends Map<string, Value> {
  readonly type: 'time.Month' | 'time.Weekday';
  readonly number: number;
  readonly text: string;

  constructor(type: Named['type'], number: number, text: string) {
    super([[type, text]]);
    this.type = type;
    this.number = number;
    this.text = text;
  }
}

/** Go's type of a time, or null. */
export function nameOf(value: Value): Type | null {
  if (value instanceof Named) return value.type;
  return value instanceof DateTime ? 'time.Time' : value instanceof Span ? 'time.Duration' : null;
}

const SECOND = 1_000_000_000n;

function floor(value: bigint, by: bigint): bigint {
  return value / by - (value % by < 0n ? 1n : 0n);
}

const word = (date: Date, how: Intl.DateTimeFormatOptions): string => date.toLocaleString('en-US', { ...how, timeZone: 'UTC' });
const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - Date.parse(`${date.toISOString().slice(0, -20)}-01-01`)) / 86_400_000) + 1;

const shown = (show: (there: Date) => number): Method => ({ gives: 'int', run: (time) => BigInt(show((time as DateTime).there)) });
const since = (unit: bigint): Method => ({ gives: 'int', run: (time) => floor((time as DateTime).nanoseconds, unit) });
const lasting = (unit: number): Method => ({ gives: 'float', run: (span) => Number((span as Span).nanoseconds) / 1e9 / unit });
const NAME = { String: { gives: 'string', run: (named) => (named as Named).text } } satisfies Readonly<Record<string, Method>>;

interface Method {
  readonly gives: Type;
  readonly run: (of: Value) => Value;
}

/** Those that take nothing, of what Go has. */
const METHODS: Readonly<Record<Type, Readonly<Record<string, Method>>>> = {
  'time.Time': {
    Year: shown((there) => there.getUTCFullYear()),
    Month: {
      gives: 'time.Month',
      run: (time) => {
        const { there } = time as DateTime;
        return new Named('time.Month', there.getUTCMonth() + 1, word(there, { month: 'long' }));
      },
    },
    Day: shown((there) => there.getUTCDate()),
    Hour: shown((there) => there.getUTCHours()),
    Minute: shown((there) => there.getUTCMinutes()),
    Second: shown((there) => there.getUTCSeconds()),
    Weekday: {
      gives: 'time.Weekday',
      run: (time) => {
        const { there } = time as DateTime;
        return new Named('time.Weekday', there.getUTCDay(), word(there, { weekday: 'long' }));
      },
    },
    YearDay: shown(dayOfYear),
    Unix: since(SECOND),
    UnixMilli: since(1_000_000n),
    UnixNano: since(1n),
  },
  'time.Duration': {
    Hours: lasting(3_600),
    Minutes: lasting(60),
    Seconds: lasting(1),
    Milliseconds: { gives: 'int', run: (span) => (span as Span).nanoseconds / 1_000_000n },
    Nanoseconds: { gives: 'int', run: (span) => (span as Span).nanoseconds },
  },
  'time.Month': NAME,
  'time.Weekday': NAME,
};

export const METHOD_NAMES: ReadonlySet<string> = new Set(Object.values(METHODS).flatMap(Object.keys));

/** `x.Month()`, which is written as an index here: the name of what is called, with its parentheses. */
export function method({ args: [base, key] }: Call, compiled: Parameters<Form>[1], wrong: Parameters<Form>[2]): Code | null {
  if (!base || key?.kind !== 'name' || !key.name.endsWith('()')) return null;
  const name = key.name.slice(0, -2);
  const of = compiled(base);
  const known = METHODS[of.type]?.[name];
  if (!known && of.type !== 'any') return wrong(key, `${of.type} has no ${name}()`);
  return {
    type: known?.gives ?? 'any',
    run: () => {
      const value = of.run();
      return METHODS[nameOf(value) ?? '']?.[name]?.run(value) ?? refuse(`${name}()`, value);
    },
  };
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

/** @throws ConditionError where a part of it is none of these */
function layoutOf(layout: string): RegExp {
  const left = LAYOUT.reduce((rest, [name]) => rest.replace(name, ''), layout);
  if (/\d|Jan|Mon|MST|pm/i.test(left)) throw new ConditionError(`'${layout.slice(0, 40)}' is no layout of a date that is read here`);
  const escaped = layout.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${LAYOUT.reduce((made, [name, part]) => made.replace(name, part), escaped)}$`);
}

function dated(text: string, layout: string): DateTime | null {
  const groups = layoutOf(layout).exec(text)?.groups;
  if (!groups) return null;
  const { year = '0000', month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z' } = groups;
  const [, sign, hours, minutes] = /^([+-])(..):?(..)$/.exec(zone) ?? [];
  const offset = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
  const shown = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const there = Date.parse(`${shown}Z`);
  // JavaScript makes the second of March of the thirtieth of February.
  if (!new Date(Number.isNaN(there) ? 0 : there).toISOString().startsWith(shown)) return null;
  if (Number(hours ?? 0) > 24 || Number(minutes ?? 0) >= 60) return null;
  const nanoseconds = BigInt(`${fraction.slice(1)}000000000`.slice(0, 9));
  return new DateTime(BigInt(there - offset * 60_000) * 1_000_000n + nanoseconds, offset);
}

/** Zones by name need a table of the world's, and a verdict that anybody can compute again does not: UTC, or an offset. */
function date(args: Value): DateTime {
  const [text, layout, zone] = (args as readonly Value[]).map((value) => textFrom(value, 'date')) as [string, string?, string?];
  checkZone(zone);
  for (const tried of layout === undefined ? LAYOUTS : [layout]) {
    const found = dated(text, tried);
    if (found !== null) return found;
  }
  throw new ConditionError(`'${text.slice(0, 40)}' is no date that is read here`);
}

function checkZone(zone: string | undefined): void {
  if (zone !== undefined && zone !== 'UTC') throw new ConditionError(`dates are in UTC here, not in '${zone}'`);
}

/** Tells what is wrong with texts that stand in the condition itself before anything is asked. */
const early =
  (...reads: readonly ((text: string, all: readonly (string | undefined)[]) => unknown)[]): Form =>
  ({ args }, _, wrong) => {
    const texts = args.map((part) => (part.kind === 'literal' && typeof part.value === 'string' ? part.value : undefined));
    for (const [index, text] of texts.entries()) {
      try {
        if (text !== undefined) reads[index]?.(text, texts);
      } catch (error) {
        wrong(args[index] as Node, (error as ConditionError).message);
      }
    }
    return null;
  };

const holdsTime = (value: Value): boolean =>
  isListValue(value) ? value.some(holdsTime) : isMapValue(value) && (nameOf(value) !== null || [...value.values()].some(holdsTime));

/** The operator or function, and for times instead what is said. */
function timely(name: string, rule: string, run: (...values: readonly Value[]) => Value): readonly [string, Operation] {
  const known = OPERATIONS.get(name) as Operation;
  const { rule: ofTimes } = op(rule, () => null);
  const both = op(
    (types) => known.rule(types) ?? (types.includes('any') && ofTimes(types) !== 'bool' ? ofTimes(types) && 'any' : ofTimes(types)),
    (given, _, around) => {
      const values = given as readonly Value[];
      const types = values.map((value) => nameOf(value) ?? typeOfValue(value));
      if (ofTimes(types) !== null) return run(...values);
      const [first = null, second = null] = values;
      return known.rule(types) === null ? refuse(name, ...values) : known.run(first, second, around, null);
    },
    'all',
  );
  return [name, both];
}

type Timed = DateTime | Span;
const ORDERED = 'time.Time,time.Time>bool time.Duration,time.Duration>bool';
const ordered = (name: string, run: (left: bigint, right: bigint) => boolean) =>
  timely(name, ORDERED, (left, right) => run((left as Timed).nanoseconds, (right as Timed).nanoseconds));

const nanosecondsOf = (value: Value): bigint => (value instanceof Span ? value.nanoseconds : (value as bigint));
const string = OPERATIONS.get('string') as Operation;

export const TIMES: ReadonlyMap<string, Operation> = new Map([
  [
    'now',
    op(
      (types) => (types.length === 0 ? 'time.Time' : null),
      () => new DateTime(BigInt(Math.round(clock.now)) * 1_000_000n),
      'all',
    ),
  ],
  ['duration', { ...op('string>time.Duration', (text) => spanOf(textFrom(text, 'duration'))), form: early(spanOf) }],
  [
    'date',
    {
      ...op('string>time.Time string,string>time.Time string,string,string>time.Time', date, 'all'),
      form: early((text, [, ...more]) => more.length === 0 && date([text]), layoutOf, checkZone),
    },
  ],
  ordered('<', (left, right) => left < right),
  ordered('>', (left, right) => left > right),
  ordered('<=', (left, right) => left <= right),
  ordered('>=', (left, right) => left >= right),
  timely(
    '+',
    'time.Time,time.Duration>time.Time time.Duration,time.Time>time.Time time.Duration,time.Duration>time.Duration',
    (left, right) => {
      const sum = (left as Timed).nanoseconds + (right as Timed).nanoseconds;
      const time = [left, right].find((value) => value instanceof DateTime);
      return time ? new DateTime(sum, (time as DateTime).offset) : new Span(sum);
    },
  ),
  timely(
    '-',
    'time.Time,time.Time>time.Duration time.Time,time.Duration>time.Time time.Duration,time.Duration>time.Duration',
    (left, right) => {
      const difference = (left as Timed).nanoseconds - (right as Timed).nanoseconds;
      return left instanceof DateTime && right instanceof Span ? new DateTime(difference, left.offset) : new Span(difference);
    },
  ),
  timely(
    '*',
    'time.Duration,int>time.Duration int,time.Duration>time.Duration',
    (left, right) => new Span(BigInt.asIntN(64, nanosecondsOf(left) * nanosecondsOf(right))),
  ),
  timely('int', 'time.Month>int time.Weekday>int', (value) => BigInt((value as Named).number)),
  [
    'string',
    op(
      (types) => (types.some((type) => /^time\.[TD]/.test(type)) ? null : string.rule(types)),
      (value, other, around, third) => {
        if (value instanceof Named) return value.text;
        return holdsTime(value) ? refuse('string', value) : string.run(value, other, around, third);
      },
    ),
  ],
]);
