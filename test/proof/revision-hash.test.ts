import { describe, expect, it } from 'vitest';
import { freezeRevision } from '../../lib/engines/native/revision.ts';
import { DEFAULTS, type DefaultName } from '../../lib/intent/defaults.ts';
import { EVENTS } from '../../lib/intent/notification.ts';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import { resolveIntent } from '../../lib/intent/resolve.ts';
import type { ResolvedIntent } from '../../lib/intent/resolved.ts';
import { isExternal, type Lock } from '../../lib/lock/lock.ts';
import { at } from '../../lib/lock/revision.ts';
import { DIGEST, errors } from '../intent/valid.ts';
import { compile } from './compiling.ts';
import { RICH, RICH_BY_LOAD, withImage, without } from './rich.ts';

const CHAT = { name: 'chat', key: 'url' };
const CONTAINER = { image: `registry.example.com/check@${DIGEST}` };
const RESOURCES = { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } };

const { successCondition: _, ...job } = { ...errors, name: 'job' };

const QUERY = { address: 'http://prometheus:9090', query: 'errors' };
const LOW = { 'x-priority': 'low' };
const FLAGS = { mountPath: '/flags', configMap: 'web-flags', overriddenBy: 'web-flags-off' };
const FLAG = { owner: 'search', created: '2026-01-10', expires: '2026-03-31' };

/** As little as can be said where every default could be. */
const SHORT: ReleaseIntent = {
  image: `registry.example.com/web:1.4.0@${DIGEST}`,
  ports: { http: 8080, metrics: 9090 },
  probes: { startup: { tcp: {} }, readiness: { http: { path: '/readyz' } }, liveness: { grpc: {} } },
  resources: RESOURCES,
  config: { app: { data: { color: 'blue' }, mountPath: '/etc/app' } },
  secrets: [{ name: 'tls', mountPath: '/etc/tls' }],
  notifications: [
    { slack: { url: CHAT } },
    { webhook: { url: { ...CHAT, key: 'hook' }, signingKey: CHAT } },
    { github: { repository: 'shop/releases', token: CHAT } },
    { gitlab: { project: 'shop/releases', ref: 'main', token: CHAT } },
  ],
  volumes: {
    scratch: { mountPath: '/tmp', emptyDir: {} },
    id: { mountPath: '/id', token: { audience: 'vault' } },
    flags: FLAGS,
  },
  sidecars: { proxy: { image: `registry.example.com/proxy@${DIGEST}`, resources: RESOURCES } },
  traffic: {
    router: 'istio',
    hosts: ['web.example.com'],
    gateways: ['istio-ingress/public'],
    retries: { attempts: 1 },
    outlierDetection: { consecutive5xx: 5 },
    expected: { peakRps: 120, errorRate: '0.4%' },
  },
  strategy: {
    kind: 'canary',
    weights: [{ weight: 5 }, 50, 100],
    gates: [
      errors,
      { ...errors, name: 'web', onFailure: 'webhook', provider: { web: { url: 'http://web/check' } } },
      { ...job, provider: { job: CONTAINER } },
      { ...errors, name: 'ranked', onFailure: 'flagOff' },
      { ...errors, name: 'crowded', onFailure: 'shed' },
    ],
  },
  smoke: [
    { name: 'http', http: [{ path: '/' }] },
    { name: 'container', container: CONTAINER },
  ],
  migrations: [{ name: 'score', kind: 'expand', container: { command: ['migrate'] } }],
  flags: { ranking: FLAG },
  remedies: { flagOff: { flag: 'ranking' }, webhook: { url: 'http://flags', flag: 'ranking' }, shed: { headers: LOW } },
};

const GATE = { interval: '30s', count: 5, initialDelay: '30s', failureLimit: 1, inconclusiveLimit: 3, onFailure: 'abort' } as const;

