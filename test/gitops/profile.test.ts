import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../lib/gitops/profile/profile.ts';
import { blueGreen } from '../../lib/intent/blue-green.ts';
import { canary } from '../../lib/intent/canary.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import { lint } from '../../lib/policy/lint.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { checkObject, hasSchema } from '../../lib/schema/validate.ts';
import { gitopsIgnoresWeights } from '../../policies/gitops-ignores-weights.ts';
import { compile, image } from '../constructs/compiling.ts';
import { DIGEST, errors } from '../intent/valid.ts';

type Tool = keyof typeof PROFILES;

const istio = {};
const gateway = { 'traffic.router': 'gateway-api', 'traffic.retries': undefined };
const behindService = {
  'traffic.router': 'service',
  'traffic.retries': undefined,
  'traffic.hosts': undefined,
  'traffic.gateways': undefined,
  strategy: blueGreen({ preview: { gates: [errors] }, after: { gates: [errors] } }),
};
const orders = { ...errors, name: 'orders', provider: { job: { image: `registry.example.com/check@${DIGEST}` } } };
const mirrored = {
  strategy: canary
    .steps()
    .mirror({ name: 'shadow', percent: 10 })
    .analysis({ gates: [errors] })
    .weight(50)
    .analysis({ gates: [errors] })
    .approval()
    .weight(100),
};

const source = (locks: readonly Lock[]) => ({
  target: 'production',
  repository: 'https://git.example.com/shop/releases.git',
  branch: 'main',
  path: 'dist/production',
  locks,
});
const profile = (tool: Tool, ...locks: readonly Lock[]): readonly KubeObject[] => PROFILES[tool](source(locks));
const ignored = (...locks: readonly Lock[]) => {
  const [application] = profile('argocd', ...locks);
  return (application?.spec as { ignoreDifferences?: unknown } | undefined)?.ignoreDifferences;
};

const flight = (changes: object) => compile({ ...changes, image: image('a') }, compile({ ...changes }, null).lock);

describe('what a GitOps tool is given', () => {
  it.each<[Tool, number]>([
    ['none', 0],
    ['argocd', 1],
    ['flux', 2],
  ])('with %s is %i objects that fit their schemas', (tool, count) => {
    const objects = profile(tool, compile({}, null).lock);
    expect(objects).toHaveLength(count);
    for (const object of objects.filter(({ apiVersion, kind }) => hasSchema(apiVersion, kind))) expect(checkObject(object)).toEqual([]);
  });

  it.each<[Tool, string, object]>([
    ['argocd', 'Istio', istio],
    ['argocd', 'Gateway API', gateway],
    ['argocd', 'a Service', behindService],
    ['argocd', 'a mirror', mirrored],
    ['argocd', 'Jobs of gates', { 'strategy.gates': [errors, orders] }],
    ['flux', 'Istio', istio],
    ['flux', 'Gateway API', gateway],
  ])('with %s leaves a release on %s in flight alone, as the linter wants it', (tool, _, changes) => {
    const { lock, objects } = flight(changes);
    const texts = [...objects, ...profile(tool, lock)].map((object, index) => ({ name: `${index}.yaml`, text: toYaml(object) }));
    expect(lint({ texts, unreadable: [] }, { rules: [gitopsIgnoresWeights] }).findings.map(({ message }) => message)).toEqual([]);
  });

  it('names each kind of route once, whichever releases have it', () => {
    const [one, other] = [compile(istio, null).lock, compile(gateway, null).lock];
    expect(ignored(one, other, one)).toEqual([
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', jqPathExpressions: ['.spec.rules[]?.backendRefs[]?.weight'] },
      { group: 'networking.istio.io', kind: 'VirtualService', jqPathExpressions: ['.spec.http[]?.route[]?.weight'] },
    ]);
  });

  it('leaves the copies of a mirror alone, and of a Service what it selects', () => {
    expect(ignored(compile(mirrored, null).lock)).toEqual([
      {
        group: 'networking.istio.io',
        kind: 'VirtualService',
        jqPathExpressions: ['.spec.http[]?.route[]?.weight', '.spec.http[]?.mirrorPercentage'],
      },
    ]);
    expect(ignored(compile(behindService, null).lock)).toEqual([
      { group: '', kind: 'Service', name: 'web', jqPathExpressions: ['.spec.selector'] },
    ]);
  });

  it('leaves the Jobs of gates alone once the runner has started them', () => {
    expect(ignored(compile({ 'strategy.gates': [errors, orders] }, null).lock)).toEqual([
      { group: 'batch', kind: 'Job', jqPathExpressions: ['.spec.suspend'] },
      { group: 'networking.istio.io', kind: 'VirtualService', jqPathExpressions: ['.spec.http[]?.route[]?.weight'] },
    ]);
  });

  it('leaves all Jobs of a release alone that may wait for others', () => {
    const { lock } = compile(istio, null);
    const jobs = { group: 'batch', kind: 'Job', jqPathExpressions: ['.spec.suspend'] };
    for (const resolved of [{ after: ['pay'] }, { group: { name: 'shop', limit: 1 } }])
      expect(ignored({ ...lock, resolved: { ...lock.resolved, ...resolved } })).toContainEqual(jobs);
    expect(ignored(lock)).not.toContainEqual(jobs);
  });

  it('ignores nothing where no release is there', () => {
    expect(ignored()).toBeUndefined();
  });
});

