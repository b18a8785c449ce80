import type { Node } from './node.ts';
import { OPERATIONS, type Surroundings, typeOfOperation } from './operations.ts';
import { Pattern } from './pattern.ts';
import { PREDICATES, type Predicate } from './predicates.ts';
import { elementOf, fits, isList, type Type } from './types.ts';
import { listFrom, refuse, truthOf, typeOfValue, type Value } from './values.ts';

/** Something in a condition that can only end in Error, and where it is, counted from 0. */
export interface ConditionProblem {
  readonly message: string;
  readonly at: number;
}

/** What `#` and the `?` of `?.` stand for; null outside of what makes them mean something. */
interface Bound<T> {
  readonly element: T | null;
  readonly before: T | null;
}

type Run = (around: Surroundings, bound: Bound<Value>) => Value;

interface Code {
  readonly type: Type;
  readonly run: Run;
}

type Call = Extract<Node, { readonly kind: 'call' }>;

/** Types first, as in Argo: what can be known to be wrong is, even where it would never be computed. */
export class Compiler {
  readonly problems: ConditionProblem[] = [];
  private readonly result: Type;

  constructor(result: Type) {
    this.result = result;
  }

  compile(node: Node, bound: Bound<Type>): Code {
    const { type, run } = node.kind === 'call' ? this.call(node, bound) : this.leaf(node, bound);
    const counted: Run = (around, values) => {
      around.budget.spend(1);
      return run(around, values);
    };
    return { type, run: counted };
  }

  private wrong({ at }: Node, message: string): Code {
    this.problems.push({ at, message });
    return { type: 'any', run: () => null };
  }

  private leaf(node: Exclude<Node, Call>, { element, before }: Bound<Type>): Code {
    if (node.kind === 'literal') return { type: typeOfValue(node.value), run: () => node.value };
    if (node.name === 'result') return { type: this.result, run: ({ result }) => result };
    if (node.name === '?' && before) return { type: before, run: (_, bound) => bound.before };
    if (node.name === '#' && element) return { type: element, run: (_, bound) => bound.element };
    if (node.name === '#') return this.wrong(node, '# means something only inside a predicate, as in all(result, # < 1)');
    return this.wrong(node, `there is no '${node.name}'; what was measured is called result`);
  }

  private call(node: Call, bound: Bound<Type>): Code {
    const { name, args } = node;
    const predicate = PREDICATES.get(name);
    const [first, second] = args;
    if (predicate) return this.predicate(node, predicate, bound);
    if (name === '?.' && first && second) return this.chain(first, second, bound);
    const codes = args.map((arg) => this.compile(arg, bound));
    const types = codes.map(({ type }) => type);
    const type = typeOfSpecial(name, types);
    if (type === undefined) return this.operation(node, codes, types);
    return type === null ? this.unfit(node, types) : { type, run: runOfSpecial(name, codes) };
  }

  private unfit(node: Call, types: readonly Type[]): Code {
    const [, key] = node.args;
    const field = node.name === '[]' && key?.kind === 'literal';
    return this.wrong(
      node,
      field ? `${types[0]} has no ${key.value}` : `${node.name} does not work on ${types.join(' and ') || 'nothing'}`,
    );
  }

  private operation(node: Call, codes: readonly Code[], types: readonly Type[]): Code {
    const { name, args } = node;
    const known = OPERATIONS.get(name);
    if (!known) return this.wrong(node, `there is no function '${name}' here`);
    const type = typeOfOperation(name, known, types);
    if (type === null) return this.unfit(node, types);
    const [, right] = args;
    if (name === 'matches' && right?.kind === 'literal' && typeof right.value === 'string') this.pattern(right, right.value);
    // Argo looks a list of nothing but texts up by text, and nothing else can be looked up then.
    const texts = name === 'in' && right?.kind === 'call' && right.name === '[,]' && right.args.length > 0 && right.args.every(isText);
    const run: Run = (around, values) => {
      const given = codes.map((code) => code.run(around, values));
      const [first = null, second = null, third = null] = given;
      if (texts && first !== null && typeof first !== 'string') refuse(name, first);
      return known.signatures === '...' ? known.run(given, null, around, null) : known.run(first, second, around, third);
    };
    return { type, run };
  }

  private pattern(node: Node, source: string): void {
    try {
      new Pattern(source);
    } catch (error) {
      this.wrong(node, (error as Error).message);
    }
  }

  /** Nil as a whole where nil stands before `?.`. */
  private chain(before: Node, after: Node, bound: Bound<Type>): Code {
    const base = this.compile(before, bound);
    const rest = this.compile(after, { ...bound, before: base.type });
    const run: Run = (around, values) => {
      const value = base.run(around, values);
      return value === null ? null : rest.run(around, { ...values, before: value });
    };
    return { type: rest.type, run };
  }

  private predicate(node: Call, { gives, alone, run }: Predicate, bound: Bound<Type>): Code {
    const [first, second] = node.args;
    if (!first || node.args.length > 2 || !(second || alone)) return this.wrong(node, `${node.name} takes a list and a predicate`);
    const list = this.compile(first, bound);
    const look = second && this.compile(second, { ...bound, element: elementOf(list.type) });
    const found = look ? look.type : elementOf(list.type);
    if (!fits(list.type, 'list')) return this.wrong(first, `${node.name} looks at a list, not ${list.type}`);
    if (found === 'nil' || (look && !fits(found, gives.startsWith('found') ? 'any' : 'bool')))
      return this.wrong(node, `a predicate is true or false, not ${found}`);
    const type = gives.replace('found', found).replace('list', `${elementOf(list.type)}[]`);
    const each: Run = (around, values) => {
      const items = listFrom(list.run(around, values), node.name);
      around.budget.spend(items.length);
      return run(items, (element) => (look ? look.run(around, { ...values, element }) : element), around);
    };
    return { type, run: each };
  }
}

const isText = (node: Node): boolean => node.kind === 'literal' && typeof node.value === 'string';

/** The operators that do not compute all that they are given. Undefined: it is none; null: it cannot work on these. */
function typeOfSpecial(name: string, types: readonly Type[]): Type | null | undefined {
  const [first = '', second = '', third = ''] = types;
  switch (name) {
    case 'not':
    case 'and':
    case 'or':
      return types.every((type) => fits(type, 'bool')) ? 'bool' : null;
    case '??':
      return isList(first) && isList(second) ? first : eitherOf(first, second);
    case '?:':
      return fits(first, 'bool') ? eitherOf(second, third) : null;
    default:
      return undefined;
  }
}

function eitherOf(left: Type, right: Type): Type {
  if (left === 'nil' || right === 'nil') return left === 'nil' ? right : left;
  return left === right ? left : isList(left) && isList(right) ? 'any[]' : 'any';
}

function runOfSpecial(name: string, codes: readonly Code[]): Run {
  const [first, second, third] = codes.map(({ run }) => run) as [Run, Run, Run];
  switch (name) {
    case 'not':
      return (around, values) => !truthOf(first(around, values));
    case 'and':
      return (around, values) => truthOf(first(around, values)) && truthOf(second(around, values));
    case 'or':
      return (around, values) => truthOf(first(around, values)) || truthOf(second(around, values));
    case '??':
      return (around, values) => first(around, values) ?? second(around, values);
    default:
      return (around, values) => (truthOf(first(around, values)) ? second : third)(around, values);
  }
}
