import { describe, expect, test } from 'vitest';
import type { Scale } from '../../lib/intent/resolved.ts';
import type { ExternalRevision, Lock } from '../../lib/lock/lock.ts';
import { at } from '../../lib/lock/revision.ts';
import { describeObject, type KubeObject } from '../../lib/schema/index.ts';
import { checkObject, hasSchema } from '../../lib/schema/validate.ts';
import {
  atRest,
  behindService,
  context,
  digest,
  errors,
  find,
  freeze,
  inFlight,
  listed,
  next,
  render,
  web,
  withTraffic,
  withWorkload,
} from './fixtures.ts';
import { podTemplates, restrictedViolations, selects } from './pods.ts';

const load: Scale = { kind: 'autoscale', min: 3, max: 20, cpu: 70, memory: 80, custom: [{ metric: 'queue_length', average: '30' }] };
const byLoad = { ...web, scale: load };
const outside: ExternalRevision = {
  external: true,
  deployment: 'legacy',
  image: `registry.example.com/web@${digest('e')}`,
  objects: { service: legacyService('legacy-http') },
};

function legacyService(name: string, selector: Readonly<Record<string, string>> = { app: 'legacy' }): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', labels: { app: 'legacy' }, annotations: { 'example.com/owner': 'shop' } },
    spec: { type: 'ClusterIP', selector, ports: [{ name: 'web', port: 80, targetPort: 8080, protocol: 'TCP' }] },
  };
}

const stable = freeze(web);
const flight = inFlight(web);
const { candidate, hash } = flight.inFlight;
const old = freeze(next(web, '9'));

const replicasOf = (objects: readonly KubeObject[], name: string) => at(find(objects, 'Deployment', name), 'spec', 'replicas');

describe('a release at rest', () => {
  const objects = render(atRest(web));

  test('is one revision, the route to it, and the code of the next runner', () => {
    expect(listed(objects)).toEqual([
      expect.stringMatching(/^ConfigMap\/web-app-[0-9a-f]{8}$/),
      `Deployment/${stable.name}`,
      `Service/${stable.name}`,
      `PodDisruptionBudget/${stable.name}`,
      'Service/web',
      'Service/web-stable',
      'Service/web-canary',
      'NetworkPolicy/web',
      expect.stringMatching(/^ConfigMap\/web-runner-[0-9a-f]{8}$/),
      'VirtualService/web',
    ]);
  });

  test('declares the pods of stable', () => {
    expect(replicasOf(objects, stable.name)).toBe(6);
  });

  test('sends every role to stable', () => {
    for (const name of ['web', 'web-stable', 'web-canary'])
      expect(find(objects, 'Service', name).spec).toEqual(stable.objects.service.spec);
  });

  test('emits what is frozen as it is, whatever the intent has become', () => {
    const changed = withWorkload({ env: {}, config: [], spread: 'require' }, { ...web, risk: 'high' });
    const { spec, ...rest } = find(render(atRest(changed, stable)), 'Deployment', stable.name);
    const { deployment, service, configMaps } = stable.objects;
    expect({ ...rest, spec: { ...(spec as object), replicas: undefined } }).toEqual({
      ...deployment,
      spec: { ...(deployment.spec as object), replicas: undefined },
    });
    expect(render(atRest(changed, stable))).toEqual(expect.arrayContaining([service, ...configMaps]));
  });
});

test('a plan that is too large is refused, whatever made it so', () => {
  const [http, journey] = web.smoke;
  const container = { image: `registry.example.com/shop/journey@${digest('c')}`, command: null, args: ['x'.repeat(200 * 1024)], env: {} };
  const large = inFlight({ ...web, smoke: [http, { ...journey, test: { container } }] as typeof web.smoke });
  expect(() => render(large)).toThrow(
    /^the plan of web has 2\d{5} bytes; at most 204800 can be applied\. Use fewer or shorter gates, steps, migrations or smoke tests: /,
  );
});