/** The same with every default written out. */
const SPELLED: ReleaseIntent = {
  ...SHORT,
  namespace: 'shop',
  engine: 'native',
  history: { keepWarm: '1h', keep: 3 },
  risk: 'normal',
  workload: 'Deployment',
  ports: { http: { container: 8080, service: 80, appProtocol: 'http' }, metrics: { container: 9090, service: 9090, appProtocol: 'http' } },
  replicas: 2,
  probes: {
    startup: { tcp: { port: 'http' }, every: '2s', timeout: '1s', failures: 30 },
    readiness: { http: { path: '/readyz', port: 'http' }, every: '5s', timeout: '2s', failures: 3 },
    liveness: { grpc: { port: 'http' }, every: '10s', timeout: '2s', failures: 3 },
  },
  config: { app: { data: { color: 'blue' }, mountPath: '/etc/app', env: false } },
  secrets: [{ name: 'tls', mountPath: '/etc/tls', env: false }],
  notifications: [
    { slack: { url: CHAT, port: 443 }, on: EVENTS },
    { webhook: { url: { ...CHAT, key: 'hook' }, signingKey: CHAT, port: 443 }, on: EVENTS },
    { github: { repository: 'shop/releases', token: CHAT, api: 'https://api.github.com' } },
    { gitlab: { project: 'shop/releases', ref: 'main', token: CHAT, url: 'https://gitlab.com' } },
  ],
  volumes: {
    scratch: { mountPath: '/tmp', readOnly: false, emptyDir: { memory: false } },
    id: { mountPath: '/id', readOnly: false, token: { audience: 'vault', expires: '1h' } },
    flags: { ...FLAGS, readOnly: false },
  },
  mountToken: false,
  security: { readOnlyRootFilesystem: true },
  shutdown: { preStop: '10s', drain: '20s', grace: '40s' },
  spread: 'prefer',
  disruption: { maxUnavailable: 1 },
  mesh: { jobs: 'none', runner: false },
  sidecars: { proxy: { image: `registry.example.com/proxy@${DIGEST}`, resources: RESOURCES, init: false } },
  traffic: {
    router: 'istio',
    callers: 'gateway',
    attach: 'own',
    paths: ['/'],
    port: 'http',
    timeout: '15s',
    hosts: ['web.example.com'],
    gateways: ['istio-ingress/public'],
    retries: { attempts: 1, on: 'connect-failure,refused-stream,unavailable' },
    outlierDetection: { consecutive5xx: 5, every: '10s', ejectFor: '30s', maxEjectedPercent: 50 },
    expected: { peakRps: 120, lowRps: 120, errorRate: '0.4%' },
  },
  strategy: {
    kind: 'canary',
    weights: [{ weight: 5, watch: '2m' }, { weight: 50, watch: '2m' }, 100],
    gates: [
      { ...errors, ...GATE, provider: { prometheus: { ...QUERY, timeout: '10s' } } },
      {
        ...errors,
        ...GATE,
        name: 'web',
        onFailure: 'webhook',
        provider: { web: { url: 'http://web/check', method: 'GET', jsonPath: '{$}', timeout: '10s' } },
      },
      { ...job, ...GATE, provider: { job: { ...CONTAINER, timeout: '2m' } } },
      { ...errors, ...GATE, name: 'ranked', onFailure: 'flagOff', provider: { prometheus: { ...QUERY, timeout: '10s' } } },
      { ...errors, ...GATE, name: 'crowded', onFailure: 'shed', provider: { prometheus: { ...QUERY, timeout: '10s' } } },
    ],
    approval: { name: 'promote', deadline: '24h', count: 1 },
  },
  smoke: [
    { name: 'http', deadline: '2m', http: [{ path: '/', method: 'GET', status: 200, timeout: '5s' }] },
    { name: 'container', deadline: '2m', container: CONTAINER },
  ],
  migrations: [{ name: 'score', kind: 'expand', container: { command: ['migrate'] }, oldShape: 'needed', deadline: '10m' }],
  flags: { ranking: { ...FLAG, percent: 0 } },
  remedies: {
    flagOff: { flag: 'ranking', settle: '2m', within: '1m' },
    webhook: { url: 'http://flags', flag: 'ranking', timeout: '10s', settle: '30s', within: '2m' },
    shed: { headers: LOW, within: '2m' },
  },
  deadlines: { ready: '10m', step: '15m', release: '4h', scaleDownDelay: '5m' },
};

