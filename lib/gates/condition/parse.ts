import { ConditionError, LIMITS } from './limits.ts';
import type { Node } from './node.ts';
import { PREDICATES } from './predicates.ts';
import { numberOf, type Token, textOf, tokensOf } from './tokens.ts';

/** How tightly an operator binds, as in expr-lang. */
const BINDING: Readonly<Record<string, number>> = {
  ...{ or: 10, '||': 10, and: 15, '&&': 15, '..': 25, '+': 30, '-': 30, '*': 60, '/': 60, '%': 60, '**': 100, '^': 100, '??': 500 },
  ...{ '==': 20, '!=': 20, '<': 20, '>': 20, '>=': 20, '<=': 20, in: 20, matches: 20, contains: 20, startsWith: 20, endsWith: 20 },
};
const UNARY: Readonly<Record<string, number>> = { not: 50, '!': 50, '-': 90, '+': 90 };
const SAME: Readonly<Record<string, string>> = { '||': 'or', '&&': 'and', '^': '**', '!': 'not' };
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

/** @throws ConditionError */
export function parse(text: string): Node {
  if (text.length > LIMITS.characters) throw new ConditionError(`it has more than ${LIMITS.characters} characters`, LIMITS.characters);
  return new Parser(tokensOf(text)).whole();
}

class Parser {
  private readonly tokens: readonly Token[];
  private index = 0;
  private parts = 0;
  private nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Node {
    const node = this.expression(0);
    return this.token.kind === 'end' ? node : this.unexpected();
  }

  private get token(): Token {
    return this.tokens[this.index] ?? { kind: 'end', at: 0, text: '' };
  }

  private is(operator: string): boolean {
    return this.token.kind === 'operator' && this.token.text === operator;
  }

  private skip(operator: string): boolean {
    const found = this.is(operator);
    if (found) this.index++;
    return found;
  }

  private expect(operator: string): void {
    if (!this.skip(operator)) this.unexpected(operator);
  }

  private unexpected(wanted?: string): never {
    const { text, at } = this.token;
    const found = text === '' ? 'it ends too early' : `'${text}' is not expected here`;
    throw new ConditionError(wanted === undefined ? found : `${found}: '${wanted}' is missing`, at);
  }

  private part<N extends Node>(node: N): N {
    if (++this.parts > LIMITS.parts) throw new ConditionError(`it has more than ${LIMITS.parts} parts`, node.at);
    return node;
  }

  private literal(at: number, value: Extract<Node, { kind: 'literal' }>['value']): Node {
    return this.part({ kind: 'literal', at, value });
  }

  private name(at: number, name: string): Node {
    return this.part({ kind: 'name', at, name });
  }

  private call(at: number, name: string, ...args: readonly Node[]): Node {
    return this.part({ kind: 'call', at, name: SAME[name] ?? name, args });
  }

  private expression(binding: number): Node {
    if (++this.nesting > LIMITS.nesting) throw new ConditionError(`it is nested more than ${LIMITS.nesting} deep`, this.token.at);
    let left = this.primary();
    let previous = '';
    while (this.token.kind === 'operator') {
      const negated = this.is('not') ? 1 : 0;
      const { text, at } = this.tokens[this.index + negated] ?? this.token;
      const own = BINDING[text];
      if (negated && !/^[a-z]{2,}$/i.test(text)) this.unexpected();
      if (own === undefined || own < binding) break;
      if (previous === '??' && text !== '??') throw new ConditionError(`?? beside ${text}: put parentheses around one of them`, at);
      this.index += negated + 1;
      left = this.operation(text, at, left, own);
      if (negated) left = this.call(at, 'not', left);
      previous = text;
    }
    while (binding === 0 && this.is('?')) left = this.choice(left);
    this.nesting--;
    return left;
  }

