import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { courseOf, describe as describeLevel, type Pass } from '../../lib/policy/exposure/index.ts';
import { podsFor } from '../../lib/policy/exposure/pod-share.ts';
import { lint } from '../../lib/policy/lint.ts';
import { objectsOf } from '../../lib/policy/read/objects.ts';
import { Releases } from '../../lib/policy/releases.ts';
import { ObjectSet } from '../../lib/policy/set.ts';
import { RULES } from '../../policies/index.ts';
import * as example from '../../policies/release-examples.ts';

const { analysis, canary, hooks, METRICS, pause, person, plan, rollout, rolloutOf, weight } = example;

/** The levels of the first object as text: `20 %: analysis, person`. */
function courseText(yaml: string): readonly string[] {
  const { entries } = objectsOf({ name: 'x.yaml', text: yaml });
  const set = new ObjectSet(entries);
  const [entry] = entries;
  const course =
    entry && courseOf(entry, { set, releases: new Releases(set), isExternal: () => false, threshold: () => Number.NaN, today: null });
  return (course?.levels ?? []).map((level) => [describeLevel(level), level.passes.map(passText).join(', ')].filter(Boolean).join(': '));
}

function passText(pass: Pass): string {
  switch (pass.kind) {
    case 'analysis':
      return pass.background ? 'analysis beside' : 'analysis';
    case 'approval':
      return pass.blind ? 'person who sees nothing' : 'person';
    case 'wait':
      return `${pass.seconds} s`;
    case 'smoke':
      return 'smoke';
  }
}

const BESIDE = 'analysis:\n  templates:\n    - templateName: errors\n';
const HEADER = '- setHeaderRoute:\n    name: testers\n    match:\n      - headerName: x\n        headerValue:\n          exact: y\n';
const END_HEADER = '- setHeaderRoute:\n    name: testers\n';
const MIRROR = '- setMirrorRoute:\n    name: shadow\n    percentage: 10\n    match:\n      - path:\n          prefix: /\n';
const EXPERIMENT = `- experiment:
    duration: 5m
    templates:
      - name: candidate
        specRef: canary
        weight: 5
      - name: baseline
        specRef: stable
        weight: 5
    analyses:
      - name: errors
        templateName: errors
`;
const withoutRouter = (steps: string) => rolloutOf(`canary:\n  steps:\n${steps.replaceAll(/^(?=.)/gm, '    ')}`);

