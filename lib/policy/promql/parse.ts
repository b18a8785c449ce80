import { createRequire } from 'node:module';
import type { SyntaxNode, Tree } from '@lezer/common';
import { type Expression, type Matcher, OPEN } from './expression.ts';

/** Why a text is no PromQL, and where it goes wrong, counted from 0. */
export interface Unparsed {
  readonly at: number;
}

/**
 * Reads PromQL with Prometheus's own grammar. Placeholders that are still open, `{{args.x}}`, stay where they are inside
 * of quotes; outside they become a name, or a duration between brackets. Never throws.
 */
export function parsePromql(text: string): Expression | Unparsed {
  let read = READ.get(text);
  if (!read) {
    if (READ.size >= MOST_READ) READ.clear();
    read = parse(text);
    READ.set(text, read);
  }
  return read;
}

export const isParsed = (read: Expression | Unparsed): read is Expression => 'kind' in read;

/** The same templates come again and again, and every rule asks. */
const READ = new Map<string, Expression | Unparsed>();
const MOST_READ = 1_000;
const LONGEST = 20_000;

/** Most sets have no query at all, so the grammar is only loaded for the first one. */
let grammar: { parse(text: string): Tree } | null = null;

function parse(written: string): Expression | Unparsed {
  if (written.length > LONGEST) return { at: 0 };
  grammar ??= (createRequire(import.meta.url)('@prometheus-io/lezer-promql') as { parser: { parse(text: string): Tree } }).parser;
  const text = withoutPlaceholders(written);
  const tree = grammar.parse(text);
  let wrong: number | null = null;
  let depth = 0;
  let deepest = 0;
  tree.iterate({
    enter: ({ type, from }) => {
      deepest = Math.max(deepest, ++depth);
      if (type.isError) wrong ??= from;
    },
    leave: () => void depth--,
  });
  if (wrong !== null || deepest > DEEPEST) return { at: wrong ?? 0 };
  return firstExpression(tree.topNode, text) ?? { at: 0 };
}

const DEEPEST = 400;

/** Nodes that are what stands in them, as far as rules ask. */
const WRAPPERS: ReadonlySet<string> = new Set(['ParenExpr', 'OffsetExpr', 'StepInvariantExpr']);

function expressionOf(node: SyntaxNode, text: string): Expression | null {
  if (WRAPPERS.has(node.name)) return firstExpression(node, text);
  const { from: at } = node;
  switch (node.name) {
    case 'NumberDurationLiteral':
      return { kind: 'number', at, value: numberOf(textOf(node, text)) };
    case 'StringLiteral':
      return { kind: 'string', at };
    case 'VectorSelector':
      return selectorOf(node, text);
    case 'MatrixSelector': {
      const selector = node.getChild('VectorSelector');
      return selector && { ...selectorOf(selector, text), range: rangeOf(node, text) };
    }
    case 'SubqueryExpr': {
      const of = firstExpression(node, text);
      return of && { kind: 'subquery', at, of, range: rangeOf(node, text) ?? '' };
    }
    case 'UnaryExpr': {
      const of = firstExpression(node, text);
      return of?.kind === 'number' && text[at] === '-' ? { ...of, value: of.value && -of.value } : of;
    }
    case 'FunctionCall':
      return { kind: 'call', at, name: textOf(node.getChild('FunctionIdentifier'), text), args: argumentsOf(node, text) };
    case 'AggregateExpr':
      return { kind: 'aggregate', at, name: textOf(node.getChild('AggregateOp'), text).toLowerCase(), args: argumentsOf(node, text) };
    case 'BinaryExpr':
      return binaryOf(node, text);
    default:
      return null;
  }
}

function binaryOf(node: SyntaxNode, text: string): Expression | null {
  const parts = childrenOf(node);
  const [first] = parts;
  const last = parts.at(-1);
  const operator = parts[1];
  const left = first && expressionOf(first, text);
  const right = last && expressionOf(last, text);
  if (!left || !right || !operator) return null;
  return {
    kind: 'binary',
    at: operator.from,
    operator: textOf(operator, text).toLowerCase(),
    isFilter: node.getChild('BoolModifier') === null,
    left,
    right,
  };
}

