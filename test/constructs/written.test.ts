import { describe, expect, it } from 'vitest';
import { DEFAULT_APP } from '../../lib/constructs/default-app.ts';
import { Project } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import type { Texts } from '../../lib/output/files.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import * as templates from '../../templates/index.ts';
import { GATE_TEMPLATES } from '../../templates/written.ts';
import { chart, DIGEST, Repository } from '../cli/repository.ts';

/** What `chart()` of test/cli/repository.ts says in TypeScript. */
const TWIN = `apiVersion: tidegate.dev/v1alpha1
kind: ReleaseIntent
metadata:
  name: web
  namespace: shop
spec:
  image: registry.example.com/web:1.0.0@${DIGEST('1')}
  ports: {http: 8080}
  replicas: 3
  resources:
    requests: {cpu: 100m, memory: 128Mi}
    limits: {memory: 256Mi}
  probes:
    readiness: {http: {path: /ready}}
  traffic:
    router: istio
    hosts: [web.example.com]
    gateways: [ingress/public]
  smoke:
    - {name: api, http: [{path: /}]}
  strategy:
    kind: canary
    weights: [5, 50, 100]
    gates:
      - errorRatio: {address: 'http://prometheus:9090', source: {istio: {}}}
`;

/** A repository of YAML alone, compiled in this process; its output, or its problems, one line each. */
async function compiled(yaml: string, more: Readonly<Record<string, string>> = {}) {
  const { directory } = new Repository({ 'charts/web.yaml': yaml, ...more });
  try {
    const { manifests, locks, releases } = await synthesize(DEFAULT_APP, new Project({ directory, initial: ['web', 'api'] }));
    const all = (texts: Texts) => new Map([...texts.keys()].map((path) => [path, texts.get(path)]));
    return {
      manifests: all(manifests),
      locks: all(locks),
      releases: releases.map(({ release, target }) => `${release} ${target}`),
      problems: [],
    };
  } catch (error) {
    if (error instanceof ProblemError)
      return { manifests: new Map(), locks: new Map(), releases: [], problems: error.problems.map(formatProblem) };
    throw error;
  }
}

describe('an intent in YAML', () => {
  it('and its twin in TypeScript give the same bytes', async () => {
    const twins = [new Repository({ 'charts/web.yaml': TWIN }), new Repository({ 'charts/main.ts': chart() })] as const;
    for (const twin of twins) expect(await twin.tidegate('record', 'web', '--initial')).toMatchObject({ code: 0 });
    expect(twins[0].output()).toEqual(twins[1].output());
    // And in flight: the lock of one is the lock of the other.
    for (const [path, twin] of [['charts/web.yaml', twins[0]] as const, ['charts/main.ts', twins[1]] as const]) {
      twin.edit(path, DIGEST('1'), DIGEST('2'));
      expect((await twin.tidegate('synth')).out).toContain('release started');
    }
    expect(twins[0].output()).toEqual(twins[1].output());
  });

  it.each([
    [
      'steps',
      "kind: canary\n    steps:\n      - weight: 5\n      - analysis: {watch: 3m, gates: [{errorRatio: {address: 'http://p:9090', source: {istio: {}}}}]}\n      - approval: {}\n      - weight: 100\n",
    ],
    [
      'blue-green',
      "kind: blueGreen\n    preview: {gates: [{webCheck: {path: /synthetic}}]}\n    after: {gates: [{restarts: {address: 'http://p:9090'}}]}\n    keepOld: 1h\n",
    ],
    [
      'a gate that is written out',
      'kind: canary\n    weights: [5, 100]\n    gates:\n      - {name: own, description: Own., scope: candidate, provider: {prometheus: {address: http://p:9090, query: up}}, successCondition: "result[0] == 1"}\n',
    ],
  ])('has every strategy: %s', async (_, strategy) => {
    const { problems, releases } = await compiled(TWIN.replace(/kind: canary[\s\S]*/, strategy));
    expect(problems).toEqual([]);
    expect(releases).toEqual(['web production']);
  });

  it('may stand beside others in a file and beside YAML of anybody', async () => {
    const two = `${TWIN}---\napiVersion: v1\nkind: ConfigMap\n---\n${TWIN.replaceAll('web', 'api')}`;
    const helm = '{{ if .Values.on }}\nkind: Deployment\n{{ end }}\n';
    const { problems, releases } = await compiled(two, { 'charts/helm/templates/deployment.yaml': helm });
    expect(problems).toEqual([]);
    expect(releases).toEqual(['web production', 'api production']);
  });

  it('can name every gate of the templates', () => {
    const others = ['healthEndpoints', 'httpRequests', 'httpSmoke', 'istio', 'servedShare', 'versionReported'];
    expect([...Object.keys(GATE_TEMPLATES), ...others].sort()).toEqual(Object.keys(templates).sort());
  });

  it('takes its digest from images.yaml as any other', async () => {
    const image = `registry.example.com/web:1.0.0@${DIGEST('1')}`;
    const apart = await compiled(TWIN.replace(`:1.0.0@${DIGEST('1')}`, ''), { 'images.yaml': `images:\n  web: ${image}\n` });
    expect(apart.problems).toEqual([]);
    expect(apart.locks).toEqual((await compiled(TWIN)).locks);
  });
});

