import { ConditionError } from '../limits.ts';
import { type Token, textOf } from '../tokens.ts';
import { METHOD_NAMES } from './time.ts';

/** Functions whose second argument is looked at once for each element, and may stand in braces. */
const CLOSURES: ReadonlySet<string> = new Set(
  'all any none one count filter map sum find findIndex findLast findLastIndex groupBy sortBy reduce'.split(' '),
);

/**
 * Pipes, `let`, `if`, `$env`, braces of predicates and methods of dates, said in the smaller language: `a | f(b)` is
 * `f(a, b)`, `let x = a; b` is `let("x", a, b)`, `if a { b } else { c }` is `(a) ? (b) : (c)`. Each token keeps its place.
 * @throws ConditionError
 */
export function plainly(written: readonly Token[]): readonly Token[] {
  const tokens = written.map((token) => (token.kind === 'string' && !token.text.startsWith('`') ? escaped(token) : token));
  let index = 0;

  const token = (ahead = 0): Token => tokens[index + ahead] ?? END;
  const is = (text: string, ahead = 0): boolean => token(ahead).kind === 'operator' && token(ahead).text === text;
  const isOneOf = (texts: ReadonlySet<string>): boolean => token().kind === 'operator' && texts.has(token().text);
  const isName = (ahead = 0): boolean => token(ahead).kind === 'name';

  function take(): Token {
    const taken = token();
    index++;
    return taken;
  }

  function expect(text: string): Token {
    if (is(text)) return take();
    const { text: found, at } = token();
    throw new ConditionError(`${found === '' ? 'it ends too early' : `'${found}' is not expected here`}: '${text}' is missing`, at);
  }

  /** Up to what ends an expression: a closing bracket, a comma, a semicolon, the end. */
  function expression(): readonly Token[] {
    let out: Token[] = [];
    let start = 0;
    if (isName() && token().text === 'let' && isName(1)) return variable();
    if (isName() && token().text === 'if') return choice();
    for (;;) {
      if (token().kind === 'end' || isOneOf(ENDS) || (isAsked && is('{'))) return out;
      if (is('|')) out = [...out.slice(0, start), ...piped(out.slice(start))];
      else if (is('?') || is(':')) {
        out.push(take());
        // What stands behind is an expression of its own.
        start = out.length;
      } else if (isOneOf(OPENS)) out.push(...group());
      else if (isName() && is('(', 1)) {
        const name = take();
        out.push(name, ...call(name.text, 0));
      } else if ((is('.') || is('?.')) && METHOD_NAMES.has(token(1).text) && is('(', 2) && is(')', 3)) out.push(...method());
      else if (is('#') && isName(1) && token(1).at === token().at + 1 && /^(acc|index)$/.test(token(1).text)) {
        const { at } = take();
        out.push({ kind: 'name', at, text: `#${take().text}` });
      } else if (token().text === '$env' && is('.', 1)) index += 2;
      else if (token().text === '$env' && is('[', 1) && token(2).kind === 'string' && is(']', 3)) {
        out.push({ kind: 'name', at: token().at, text: textOf(token(2)) });
        index += 4;
      } else out.push(take());
    }
  }

  /** Whether a brace ends what is read: what `if` asks. */
  let isAsked = false;

  function within<T>(asked: boolean, read: () => T): T {
    const outer = isAsked;
    isAsked = asked;
    const found = read();
    isAsked = outer;
    return found;
  }

  /** Brackets and what is between them, each part an expression. */
  function group(first = 0, closure = false): readonly Token[] {
    return within(false, () => {
      const out: Token[] = [take()];
      for (let argument = first; token().kind !== 'end' && !isOneOf(CLOSES); argument++) {
        out.push(...(closure && argument === 1 && is('{') ? braced() : expression()));
        if (!is(',') && !is(';')) break;
        out.push(take());
      }
      if (token().kind !== 'end') out.push(take());
      return out;
    });
  }

  const call = (name: string, first: number): readonly Token[] => group(first, CLOSURES.has(name));

  /** An expression in braces, in parentheses. */
  function braced(): readonly Token[] {
    if (!is('{')) expect('{');
    const braces = group();
    return braces.map((one, place) =>
      place === 0 ? { ...one, text: '(' } : place === braces.length - 1 && one.text === '}' ? { ...one, text: ')' } : one,
    );
  }

  function piped(left: readonly Token[]): readonly Token[] {
    const { at } = take();
    if (!isName() || !is('(', 1)) throw new ConditionError(`'|' gives what stands before it to a function, such as | len()`, at);
    const name = take();
    const [opening, ...rest] = call(name.text, 1) as [Token, ...Token[]];
    return [name, opening, ...left, ...(rest.length > 1 ? [operator(',', at)] : []), ...rest];
  }

  function method(): readonly Token[] {
    const before = index === 0 ? operator('', 0) : token(-1);
    const dot = take();
    const { at, text } = take();
    index += 2;
    const optional = dot.text === '?.' ? [dot] : [];
    const element = before.kind === 'operator' && !CLOSES.has(before.text) && before.text !== '#' ? [operator('#', at)] : [];
    return [...element, ...optional, operator('[', at), { kind: 'name', at, text: `${text}()` }, operator(']', at)];
  }

  function variable(): readonly Token[] {
    const name = take();
    const variable = take();
    expect('=');
    const value = expression();
    const semicolon = expect(';');
    const rest = expression();
    const { at } = variable;
    const comma = operator(',', semicolon.at);
    return [
      name,
      operator('(', at),
      { kind: 'string', at, text: `"${variable.text}"` },
      comma,
      ...value,
      comma,
      ...rest,
      operator(')', at),
    ];
  }

  function choice(): readonly Token[] {
    const { at } = take();
    const test = within(true, expression);
    const yes = braced();
    const { text, at: place } = token();
    if (text !== 'else') throw new ConditionError("'else' is missing", place);
    take();
    const no = isName() && token().text === 'if' ? choice() : braced();
    const [open, close] = [operator('(', at), operator(')', at)];
    return [open, open, ...test, close, operator('?', at), ...yes, operator(':', at), ...no, close];
  }

  const whole: Token[] = [];
  while (token().kind !== 'end') {
    whole.push(...expression());
    // What closes nothing is the parser's to tell.
    if (token().kind !== 'end') whole.push(take());
  }
  return [...whole, token()];
}

/** Go's longer escapes, as shorter ones. */
function escaped(token: Token): Token {
  const text = token.text.replace(ESCAPE, (whole, octal?: string, long?: string, braced?: string, half?: string) => {
    if (half !== undefined) throw new ConditionError(`'${whole}' is half a character`, token.at);
    const code = octal === undefined ? Number.parseInt(long ?? braced ?? 'none', 16) : Number.parseInt(octal, 8);
    return code <= 0x10ffff ? unitsOf(String.fromCodePoint(code)) : whole;
  });
  return { ...token, text };
}

const ESCAPE = /\\(?:([0-3][0-7]{2})|U([\da-fA-F]{8})|u\{([\da-fA-F]{1,6})\}|u([dD][89a-fA-F])|.)/gs;

const unitsOf = (text: string): string =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

const END: Token = { kind: 'end', at: 0, text: '' };
const OPENS: ReadonlySet<string> = new Set(['(', '[', '{']);
const CLOSES: ReadonlySet<string> = new Set([')', ']', '}']);
const ENDS: ReadonlySet<string> = new Set([...CLOSES, ',', ';']);

const operator = (text: string, at: number): Token => ({ kind: 'operator', at, text });
