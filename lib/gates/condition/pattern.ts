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

/** @throws ConditionError */
export function patternOf(source: string): Pattern {
  const part = new Parser(source).whole();
  return (text, budget) => part(new Set(Array.from({ length: text.length + 1 }, (_, at) => at)), text, budget).size > 0;
}

const TOKEN = /\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|\(\?:?|[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??|./gsu;
const REPEAT = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??$/;
/** What repeats nothing, what only JavaScript has, and what only RE2 has. */
const REFUSED = /^[*+?)]|^\{\d|^\(\?$|^\\(?![bdDwWsSnrtf])\w|\[:|^\\?$/;

class Parser {
  private readonly source: string;
  private readonly tokens: readonly string[];
  private index = 0;
  private nesting = 0;

  constructor(source: string) {
    this.source = source;
    this.tokens = source.replace(/^\(\?i\)/, '').match(TOKEN) ?? [];
  }

  whole(): Part {
    const part = this.alternatives();
    return this.index < this.tokens.length ? this.refuse() : part;
  }

  private get token(): string {
    return this.tokens[this.index] ?? '';
  }

  private refuse(): never {
    throw new ConditionError(
      `'${this.source.slice(0, 80)}' cannot be used as a regular expression here: '${this.token || 'its end'}' does not fit`,
    );
  }

  private alternatives(): Part {
    if (++this.nesting > LIMITS.nesting) this.refuse();
    const parts = [this.sequence()];
    for (; this.token === '|'; parts.push(this.sequence())) this.index++;
    this.nesting--;
    return (from, text, budget) => {
      budget.spend(from.size * parts.length);
      return new Set(parts.flatMap((part) => [...part(from, text, budget)]));
    };
  }

  private sequence(): Part {
    const parts: Part[] = [];
    while (!['|', ')', ''].includes(this.token)) parts.push(this.repeated());
    return (from, text, budget) =>
      parts.reduce((places, part) => {
        budget.spend(places.size);
        return part(places, text, budget);
      }, from);
  }

  private repeated(): Part {
    const part = this.atom();
    const times = REPEAT.exec(this.token);
    if (times === null) return part;
    const [, sign, from = '', more, to = ''] = times;
    const least = sign === '+' ? 1 : Number(from);
    const most = sign === '?' ? 1 : sign || (more && !to) ? Number.POSITIVE_INFINITY : Number(to || from);
    if (most < least) this.refuse();
    this.index++;
    return (from, text, budget) => repeat(part, least, most, from, text, budget);
  }

  private atom(): Part {
    const { token } = this;
    if (REFUSED.test(token)) this.refuse();
    this.index++;
    if (token.startsWith('(')) {
      const inner = this.alternatives();
      if (this.token !== ')') this.refuse();
      this.index++;
      return inner;
    }
    const isHere = PLACES[token];
    if (isHere) return (from, text) => new Set([...from].filter((at) => isHere(text, at)));
    const character = this.character(token);
    return (from, text) => new Set([...from].flatMap((at) => after(text, at, character)));
  }

  /** One character or class is the same in JavaScript, but for what `.` and `\s` leave out. */
  private character(token: string): RegExp {
    const spaces = token.startsWith('[') ? '\\t\\n\\f\\r ' : '[\\t\\n\\f\\r ]';
    const same = token === '.' ? '[^\\n]' : token.replace(/^[\]{}]$/, '\\$&').replace(/^\\([^\w^$\\.*+?()[\]{}|/])$/u, '$1');
    try {
      return new RegExp(`^${same.replaceAll('\\s', spaces)}$`, this.source.startsWith('(?i)') ? 'iu' : 'u');
    } catch {
      this.index--;
      return this.refuse();
    }
  }
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
