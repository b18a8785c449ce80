import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { minutes } from '../../lib/intent/duration.ts';
import { readIntent, validateIntent } from '../../lib/intent/validate.ts';
import { formatProblem } from '../../lib/schema/problem.ts';
import { errors, VALID, valid } from './valid.ts';

const KEY = { name: 'reader', key: 'password' };

const problemsOf = (intent: unknown) => validateIntent(intent).map(formatProblem);

describe('a valid intent', () => {
  test('has no problems', () => {
    expect(problemsOf(VALID)).toEqual([]);
  });

  test('may use duration objects, undefined fields, one gate twice, and objects of another realm', () => {
    const intent = {
      ...VALID,
      args: undefined,
      shutdown: { preStop: minutes(1) },
      traffic: runInNewContext(`(${JSON.stringify(VALID.traffic)})`) as unknown,
      strategy: { kind: 'canary', steps: [{ weight: 5 }, { analysis: { gates: [errors, errors] } }] },
      config: Object.assign(Object.create(null), VALID.config),
    };
    const { intent: read, problems } = readIntent(intent);
    expect(problems).toEqual([]);
    expect(read?.shutdown).toEqual({ preStop: '1m' });
    expect(read).not.toHaveProperty('args');
  });
});

describe('a change of shape is told at its place', () => {
  const provider = (value: unknown) => ({ 'strategy.gates[0].provider': value });
  const long = (steps: unknown) => ({ strategy: { kind: 'canary', steps } });
  const FLAG = { owner: 'team-search', created: '2026-01-10', expires: '2026-03-31' };
  const flag = (changes: object) => ({ flags: { 'new-ranking': { ...FLAG, ...changes } } });
  const migration = (changes: object) => ({ migrations: [{ name: 'score', kind: 'expand', container: {}, ...changes }] });
  const URL_KEY = { name: 'chat', key: 'url' };
  const told = (notification: object) => ({ notifications: [notification] });
  test.each<[Record<string, unknown>, ...string[]]>([
    [
      told({ slack: { url: URL_KEY }, on: ['aprovalNeeded'] }),
      "notifications[0].on[0]: found 'aprovalNeeded', expected one of 'aborted', 'approvalNeeded', 'ended', 'held', 'promoted', 'stalled' or 'started'; did you mean 'approvalNeeded'?",
    ],
    [told({ slak: { url: URL_KEY } }), "notifications[0].slak: unknown field 'slak', did you mean 'slack'?"],
    [
      told({ slack: { url: 'https://hooks.slack.com/t0ps3cret' } }),
      "notifications[0].slack.url: found 'https://hooks.slack.com/t0ps3cret', expected an object.",
    ],
    [told({ webhook: { url: URL_KEY } }), "notifications[0].webhook: 'signingKey' is missing."],
    [
      told({ teams: { url: URL_KEY, signingKey: URL_KEY } }),
      "notifications[0].teams.signingKey: unknown field 'signingKey', expected url or port.",
    ],
    [
      told({ slack: { url: URL_KEY }, texts: { abort: 'oh' } }),
      "notifications[0].texts.abort: unknown field 'abort', expected started, approvalNeeded, held, aborted, promoted or stalled.",
    ],
    [told({ slack: { url: URL_KEY }, on: [] }), 'notifications[0].on: found 0 entries, expected a list of at least 1 entry.'],
    [{ imgae: 'web' }, "imgae: unknown field 'imgae', did you mean 'image'?"],
    [flag({ owner: undefined }), "flags['new-ranking']: 'owner' is missing, expected a text."],
    [flag({ expire: '2026-03-31' }), "flags['new-ranking'].expire: unknown field 'expire', did you mean 'expires'?"],
    [flag({ percent: 101 }), "flags['new-ranking'].percent: found 101, expected an integer from 0 to 100."],
    [flag({ percent: 2.5 }), "flags['new-ranking'].percent: found 2.5, expected an integer from 0 to 100."],
    [migration({ kind: 'expnad' }), "migrations[0].kind: found 'expnad', expected one of 'expand' or 'contract'; did you mean 'expand'?"],
    [migration({ of: 'score' }), "migrations[0].of: found 'score', which is not allowed here."],
    [migration({ kind: 'contract' }), "migrations[0]: 'of' is missing."],
    [
      migration({ container: { env: { URL: { secret: 'database', key: 'url', filed: 'a' } } } }),
      "migrations[0].container.env.URL.filed: unknown field 'filed', expected secret or key.",
    ],
    [{ image: undefined }, "'image' is missing, expected a text."],
    [{ image: 3 }, 'image: found 3, expected a text.'],
    [{ ports: {} }, 'ports: found 0 fields, expected an object of at least 1 field.'],
    [{ 'ports.http': 0 }, 'ports.http: found 0, expected an integer from 1 to 65535 or an object.'],
    [{ 'ports.http': 80.5 }, 'ports.http: found 80.5, expected an integer from 1 to 65535 or an object.'],
    [{ 'ports.http': { container: 70000 } }, 'ports.http.container: found 70000, expected an integer from 1 to 65535.'],
    [{ replicas: 0 }, 'replicas: found 0, expected an integer of at least 1.'],
    [{ replicas: 2.5 }, 'replicas: found 2.5, expected an integer of at least 1.'],
    [{ risk: 'hihg' }, "risk: found 'hihg', expected one of 'high' or 'normal'; did you mean 'high'?"],
    [{ 'probes.readiness': {} }, "probes.readiness: found none of 'http', 'grpc', 'tcp' and 'exec', expected exactly one."],
    [{ 'probes.readiness.tcp': {} }, "probes.readiness: found 'http' and 'tcp' together, expected only one of them."],
    [{ 'probes.readiness.http.prot': 'x' }, "probes.readiness.http.prot: unknown field 'prot', did you mean 'port'?"],
    [{ 'probes.readiness.every': 5 }, "probes.readiness.every: found 5, expected a duration such as '90s', '5m' or '1h30m'."],
    [{ 'probes.readiness.every': 'soon' }, "probes.readiness.every: found 'soon', expected a duration such as '90s', '5m' or '1h30m'."],
    [{ 'env.A': 3 }, 'env.A: found 3, expected a text or an object.'],
    [{ 'env.A': { secret: 'x' } }, "env.A: 'key' is missing."],
    [{ 'env.A': { field: 'x', key: 'y' } }, "env.A.key: found 'y', which is not allowed here."],
    [{ 'env.A': { secret: 's', config: 'c', key: 'k' } }, "env.A: found 'secret' and 'config' together, expected only one of them."],
    [{ 'volumes.scratch.claim': 'x' }, "volumes.scratch: found 'emptyDir' and 'claim' together, expected only one of them."],
    [
      { 'volumes.scratch.emptyDir': undefined },
      "volumes.scratch: found none of 'emptyDir', 'claim', 'configMap' and 'token', expected exactly one.",
    ],
    [{ 'security.runAsUser': 0 }, 'security.runAsUser: found 0, expected an integer of at least 1.'],
    [{ 'sidecars.proxy.ports.admin': 99999 }, 'sidecars.proxy.ports.admin: found 99999, expected an integer from 1 to 65535.'],
    [{ 'podTemplate.sepc': {} }, "podTemplate.sepc: unknown field 'sepc', did you mean 'spec'?"],
    [
      { 'traffic.router': 'istoi' },
      "traffic.router: found 'istoi', expected one of 'gateway-api', 'istio' or 'service'; did you mean 'istio'?",
    ],
    [{ 'traffic.retries': true }, 'traffic.retries: found true, expected false.'],
    [{ 'traffic.retries': 3 }, 'traffic.retries: found 3, expected false or an object.'],
    [{ 'traffic.retries': { attempts: 0 } }, 'traffic.retries.attempts: found 0, expected an integer from 1 to 10.'],
    [{ 'traffic.expected.peakRps': 0 }, 'traffic.expected.peakRps: found 0, expected a number above 0.'],
    [
      { 'strategy.weights': [5, 20.5, '50', { weight: 101 }, { weigth: 5 }] },
      'strategy.weights[1]: found 20.5, expected an integer from 1 to 100 or an object.',
      "strategy.weights[2]: found '50', expected an integer from 1 to 100 or an object.",
      'strategy.weights[3].weight: found 101, expected an integer from 1 to 100.',
      "strategy.weights[4].weigth: unknown field 'weigth', did you mean 'weight'?",
    ],
    [
      provider({ prometheus: { address: 'http://p', query: 'up', tls: { insecureSkipVerify: true } } }),
      "strategy.gates[0].provider.prometheus.tls: found none of 'caSecret' and 'caConfigMap', expected exactly one.",
      "strategy.gates[0].provider.prometheus.tls.insecureSkipVerify: unknown field 'insecureSkipVerify', expected caSecret or caConfigMap.",
    ],
    [
      provider({ web: { url: 'http://web', auth: { basic: { username: 'me', passwordSecret: KEY }, bearer: { tokenSecret: KEY } } } }),
      "strategy.gates[0].provider.web.auth: found 'basic' and 'bearer' together, expected only one of them.",
    ],
    [
      provider({ prometheus: { address: 'http://p', query: 'up', auth: { bearer: { token: 'hunter2' } } } }),
      "strategy.gates[0].provider.prometheus.auth.bearer: 'tokenSecret' is missing.",
      "strategy.gates[0].provider.prometheus.auth.bearer.token: unknown field 'token', expected tokenSecret.",
    ],
    [
      { 'traffic.served': { prometheus: { address: 'http://p', query: 'up', range: { window: '1m', step: '1s' } } } },
      "traffic.served.prometheus.range: unknown field 'range', expected address, query, headers, timeout, auth or tls.",
    ],
    [
      { 'strategy.gates[0].onFailure': 'scale' },
      "strategy.gates[0].onFailure: found 'scale', expected one of 'abort', 'flagOff', 'hold', 'scaleUp', 'shed' or 'webhook'.",
    ],
    [{ 'strategy.gates': undefined }, "strategy: 'weights' needs 'gates' beside it."],
    [{ 'strategy.gates': [] }, 'strategy.gates: found 0 entries, expected a list of at least 1 entry.'],
    [{ 'strategy.steps': [{ weight: 5 }] }, "strategy: found 'weights' and 'steps' together, expected only one of them."],
    [
      { 'strategy.kind': 'blueGeen' },
      "strategy.kind: found 'blueGeen', expected one of 'canary' or 'blueGreen'; did you mean 'blueGreen'?",
    ],
    [{ 'strategy.kind': undefined }, "strategy: 'kind' is missing, expected one of 'canary' or 'blueGreen'."],
    [{ strategy: { kind: 'blueGreen', preview: { gates: [errors] } } }, "strategy: 'after' is missing."],
    [
      { strategy: { kind: 'blueGreen', preview: { gates: [errors] }, after: { gates: [] }, weights: [100] } },
      'strategy.weights: found a list, which is not allowed here.',
      'strategy.after.gates: found 0 entries, expected a list of at least 1 entry.',
    ],
    [{ 'strategy.keepOld': '1h' }, "strategy.keepOld: found '1h', which is not allowed here."],
    [long([]), 'strategy.steps: found 0 entries, expected a list of at least 1 entry.'],
    [long([{ weight: 5, pause: '5m' }]), "strategy.steps[0]: found 'weight' and 'pause' together, expected only one of them."],
    [
      long([{}]),
      "strategy.steps[0]: found none of 'weight', 'analysis', 'pause', 'approval', 'headerRoute' and 'mirror', expected exactly one.",
    ],
    [
      long([{ headerRoute: { name: 'a', headers: {} } }]),
      'strategy.steps[0].headerRoute.headers: found 0 fields, expected an object of at least 1 field.',
    ],
    [long([{ mirror: { name: 'a', percent: 101 } }]), 'strategy.steps[0].mirror.percent: found 101, expected an integer from 0 to 100.'],
    [{ strategy: { kind: 'canary', steps: [{ weight: 5 }], headers: { a: 'b' } } }, "strategy: 'headers' needs 'weights' beside it."],
    [long([{ weight: 2.5 }]), 'strategy.steps[0].weight: found 2.5, expected an integer from 1 to 100.'],
    [long([{ analysis: { gates: [] } }]), 'strategy.steps[0].analysis.gates: found 0 entries, expected a list of at least 1 entry.'],
    [provider({}), "strategy.gates[0].provider: found none of 'prometheus', 'web' and 'job', expected exactly one."],
    [provider({ prometheus: { address: 'http://p' } }), "strategy.gates[0].provider.prometheus: 'query' is missing, expected a text."],
    [{ 'strategy.gates[0].count': 0 }, 'strategy.gates[0].count: found 0, expected an integer of at least 1.'],
    [{ smoke: [] }, 'smoke: found 0 entries, expected a list of at least 1 entry.'],
    [{ smoke: [{ name: 'a' }] }, "smoke[0]: found none of 'http' and 'container', expected exactly one."],
    [{ 'smoke[0].container': { image: 'a' } }, "smoke[0]: found 'http' and 'container' together, expected only one of them."],
    [{ 'smoke[0].http': [] }, 'smoke[0].http: found 0 entries, expected a list of at least 1 entry.'],
    [
      { workload: 'StatefulSet' },
      'workload: a StatefulSet cannot be released: its pods own names and volumes, so two revisions of it cannot run side by side. Release the part that serves requests as a Deployment, and deploy the rest beside it with plain manifests.',
    ],
    [
      { workload: 'constructor' },
      "workload: found 'constructor', expected 'Deployment', the one kind that Tidegate releases. Release the part that serves requests as a Deployment, and deploy the rest beside it with plain manifests.",
    ],
  ])('%j', (changes, ...expected) => {
    expect(problemsOf(valid(changes))).toEqual(expected);
  });
});