describe('the course of a release', () => {
  it.each<readonly [what: string, yaml: string, course: readonly string[]]>([
    ['100 % comes after the last step', rollout(weight(20) + analysis), ['0 %', '20 %: analysis', '100 %']],
    ['and is there once where a step says it', rollout(weight(20) + analysis + weight(100)), ['0 %', '20 %: analysis', '100 %']],
    ['a strategy without steps goes there at once', rolloutOf('canary: {}'), ['0 %', '100 %']],
    ['only a pause without a duration is a person', rollout(weight(20) + pause('5m') + person), ['0 %', '20 %: 300 s, person', '100 %']],
    ['who comes before the pods sees nothing', rollout(person + weight(20)), ['0 %: person who sees nothing', '20 %', '100 %']],
    [
      'and after setCanaryScale sees them',
      rollout(`- setCanaryScale:\n    replicas: 1\n${person}${weight(20)}`),
      ['0 %: person', '20 %', '100 %'],
    ],
    [
      'analysis beside the steps looks from its startingStep on, where something lasts',
      rollout(weight(5) + weight(20) + pause('5m') + weight(50) + person, { canary: `${BESIDE}  startingStep: 2` }),
      ['0 %', '5 %', '20 %: 300 s, analysis beside', '50 %: person, analysis beside', '100 %'],
    ],
    [
      'and not where that is too late',
      rollout(weight(5) + pause('5m') + weight(20) + pause('5m'), { canary: `${BESIDE}  startingStep: 2` }),
      ['0 %', '5 %: 300 s', '20 %: 300 s, analysis beside', '100 %'],
    ],
    [
      'header and mirror routes are exposure until they are taken away',
      rollout(HEADER + analysis + MIRROR + analysis + END_HEADER + weight(5)),
      [
        '0 %',
        'requests with headers: analysis',
        'requests with headers and copies of 10 %: analysis',
        'copies of 10 %',
        '5 % and copies of 10 %',
        '100 % and copies of 10 %',
        '100 %',
      ],
    ],
    [
      'an experiment exposes its own pods of the candidate while it runs',
      rollout(EXPERIMENT + weight(20) + analysis),
      ['0 %', '5 %: analysis', '0 %', '20 %: analysis', '100 %'],
    ],
    ['without a router pods are the share', withoutRouter(weight(5) + person), ['0 %', '20 %: person', '100 %']],
    [
      'dynamicStableScale changes capacity, not exposure',
      rollout(weight(20), { canary: 'dynamicStableScale: true' }),
      ['0 %', '20 %', '100 %'],
    ],
    [
      'an analysis of which all is muted is none',
      rollout(`${weight(20)}- analysis:\n    templates:\n      - templateName: errors\n    dryRun:\n      - metricName: .*\n`) +
        example.template(),
      ['0 %', '20 %', '100 %'],
    ],
    ['blue-green promotes itself', rolloutOf('blueGreen:\n  activeService: web'), ['0 %', '100 %']],
    ['or asks', rolloutOf('blueGreen:\n  autoPromotionEnabled: false'), ['0 %: person', '100 %']],
    [
      'but not where it stops asking',
      rolloutOf('blueGreen:\n  autoPromotionEnabled: false\n  autoPromotionSeconds: 60'),
      ['0 %: 60 s', '100 %'],
    ],
    [
      'its analyses stand before and after',
      rolloutOf(
        `blueGreen:\n  pre${BESIDE.replace('analysis', 'PromotionAnalysis').replaceAll('\n', '\n  ')}post${BESIDE.replace('analysis', 'PromotionAnalysis').replaceAll('\n', '\n  ')}`,
      ),
      ['0 %: analysis', '100 %: analysis'],
    ],
    [
      'a Canary looks at each weight and then promotes',
      canary(`stepWeight: 20\nmaxWeight: 40\n${METRICS}${hooks('pre-rollout', 'confirm-promotion')}`),
      ['0 %: smoke', '20 %: analysis', '40 %: analysis, person', '100 %'],
    ],
    ['its last step may go beyond maxWeight', canary(`stepWeight: 30\nmaxWeight: 50\n`), ['0 %', '30 %', '60 %', '100 %']],
    ['stepWeights are taken as they are', canary(`stepWeights: [5, 50, 80]\n`), ['0 %', '5 %', '50 %', '80 %', '100 %']],
    [
      'confirm-rollout is asked before there are pods, confirm-traffic-increase before every rise',
      canary(`stepWeight: 50\nmaxWeight: 50\n${hooks('confirm-rollout', 'confirm-traffic-increase')}`),
      ['0 %: person who sees nothing, person', '50 %: person', '100 %'],
    ],
    [
      'a mirror comes before the first weight, and nobody is asked after it',
      canary(`mirror: true\nmirrorWeight: 30\nstepWeight: 50\nmaxWeight: 50\n${METRICS}`),
      ['0 %', 'copies of 30 %: analysis', '0 %', '50 %: analysis', '100 %'],
    ],
    [
      'A/B is exposure without a share',
      canary(`iterations: 10\nmatch:\n  - headers:\n      x:\n        exact: y\n${METRICS}${hooks('confirm-promotion')}`),
      ['0 %', 'requests with headers: analysis, person', '100 % and requests with headers', '100 %'],
    ],
    ['blue-green of Flagger goes from nothing to all', canary(`iterations: 10\n${METRICS}`), ['0 %: analysis', '100 %']],
    [
      'also where the provider cannot do what was asked',
      canary(`stepWeight: 5\n${METRICS}`, 'provider: kubernetes'),
      ['0 %: analysis', '100 %'],
    ],
    [
      'a Canary that skips its analysis asks one webhook alone',
      canary(METRICS + hooks('confirm-rollout', 'confirm-promotion'), 'skipAnalysis: true'),
      ['0 %: person who sees nothing', '100 %'],
    ],
    [
      'a plan',
      plan([
        example.smoke,
        ['setHeaderRoute', { name: 'testers' }],
        example.watch(),
        ['setMirrorRoute', { name: 'shadow', percent: 10 }],
        example.watch(),
        ['setMirrorRoute', { name: 'shadow', percent: 0 }],
        example.to(50),
        example.watch(),
        ['pause', { durationSeconds: 60 }],
        example.ask,
        example.all,
        ['bake', { gates: [] }],
      ]),
      [
        '0 %: smoke',
        'requests with headers: analysis',
        'requests with headers and copies of 10 %: analysis',
        'requests with headers',
        '50 % and requests with headers: analysis, 60 s, person',
        '100 % and requests with headers',
        '100 %',
      ],
    ],
    [
      'an approval that nobody must give asks nobody',
      plan([example.to(50), ['approval', { count: 0 }], example.all]),
      ['0 %', '50 %', '100 %'],
    ],
  ])('%s', (_, yaml, course) => {
    expect(courseText(yaml)).toEqual(course);
  });

  it.each([
    [4, true, 25, '1/4'],
    [5, true, 50, '3/6'],
    [1, true, 20, '1/2'],
    [1, false, 20, '0/1'],
    [10, true, 1, '1/11'],
    [10, false, 1, '1/10'],
    [3, false, 99, '2/3'],
    [3, true, 100, '3/3'],
    [0, true, 50, '0/0'],
  ])('%i pods (one more: %s) come closest to %i %% as %s', (count, surge, share, expected) => {
    const { candidate, total } = podsFor(share, { count, surge });
    expect(`${candidate}/${total}`).toBe(expected);
  });
});

