import type { Manifest } from './collect.ts';

/** Folder of a release's (or chart's) files below the output folder. */
export function manifestFolder({ target, owner, object }: Manifest): string {
  return `${target}/${object.metadata.namespace ?? CLUSTER}/${owner}`;
}

/**
 * Path of every manifest below the output folder: `<target>/<namespace>/<owner>/<kind>-<name>.yaml`; kinds of the same
 * name in different groups carry the group.
 */
export function manifestPaths(manifests: readonly Manifest[]): ReadonlyMap<Manifest, string> {
  const groups = new Map<string, Set<string>>();
  for (const manifest of manifests) {
    const short = shortPath(manifest);
    groups.set(short, (groups.get(short) ?? new Set()).add(groupOf(manifest)));
  }
  return new Map(
    manifests.map((manifest) => {
      const short = shortPath(manifest);
      return [manifest, (groups.get(short)?.size ?? 1) > 1 ? pathOf(manifest, `${kindOf(manifest)}.${groupOf(manifest)}`) : short];
    }),
  );
}

/** Stands for a namespace where an object has none. */
const CLUSTER = '_cluster';

const shortPath = (manifest: Manifest): string => pathOf(manifest, kindOf(manifest));
const kindOf = ({ object }: Manifest): string => object.kind.toLowerCase();

function pathOf(manifest: Manifest, kind: string): string {
  // RBAC names may hold ':' and '/', which are no part of a file's name everywhere.
  const name = manifest.object.metadata.name.replace(/[^A-Za-z0-9._-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  return `${manifestFolder(manifest)}/${kind}-${name}.yaml`;
}

function groupOf({ object: { apiVersion } }: Manifest): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : 'core';
}
