import { PLAN_PATH, stepPath } from '../lib/policy/exposure/plan.ts';
import { analysesOf } from '../lib/policy/metrics/analyses.ts';
import { ANALYSIS_TEMPLATES, argumentsOf } from '../lib/policy/metrics/analysis-template.ts';
import { type Credential, credentialsIn, isSecretName } from '../lib/policy/metrics/credentials.ts';
import { METRIC_TEMPLATE } from '../lib/policy/metrics/flagger.ts';
import { placeholdersIn } from '../lib/policy/metrics/placeholders.ts';
import { planOf } from '../lib/policy/metrics/plan.ts';
import { CANARY, ROLLOUT } from '../lib/policy/pods.ts';
import type { Entry } from '../lib/policy/read/objects.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt } from '../lib/policy/shape.ts';
import { ANALYSIS, analysisTemplate, CAREFUL, METRIC, metricTemplate, rolloutWith } from './example.ts';

const prometheus = (more: string, address = 'http://prometheus:9090') =>
  analysisTemplate({
    metric: CAREFUL,
    spec: 'args:\n  - name: token',
    provider: `prometheus:\n  address: ${address}\n  query: vector(1)\n${more}`,
  });
const header = (value: string) => `  headers:\n    - key: Authorization\n      value: ${value}`;
const PROVIDER = `${METRIC}/provider/prometheus`;

export const providerCredentials: Rule = {
  id: 'provider-credentials',
  holds: 'credentials of providers come from Secrets',
  severity: 'error',
  universal: true,
  kinds: [...ANALYSIS_TEMPLATES, METRIC_TEMPLATE, CANARY, ROLLOUT, 'ConfigMap'],
  why: 'What stands in a manifest stands in Git for ever, and everybody who may read a template or an AnalysisRun reads it. Whoever has it reads all metrics, and often more.',
  fix: 'Take it from a Secret, `valueFrom.secretKeyRef` of an argument and `{{args.token}}` where it is used, or `secretRef` with Flagger; and change it, since Git has seen it.',
  examples: [
    { title: 'a token in a header', yaml: prometheus(header('Bearer 0123456789')), finds: [`${PROVIDER}/headers/0/value`] },
    { title: 'a password in the address', yaml: prometheus('', 'https://reader:pass@prometheus:9090'), finds: [`${PROVIDER}/address`] },
    {
      title: 'an argument with the token as its default',
      yaml: prometheus(header('Bearer {{args.token}}')).replace('- name: token', '- name: token\n      value: "0123456789"'),
      finds: ['/spec/args/0/value'],
    },
    {
      title: 'a Rollout supplies the token',
      yaml: prometheus(header('Bearer {{args.token}}')) + rolloutWith('args:\n  - name: token\n    value: "0123456789"'),
      finds: [`${ANALYSIS}/args/0/value`],
    },
    {
      title: 'a MetricTemplate with a key',
      yaml: metricTemplate('vector(1)').replace(
        '    type: prometheus\n',
        '    type: prometheus\n    headers:\n      X-Api-Key:\n        - "0123456789"\n',
      ),
      finds: ['/spec/provider/headers/X-Api-Key'],
    },
    {
      title: 'a token from a Secret',
      yaml: prometheus(header('Bearer {{args.token}}')).replace(
        '- name: token',
        '- name: token\n      valueFrom:\n        secretKeyRef:\n          name: prometheus\n          key: token',
      ),
      finds: [],
    },
    {
      title: 'the name of a tenant is no credential',
      yaml: prometheus(header('shop').replace('Authorization', 'X-Scope-OrgID')),
      finds: [],
    },
  ],
  *check(entry) {
    for (const { what, path } of written(entry))
      yield { path, message: `${what} is written out, for all who can read Git or the cluster.` };
  },
};

function* written(entry: Entry): Iterable<Credential> {
  const { value, kind } = entry;
  const below = (...path: readonly string[]) => credentialsIn(at(value, ...path), path);
  switch (kind) {
    case ROLLOUT:
      for (const { args } of analysesOf(entry)) yield* literals(args);
      break;
    case CANARY:
      yield* below('spec', 'metricsServer');
      yield* below('spec', 'analysis', 'webhooks');
      break;
    case METRIC_TEMPLATE:
      yield* below('spec', 'provider');
      break;
    case 'ConfigMap':
      yield* inPlan(entry);
      break;
    default:
      for (const [index] of indexed(listAt(value, 'spec', 'metrics'))) yield* below('spec', 'metrics', String(index), 'provider');
      yield* literals(argumentsOf(value));
  }
}

function* literals(
  args: readonly { readonly name: string; readonly value: string | null; readonly path: readonly string[] }[],
): Iterable<Credential> {
  for (const { name, value, path } of args)
    if (value !== null && value !== '' && isSecretName(name) && placeholdersIn(value).length === 0)
      yield { what: `the argument ${name}`, path: [...path, 'value'] };
}

function* inPlan(entry: Entry): Iterable<Credential> {
  const plan = planOf(entry);
  const gates = indexed(listAt(plan, 'steps')).flatMap(([index, step]) =>
    indexed(listAt(step, 'gates')).map(([number, gate]) => ({
      provider: at(gate, 'provider'),
      path: stepPath(index, 'gates', String(number), 'provider'),
    })),
  );
  const seen = new Set<string>();
  for (const { provider, path } of [...gates, { provider: at(plan, 'served'), path: [...PLAN_PATH, 'served'] }])
    for (const credential of credentialsIn(provider, path)) {
      // The same gate stands at every weight.
      if (!seen.has(credential.what)) yield credential;
      seen.add(credential.what);
    }
}
