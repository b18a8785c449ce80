import type { ResolvedGateIntent } from '../intent/resolved.ts';
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
  const values = new Map([...Object.entries(args), ...Object.entries(gate.args)]);
  const fill = (text: string) => text.replace(PLACEHOLDER, (whole, inside: string) => values.get(argumentName(inside) ?? '') ?? whole);
  const { args: _, ...rest } = gate;
  return { ...rest, ...mapTexts(textsOf(gate), fill) };
}

/** Names of the arguments that a gate's texts use. */
export function usedArguments(gate: ResolvedGateIntent): ReadonlySet<string> {
  return new Set(placeholders(gate).flatMap(({ name }) => name ?? []));
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
    ...placeholders(gate).flatMap(({ path: place, text, name }) =>
      name !== null && (own.includes(name) || builtIns.includes(name))
        ? []
        : {
            path: path(place),
            message: `${text} is no argument of gate '${gate.name}'.`,
            help: undeclaredHelp(name ?? text, own, builtIns),
          },
    ),
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

function undeclaredHelp(wrong: string, own: readonly string[], builtIns: readonly string[]): string {
  const known = [...own, ...builtIns];
  const meant = nearest(wrong, known);
  return meant === null
    ? `Declare it in \`args\`; every gate has ${builtIns.map((name) => `{{args.${name}}}`).join(', ')}.`
    : `Did you mean {{args.${meant}}}?`;
}

const PLACEHOLDER = /\{\{(.*?)\}\}/gs;

/** `args.x` -> `x`; null for what is written in braces and is no argument. No spaces, as in Argo Rollouts. */
function argumentName(inside: string): string | null {
  return /^args\.(.+)$/s.exec(inside)?.[1] ?? null;
}

interface Placeholder {
  /** Where in the gate, such as `provider.prometheus.query`. */
  readonly path: string;
  readonly text: string;
  /** Null where it is not of the form `{{args.x}}`. */
  readonly name: string | null;
}

function placeholders(gate: ResolvedGateIntent): Placeholder[] {
  const found: Placeholder[] = [];
  mapTexts(textsOf(gate), (text, path) => {
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