/** What stands between users and a candidate. */
const GATES = RULES.filter(({ id }) =>
  ['analysis-at-each-weight', 'approval-past-50', 'approval-high-risk', 'smoke-before-traffic', 'analysis-window', 'error-budget'].includes(
    id,
  ),
);
function expectFound(yaml: string, some: boolean): void {
  const { findings } = lint({ texts: [{ name: 'x.yaml', text: yaml }], unreadable: [] }, { rules: GATES });
  if (findings.length > 0 !== some) expect.fail([...findings.map(({ message }) => message), yaml].join('\n'));
}

/** A release that has every gate, how to write it without one of them, and how with one more. */
interface Sound {
  /** How many gates can be taken away. */
  readonly gates: number;
  /** @param without the gate that is left out; null: none is */
  write(without: number | null, added?: readonly Addition[]): string;
}
/** Another gate: which kind, and where, as a share of the steps. */
interface Addition {
  readonly what: number;
  readonly where: number;
}

const RISING = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 6 })
  .map((weights) => weights.toSorted((a, b) => a - b));
const risky = fc.boolean();
const additions = fc.array(fc.record({ what: fc.nat(3), where: fc.double({ min: 0, max: 1, noNaN: true }) }), {
  minLength: 1,
  maxLength: 4,
});

/** Steps of which those that are gates can be left out; the other ones stay. */
interface Part<T> {
  readonly step: T;
  readonly gate: boolean;
}
const gate = <T>(step: T): Part<T> => ({ step, gate: true });
const fixed = <T>(step: T): Part<T> => ({ step, gate: false });

function soundSteps<T>(parts: readonly Part<T>[], more: readonly T[], write: (steps: readonly T[]) => string): Sound {
  const gates = parts.filter((part) => part.gate);
  return {
    gates: gates.length,
    write(without, added = []) {
      const steps = parts.filter((part) => without === null || part !== gates[without]).map(({ step }) => step);
      for (const { what, where } of added) steps.splice(Math.round(where * steps.length), 0, more[what % more.length] as T);
      return write(steps);
    },
  };
}

/** Weights, a person after the last one of at most 50, and at high risk one before the first. */
function walk<T>(
  weights: readonly number[],
  high: boolean,
  step: {
    readonly start: readonly Part<T>[];
    readonly to: (share: number) => T;
    /** What looks at a level; `asked`: a person is waited for there as well. */
    readonly watch: (asked: boolean) => readonly Part<T>[];
    readonly ask: T;
  },
): readonly Part<T>[] {
  const least = high ? 3 : 40;
  const shares = weights.some((share) => share <= least) ? weights : [least, ...weights];
  const allowed = high ? [...new Set([least, ...shares.filter((share) => share > least)])] : shares;
  const crossing = allowed.findLastIndex((share) => share <= 50);
  const parts = [...step.start, ...(high ? [gate(step.ask)] : [])];
  for (const [index, share] of allowed.entries()) {
    parts.push(fixed(step.to(share)), ...step.watch(index === crossing));
    if (index === crossing) parts.push(gate(step.ask));
  }
  return parts;
}

