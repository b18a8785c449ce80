import type { ResolvedGateIntent, ResolvedServed } from '../intent/resolved.ts';
import { nearest } from '../schema/nearest.ts';
import { type Problem, ProblemError } from '../schema/problem.ts';
import type { PlanGate } from './gate.ts';
import { mapTexts } from './texts.ts';

/** The Deployment and Service of one revision. */
export interface RevisionNames {
  readonly deployment: string;
  readonly service: string;
}

/** The arguments that every gate has, in the order in which they are shown. */
export function gateArguments(names: {
  readonly release: string;
  readonly namespace: string;
  readonly candidate: RevisionNames;
  readonly stable: RevisionNames;
}): Readonly<Record<string, string>> {
  return {
    release: names.release,
    namespace: names.namespace,
    candidate: names.candidate.deployment,
    stable: names.stable.deployment,
    'candidate-service': names.candidate.service,
    'stable-service': names.stable.service,
  };
}

/**
 * Replaces `{{args.x}}` in every text of the gate's provider and in its conditions, once: what an argument's value
 * contains is never replaced again.
 * @param args what `gateArguments` gives; the gate's own arguments come from the gate
 * @throws ProblemError that names every argument that is undeclared, unused, or shadows one that every gate has
 */
export function substitute(gate: ResolvedGateIntent, args: Readonly<Record<string, string>>): PlanGate {
  checkArguments(gate, args);
  const { args: _, ...rest } = gate;
  return { ...rest, ...fill(textsOf(gate), { ...args, ...gate.args }) };
}

/** The same for the question how much is served, which has no arguments of its own. */
export function substituteServed(served: ResolvedServed, args: Readonly<Record<string, string>>): ResolvedServed {
  const problems = undeclared(placeholders(served), 'traffic.served', 'the served share', null, Object.keys(args));
  if (problems.length > 0) throw new ProblemError(problems);
  return fill(served, args);
}

function fill<T>(data: T, args: Readonly<Record<string, string>>): T {
  const values = new Map(Object.entries(args));
  return mapTexts(data, (text) => text.replace(PLACEHOLDER, (whole, inside: string) => values.get(argumentName(inside) ?? '') ?? whole));
}

/** Names of the arguments that a gate's texts use. */
export function usedArguments(gate: ResolvedGateIntent): ReadonlySet<string> {
  return new Set(placeholders(textsOf(gate)).flatMap(({ name }) => name ?? []));
}

/** @throws ProblemError that names every argument that is undeclared, unused, or shadows one of `builtIns` */
export function checkArguments(gate: ResolvedGateIntent, builtIns: Readonly<Record<string, string>>): void {
  const problems = argumentProblems(gate, Object.keys(builtIns));
  if (problems.length > 0) throw new ProblemError(problems);
}

function argumentProblems(gate: ResolvedGateIntent, builtIns: readonly string[]): Problem[] {
  const own = Object.keys(gate.args);
  const used = usedArguments(gate);
  const shadowing = own.filter((name) => builtIns.includes(name));
  const unused = own.filter((name) => !used.has(name) && !shadowing.includes(name));
  const nested = Object.entries(gate.args).filter(([, value]) => value.includes('{{'));
  const path = (rest: string) => `gates.${gate.name}.${rest}`;
  return [
    ...undeclared(placeholders(textsOf(gate)), `gates.${gate.name}`, `gate '${gate.name}'`, own, builtIns),
    ...shadowing.map((name) => ({
      path: path(`args.${name}`),
      message: `every gate has an argument '${name}' already, and gate '${gate.name}' declares another.`,
      help: 'Give the own one another name.',
    })),
    ...unused.map((name) => ({
      path: path(`args.${name}`),
      message: `gate '${gate.name}' declares the argument '${name}' and does not use it.`,
      help: `Write {{args.${name}}} where its value belongs, or remove it.`,
    })),
    ...nested.map(([name]) => ({
      path: path(`args.${name}`),
      message: `the value of the argument '${name}' of gate '${gate.name}' contains '{{', and values are not substituted again.`,
      help: 'Write the placeholder where the argument is used.',
    })),
  ];
}

function undeclared(
  found: readonly Placeholder[],
  place: string,
  whose: string,
  own: readonly string[] | null,
  builtIns: readonly string[],
): Problem[] {
  return found
    .filter(({ name }) => name === null || !(own?.includes(name) || builtIns.includes(name)))
    .map(({ path, text, name }) => ({
      path: `${place}.${path}`,
      message: `${text} is no argument of ${whose}.`,
      help: undeclaredHelp(name ?? text, own, builtIns),
    }));
}

function undeclaredHelp(wrong: string, own: readonly string[] | null, builtIns: readonly string[]): string {
  const meant = nearest(wrong, [...(own ?? []), ...builtIns]);
  if (meant !== null) return `Did you mean {{args.${meant}}}?`;
  const there = builtIns.map((name) => `{{args.${name}}}`).join(', ');
  return own === null ? `There are ${there}.` : `Declare it in \`args\`; every gate has ${there}.`;
}

const PLACEHOLDER = /\{\{(.*?)\}\}/gs;

/** `args.x` -> `x`; null for what is written in braces and is no argument. It has one spelling, without spaces. */
function argumentName(inside: string): string | null {
  return /^args\.(.+)$/s.exec(inside)?.[1] ?? null;
}

interface Placeholder {
  /** Where in the data, such as `provider.prometheus.query`. */
  readonly path: string;
  readonly text: string;
  /** Null where it is not of the form `{{args.x}}`. */
  readonly name: string | null;
}

function placeholders(data: object): Placeholder[] {
  const found: Placeholder[] = [];
  mapTexts(data, (text, path) => {
    const inText = new Map([...text.matchAll(PLACEHOLDER)].map(([whole, inside = '']) => [whole, argumentName(inside)]));
    for (const [whole, name] of inText) found.push({ path, text: whole, name });
    return text;
  });
  return found;
}

/** The part of a gate that may use arguments. */
function textsOf({ provider, successCondition, failureCondition }: ResolvedGateIntent) {
  return { provider, successCondition, failureCondition };
}