describe('a release in flight', () => {
  const objects = render(flight);
  const resting = render(atRest(web));

  test('adds the candidate and what walks it', () => {
    const before = listed(resting);
    expect(before.filter((name) => !listed(objects).includes(name))).toEqual([]);
    expect(listed(objects).filter((name) => !before.includes(name))).toEqual([
      `Deployment/${candidate.name}`,
      `Service/${candidate.name}`,
      `PodDisruptionBudget/${candidate.name}`,
      `ConfigMap/web-plan-${hash}`,
      'AnalysisTemplate/web-errors',
      `Job/web-smoke-${hash}-1`,
      `Job/web-smoke-${hash}-2`,
      'ServiceAccount/web-runner',
      'Role/web-runner',
      'RoleBinding/web-runner',
      'NetworkPolicy/web-runner',
      'Deployment/web-runner',
    ]);
  });

  test('changes nothing of what was there but the destinations of the route and the preview', () => {
    const changed = resting.filter((object) => JSON.stringify(find(objects, object.kind, object.metadata.name)) !== JSON.stringify(object));
    expect(listed(changed)).toEqual(['Service/web-canary', 'VirtualService/web']);
  });

  test('leaves the number of candidate pods to the runner', () => {
    expect(replicasOf(objects, candidate.name)).toBeUndefined();
    expect(replicasOf(objects, stable.name)).toBe(6);
  });

  test('names stable 100 and candidate 0 in the route', () => {
    expect(at(find(objects, 'VirtualService', 'web'), 'spec', 'http')).toMatchObject([
      {
        route: [
          { destination: { host: `${stable.name}.shop.svc.cluster.local` }, weight: 100 },
          { destination: { host: `${candidate.name}.shop.svc.cluster.local` }, weight: 0 },
        ],
      },
    ]);
  });

  test('previews the candidate, and only that role selects it', () => {
    const selecting = objects.filter(
      ({ kind, spec }) => kind === 'Service' && at(spec, 'selector', 'tidegate.dev/revision') === candidate.name,
    );
    expect(listed(selecting)).toEqual([`Service/${candidate.name}`, 'Service/web-canary']);
  });

  test('carries the plan with its hash, and refuses one that is too large to apply', () => {
    const plan = find(objects, 'ConfigMap', `web-plan-${hash}`);
    expect(plan).toMatchObject({ immutable: true, metadata: { annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } } });
    expect(JSON.parse((plan.data as Record<string, string>)['plan.json'] ?? '')).toEqual({ hash, ...flight.inFlight.plan });
    const huge = {
      ...flight,
      inFlight: { ...flight.inFlight, plan: { ...flight.inFlight.plan, gitopsManagers: ['x'.repeat(200 * 1024)] } },
    };
    expect(() => render(huge)).toThrow(/^the plan of web has \d+ bytes; at most 204800/);
  });

  test('writes the plan alike, in whatever order its keys were read', () => {
    const { plan } = flight.inFlight;
    const reversed = Object.fromEntries(Object.entries(plan).reverse()) as unknown as typeof plan;
    expect(render({ ...flight, inFlight: { ...flight.inFlight, plan: reversed } })).toEqual(objects);
  });

  test('shows each gate once', () => {
    const twice = { ...errors, name: 'latency' };
    const resolved = {
      ...flight.resolved,
      strategy: { kind: 'canary' as const, steps: [{ analysis: { gates: [errors, twice, errors], watchSeconds: 60 } }] },
    };
    const templates = render({ ...flight, resolved }).filter(({ kind }) => kind === 'AnalysisTemplate');
    expect(listed(templates)).toEqual(['AnalysisTemplate/web-errors', 'AnalysisTemplate/web-latency']);
  });

  test('keeps its gates in the plan alone where the target has no AnalysisTemplates', () => {
    const { project } = context;
    const targets = { production: { approvals: 'required', analysisTemplates: 'inline', cluster: 'production', provenOn: null } } as const;
    const inline = render(flight, { ...context, project: { ...project, targets } });
    expect(inline).toEqual(render(flight).filter(({ kind }) => kind !== 'AnalysisTemplate'));
    expect(inline.length).toBeLessThan(render(flight).length);
  });

  test('emits the smoke Jobs as they were frozen', () => {
    const later = { ...context, code: { ...context.code, smoke: 'another program' } };
    for (const job of flight.inFlight.jobs) expect(render(flight, later)).toContainEqual(job);
  });
});