describe('a YAML intent that is wrong is told with its line, in the words of TypeScript', () => {
  it.each([
    [
      'an unknown field',
      'replicas: 3',
      'replcas: 3',
      "charts/web.yaml:9:12: web.replcas: unknown field 'replcas', did you mean 'replicas'?",
    ],
    [
      'a wrong type',
      'replicas: 3',
      'replicas: three',
      "charts/web.yaml:9:13: web.replicas: found 'three', expected an integer of at least 1.",
    ],
    ['a name that is none', 'name: web', 'name: Web_1', "charts/web.yaml:4:9: release name 'Web_1' must be lower-case letters"],
    [
      'a namespace that is none',
      'namespace: shop',
      'namespace: Bad NS',
      "charts/web.yaml:5:14: web.namespace: namespace 'Bad NS' must be lower-case letters",
    ],
    ['a host that is none', '[web.example.com]', '[web_example]', "charts/web.yaml:17:13: web.traffic.hosts[0]: host 'web_example'"],
    [
      'a weight that does not rise',
      '[5, 50, 100]',
      '[50, 5, 100]',
      'charts/web.yaml:23:19: web.strategy.weights[1]: weight 5 does not rise above 50.',
    ],
    ['an image without digest', `@${DIGEST('1')}`, '', 'charts/web.yaml:7:10: web.image: image '],
    [
      'a misspelt template',
      'errorRatio:',
      'errorRtio:',
      "charts/web.yaml:25:20: web.strategy.gates[0].errorRtio: unknown field 'errorRtio', did you mean 'errorRatio'?",
    ],
    [
      'a misspelt argument',
      'address:',
      'adress:',
      "charts/web.yaml:25:30: web.strategy.gates[0].errorRatio.adress: unknown field 'adress', did you mean 'address'?",
    ],
    [
      'an argument that a template refuses',
      '{address:',
      '{max: 7, address:',
      'charts/web.yaml:25:9: web.strategy.gates[0]: errorRatio: max is a share above 0 and up to 1',
    ],
    [
      'a source that is none',
      '{istio: {}}',
      '{linkerd: {}}',
      "web.strategy.gates[0].errorRatio.source.linkerd: unknown field 'linkerd', expected httpRequests or istio.",
    ],
    [
      'two templates in one gate',
      'errorRatio:',
      'webCheck: {path: /}\n        errorRatio:',
      "web.strategy.gates[0]: found 'errorRatio' and 'webCheck' together, expected only one of them.",
    ],
    [
      'a gate that cannot be judged',
      'source: {istio: {}}}',
      'source: {istio: {}}, count: 1, failureLimit: 3}',
      'charts/web.yaml:25:9: web.strategy.gates[0].failureLimit: ',
    ],
    ['a StatefulSet', 'replicas: 3', 'workload: StatefulSet', 'charts/web.yaml:9:13: web.workload: a StatefulSet cannot be released'],
    ['a namespace in the wrong place', 'replicas: 3', 'namespace: shop', "charts/web.yaml:9:14: web.namespace: unknown field 'namespace'"],
    ['no spec', /spec:[\s\S]*/, '', "charts/web.yaml:1:1: 'spec' is missing"],
    [
      'a version that does not exist',
      'v1alpha1',
      'v1',
      "charts/web.yaml:1:13: apiVersion: found 'tidegate.dev/v1', expected 'tidegate.dev/v1alpha1'.",
    ],
    [
      'a misspelt kind',
      'kind: ReleaseIntent',
      'kind: RelaseIntent',
      "charts/web.yaml:2:7: kind: there is no kind 'RelaseIntent' in tidegate.dev/v1alpha1; did you mean 'ReleaseIntent'?",
    ],
    ['a key that is given twice', 'replicas: 3', 'replicas: 3\n  replicas: 4', 'charts/web.yaml:10:3: Map keys must be unique.'],
    ['an alias', 'ports: {http: 8080}', 'ports: &p {http: 8080}\n  env: *p', 'charts/web.yaml:9:8: the file uses a YAML alias.'],
    ['a bomb of aliases', 'ports: {http: 8080}', 'args: [&a [x, x], &b [*a, *a], &c [*b, *b]]', 'the file uses a YAML alias.'],
    ['__proto__', 'replicas: 3', '__proto__: {replicas: 3}', "charts/web.yaml:9:14: web.__proto__: unknown field '__proto__'"],
    ['__proto__ among names', 'replicas: 3', 'env: {__proto__: x}', "charts/web.yaml:9:8: web.env: a field cannot be named '__proto__'."],
    ['a merge key', 'replicas: 3', '<<: {replicas: 3}', "web['<<']: unknown field '<<'"],
    ['a tag of a program', 'replicas: 3', 'replicas: !!js/function 3', 'charts/web.yaml:9:13: Unresolved tag'],
    ['bytes', 'replicas: 3', 'command: [!!binary aGk=]', 'web.command[0]: '],
    ['no number', 'replicas: 3', 'replicas: .nan', 'web.replicas: '],
    ['more levels than there are', 'replicas: 3', `command: ${'['.repeat(20_000)}`, 'the file is nested too deeply.'],
    ['a text that ends too early', 'replicas: 3', 'replicas: "3', 'charts/web.yaml:'],
  ])('%s', async (_, from, to, message) => {
    const { problems } = await compiled(TWIN.replace(from, () => to));
    expect(problems.join('\n')).toContain(message);
  });

  it('in several files, all together', async () => {
    const { problems } = await compiled(TWIN.replace('replicas', 'replcas'), {
      'charts/api.yml': TWIN.replaceAll('web', 'api').replace('smoke', 'smok'),
    });
    expect(problems.map((problem) => problem.slice(0, problem.indexOf(':')))).toEqual(['charts/api.yml', 'charts/web.yaml']);
  });

  it('by a name that two have', async () => {
    const { problems } = await compiled(`${TWIN}---\n${TWIN}`);
    expect(problems).toContainEqual(
      expect.stringMatching(/^charts\/web.yaml:\d\d:9: release 'web' is declared twice, first at charts\/web.yaml:4:9\./),
    );
  });
});
