import { shortHash } from '../plan/hash.ts';
import type {
  Destination,
  Mirror,
  Plan,
  PlanGate,
  PlanRevision,
  RouteInstructions,
  Split,
  SplitBackend,
  Step,
  StepKind,
} from '../plan/plan.ts';
import { member } from './json.ts';
import { weightOf } from './level.ts';
import { isWhole } from './route.ts';

/** A plan is at most this big: client-side apply fails a little above it. */
const LARGEST_PLAN_BYTES = 200 * 1024;

/** A plan that is the one that was reviewed, and its hash. */
export interface Reviewed {
  readonly plan: Plan;
  readonly hash: string;
}

/** What can be walked, or every reason why it is refused. */
export type PlanReading = Reviewed | { readonly refused: readonly string[] };

/**
 * Reads `plan.json` of the plan's ConfigMap. What the runner does not know it refuses: a field that it skipped could
 * be the one that mattered.
 */
export function readPlan(name: string, namespace: string, configMap: unknown): PlanReading {
  const text = member(configMap, 'data', 'plan.json');
  if (typeof text !== 'string') return { refused: ['it is not there, or has no key plan.json'] };
  const size = Buffer.byteLength(text);
  if (size > LARGEST_PLAN_BYTES) return { refused: [`plan.json has ${size} bytes, more than ${LARGEST_PLAN_BYTES}`] };
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
  const refused = [...fieldProblems('plan: ', plan, PLAN), ...(Array.isArray(plan.steps) ? plan.steps.flatMap(stepProblems) : [])];
  if (refused.length === 0) refused.push(...identityProblems(name, namespace, plan, hash), ...weightProblems(plan));
  return refused.length > 0 ? { refused } : { plan, hash: hash as string };
}

function identityProblems(name: string, namespace: string, plan: Plan, hash: unknown): string[] {
  const problems: string[] = [];
  const actual = shortHash(plan);
  if (hash !== actual) problems.push(`plan.json hashes to ${actual} and says ${JSON.stringify(hash)}`);
  const expected = `${plan.release}-plan-${actual}`;
  if (name !== expected)
    problems.push(
      `a plan of release ${plan.release} with hash ${actual} is named ${expected}, not ${name}: it was edited: delete it, and Git brings it back, which begins the release anew`,
    );
  if (plan.namespace !== namespace) problems.push(`the plan is for namespace ${plan.namespace}, this runner works in ${namespace}`);
  // Without its part what a plan says would be passed over in silence.
  const gates = plan.steps.flatMap((step) => ('gates' in step ? step.gates : []));
  const argo = gates.some((gate) => gate.argo);
  const remedies = plan.remedies ?? gates.some(({ onFailure }) => !CORE.includes(onFailure));
  for (const [name, needed] of Object.entries({ argo, queue: plan.queue, remedies, signatures: plan.signing }))
    if (needed && !plan.uses?.includes(name)) problems.push(`uses must name ${name}`);
  return problems;
}

/** What needs no part: `scaleUp` is the runner's own. */
const CORE: readonly string[] = ['abort', 'hold', 'scaleUp'];

function weightProblems({ steps, route }: Plan): string[] {
  const names = steps.flatMap((step, index) =>
    'gates' in step
      ? step.gates.map(({ name }) => `gate ${name} of step ${index}`)
      : step.kind === 'approval'
        ? [`approval ${step.name}`]
        : [],
  );
  // One of two of a name would be taken for the other.
  const problems = names.filter((name, index) => names.indexOf(name) < index).map((name) => `${name} is there twice`);
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
    else if (weight < 100 && route.splits.some(isWhole))
      problems.push(`step ${index}: weight ${weight} of a route that gives all or nothing`);
    else if (weight <= level) problems.push(`step ${index}: weight ${weight} does not rise above ${level}`);
    level = weight;
  }
  if (level !== 100) problems.push(`the plan ends at weight ${level}: its last weight must be 100`);
  return problems;
}

/** What is wrong with the value at a place; empty: nothing. */
type Check = (value: unknown, place: string) => readonly string[];
type Fields<T> = { readonly [Key in keyof T]-?: Check };

const must = (be: string, test: (value: unknown) => boolean): Check => {
  return (value, place) => (test(value) ? [] : [`${place} must be ${be}`]);
};
const isMap = (value: unknown): value is object => value !== null && typeof value === 'object' && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';

