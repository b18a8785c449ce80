import { describe, expect, test } from 'vitest';
import { problemsOf, table } from './checked.ts';
import { accepted } from './valid.ts';

test('an intent without a fault has no problems', () => {
  expect(problemsOf({})).toEqual([]);
});

test('all problems are reported together', () => {
  expect(problemsOf({ image: 'web', replicas: undefined, autoscale: { min: 3, max: 2 }, 'smoke[0].name': 'A' })).toHaveLength(4);
});

describe('names', () => {
  test.each([
    ['a'.repeat(41), `a release name has at most 40 characters, '${'a'.repeat(41)}' has 41.`],
    ['Web', "release name 'Web' must be lower-case letters, digits and '-', and begin and end with a letter or digit."],
    ['7web', "release name '7web' must begin with a letter, as the names of its Services do."],
    ['', "release name '' must be lower-case letters, digits and '-', and begin and end with a letter or digit."],
  ])("release '%s'", (release, expected) => {
    expect(problemsOf({}, release)).toEqual([expected]);
  });

  table([
    [
      { namespace: 'Shop' },
      "namespace: namespace 'Shop' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
  ]);
});

describe('containers', () => {
  const noDigest =
    "image 'web:1' has no digest: what was tested must be what runs. Write 'web:1@sha256:...' (docker buildx imagetools inspect web:1).";
  table([
    [{ image: 'web:1', 'smoke[0].http[0].json': {} }, `image: ${noDigest}`],
    [{ 'sidecars.proxy.image': 'web:1' }, `sidecars.proxy.image: ${noDigest}`],
    [
      { sidecars: { Proxy: accepted().sidecars?.proxy } },
      "sidecars.Proxy: container name 'Proxy' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    [{ sidecars: { web: accepted().sidecars?.proxy } }, "sidecars.web: 'web' is the name of the released container."],
    [
      { 'sidecars.proxy.init': true },
      "sidecars.proxy.readiness: a container that ends before the released one starts is never ready. Remove 'readiness', or 'init'.",
    ],
    [{ 'resources.requests.cpu': 'lots' }, "resources.requests.cpu: a quantity is written '100m', '0.5' or '128Mi', not 'lots'."],
    [{ 'resources.requests.cpu': '0' }, 'resources.requests.cpu: found 0, expected more than nothing.'],
    [{ 'resources.requests.memory': '128m' }, "resources.requests.memory: '128m' of memory are thousandths of a byte. Write '128Mi'."],
    [
      { 'resources.requests.memory': '1Gi' },
      'resources.requests.memory: requests 1Gi are more than the limit of 512Mi. Raise limits.memory or lower requests.memory.',
    ],
    [
      { 'resources.requests.cpu': '0.6' },
      'resources.requests.cpu: requests 0.6 are more than the limit of 500m. Raise limits.cpu or lower requests.cpu.',
    ],
    [
      { 'sidecars.proxy.resources.limits.memory': '32Mi' },
      'sidecars.proxy.resources.requests.memory: requests 64Mi are more than the limit of 32Mi. Raise limits.memory or lower requests.memory.',
    ],
  ]);
});

describe('ports', () => {
  const shape = "must have at most 15 characters, lower-case letters, digits and single '-' between them, and a letter.";
  table([
    [{ 'ports.a-very-long-name': 1 }, `ports['a-very-long-name']: port name 'a-very-long-name' ${shape}`],
    [{ 'ports.Grpc': 1 }, `ports.Grpc: port name 'Grpc' ${shape}`],
    [{ 'ports.a--b': 1 }, `ports['a--b']: port name 'a--b' ${shape}`],
    [{ 'ports.grpc': 8080 }, 'ports.grpc: container port 8080 is already used by ports.http.'],
    [{ 'ports.grpc': { container: 1, service: 80 } }, 'ports.grpc: Service port 80 is already used by ports.http.'],
    [{ 'sidecars.proxy.ports.admin': 9090 }, 'sidecars.proxy.ports.admin: container port 9090 is already used by ports.metrics.'],
    [{ 'sidecars.proxy.ports': { http: 1, admin: 2 } }, "sidecars.proxy.ports.http: port name 'http' is already used by ports.http."],
  ]);
});

describe('probes', () => {
  table([
    [
      { 'probes.readiness.http.port': 'htpt' },
      "probes.readiness.http.port: asks port 'htpt', which is not there. Ports are http, metrics.",
    ],
    [
      { 'sidecars.proxy.readiness.tcp.port': 'x' },
      "sidecars.proxy.readiness.tcp.port: asks port 'x', which is not there. Ports are admin, http, metrics.",
    ],
    [{ 'probes.readiness.http.path': 'readyz' }, "probes.readiness.http.path: path 'readyz' must begin with '/'."],
    [
      { 'probes.readiness.timeout': '5s' },
      'probes.readiness.timeout: timeout 5s must be shorter than every 5s, or a slow answer runs into the next probe.',
    ],
    [
      { 'probes.readiness.every': '2s', 'probes.readiness.timeout': undefined },
      'probes.readiness.timeout: timeout 2s must be shorter than every 2s, or a slow answer runs into the next probe.',
    ],
    [
      { 'probes.readiness.every': '2500ms' },
      'probes.readiness.every: found 2500ms, expected whole seconds of at least 1s: Kubernetes knows no smaller unit.',
    ],
    [
      { 'probes.liveness.http.path': '/readyz' },
      'probes.liveness: asks the same as readiness and restarts the pod after 30s, readiness takes it out of the route after 15s. Ask an endpoint that looks at the process only, or let liveness fail for at least 45s (every x failures).',
    ],
    [{ 'probes.liveness.http.path': '/readyz', 'probes.liveness.failures': 5 }],
    [
      { 'probes.startup.failures': 15 },
      'probes.startup: asks the same as liveness with the same patience of 30s, so it gives a start no more time. Give it more failures, or leave it out.',
    ],
  ]);
});

describe('scale and shutdown', () => {
  table([
    [
      { autoscale: { min: 2, max: 3, cpu: 70 } },
      "autoscale: found beside replicas: 3: two owners of one number undo each other. Give 'replicas' or 'autoscale', not both.",
    ],
    [{ replicas: undefined, autoscale: { min: 4, max: 3, cpu: 70 } }, 'autoscale.min: min 4 is more than max 3.'],
    [{ replicas: undefined, autoscale: { min: 1, max: 3 } }, "autoscale: nothing to scale by. Give 'cpu', 'memory' or 'custom'."],
    [
      { replicas: undefined, autoscale: { min: 1, max: 3, custom: [{ metric: 'rps', average: 'many' }] } },
      "autoscale.custom[0].average: a quantity is written '100m', '0.5' or '128Mi', not 'many'.",
    ],
    [{ 'shutdown.preStop': '4s' }, 'shutdown.preStop: found 4s, expected at least 5s. Routes need that long to forget a pod.'],
    [
      { 'shutdown.grace': '30s' },
      'shutdown.grace: grace 30s does not outlast preStop 10s and drain 20s: open requests would be cut. Give more than 30s.',
    ],
    [
      { shutdown: { preStop: '5s', drain: '5s', grace: '20s' } },
      "shutdown.grace: grace is 20s, expected at least 30s. Write grace: '30s'.",
    ],
    [{ shutdown: { preStop: '5s', drain: '5s' } }],
    [{ disruption: { maxUnavailable: '10%' } }],
    [
      { disruption: { maxUnavailable: '0%' } },
      "disruption.maxUnavailable: found '0%', expected a number of pods, or a share from '1%' to '100%'.",
    ],
    [{ 'history.keepWarm': '32d' }, 'history.keepWarm: found 768h, expected at most 744h.'],
    [
      { 'deadlines.scaleDownDelay': '29s' },
      'deadlines.scaleDownDelay: found 29s, expected at least 30s. Requests that are on their way to the candidate need it until then.',
    ],
    [{ 'deadlines.ready': '0s' }, 'deadlines.ready: found 0s, expected at least 1s.'],
    [{ 'deadlines.release': '12m' }, "deadlines.release: the whole release has 12m, less than 'step' alone with 15m."],
    [
      { 'volumes.id': { mountPath: '/id', token: { audience: 'a', expires: '5m' } } },
      'volumes.id.token.expires: found 5m, expected at least 10m.',
    ],
  ]);
});

describe('configuration, secrets, environment and volumes', () => {
  const absolute = "must be absolute, below '/', and without ':' and '..'.";
  table([
    [
      { 'config.app.mountPath': undefined },
      "config.app: configuration 'app' reaches no container. Give 'mountPath', 'env: true', or both.",
    ],
    [
      { 'config.App_1': { data: {}, env: true } },
      "config.App_1: configuration name 'App_1' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    [
      { 'config.app.data': { color: 'blue', 'a b': '' } },
      "config.app.data['a b']: key 'a b' of a ConfigMap must be letters, digits, '-', '_' and '.'.",
    ],
    [
      { 'config.app.env': true, 'config.app.data': { color: 'x', '1a': 'y' } },
      "config.app.data['1a']: environment variable '1a' must be letters, digits, '-', '_' and '.', and not begin with a digit.",
    ],
    [
      { 'config.app.env': true, 'config.app.data': { color: 'x', LOG_LEVEL: 'y' } },
      "config.app.data.LOG_LEVEL: environment variable 'LOG_LEVEL' is already used by env.LOG_LEVEL.",
    ],
    [{ 'secrets[0].env': undefined }, "secrets[0]: secret 'database' reaches no container. Give 'mountPath', 'env: true', or both."],
    [{ 'secrets[1]': { name: 'database', env: true } }, "secrets[1].name: secret 'database' is already used by secrets[0].name."],
    [{ 'env.9': 'x' }, "env[9]: environment variable '9' must be letters, digits, '-', '_' and '.', and not begin with a digit."],
    [{ 'env.COLOR.config': 'apq' }, "env.COLOR.config: configuration 'apq' is not there, did you mean 'app'? Name an entry of config."],
    [{ 'env.COLOR.key': 'colour' }, "env.COLOR.key: configuration 'app' has no key 'colour', did you mean 'color'?"],
    [
      { 'sidecars.proxy.env': { A: { config: 'nothing', key: 'a' } } },
      "sidecars.proxy.env.A.config: configuration 'nothing' is not there. Name an entry of config.",
    ],
    [
      { 'volumes.scratch.emptyDir.sizeLimit': 'big' },
      "volumes.scratch.emptyDir.sizeLimit: a quantity is written '100m', '0.5' or '128Mi', not 'big'.",
    ],
    [
      { 'volumes.data': { mountPath: '/etc/app/', claim: 'data' } },
      "volumes.data.mountPath: mount path '/etc/app/' is already used by config.app.mountPath.",
    ],
    [{ 'volumes.scratch.mountPath': 'tmp' }, `volumes.scratch.mountPath: mount path 'tmp' ${absolute}`],
    [{ 'volumes.scratch.mountPath': '/' }, `volumes.scratch.mountPath: mount path '/' ${absolute}`],
    [{ 'config.app.mountPath': '/a/../b' }, `config.app.mountPath: mount path '/a/../b' ${absolute}`],
    [
      { 'sidecars.proxy.mounts': { scrtch: '/s' } },
      "sidecars.proxy.mounts.scrtch: volume 'scrtch' is not there, did you mean 'scratch'? Name an entry of volumes.",
    ],
  ]);
});

describe('traffic', () => {
  table([
    [
      { 'traffic.hosts': ['Web.example.com'] },
      "traffic.hosts[0]: host 'Web.example.com' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.",
    ],
    [{ 'traffic.hosts': ['*.example.com'] }],
    [{ 'traffic.hosts': ['a.com', 'b.com', 'a.com'] }, "traffic.hosts[2]: host 'a.com' is already used by traffic.hosts[0]."],
    [
      { 'traffic.gateways': ['public'] },
      "traffic.gateways[0]: a gateway is written 'namespace/name' or 'namespace/name/listener', not 'public'.",
    ],
    [
      { 'traffic.gateways': ['A/public'] },
      "traffic.gateways[0]: namespace 'A' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    [
      { 'traffic.paths': ['api', '/a?b'] },
      "traffic.paths[0]: path 'api' must begin with '/' and have no space, '?' or '#'.",
      "traffic.paths[1]: path '/a?b' must begin with '/' and have no space, '?' or '#'.",
    ],
    [
      { 'traffic.attach': 'shared' },
      "traffic.paths: one of several routes of a host needs paths of its own. Name them, or use attach: 'own'.",
    ],
    [{ 'traffic.port': 'web' }, "traffic.port: port 'web' is not there. Ports are http, metrics."],
    [{ 'traffic.timeout': '0s', 'traffic.retries': false }, 'traffic.timeout: found 0s, expected at least 1s.'],
    [
      { 'traffic.retries.perTryTimeout': '6s' },
      'traffic.retries.perTryTimeout: 3 tries of 6s do not fit into the timeout of 15s. Give at most 5s per try, or a longer timeout.',
    ],
    [
      { 'traffic.outlierDetection': { consecutive5xx: 5, every: '0s' } },
      'traffic.outlierDetection.every: found 0s, expected more than nothing.',
    ],
    [{ 'traffic.expected.errorRate': '0.4' }, "traffic.expected.errorRate: a share is written '0.4%', from 0% to 100%, not '0.4'."],
    [{ 'traffic.expected.lowRps': 121 }, 'traffic.expected.lowRps: lowRps 121 is more than peakRps 120.'],
    [
      { 'network.egress': [{ cidr: '10.0.0.0/33', ports: [443] }] },
      "network.egress[0].cidr: '10.0.0.0/33' must be addresses such as '10.0.0.0/8' or 'fd00::/8'.",
    ],
    [
      { 'network.egress': [{ namespace: 'db', cidr: '10.0.0.0/8', ports: [1] }] },
      'network.egress[0]: a NetworkPolicy names a namespace or addresses, not both at once. Make two entries of it.',
    ],
  ]);
});
