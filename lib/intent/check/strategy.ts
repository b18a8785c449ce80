import { DEFAULTS } from '../defaults.ts';
import { exposedBy } from '../exposing.ts';
import type { ReleaseIntent } from '../release.ts';
import type { Approval, BlueGreen, Canary, CanaryStep, CanaryWeight } from '../strategy.ts';
import { APPROVAL_ABOVE, weightListProblem, weightProblem } from '../weights.ts';
import { checkGates, type PlacedGates } from './gates.ts';
import { atLeast } from './lifecycle.ts';
import { checkLabel } from './names.ts';
import { type Place, type Problems, problem, repeated } from './problem.ts';
import { checkHeaders, checkRoutes } from './routes.ts';

/** The first exposure that a release of high risk may have. */
const HIGH_RISK_FIRST = 5;
const HIGH_RISK_PERSONS = 2;

type Risk = ReleaseIntent['risk'];

/** The rules of the builders once more, for strategies that were written as data or whose types were cast away. */
export function* checkStrategy({ strategy, risk }: ReleaseIntent): Problems {
  yield* strategy.kind === 'canary' ? checkCanary(strategy, risk) : checkBlueGreen(strategy, risk);
  yield* checkGates(placedGates(strategy));
}

function* checkBlueGreen({ preview, approval, after, keepOld }: BlueGreen, risk: Risk): Problems {
  for (const [part, { watch }] of Object.entries({ preview, after }))
    if (watch !== undefined) yield* atLeast(['strategy', part, 'watch'], watch, 1);
  if (keepOld !== undefined) yield* atLeast(['strategy', 'keepOld'], keepOld, 1);
  for (const [index, { name, scope }] of after.gates.entries())
    if (scope === 'comparison')
      yield problem(
        ['strategy', 'after', 'gates', index],
        `gate '${name}' compares with stable, which has no requests after the switch.`,
        'Judge the candidate alone, against a threshold.',
      );
  yield* checkApprovals(approval ? [[['strategy', 'approval'], approval]] : [], risk);
}

/** The gates of a strategy and where they stand. */
export function placedGates(strategy: ReleaseIntent['strategy']): readonly PlacedGates[] {
  if (strategy.kind === 'blueGreen')
    return [
      { place: ['strategy', 'preview', 'gates'], gates: strategy.preview.gates },
      { place: ['strategy', 'after', 'gates'], gates: strategy.after.gates },
    ];
  return [
    ...(strategy.gates ? [{ place: ['strategy', 'gates'], gates: strategy.gates }] : []),
    ...(strategy.steps ?? []).flatMap((step, index) =>
      'analysis' in step ? [{ place: ['strategy', 'steps', index, 'analysis', 'gates'], gates: step.analysis.gates }] : [],
    ),
  ];
}

function* checkCanary(strategy: Canary, risk: Risk): Problems {
  if (strategy.steps) yield* [...checkSteps(strategy.steps), ...checkFirstStep(strategy.steps, risk), ...checkRoutes(strategy.steps)];
  else yield* checkWeights(strategy.weights ?? []);
  if (strategy.headers) yield* checkHeaders(['strategy', 'headers'], strategy.headers);
  yield* checkFirstWeight(strategy.steps ?? strategy.weights ?? [], risk);

  const approvals: [Place, Approval][] = strategy.approval ? [[['strategy', 'approval'], strategy.approval]] : [];
  for (const [index, step] of (strategy.steps ?? []).entries())
    if ('approval' in step) approvals.push([['strategy', 'steps', index, 'approval'], step.approval]);
  yield* checkApprovals(approvals, risk);
}

function* checkWeights(weights: readonly CanaryWeight[]): Problems {
  const wrong = weightListProblem(weights.map((entry) => (typeof entry === 'number' ? entry : entry.weight)));
  if (wrong) yield problem(wrong.index === null ? ['strategy', 'weights'] : ['strategy', 'weights', wrong.index], `${wrong.message}.`);
  for (const [index, entry] of weights.entries())
    if (typeof entry === 'object' && entry.watch !== undefined) yield* atLeast(['strategy', 'weights', index, 'watch'], entry.watch, 1);
}

function* checkSteps(steps: readonly CanaryStep[]): Problems {
  let last = 0;
  let unobserved: string | null = null;
  let approved = false;
  for (const [index, step] of steps.entries()) {
    const place = ['strategy', 'steps', index];
    const exposed = exposedBy(step);
    if (exposed !== null && unobserved !== null) yield problem(place, `${unobserved} needs an analysis before ${exposed}.`);
    if (exposed !== null) unobserved = exposed;
    if ('weight' in step) {
      const wrong = weightProblem(step.weight, last, approved);
      if (wrong !== null) yield problem(place, `${wrong}.`);
      if (wrong === null || step.weight > last) last = step.weight;
      approved &&= step.weight > APPROVAL_ABOVE;
      continue;
    }
    if (last === 100) yield problem(place, 'weight 100 ends a canary, nothing follows it.');
    if ('analysis' in step) {
      unobserved = null;
      if (step.analysis.watch !== undefined) yield* atLeast([...place, 'analysis', 'watch'], step.analysis.watch, 1);
    }
    if ('approval' in step) approved = true;
    if ('pause' in step) yield* atLeast([...place, 'pause'], step.pause, 1);
  }
  if (last !== 100) yield problem(['strategy', 'steps'], 'the last weight must be 100.');
}

function* checkFirstWeight(entries: readonly (CanaryWeight | CanaryStep)[], risk: Risk): Problems {
  if (risk !== 'high') return;
  const weights = entries.flatMap((entry) => (typeof entry === 'number' ? entry : 'weight' in entry ? entry.weight : []));
  const [first] = weights;
  if (first !== undefined && first > HIGH_RISK_FIRST)
    yield problem(
      ['strategy'],
      `the first weight is ${first}; where risk is high, at most ${HIGH_RISK_FIRST} percent of users see a new version first.`,
      `Begin with a weight of at most ${HIGH_RISK_FIRST}.`,
    );
}

/** The short form puts this approval in by itself. */
function* checkFirstStep(steps: readonly CanaryStep[], risk: Risk): Problems {
  const [first] = steps;
  if (risk === 'high' && first && !('approval' in first))
    yield problem(
      ['strategy', 'steps', '0'],
      'no person is asked before the first users see the new version, and risk is high.',
      "Begin with an approval of its own name, such as `.approval({ name: 'start' })`.",
    );
}

function* checkApprovals(approvals: readonly (readonly [Place, Approval])[], risk: Risk): Problems {
  for (const [place, { name, count, deadline }] of approvals) {
    if (name !== undefined) yield* checkLabel([...place, 'name'], name, 'approval name');
    if (risk === 'high' && count !== undefined && count < HIGH_RISK_PERSONS)
      yield problem([...place, 'count'], `found ${count}; where risk is high, at least ${HIGH_RISK_PERSONS} persons say yes.`);
    if (deadline !== undefined) yield* atLeast([...place, 'deadline'], deadline, 1);
  }
  yield* repeated(
    approvals.map(([place, { name }]) => [place, name ?? DEFAULTS['Approval.name']] as const),
    (name) => `approval name '${name}'`,
  );
}
