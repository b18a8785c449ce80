import { dirname } from 'node:path';
import { TARGET_LABEL } from '../lock/labels.ts';
import type { Entry } from './read/objects.ts';
import { textAt } from './shape.ts';

/**
 * Folders that describe the same objects for different places, such as `overlays/staging` and `overlays/production`, are
 * bundles of their own: nothing in one refers to the other. They show themselves by having the same objects.
 */
export class Bundles {
  readonly #roots = new Set<string>();
  readonly #ofFile = new Map<string, string>();

  constructor(entries: readonly Entry[]) {
    const first = new Map<string, string>();
    for (const entry of entries) {
      const key = sameness(entry);
      const folder = folderOf(entry);
      const other = first.get(key);
      if (other === undefined) first.set(key, folder);
      else if (other !== folder) for (const root of apart(other, folder)) this.#roots.add(root);
    }
  }

  /** The folder that an entry's references stay in; '' where all of the set is one. */
  of(entry: Entry): string {
    const { name } = entry.place.text;
    let bundle = this.#ofFile.get(name);
    if (bundle === undefined) {
      bundle = this.#find(folderOf(entry));
      this.#ofFile.set(name, bundle);
    }
    return bundle;
  }

  #find(folder: string): string {
    if (this.#roots.size === 0) return '';
    for (let here = folder; ; here = dirname(here)) {
      if (this.#roots.has(here)) return here;
      if (dirname(here) === here) return '';
    }
  }
}

/** What must be unique in a cluster. */
export const identityOf = (entry: Entry): string => `${targetOf(entry)}\0${sameness(entry)}`;

/** The target that Tidegate made an object for, which may have a cluster of its own; '' for what others made. */
export const targetOf = ({ value }: Entry): string => textAt(value, 'metadata', 'labels', TARGET_LABEL) ?? '';

const sameness = ({ id }: Entry): string => `${id.group}\0${id.kind}\0${id.namespace ?? ''}\0${id.name}`;

const folderOf = ({ place }: Entry): string => dirname(place.text.name);

/** The folders in which two paths part; a folder inside the other parts from what is beside it. */
function apart(a: string, b: string): readonly string[] {
  const [left, right] = [a.split('/'), b.split('/')];
  let same = 0;
  while (same < left.length && same < right.length && left[same] === right[same]) same++;
  return [left, right].filter((path) => path.length > same).map((path) => path.slice(0, same + 1).join('/'));
}
