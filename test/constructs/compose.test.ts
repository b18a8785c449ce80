import { App, Chart } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { composed } from '../../lib/constructs/compose.ts';
import { Project } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import { canary, defineDefaults, defineMixin, type Mixin, Release, type ReleaseIntent } from '../../lib/index.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import { Repository } from '../cli/repository.ts';
import { accepted, DIGEST, errors } from '../intent/valid.ts';

const image = `registry.example.com/web:1.4.0@${DIGEST}`;
const company = defineDefaults({
  replicas: 3,
  namespace: 'shop',
  env: { LOG_LEVEL: 'info', REGION: 'eu' },
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  probes: { readiness: { http: { path: '/ready' } }, liveness: { http: { path: '/live' } } },
  traffic: { router: 'istio', hosts: ['*.example.com'], gateways: ['ingress/public'] },
  smoke: [{ name: 'answers', http: [{ path: '/' }] }],
  strategy: canary({ weights: [5, 50, 100], gates: [errors] }),
  targets: { staging: { replicas: 1, traffic: { timeout: null } } },
});

const RELEASE = { image, ports: { http: 8080 } };

/** Defaults as a program in JavaScript has them. */
const untyped = defineDefaults as unknown as (defaults: object) => (intent: object) => unknown;

/** What a release with this intent has to say, or the error with which the chart ends. */
function said(intent: () => unknown): readonly string[] {
  try {
    const release = new Release(new Chart(new App(), 'shop', { namespace: 'shop' }), 'web', intent() as ReleaseIntent);
    return release.problems.map(formatProblem).filter((line) => !line.includes('has no lock'));
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
}

describe('an intent beside defaults', () => {
  it('is the defaults where it says nothing itself', () => {
    const { defaults } = company;
    expect(company(RELEASE)).toEqual({ ...defaults, ...RELEASE });
  });

  it('has maps merged by key, lists replaced, and undefined means nothing', () => {
    const intent = company({
      ...RELEASE,
      env: { LOG_LEVEL: 'debug', OWN: 'x' },
      traffic: { hosts: ['web.example.com'] },
      probes: { liveness: undefined } as never,
    });
    expect(intent.env).toEqual({ LOG_LEVEL: 'debug', REGION: 'eu', OWN: 'x' });
    expect(intent.traffic).toEqual({ router: 'istio', hosts: ['web.example.com'], gateways: ['ingress/public'] });
    expect(intent.probes.liveness).toEqual({ http: { path: '/live' } });
  });

  it('leaves out what is null, and keeps the null of a target for the target', () => {
    const intent = company({ ...RELEASE, replicas: null, autoscale: { min: 2, max: 4, cpu: 70 }, probes: { liveness: null } });
    expect([intent.replicas, intent.probes.liveness]).toEqual([undefined, undefined]);
    expect(intent.targets?.staging).toEqual({ replicas: 1, traffic: { timeout: null } });
    expect(company({ ...RELEASE, targets: { staging: { replicas: null } } }).targets?.staging?.replicas).toBe(null);
  });

  it('has another strategy as a whole', () => {
    const strategy = canary
      .steps()
      .weight(5)
      .analysis({ gates: [errors] })
      .approval()
      .weight(100);
    expect(company({ ...RELEASE, strategy }).strategy).toEqual(strategy);
  });

  it('leaves the defaults as they are, for the next one', () => {
    company({ ...RELEASE, env: { LOG_LEVEL: 'debug' }, replicas: null, autoscale: { min: 2, max: 4, cpu: 70 } });
    expect(company(RELEASE)).toMatchObject({ replicas: 3, env: { LOG_LEVEL: 'info' } });
  });

  it('has its own ports first, since requests go to the first', () => {
    const observed = defineDefaults({ ports: { metrics: 9090, debug: 6060 } }, company);
    expect(Object.entries(observed({ image, ports: { http: 8080, metrics: 9091, debug: null } }).ports)).toEqual([
      ['http', 8080],
      ['metrics', 9091],
    ]);
  });

  it("has a team's defaults over its company's", () => {
    const team = defineDefaults({ replicas: 5, env: { TEAM: 'shop' } }, company);
    expect(team({ ...RELEASE, env: { OWN: 'x' } })).toMatchObject({
      replicas: 5,
      env: { LOG_LEVEL: 'info', REGION: 'eu', TEAM: 'shop', OWN: 'x' },
    });
  });

  it.each<[string, () => unknown, string]>([
    [
      'a release that leaves out what is not there',
      () => company({ ...RELEASE, autoscale: null } as never),
      "autoscale: there is no 'autoscale' to leave out.",
    ],
    ['defaults that leave out what is not there', () => untyped({ replicas: null }), "replicas: there is no 'replicas' to leave out."],
    [
      'a release that leaves out what only every object has',
      () => company({ ...RELEASE, env: { constructor: null } } as never),
      "env.constructor: there is no 'constructor' to leave out.",
    ],
    ['defaults with a function in them', () => untyped({ env: { X: () => 'x' } }), 'env.X: found a function, expected plain data.'],
  ])('refuses %s', (_, intent, message) => {
    expect(said(intent).join('\n')).toContain(message);
  });

  it.each<[string, object, string]>([
    ['a misspelt key', { replcas: 3 }, "web.replcas: unknown field 'replcas', did you mean 'replicas'? It comes from the defaults"],
    [
      'a misspelt key, further down',
      { shutdown: { drian: '5s' } },
      "web.shutdown.drian: unknown field 'drian', did you mean 'drain'? It comes from the defaults",
    ],
    ['a wrong value', { replicas: -1 }, 'web.replicas: found -1, expected an integer of at least 1. It comes from the defaults'],
    [
      'a target that is not there',
      { targets: { prodction: { replicas: 1 } } },
      "web.targets.prodction: there is no target 'prodction'; did you mean 'production'?",
    ],
    [
      'a wrong value for a target',
      { targets: { production: { replicas: -1 } } },
      'web.targets.production.replicas: found -1, expected an integer of at least 1. It comes from the defaults',
    ],
  ])('tells of %s in the defaults that it is theirs', (_, wrong, message) => {
    const { targets: __, ...own } = company.defaults;
    const defaults = untyped({ ...own, ...wrong });
    expect(said(() => defaults(RELEASE)).join('\n')).toContain(message);
  });

  it('tells of a wrong value of its own that it is its own', () => {
    const { targets: _, ...own } = company.defaults;
    const defaults = untyped(own);
    const [problem] = said(() => defaults({ ...RELEASE, replicas: -1 }));
    expect(problem).toBe('web.replicas: found -1, expected an integer of at least 1.');
  });
});

describe('mixins', () => {
  const telemetry = defineMixin('telemetry', {
    env: { OTEL_TRACES_EXPORTER: 'otlp' },
    secrets: [{ name: 'otel', env: true }],
    volumes: { spool: { mountPath: '/spool', emptyDir: {} } },
    podTemplate: { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } },
  });
  const hardened = defineMixin('hardened', {
    security: { runAsUser: 1000 },
    podTemplate: { spec: { tolerations: [{ key: 'b', operator: 'Exists' }] } },
  });
  const together = (mixins: readonly Mixin[], changes: Readonly<Record<string, unknown>> = {}) =>
    composed({ ...accepted(changes), mixins }).intent;
  const wrong = (mixins: unknown, changes: Readonly<Record<string, unknown>> = {}) => said(() => ({ ...accepted(changes), mixins }));

  it('add to what the release says, in their order', () => {
    const intent = together([telemetry, hardened]);
    expect(Object.keys(intent.env ?? {})).toEqual(['LOG_LEVEL', 'TOKEN', 'COLOR', 'OTEL_TRACES_EXPORTER']);
    expect(intent.secrets).toEqual([
      { name: 'database', env: true },
      { name: 'otel', env: true },
    ]);
    expect(intent.podTemplate?.spec?.tolerations).toEqual([
      { key: 'a', operator: 'Exists' },
      { key: 'b', operator: 'Exists' },
    ]);
    expect(intent).not.toHaveProperty('mixins');
    expect(wrong([telemetry, hardened])).toEqual([]);
  });

  it('that say the same as others agree', () => {
    expect(wrong([telemetry, defineMixin('again', { env: { OTEL_TRACES_EXPORTER: 'otlp', LOG_LEVEL: 'info' } })])).toEqual([]);
  });

  it('have names that every object has, too', () => {
    expect(wrong([defineMixin('named', { env: { constructor: 'y', toString: 'z' } } as never)])).toEqual([]);
  });

  it('of defaults come first, then those of the release', () => {
    const first = defineDefaults({ mixins: [defineMixin('first', { env: { FIRST: '1' } })] });
    const { mixins } = first({ ...accepted(), mixins: [telemetry] });
    expect(mixins?.map(({ name }) => name)).toEqual(['first', 'telemetry']);
  });

  it('come after those that they include, each once', () => {
    const base = defineMixin('base', { env: { BASE: '1' } });
    const one = defineMixin('one', { includes: [base], env: { ONE: '1' } });
    const two = defineMixin('two', { includes: () => [base], env: { TWO: '1' } });
    expect(Object.keys(together([two, one]).env ?? {}).slice(-3)).toEqual(['BASE', 'TWO', 'ONE']);
  });

  it.each<[string, unknown, Readonly<Record<string, unknown>>, string]>([
    [
      'another mixin',
      [telemetry, defineMixin('silent', { env: { OTEL_TRACES_EXPORTER: 'none' } })],
      {},
      "web.env.OTEL_TRACES_EXPORTER: mixin 'silent' says 'none', and mixin 'telemetry'",
    ],
    ['the release', [telemetry], { 'env.OTEL_TRACES_EXPORTER': 'none' }, "mixin 'telemetry' says 'otlp', and the release says 'none'."],
    [
      'the release, in an entry of a list',
      [telemetry],
      { 'secrets[0].name': 'otel', 'secrets[0].env': false, 'secrets[0].mountPath': '/x' },
      "secrets[0].env: mixin 'telemetry' says true, and the release says false.",
    ],
  ])('that contradict %s are told with both names', (_, mixins, changes, message) => {
    expect(wrong(mixins, changes).join('\n')).toContain(message);
  });

  it('that contradict defaults are told with both names', () => {
    const defaults = defineDefaults({ env: { OTEL_TRACES_EXPORTER: 'none' }, mixins: [telemetry] });
    expect(said(() => defaults(accepted())).join('\n')).toContain("mixin 'telemetry' says 'otlp', and the defaults");
  });

  it('that include one another are told with the circle', () => {
    const a: Mixin = defineMixin('a', { includes: () => [b] });
    const b: Mixin = defineMixin('b', { includes: () => [c] });
    const c: Mixin = defineMixin('c', { includes: () => [a] });
    expect(wrong([a]).join('\n')).toContain('mixins include one another: a -> b -> c -> a.');
    const self: Mixin = defineMixin('self', { includes: () => [self] });
    expect(wrong([self]).join('\n')).toContain('mixins include one another: self -> self.');
  });

  it('that make new ones for ever are told with where that begins', () => {
    const made = (level: number): Mixin => defineMixin(`m${level}`, { includes: () => [made(level + 1), made(level + 2)] });
    expect(wrong([made(1)])).toEqual([
      expect.stringMatching(/mixins include one another more than 100 levels deep: m1 -> m2 -> m3 -> \.\.\. Does `includes` make/),
    ]);
  });

  it('leave stack traces as they were, also where the stack ends in one', () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const ends = (): unknown => [defineMixin('m', {}), ends()];
    expect(ends).toThrow(RangeError);
    expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual([prepareStackTrace, stackTraceLimit]);
  });

  it.each<[string, unknown, string]>([
    ['two of one name', [telemetry, defineMixin('telemetry', {})], "two mixins are called 'telemetry'."],
    ['what is no mixin', [{ env: {} }], 'web.mixins[0]: found an object'],
    ['what a circle of imports left undefined', [undefined], 'web.mixins[0]: found nothing'],
    [
      'what includes no mixin',
      [defineMixin('m', { includes: () => [undefined as never] })],
      'm.includes[0]: found nothing, expected what `defineMixin` gives.',
    ],
    ['no list', telemetry.name, "web.mixins[0]: found 'telemetry', expected what `defineMixin` gives."],
  ])('refuse %s', (_, mixins, message) => {
    expect(wrong(mixins).join('\n')).toContain(message);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a field of the release',
      () => defineMixin('m', { replicas: 3 } as never),
      "m.replicas: unknown field 'replicas': a mixin is a piece of a pod template",
    ],
    ['a misspelt field', () => defineMixin('m', { sidecar: {} } as never), "m.sidecar: unknown field 'sidecar', did you mean 'sidecars'?"],
    ['no name', () => defineMixin('', {}), "a mixin has a name, and not ''."],
  ])('cannot have %s', (_, make, message) => {
    expect(said(make).join('\n')).toContain(message);
  });

  it('whose parts are wrong are told of, in the words of the intent', () => {
    const misspelt = defineMixin('m', { sidecars: { proxy2: { imge: 'x' } } } as never);
    expect(wrong([misspelt]).join('\n')).toContain(
      "web.sidecars.proxy2.imge: unknown field 'imge', did you mean 'image'? It comes from mixin 'm'",
    );
  });
});

