import { describe, expect, it } from 'vitest';
import { DEFAULT_APP } from '../../lib/constructs/default-app.ts';
import { Project } from '../../lib/constructs/project.ts';
import { synthesize } from '../../lib/constructs/synthesize.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import { DIGEST, Repository } from '../cli/repository.ts';

const COMPANY = `apiVersion: tidegate.dev/v1alpha1
kind: ReleaseDefaults
metadata: {name: company}
spec:
  replicas: 3
  resources:
    requests: {cpu: 100m, memory: 128Mi}
    limits: {memory: 256Mi}
  probes:
    readiness: {http: {path: /ready}}
    liveness: {http: {path: /live}}
  traffic:
    router: istio
    gateways: [ingress/public]
  smoke:
    - {name: api, http: [{path: /}]}
  strategy:
    kind: canary
    weights: [5, 50, 100]
    gates:
      - errorRatio: {address: 'http://prometheus:9090', source: {istio: {}}}
`;
const TELEMETRY = `apiVersion: tidegate.dev/v1alpha1
kind: ReleaseMixin
metadata: {name: telemetry}
spec:
  env: {OTEL_TRACES_EXPORTER: otlp}
`;
const WEB = `apiVersion: tidegate.dev/v1alpha1
kind: ReleaseIntent
metadata: {name: web, namespace: shop}
spec:
  defaults: company
  mixins: [telemetry]
  image: registry.example.com/web:1.0.0@${DIGEST('1')}
  ports: {http: 8080}
  traffic: {hosts: [web.example.com]}
`;
const mixin = (name: string, spec: string) => TELEMETRY.replace('telemetry', name).replace(/ {2}env.*/, spec.replace(/^/gm, '  '));

/** Defaults that no release has. */
const UNUSED = (spec: string) => `${COMPANY.split('spec:')[0]?.replace('company', 'team')}spec:\n  ${spec}\n`;

/** The locks of a repository of YAML, or its problems, one line each. */
async function compiled(files: Readonly<Record<string, string>>) {
  const all = { 'web.yaml': WEB, 'company.yaml': COMPANY, 'telemetry.yaml': TELEMETRY, ...files };
  const { directory } = new Repository(Object.fromEntries(Object.entries(all).map(([name, text]) => [`charts/${name}`, text])));
  try {
    const { locks } = await synthesize(DEFAULT_APP, new Project({ directory, initial: ['web'] }));
    return { lock: [...locks.keys()].map((path) => locks.get(path)).join('\n'), problems: [] };
  } catch (error) {
    if (error instanceof ProblemError) return { lock: '', problems: error.problems.map(formatProblem) };
    throw error;
  }
}