describe('values that no file could hold', () => {
  const plain = 'An intent is written to the lock and compared with it, so it is text, numbers, true or false, lists and plain objects.';
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  class Port {
    container = 8080;
  }
  const getter = Object.defineProperty({}, 'http', {
    enumerable: true,
    get: () => {
      throw new Error('no network');
    },
  });
  const trap = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('trapped');
      },
    },
  );
  test.each<[string, Record<string, unknown>, ...string[]]>([
    ['a function', { image: () => 'web' }, `image: found a function, expected plain data. ${plain}`],
    ['a symbol', { image: Symbol('web') }, `image: found a symbol, expected plain data. ${plain}`],
    ['a big integer', { replicas: 3n }, `replicas: found a bigint, expected plain data. ${plain}`],
    ['not a number', { replicas: Number.NaN }, 'replicas: found NaN, expected a finite number.'],
    ['infinity', { replicas: Number.POSITIVE_INFINITY }, 'replicas: found Infinity, expected a finite number.'],
    ['an instance of a class', { 'ports.http': new Port() }, `ports.http: found an instance of Port, expected plain data. ${plain}`],
    ['a map', { ports: new Map() }, `ports: found an instance of Map, expected plain data. ${plain}`],
    ['a date', { 'shutdown.drain': new Date(0) }, `shutdown.drain: found an instance of Date, expected plain data. ${plain}`],
    ['a cycle', { podTemplate: cyclic }, `podTemplate.self: found an object that contains itself, expected plain data. ${plain}`],
    ['a getter that throws', { ports: getter }, 'ports.http: cannot be read: no network. A getter or proxy threw; give the value itself.'],
    ['a proxy that throws', { ports: trap }, 'ports: cannot be read: trapped. A getter or proxy threw; give the value itself.'],
    ['a key that reaches a prototype', { env: JSON.parse('{"__proto__": {"A": "1"}}') }, "env: a field cannot be named '__proto__'."],
    ['a key that is a symbol', { env: { [Symbol('A')]: '1' } }, 'env: found a field named by Symbol(A), expected names that are text.'],
    ['a hole in a list', { args: ['a', undefined] }, 'args[1]: found nothing, expected a value.'],
    ['a list without end', { args: new Array(1_000_000_000) }, 'args: found a list of 1000000000 entries, expected at most 10000.'],
    ['nesting without end', { args: nested(5_000) }, `args${'[0]'.repeat(64)}: found more than 64 levels of nesting.`],
  ])('%s', (_, changes, ...expected) => {
    expect(problemsOf({ ...valid(), ...inPlace(changes) })).toEqual(expected);
  });

  test.each([
    [null, 'found null, expected an object.'],
    [undefined, 'found nothing, expected an object.'],
    [[], 'found a list, expected an object.'],
    ['web', "found 'web', expected an object."],
  ])('%j is no intent', (value, expected) => {
    expect(problemsOf(value)).toEqual([expected]);
  });

  test('all of them are reported together', () => {
    expect(problemsOf(valid({ image: Symbol('a'), replicas: Number.NaN, args: [() => 1] }))).toHaveLength(3);
  });

  test('nothing of the own prototype is polluted', () => {
    validateIntent(JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

/** Changes set without copying them, since these values do not survive a copy. */
function inPlace(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const intent = valid();
  for (const [place, value] of Object.entries(changes)) {
    const [first = '', second] = place.split('.');
    intent[first] = second === undefined ? value : { ...(intent[first] as object), [second]: value };
  }
  return intent;
}
