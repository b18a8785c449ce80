import type { KubeObject } from '../../lib/schema/kube.ts';

/** A copy of an object with the value at a path replaced or added; undefined removes it. */
export function changed(object: KubeObject, path: string, value: unknown): KubeObject {
  const copy = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  const keys = path.split('/').slice(1);
  const last = keys.pop() ?? '';
  let place = copy;
  for (const key of keys) place = place[key] as Record<string, unknown>;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy as KubeObject;
}
