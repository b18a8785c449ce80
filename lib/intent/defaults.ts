/**
 * Every default as its `@default` tag documents it; `resolve` reads its values from here, and a test compares the two.
 * Words that name no value (`the image's`) mean that nothing is written.
 */
export const DEFAULTS = {
  'ReleaseIntent.namespace': "the chart's namespace, else `default`",
  'ReleaseIntent.engine': 'native',
  'ReleaseIntent.risk': 'normal',
  'ReleaseIntent.workload': 'Deployment',
  'ReleaseIntent.command': "the image's",
  'ReleaseIntent.args': "the image's",
  'ReleaseIntent.replicas': '2',
  'ReleaseIntent.serviceAccount': "the namespace's default account",
  'ReleaseIntent.mountToken': 'false',
  'ReleaseIntent.spread': 'prefer',
  'ReleaseIntent.migrations': 'none',
  'ReleaseIntent.flags': 'none',
  'Flag.percent': '0',
  'ExpandMigration.oldShape': 'needed',
  'MigrationJob.deadline': '10m',
  'MigrationContainer.image': "the release's",
  'MigrationContainer.command': "the image's",
  'MigrationContainer.args': "the image's",
  'MigrationContainer.resources': 'those of the helper image in tidegate.yaml',
  'Deadlines.ready': '10m',
  'Deadlines.step': '15m',
  'Deadlines.release': '4h',
  'Deadlines.scaleDownDelay': '5m',
  'History.keepWarm': '1h',
  'History.keep': '3',
  'Port.service': "80 for the first port, else the container's own",
  'Port.appProtocol': 'http',
  'Probe.every': 'startup 2s, readiness 5s, liveness 10s',
  'Probe.timeout': 'startup 1s, readiness 2s, liveness 2s',
  'Probe.failures': 'startup 30, readiness 3, liveness 3',
  'HttpProbe.port': 'the first port',
  'GrpcProbe.port': 'the first port',
  'GrpcProbe.service': 'the server as a whole',
  'TcpProbe.port': 'the first port',
  'Config.env': 'false',
  'SecretUse.env': 'false',
  'Volume.readOnly': 'false',
  'EmptyDir.sizeLimit': "the node's free space",
  'EmptyDir.memory': 'false',
  'IdentityToken.expires': '1h',
  'Sidecar.init': 'false',
  'Shutdown.preStop': '10s',
  'Shutdown.drain': '20s',
  'Shutdown.grace': 'preStop + drain + 10s, at least 30s',
  'Security.runAsUser': "the image's",
  'Security.readOnlyRootFilesystem': 'true',
  'Disruption.maxUnavailable': '1',
  'Network.from': 'every namespace',
  'Network.egress': 'everywhere',
  'Mesh.jobs': 'none',
  'Mesh.runner': 'false',
  'Traffic.callers': 'gateway',
  'Traffic.attach': 'own',
  'Traffic.paths': '/',
  'Traffic.port': 'the first port',
  'Traffic.timeout': '15s',
  'Traffic.retries': 'false',
  'Retries.perTryTimeout': "the router's",
  'Retries.on': 'connect-failure,refused-stream,unavailable',
  'OutlierDetection.every': '10s',
  'OutlierDetection.ejectFor': '30s',
  'OutlierDetection.maxEjectedPercent': '50',
  'ExpectedTraffic.lowRps': 'peakRps',
  'WatchedWeight.watch': '2m, or 5m where risk is high',
  'Analysis.watch': '2m, or 5m where risk is high',
  'BlueGreen.keepOld': '30m',
  'Approval.name': 'promote',
  'Approval.deadline': '24h',
  'Approval.count': '1, or 2 where risk is high',
  'HttpSmoke.deadline': '2m',
  'HttpCheck.method': 'GET',
  'HttpCheck.status': '200',
  'HttpCheck.timeout': '5s',
  'ContainerSmoke.deadline': '2m',
  'Gate.interval': '30s',
  'Gate.count': '5',
  'Gate.initialDelay': '30s',
  'Gate.failureLimit': '1',
  'Gate.inconclusiveLimit': '3',
  'Gate.onFailure': 'abort',
  'PrometheusQuery.timeout': '10s',
  'WebCheck.method': 'GET',
  'WebCheck.jsonPath': '{$}',
  'WebCheck.timeout': '10s',
  'JobCheck.timeout': '2m',
} as const satisfies Readonly<Record<string, string>>;

export type DefaultName = keyof typeof DEFAULTS;

/** `'startup 2s, readiness 5s'` read for `readiness` gives `'5s'`. */
export function defaultFor(name: DefaultName, which: string): string {
  const part = DEFAULTS[name].split(', ').find((text) => text.startsWith(`${which} `));
  if (part === undefined) throw new Error(`the default of ${name} says nothing about ${which}`);
  return part.slice(which.length + 1);
}

/** `'2m, or 5m where risk is high'` read for a risk. */
export function defaultByRisk(name: DefaultName, risk: 'normal' | 'high'): string {
  const [normal = '', high = ''] = DEFAULTS[name].split(', or ');
  return risk === 'high' ? high.replace(' where risk is high', '') : normal;
}