const text = must('text', (value) => isText(value) && value !== '');
const count = must('a whole number >= 0', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const percent = must('a number from 0 to 100', (value) => typeof value === 'number' && value >= 0 && value <= 100);
const pointer = must('a JSON pointer', (value) => isText(value) && value.startsWith('/'));
const map = must('a map', isMap);
const oneOf = (...values: readonly unknown[]): Check => must(values.join(' or '), (value) => values.includes(value));
const optional = (check: Check): Check => {
  return (value, place) => (value === undefined ? [] : check(value, place));
};
const orNull = (check: Check): Check => {
  return (value, place) => (value === null ? [] : check(value, place));
};
const list = (check: Check, least = 0): Check => {
  return (value, place) =>
    Array.isArray(value) && value.length >= least
      ? value.flatMap((item, index) => check(item, `${place}[${index}]`))
      : [`${place} must be a list${least > 0 ? ', not empty' : ''}`];
};
const shaped = <T>(fields: Fields<T>): Check => {
  return (value, place) => (isMap(value) ? fieldProblems(`${place}.`, value, fields) : [`${place} must be a map`]);
};

const GATE: Fields<PlanGate> = {
  name: text,
  description: text,
  scope: oneOf('candidate', 'comparison', 'volume', 'service'),
  provider: map,
  successCondition: orNull(text),
  failureCondition: orNull(text),
  intervalSeconds: count,
  count,
  initialDelaySeconds: count,
  failureLimit: count,
  inconclusiveLimit: count,
  onFailure: oneOf(...CORE, 'flagOff', 'webhook', 'shed'),
  argo: optional(map),
};
const revision = shaped<PlanRevision>({ revision: text, deployment: text, service: text, image: text });
const destination = shaped<Destination>({ path: pointer, value: text });
const backend = shaped<Partial<SplitBackend>>({ destination, weight: optional(pointer) });
const splits = list(shaped<Split>({ stable: backend, candidate: backend }), 1);
const ROUTE: Fields<RouteInstructions> = {
  router: text,
  apiVersion: text,
  kind: text,
  resource: text,
  name: text,
  splits,
  headers: optional(list(shaped<NonNullable<RouteInstructions['headers']>[number]>({ name: text, splits }), 1)),
  mirrors: optional(list(shaped<Mirror>({ name: text, destination, percent: pointer }), 1)),
  tests: optional(list(destination)),
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
  stable: revision,
  candidate: revision,
  route: shaped(ROUTE),
  steps: list(() => [], 1),
  deadlineSeconds: count,
  scaleDownDelaySeconds: count,
  approvals: shaped<Plan['approvals']>({ required: list(text), waived: orNull(text) }),
  signing: optional(map),
  expected: orNull(map),
  gitopsManagers: list(text),
  uses: optional(list(text)),
  queue: optional(map),
  served: optional(shaped<NonNullable<Plan['served']>>({ prometheus: map })),
  remedies: optional(map),
};

const BASE = { exposure: percent, deadlineSeconds: count };
const gates = list(shaped(GATE));
const STEPS: { readonly [Kind in StepKind]: Fields<Omit<Extract<Step, { kind: Kind }>, 'kind'>> } = {
  scale: { ...BASE, replicas: count },
  smoke: { ...BASE, name: text, test: map },
  setWeight: { ...BASE, weight: must('a number', (value) => typeof value === 'number') },
  setHeaderRoute: { ...BASE, name: text, headers: map },
  setMirrorRoute: { ...BASE, name: text, percent },
  pause: { ...BASE, durationSeconds: count },
  analysis: { ...BASE, durationSeconds: count, gates },
  approval: { ...BASE, name: text, reason: must('text', isText), count },
  switch: BASE,
  bake: { ...BASE, gates },
};

function stepProblems(step: unknown, index: number): readonly string[] {
  const kind = member(step, 'kind');
  if (typeof kind !== 'string' || !Object.hasOwn(STEPS, kind))
    return [`step ${index}: kind ${JSON.stringify(kind)} is unknown to this runner`];
  const { kind: _, ...fields } = step as Step;
  return fieldProblems(`step ${index} (${kind}): `, fields, STEPS[kind as StepKind]);
}

function fieldProblems(place: string, value: object, fields: Readonly<Record<string, Check>>): readonly string[] {
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(fields, key));
  return [
    ...unknown.map((key) => `${place}${key} is a field unknown to this runner`),
    ...Object.entries(fields).flatMap(([key, check]) => check(member(value, key), place + key)),
  ];
}
