// Finds the schemas of `kinds/`, which tools/gen-schemas.ts writes, and reads those that are asked for.
import { existsSync, readFileSync } from 'node:fs';
import type { WalkedKeywords } from './matches.ts';

/** Whether objects of this kind can be checked. */
export function hasSchema(apiVersion: string, kind: string): boolean {
  return index().has(`${apiVersion} ${kind}`);
}

/** `apiVersion/Kind` of everything that has a schema. */
export const knownKinds = (): readonly string[] => [...index().keys()].map((id) => id.replace(' ', '/'));

/** The strict schema of a kind, or null where there is none. */
export function schemaOf(apiVersion: string, kind: string): WalkedKeywords | null {
  const id = `${apiVersion} ${kind}`;
  const known = read.get(id);
  if (known) return known;
  const file = index().get(id);
  if (file === undefined) return null;
  const schema = JSON.parse(readFileSync(new URL(file, folder()), 'utf8')) as WalkedKeywords;
  read.set(id, schema);
  return schema;
}

const read = new Map<string, WalkedKeywords>();
let files: ReadonlyMap<string, string> | null = null;

function index(): ReadonlyMap<string, string> {
  if (files) return files;
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder()), 'utf8')) as {
    kinds: readonly { apiVersion: string; kind: string; file: string }[];
  };
  files = new Map(manifest.kinds.map(({ apiVersion, kind, file }) => [`${apiVersion} ${kind}`, file]));
  return files;
}

/** Beside this file in the sources; beside the bundle, or above its chunks, in `build/`. */
function folder(): URL {
  for (const place of ['./kinds/', '../kinds/']) {
    const url = new URL(place, import.meta.url);
    if (existsSync(new URL('manifest.json', url))) return url;
  }
  throw new Error('the schemas of the Kubernetes kinds are missing from this installation; install tidegate again');
}
