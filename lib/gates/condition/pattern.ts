import { type Budget, ConditionError, LIMITS } from './limits.ts';

/**
 * Whether a regular expression occurs anywhere in the text.
 *
 * It has RE2's most used syntax, as Argo's `matches`: alternatives, groups, classes, repetition, `^`, `$`, `\b`, and
 * `(?i)` in front. Each part leads from all places in the text where it may begin to all places where it may end, at
 * once, so that nothing is ever tried twice; JavaScript's own engine goes back and tries again, for hours if the
 * pattern asks for it, and so is only asked about one character at a time.
 */
export type Pattern = (text: string, budget: Budget) => boolean;

/** Where one may stand before a part, to where one may stand after it. */
type Part = (from: Places, text: string, budget: Budget) => Places;
type Places = ReadonlySet<number>;

const TOKEN = /\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|\(\?:?|[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??|./gsu;
const REPEAT = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??$/;
/** What repeats nothing, what only JavaScript has, and what only RE2 has. */
const REFUSED = /^[*+?)]|^\{\d|^\(\?$|^\\(?![bdDwWsSnrtf])\w|\[:|^\\?$/;

/** @throws ConditionError */
export function patternOf(source: string): Pattern {
  const flags = source.startsWith('(?i)') ? 'iu' : 'u';
  const tokens = source.replace(/^\(\?i\)/, '').match(TOKEN) ?? [];
  let index = 0;
  let nesting = 0;

  const token = (): string => tokens[index] ?? '';

  function refuse(): never {
    throw new ConditionError(
      `'${source.slice(0, 80)}' cannot be used as a regular expression here: '${token() || 'its end'}' does not fit`,
    );
  }

  function alternatives(): Part {
    if (++nesting > LIMITS.nesting) refuse();
    const parts = [sequence()];
    for (; token() === '|'; parts.push(sequence())) index++;
    nesting--;
    return (from, text, budget) => {
      budget.spend(from.size * parts.length);
      return new Set(parts.flatMap((part) => [...part(from, text, budget)]));
    };
  }

  function sequence(): Part {
    const parts: Part[] = [];
    while (!['|', ')', ''].includes(token())) parts.push(repeated());
    return (from, text, budget) =>
      parts.reduce((places, part) => {
        budget.spend(places.size);
        return part(places, text, budget);
      }, from);
  }

  function repeated(): Part {
    const part = atom();
    const times = REPEAT.exec(token());
    if (times === null) return part;
    const [, sign, from = '', more, to = ''] = times;
    const least = sign === '+' ? 1 : Number(from);
    const most = sign === '?' ? 1 : sign || (more && !to) ? Number.POSITIVE_INFINITY : Number(to || from);
    if (most < least) refuse();
    index++;
    return (from, text, budget) => repeat(part, least, most, from, text, budget);
  }

  function atom(): Part {
    const first = token();
    if (REFUSED.test(first)) refuse();
    index++;
    if (first.startsWith('(')) {
      const inner = alternatives();
      if (token() !== ')') refuse();
      index++;
      return inner;
    }
    const isHere = PLACES[first];
    if (isHere) return (from, text) => new Set([...from].filter((at) => isHere(text, at)));
    const one = character(first);
    return (from, text) => new Set([...from].flatMap((at) => after(text, at, one)));
  }

  /** One character or class is the same in JavaScript, but for what `.` and `\s` leave out. */
  function character(token: string): RegExp {
    const spaces = token.startsWith('[') ? '\\t\\n\\f\\r ' : '[\\t\\n\\f\\r ]';
    const same = token === '.' ? '[^\\n]' : token.replace(/^[\]{}]$/, '\\$&').replace(/^\\([^\w^$\\.*+?()[\]{}|/])$/u, '$1');
    try {
      return new RegExp(`^${same.replaceAll('\\s', spaces)}$`, flags);
    } catch {
      index--;
      return refuse();
    }
  }

  const part = alternatives();
  if (index < tokens.length) refuse();
  return (text, budget) => part(new Set(Array.from({ length: text.length + 1 }, (_, at) => at)), text, budget).size > 0;
}

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

const PLACES: Readonly<Record<string, (text: string, at: number) => boolean>> = {
  '^': (_, at) => at === 0,
  $: (text, at) => at === text.length,
  '\\b': (text, at) => /\w/.test(text.charAt(at - 1)) !== /\w/.test(text.charAt(at)),
};
