import { describe, expect, test } from 'vitest';
import { checkIntent } from '../../lib/intent/check.ts';
import { formatProblem } from '../../lib/schema/problem.ts';
import { accepted, DIGEST, errors } from './valid.ts';

const problemsOf = (changes: Readonly<Record<string, unknown>>, release = 'web') =>
  checkIntent(release, accepted(changes)).map(formatProblem);

type Row = [changes: Record<string, unknown>, ...problems: string[]];
const table = (rows: Row[]) =>
  test.each(rows)('%j', (changes, ...expected) => {
    expect(problemsOf(changes)).toEqual(expected);
  });

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

describe('the strategy', () => {
  const analysis = { analysis: { gates: [errors] } };
  const steps = (...list: unknown[]) => ({ strategy: { kind: 'canary', steps: list } });
  const approval = { approval: {} };
  table([
    [{ 'strategy.weights': [5, 5, 100] }, 'strategy.weights[1]: weight 5 does not rise above 5.'],
    [{ 'strategy.weights': [5, 50] }, 'strategy.weights: the last weight must be 100.'],
    [{ 'strategy.weights': [60, 100] }],
    [
      steps({ weight: 60 }, { weight: 40 }),
      'strategy.steps[0]: weight 60 is above 50 and needs an approval before it.',
      'strategy.steps[1]: weight 60 needs an analysis before weight 40.',
      'strategy.steps[1]: weight 40 does not rise above 60.',
      'strategy.steps: the last weight must be 100.',
    ],
    [steps({ weight: 20 }, analysis, approval, { weight: 100 })],
    [steps({ weight: 20 }, approval, { weight: 100 }), 'strategy.steps[2]: weight 20 needs an analysis before weight 100.'],
    [
      steps(approval, { weight: 20 }, analysis, { weight: 100 }),
      'strategy.steps[3]: weight 100 is above 50 and needs an approval before it.',
    ],
    [
      steps({ weight: 20 }, analysis, approval, { weight: 100 }, { pause: '5m' }),
      'strategy.steps[4]: weight 100 ends a canary, nothing follows it.',
    ],
    [
      steps({ weight: 20 }, analysis, { pause: '0s' }, approval, { weight: 100 }),
      'strategy.steps[2].pause: found 0s, expected at least 1s.',
    ],
    [steps({ pause: '5m' }), 'strategy.steps: the last weight must be 100.'],
    [
      steps({ weight: 20 }, analysis, approval, approval, { weight: 100 }),
      "strategy.steps[3].approval: approval name 'promote' is already used by strategy.steps[2].approval.",
    ],
    [
      { 'strategy.approval': { name: 'Go!' } },
      "strategy.approval.name: approval name 'Go!' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    [{ risk: 'high' }],
    [
      { risk: 'high', 'strategy.weights': [10, 100] },
      'strategy: the first weight is 10; where risk is high, at most 5 percent of users see a new version first. Begin with a weight of at most 5.',
    ],
    [
      { risk: 'high', 'strategy.approval': { count: 1 } },
      'strategy.approval.count: found 1; where risk is high, at least 2 persons say yes.',
    ],
  ]);
});

describe('blue-green', () => {
  const blueGreen = (change: Record<string, unknown> = {}) => ({
    strategy: { kind: 'blueGreen', preview: { gates: [errors] }, after: { gates: [errors] }, ...change },
  });
  const compared = { ...errors, name: 'against', scope: 'comparison' };
  table([
    [blueGreen({ approval: { name: 'go' }, keepOld: '1h' })],
    [{ ...blueGreen(), risk: 'high' }],
    [
      { ...blueGreen({ approval: { count: 1 } }), risk: 'high' },
      'strategy.approval.count: found 1; where risk is high, at least 2 persons say yes.',
    ],
    [
      blueGreen({ preview: { gates: [compared], watch: '0s' }, keepOld: '0s', after: { gates: [compared] } }),
      'strategy.preview.watch: found 0s, expected at least 1s.',
      'strategy.keepOld: found 0s, expected at least 1s.',
      "strategy.after.gates[0]: gate 'against' compares with stable, which has no requests after the switch. Judge the candidate alone, against a threshold.",
    ],
    [
      blueGreen({ after: { gates: [{ ...errors, count: 9 }] } }),
      "strategy.after.gates[0].name: gate 'errors' differs from the one of that name at strategy.preview.gates[0]. A name means one gate in a release: rename one of them.",
    ],
  ]);
});

describe('header routes and mirrors', () => {
  const analysis = { analysis: { gates: [errors] } };
  const steps = (...list: unknown[]) => ({
    strategy: { kind: 'canary', steps: [...list.flatMap((step) => [step, analysis]), { approval: {} }, { weight: 100 }] },
  });
  const route = (name: string, headers: unknown) => ({ headerRoute: { name, headers } });
  const mirror = (name: string, percent: number) => ({ mirror: { name, percent } });
  const insiders = route('insiders', { 'X-Canary': 'always' });
  const value = 'It is compared as it stands: there are no patterns, and no way to ask whether a header is there at all.';
  table([
    [steps(insiders, mirror('shadow', 10), { weight: 5 }, mirror('shadow', 0))],
    [{ 'strategy.headers': { 'x-canary': 'always', cookie: 'a b=c; d' } }],
    [
      { strategy: { kind: 'canary', steps: [insiders, mirror('m', 5), { weight: 5 }, analysis, { approval: {} }, { weight: 100 }] } },
      "strategy.steps[1]: header route 'insiders' needs an analysis before mirror 'm'.",
      "strategy.steps[2]: mirror 'm' needs an analysis before weight 5.",
    ],
    [
      { 'strategy.headers': { 'x canary': 'always', 'X-A': '', 'x-a': 'ä', 'x-b': ' b' } },
      "strategy.headers['x canary']: header name 'x canary' must be letters, digits and '-', at most 256 of them, as HTTP has it.",
      `strategy.headers['X-A']: value '' must be 1 to 4096 visible ASCII characters, with spaces only between them. ${value}`,
      `strategy.headers['x-a']: value 'ä' must be 1 to 4096 visible ASCII characters, with spaces only between them. ${value}`,
      `strategy.headers['x-b']: value ' b' must be 1 to 4096 visible ASCII characters, with spaces only between them. ${value}`,
      "strategy.headers['x-a']: header 'x-a' is already used by strategy.headers['X-A'].",
    ],
    [
      steps(insiders, route('Insiders', { a: 'b' }), route('insiders', { 'x-canary': 'always' })),
      "strategy.steps[2].headerRoute.name: header route name 'Insiders' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
      "strategy.steps[4].headerRoute.name: header route name 'insiders' is already used by strategy.steps[0].headerRoute.name.",
      "strategy.steps[4].headerRoute.headers: every request with these headers fits header route 'insiders' already. Begin with the route that asks for more headers, or remove this one.",
    ],
    [steps(route('testers', { 'x-canary': 'always', 'x-team': 'test' }), insiders)],
    [
      steps(insiders, route('testers', { 'x-canary': 'always', 'x-team': 'test' })),
      "strategy.steps[2].headerRoute.headers: every request with these headers fits header route 'insiders' already. Begin with the route that asks for more headers, or remove this one.",
    ],
    [
      steps(mirror('shadow', 0), mirror('other', 10)),
      "strategy.steps[0].mirror.percent: mirror 'shadow' ends before it has begun.",
      "strategy.steps[2].mirror.name: there is a mirror 'shadow' already, and a request is copied once. Change the percent of 'shadow'.",
    ],
    [{ ...steps({ approval: { name: 'start' } }, { weight: 5 }), risk: 'high' }],
    [
      { ...steps(insiders, { weight: 5 }), risk: 'high' },
      "strategy.steps[0]: no person is asked before the first users see the new version, and risk is high. Begin with an approval of its own name, such as `.approval({ name: 'start' })`.",
    ],
  ]);
});

describe('gates', () => {
  const gate = (change: Record<string, unknown>) => ({ 'strategy.gates': [{ ...errors, ...change }] });
  const job = { provider: { job: { image: `registry.example.com/check@${DIGEST}` } } };
  const prometheus = 'strategy.gates[0].provider.prometheus';
  const asking = (more: object) => gate({ provider: { prometheus: { address: 'http://prometheus:9090', query: 'errors', ...more } } });
  const twoLists = (first: unknown, second: unknown) => ({
    strategy: {
      kind: 'canary',
      steps: [{ weight: 5 }, { analysis: { gates: [first] } }, { approval: {} }, { analysis: { gates: [second] } }, { weight: 100 }],
    },
  });
  table([
    [
      gate({ name: 'Errors' }),
      "strategy.gates[0].name: gate name 'Errors' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    [{ 'strategy.gates': [errors, errors] }, "strategy.gates[1].name: gate 'errors' stands in this list already."],
    [twoLists(errors, Object.fromEntries(Object.entries(errors).reverse()))],
    [
      twoLists(errors, { ...errors, count: 9 }),
      "strategy.steps[3].analysis.gates[0].name: gate 'errors' differs from the one of that name at strategy.steps[1].analysis.gates[0]. A name means one gate in a release: rename one of them.",
    ],
    [
      gate({ count: 5, failureLimit: 5 }),
      'strategy.gates[0].failureLimit: failureLimit 5 is not smaller than count 5, so this gate cannot fail. Give at most 4, or more measurements.',
    ],
    [
      gate({ count: 3 }),
      'strategy.gates[0].inconclusiveLimit: inconclusiveLimit 3 (the default) is not smaller than count 3, so this gate cannot fail. Give at most 2, or more measurements.',
    ],
    [gate({ interval: '0s' }), 'strategy.gates[0].interval: found 0s, expected at least 1s.'],
    [gate({ description: ' ' }), 'strategy.gates[0].description: say in one sentence what a pass proves.'],
    [
      gate({ successCondition: undefined }),
      "strategy.gates[0]: nothing says when this gate passes or fails. Give 'successCondition', 'failureCondition', or both.",
    ],
    [gate({ successCondition: '' }), 'strategy.gates[0].successCondition: found an empty condition.'],
    [
      gate(job),
      'strategy.gates[0].successCondition: a Job answers by its exit code and has no result to compare. Remove successCondition.',
    ],
    [gate({ ...job, successCondition: undefined })],
    [gate({ ...job, successCondition: undefined, onFailure: 'abort' })],
    ...(['hold', 'scaleUp'] as const).map((onFailure): [ReturnType<typeof gate>, string] => [
      gate({ ...job, successCondition: undefined, onFailure }),
      `strategy.gates[0].onFailure: onFailure '${onFailure}' measures the gate anew, and a Job cannot run again under the same plan. Remove it: a gate whose provider is a Job aborts. Or ask with 'prometheus' or 'web'.`,
    ]),
    [
      gate({ successCondition: undefined, provider: { job: { image: 'check' } } }),
      "strategy.gates[0].provider.job.image: image 'check' has no digest: what was tested must be what runs. Write 'check@sha256:...' (docker buildx imagetools inspect check).",
    ],
    [
      gate({ provider: { prometheus: { address: 'prometheus:9090', query: ' ' } } }),
      "strategy.gates[0].provider.prometheus.address: 'prometheus:9090' must be a URL that begins with http:// or https://.",
      'strategy.gates[0].provider.prometheus.query: found an empty query.',
    ],
    [gate({ provider: { web: { url: 'http://{{args.candidate-service}}:8080/healthz' } } })],
    [gate({ onFailure: 'scaleUp' })],
    [
      asking({
        range: { window: '10m', step: '30s' },
        headers: { 'X-Scope-OrgID': 'shop' },
        auth: { basic: { username: 'tidegate', passwordSecret: { name: 'prometheus.reader', key: 'password' } } },
        tls: { caConfigMap: { name: 'company-ca', key: 'ca.crt' } },
      }),
    ],
    [asking({ range: { window: '1m', step: '0s' } }), `${prometheus}.range.step: found 0s, expected at least 1s.`],
    [asking({ range: { window: '1m', step: '2m' } }), `${prometheus}.range.window: window 1m is shorter than one step of 2m.`],
    [
      asking({ range: { window: '4h', step: '1s' } }),
      `${prometheus}.range.step: steps of 1s divide 4h into more than 11000, which Prometheus refuses. Use longer steps.`,
    ],
    [
      asking({ headers: { Authorization: 'Bearer x' } }),
      `${prometheus}.headers.Authorization: everybody who reads the plan would see these credentials. Keep them in a Secret and name it in 'auth'.`,
    ],
    [
      asking({ auth: { bearer: { tokenSecret: { name: '{{args.release}}', key: '../token' } } } }),
      `${prometheus}.auth.bearer.tokenSecret.name: name of a Secret '{{args.release}}' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.`,
      `${prometheus}.auth.bearer.tokenSecret.key: key '../token' of a Secret must be letters, digits, '-', '_' and '.'.`,
    ],
    [
      asking({ auth: { basic: { username: 'a:b', passwordSecret: { name: 'reader', key: 'password' } } } }),
      `${prometheus}.auth.basic.username: username 'a:b' has a ':', which ends it.`,
    ],
    [
      gate({ provider: { web: { url: 'http://web', tls: { caSecret: { name: 'ca', key: '' } } } } }),
      "strategy.gates[0].provider.web.tls.caSecret.key: key '' of a Secret must be letters, digits, '-', '_' and '.'.",
    ],
    [
      { 'strategy.gates': [9, 12].map((count) => ({ ...errors, name: `job-${count}`, successCondition: undefined, ...job, count })) },
      "strategy.gates: its Jobs run 21 times at each weight, at most 20 are allowed: each run is an object of its own, rendered beforehand. Lower the 'count' of gates whose provider is a Job.",
    ],
    [
      { 'traffic.served': { prometheus: { address: 'prometheus', query: ' ' } } },
      "traffic.served.prometheus.address: 'prometheus' must be a URL that begins with http:// or https://.",
      'traffic.served.prometheus.query: found an empty query.',
    ],
  ]);
});

describe('smoke tests', () => {
  const json = (version: unknown) => ({ 'smoke[0].http[0].json': { version } });
  const known = 'There are {{version}}, {{digest}}, {{revision}}.';
  table([
    [{ 'smoke[1]': { name: 'api', http: [{ path: '/' }] } }, "smoke[1].name: name 'api' is already used by smoke[0].name."],
    [{ 'smoke[0].http[0].path': 'api' }, "smoke[0].http[0].path: path 'api' must begin with '/' and have no space."],
    [{ 'smoke[0].deadline': '5s' }, 'smoke[0].http[0].timeout: timeout 5s does not fit into the deadline of 5s of the whole test.'],
    [
      { 'smoke[1]': { name: 'e2e', container: { image: 'e2e' } } },
      "smoke[1].container.image: image 'e2e' has no digest: what was tested must be what runs. Write 'e2e@sha256:...' (docker buildx imagetools inspect e2e).",
    ],
    [json('v{{digest}} {{revision}}')],
    [json('{{verison}}'), `smoke[0].http[0].json.version: unknown placeholder {{verison}}, did you mean {{version}}? ${known}`],
    [json('{{commit}}'), `smoke[0].http[0].json.version: unknown placeholder {{commit}}. ${known}`],
    [
      { image: `registry.example.com/web@${DIGEST}` },
      `smoke[0].http[0].json.version: {{version}} is the tag of the image, and 'registry.example.com/web@${DIGEST}' has none. Name the image as 'repository:tag@sha256:...'.`,
    ],
  ]);
});

describe('flags', () => {
  const flag = (changes: object) => ({
    'flags.new-ranking': { owner: 'team-search', created: '2026-01-10', expires: '2026-03-31', ...changes },
  });
  table([
    [flag({ percent: 5 })],
    [flag({ owner: ' ' }), "flags['new-ranking'].owner: flag 'new-ranking' has no owner. Name the person or team who removes it."],
    [flag({ created: '2026-02-30' }), "flags['new-ranking'].created: '2026-02-30' is no day, expected one such as 2026-04-01."],
    [
      flag({ expires: '2026-01-10' }),
      "flags['new-ranking'].expires: flag 'new-ranking' expires on 2026-01-10, not after the day it was created, 2026-01-10.",
    ],
    [
      { 'flags.-x': { owner: 'a', created: '2026-01-10', expires: '2026-02-10' } },
      "flags['-x']: flag name '-x' must begin with a letter or digit and have at most 100 letters, digits, '-', '_' and '.'.",
    ],
  ]);
});

describe('migrations', () => {
  const expand = { name: 'ranking-score', kind: 'expand', container: { command: ['migrate'] } };
  const contract = { name: 'ranking-score-only', kind: 'contract', of: 'ranking-score', container: { command: ['migrate'] } };
  const keep = 'Keep the expand migration in the list, before its contract: it does not run again.';
  table([
    [{ migrations: [{ ...expand, oldShape: 'unused' }, contract] }],
    [{ migrations: [{ ...expand, container: { command: ['migrate'], env: { URL: { secret: 'database', key: 'url' } } } }] }],
    [
      { migrations: [expand, contract] },
      "migrations[1].of: contract migration 'ranking-score-only' takes away the old shape of 'ranking-score', which this release itself still needs. Once the code no longer uses it, write oldShape: 'unused' on 'ranking-score', release that, and contract in a later release.",
    ],
    [
      {
        migrations: [
          { ...expand, oldShape: 'unused' },
          { ...contract, of: 'ranking-scores' },
        ],
      },
      `migrations[1].of: contract migration 'ranking-score-only' completes 'ranking-scores', and no expand migration before it has this name, did you mean 'ranking-score'? ${keep}`,
    ],
    [
      { migrations: [contract, { ...expand, oldShape: 'unused' }] },
      `migrations[0].of: contract migration 'ranking-score-only' completes 'ranking-score', and no expand migration before it has this name. ${keep}`,
    ],
    [{ migrations: [{ ...expand, name: 'api' }] }, "migrations[0].name: name 'api' is already used by smoke[0].name."],
    [{ migrations: [{ ...expand, deadline: '0s' }] }, 'migrations[0].deadline: found 0s, expected at least 1s.'],
    [
      { migrations: [{ ...expand, container: { image: 'migrate' } }] },
      "migrations[0].container.image: image 'migrate' has no digest: what was tested must be what runs. Write 'migrate@sha256:...' (docker buildx imagetools inspect migrate).",
    ],
  ]);
});

describe('notifications', () => {
  const url = { name: 'chat', key: 'url' };
  const slack = (more: object) => ({ notifications: [{ slack: { url }, ...more }] });
  const known =
    'Known are release, namespace, target, plan, image, candidate, step, steps, weight, reason, approval, question, count, approvers, command.';
  table([
    [slack({ approvers: ['@payments'], texts: { held: '{{release}}: {{reason}}' } })],
    [
      slack({ texts: { held: '{{releas}} and {{ reason }} and {{x9}}' } }),
      `notifications[0].texts.held: nothing is known of '{{releas}}', did you mean '{{release}}'? ${known}`,
      `notifications[0].texts.held: nothing is known of '{{ reason }}', did you mean '{{reason}}'? ${known}`,
      `notifications[0].texts.held: nothing is known of '{{x9}}'. ${known}`,
    ],
    [
      slack({ on: ['aborted'], texts: { held: 'held' } }),
      "notifications[0].texts.held: nobody is told of 'held' here, so this text is never used. Add 'held' to 'on', or remove the text.",
    ],
    [
      slack({ texts: { held: ' ' } }),
      'notifications[0].texts.held: found 1 characters, expected words, and at most 2000 characters of them.',
    ],
    [slack({ approvers: [''] }), 'notifications[0].approvers[0]: found an empty name.'],
    [
      slack({ on: ['held', 'ended'] }),
      "notifications[0].on[1]: 'ended' brings a release record, which nobody reads in slack. Tell people of 'promoted' and 'aborted', and programs by webhook, github or gitlab.",
    ],
    [slack({ on: ['held', 'held'] }), "notifications[0].on[1]: event 'held' is already used by notifications[0].on[0]."],
    [
      { notifications: [{ slack: { url } }, { teams: { url } }] },
      'notifications[1].teams.url: key chat/url is already used by notifications[0].slack.url.',
    ],
    [
      { notifications: [{ webhook: { url, signingKey: { name: 'Chat', key: 'a/b' } } }] },
      "notifications[0].webhook.signingKey.name: name of a Secret 'Chat' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.",
      "notifications[0].webhook.signingKey.key: key 'a/b' of a Secret must be letters, digits, '-', '_' and '.'.",
    ],
    [
      {
        notifications: [
          { github: { repository: 'shop/releases', token: url, api: 'https://github.example.com/api/v3' } },
          { gitlab: { project: 'shop/team/releases', ref: 'main', token: url, tls: { caConfigMap: { name: 'ca', key: 'ca.crt' } } } },
        ],
      },
    ],
    [
      {
        notifications: [
          { gitlab: { project: '8', ref: 'main', token: url, tls: { caConfigMap: { name: 'CA', key: 'ca.crt' } } } },
          { github: { repository: 'shop/releases', token: url, tls: { caSecret: { name: 'ca', key: 'a/b' } } } },
          { webhook: { url, signingKey: url, tls: { caSecret: { name: 'ca', key: '' } } } },
        ],
      },
      "notifications[0].gitlab.tls.caConfigMap.name: name of a ConfigMap 'CA' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.",
      "notifications[1].github.tls.caSecret.key: key 'a/b' of a Secret must be letters, digits, '-', '_' and '.'.",
      "notifications[2].webhook.tls.caSecret.key: key '' of a Secret must be letters, digits, '-', '_' and '.'.",
    ],
    [
      {
        notifications: [
          { github: { repository: 'https://github.com/shop/releases', token: { name: 'git', key: '' }, api: 'http://github.example.com' } },
        ],
      },
      "notifications[0].github.repository: 'https://github.com/shop/releases' is no repository of GitHub, which is written owner/name.",
      "notifications[0].github.token.key: key '' of a Secret must be letters, digits, '-', '_' and '.'.",
      "notifications[0].github.api: 'http://github.example.com' must be a URL that begins with https://, without user, password and query.",
    ],
    [
      { notifications: [{ gitlab: { project: '../releases', ref: 'a b', token: url, url: 'https://me:pw@gitlab.example.com' } }] },
      "notifications[0].gitlab.ref: 'a b' is no branch.",
      "notifications[0].gitlab.url: 'https://me:pw@gitlab.example.com' must be a URL that begins with https://, without user, password and query.",
    ],
    [
      {
        notifications: [
          { gitlab: { project: '7', ref: 'main', token: url } },
          { gitlab: { project: '7', ref: 'main', token: { name: 'other', key: 'token' } } },
        ],
      },
      'notifications[1].gitlab.project: branch main of project 7 is already used by notifications[0].gitlab.project.',
    ],
  ]);
});