/** Where `SPELLED` writes a default that `SHORT` leaves out. */
const SPOKEN: Partial<Record<DefaultName, string>> = {
  'ReleaseIntent.namespace': 'namespace',
  'ReleaseIntent.engine': 'engine',
  'ReleaseIntent.risk': 'risk',
  'ReleaseIntent.workload': 'workload',
  'ReleaseIntent.replicas': 'replicas',
  'ReleaseIntent.mountToken': 'mountToken',
  'ReleaseIntent.spread': 'spread',
  'Deadlines.ready': 'deadlines.ready',
  'Deadlines.step': 'deadlines.step',
  'Deadlines.release': 'deadlines.release',
  'Deadlines.scaleDownDelay': 'deadlines.scaleDownDelay',
  'ExpandMigration.oldShape': 'migrations.0.oldShape',
  'MigrationJob.deadline': 'migrations.0.deadline',
  'Flag.percent': 'flags.ranking.percent',
  'FlagOff.settle': 'remedies.flagOff.settle',
  'FlagOff.within': 'remedies.flagOff.within',
  'Shed.within': 'remedies.shed.within',
  'FlagWebhook.timeout': 'remedies.webhook.timeout',
  'FlagWebhook.settle': 'remedies.webhook.settle',
  'FlagWebhook.within': 'remedies.webhook.within',
  'Port.service': 'ports.http.service',
  'Port.appProtocol': 'ports.metrics.appProtocol',
  'Probe.every': 'probes.startup.every',
  'Probe.timeout': 'probes.readiness.timeout',
  'Probe.failures': 'probes.liveness.failures',
  'HttpProbe.port': 'probes.readiness.http.port',
  'GrpcProbe.port': 'probes.liveness.grpc.port',
  'TcpProbe.port': 'probes.startup.tcp.port',
  'Config.env': 'config.app.env',
  'SecretUse.env': 'secrets.0.env',
  'ChatWebhook.port': 'notifications.0.slack.port',
  'NotificationTerms.on': 'notifications.0.on',
  'WebhookNotification.on': 'notifications.1.on',
  'GithubRepository.api': 'notifications.2.github.api',
  'GitlabProject.url': 'notifications.3.gitlab.url',
  'Volume.readOnly': 'volumes.id.readOnly',
  'EmptyDir.memory': 'volumes.scratch.emptyDir.memory',
  'IdentityToken.expires': 'volumes.id.token.expires',
  'Sidecar.init': 'sidecars.proxy.init',
  'Shutdown.preStop': 'shutdown.preStop',
  'Shutdown.drain': 'shutdown.drain',
  'Shutdown.grace': 'shutdown.grace',
  'Security.readOnlyRootFilesystem': 'security.readOnlyRootFilesystem',
  'Disruption.maxUnavailable': 'disruption.maxUnavailable',
  'Mesh.jobs': 'mesh.jobs',
  'Mesh.runner': 'mesh.runner',
  'Traffic.callers': 'traffic.callers',
  'Traffic.attach': 'traffic.attach',
  'Traffic.paths': 'traffic.paths',
  'Traffic.port': 'traffic.port',
  'Traffic.timeout': 'traffic.timeout',
  'Retries.on': 'traffic.retries.on',
  'OutlierDetection.every': 'traffic.outlierDetection.every',
  'OutlierDetection.ejectFor': 'traffic.outlierDetection.ejectFor',
  'OutlierDetection.maxEjectedPercent': 'traffic.outlierDetection.maxEjectedPercent',
  'ExpectedTraffic.lowRps': 'traffic.expected.lowRps',
  'WatchedWeight.watch': 'strategy.weights.0.watch',
  'Approval.name': 'strategy.approval.name',
  'Approval.deadline': 'strategy.approval.deadline',
  'Approval.count': 'strategy.approval.count',
  'HttpSmoke.deadline': 'smoke.0.deadline',
  'HttpCheck.method': 'smoke.0.http.0.method',
  'HttpCheck.status': 'smoke.0.http.0.status',
  'HttpCheck.timeout': 'smoke.0.http.0.timeout',
  'ContainerSmoke.deadline': 'smoke.1.deadline',
  'Gate.interval': 'strategy.gates.0.interval',
  'Gate.count': 'strategy.gates.0.count',
  'History.keep': 'history.keep',
  'History.keepWarm': 'history.keepWarm',
  'Gate.initialDelay': 'strategy.gates.0.initialDelay',
  'Gate.failureLimit': 'strategy.gates.0.failureLimit',
  'Gate.inconclusiveLimit': 'strategy.gates.0.inconclusiveLimit',
  'Gate.onFailure': 'strategy.gates.0.onFailure',
  'PrometheusQuery.timeout': 'strategy.gates.0.provider.prometheus.timeout',
  'WebCheck.method': 'strategy.gates.1.provider.web.method',
  'WebCheck.jsonPath': 'strategy.gates.1.provider.web.jsonPath',
  'WebCheck.timeout': 'strategy.gates.1.provider.web.timeout',
  'JobCheck.timeout': 'strategy.gates.2.provider.job.timeout',
};