describe('a YAML intent on defaults and with mixins', () => {
  it('is the intent that says it all itself', async () => {
    const { lock, problems } = await compiled({});
    expect(problems).toEqual([]);
    const own = COMPANY.split('spec:\n')[1]?.replace('router: istio', 'router: istio\n    hosts: [web.example.com]');
    const alone = WEB.replace('  defaults: company\n', own ?? '')
      .replace('  mixins: [telemetry]\n', '  env: {OTEL_TRACES_EXPORTER: otlp}\n')
      .replace(/ {2}traffic: {hosts.*\n/, '');
    expect((await compiled({ 'web.yaml': alone })).lock).toBe(lock);
  });

  it('leaves out what is null, and has mixins without defaults', async () => {
    expect((await compiled({ 'web.yaml': `${WEB}  probes: {liveness: null}\n` })).lock).not.toContain('/live');
    const shared = COMPANY.replace('spec:\n', 'spec:\n  mixins: [telemetry]\n');
    expect((await compiled({ 'web.yaml': WEB.replace('  mixins: [telemetry]\n', ''), 'company.yaml': shared })).lock).toContain('otlp');
  });

  it('is told once of what is wrong in defaults that others lie on', async () => {
    const { problems } = await compiled({
      'company.yaml': COMPANY.replace('spec:\n', 'spec:\n  mixins: [telemtry]\n'),
      'team.yaml': UNUSED('defaults: company'),
      'api.yaml': WEB.replace('name: web', 'name: api'),
    });
    expect(problems).toEqual([expect.stringContaining("company.mixins[0]: there is no ReleaseMixin 'telemtry'")]);
  });

  it.each([
    'replicas: 3',
    'probes: {readiness: {http: {path: /ready}}}',
    'resources: {requests: {cpu: 100m}}',
    'traffic: {gateways: [ingress/public]}',
    'traffic: {timeout: 3s}',
    'autoscale: {min: 2}',
    'volumes: {spool: {mountPath: /spool}}',
    'sidecars: {proxy: {image: x}}',
    'security: {}',
    'targets: {production: {replicas: 3}}',
    '{defaults: company, replicas: null, autoscale: {min: 2, max: 4, cpu: 70}}',
    '{mixins: [telemetry], shutdown: {drain: 30s}}',
  ])('may have defaults beside it that no release has, and that say little: %s', async (spec) => {
    expect((await compiled({ 'team.yaml': UNUSED(spec) })).problems).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'a misspelt key of the release',
      { 'web.yaml': `${WEB}  replcas: 3\n` },
      "charts/web.yaml:10:12: web.replcas: unknown field 'replcas', did you mean 'replicas'?",
    ],
    [
      'a misspelt key of the defaults',
      { 'company.yaml': COMPANY.replace('replicas:', 'replcas:') },
      "charts/company.yaml:5:12: company.replcas: unknown field 'replcas', did you mean 'replicas'?",
    ],
    [
      'a misspelt key in the middle of the defaults',
      { 'company.yaml': COMPANY.replace('gateways:', 'gatways:') },
      "charts/company.yaml:14:14: web.traffic.gatways: unknown field 'gatways', did you mean 'gateways'? It comes from defaults 'company', for the release at charts/web.yaml:9",
    ],
    [
      'a wrong value of the defaults',
      { 'company.yaml': COMPANY.replace('replicas: 3', 'replicas: -3') },
      'charts/company.yaml:5:13: web.replicas: found -3, expected an integer of at least 1. It comes from defaults',
    ],
    [
      'a wrong value of a mixin',
      { 'telemetry.yaml': mixin('telemetry', 'env: {X: {secrt: a, key: b}}') },
      'charts/telemetry.yaml:5:20: web.env.X.secrt: unknown field ',
    ],
    [
      'a field that is no piece of a pod template',
      { 'telemetry.yaml': mixin('telemetry', 'replicas: 3') },
      "charts/telemetry.yaml:5:13: telemetry.replicas: unknown field 'replicas'",
    ],
    [
      'defaults that are not there',
      { 'web.yaml': WEB.replace('defaults: company', 'defaults: compny') },
      "charts/web.yaml:5:13: web.defaults: there is no ReleaseDefaults 'compny'; did you mean 'company'?",
    ],
    [
      'a mixin that is not there',
      { 'web.yaml': WEB.replace('[telemetry]', '[vault]') },
      "charts/web.yaml:6:12: web.mixins[0]: there is no ReleaseMixin 'vault'; there are telemetry.",
    ],
    [
      'an override that names nothing',
      { 'web.yaml': `${WEB}  autoscale: null\n` },
      "charts/web.yaml:10:14: web.autoscale: there is no 'autoscale' to leave out.",
    ],
    [
      'a target that is not there',
      { 'company.yaml': COMPANY.replace('replicas: 3', 'targets: {stagin: {replicas: 1}}') },
      "web.targets.stagin: there is no target 'stagin'",
    ],
    [
      'mixins that include one another',
      { 'a.yaml': mixin('a', 'includes: [telemetry]'), 'telemetry.yaml': mixin('telemetry', 'includes: [a]') },
      'mixins include one another: telemetry -> a -> telemetry.',
    ],
    [
      'defaults that lie under one another',
      {
        'company.yaml': COMPANY.replace('spec:\n', 'spec:\n  defaults: team\n'),
        'team.yaml': COMPANY.replace('company', 'team').replace('spec:\n', 'spec:\n  defaults: company\n'),
      },
      'charts/team.yaml:5:13: team.defaults: defaults lie under one another: company -> team -> company.',
    ],
    [
      'mixins that say different things',
      {
        'web.yaml': WEB.replace('[telemetry]', '[telemetry, silent]'),
        'silent.yaml': mixin('silent', 'env: {OTEL_TRACES_EXPORTER: none}'),
      },
      "charts/silent.yaml:5:31: web.env.OTEL_TRACES_EXPORTER: mixin 'silent' says 'none', and mixin 'telemetry' (charts/telemetry.yaml:5) says 'otlp'.",
    ],
    [
      'two of one name',
      { 'z.yaml': COMPANY },
      "charts/z.yaml:3:18: company: there are two ReleaseDefaults 'company', the first at charts/company.yaml:3.",
    ],
    [
      'a misspelt kind',
      { 'company.yaml': COMPANY.replace('ReleaseDefaults', 'ReleaseDefault') },
      "charts/company.yaml:2:7: kind: there is no kind 'ReleaseDefault' in tidegate.dev/v1alpha1; did you mean 'ReleaseDefaults'?",
    ],
    [
      'an unknown mixin of defaults that no release has',
      { 'team.yaml': UNUSED('mixins: [telemtry]') },
      "charts/team.yaml:5:12: team.mixins[0]: there is no ReleaseMixin 'telemtry'; did you mean 'telemetry'?",
    ],
    [
      'unknown defaults under defaults that no release has',
      { 'team.yaml': UNUSED('defaults: compny') },
      "charts/team.yaml:5:13: team.defaults: there is no ReleaseDefaults 'compny'; did you mean 'company'?",
    ],
    [
      'a wrong value of defaults that no release has',
      { 'team.yaml': UNUSED('replicas: -5') },
      'charts/team.yaml:5:13: team.replicas: found -5, expected an integer of at least 1.',
    ],
    [
      'a misspelt key in the middle of defaults that no release has',
      { 'team.yaml': UNUSED('traffic: {retires: {attempts: 3}}') },
      "charts/team.yaml:5:22: team.traffic.retires: unknown field 'retires', did you mean 'retries'?",
    ],
  ])('is told of %s at its line', async (_, files, message) => {
    expect((await compiled(files)).problems.join('\n')).toContain(message);
  });
});
