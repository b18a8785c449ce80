import { ENGINES, type EngineContext } from '../../lib/engines/index.ts';
import { DEFAULT_POLICY } from '../../lib/intent/policy-config.ts';
import type { ResolvedGateIntent, ResolvedIntent, ResolvedTraffic, ResolvedWorkload } from '../../lib/intent/resolved.ts';
import { planRevision } from '../../lib/lock/advance.ts';
import type { InFlight, Lock, Retiring, Revision, Stable } from '../../lib/lock/lock.ts';
import { compilePlan, planHash } from '../../lib/plan/compile.ts';
import { ofParts } from '../../lib/plan/uses.ts';
import { ROUTERS } from '../../lib/routers/index.ts';
import type { KubeObject } from '../../lib/schema/index.ts';

export const digest = (character: string): string => `sha256:${character.repeat(64)}`;

export const context: EngineContext = {
  target: 'production',
  project: {
    targets: { production: { approvals: 'required', analysisTemplates: 'objects', cluster: 'production', provenOn: null } },
    helper: {
      image: `gcr.io/distroless/nodejs22-debian12:nonroot@${digest('7')}`,
      imagePullSecrets: [],
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      tolerations: [],
      labels: {},
      priorityClassName: null,
    },
    gitops: { tool: 'none', managers: [] },
    signing: null,
    groups: {},
    alerts: null,
    policy: DEFAULT_POLICY,
  },
  code: {
    runner: 'console.log("runner");\n',
    smoke: 'console.log(`${process.env.TIDEGATE_SMOKE}`);\n',
    notify: 'export const tell = () => {};\n',
    parts: ofParts((name) => `export const name = '${name}';\n`),
  },
};

const http = { name: 'http', container: 8080, service: 80, appProtocol: 'http' };

export const errors: ResolvedGateIntent = {
  name: 'errors',
  description: 'fewer than 1 % of the requests fail',
  scope: 'candidate',
  args: {},
  provider: {
    prometheus: {
      address: 'http://prometheus.monitoring.svc.cluster.local:9090',
      query: 'sum(rate(errors{workload="{{args.candidate}}"}[2m]))',
      timeoutSeconds: 10,
    },
  },
  successCondition: 'len(result) > 0 && result[0] < 0.01',
  failureCondition: null,
  intervalSeconds: 30,
  count: 5,
  initialDelaySeconds: 30,
  failureLimit: 1,
  inconclusiveLimit: 3,
  onFailure: 'abort',
};

/** A gate that runs a container of the team, `count` times. */
export const jobGate = (count: number, name = 'orders'): ResolvedGateIntent => ({
  ...errors,
  name,
  provider: {
    job: {
      image: `registry.example.com/shop/orders@${digest('d')}`,
      command: null,
      args: ['--of={{args.candidate}}'],
      env: { DEPTH: 'full' },
      timeoutSeconds: 90,
    },
  },
  successCondition: null,
  count,
  failureLimit: 0,
  inconclusiveLimit: 0,
});

/** The release `web` of namespace `shop`, with one of everything that has an object of its own. */
export const web: ResolvedIntent = {
  release: 'web',
  namespace: 'shop',
  engine: 'native',
  risk: 'normal',
  workload: {
    image: { repository: 'registry.example.com/shop/web', tag: '1.4.0', digest: digest('a') },
    command: null,
    args: null,
    ports: [http, { name: 'admin', container: 9090, service: 9090, appProtocol: 'http' }],
    probes: {
      startup: { check: { http: { path: '/healthz', port: 'http', headers: {} } }, everySeconds: 2, timeoutSeconds: 1, failures: 30 },
      readiness: {
        check: { http: { path: '/readyz', port: 'http', headers: { 'x-probe': 'ready', accept: '*/*' } } },
        everySeconds: 5,
        timeoutSeconds: 2,
        failures: 3,
      },
      liveness: { check: { grpc: { port: 9090, service: null } }, everySeconds: 10, timeoutSeconds: 2, failures: 3 },
    },
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
    env: {
      LOG_LEVEL: 'info',
      API_KEY: { secret: 'web-keys', key: 'api' },
      MODE: { config: 'app', key: 'mode' },
      POD_IP: { field: 'status.podIP' },
    },
    config: [{ name: 'app', data: { mode: 'fast', 'app.yaml': 'a: 1\n' }, mountPath: '/etc/app', env: false }],
    secrets: [{ name: 'web.tls', mountPath: '/etc/tls', env: false }],
    volumes: [{ name: 'tmp', mountPath: '/tmp', readOnly: false, source: { emptyDir: { sizeLimit: '64Mi', memory: false } } }],
    serviceAccount: null,
    mountToken: false,
    security: { runAsUser: null, runAsGroup: null, fsGroup: null, readOnlyRootFilesystem: true },
    shutdown: { preStopSeconds: 10, drainSeconds: 20, graceSeconds: 40 },
    spread: 'prefer',
    sidecars: [],
    podTemplate: {},
  },
  scale: { kind: 'fixed', replicas: 6 },
  disruption: { maxUnavailable: 1 },
  network: { from: null, egress: null },
  mesh: { jobs: 'none', runner: false },
  traffic: {
    router: 'istio',
    hosts: ['web.example.com'],
    gateways: [{ namespace: 'istio-ingress', name: 'public', listener: null }],
    callers: 'both',
    attach: 'own',
    paths: ['/'],
    port: http,
    timeoutSeconds: 15,
    retries: null,
    connectionPool: null,
    outlierDetection: null,
    expected: null,
  },
  strategy: {
    kind: 'canary',
    steps: [
      { weight: 5 },
      { analysis: { gates: [errors], watchSeconds: 120 } },
      { weight: 50 },
      { analysis: { gates: [errors], watchSeconds: 300 } },
      { approval: { name: 'promote', reason: '', deadlineSeconds: 86_400, count: 1 } },
      { weight: 100 },
    ],
  },
  smoke: [
    {
      name: 'api',
      deadlineSeconds: 120,
      test: {
        http: [
          { path: '/healthz', method: 'GET', headers: {}, body: null, status: 200, json: {}, contains: '$(HOME) $$', timeoutSeconds: 5 },
        ],
      },
    },
    {
      name: 'journey',
      deadlineSeconds: 180,
      test: {
        container: { image: `registry.example.com/shop/journey@${digest('c')}`, command: null, args: ['--fast'], env: { CURRENCY: 'EUR' } },
      },
    },
  ],
  deadlines: { readySeconds: 600, stepSeconds: 900, releaseSeconds: 14_400, scaleDownDelaySeconds: 300 },
};