  private operation(operator: string, at: number, left: Node, own: number): Node {
    let right = this.expression(own === 100 ? own : own + 1);
    let whole = this.call(at, operator, left, right);
    // `1 < x < 3` means `1 < x and x < 3`.
    while (/^[<>]/.test(operator) && /^[<>]/.test(this.token.text) && this.token.kind === 'operator') {
      const { text, at } = this.token;
      this.index++;
      const next = this.expression(own + 1);
      whole = this.call(at, 'and', whole, this.call(at, text, right, next));
      right = next;
    }
    return whole;
  }

  private choice(test: Node): Node {
    const { at } = this.token;
    this.expect('?');
    const yes = this.is(':') ? test : this.expression(0);
    this.expect(':');
    return this.call(at, '?:', test, yes, this.expression(0));
  }

  private primary(): Node {
    const { token } = this;
    const { kind, at, text } = token;
    this.index++;
    if (kind === 'number') return this.literal(at, numberOf(token));
    if (kind === 'string') return this.postfix(this.literal(at, textOf(token)));
    if (kind === 'name') {
      const constant = CONSTANTS.get(text);
      if (constant !== undefined) return this.literal(at, constant);
      return this.postfix(this.skip('(') ? this.call(at, text, ...this.list(')', PREDICATES.has(text))) : this.name(at, text));
    }
    const binding = UNARY[text];
    if (binding !== undefined) return this.postfix(this.call(at, binding === 90 ? `0${text}` : text, this.expression(binding)));
    switch (text) {
      case '(': {
        const inner = this.expression(0);
        this.expect(')');
        return this.postfix(inner);
      }
      case '[':
        return this.postfix(this.call(at, '[,]', ...this.list(']')));
      case '{':
        return this.postfix(this.call(at, '{}', ...this.list('}')));
      case '.':
        // Short for `#.`.
        this.index--;
        return this.postfix(this.name(at, '#'));
      case '#':
        return this.postfix(this.name(at, '#'));
      default:
        this.index--;
        return this.unexpected();
    }
  }

  /** What stands between the brackets, up to the closing one; of a map, keys and values in turn. */
  private list(closing: string, predicate = false): readonly Node[] {
    const items: Node[] = [];
    while (!this.skip(closing)) {
      if (items.length > 0) this.expect(',');
      if (this.skip(closing)) break;
      if (closing === '}') {
        items.push(this.key());
        this.expect(':');
      }
      const braced = predicate && items.length === 1 && this.skip('{');
      items.push(this.expression(0));
      if (braced) this.expect('}');
    }
    return items;
  }

  private key(): Node {
    const { token } = this;
    if (this.is('(')) return this.expression(0);
    if (token.kind === 'operator' || token.kind === 'end') this.unexpected();
    this.index++;
    return this.literal(token.at, token.kind === 'string' ? textOf(token) : token.text);
  }

  private postfix(base: Node): Node {
    let node = base;
    while (true) {
      const { at } = this.token;
      const optional = this.skip('?.');
      if (this.skip('[')) node = optional ? this.call(at, '?.', node, this.indexed(this.name(at, '?'))) : this.indexed(node);
      else if (optional) node = this.call(at, '?.', node, this.field(this.name(at, '?')));
      else if (this.skip('.')) {
        const [before, after] = node.kind === 'call' && node.name === '?.' ? node.args : [];
        node = before && after ? this.call(node.at, '?.', before, this.field(after)) : this.field(node);
      } else return node;
    }
  }

  private field(of: Node): Node {
    const { kind, text, at } = this.token;
    if (kind !== 'name' && !/^[a-z]+$/i.test(text)) this.unexpected();
    this.index++;
    if (this.is('(')) throw new ConditionError(`values have no methods: write ${text}(...) around the value`, at);
    return this.call(at, '[]', of, this.literal(at, text));
  }

  private indexed(of: Node): Node {
    const { at } = this.token;
    const from = this.is(':') ? this.literal(at, 0n) : this.expression(0);
    if (this.skip(']')) return this.call(at, '[]', of, from);
    this.expect(':');
    const to = this.is(']') ? this.literal(at, LAST) : this.expression(0);
    this.expect(']');
    return this.call(at, '[:]', of, from, to);
  }
}

/** Beyond every list. */
const LAST = 2n ** 62n;