/** Defaults that no text of an intent can say: something is not there, or somebody else decides. */
const UNSPEAKABLE: readonly DefaultName[] = [
  'ReleaseIntent.command',
  'ReleaseIntent.args',
  'ReleaseIntent.serviceAccount',
  'ReleaseIntent.after',
  'ReleaseIntent.remedies',
  'GrpcProbe.service',
  'EmptyDir.sizeLimit',
  'Security.runAsUser',
  'NotificationWords.approvers',
  'Network.from',
  'Network.egress',
  'Retries.perTryTimeout',
  'MigrationContainer.image',
  'MigrationContainer.command',
  'MigrationContainer.args',
  'MigrationContainer.resources',
];

const FLAGLESS: ReleaseIntent = { ...without(SHORT, 'remedies'), strategy: longForm({}) };

/** Defaults of what `SHORT` cannot hold beside the rest: each with an intent that leaves it out, and one that writes it. */
const APART: readonly (readonly [DefaultName, short: ReleaseIntent, spelled: ReleaseIntent])[] = [
  ['Traffic.retries', { ...SHORT, traffic: withoutRetries() }, { ...SHORT, traffic: { ...withoutRetries(), retries: false } }],
  ['Analysis.watch', { ...SHORT, strategy: longForm({}) }, { ...SHORT, strategy: longForm({ watch: '2m' }) }],
  ['ReleaseIntent.migrations', without(SHORT, 'migrations'), { ...SHORT, migrations: [] }],
  ['ReleaseIntent.notifications', without(SHORT, 'notifications'), { ...SHORT, notifications: [] }],
  ['ReleaseIntent.flags', without(FLAGLESS, 'flags'), { ...FLAGLESS, flags: {} }],
  ['BlueGreen.keepOld', { ...FLAGLESS, strategy: colours({}) }, { ...FLAGLESS, strategy: colours({ keepOld: '30m' }) }],
];

function withoutRetries(): ReleaseIntent['traffic'] {
  const { retries: _, ...traffic } = SHORT.traffic;
  return traffic;
}

function colours(kept: { readonly keepOld?: string }): ReleaseIntent['strategy'] {
  return { kind: 'blueGreen', preview: { gates: [errors] }, after: { gates: [errors] }, ...kept };
}

function longForm(watched: { readonly watch?: string }): ReleaseIntent['strategy'] {
  const analysis = { gates: [errors], ...watched };
  return { kind: 'canary', steps: [{ weight: 50 }, { analysis }, { approval: {} }, { weight: 100 }] };
}

const stableOf = ({ stable }: Lock) => {
  if (isExternal(stable)) throw new Error('stable is external');
  return stable;
};