export const withWorkload = (change: Partial<ResolvedWorkload>, intent = web): ResolvedIntent => ({
  ...intent,
  workload: { ...intent.workload, ...change },
});

export const withTraffic = (change: Partial<ResolvedTraffic>, intent = web): ResolvedIntent => ({
  ...intent,
  traffic: { ...intent.traffic, ...change },
});

/** The same intent, judged at 5 % by these gates. */
export const withGates = (gates: readonly ResolvedGateIntent[], intent = web): ResolvedIntent => ({
  ...intent,
  strategy: { kind: 'canary', steps: [{ weight: 5 }, { analysis: { gates, watchSeconds: 120 } }, { weight: 100 }] },
});

/** The same intent without mesh and gateway. */
export const behindService: ResolvedIntent = withTraffic(
  { router: 'service', hosts: [], gateways: [] },
  {
    ...web,
    strategy: {
      kind: 'blueGreen',
      steps: [
        { analysis: { gates: [errors], watchSeconds: 120 } },
        { approval: { name: 'promote', reason: '', deadlineSeconds: 86_400, count: 1 } },
        { weight: 100 },
        { analysis: { gates: [errors], watchSeconds: 120 } },
      ],
    },
  },
);

/** The same intent with another image: what a release usually is. */
export const next = (intent: ResolvedIntent, character = 'b'): ResolvedIntent =>
  withWorkload({ image: { ...intent.workload.image, tag: '1.5.0', digest: digest(character) } }, intent);

export const freeze = (intent: ResolvedIntent): Revision => ENGINES.native.revision(intent, context);

export function atRest(intent: ResolvedIntent, stable: Stable = freeze(intent), retiring: readonly Retiring[] = []): Lock {
  return {
    version: 1,
    release: intent.release,
    namespace: intent.namespace,
    target: context.target,
    intent: 'f'.repeat(64),
    resolved: intent,
    stable,
    inFlight: null,
    attempts: 0,
    retiring,
    history: [],
  };
}

/** `intent` released with another image, from `stable`. */
export function inFlight(
  intent: ResolvedIntent,
  stable: Stable = freeze(intent),
  retiring: readonly Retiring[] = [],
): Lock & { readonly inFlight: InFlight } {
  const resolved = next(intent);
  const candidate = freeze(resolved);
  const revisions = { stable: planRevision(stable), candidate: planRevision(candidate) };
  const plan = compilePlan({
    intent: resolved,
    target: context.target,
    attempt: 1,
    ...revisions,
    route: ROUTERS[resolved.traffic.router].instructions(resolved, {
      stable: revisions.stable.service,
      candidate: revisions.candidate.service,
    }),
    waivedBy: null,
    gitopsManagers: [],
  });
  const hash = planHash(plan);
  const jobs = ENGINES.native.jobs(plan, hash, resolved, context);
  return { ...atRest(resolved, stable, retiring), attempts: 1, inFlight: { candidate, warm: false, plan, hash, jobs } };
}

export const render = (lock: Lock, within = context): readonly KubeObject[] => ENGINES.native.render(lock, within);

/** `Kind/name`, as a person would list them. */
export const listed = (objects: readonly KubeObject[]): string[] => objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

export function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const object = objects.find((candidate) => candidate.kind === kind && candidate.metadata.name === name);
  if (!object) throw new Error(`no ${kind}/${name} among ${listed(objects).join(', ')}`);
  return object;
}
