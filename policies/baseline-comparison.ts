import { isExposed } from '../lib/policy/exposure/course.ts';
import { courseOf } from '../lib/policy/exposure/index.ts';
import { isShare, SUBJECTS, subjectOf } from '../lib/policy/metrics/subjects.ts';
import { compares, hasExperiment } from '../lib/policy/metrics/tracks.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { analysisTemplate, CAREFUL, canary, metricTemplate } from './example.ts';

const RATE = (track: string) => `sum(rate(http_requests_total{service="{{args.${track}}}",code=~"5.."}[2m]))`;
const TEMPLATE_OF_CANARY = '- name: errors\n  interval: 1m\n  templateRef:\n    name: errors\n  thresholdRange:\n    max: 1.5';
const FLAGGER_RATE = (target: string) => `sum(rate(http_errors_total{app="${target}"}[1m]))`;

export const baselineComparison: Rule = {
  id: 'baseline-comparison',
  holds: 'at least one gate compares the candidate with stable',
  severity: 'warning',
  kinds: SUBJECTS,
  why: 'A fixed limit knows nothing of the day: when a database is slow for everyone it takes back a release that is not at fault, and when all is quiet it lets a candidate pass that is ten times worse than stable, as long as both are below the limit.',
  fix: 'Ask the same of both and divide: `errors{service="web-canary"} / errors{service="web-stable"}`, with Flagger `{{ target }}` and `{{ target }}-primary`.',
  examples: [
    { title: 'the candidate alone', yaml: analysisTemplate({ metric: CAREFUL }), finds: ['/spec/metrics'] },
    {
      title: "Flagger's own metrics know the canary only",
      yaml: canary('- name: request-success-rate\n  interval: 1m\n  thresholdRange:\n    min: 99'),
      finds: ['/spec/analysis/metrics'],
    },
    {
      title: 'the candidate by stable',
      yaml: analysisTemplate({
        metric: CAREFUL,
        query: `${RATE('candidate')} / (${RATE('stable')} > 0)`,
        spec: 'args:\n  - name: candidate\n  - name: stable',
      }),
      finds: [],
    },
    {
      title: 'the canary by its primary',
      yaml: canary(TEMPLATE_OF_CANARY) + metricTemplate(`${FLAGGER_RATE('{{ target }}')} / (${FLAGGER_RATE('{{ target }}-primary')} > 0)`),
      finds: [],
    },
  ],
  *check(entry, context) {
    const subject = subjectOf(entry, context.set);
    // Where all requests move at once there is never a stable beside the candidate.
    const course = courseOf(entry, context);
    if (course?.levels.every((level) => !isExposed(level) || level.share === 100)) return;
    // Smoke tests have nothing to compare.
    if (!subject?.asked.some(({ metric }) => metric.query !== null || isShare(metric)) || hasExperiment(entry)) return;
    const { asked, path } = subject;
    if (asked.some(({ metric, names }) => compares(metric, names))) return;
    const count = new Set(asked.map(({ metric }) => metric)).size;
    yield {
      path,
      message: `${count === 1 ? 'its one metric does not compare' : `none of its ${count} metrics compares`} the candidate with stable.`,
    };
  },
};
