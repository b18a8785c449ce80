import type { ConditionError } from './limits.ts';
import type { Node } from './node.ts';
import { type Call, type Code, type Holder, type Names, OPERATIONS, type Surroundings } from './operations.ts';
import { PREDICATES, type Predicate } from './predicates.ts';
import { elementOf, fits, isList, type Type } from './types.ts';
import { listFrom, refuse, truthOf, typeOfValue, type Value } from './values.ts';

/** Something in a condition that can only end in Error, and where it is, counted from 0. */
export interface ConditionProblem {
  readonly message: string;
  readonly at: number;
}

export type { Code } from './operations.ts';

/** Types first, as in Argo: what can be known to be wrong is, even where it would never be computed. */
export function compile(root: Node, resultType: Type, around: Surroundings): Code & { readonly problems: ConditionProblem[] } {
  const problems: ConditionProblem[] = [];

  function compiled(node: Node, names: Names): Code {
    const { type, run } = part(node, names);
    const counted = () => {
      around.budget.spend(1);
      return run();
    };
    return { type, run: counted };
  }

  function wrong({ at }: Node, message: string): Code {
    problems.push({ at, message });
    return { type: 'any', run: () => null };
  }

  function part(node: Node, names: Names): Code {
    if (node.kind === 'literal') return { type: typeOfValue(node.value), run: () => node.value };
    if (node.kind === 'call') return call(node, names);
    const held = Object.hasOwn(names, node.name) ? names[node.name] : undefined;
    if (held) return { type: held.type, run: () => held.value };
    if (node.name === '#') return wrong(node, '# means something only inside a predicate, as in all(result, # < 1)');
    return wrong(node, `there is no '${node.name}'; what was measured is called result`);
  }

  function call(node: Call, names: Names): Code {
    const { name, args } = node;
    const own = around.more?.get(name);
    const formed = own?.form?.(node, (part, more) => compiled(part, { ...names, ...more }), wrong, names, around);
    if (formed) return formed;
    const predicate = PREDICATES.get(name);
    const [first, second] = args;
    if (predicate) return predicated(node, predicate, names);
    if (name === '?.' && first && second) return chain(first, second, names);
    const codes = args.map((arg) => compiled(arg, names));
    const types = codes.map(({ type }) => type);
    const special = specialOf(name, codes);
    if (special) return special.type === null ? unfit(node, types) : { type: special.type, run: special.run };
    const known = own ?? OPERATIONS.get(name);
    if (!known) return wrong(node, `there is no function '${name}' here`);
    const type = known.rule(types);
    if (type === null) return unfit(node, types);
    if (second?.kind === 'literal' && typeof second.value === 'string') known.reads && tried(known.reads, second, second.value);
    // Argo looks a list of nothing but texts up by text, and nothing else can be looked up then.
    const texts = name === 'in' && second?.kind === 'call' && second.name === '[,]' && second.args.length > 0 && second.args.every(isText);
    const run = () => {
      const given = codes.map((code) => code.run());
      const [a = null, b = null, c = null] = given;
      if (texts && a !== null && typeof a !== 'string') refuse(name, a);
      if (known.mode === 'all') return known.run(given, null, around, null);
      if (known.mode === 'strict' && known.rule(given.map(typeOfValue)) === null) refuse(name, ...given);
      return known.run(a, b, around, c);
    };
    return { type, run };
  }

  function unfit(node: Call, types: readonly Type[]): Code {
    const [, key] = node.args;
    const field = node.name === '[]' && key?.kind === 'literal';
    return wrong(node, field ? `${types[0]} has no ${key.value}` : `${node.name} does not work on ${types.join(' and ') || 'nothing'}`);
  }

  function tried(read: (text: string) => unknown, node: Node, text: string): void {
    try {
      read(text);
    } catch (error) {
      wrong(node, (error as ConditionError).message);
    }
  }

  /** Nil as a whole where nil stands before `?.`. */
  function chain(before: Node, after: Node, names: Names): Code {
    const base = compiled(before, names);
    const held: Holder = { type: base.type, value: null };
    const rest = compiled(after, { ...names, '?': held });
    const run = () => {
      held.value = base.run();
      return held.value === null ? null : rest.run();
    };
    return { type: rest.type, run };
  }

  function predicated(node: Call, { gives, alone, run }: Predicate, names: Names): Code {
    const { name, args } = node;
    const [first, second] = args;
    if (!first || args.length > 2 || !(second || alone)) return wrong(node, `${name} takes a list and a predicate`);
    const list = compiled(first, names);
    const held: Holder = { type: elementOf(list.type), value: null };
    const look = compiled(second ?? ELEMENT, { ...names, '#': held });
    if (!fits(list.type, 'list')) return wrong(first, `${name} looks at a list, not ${list.type}`);
    if (second && (look.type === 'nil' || !fits(look.type, gives.startsWith('found') ? 'any' : 'bool')))
      return wrong(node, `a predicate is true or false, not ${look.type}`);
    const see = (item: Value) => {
      held.value = item;
      return look.run();
    };
    return {
      type: gives.replace('found', look.type).replace('list', `${held.type}[]`),
      run: () => run(listFrom(list.run(), name), see, around),
    };
  }

  const result: Holder = {
    type: resultType,
    get value() {
      return around.result;
    },
  };
  return { ...compiled(root, { result }), problems };
}

/** What a function looks at where it was given no predicate. */
const ELEMENT: Node = { kind: 'name', at: 0, name: '#' };

const isText = (node: Node): boolean => node.kind === 'literal' && typeof node.value === 'string';

/** The operators that do not compute all that they are given; null: it is none, or with the type, it cannot work on these. */
function specialOf(name: string, codes: readonly Code[]): { readonly type: Type | null; readonly run: () => Value } | null {
  const [first = NOTHING, second = NOTHING, third = NOTHING] = codes;
  const areBool = codes.every(({ type }) => fits(type, 'bool')) ? 'bool' : null;
  switch (name) {
    case 'not':
      return { type: areBool, run: () => !truthOf(first.run()) };
    case 'and':
      return { type: areBool, run: () => truthOf(first.run()) && truthOf(second.run()) };
    case 'or':
      return { type: areBool, run: () => truthOf(first.run()) || truthOf(second.run()) };
    case '??':
      return {
        type: isList(first.type) && isList(second.type) ? first.type : eitherOf(first.type, second.type),
        run: () => first.run() ?? second.run(),
      };
    case '?:':
      return {
        type: fits(first.type, 'bool') ? eitherOf(second.type, third.type) : null,
        run: () => (truthOf(first.run()) ? second : third).run(),
      };
    default:
      return null;
  }
}

const NOTHING: Code = { type: 'nil', run: () => null };

function eitherOf(left: Type, right: Type): Type {
  if (left === 'nil' || right === 'nil') return left === 'nil' ? right : left;
  return left === right ? left : isList(left) && isList(right) ? 'any[]' : 'any';
}
