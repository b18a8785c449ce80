import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../lib/gitops/profile/profile.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import {
  application,
  applicationSet,
  type Case,
  found,
  GATEWAY_RELEASE,
  IGNORES,
  ISTIO_RELEASE,
  kustomization,
  SOURCE,
  type Written,
} from './gitops-manifests.ts';

const ALL = ['RespectIgnoreDifferences=true', 'ApplyOutOfSyncOnly=true', 'PruneLast=true'];
const RULE = (paths: string, id = 'group: networking.istio.io, kind: VirtualService') => `{ ${id}, ${paths} }`;
const PUTS_BACK = 'warning ignores-weights /spec/ignoreDifferences';
const TAKES_LIST = 'error ignores-weights /spec/syncPolicy/syncOptions/0';
const POINTER = 'error ignores-weights /spec/ignoreDifferences/0/jsonPointers/0';
const JQ = 'error ignores-weights /spec/ignoreDifferences/0/jqPathExpressions/0';
const MANAGERS = 'error ignores-weights /spec/ignoreDifferences/0/managedFieldsManagers';

describe('what an Application ignores of the releases that it applies', () => {
  const of = (app: Written) => application(app);
  it.each<Case>([
    ['weights alone', of({}), []],
    [
      'the whole list, by pointer, as Argo CD takes it from the cluster',
      of({ ignore: [RULE('jsonPointers: [/spec/http]')], options: ALL }),
      [POINTER, TAKES_LIST],
    ],
    ['the whole list, by jq', of({ ignore: [RULE('jqPathExpressions: [.spec.http]')], options: ALL }), [JQ, TAKES_LIST]],
    ['the whole spec', of({ ignore: [RULE('jsonPointers: [/spec]')], options: ALL }), [POINTER, TAKES_LIST]],
    ['a list in brackets', of({ ignore: [RULE(`jqPathExpressions: ['.spec["http"]']`)], options: ALL }), [JQ, TAKES_LIST]],
    ['weights, taken from the cluster', of({ options: ALL }), [TAKES_LIST]],
    ['weights, for another namespace than that of the release', of({ destination: '{ namespace: default }', options: ALL }), [TAKES_LIST]],
    ['nothing, for another namespace', of({ destination: '{ namespace: default }', ignore: [] }), [PUTS_BACK]],
    [
      'whatever the runner wrote, of anything',
      of({ ignore: [`{ group: '*', kind: '*', managedFieldsManagers: [tidegate-runner] }`], options: ALL }),
      [MANAGERS],
    ],
    [
      'what Kubernetes wrote, of anything',
      of({ ignore: [IGNORES, `{ group: '*', kind: '*', managedFieldsManagers: [kube-controller-manager] }`] }),
      [],
    ],
    ['weights of anything', of({ ignore: [RULE("jqPathExpressions: ['.spec.http[]?.route[]?.weight']", "group: '*', kind: '*'")] }), []],
    ['weights of another route', of({ ignore: [RULE("jqPathExpressions: ['.spec.http[]?.route[]?.weight'], name: legacy")] }), [PUTS_BACK]],
    ['all of another route', of({ ignore: [IGNORES, RULE('jsonPointers: [/spec/http], name: legacy')] }), []],
    [
      'weights of a kind without its group, which is none',
      of({ ignore: [RULE("jqPathExpressions: ['.spec.http[]?.route[]?.weight']", 'kind: VirtualService')] }),
      [PUTS_BACK],
    ],
    [
      'weights of another kind of route',
      of({
        ignore: [RULE("jqPathExpressions: ['.spec.rules[]?.backendRefs[]?.weight']", 'group: gateway.networking.k8s.io, kind: HTTPRoute')],
      }),
      [PUTS_BACK],
    ],
    ['what is beside the list', of({ ignore: [IGNORES, RULE('jsonPointers: [/status, /metadata/annotations/example.com~1at]')] }), []],
    ['only what is beside the list', of({ ignore: [RULE('jsonPointers: [/status]')] }), [PUTS_BACK]],
    ['replicas of Deployments', of({ ignore: [IGNORES, '{ group: apps, kind: Deployment, jsonPointers: [/spec/replicas] }'] }), []],
    [
      'weights, with each commit applied whole',
      of({ options: ['PruneLast=true', 'CreateNamespace=true'] }),
      ['warning ignores-weights /spec/syncPolicy/syncOptions'],
    ],
  ])('%s', (_, manifest, findings) => {
    expect(found(manifest)).toEqual(findings);
  });

  it('is asked by the kind of its route', () => {
    const rule = (paths: string) => RULE(paths, 'group: gateway.networking.k8s.io, kind: HTTPRoute');
    const { objects } = GATEWAY_RELEASE;
    const weights = rule("jqPathExpressions: ['.spec.rules[]?.backendRefs[]?.weight']");
    expect(found(of({ ignore: [weights] }), { objects })).toEqual([]);
    expect(found(of({ ignore: [rule('jsonPointers: [/spec/rules]')], options: ALL }), { objects })).toEqual([POINTER, TAKES_LIST]);
    expect(
      found(of({ ignore: [RULE("jqPathExpressions: ['.spec.http[]?.route[]?.weight']", "group: '*', kind: '*'")] }), { objects }),
    ).toEqual([PUTS_BACK]);
  });

  it('may be the whole list of a route that names two Services for ever', () => {
    const delegate = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        http: [{ route: ['web-stable', 'web-canary'].map((host, index) => ({ destination: { host }, weight: index === 0 ? 100 : 0 })) }],
      },
    };
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { strategy: { canary: { trafficRouting: { istio: { virtualService: { name: 'web' } } } } } },
    };
    const manifest = of({ ignore: [RULE('jsonPointers: [/spec/http]')], options: ALL });
    expect(found(manifest, { objects: [delegate, rollout] })).toEqual([]);
  });
});