describe('autoscaling', () => {
  const resting = freeze(byLoad);

  test('owns the number of pods, per revision', () => {
    const objects = render(atRest(byLoad));
    expect(replicasOf(objects, resting.name)).toBeUndefined();
    expect(find(objects, 'HorizontalPodAutoscaler', resting.name).spec).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: resting.name },
      minReplicas: 3,
      maxReplicas: 20,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } } },
        { type: 'Pods', pods: { metric: { name: 'queue_length' }, target: { type: 'AverageValue', averageValue: '30' } } },
      ],
    });
  });

  test.each<[string, Lock, string[]]>([
    ['of stable at rest', atRest(byLoad), []],
    ['of nobody in flight', inFlight(byLoad), [resting.name, freeze(next(byLoad)).name]],
    ['of nobody retiring', atRest(byLoad, resting, [{ revision: freeze(next(byLoad)), reason: 'replaced' }]), [freeze(next(byLoad)).name]],
  ])('removes pods %s', (_, lock, kept) => {
    const keeping = render(lock).filter(({ spec }) => at(spec, 'behavior', 'scaleDown', 'selectPolicy') === 'Disabled');
    expect(keeping.map(({ metadata }) => metadata.name)).toEqual(kept);
  });
});

describe('a retiring revision', () => {
  test.each([
    ['replaced', 6],
    ['abandoned', undefined],
    ['superseded', undefined],
  ] as const)('that was %s has %s declared pods, its Service, its budget and its network', (reason, replicas) => {
    const objects = render(atRest(web, stable, [{ revision: old, reason }]));
    expect(replicasOf(objects, old.name)).toBe(replicas);
    expect(listed(objects)).toEqual(expect.arrayContaining([`Service/${old.name}`, `PodDisruptionBudget/${old.name}`]));
    const policy = find(objects, 'NetworkPolicy', 'web');
    const covered = podTemplates(objects).filter(({ template }) => selects(at(policy, 'spec', 'podSelector'), template.metadata.labels));
    expect(covered.map(({ owner }) => owner.metadata.name)).toEqual([stable.name, old.name]);
  });

  test('shares the configuration of the others where it is the same', () => {
    const objects = render(atRest(web, stable, [{ revision: old, reason: 'replaced' }]));
    expect(listed(objects).filter((name) => name.startsWith('ConfigMap/web-app-'))).toHaveLength(1);
    expect(new Set(listed(objects)).size).toBe(objects.length);
  });

  test('keeps its connection limits as long as it may be called', () => {
    const outlierDetection = { consecutive5xx: 5, everySeconds: 10, ejectForSeconds: 30, maxEjectedPercent: 50 };
    const objects = render(atRest(withTraffic({ outlierDetection }), stable, [{ revision: old, reason: 'replaced' }]));
    expect(listed(objects.filter(({ kind }) => kind === 'DestinationRule'))).toEqual([
      `DestinationRule/${stable.name}`,
      `DestinationRule/${old.name}`,
    ]);
  });
});

describe('a stable that Tidegate did not make', () => {
  test('is called by its own Service and none of its objects are emitted', () => {
    const lock = inFlight(web, outside);
    const objects = render(lock);
    expect(at(find(objects, 'VirtualService', 'web'), 'spec', 'http', '0', 'route', '0', 'destination', 'host')).toBe(
      'legacy-http.shop.svc.cluster.local',
    );
    expect(listed(objects).filter((name) => name.includes('legacy'))).toEqual([]);
    expect(listed(objects)).toContain('Service/web-canary');
    expect(listed(objects)).not.toContain('Service/web');
    expect(at(find(objects, 'Role', 'web-runner'), 'rules', '1', 'resourceNames')).toEqual(['legacy', lock.inFlight.candidate.name]);
  });

  test('is called by the Service that it had, where it has the name of the release: as it was, and never pruned', () => {
    const service = legacyService('web');
    const { metadata, ...rest } = find(render(inFlight(web, { ...outside, objects: { service } })), 'Service', 'web');
    expect({ ...rest, metadata: service.metadata }).toEqual(service);
    expect(metadata.labels).toMatchObject({ app: 'legacy', 'app.kubernetes.io/managed-by': 'tidegate' });
    expect(metadata.annotations).toEqual({
      'example.com/owner': 'shop',
      'argocd.argoproj.io/sync-options': 'Prune=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      'tidegate.dev/adopted': 'legacy',
    });
  });

  test.each([
    ['the candidate', { 'tidegate.dev/release': 'web' }, 'Deployment shop/web-'],
    ['the runner', { 'app.kubernetes.io/name': 'tidegate-runner' }, 'Deployment shop/web-runner'],
    ['a smoke test', { 'app.kubernetes.io/name': 'tidegate-smoke' }, 'Job shop/web-smoke-'],
  ])('is refused where its Service selects pods of %s', (_, selector, named) => {
    const lock = inFlight(web, { ...outside, objects: { service: legacyService('legacy-http', selector) } });
    expect(() => render(lock)).toThrow(named);
  });

  test('must have the routed port', () => {
    const lock = atRest(withTraffic({ port: { name: 'http', container: 8080, service: 8000, appProtocol: 'http' } }), outside);
    expect(() => render(lock)).toThrow('port 8000 of both revisions, but the Service of legacy has no such port');
  });

  test('leaves little at rest', () => {
    expect(listed(render(atRest(web, outside)))).toEqual([expect.stringMatching(/^ConfigMap\/web-runner-/), 'VirtualService/web']);
  });
});

