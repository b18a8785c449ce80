import { ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE } from '../lib/policy/exposure/analysis.ts';
import { spell } from '../lib/policy/exposure/duration.ts';
import { causeOf, courseOf, cutShort, groupBy, isExposed, name, stretches, WALKING } from '../lib/policy/exposure/index.ts';
import { CANARY } from '../lib/policy/pods.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt } from '../lib/policy/shape.ts';
import { all, ask, canary, hooks, METRICS, PLAN, plan, rolloutOf, smoke, template, to, watch } from './release-examples.ts';

const TEMPLATES = [ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE];
const blueGreen = (seconds: number): string =>
  rolloutOf(`blueGreen:
  activeService: web
  previewService: web-preview
  autoPromotionEnabled: false
  autoPromotionSeconds: ${seconds}
  prePromotionAnalysis:
    templates:
      - templateName: errors`);

export const abortIsAutomatic: Rule = {
  id: 'abort-is-automatic',
  holds: 'a gate that fails ends the release, without a person',
  severity: 'error',
  kinds: [...WALKING, ...TEMPLATES],
  why: 'People are asleep, in a meeting or new. What a gate has found costs users until somebody acts on it, so the gate acts.',
  fix: 'Let at least one gate at every exposure abort, set no failureLimit of -1 without a count, leave an analysis the time that it takes, and do not skip it.',
  examples: [
    {
      title: 'gates that only hold',
      yaml: plan([smoke, to(5), watch(300, { onFailure: 'hold' }), ask, all]),
      finds: [`${PLAN}/steps/1/weight`],
    },
    {
      title: 'an analysis that counts as passed when its time is over',
      yaml: blueGreen(60) + template(),
      finds: ['/spec/strategy/blueGreen/autoPromotionSeconds'],
    },
    { title: 'a Canary that skips its analysis', yaml: canary(METRICS, 'skipAnalysis: true'), finds: ['/spec/skipAnalysis'] },
    {
      title: 'failures that never count',
      yaml: template('interval: 1m\nconsecutiveSuccessLimit: 3\nfailureLimit: -1'),
      finds: ['/spec/metrics/0/failureLimit'],
    },
    { title: 'a plan', yaml: plan([smoke, to(5), watch(), ask, all]), finds: [] },
    { title: 'an analysis that ends before the promotion', yaml: blueGreen(600) + template(), finds: [] },
    { title: 'a Canary', yaml: canary(`stepWeight: 25\nmaxWeight: 50\n${METRICS}${hooks('confirm-promotion')}`), finds: [] },
    { title: 'a template', yaml: template('interval: 1m\ncount: 5\nfailureLimit: 2'), finds: [] },
  ],
  *check(entry, context) {
    if (TEMPLATES.includes(entry.kind)) {
      for (const [index, metric] of indexed(listAt(entry.value, 'spec', 'metrics'))) yield* unending(metric, String(index));
      return;
    }
    if (entry.kind === CANARY && at(entry.value, 'spec', 'skipAnalysis') === true)
      yield { path: ['spec', 'skipAnalysis'], message: 'its analysis is skipped, so no failure ends the release.' };
    const cut = cutShort(entry, context);
    if (cut)
      yield {
        path: cut.path,
        message: `the analysis before the promotion takes ${cut.takes === null ? 'for ever' : spell(cut.takes)}, and counts as passed after ${spell(cut.after)}.`,
      };
    const course = courseOf(entry, context);
    if (!course) return;
    const patient = stretches(course).flatMap(({ level, passes }) => {
      const analyses = passes.filter((pass) => pass.kind === 'analysis');
      return isExposed(level) && level.share < 100 && analyses.length > 0 && !analyses.some(({ aborts }) => aborts) ? [level] : [];
    });
    for (const group of groupBy(patient, (level) => causeOf(course, level)))
      yield { path: group[0].path, message: `no gate at ${name(group)} aborts when it fails.` };
  },
};

function* unending(metric: unknown, index: string): Iterable<Complaint> {
  const limit = at(metric, 'failureLimit');
  if (Number(limit) !== -1 || Number(at(metric, 'count') ?? 0) > 0) return;
  yield {
    path: ['spec', 'metrics', index, 'failureLimit'],
    message: `failures of the metric do not count and it has no count, so it measures until it succeeds or a person comes.`,
  };
}
