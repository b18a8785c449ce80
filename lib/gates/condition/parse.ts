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

/** Beyond every list. */
const LAST = 2n ** 62n;

/**
 * @param plainly what a larger language says, in tokens of this one
 * @throws ConditionError
 */
export function parse(text: string, plainly = (tokens: readonly Token[]) => tokens): Node {
  if (text.length > LIMITS.characters) throw new ConditionError(`it has more than ${LIMITS.characters} characters`, LIMITS.characters);
  const tokens = plainly(tokensOf(text));
  let index = 0;
  let parts = 0;
  let nesting = 0;

  const token = (): Token => tokens[index] ?? END;
  const is = (operator: string): boolean => token().kind === 'operator' && token().text === operator;

  function skip(operator: string): boolean {
    const found = is(operator);
    if (found) index++;
    return found;
  }

  function expect(operator: string): void {
    if (!skip(operator)) unexpected(operator);
  }

  function unexpected(wanted?: string): never {
    const { text, at } = token();
    const found = text === '' ? 'it ends too early' : `'${text}' is not expected here`;
    throw new ConditionError(wanted === undefined ? found : `${found}: '${wanted}' is missing`, at);
  }

  function part(node: Node): Node {
    if (++parts > LIMITS.parts) throw new ConditionError(`it has more than ${LIMITS.parts} parts`, node.at);
    return node;
  }

  const literal = (at: number, value: Extract<Node, { kind: 'literal' }>['value']): Node => part({ kind: 'literal', at, value });
  const named = (at: number, name: string): Node => part({ kind: 'name', at, name });
  const call = (at: number, name: string, ...args: readonly Node[]): Node => part({ kind: 'call', at, name: SAME[name] ?? name, args });

  function expression(binding: number): Node {
    if (++nesting > LIMITS.nesting) throw new ConditionError(`it is nested more than ${LIMITS.nesting} deep`, token().at);
    let left = primary();
    let previous = '';
    while (token().kind === 'operator') {
      const negated = is('not') ? 1 : 0;
      const { text, at } = tokens[index + negated] ?? END;
      const own = BINDING[text];
      if (negated && !/^[a-z]{2,}$/i.test(text)) unexpected();
      if (own === undefined || own < binding) break;
      if (previous === '??' && text !== '??') throw new ConditionError(`?? beside ${text}: put parentheses around one of them`, at);
      index += negated + 1;
      left = operation(text, at, left, own);
      if (negated) left = call(at, 'not', left);
      previous = text;
    }
    while (binding === 0 && is('?')) left = choice(left);
    nesting--;
    return left;
  }

  function operation(operator: string, at: number, left: Node, own: number): Node {
    let right = expression(own === 100 ? own : own + 1);
    let whole = call(at, operator, left, right);
    // `1 < x < 3` means `1 < x and x < 3`.
    while (/^[<>]/.test(operator) && /^[<>]/.test(token().text) && token().kind === 'operator') {
      const { text, at } = token();
      index++;
      const next = expression(own + 1);
      whole = call(at, 'and', whole, call(at, text, right, next));
      right = next;
    }
    return whole;
  }

  function choice(test: Node): Node {
    const { at } = token();
    expect('?');
    const yes = is(':') ? test : expression(0);
    expect(':');
    return call(at, '?:', test, yes, expression(0));
  }

  function primary(): Node {
    const first = token();
    const { kind, at, text } = first;
    index++;
    if (kind === 'number') return literal(at, numberOf(first));
    if (kind === 'string') return postfix(literal(at, textOf(first)));
    if (kind === 'name') {
      const constant = CONSTANTS.get(text);
      if (constant !== undefined) return literal(at, constant);
      return postfix(skip('(') ? call(at, text, ...list(')', PREDICATES.has(text))) : named(at, text));
    }
    const binding = UNARY[text];
    if (binding !== undefined) return postfix(call(at, binding === 90 ? `0${text}` : text, expression(binding)));
    switch (text) {
      case '(': {
        const inner = expression(0);
        expect(')');
        return postfix(inner);
      }
      case '[':
        return postfix(call(at, '[,]', ...list(']')));
      case '{':
        return postfix(call(at, '{}', ...list('}')));
      case '#':
        return postfix(named(at, '#'));
      case '.':
        // Short for `#.`.
        index--;
        return postfix(named(at, '#'));
      default:
        index--;
        return unexpected();
    }
  }

  /** What stands between the brackets, up to the closing one; of a map, keys and values in turn. */
  function list(closing: string, predicate = false): readonly Node[] {
    const items: Node[] = [];
    while (!skip(closing)) {
      if (items.length > 0) expect(',');
      if (skip(closing)) break;
      if (closing === '}') {
        items.push(key());
        expect(':');
      }
      const braced = predicate && items.length === 1 && skip('{');
      items.push(expression(0));
      if (braced) expect('}');
    }
    return items;
  }

  function key(): Node {
    const first = token();
    if (is('(')) return expression(0);
    if (first.kind === 'operator' || first.kind === 'end') unexpected();
    index++;
    return literal(first.at, first.kind === 'string' ? textOf(first) : first.text);
  }

  function postfix(base: Node): Node {
    let node = base;
    while (true) {
      const { at } = token();
      const optional = skip('?.');
      if (skip('[')) node = optional ? call(at, '?.', node, indexed(named(at, '?'))) : indexed(node);
      else if (optional) node = call(at, '?.', node, field(named(at, '?')));
      else if (skip('.')) {
        const [before, after] = node.kind === 'call' && node.name === '?.' ? node.args : [];
        node = before && after ? call(node.at, '?.', before, field(after)) : field(node);
      } else return node;
    }
  }

  function field(of: Node): Node {
    const { kind, text, at } = token();
    if (kind !== 'name' && !/^[a-z]+$/i.test(text)) unexpected();
    index++;
    if (is('(')) throw new ConditionError(`values have no methods: write ${text}(...) around the value`, at);
    return call(at, '[]', of, literal(at, text));
  }

  function indexed(of: Node): Node {
    const { at } = token();
    const from = is(':') ? literal(at, 0n) : expression(0);
    if (skip(']')) return call(at, '[]', of, from);
    expect(':');
    const to = is(']') ? literal(at, LAST) : expression(0);
    expect(']');
    return call(at, '[:]', of, from, to);
  }

  const whole = expression(0);
  return token().kind === 'end' ? whole : unexpected();
}

const END: Token = { kind: 'end', at: 0, text: '' };