describe('the line of defaults', () => {
  const FILES = {
    'charts/company.ts': `import { canary, defineDefaults } from 'tidegate';

export const company = defineDefaults({
  strategy: canary({ weights: [5, 50, 100], gates: [${JSON.stringify(errors)}] }),
  traffic: { router: 'istio', gateways: ['ingress/public'] },
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
});
`,
    'charts/main.ts': `import { App, Chart } from 'cdk8s';
import { Release } from 'tidegate';
import { company } from './company.ts';

const app = new App();
new Release(new Chart(app, 'web', { namespace: 'shop' }), 'web', company({
  image: '${image}',
  ports: { http: 8080 },
  probes: { readiness: { http: { path: '/ready' } } },
  traffic: { hosts: ['web.example.com'] },
  smoke: [{ name: 'answers', http: [{ path: '/' }] }],
}));
app.synth();
`,
  };
  const run = ({ directory }: Repository) => synthesize('charts/main.ts', new Project({ directory, initial: ['web'] }));

  it('is where what is wrong in them is told', async () => {
    const repository = new Repository(FILES);
    repository.edit('charts/company.ts', "cpu: '100m'", "cpu: '1OOm'");
    const [problem] = await run(repository).then(
      () => [],
      (error: unknown) => (error instanceof ProblemError ? error.problems : []),
    );
    expect(problem).toMatchObject({
      at: { file: 'charts/company.ts', line: 3 },
      path: 'web.resources.requests.cpu',
      help: expect.stringContaining('It comes from the defaults, for the release at charts/main.ts:6.'),
    });
  });

  it('is the source of a manifest that follows from them alone, for findings of the linter', async () => {
    const lines = async (repository: Repository) => {
      const { sources } = await run(repository);
      const lineOf = (kind: string) => sources.find(({ object }) => object.kind === kind)?.source;
      return ['VirtualService', 'Deployment'].map((kind) => `${lineOf(kind)?.file}:${lineOf(kind)?.line}`);
    };
    const repository = new Repository(FILES);
    expect(await lines(repository)).toEqual(['charts/main.ts:6', 'charts/main.ts:6']);
    repository.edit('charts/company.ts', 'gateways:', "hosts: ['web.example.com'], gateways:");
    repository.edit('charts/main.ts', /.*hosts:.*\n/, '');
    expect(await lines(repository)).toEqual(['charts/company.ts:3', 'charts/main.ts:6']);
  });
});
