import { shortHash } from '../plan/hash.ts';
import type { Mirror, Plan, PlanGate, PlanRevision, RouteInstructions, Split, SplitBackend, Step, StepKind } from '../plan/plan.ts';
import { member } from './json.ts';
import { weightOf } from './level.ts';

/** A plan is at most this big: client-side apply fails a little above it. */
const LARGEST_PLAN_BYTES = 200 * 1024;

/** A plan that is the one that was reviewed, and its hash. */
export interface Release {
  readonly plan: Plan;
  readonly hash: string;
}

/** What can be walked, or every reason why it is refused. */
export type PlanReading = Release | { readonly refused: readonly string[] };

/**
 * Reads `plan.json` of the plan's ConfigMap. What the runner does not know it refuses: a field that it skipped could
 * be the one that mattered.
 */
export function readPlan(name: string, namespace: string, configMap: unknown): PlanReading {
  const text = member(configMap, 'data', 'plan.json');
  if (typeof text !== 'string') return { refused: [`ConfigMap ${name} has no key plan.json`] };
  const size = Buffer.byteLength(text);
  if (size > LARGEST_PLAN_BYTES) return { refused: [`plan.json has ${size} bytes, at most ${LARGEST_PLAN_BYTES} are allowed`] };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { refused: [`plan.json is no JSON: ${(error as Error).message}`] };
  }
  const version = member(parsed, 'version');
  if (version !== 1)
    return { refused: [`plan version ${JSON.stringify(version)} is unknown, this runner knows 1: use the runner of the same commit`] };
  const { hash, ...plan } = parsed as Plan & { readonly hash: unknown };
  const refused = [...shapeProblems('plan', plan, PLAN), ...(Array.isArray(plan.steps) ? plan.steps.flatMap(stepProblems) : [])];
  if (refused.length === 0) refused.push(...identityProblems(name, namespace, plan, hash), ...weightProblems(plan));
  return refused.length > 0 ? { refused } : { plan, hash: hash as string };
}

function identityProblems(name: string, namespace: string, plan: Plan, hash: unknown): string[] {
  const problems: string[] = [];
  const actual = shortHash(plan);
  if (hash !== actual)
    problems.push(`the content of plan.json hashes to ${actual}, but it says ${JSON.stringify(hash)}: it was edited, run synth again`);
  const expected = `${plan.release}-plan-${actual}`;
  if (name !== expected) problems.push(`a plan of release ${plan.release} with hash ${actual} is named ${expected}, not ${name}`);
  if (plan.namespace !== namespace) problems.push(`the plan is for namespace ${plan.namespace}, this runner works in ${namespace}`);
  return problems;
}

function weightProblems({ steps, route }: Plan): string[] {
  const problems: string[] = [];
  const routes = [...(route.headers ?? []), ...(route.mirrors ?? [])].map(({ name }) => name);
  let level = 0;
  let tested = false;
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'smoke') tested = true;
    const side = step.kind === 'setHeaderRoute' || step.kind === 'setMirrorRoute';
    if (side && !routes.includes(step.name)) problems.push(`step ${index} (${step.kind}): the route has no ${step.name}`);
    const weight = weightOf(step);
    if ((side || weight !== null) && !tested)
      problems.push(`step ${index} (${step.kind}) gives the candidate traffic before any smoke step`);
    if (weight === null) continue;
    if (!Number.isInteger(weight) || weight < 1 || weight > 100)
      problems.push(`step ${index}: weight ${weight} is not a whole number from 1 to 100`);
    else if (weight <= level) problems.push(`step ${index}: weight ${weight} does not rise above ${level}`);
    level = weight;
  }
  if (level !== 100) problems.push(`the plan ends at weight ${level}: its last weight must be 100`);
  return problems;
}

interface Check {
  readonly is: string;
  readonly test: (value: unknown) => boolean;
}
type Fields<T> = { readonly [Key in keyof T]-?: Check };
const optional = (check: Check): Check => ({ is: check.is, test: (value) => value === undefined || check.test(value) });

const text: Check = { is: 'text', test: (value) => typeof value === 'string' && value !== '' };
const count: Check = { is: 'a whole number >= 0', test: (value) => Number.isSafeInteger(value) && (value as number) >= 0 };
const percent: Check = { is: 'a number from 0 to 100', test: (value) => typeof value === 'number' && value >= 0 && value <= 100 };
const texts: Check = { is: 'a list of texts', test: (value) => Array.isArray(value) && value.every(text.test) };
const map: Check = { is: 'a map', test: (value) => value !== null && typeof value === 'object' && !Array.isArray(value) };
const pointer: Check = { is: 'a JSON pointer', test: (value) => typeof value === 'string' && value.startsWith('/') };
const orNull = (check: Check): Check => ({ is: `${check.is} or null`, test: (value) => value === null || check.test(value) });
const oneOf = (...values: readonly unknown[]): Check => ({ is: values.map(String).join(' or '), test: (value) => values.includes(value) });
const shaped = <T>(fields: Fields<T>): Check => ({
  is: `a map of exactly ${Object.keys(fields).join(', ')}`,
  test: (value) => map.test(value) && shapeProblems('', value, fields).length === 0,
});
const listOf = (check: Check): Check => ({
  is: `a list, not empty, of which each is ${check.is}`,
  test: (value) => Array.isArray(value) && value.length > 0 && value.every(check.test),
});