describe('the routed port', () => {
  test('must be on both revisions', () => {
    const ports = [{ name: 'http', container: 8080, service: 8000, appProtocol: 'http' }];
    const [port] = ports;
    const moved = inFlight(withTraffic(port ? { port } : {}, withWorkload({ ports })), stable);
    expect(() => render(moved)).toThrow(`port 8000 of both revisions, but the Service of ${stable.name} has no such port`);
  });
});

const everything: readonly (readonly [string, Lock])[] = [
  ['at rest', atRest(web)],
  ['in flight', inFlight(web)],
  ['in flight on Gateway API', inFlight(withTraffic({ router: 'gateway-api' }))],
  ['in flight by load, of high risk', inFlight({ ...byLoad, risk: 'high' }, freeze(byLoad), [{ revision: old, reason: 'superseded' }])],
  ['in flight from an external stable', inFlight(web, outside)],
  ['in flight behind a Service', inFlight(behindService)],
  ['in flight within a mesh', inFlight({ ...web, mesh: { jobs: 'native-sidecar', runner: true } })],
];

describe.each(everything)('every object %s', (_, lock) => {
  const objects = render(lock);
  const services = objects.filter(({ kind }) => kind === 'Service');
  const pods = podTemplates(objects);

  test('has its identity, its labels and nothing that a cluster writes', () => {
    expect(new Set(objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`)).size).toBe(objects.length);
    for (const object of objects) {
      expect(object.metadata.namespace).toBe('shop');
      expect(object.metadata.labels).toMatchObject({
        'app.kubernetes.io/part-of': 'web',
        'app.kubernetes.io/managed-by': 'tidegate',
        'tidegate.dev/release': 'web',
        'tidegate.dev/target': 'production',
      });
      expect(object).not.toHaveProperty('status');
      expect(JSON.stringify(object)).not.toMatch(/"(creationTimestamp|resourceVersion|uid)":/);
      expect(JSON.parse(JSON.stringify(object))).toEqual(object);
    }
  });

  test('is valid against the strict schema of its kind', () => {
    for (const object of objects)
      expect([describeObject(object), hasSchema(object.apiVersion, object.kind), checkObject(object)]).toEqual([
        describeObject(object),
        true,
        [],
      ]);
  });

  test('runs within the restricted Pod Security profile', () => {
    expect(pods.length).toBeGreaterThan(0);
    for (const { template } of pods) expect(restrictedViolations(template)).toEqual([]);
  });

  test('selects the pods of one revision, and no helper', () => {
    const matching = (selector: unknown) =>
      pods.filter(({ template }) => selects(selector, template.metadata.labels)).map(({ owner }) => owner.metadata.name);
    for (const service of services) expect(matching({ matchLabels: at(service, 'spec', 'selector') })).toHaveLength(1);
    for (const budget of objects.filter(({ kind }) => kind === 'PodDisruptionBudget'))
      expect(matching(at(budget, 'spec', 'selector'))).toEqual([budget.metadata.name]);
    for (const { owner } of pods.filter(({ owner: { kind } }) => kind === 'Deployment'))
      expect(matching(at(owner, 'spec', 'selector'))).toEqual([owner.metadata.name]);
  });

  test('mounts no token but the runner', () => {
    const mounting = pods.filter(({ template }) => template.spec.automountServiceAccountToken !== false);
    expect(mounting.map(({ owner }) => owner.metadata.name)).toEqual(lock.inFlight ? ['web-runner'] : []);
  });

  test('is pruned last where live traffic may still use it', () => {
    const late = objects.filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/sync-options'] === 'PruneLast=true');
    const ofRevisions = objects.filter(({ metadata }) => metadata.labels?.['tidegate.dev/revision'] !== undefined);
    expect(late).toEqual(expect.arrayContaining(ofRevisions));
    if (lock.inFlight) expect(listed(late)).toContain(`ConfigMap/web-plan-${lock.inFlight.hash}`);
  });

  test('is the same each time', () => {
    expect(JSON.stringify(render(lock))).toBe(JSON.stringify(objects));
  });
});
