import type { Rule } from '../lib/policy/rule.ts';

const OLD = `registry.example.com/web@sha256:${'1'.repeat(64)}`;
const NEW = `registry.example.com/web@sha256:${'2'.repeat(64)}`;

const PROXY = `registry.example.com/proxy@sha256:${'3'.repeat(64)}`;

const pods = (images: readonly string[]): string =>
  `objects: { deployment: { spec: { template: { spec: { containers: [${images.map((image, index) => `{ name: c${index}, image: '${image}' }`).join(', ')}] } } } } }`;

const locks = (proven: readonly string[], candidate: string, beside = ''): string => `# lock/production/shop/web.yaml
target: production
attempts: 1
resolved: { workload: { sidecars: [{ name: c1 }] } }
stable: { name: web-33cde69c, image: '${OLD}' }
inFlight: { candidate: { name: web-9d3a1c57, image: '${candidate}'${beside} } }
retiring: []
history: [{ revision: web-33cde69c, image: '${OLD}' }]
---
# lock/staging/shop/web.yaml
target: staging
attempts: 1
stable: { name: web-adbe9f34, image: '${proven[0]}' }
inFlight: null
retiring: []
history:
${proven.map((image, index) => `  - { revision: web-${index === 0 ? 'adbe9f34' : '6b1f0e2d'}, image: '${image}' }\n`).join('')}`;

/** Found by comparing the locks of two targets, not by looking at an object. */
export const provenOn: Rule = {
  id: 'proven-on',
  holds: 'no target starts an image, of whichever container, before the target that `provenOn` names has proven its digest',
  severity: 'error',
  universal: true,
  kinds: [],
  about: "the project's locks of targets with `provenOn` in tidegate.yaml, where `tidegate lint` is given no path",
  why: 'An image that staging has never recorded meets its first users in production, and what was approved is not what was tried.',
  fix: 'Release the image on the target that goes first and record it; then release the same digest here.',
  examples: [
    { title: 'a digest that staging does not know', yaml: locks([OLD], NEW), finds: [''] },
    { title: 'a sidecar that staging does not know', yaml: locks([NEW], NEW, `, ${pods([NEW, PROXY])}`), finds: [''] },
    { title: 'the digest that is stable on staging', yaml: locks([NEW, OLD], NEW), finds: [] },
    { title: 'one that staging has proven before', yaml: locks([OLD, NEW], NEW), finds: [] },
    { title: 'one that this target has proven itself', yaml: locks([NEW], OLD), finds: [] },
  ],
  check: () => [],
};
