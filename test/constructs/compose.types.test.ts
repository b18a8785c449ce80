import { expect, it } from 'vitest';
import { canary, defineDefaults, defineMixin, type ReleaseIntent } from '../../lib/index.ts';
import { DIGEST, errors } from '../intent/valid.ts';

const company = defineDefaults({
  replicas: 3,
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  probes: { readiness: { http: { path: '/ready' } } },
  traffic: { router: 'istio', gateways: ['ingress/public'] },
  smoke: [{ name: 'answers', http: [{ path: '/' }] }],
  strategy: canary({ weights: [5, 50, 100], gates: [errors] }),
});
const shop = defineDefaults({ namespace: 'shop', env: { LOG_LEVEL: 'info' } }, company);
const image = `registry.example.com/web:1.4.0@${DIGEST}`;

it('a release beside defaults is typed: what they have may be left out, and the rest may not', () => {
  const right: readonly ReleaseIntent[] = [
    company({ image, ports: { http: 8080 } }),
    company({
      image,
      ports: { http: 8080 },
      traffic: { hosts: ['web.example.com'] },
      replicas: null,
      autoscale: { min: 1, max: 2, cpu: 70 },
    }),
    shop({ image, ports: { http: 8080 }, env: { LOG_LEVEL: 'debug' }, mixins: [defineMixin('a', { env: { A: 'a' } })] }),
    shop({ image, ports: { http: 8080 }, strategy: canary({ weights: [50, 100], gates: [errors] }) }),
  ];
  const wrong = () => [
    // @ts-expect-error nobody says the ports
    company({ image }),
    // @ts-expect-error no such field
    company({ image, ports: { http: 8080 }, replcas: 3 }),
    // @ts-expect-error no such field, further down
    shop({ image, ports: { http: 8080 }, traffic: { host: ['web.example.com'] } }),
    // @ts-expect-error of the wrong type
    shop({ image, ports: { http: 8080 }, replicas: 'three' }),
    // @ts-expect-error no such field
    defineDefaults({ replcas: 3 }),
    // @ts-expect-error the image is the release's
    defineDefaults({ image }),
    // @ts-expect-error no piece of a pod template
    defineMixin('a', { replicas: 3 }),
  ];
  expect([right.length, wrong.length]).toEqual([4, 0]);
});
