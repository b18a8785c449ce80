import { dirname, join } from 'node:path';
import { listAt, textAt } from '../shape.ts';
import type { Entry } from './objects.ts';

/** Whether an entry is a patch that a kustomization of the set applies: part of an object, and no object by itself. */
export function isKustomizePatch(entries: readonly Entry[]): (entry: Entry) => boolean {
  const files = new Set<string>();
  for (const { id, value, place } of entries) {
    if (id.kind !== 'Kustomization' && id.kind !== 'Component') continue;
    const written = [
      ...['patches', 'patchesJson6902'].flatMap((field) => listAt(value, field).map((patch) => textAt(patch, 'path'))),
      ...listAt(value, 'patchesStrategicMerge'),
    ];
    for (const path of written) if (typeof path === 'string' && !path.includes('\n')) files.add(join(dirname(place.text.name), path));
  }
  return ({ place }) => files.size > 0 && files.has(join(place.text.name));
}
