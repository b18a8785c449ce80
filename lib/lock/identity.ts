import { canonicalJson } from '../plan/hash.ts';
import { revisionSelector } from './labels.ts';
import type { Lock, Revision } from './lock.ts';
import { at } from './revision.ts';

/**
 * Places in a frozen revision that say it is another one. Names, selectors and Tidegate's own labels are no part of the
 * content that is hashed, and a selector that was edited would send a revision's requests to other pods.
 * @returns paths below the revision
 */
export function foreignPlaces(revision: Revision, { release, namespace }: Pick<Lock, 'release' | 'namespace'>): readonly string[] {
  const { name, image, objects } = revision;
  const selector = revisionSelector(release, name);
  const labels = Object.entries(selector).map(([label, value]): [string, unknown, unknown] => [
    `objects.deployment.spec.template.metadata.labels['${label}']`,
    at(objects.deployment, 'spec', 'template', 'metadata', 'labels', label),
    value,
  ]);
  const places: readonly [place: string, found: unknown, expected: unknown][] = [
    ['image', image, at(objects.deployment, 'spec', 'template', 'spec', 'containers', '0', 'image')],
    ['objects.deployment.metadata.name', objects.deployment.metadata.name, name],
    ['objects.deployment.metadata.namespace', objects.deployment.metadata.namespace, namespace],
    ['objects.deployment.spec.selector', at(objects.deployment, 'spec', 'selector'), { matchLabels: selector }],
    ...labels,
    ['objects.service.metadata.name', objects.service.metadata.name, name],
    ['objects.service.metadata.namespace', objects.service.metadata.namespace, namespace],
    ['objects.service.spec.selector', at(objects.service, 'spec', 'selector'), selector],
    ...objects.configMaps.map((config, index): [string, unknown, unknown] => [
      `objects.configMaps[${index}].metadata.namespace`,
      config.metadata.namespace,
      namespace,
    ]),
  ];
  return places.filter(([, found, expected]) => canonicalJson(found ?? null) !== canonicalJson(expected ?? null)).map(([place]) => place);
}
