import { describe, expect, it } from 'vitest';
import { lint } from '../../lib/policy/lint.ts';
import { objectsOf } from '../../lib/policy/read/objects.ts';
import { RULES } from '../../policies/index.ts';

const lintText = (text: string, name = 'manifests.yaml') => lint({ texts: [{ name, text }], unreadable: [] }, { rules: RULES });
const read = (text: string) => objectsOf({ name: 'manifests.yaml', text });
const yamlFindings = (text: string) => lintText(text).findings.filter(({ rule }) => rule === 'yaml');
const configMap = (name: string, more = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

describe('a document that cannot be read is a finding at its line, and the others are read', () => {
  it.each([
    ['a tab as indentation', configMap('a', '\tx: 1\n'), /tab/, 5],
    ['a quote that does not end', configMap('a', 'data:\n  x: "1\n'), /deficient indentation/, 7],
    ['an unknown alias', configMap('a', 'data: *nobody\n'), /unidentified alias "nobody"/, 5],
    ['an unknown tag', configMap('a', 'data: !Ref x\n'), /unknown .*tag/, 5],
    ['an alias into itself', 'kind: A\nx: &x\n  y: *x\n', /leads back into its own anchor/, 3],
    ['a placeholder without quotes', 'kind: A\nvalue: {{args.name}}\n', /a key is a mapping or a list.* '\{\{ \}\}' is not in quotes/, 2],
    ['levels without end', `${'['.repeat(5000)}\n`, /nesting exceeded/, 1],
    ['a Helm template', 'kind: Deployment\nspec:\n  {{- if .Values.on }}\n  replicas: 1\n  {{- end }}\n', /./, 3],
  ])('%s', (_, broken, message, line) => {
    const text = `${configMap('first')}---\n${broken}---\n${configMap('last')}`;
    const { findings, summary } = lintText(text);
    const [finding, ...more] = findings.filter(({ rule }) => rule === 'yaml');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'error', object: null, file: 'manifests.yaml', line: 5 + line });
    expect(finding?.message).toMatch(message);
    expect(summary.objects).toBe(2);
  });

  it('every duplicate key, and the last one counts', () => {
    const text = configMap('a', 'data:\n  x: "1"\n  x: "2"\nkind: ConfigMap\n');
    expect(yamlFindings(text).map(({ line, message }) => [line, message])).toEqual([
      [7, "key 'x' is written twice, first on line 6 of the document."],
      [8, "key 'kind' is written twice, first on line 2 of the document."],
    ]);
    expect(read(text).entries[0]?.value.data).toEqual({ x: '2' });
  });

  it('aliases that expand beyond all bounds', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `x${level}: &x${level} [${`${level === 0 ? 'lol' : `*x${level - 1}`}, `.repeat(10)}]`,
    );
    const [finding] = yamlFindings(`kind: A\napiVersion: v1\n${levels.join('\n')}\n`);
    expect(finding?.message).toMatch(/expand to more than 1,000,000 values/);
  });

  it('a document longer than any object', () => {
    const [finding] = yamlFindings(`${configMap('a')}---\ndata: "${'x'.repeat(33 * 1024 * 1024)}"\n`);
    expect(finding?.message).toBe('a document of 33 MB is longer than the 32 MB that are read.');
  });

  it('documents without end', () => {
    const { findings, summary } = lintText(configMap('a') + '---\n'.repeat(3_000_000));
    expect(findings.filter(({ rule }) => rule === 'yaml').map(({ message, line, help }) => [message, line, help])).toEqual([
      ['the file has more than 100,000 documents; from here on it was not linted.', 100_004, 'Split it into smaller ones.'],
    ]);
    expect(summary.objects).toBe(1);
  });
});

