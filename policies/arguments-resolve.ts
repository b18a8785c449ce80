import { analysesOf, declaredBy, referencesIn, resolveTemplates, usesOf } from '../lib/policy/metrics/analyses.ts';
import { ANALYSIS_TEMPLATES, argumentsOf, isOfTidegate } from '../lib/policy/metrics/analysis-template.ts';
import { METRIC_TEMPLATE, metricTemplateReference } from '../lib/policy/metrics/flagger.ts';
import { placeholdersIn, textsIn } from '../lib/policy/metrics/placeholders.ts';
import { CANARY, ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Complaint, Context, Rule } from '../lib/policy/rule.ts';
import { at, fieldsAt, indexed, listAt, textAt } from '../lib/policy/shape.ts';
import { nearest } from '../lib/schema/nearest.ts';
import { ANALYSIS, analysisTemplate, CAREFUL, canary, METRIC, metricTemplate, rolloutWith } from './example.ts';

const template = analysisTemplate({ metric: CAREFUL });
const CANARY_METRIC = '- name: errors\n  interval: 1m\n  templateRef:\n    name: errors\n  thresholdRange:\n    max: 1';
const BY_VARIABLE = metricTemplate('sum(rate(http_errors_total{app="{{ target }}",route="{{ variables.route }}"}[{{ interval }}]))');
const FROM_SECRET = 'args:\n  - name: candidate\n    valueFrom:\n      secretKeyRef:\n        name: names\n        key: candidate';
const SECRET = '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: names\n  namespace: shop\nstringData:\n  canary: web\n';

export const argumentsResolve: Rule = {
  id: 'arguments-resolve',
  holds: 'every argument of an analysis is declared, and has a value',
  severity: 'error',
  universal: true,
  kinds: [ROLLOUT, CANARY, METRIC_TEMPLATE, ...ANALYSIS_TEMPLATES],
  why: 'A placeholder without a value ends the analysis in Error once the release has begun. A misspelt argument is dropped without a word, so the template takes its default: the threshold, or the service, of somebody else.',
  fix: 'Declare in `spec.args` of the template what it uses, and supply in `args` of the analysis what has no default.',
  examples: [
    {
      title: 'a placeholder that is not declared',
      yaml: analysisTemplate({ metric: CAREFUL, spec: 'args:\n  - name: service' }),
      finds: [`${METRIC}/provider/prometheus/query`],
    },
    { title: 'an argument without a value', yaml: template + rolloutWith('args: []'), finds: [`${ANALYSIS}/args`] },
    {
      title: 'an argument that no template has',
      yaml: template + rolloutWith('args:\n  - name: candidate\n    value: web-canary\n  - name: treshold\n    value: "1"'),
      finds: [`${ANALYSIS}/args/1/name`],
    },
    {
      title: 'a Secret without the key',
      yaml: analysisTemplate({ metric: CAREFUL, spec: FROM_SECRET }) + SECRET,
      finds: ['/spec/args/0/valueFrom/secretKeyRef/key'],
    },
    {
      title: 'a variable that a Canary does not set',
      yaml: canary(CANARY_METRIC) + BY_VARIABLE,
      finds: ['/spec/analysis/metrics/0/templateVariables/route'],
    },
    {
      title: 'what Flagger has no value for',
      yaml: metricTemplate('sum(rate(http_errors_total{app="{{ targt }}"}[{{ interval }}]))'),
      finds: ['/spec/query'],
    },
    { title: 'declared and supplied', yaml: template + rolloutWith('args:\n  - name: candidate\n    value: web-canary'), finds: [] },
    {
      title: 'a variable that a Canary sets',
      yaml: canary(`${CANARY_METRIC}\n  templateVariables:\n    route: cart`) + BY_VARIABLE,
      finds: [],
    },
  ],
  *check(entry, context) {
    switch (entry.kind) {
      case ROLLOUT:
        yield* ofRollout(entry, context);
        break;
      case CANARY:
        yield* ofCanary(entry, context);
        break;
      case METRIC_TEMPLATE:
        yield* ofMetricTemplate(entry);
        break;
      default:
        yield* ofTemplate(entry, context);
    }
  },
};

/** What a template uses, and whether it declares it; templates that run beside it may do so as well. */
function* ofTemplate(entry: Entry, context: Context): Iterable<Complaint> {
  const { set } = context;
  const own = resolveTemplates(entry, referencesIn(entry, ['spec', 'templates']), set);
  const beside = usesOf(entry, set).flatMap(({ templates }) => templates);
  const declared = new Set(declaredBy([entry, ...own.templates, ...beside]).map(({ name }) => `args.${name}`));
  if (own.isComplete) yield* placeholders(entry, declared);
  for (const { path } of argumentsOf(entry.value)) yield* secret(entry, path, context);
}

