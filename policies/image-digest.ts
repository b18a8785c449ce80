import { type Container, PODS, podTemplateOf, SERVING } from '../lib/policy/pods.ts';
import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { textAt } from '../lib/policy/shape.ts';
import { CONTAINER, deployment, PINNED } from './example.ts';

export const imageDigest: Rule = {
  id: 'image-digest',
  holds: 'containers name their image by digest, and none runs `:latest`',
  severity: 'error',
  kinds: PODS,
  why: 'A tag can be moved: what was tested, what was analysed and what a node pulls an hour later may be three programs. Init containers, sidecars and Jobs are helpers of a release: for these a tag only warns, but `:latest` never holds still.',
  fix: 'Write `image:tag@sha256:...`; `docker buildx imagetools inspect IMAGE` prints the digest.',
  examples: [
    { title: 'a tag alone', yaml: deployment({ image: 'registry.example.com/shop/web:1.4.2' }), finds: [`${CONTAINER}/image`] },
    { title: 'no tag at all, which is `:latest`', yaml: deployment({ image: 'nginx' }), finds: [`${CONTAINER}/image`] },
    {
      title: 'a helper by tag',
      yaml: deployment({ pod: 'initContainers:\n  - name: migrate\n    image: registry.example.com/shop/migrate:7' }),
      finds: ['/spec/template/spec/initContainers/0/image'],
    },
    { title: 'tag and digest', yaml: deployment({ image: PINNED }), finds: [] },
  ],
  *check(entry) {
    const serving = SERVING.some((kind) => kind === entry.kind);
    for (const container of podTemplateOf(entry)?.containers ?? []) yield* pinned(container, serving && container.role === 'main');
  },
};

function* pinned({ name, value, path }: Container, isRelease: boolean): Iterable<Complaint> {
  const image = textAt(value, 'image');
  if (image === null || image.includes('@sha256:')) return;
  const tag = /:([^:/@]+)$/.exec(image)?.[1];
  const moves = tag === undefined || tag === 'latest';
  const which = tag === undefined ? `'${image}' without a tag, which is ':latest'` : `'${image}'`;
  yield {
    path: [...path, 'image'],
    message: `container '${name}' runs ${which}; without a digest it may be another program on each node.`,
    ...(isRelease || moves ? {} : { severity: 'warning' }),
  };
}
