import type { Rule } from '../lib/policy/rule.ts';

const route = (weight: number): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
  hosts:
    - web
  http:
    - route:
        - destination:
            host: web-stable
          weight: ${weight}
        - destination:
            host: web-canary
          weight: ${100 - weight}
`;

/** Found by comparing files with a fresh synth, not by looking at an object. */
export const manifestsCurrent: Rule = {
  id: 'manifests-current',
  holds: 'committed manifests and locks are what the charts give',
  severity: 'error',
  universal: true,
  kinds: [],
  about: "the project's own output: `dist/` and `lock/`, where `tidegate lint` is given no path",
  why: 'What is applied is what is committed. A manifest that was edited by hand, or not written again after its chart changed, is one that nobody has reviewed as what it will do.',
  fix: 'Run `tidegate synth` and commit dist/ and lock/ with the change that caused it.',
  examples: [
    { title: 'a weight that was edited in the file (the charts give 100 and 0)', yaml: route(95), finds: [''] },
    { title: 'the file as synth writes it', yaml: route(100), finds: [] },
  ],
  check: () => [],
};