function selectorOf(node: SyntaxNode, text: string): Extract<Expression, { kind: 'selector' }> {
  const matchers = (node.getChild('LabelMatchers') ? childrenOf(node.getChild('LabelMatchers') as SyntaxNode) : []).flatMap((matcher) =>
    matcherOf(matcher, text),
  );
  const named = matchers.find(({ label, operator }) => label === '__name__' && operator === '=')?.value ?? null;
  const identifier = node.getChild('Identifier');
  return { kind: 'selector', at: node.from, metric: identifier ? textOf(identifier, text) : named, matchers, range: null };
}

function matcherOf(node: SyntaxNode, text: string): readonly Matcher[] {
  const label = node.getChild('LabelName') ?? node.getChild('QuotedLabelName');
  const operator = node.getChild('MatchOp');
  const value = node.getChild('StringLiteral');
  if (!value) return [];
  // A name in quotes, alone, is the metric's.
  if (!label || !operator) return [{ label: '__name__', operator: '=', value: unquoted(textOf(value, text)) }];
  return [
    {
      label: unquoted(textOf(label, text)),
      operator: textOf(operator, text) as Matcher['operator'],
      value: unquoted(textOf(value, text)),
    },
  ];
}

function argumentsOf(node: SyntaxNode, text: string): readonly Expression[] {
  const body = node.getChild('FunctionCallBody');
  return body ? childrenOf(body).flatMap((child) => expressionOf(child, text) ?? []) : [];
}

function firstExpression(node: SyntaxNode, text: string): Expression | null {
  for (const child of childrenOf(node)) {
    const expression = expressionOf(child, text);
    if (expression) return expression;
  }
  return null;
}

function rangeOf(node: SyntaxNode, text: string): string | null {
  const range = node.getChild('DurationExpr');
  return range && textOf(range, text);
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name !== 'LineComment') children.push(child);
  return children;
}

const textOf = (node: SyntaxNode | null, text: string): string => (node ? text.slice(node.from, node.to) : '');

/** Escapes of letters and quotes are what labels have. */
function unquoted(literal: string): string {
  if (literal.startsWith('`')) return literal.slice(1, -1);
  return /^["']/.test(literal) ? literal.slice(1, -1).replace(/\\(.)/gs, '$1') : literal;
}

/** Null for a duration, which is seconds, and for what is too odd. */
function numberOf(literal: string): number | null {
  const number = Number(literal.replaceAll('_', '').replace(/^([+-]?)inf$/i, '$1Infinity'));
  return Number.isNaN(number) ? null : number;
}

const PLACEHOLDER = /\{\{.*?\}\}/sy;

/** Same text, but for placeholders outside of quotes. */
function withoutPlaceholders(text: string): string {
  if (!text.includes('{{')) return text;
  let written = '';
  let quote = '';
  let brackets = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? '';
    PLACEHOLDER.lastIndex = at;
    const [placeholder] = PLACEHOLDER.exec(text) ?? [];
    if (placeholder !== undefined) at += placeholder.length - 1;
    if (quote !== '') {
      // A template may have quotes of its own, which end nothing.
      written += placeholder?.replace(/["'`\\]/g, ' ') ?? sign;
      if (placeholder !== undefined) continue;
      if (sign === '\\' && quote !== '`') written += text[++at] ?? '';
      else if (sign === quote) quote = '';
      continue;
    }
    if (placeholder !== undefined) {
      const unit = /[a-z]/i.test(text[at + 1] ?? '') ? '' : 'm';
      written += brackets > 0 ? `5${unit}` : OPEN;
      continue;
    }
    if (/["'`]/.test(sign)) quote = sign;
    else if (sign === '[') brackets++;
    else if (sign === ']') brackets--;
    written += sign;
  }
  return written;
}
