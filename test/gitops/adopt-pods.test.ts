import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../lib/schema/index.ts';
import { type Asked, changed, DIGEST, deployment, pod, refusal, running, service } from './adopting.ts';

const selecting = (name: string, selector: Readonly<Record<string, string>>): KubeObject =>
  changed(service, { 'metadata|name': name, 'spec|selector': selector });
const NAME = 'app.kubernetes.io/name';

describe('Services around an adopted workload', () => {
  const labelled = (each: KubeObject) => changed(each, { 'metadata|labels': { app: 'web', [NAME]: 'web' } });
  const old = [changed(deployment, { 'spec|template|metadata|labels': { app: 'web', [NAME]: 'web' } }), service, labelled(pod())];
  it.each<[string, readonly KubeObject[], Asked?]>([
    ['selects the old pods, beside the one that the route leads to', [...old, selecting('internal', { [NAME]: 'web' })]],
    ['selects no pod yet', [...running, selecting('internal', { 'app.kubernetes.io/part-of': 'web' })]],
    [
      'asks for what the intent adds to its pods',
      [...running, selecting('internal', { tier: 'front' })],
      { intent: { podTemplate: { metadata: { labels: { tier: 'front' } } } } },
    ],
  ])('would lead users to the untested pods of a release where one %s', (_, objects, asked) => {
    expect(refusal(objects, asked)).toMatch(/Service shop\/internal selects pods by .*, and the pods of web-\w{8} have that, too/);
  });

  it.each<[string, KubeObject]>([
    ['one asks for a label more than the pods of the release have', selecting('internal', { [NAME]: 'web', app: 'web' })],
    [
      'it is the Service of one revision',
      selecting('web-1a2b3c4d', { 'tidegate.dev/release': 'web', 'tidegate.dev/revision': 'web-1a2b3c4d' }),
    ],
    ['it is of another namespace', changed(selecting('internal', { [NAME]: 'web' }), { 'metadata|namespace': 'cart' })],
  ])('are no danger where %s', (_, other) => {
    expect(refusal([...old, other])).toBe('');
  });
});

describe('the pods that get requests of the Service', () => {
  const owned = (name: string, owner: string, hash: string): KubeObject =>
    changed(pod(), {
      'metadata|name': name,
      'metadata|labels': { app: 'web', 'pod-template-hash': hash },
      'metadata|ownerReferences': [{ kind: 'ReplicaSet', name: `${owner}-${hash}` }],
    });
  const canary = changed(deployment, {
    'metadata|name': 'web-canary',
    'spec|template|metadata|labels': { app: 'web', track: 'canary' },
  });
  const more = `Service shop/web sends requests to more than the pods of Deployment shop/web`;

  it.each<[string, readonly KubeObject[], string]>([
    ['of another Deployment', [deployment, service, owned('web-1', 'web', '5d9f'), owned('other', 'web-canary', '7c4b')], 'Pod shop/other'],
    ['of a Deployment that a file has without its pods', [...running, canary], 'Deployment shop/web-canary'],
    ['of a StatefulSet', [...running, { ...canary, kind: 'StatefulSet' }], 'StatefulSet shop/web-canary'],
    [
      'that no Deployment made',
      [...running, changed(pod(), { 'metadata|name': 'debug', 'metadata|ownerReferences': [{ kind: 'Job', name: 'debug' }] })],
      'Pod shop/debug',
    ],
  ])('are all of the Deployment: it is refused where some are %s', (_, objects, named) => {
    expect(refusal(objects)).toContain(`${more}: to ${named} as well`);
  });

  it('are told one by one up to five', () => {
    const others = Array.from({ length: 7 }, (_, index) => owned(`other-${index}`, 'web-canary', '7c4b'));
    expect(refusal([...running, ...others])).toContain('Pod shop/other-4 and 2 more as well');
  });

  it.each<[string, KubeObject]>([
    ['has ended', changed(owned('job-1', 'x', '1'), { 'status|phase': 'Succeeded' })],
    ['is on its way out', changed(owned('other', 'web-canary', '7c4b'), { 'metadata|deletionTimestamp': '2026-03-01T12:00:00Z' })],
    ['has labels that the Service does not select', changed(owned('other', 'x', '1'), { 'metadata|labels': { app: 'cart' } })],
    ['is of a Deployment without replicas', changed(canary, { 'spec|replicas': 0 })],
  ])('are not those of what %s', (_, other) => {
    expect(refusal([...running, other])).toBe('');
  });

  it('say one image, whatever pods of others fit the selector of the Deployment', () => {
    const stranger = changed(owned('cart-1', 'cart', '7c4b'), {
      'metadata|labels': { app: 'web', 'pod-template-hash': '7c4b' },
      'status|containerStatuses': [{ name: 'web', imageID: `registry.example.com/cart@${DIGEST.replaceAll('9', '7')}` }],
    });
    expect(refusal([deployment, service, owned('web-1', 'web', '5d9f'), stranger])).not.toContain('2 images');
  });
});