describe('what Flux might take for its variables', () => {
  const objects = (tool: string) => {
    const context = `gitops: { tool: ${tool} }`;
    return compile({ image: image('a') }, compile({}, null, { project: context }).lock, { project: context }).objects;
  };
  const marked = (tool: string) =>
    objects(tool).filter(({ metadata }) => metadata.annotations?.['kustomize.toolkit.fluxcd.io/substitute'] === 'disabled');

  it('is marked where Flux applies it, and nothing else is', () => {
    expect(marked('argocd')).toEqual([]);
    const holding = objects('flux').filter((object) => JSON.stringify(object).includes('${'));
    expect(marked('flux')).toEqual(holding);
  });
});

describe('a Job of a gate, which the runner starts', () => {
  const changes = { 'strategy.gates': [errors, orders] };
  const made = (tool: string) => {
    const project = `gitops: { tool: ${tool} }`;
    const { objects } = compile({ ...changes, image: image('a') }, compile(changes, null, { project }).lock, { project });
    return objects.filter(({ metadata }) => metadata.annotations?.['kustomize.toolkit.fluxcd.io/ssa'] === 'IfNotPresent');
  };

  it('is made once by Flux and then left as it is, and nothing else is', () => {
    const waiting = made('flux');
    expect(waiting.length).toBeGreaterThan(0);
    for (const { kind, spec } of waiting) expect({ kind, spec }).toMatchObject({ kind: 'Job', spec: { suspend: true } });
    expect(made('argocd')).toEqual([]);
  });
});

describe("a Kustomization's `ignore`", () => {
  const ignoring = (paths: readonly string[], target?: object): KubeObject => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop', namespace: 'flux-system' },
    spec: { ignore: [{ paths, ...(target ? { target } : {}) }] },
  });
  const found = (changes: object, kustomization: KubeObject) => {
    const texts = [...flight(changes).objects, kustomization].map((object, index) => ({ name: `${index}.yaml`, text: toYaml(object) }));
    return lint({ texts, unreadable: [] }, { rules: [gitopsIgnoresWeights] }).findings.map(({ message }) => message.replace(/^.*?: /, ''));
  };
  const share = /gets the requests of the one before, untested/;
  it.each<[string, object, KubeObject, readonly RegExp[]]>([
    ['of weights of an HTTPRoute', gateway, ignoring(['/spec/rules/0/backendRefs/1/weight'], { kind: 'HTTPRoute' }), [share]],
    ['of weights of whatever has them', istio, ignoring(['/spec/http/0/route/0/weight', '/spec/http/0/route/1/weight']), [share, share]],
    ['of a whole route', istio, ignoring(['/spec/http'], { kind: 'VirtualService' }), [/is more than weights/]],
    [
      'of what a Service selects that is switched',
      behindService,
      ignoring(['/spec/selector'], { kind: 'Service' }),
      [/never takes requests back/],
    ],
    ['of what a Service selects that is not', istio, ignoring(['/spec/selector'], { kind: 'Service' }), []],
    ['of Jobs that the runner starts', istio, ignoring(['/spec/suspend'], { kind: 'Job' }), []],
    ['of something else', istio, ignoring(['/spec/replicas']), []],
  ])('%s', (_, changes, kustomization, messages) => {
    expect(found(changes, kustomization)).toEqual(messages.map((message) => expect.stringMatching(message)));
  });
});