function* placeholders(entry: Entry, declared: ReadonlySet<string>): Iterable<Complaint> {
  for (const { text, path } of textsIn(at(entry.value, 'spec', 'metrics'), ['spec', 'metrics']))
    for (const placeholder of new Set(placeholdersIn(text).map(({ name }) => name)))
      if (!declared.has(placeholder)) yield { path, message: undeclared(placeholder, [...declared]) };
}

function undeclared(placeholder: string, declared: readonly string[]): string {
  const meant = nearest(placeholder, declared);
  const there =
    declared.length === 0 ? 'it declares no arguments' : `declared: ${declared.map((name) => name.slice('args.'.length)).join(', ')}`;
  return `{{${placeholder}}} is not declared; ${meant === null ? there : `did you mean {{${meant}}}`}.`;
}

function* ofRollout(entry: Entry, context: Context): Iterable<Complaint> {
  for (const { path, references, args } of analysesOf(entry)) {
    const { templates, isComplete } = resolveTemplates(entry, references, context.set);
    const declared = declaredBy(templates);
    const names = new Set(declared.map(({ name }) => name));
    const supplied = new Set(args.map(({ name }) => name));
    // One of two templates that declare the same argument may give its default.
    const given = new Set(declared.filter(({ isGiven }) => isGiven).map(({ name }) => name));
    const missing = declared.filter(({ name }) => !given.has(name) && !supplied.has(name));
    for (const { name, template } of new Map(missing.map((argument) => [argument.name, argument])).values())
      yield {
        path: [...path, 'args'],
        message: `the argument '${name}' of template '${template.id.name}' has no value and no default.`,
      };
    for (const { name, path: place } of args) {
      yield* secret(entry, place, context);
      if (!isComplete || templates.length === 0 || names.has(name)) continue;
      const meant = nearest(name, [...names]);
      yield {
        path: [...place, 'name'],
        message: `no template declares the argument '${name}', so its value is dropped${meant === null ? '' : `; did you mean '${meant}'`}.`,
      };
    }
  }
}

function* secret(entry: Entry, path: readonly string[], { set, isExternal }: Context): Iterable<Complaint> {
  const place = [...path, 'valueFrom', 'secretKeyRef'];
  const name = textAt(entry.value, ...place, 'name');
  const key = textAt(entry.value, ...place, 'key');
  const { namespace } = entry.id;
  // The Secret is the Rollout's namespace's, which a ClusterAnalysisTemplate does not know.
  if (name === null || namespace === null || isOfTidegate(entry) || isExternal('Secret', namespace, name)) return;
  const found = set.find({ kind: 'Secret', namespace, name }, entry);
  if (!found) yield { path: [...place, 'name'], message: `Secret '${name}' is not in the set: unverified.`, severity: 'info' };
  else if (
    key !== null &&
    ![...Object.keys(fieldsAt(found.value, 'data')), ...Object.keys(fieldsAt(found.value, 'stringData'))].includes(key)
  )
    yield { path: [...place, 'key'], message: `Secret '${name}' has no key '${key}'.` };
}

/** What Flagger puts into the query of a MetricTemplate. */
const OF_FLAGGER: readonly string[] = ['name', 'namespace', 'target', 'service', 'ingress', 'route', 'interval', 'variables'];

function* ofMetricTemplate({ value }: Entry): Iterable<Complaint> {
  for (const { name, text } of placeholdersIn(textAt(value, 'spec', 'query') ?? '')) {
    // Go's templates know more than a name; what is more is not looked at.
    const [first = ''] = name.split('.');
    if (!/^\w+(?:\.\w+)*$/.test(name) || OF_FLAGGER.includes(first)) continue;
    const meant = nearest(first, OF_FLAGGER);
    yield {
      path: ['spec', 'query'],
      message: `Flagger has no ${text}${meant === null ? `; it has ${OF_FLAGGER.join(', ')}` : `; did you mean {{ ${meant} }}`}.`,
      help: 'Values of your own are `{{ variables.x }}`, and Canaries set them under `templateVariables`.',
    };
  }
}

function* ofCanary(entry: Entry, { set }: Context): Iterable<Complaint> {
  for (const [index, metric] of indexed(listAt(entry.value, 'spec', 'analysis', 'metrics'))) {
    const reference = metricTemplateReference(entry, metric);
    const found = reference && set.find(reference, entry);
    if (!found) continue;
    const used = placeholdersIn(textAt(found.value, 'spec', 'query') ?? '').flatMap(
      ({ name }) => /^variables\.(\w+)$/.exec(name)?.[1] ?? [],
    );
    for (const name of new Set(used))
      if (!Object.hasOwn(fieldsAt(metric, 'templateVariables'), name))
        yield {
          path: ['spec', 'analysis', 'metrics', String(index), 'templateVariables', name],
          message: `MetricTemplate '${found.id.name}' asks for the variable '${name}', which is empty here.`,
          help: 'Set it under `templateVariables` of the metric.',
        };
  }
}