describe('what is read', () => {
  const names = (text: string) => read(text).entries.map(({ id }) => id.name);

  it.each([
    ['several documents', `${configMap('a')}---\n${configMap('b')}`, ['a', 'b']],
    ['documents with an end mark', `${configMap('a')}...\n---\n${configMap('b')}...\n`, ['a', 'b']],
    ['a directive', `%YAML 1.1\n---\n${configMap('a')}`, ['a']],
    ['empty documents and comments', `---\n# nothing\n---\n\n---\n${configMap('a')}---\n`, ['a']],
    ['CRLF', `${configMap('a')}---\n${configMap('b')}`.replaceAll('\n', '\r\n'), ['a', 'b']],
    ['a byte order mark', `\uFEFF${configMap('a')}`, ['a']],
    ['a rule of dashes inside a text', configMap('a', 'data:\n  x: |\n    ---\n    text\n'), ['a']],
    ['JSON', '{"apiVersion": "v1", "kind": "ConfigMap",\n\t"metadata": {"name": "a"}}', ['a']],
    ['a List', `apiVersion: v1\nkind: List\nitems:\n  - ${configMap('a').trim().replaceAll('\n', '\n    ')}\n`, ['a']],
    ['a typed list, whose items need not say their kind', 'apiVersion: v1\nkind: ConfigMapList\nitems:\n  - metadata: {name: a}\n', ['a']],
    ['keys of every JavaScript object', configMap('a', 'constructor: x\n__proto__:\n  name: b\ntoString: y\n'), ['a']],
    ['a name to be made', 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: a-\n', ['a-']],
  ])('%s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
    expect(read(text).unread).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a comment', '# hello\n'],
    ['a text', 'hello\n'],
    ['a list', '- 1\n- 2\n'],
    ['values of a chart', 'replicas: 3\n'],
    ['a chart', 'apiVersion: v2\nname: web\n'],
  ])('%s is no object', (_, text) => {
    expect(names(text)).toEqual([]);
    expect(read(text).unread).toEqual([]);
  });

  it.each([
    ['yes', true],
    ['on', true],
    ['0644', 420],
    ['0o17', 15],
    ['1_000', 1000],
    ['0x10', 16],
    ['1e3', 1000],
    ['08', 8],
    ['12:30', '12:30'],
    ['2026-01-05', '2026-01-05'],
    ['1.2.3', '1.2.3'],
    ['~', null],
    ['"yes"', 'yes'],
  ])('%s is what kubectl takes it for', (written, value) => {
    expect(read(`kind: A\nx: ${written}\n`).entries[0]?.value.x).toBe(value);
  });

  it('merge keys, where what is written beside them wins', () => {
    const text = 'kind: A\nbase: &base {a: 1, b: 2}\nx:\n  <<: *base\n  b: 3\n';
    expect(read(text).entries[0]?.value.x).toEqual({ a: 1, b: 3 });
  });

  it('a polluted prototype stays out of reach', () => {
    read('kind: A\n__proto__: {polluted: yes}\nconstructor: {prototype: {polluted: yes}}\n');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('any shape of object passes through every rule', () => {
  const KINDS = [
    'apps/v1/Deployment',
    'apps/v1/StatefulSet',
    'argoproj.io/v1alpha1/Rollout',
    'flagger.app/v1beta1/Canary',
    'v1/Service',
    'v1/Pod',
  ];
  const MORE = ['batch/v1/Job', 'batch/v1/CronJob', 'autoscaling/v2/HorizontalPodAutoscaler', 'policy/v1/PodDisruptionBudget', 'v1/List'];
  const ROUTES = [
    'networking.istio.io/v1/VirtualService',
    'gateway.networking.k8s.io/v1/HTTPRoute',
    'argoproj.io/v1alpha1/AnalysisTemplate',
  ];
  const RUNNERS = ['v1/ConfigMap', 'rbac.authorization.k8s.io/v1/Role', 'rbac.authorization.k8s.io/v1/RoleBinding'];
  const SHAPES = [
    'metadata: 7',
    'metadata: {name: [a], namespace: {b: c}, labels: [tidegate.dev/release]}',
    'metadata: {name: a, labels: {tidegate.dev/release: web}}\nspec: hello',
    'metadata: {name: a, labels: {tidegate.dev/release: web}}\nspec: [1, null]',
    'metadata: {name: a}\nspec: {template: {metadata: {labels: 3}, spec: {containers: {a: b}}}}',
    'metadata: {name: a}\nspec: {selector: [], ports: [null, 3], template: {spec: {containers: [null, 3, [], {ports: [null], env: 4, livenessProbe: []}]}}}',
    'metadata: {name: a}\nspec: {strategy: {canary: {steps: 4, analysis: null}}, http: [null, {route: [null, 3]}], rules: [{backendRefs: [null, null]}]}',
    'metadata: {name: constructor, labels: {constructor: x}}\nspec: {selector: {constructor: x, __proto__: y}, scaleTargetRef: {name: __proto__}}',
    'items: {a: b}',
    'metadata: {name: web-plan-1}\ndata: {plan.json: \'{"steps": [null, 3, {"kind": "analysis", "gates": 4}, {"kind": "setWeight"}], "route": {"splits": [null]}}\'}',
    'metadata: {name: web-plan-1}\ndata: {plan.json: \'{"steps": [], "stable": 3, "route": null}\'}',
    'metadata: {name: a, labels: {tidegate.dev/release: web, tidegate.dev/component: runner}}\nrules: [null, {verbs: 3, apiGroups: [null], resources: [{}]}]\nsubjects: [null, {kind: ServiceAccount}]\nroleRef: 3',
    'metadata: {name: a, labels: {tidegate.dev/component: runner}}\nspec: {analysis: {webhooks: [null, {metadata: 3}], metrics: [null], stepWeights: [a, {}], match: 3}, strategy: {canary: {steps: [null, 3, {pause: 3, analysis: 4, experiment: [], setHeaderRoute: 1, setMirrorRoute: []}], trafficRouting: []}, blueGreen: []}}',
  ];
  it.each([...KINDS, ...MORE, ...ROUTES, ...RUNNERS])('%s', (id) => {
    const kind = id.slice(id.lastIndexOf('/') + 1);
    const apiVersion = id.slice(0, id.lastIndexOf('/'));
    const text = SHAPES.map((shape) => `apiVersion: ${apiVersion}\nkind: ${kind}\n${shape}\n`).join('---\n');
    expect(lintText(text).summary.objects).toBe(SHAPES.length);
  });
});