interface RolloutStep {
  readonly yaml: string;
}
const ROLLOUT_MORE: readonly RolloutStep[] = [analysis, person, pause('10m')].map((yaml) => ({ yaml }));
const TEN_MINUTES = example.template('count: 11\ninterval: 1m');

const rollouts = fc.tuple(RISING, risky, fc.boolean()).map(([weights, high, beside]): Sound => {
  const parts = walk<RolloutStep>(weights, high, {
    start: [fixed({ yaml: '- setCanaryScale:\n    replicas: 1\n' }), gate({ yaml: analysis })],
    to: (share) => ({ yaml: weight(share) }),
    // Beside the steps analysis looks while a level lasts: for the pause, or until a person comes.
    watch: (asked) => [beside ? (asked ? fixed : gate)({ yaml: pause('10m') }) : gate({ yaml: analysis })],
    ask: { yaml: person },
  });
  return soundSteps(parts, ROLLOUT_MORE, (steps) =>
    [
      rollout(steps.map(({ yaml }) => yaml).join(''), {
        ...(high ? { labels: example.HIGH_RISK } : {}),
        ...(beside ? { canary: BESIDE } : {}),
      }),
      TEN_MINUTES,
    ].join(''),
  );
});

type PlanStep = readonly [kind: string, more?: object];
const PLAN_MORE: readonly PlanStep[] = [example.watch(), example.ask, example.smoke, ['pause', { durationSeconds: 60 }]];
const sides = fc.subarray<PlanStep>([
  ['setHeaderRoute', { name: 'testers' }],
  ['setMirrorRoute', { name: 'shadow', percent: 10 }],
]);

const plans = fc.tuple(RISING, risky, sides).map(([weights, high, side]): Sound => {
  const watch = () => [gate<PlanStep>(example.watch(600))];
  const parts = walk<PlanStep>(weights, high, { start: [gate<PlanStep>(example.smoke)], to: example.to, watch, ask: example.ask });
  const first = parts.findIndex(({ step: [kind] }) => kind === 'setWeight');
  const routed = side.flatMap((step) => [fixed(step), ...watch()]);
  const all = [...parts.slice(0, first), ...routed, ...parts.slice(first), fixed<PlanStep>(example.all)];
  return soundSteps(all, PLAN_MORE, (steps) => plan(steps, { risk: high ? 'high' : 'normal' }));
});

const HOOKS = ['confirm-traffic-increase', 'rollout', 'confirm-promotion', 'pre-rollout'];
const HEADERS = 'match:\n  - headers:\n      x:\n        exact: y\n';
const canaries = fc.tuple(RISING, risky, fc.constantFrom('weights', 'headers', 'blueGreen')).map(([weights, risk, strategy]): Sound => {
  // Only weights begin with few users.
  const high = risk && strategy === 'weights';
  const shares = high ? [3, ...weights.filter((share) => share > 3)] : weights;
  const beyond = strategy === 'weights' && shares.some((share) => share > 50);
  // Above 50 one webhook asks before each rise; it stands before the first weight as well.
  const asks = beyond ? ['confirm-traffic-increase'] : ['confirm-promotion', ...(high ? ['confirm-rollout'] : [])];
  const lines = { weights: `stepWeights: [${shares.join(', ')}]\n`, headers: `iterations: 10\n${HEADERS}`, blueGreen: 'iterations: 10\n' }[
    strategy
  ];
  const parts = [METRICS, 'pre-rollout', ...asks].map(gate);
  const sound = strategy === 'blueGreen' ? parts.filter(({ step }) => step !== 'pre-rollout') : parts;
  return soundSteps(sound, HOOKS, (steps) =>
    canary(
      `interval: 10m\n${lines}${steps.includes(METRICS) ? METRICS : ''}${hooks(...steps.filter((step) => step !== METRICS))}`,
      '',
      high ? example.HIGH_RISK : '',
    ),
  );
});

describe.each([
  ['a Rollout', rollouts],
  ['a Canary', canaries],
  ['a plan', plans],
])('%s with every gate', (_, releases) => {
  it('has no finding, and none with more gates', () => {
    fc.assert(
      fc.property(releases, additions, (sound, added) => {
        expectFound(sound.write(null), false);
        expectFound(sound.write(null, added), false);
      }),
    );
  });

  it('has one as soon as a gate is gone, whichever it is', () => {
    fc.assert(
      fc.property(releases, fc.nat(), (sound, which) => {
        expectFound(sound.write(which % sound.gates), true);
      }),
    );
  });
});
