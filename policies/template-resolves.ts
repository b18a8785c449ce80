import { analysesOf, referencesIn, type TemplateReference } from '../lib/policy/metrics/analyses.ts';
import { ANALYSIS_TEMPLATES, CLUSTER_ANALYSIS_TEMPLATE } from '../lib/policy/metrics/analysis-template.ts';
import { metricTemplateReference } from '../lib/policy/metrics/flagger.ts';
import { CANARY, ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import type { Reference } from '../lib/policy/set.ts';
import { indexed, listAt, textAt } from '../lib/policy/shape.ts';
import { meantBy } from '../lib/policy/similar.ts';
import { ANALYSIS, analysisTemplate, CAREFUL, canary, metricTemplate, rolloutWith } from './example.ts';

const PATH = `${ANALYSIS}/templates/0/templateName`;
const template = analysisTemplate({ metric: CAREFUL });
const rollout = rolloutWith('args:\n  - name: candidate\n    value: web-canary');
const CANARY_METRIC = '- name: errors\n  interval: 1m\n  templateRef:\n    name: errors\n  thresholdRange:\n    max: 1';

export const templateResolves: Rule = {
  id: 'template-resolves',
  holds: 'every template that an analysis names is there',
  severity: 'error',
  universal: true,
  kinds: [ROLLOUT, CANARY, ...ANALYSIS_TEMPLATES],
  why: 'A template that is not there is only missed when the analysis begins: Argo Rollouts calls the Rollout invalid and it stands where it is, Flagger counts a failed check each minute until it takes the release back.',
  fix: 'Write the name of a template of the same namespace; `clusterScope: true` for a ClusterAnalysisTemplate, `templateRef.namespace` for a MetricTemplate of another namespace. List it under `externals` where another repository has it.',
  examples: [
    { title: 'a misspelt name', yaml: template + rollout.replace('templateName: errors', 'templateName: erors'), finds: [PATH] },
    {
      title: 'a ClusterAnalysisTemplate without clusterScope',
      yaml: template.replace('kind: Analysis', 'kind: ClusterAnalysis').replace('  namespace: shop\n', '') + rollout,
      finds: [PATH],
    },
    {
      title: 'a MetricTemplate of another namespace',
      yaml: canary(CANARY_METRIC) + metricTemplate('vector(0)').replace('namespace: shop', 'namespace: metrics'),
      finds: ['/spec/analysis/metrics/0/templateRef/name'],
    },
    { title: 'a template that is not in the set is unverified', yaml: rollout, finds: [PATH] },
    { title: 'a template that is there', yaml: template + rollout, finds: [] },
    { title: 'a MetricTemplate that is there', yaml: canary(CANARY_METRIC) + metricTemplate('vector(0)'), finds: [] },
  ],
  *check(entry, context) {
    for (const reference of referencesOf(entry)) {
      if (context.set.find(reference, entry)) continue;
      const complaint = missing(reference, entry, context);
      if (complaint) yield complaint;
    }
  },
};

function referencesOf(entry: Entry): readonly TemplateReference[] {
  if (entry.kind === ROLLOUT) return analysesOf(entry).flatMap(({ references }) => references);
  if (entry.kind !== CANARY) return referencesIn(entry, ['spec', 'templates']);
  return [
    ...indexed(listAt(entry.value, 'spec', 'analysis', 'metrics')).flatMap(([index, metric]) => {
      const reference = metricTemplateReference(entry, metric);
      return reference ? [{ ...reference, path: ['spec', 'analysis', 'metrics', String(index), 'templateRef', 'name'] }] : [];
    }),
    ...indexed(listAt(entry.value, 'spec', 'analysis', 'alerts')).flatMap(([index, alert]) => {
      const name = textAt(alert, 'providerRef', 'name');
      const namespace = textAt(alert, 'providerRef', 'namespace') ?? entry.id.namespace;
      const path = ['spec', 'analysis', 'alerts', String(index), 'providerRef', 'name'];
      return name === null ? [] : [{ kind: 'flagger.app/AlertProvider', namespace, name, path }];
    }),
  ];
}

function missing(reference: TemplateReference, entry: Entry, { set, isExternal }: Context): Complaint | null {
  const { kind, namespace, name, path } = reference;
  if (isExternal(kind, namespace, name) || name.includes('{{')) return null;
  const of = kind.slice(kind.indexOf('/') + 1);
  const wrong = (text: string): Complaint => ({
    path,
    message: `there is no ${of} '${name}'${namespace === null ? '' : ` in ${namespace}`}: ${text}.`,
  });
  const other = otherScope(reference, entry, set);
  if (other) return wrong(other);
  const meant = meantBy(reference, set);
  if (meant.name !== null) return wrong(`did you mean '${meant.name}'`);
  if (meant.namespace !== null && namespace !== null) return wrong(`the one of that name is in ${meant.namespace}`);
  return { path, message: `${of} '${name}' is not in the set: unverified.`, severity: 'info' };
}

/** A template of the same name for the whole cluster, where one of the namespace is named, or the other way round. */
function otherScope({ kind, name }: Reference, entry: Entry, set: Context['set']): string | null {
  if (!ANALYSIS_TEMPLATES.includes(kind)) return null;
  const isOfCluster = kind === CLUSTER_ANALYSIS_TEMPLATE;
  const [other = ''] = ANALYSIS_TEMPLATES.filter((each) => each !== kind);
  if (!set.find({ kind: other, namespace: isOfCluster ? entry.id.namespace : null, name }, entry)) return null;
  return isOfCluster
    ? 'it is an AnalysisTemplate, which is named without clusterScope'
    : 'it is a ClusterAnalysisTemplate, which is named with clusterScope: true';
}
