import { CANARY, ROLLOUT } from '../pods.ts';
import { everything } from '../promql/expression.ts';
import type { Entry } from '../read/objects.ts';
import type { ObjectSet } from '../set.ts';
import { analysesOf, questionsOf, resolveTemplates, usesOf } from './analyses.ts';
import { ANALYSIS_TEMPLATES, isOfTidegate } from './analysis-template.ts';
import type { Metric } from './metric.ts';
import { metricsOf } from './metrics.ts';
import { type Names, namesOf, namesOfUse } from './tracks.ts';
import { promqlOf } from './volume.ts';

/** Kinds that ask all that is asked of one release. */
export const SUBJECTS: readonly string[] = [ROLLOUT, CANARY, 'ConfigMap', ...ANALYSIS_TEMPLATES];

/** All that is asked of one release, each question with the names that its placeholders stand for. */
export interface Subject {
  readonly asked: readonly { readonly metric: Metric; readonly names: Names }[];
  /** Where a question that is missing would be written. */
  readonly path: readonly string[];
}

/** Providers whose questions are in languages that are not read here. */
const READ: ReadonlySet<string> = new Set(['prometheus', 'built-in', 'job', 'kayenta', 'web']);

/**
 * What a release asks, where all of it is known: every template is in the set, and every query is in a language that is
 * read. Null otherwise, and for a template that a Rollout uses, since others may stand beside it there.
 */
export function subjectOf(entry: Entry, set: ObjectSet): Subject | null {
  const subject = entry.kind === ROLLOUT ? ofRollout(entry, set) : ofOthers(entry, set);
  if (!subject || subject.asked.length === 0) return null;
  const isKnown = ({ metric }: Subject['asked'][number]) =>
    metric.providers.every((provider) => READ.has(provider)) && (metric.providers[0] !== 'prometheus' || promqlOf(metric) !== null);
  return subject.asked.every(isKnown) ? subject : null;
}

function ofRollout(rollout: Entry, set: ObjectSet): Subject | null {
  const [first, ...others] = analysesOf(rollout);
  if (!first) return null;
  const uses = [first, ...others].map((analysis) => ({ ...analysis, ...resolveTemplates(rollout, analysis.references, set) }));
  if (!uses.every(({ isComplete }) => isComplete)) return null;
  const asked = uses.flatMap((use) => {
    const names = namesOfUse(use);
    return use.templates.flatMap((template) => metricsOf(template, set).map((metric) => ({ metric, names })));
  });
  return { asked, path: first.path };
}

function ofOthers(entry: Entry, set: ObjectSet): Subject | null {
  const isTemplate = ANALYSIS_TEMPLATES.includes(entry.kind);
  if (isTemplate && (isOfTidegate(entry) || usesOf(entry, set).length > 0)) return null;
  const { metrics, isComplete } = questionsOf(entry, set);
  const [first] = metrics;
  if (!first || !isComplete) return null;
  const path = isTemplate ? ['spec', 'metrics'] : first.engine === 'native' ? first.path : first.path.slice(0, -1);
  return { asked: metrics.map((metric) => ({ metric, names: namesOf(metric) })), path };
}

/** Whether a metric is a share or a quantile of requests, which few requests make jump. */
export function isShare(metric: Metric): boolean {
  if (metric.providers.includes('built-in')) return true;
  const expression = promqlOf(metric);
  if (!expression) return false;
  return [...everything(expression)].some(
    (part) => (part.kind === 'binary' && part.operator === '/') || (part.kind === 'call' && part.name === 'histogram_quantile'),
  );
}