const GATE: Fields<PlanGate> = {
  name: text,
  description: text,
  scope: oneOf('candidate', 'comparison', 'volume', 'service'),
  provider: map,
  successCondition: orNull(text),
  failureCondition: orNull(text),
  intervalSeconds: count,
  count: count,
  initialDelaySeconds: count,
  failureLimit: count,
  inconclusiveLimit: count,
  onFailure: oneOf('abort', 'hold', 'scaleUp'),
};
const REVISION: Fields<PlanRevision> = { revision: text, deployment: text, service: text, image: text };
const BACKEND: Fields<SplitBackend> = { destination: shaped<SplitBackend['destination']>({ path: pointer, value: text }), weight: pointer };
const splits = listOf(shaped<Split>({ stable: shaped(BACKEND), candidate: shaped(BACKEND) }));
const MIRROR: Fields<Mirror> = { name: text, destination: shaped<Mirror['destination']>({ path: pointer, value: text }), percent: pointer };
const ROUTE: Fields<RouteInstructions> = {
  router: text,
  apiVersion: text,
  kind: text,
  resource: text,
  name: text,
  splits,
  headers: optional(listOf(shaped<NonNullable<RouteInstructions['headers']>[number]>({ name: text, splits }))),
  mirrors: optional(listOf(shaped(MIRROR))),
  acceptance: oneOf('gateway-parents', 'none'),
};
const PLAN: Fields<Plan> = {
  version: oneOf(1),
  release: text,
  namespace: text,
  target: text,
  engine: oneOf('native'),
  attempt: count,
  risk: oneOf('normal', 'high'),
  stable: shaped(REVISION),
  candidate: shaped(REVISION),
  route: shaped(ROUTE),
  steps: { is: 'a list, not empty', test: (value) => Array.isArray(value) && value.length > 0 },
  deadlineSeconds: count,
  scaleDownDelaySeconds: count,
  approvals: shaped<Plan['approvals']>({ required: { is: 'a list of texts', test: texts.test }, waived: orNull(text) }),
  expected: orNull(map),
  gitopsManagers: texts,
  served: optional(shaped<NonNullable<Plan['served']>>({ prometheus: map })),
};

const BASE = { exposure: percent, deadlineSeconds: count };
const gates: Check = { is: 'a list of gates', test: (value) => Array.isArray(value) && value.every(shaped(GATE).test) };
const STEPS: { readonly [Kind in StepKind]: Fields<Omit<Extract<Step, { kind: Kind }>, 'kind'>> } = {
  scale: { ...BASE, replicas: count },
  smoke: { ...BASE, name: text, test: map },
  setWeight: { ...BASE, weight: { is: 'a number', test: (value) => typeof value === 'number' } },
  setHeaderRoute: { ...BASE, name: text, headers: map },
  setMirrorRoute: { ...BASE, name: text, percent },
  pause: { ...BASE, durationSeconds: count },
  analysis: { ...BASE, durationSeconds: count, gates },
  approval: { ...BASE, name: text, reason: { is: 'text', test: (value) => typeof value === 'string' }, count },
  job: { ...BASE, name: text },
  switch: BASE,
  bake: { ...BASE, gates },
};

function stepProblems(step: unknown, index: number): string[] {
  const kind = member(step, 'kind');
  if (typeof kind !== 'string' || !Object.hasOwn(STEPS, kind))
    return [`step ${index}: kind ${JSON.stringify(kind)} is unknown to this runner`];
  const { kind: _, ...fields } = step as Step;
  return shapeProblems(`step ${index} (${kind})`, fields, STEPS[kind as StepKind]);
}

function shapeProblems(place: string, value: object | unknown, fields: Readonly<Record<string, Check>>): string[] {
  const unknown = Object.keys(value as object).filter((key) => !Object.hasOwn(fields, key));
  return [
    ...unknown.map((key) => `${place}: field '${key}' is unknown to this runner`),
    ...Object.entries(fields)
      .filter(([key, check]) => !check.test(member(value, key)))
      .map(([key, check]) => `${place}: ${key} must be ${check.is}`),
  ];
}