describe('which releases are applied', () => {
  const bare = (source: string) => application({ source, ignore: [] });
  const repo = 'repoURL: https://git.example.com/shop/releases.git';
  const of = 'warning ignores-weights /spec/template/spec/ignoreDifferences';
  it.each<Case>([
    ['those below the path', bare(`source: { ${repo}, path: ./dist/production/ }`), [PUTS_BACK]],
    ['all of the repository', bare(`source: { ${repo}, path: . }`), [PUTS_BACK]],
    [
      'all of another repository than theirs',
      `${bare('source: { repoURL: git@git.example.com:cart/deploy.git, path: . }')}---\n${application({ source: `source: ${SOURCE}` })}`,
      [],
    ],
    [
      'all of theirs, by another address',
      `${bare('source: { repoURL: git@git.example.com:shop/releases.git, path: . }')}---\n${application({ source: `source: ${SOURCE}` })}`,
      [PUTS_BACK],
    ],
    ['those of another path', bare(`source: { ${repo}, path: dist/staging }`), []],
    ['those of a folder whose name begins the same', bare(`source: { ${repo}, path: dist/prod }`), []],
    ['Applications of an app of apps', bare(`source: { ${repo}, path: apps, directory: { recurse: true } }`), []],
    ['a chart of a registry', bare('source: { repoURL: https://charts.example.com, chart: redis, targetRevision: 1.2.3 }'), []],
    [
      'a chart with values from the repository',
      bare(`sources: [{ repoURL: https://charts.example.com, chart: redis }, { ${repo}, ref: values }]`),
      [],
    ],
    ['one of many sources', bare(`sources: [{ repoURL: https://charts.example.com, chart: redis }, { ${repo}, path: dist }]`), [PUTS_BACK]],
    [
      'folders of a git generator',
      applicationSet("[{ git: { directories: [{ path: 'dist/*' }] } }]", { source: `source: { ${repo}, path: '{{path}}' }`, ignore: [] }),
      [of],
    ],
    [
      'other folders of one',
      applicationSet("[{ git: { directories: [{ path: 'charts/*' }] } }]", {
        source: `source: { ${repo}, path: '{{.path.path}}' }`,
        ignore: [],
      }),
      [],
    ],
    [
      'elements of a list',
      applicationSet('[{ list: { elements: [{ env: production }, { env: staging }] } }]', {
        source: `source: { ${repo}, path: 'dist/{{env}}' }`,
        ignore: [],
      }),
      [of],
    ],
    [
      'other elements',
      applicationSet('[{ list: { elements: [{ env: test }, { env: staging }] } }]', {
        source: `source: { ${repo}, path: 'dist/{{env}}' }`,
        ignore: [],
      }),
      [],
    ],
    [
      'elements in a matrix',
      applicationSet('[{ matrix: { generators: [{ clusters: {} }, { list: { elements: [{ dir: dist/production }] } }] } }]', {
        source: `source: { ${repo}, path: '{{ .dir }}' }`,
        ignore: [],
      }),
      [of],
    ],
    [
      'whatever clusters say',
      applicationSet('[{ clusters: {} }]', { source: `source: { ${repo}, path: 'dist/{{metadata.labels.env}}' }`, ignore: [] }),
      [of],
    ],
    [
      'whatever clusters say of others',
      applicationSet('[{ clusters: {} }]', { source: `source: { ${repo}, path: 'addons/{{name}}' }`, ignore: [] }),
      [],
    ],
  ])('%s', (_, manifest, findings) => {
    expect(found(manifest)).toEqual(findings);
  });

  it.each([
    ['of the repository itself', 'apps/shop.yaml', 'dist/production/shop/web', 'dist/production', true],
    ['of a folder of the repository', 'apps/shop.yaml', 'dist/production/shop/web', 'teams/shop/dist/production', true],
    ['of a folder above it', 'releases/apps/shop.yaml', 'releases/dist/production/shop/web', 'dist/production', true],
    ['of another folder than its repository', '../apps/shop.yaml', '../releases/dist/production/shop/web', 'dist/production', true],
    ['with full names', '/src/apps/shop.yaml', '/src/releases/dist/production/shop/web', 'dist/production', true],
    ['of what was piped in', 'all.yaml', '.', 'dist/production', true],
    ['of the repository, where a folder below has the same name', 'apps/shop.yaml', 'dist/production/shop/web', 'production', false],
    [
      'of the repository, where a folder of another path has the same name',
      'apps/shop.yaml',
      'dist/production/shop/web',
      'clusters/production',
      false,
    ],
  ])('are told from the folder %s', (_, name, folder, path, isApplied) => {
    const text = kustomization(path, 'wait: true');
    expect(found(text, { name, folder })).toEqual(isApplied ? ['error never-waits /spec/wait'] : []);
  });
});

