import { inlineAnalyses } from '../lib/policy/exposure/index.ts';
import { ROLLOUT } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { analysis, person, rollout, STEPS, template, weight } from './release-examples.ts';

const experiment = (more: string): string => `- experiment:
    templates:
      - name: candidate
        specRef: canary
    analyses:
      - name: errors
        templateName: errors
${more}`;

export const analysisEnds: Rule = {
  id: 'analysis-ends',
  holds: 'an analysis that a release waits for has a last measurement',
  severity: 'error',
  kinds: [ROLLOUT],
  why: 'Argo Rollouts stops the clock of a Rollout while an analysis runs, so one without an end holds the release at its weight for ever. Where it sees that in time it refuses the Rollout.',
  fix: 'Give every metric with an interval a count or consecutiveSuccessLimit, every analysis its templates, and an experiment a duration or an analysis that is requiredForCompletion.',
  examples: [
    {
      title: 'a metric with an interval and no count',
      yaml: rollout(weight(20) + analysis + person) + template('interval: 1m'),
      finds: ['/spec/metrics/0/count'],
    },
    { title: 'an analysis of nothing', yaml: rollout(`${weight(20)}- analysis: {}\n${person}`), finds: [`${STEPS}/1/analysis`] },
    {
      title: 'an experiment that nothing ends',
      yaml: rollout(experiment('')) + template(),
      finds: [`${STEPS}/0/experiment`],
    },
    { title: 'a metric with a count', yaml: rollout(weight(20) + analysis + person) + template(), finds: [] },
    {
      title: 'a metric that waits for three successes in a row',
      yaml: rollout(weight(20) + analysis + person) + template('interval: 1m\nconsecutiveSuccessLimit: 3'),
      finds: [],
    },
    { title: 'an experiment of ten minutes', yaml: rollout(experiment('    duration: 10m\n')) + template('interval: 1m'), finds: [] },
    {
      title: 'an analysis beside the steps ends with them',
      yaml: rollout(weight(20) + person, { canary: 'analysis:\n  templates:\n    - templateName: errors' }) + template('interval: 1m'),
      finds: [],
    },
  ],
  *check(entry, context) {
    for (const { path, at, templates, metrics, ends } of inlineAnalyses(entry, context)) {
      if (templates === 0) {
        yield { path, message: `the analysis of ${at} names no template, so it never ends.` };
        continue;
      }
      if (ends === 'with the step') continue;
      if (ends === 'never')
        yield {
          path,
          message: `nothing ends the experiment of ${at}: it has no duration, and no analysis is required for its completion.`,
        };
      else
        for (const metric of metrics ?? [])
          if (metric.endless)
            yield {
              entry: metric.entry,
              path: [...metric.path, 'count'],
              message: `the metric ${metric.name} has an interval and no count, and ${at} of ${entry.id.kind} ${entry.id.name} waits for its end.`,
            };
    }
  },
};
