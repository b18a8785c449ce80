import { describe, expect, it } from 'vitest';
import { remarks } from '../../lib/plan/attention.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import {
  analysis,
  approval,
  bake,
  besidePlan,
  gate,
  headerRoute,
  migration,
  mirror,
  planOf,
  switchOver,
  webPlan,
  weight,
} from './plans.ts';

const warnings = (plan: Plan) => remarks(plan).flatMap((remark) => (remark.weight === 'warning' ? [remark.text] : []));
const notes = (plan: Plan) => remarks(plan).flatMap((remark) => (remark.weight === 'note' ? [remark.text] : []));

const watched = (percent: number, seconds = 150) => [weight(percent), analysis(percent, seconds, [gate()])];
const end = (percent: number) => [approval(percent), switchOver, bake([gate()])];

describe('a reviewer is warned', () => {
  it.each<[string, Plan, string]>([
    ['of high risk', planOf([...watched(5), ...end(5)], { risk: 'high' }), 'This release is declared as high risk.'],
    [
      'of waived approvals, and told by whom',
      planOf([...watched(5), switchOver, bake([gate()])], { approvals: { required: [], waived: 'tidegate.yaml: targets.staging' } }),
      'Nobody is asked before exposure rises to 100 %: approvals are waived by tidegate.yaml: targets.staging.',
    ],
    [
      'of a half that is passed without a person',
      planOf([...watched(5), ...watched(75), approval(75), switchOver, bake([gate()])]),
      'Nobody is asked before exposure rises to 75 %, which is above 50 %.',
    ],
    [
      'of a migration that cannot be taken back',
      planOf([migration('contract'), ...watched(5), ...end(5)]),
      'Migration score takes away the old shape of ranking: no release brings it back.',
    ],
    ['of a level that nothing judges', planOf([...watched(5), weight(20), ...end(20)]), 'No gate judges the candidate at 20 %.'],
    [
      'of a switch that nothing judges',
      planOf([...watched(5), approval(5), switchOver, bake([])]),
      'No gate judges the candidate at 100 %.',
    ],
    [
      'of header routes that nothing judges',
      planOf([headerRoute(0), ...watched(5), ...end(5)]),
      'No gate judges the candidate at 0 % + headers.',
    ],
    [
      'of copies, since they write',
      planOf([mirror(0, 10), analysis(0, 150, [gate()]), mirror(0, 25), analysis(0, 150, [gate()]), ...watched(5), ...end(5)]),
      'Up to 25 % of requests are copied to the candidate: what they write is written twice.',
    ],
    [
      'of a deadline that comes before the end',
      planOf([...watched(5, 3_600), ...end(5)], { deadlineSeconds: 1_800 }),
      'The release cannot finish: its steps take 1h 10s, its deadline is 30m.',
    ],
    [
      'of windows that see nothing',
      planOf([...watched(5), ...end(5)], { expected: { peakRps: 0.1, lowRps: 0.1, errorRatio: 0.001 } }),
      'The windows at 5 % are too short to detect any regression of errors by comparison.',
    ],
  ])('%s', (_, plan, text) => {
    expect(warnings(plan)).toEqual([text]);
  });

  it('of nothing where all is as it should be', () => {
    expect(warnings(webPlan())).toEqual([]);
  });
});

describe('a reviewer is told', () => {
  it('what a bad candidate can do and what the windows miss', () => {
    expect(notes(webPlan())).toEqual([
      'A failure of requests-seen keeps exposure as it is and waits for a person.',
      'At peak (120 requests per second) a bad candidate answers at least 210 requests at 5 % (35s), 4,200 at 100 % (35s) before a gate can fail.',
      'The window at 5 % (2m 30s) cannot detect less than 3.1× the normal errors at peak, 6.7× at the quietest time.',
      'The window at 50 % (5m) cannot detect less than 1.6× the normal errors at peak, 2.5× at the quietest time.',
    ]);
  });

  it('whose requests reach the candidate by their headers', () => {
    expect(notes(besidePlan())).toContain('From step 2 on every request with x-canary: always reaches the candidate, whoever sends it.');
  });

  it('that a mirror asks something of a gateway of Gateway API', () => {
    const { route } = besidePlan();
    const plan = { ...besidePlan(), route: { ...route, router: 'gateway-api' as const } };
    expect(warnings(plan)).toContainEqual(expect.stringContaining('Mirrors are an extended feature of Gateway API'));
  });

  it('who says how much the candidate truly gets', () => {
    const served = { prometheus: { address: 'http://prometheus:9090', query: 'share', timeoutSeconds: 10 } };
    expect(notes({ ...webPlan(), served })).toContain(
      'A level is judged once http://prometheus:9090 says that the candidate truly gets its share of requests: at most 14m 55s later, and no gate fails before.',
    );
  });

  it('that nobody knows, where the intent declares no traffic', () => {
    expect(notes({ ...webPlan(), expected: null }).at(-1)).toBe(
      'The intent declares no expected traffic, so nobody can say how small a regression these windows see.',
    );
  });
});