describe('what an ApplicationSet fills in before anybody can read it', () => {
  const SET = '[{ clusters: {} }]';
  it('is said to be unread, and nothing that it may mend is missed', () => {
    const patch =
      "  templatePatch: |\n    spec:\n      ignoreDifferences: {{ .ignored }}\n      syncPolicy:\n        syncOptions: ['{{ .option }}']\n";
    expect(found(applicationSet(SET, { ignore: [], options: [] }, patch))).toEqual([
      'warning ignores-weights /spec/templatePatch',
      'warning ignores-weights /spec/templatePatch',
    ]);
  });

  it('is nothing to a release where it says nothing of it', () => {
    const patch = '  templatePatch: |\n    {{- if .prune }}\n    spec:\n      syncPolicy: { automated: { prune: true } }\n    {{- end }}\n';
    expect(found(applicationSet(SET, {}, patch))).toEqual([]);
    const other = `  templatePatch: |\n    spec: { ignoreDifferences: {{ .ignored }} }\n`;
    expect(found(applicationSet(SET, { source: 'source: { path: addons }', ignore: [] }, other))).toEqual([]);
  });

  it('may be a template of a generator', () => {
    const generators = `[{ clusters: { template: { spec: { syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true'] } } } } }]`;
    expect(found(applicationSet(generators, {}))).toEqual(['warning ignores-weights /spec/generators']);
  });
});

it.each([
  ['argocd', 'Istio', ISTIO_RELEASE],
  ['argocd', 'Gateway API', GATEWAY_RELEASE],
  ['flux', 'Istio', ISTIO_RELEASE],
  ['flux', 'Gateway API', GATEWAY_RELEASE],
] as const)('what `tidegate gitops` prints for %s and %s has no findings', (tool, _, { lock, objects }) => {
  const source = { target: 'production', repository: 'https://git.example.com/shop/releases.git', branch: 'main', path: 'dist/production' };
  const printed = PROFILES[tool]({ ...source, locks: [lock] })
    .map(toYaml)
    .join('---\n');
  expect(found(printed, { objects })).toEqual([]);
});
