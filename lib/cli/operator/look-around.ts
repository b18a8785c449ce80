import { names } from '../../engines/native/names.ts';
import { COMPONENT_LABEL, RELEASE_LABEL } from '../../lock/labels.ts';
import { at } from '../../lock/revision.ts';
import { type Sight, sightOf } from './flight.ts';
import type { Kube } from './kube.ts';

/**
 * Every release of a namespace that has a status or a plan, in the order of their names.
 * @param namespace null: all namespaces
 */
export async function lookAround(kube: Kube, namespace: string | null): Promise<readonly Sight[]> {
  const byRelease = new Map<string, Map<string, unknown>>();
  // The runner's code is a ConfigMap too, and 100 kB of it would come for each release.
  for await (const configMap of kube.listConfigMaps(namespace, `${RELEASE_LABEL},!${COMPONENT_LABEL}`)) {
    const [release, inNamespace, name] = [
      at(configMap, 'metadata', 'labels', RELEASE_LABEL),
      at(configMap, 'metadata', 'namespace'),
      at(configMap, 'metadata', 'name'),
    ].map(String);
    if (release === undefined || inNamespace === undefined || name === undefined) continue;
    const key = `${inNamespace}/${release}`;
    byRelease.set(key, (byRelease.get(key) ?? new Map()).set(name, configMap));
  }
  return [...byRelease]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, configMaps]) => {
      const [inNamespace = '', release = ''] = key.split('/');
      const configMap = (name: string) => configMaps.get(name) ?? null;
      const planPrefix = names.plan(release, '');
      const plans = [...configMaps.keys()].filter((name) => name.startsWith(planPrefix));
      const status = configMap(names.status(release));
      if (status === null && plans.length === 0) return [];
      return [
        sightOf({
          release,
          namespace: inNamespace,
          status,
          operator: configMap(names.operator(release)),
          approvals: configMap(names.approvals(release)),
          // Of a single plan nobody else can be meant.
          planned: plans.length === 1 ? (plans[0]?.slice(planPrefix.length) ?? null) : null,
          plan: (hash) => configMap(names.plan(release, hash)),
        }),
      ];
    });
}
