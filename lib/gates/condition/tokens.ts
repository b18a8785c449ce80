import { ConditionError } from './limits.ts';

export interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'operator' | 'end';
  readonly at: number;
  readonly text: string;
}

const PATTERNS: readonly (readonly [Token['kind'] | null, RegExp])[] = [
  [null, /(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)+/y],
  ['number', /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?/y],
  ['operator', /(?:not|in|or|and|matches|contains|startsWith|endsWith)(?![\p{L}\p{Nd}_$])/uy],
  ['name', /[\p{L}_$][\p{L}\p{Nd}_$]*/uy],
  ['string', /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y],
  ['operator', /\?\.|\?\?|\|\||&&|[!=<>]=|\*\*|\.\.|[?:;,%+\-^!*<>=|./#()[\]{}]/y],
];

/** @throws ConditionError */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const [kind, found] = tokenAt(text, at);
    if (kind !== null) {
      // `5x` and `5.5.5` are neither a number nor two things.
      if (kind !== 'operator' && tokens.at(-1)?.kind === 'number' && text[at - 1] !== ' ' && endOf(tokens.at(-1)) === at)
        throw new ConditionError(`'${found}' cannot follow a number`, at);
      tokens.push({ kind, at, text: found });
    }
    at += found.length;
  }
  tokens.push({ kind: 'end', at, text: '' });
  return tokens;
}

const endOf = (token: Token | undefined): number => (token === undefined ? -1 : token.at + token.text.length);

function tokenAt(text: string, at: number): readonly [Token['kind'] | null, string] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return [kind, found];
  }
  throw new ConditionError(`${/["'`]/.test(text.charAt(at)) ? 'a text has no end' : `'${text.charAt(at)}' means nothing here`}`, at);
}

/** Without a point or an exponent it is an int: bigint here, as Go's float64 is number. */
export function numberOf({ text, at }: Token): bigint | number {
  const plain = text.replaceAll('_', '').toLowerCase();
  const whole = /^(?:\d+|0[xob]\w+)$/.test(plain);
  const value = whole ? BigInt(plain) : Number(plain);
  if (typeof value === 'bigint' ? value >= 2n ** 63n : !Number.isFinite(value))
    throw new ConditionError(`'${text}' is too large, or no number`, at);
  return value;
}

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|(.))/g;
const PLAIN: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The text between the quotes; in backquotes a backslash is itself. */
export function textOf({ text, at }: Token): string {
  const inside = text.slice(1, -1);
  if (text.startsWith('`')) return inside;
  return inside.replace(ESCAPE, (whole, byte?: string, unit?: string, plain = '') => {
    const meant = byte ?? unit;
    const character = meant === undefined ? PLAIN[plain] : String.fromCharCode(Number.parseInt(meant, 16));
    if (character === undefined) throw new ConditionError(`'${whole}' is no escape; a backslash is written \\\\`, at);
    return character;
  });
}
