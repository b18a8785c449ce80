import { type Budget, ConditionError, LIMITS } from './limits.ts';

/**
 * A regular expression of RE2's most used syntax, as Argo's `matches` has it: alternatives, groups, classes, repetition,
 * `^`, `$`, `\b`, and `(?i)` in front. It runs as a set of states that walk the text side by side, so that time grows with
 * text times pattern and never beyond; JavaScript's own engine goes back and tries again, for hours if the pattern
 * asks for it, and so is only asked about one character at a time.
 */
export class Pattern {
  private readonly states: State[] = [{ to: [] }];
  private readonly start: number;
  private readonly tokens: readonly string[];
  private readonly source: string;
  private index = 0;
  private nesting = 0;

  /** @throws ConditionError */
  constructor(source: string) {
    this.source = source;
    this.tokens = source.replace(/^\(\?i\)/, '').match(TOKEN) ?? [];
    const whole = this.alternatives();
    if (this.index < this.tokens.length) this.refuse();
    this.start = whole(END);
  }

  /** Whether it occurs anywhere in the text. */
  occursIn(text: string, budget: Budget): boolean {
    const seen = new Int32Array(this.states.length).fill(-1);
    let entered = [this.start];
    for (let at = 0; at <= text.length; ) {
      const character = at < text.length ? String.fromCodePoint(text.codePointAt(at) ?? 0) : '';
      const next = [this.start];
      for (let index = entered.pop(); index !== undefined; index = entered.pop()) {
        const state = this.states[index];
        if (state === undefined || seen[index] === at) continue;
        seen[index] = at;
        budget.spend(1);
        if (index === END) return true;
        const { takes = '', to } = state;
        if (typeof takes !== 'string') next.push(...(character !== '' && takes.test(character) ? to : []));
        else if (isPlace(takes, text.charAt(at - 1), character)) entered.push(...to);
      }
      entered = next;
      at += character.length || 1;
    }
    return false;
  }

  private refuse(): never {
    throw new ConditionError(
      `'${this.source.slice(0, 80)}' cannot be used as a regular expression here: '${this.tokens[this.index] ?? 'its end'}' does not fit`,
    );
  }

  private add(to: readonly number[], takes?: State['takes']): number {
    if (this.states.length > LIMITS.patternStates) throw new ConditionError('the regular expression repeats too often');
    return this.states.push(takes === undefined ? { to } : { to, takes }) - 1;
  }

  private take(token: string): boolean {
    const found = this.tokens[this.index] === token;
    if (found) this.index++;
    return found;
  }

  private alternatives(): Build {
    if (++this.nesting > LIMITS.nesting) this.refuse();
    const items: Build[] = [];
    do items.push(this.sequence());
    while (this.take('|'));
    this.nesting--;
    return (to) => this.add(items.map((build) => build(to)));
  }

  private sequence(): Build {
    const items: Build[] = [];
    while (this.index < this.tokens.length && !/^[|)]$/.test(this.tokens[this.index] ?? '')) items.push(this.repeated());
    return (to) => items.reduceRight((next, build) => build(next), to);
  }

  private repeated(): Build {
    const build = this.atom();
    const times = REPEAT.exec(this.tokens[this.index] ?? '');
    if (times === null) return build;
    const [, sign, from = '', more, to = ''] = times;
    const least = sign === '+' ? 1 : Number(from);
    const most = sign === '?' ? 1 : sign || (more && !to) ? null : Number(to || from);
    if (most !== null && most < least) this.refuse();
    this.index++;
    return (end) => {
      let next = end;
      if (most === null) {
        next = this.add([]);
        this.states[next] = { to: [build(next), end] };
      }
      for (let count = most ?? least; count > 0; count--) next = this.add([build(next), ...(count > least ? [end] : [])]);
      return next;
    };
  }

  private atom(): Build {
    const token = this.tokens[this.index] ?? '';
    if (REFUSED.test(token)) this.refuse();
    this.index++;
    if (token.startsWith('(')) {
      const inner = this.alternatives();
      return this.take(')') ? inner : this.refuse();
    }
    const takes = /^(?:[$^]|\\b)$/.test(token) ? token : this.character(token);
    return (to) => this.add([to], takes);
  }

  /** One character or class is the same in JavaScript, but for what `.` and `\s` leave out. */
  private character(token: string): RegExp {
    const spaces = token.startsWith('[') ? '\\t\\n\\f\\r ' : '[\\t\\n\\f\\r ]';
    const same =
      token === '.'
        ? '[^\\n]'
        : token
            .replace(/^[\]{}]$/, '\\$&')
            .replace(/^\\([^\w^$\\.*+?()[\]{}|/])$/u, '$1')
            .replaceAll('\\s', spaces);
    try {
      return new RegExp(`^${same}$`, this.source.startsWith('(?i)') ? 'iu' : 'u');
    } catch {
      this.index--;
      return this.refuse();
    }
  }
}

interface State {
  /** A character, or the place that it must be, such as `^`; without it the state is passed at once. */
  readonly takes?: RegExp | string;
  readonly to: readonly number[];
}

/** Adds the states that lead to the one that is given, and says which is the first. */
type Build = (to: number) => number;

const END = 0;
const TOKEN = /\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\\[\s\S]|\(\?:|\(\?|[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??|[\s\S]/gu;
const REPEAT = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??$/;
/** Repetition of nothing, what only JavaScript has, and what only RE2 has. */
const REFUSED = /^[*+?]|^\{\d|^[)]$|^\(\?$|^\\(?![bdDwWsSnrtf])\w|\[:|^\\?$/;

function isPlace(place: string, before: string, after: string): boolean {
  if (place === '\\b') return /\w/.test(before) !== /\w/.test(after);
  return place === '' || (place === '^' ? before : after) === '';
}