/** All that follows from an intent but the hash of how it was written: at rest, then in flight with another image. */
function consequences(intent: ReleaseIntent): unknown {
  const rest = compile(intent, null);
  const flight = compile(withImage(intent, '7'), rest.lock);
  return [rest, flight].map(({ lock, objects }) => ({ lock: { ...lock, intent: null }, objects }));
}

describe('the hash of a revision', () => {
  it('and everything else is the same when every default is written out', () => {
    expect(consequences(SPELLED)).toEqual(consequences(SHORT));
    expect(stableOf(compile(SPELLED, null).lock).rev).toBe(stableOf(compile(SHORT, null).lock).rev);
  });

  it.each(APART)('and everything else is the same when %s is written out', (_, short, spelled) => {
    expect(consequences(spelled)).toEqual(consequences(short));
  });

  it('was compared for every default that there is', () => {
    const spoken = Object.values(SPOKEN).map((place) => place.split('.'));
    expect(spoken.filter((place) => at(SPELLED, ...place) === undefined || at(SHORT, ...place) !== undefined)).toEqual([]);
    expect([...Object.keys(SPOKEN), ...APART.map(([name]) => name), ...UNSPEAKABLE].sort()).toEqual(Object.keys(DEFAULTS).sort());
  });

  it('does not depend on the target', () => {
    const [one, other] = ['eu-1', 'us-1'].map((target) => stableOf(compile(RICH, null, { target }).lock));
    expect(one?.name).toBe(other?.name);
    expect(one?.objects.deployment.metadata.labels).not.toEqual(other?.objects.deployment.metadata.labels);
  });
});

const resolved = resolveIntent('web', RICH, 'shop');
const byLoad = resolveIntent('web', RICH_BY_LOAD, 'shop');

/** Places of all plain values in data, as lists of keys. */
function leavesOf(value: unknown, place: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return value === null ? [] : [place];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...place, key]));
}

/** Data with another value of the same type at a place. */
function changed<T>(data: T, [key, ...rest]: readonly string[]): T {
  if (key === undefined) {
    if (typeof data === 'boolean') return !data as T;
    return (typeof data === 'number' ? data + 1 : `${String(data)}x`) as T;
  }
  const copy: unknown = Array.isArray(data) ? [...data] : { ...data };
  const holder = copy as Record<string, unknown>;
  holder[key] = changed(holder[key], rest);
  return copy as T;
}

const revOf = (intent: ResolvedIntent): string => freezeRevision(intent, 'production').rev;

describe('a revision is another one', () => {
  /** Says nothing to the pod: it only gives `grace` its default. */
  const SILENT = 'shutdown drainSeconds';
  const places = leavesOf(resolved.workload);
  const revs = new Map(places.map((place) => [place.join(' '), revOf({ ...resolved, workload: changed(resolved.workload, place) })]));

  it('for every field of the workload that changes', () => {
    expect(places.length).toBeGreaterThan(120);
    expect([...revs].filter(([, rev]) => rev === revOf(resolved)).map(([place]) => place)).toEqual([SILENT]);
  });

  it('for each field by itself: no two changes give the same', () => {
    expect(new Set(revs.values()).size).toBe(places.length);
  });

  it('when the number of its pods is handed to an autoscaler, but not when the number changes', () => {
    expect(revOf({ ...resolved, scale: byLoad.scale })).not.toBe(revOf(resolved));
    for (const { scale } of [resolved, byLoad])
      for (const place of leavesOf(scale).filter(([key]) => key !== 'kind'))
        expect(revOf({ ...resolved, scale: changed(scale, place) }), place.join('.')).toBe(revOf({ ...resolved, scale }));
  });

  it('for nothing that is about the way to users', () => {
    const { workload: _, scale: __, release: ___, ...around } = resolved;
    const moved = leavesOf(around).filter((place) => revOf({ ...resolved, ...changed(around, place) }) !== revOf(resolved));
    expect(moved).toEqual([]);
  });
});
