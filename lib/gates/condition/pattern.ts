import { type Budget, ConditionError, LIMITS } from './limits.ts';

/**
 * Whether a regular expression occurs anywhere in the text.
 *
 * It has RE2's syntax, as Argo's `matches`, but for scripts such as `\p{Greek}`, categories under `(?i)`, `\Q...\E`, octal
 * numbers and `[[:^alpha:]]`. Each part leads from all places in the text where it may begin to all places where
 * it may end, at once, so that nothing is ever tried twice; JavaScript's own engine goes back and tries again, for hours
 * if the pattern asks for it, and so is only asked about one character at a time.
 * @see https://github.com/google/re2/wiki/Syntax
 */
export type Pattern = (text: string, budget: Budget) => boolean;

/** Where one may stand before a part, to where one may stand after it. */
type Part = (from: Places, text: string, budget: Budget) => Places;
type Places = ReadonlySet<number>;

const TOKEN =
  /\[(?:\^|(?!\^))(?:\[:\^?\w+:\]|\\.|[^\\])(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\\[pP](?:\{\^?\w+\}|.)|\\x(?:[\da-f]{2}|\{[\da-f]+\})|\\.|\(\?[a-z-]*[:)]|\(\?P?<\w+>|\(\??|[*+?]\??|\{\d+(?:,\d*)?\}\??|./gisu;
const REPEAT = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??$/;
const FLAGS = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])$/;
/** As RE2's, together and nested. */
const MOST_REPEATS = 1_000;

/** @throws ConditionError */
export function patternOf(source: string): Pattern {
  const tokens = source.match(TOKEN) ?? [];
  let flags = '';
  let index = 0;
  let nesting = 0;
  let repeats = 1;

  const token = (): string => tokens[index] ?? '';

  function refuse(): never {
    throw new ConditionError(
      `'${source.slice(0, 80)}' cannot be used as a regular expression here: '${token() || 'its end'}' does not fit`,
    );
  }

  /** What flags are set inside holds to its end. */
  function alternatives(): Part {
    if (++nesting > LIMITS.nesting) refuse();
    const outer = flags;
    const parts = [sequence()];
    for (; token() === '|'; parts.push(sequence())) index++;
    flags = outer;
    nesting--;
    return (from, text, budget) => {
      budget.spend(from.size * parts.length);
      return new Set(parts.flatMap((part) => [...part(from, text, budget)]));
    };
  }

  function sequence(): Part {
    const parts: Part[] = [];
    while (!['|', ')', ''].includes(token())) {
      const [, on, off = '', end] = FLAGS.exec(token()) ?? [];
      if (end !== ')') parts.push(repeated());
      else {
        flags = flagged(on, off);
        index++;
      }
    }
    return (from, text, budget) =>
      parts.reduce((places, part) => {
        budget.spend(places.size);
        return part(places, text, budget);
      }, from);
  }

  const flagged = (on = '', off = ''): string => [...new Set(flags + on)].filter((flag) => !off.includes(flag)).join('');

  function repeated(): Part {
    const beside = repeats;
    repeats = 1;
    const part = atom();
    const times = REPEAT.exec(token());
    const [, sign, from = '', more, to = ''] = times ?? [];
    const least = sign === '+' ? 1 : Number(from);
    const most = sign === '?' ? 1 : sign || (more && !to) ? Number.POSITIVE_INFINITY : Number(to || from);
    if (!sign && times) repeats *= Math.max(1, Number.isFinite(most) ? most : least);
    if (most < least || repeats > MOST_REPEATS) refuse();
    repeats = Math.max(beside, repeats);
    if (times === null) return part;
    index++;
    return (from, text, budget) => repeat(part, least, most, from, text, budget);
  }

  function atom(): Part {
    const first = token();
    if (/^[*+?)]|^\{\d|^[[\\]?$/.test(first)) refuse();
    if (first.startsWith('(')) return group(first);
    const isHere = (flags.includes('m') && PLACES[`${first}m`]) || PLACES[first];
    const one = isHere ? null : character(first);
    index++;
    if (isHere) return (from, text) => new Set([...from].filter((at) => isHere(text, at)));
    return (from, text) => new Set([...from].flatMap((at) => after(text, at, one as RegExp)));
  }

  function group(first: string): Part {
    const [whole, on, off] = FLAGS.exec(first) ?? [];
    const [, name] = /<(.+)>/.exec(first) ?? [];
    if (first.startsWith('(?') && !whole && !name) refuse();
    const outer = flags;
    flags = flagged(on, off);
    index++;
    const inner = alternatives();
    flags = outer;
    if (token() !== ')') refuse();
    index++;
    return inner;
  }

  /** What one character may be, said in JavaScript, whose `i` and `u` are as RE2's. */
  function character(token: string): RegExp {
    const [, not, inside] = /^\[(\^?)(.+)\]$/s.exec(token) ?? [];
    const written = inside === undefined ? [token] : inside.match(ELEMENT);
    const same = written?.map((part) => (part === '-' ? part : elementOf(part))) ?? [];
    const isRange = (part: string, at: number) => part === '-' && at > 0 && at < same.length - 1;
    // JavaScript would begin a range with the last of the class.
    if (written?.some((part, at) => isRange(part, at) && [written[at - 1], written[at + 1]].some((end) => CLASS.test(end ?? ''))))
      return refuse();
    if (same.includes(null)) return refuse();
    const any = flags.includes('s') ? '\\s\\S' : '^\\n';
    try {
      return new RegExp(`^[${token === '.' ? any : `${not ?? ''}${same.join('')}`}]$`, flags.includes('i') ? 'iu' : 'u');
    } catch {
      return refuse();
    }
  }

  /** An element of a class; null where there is none such, or JavaScript has no other. */
  function elementOf(text: string): string | null {
    const [, named] = /^\[:(\w+):\]$/.exec(text) ?? [];
    if (named !== undefined) return NAMED[named] ?? null;
    const [, category] = /^\\[pP]\{?([A-Z][a-z]?)\}?$/.exec(text) ?? [];
    if (category !== undefined) return flags.includes('i') ? null : `\\${text[1]}{${category}}`;
    const [, code] = /^\\x\{?([\da-f]+)\}?$/i.exec(text) ?? [];
    if (code !== undefined) return `\\u{${code}}`;
    const [, escaped] = /^\\(.)$/su.exec(text) ?? [];
    if (escaped !== undefined && /[a-z\d]|[^\0-\x7f]/i.test(escaped)) return ESCAPES[escaped] ?? null;
    return text.length > 2 && !escaped ? null : `\\u{${(escaped ?? text).codePointAt(0)?.toString(16)}}`;
  }

  const part = alternatives();
  if (index < tokens.length) refuse();
  return (text, budget) => part(new Set(Array.from({ length: text.length + 1 }, (_, at) => at)), text, budget).size > 0;
}

const CLASS = /^(?:\[:|\\[pPdDwWsS])/;
const ELEMENT = /\[:\^?\w+:\]|\\[pP](?:\{\^?\w+\}|.)|\\x(?:[\da-f]{2}|\{[\da-f]+\})|\\.|./gisu;

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ d: '\\d', D: '\\D', w: '\\w', W: '\\W', s: '\\t\\n\\f\\r ', S: '\\0-\\x08\\x0b\\x0e-\\x1f!-\\u{10ffff}' },
  ...{ a: '\\x07', f: '\\f', n: '\\n', r: '\\r', t: '\\t', v: '\\v' },
};

/** POSIX's classes. */
const NAMED: Readonly<Record<string, string>> = {
  ...{ alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\0-\\x7f', blank: '\\t ', cntrl: '\\0-\\x1f\\x7f', digit: '0-9', graph: '!-~' },
  ...{ lower: 'a-z', print: ' -~', punct: '!-\\/:-@\\[-`\\{-~', space: '\\t-\\r ', upper: 'A-Z', word: '\\w', xdigit: '0-9A-Fa-f' },
};

/** Goes on only from places that are new, once what must be has been. */
function repeat(part: Part, least: number, most: number, from: Places, text: string, budget: Budget): Places {
  const found = new Set(least === 0 ? from : []);
  let places = from;
  for (let count = 1; count <= most && places.size > 0; count++) {
    budget.spend(places.size);
    places = part(places, text, budget);
    if (count < least) continue;
    places = new Set([...places].filter((at) => !found.has(at)));
    for (const at of places) found.add(at);
  }
  return found;
}

/** Behind the character at this place, if there is one and it is one of these. */
function after(text: string, at: number, character: RegExp): number[] {
  const code = text.codePointAt(at);
  const found = code === undefined ? '' : String.fromCodePoint(code);
  return found !== '' && character.test(found) ? [at + found.length] : [];
}

const isWord = (text: string, at: number): boolean => /\w/.test(text.charAt(at));
const isEdge = (text: string, at: number): boolean => isWord(text, at - 1) !== isWord(text, at);
const isStart = (_: string, at: number): boolean => at === 0;
const isEnd = (text: string, at: number): boolean => at === text.length;

/** With the flag `m`, where there is one of that name. */
const PLACES: Readonly<Record<string, (text: string, at: number) => boolean>> = {
  '^': isStart,
  '\\A': isStart,
  $: isEnd,
  '\\z': isEnd,
  '^m': (text, at) => at === 0 || text[at - 1] === '\n',
  $m: (text, at) => at === text.length || text[at] === '\n',
  '\\b': isEdge,
  '\\B': (text, at) => !isEdge(text, at),
};
