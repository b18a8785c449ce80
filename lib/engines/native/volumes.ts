import type { ResolvedVolume, ResolvedWorkload } from '../../intent/resolved.ts';
import { shortHash } from '../../plan/hash.ts';
import { given } from '../../schema/given.ts';
import type { KubeObject, Problem } from '../../schema/index.ts';

/** Volumes of a pod and where the released container sees them. */
export interface PodVolumes {
  readonly volumes: readonly object[];
  readonly mounts: readonly object[];
  /** ConfigMaps and Secrets all of whose keys are environment variables. */
  readonly envFrom: readonly object[];
}

/** What the pod reads from outside its image. `configMaps` are the versioned ones, by name of the intent's `config`. */
export function podVolumes(workload: ResolvedWorkload, configMaps: ReadonlyMap<string, KubeObject>, problems: Problem[]): PodVolumes {
  const { config, secrets, volumes } = workload;
  const sources = [
    ...config.map(({ name, mountPath, env }) => {
      const configMap = { name: configMaps.get(name)?.metadata.name ?? name };
      return { volume: volumeName('config', name), source: { configMap }, mountPath, envFrom: env ? { configMapRef: configMap } : null };
    }),
    ...secrets.map(({ name, mountPath, env }) => ({
      volume: volumeName('secret', name),
      source: { secret: { secretName: name } },
      mountPath,
      envFrom: env ? { secretRef: { name } } : null,
    })),
  ];
  const mounted = sources.flatMap(({ mountPath, ...rest }) => (mountPath === null ? [] : [{ ...rest, mountPath }]));
  for (const { name } of volumes)
    if (mounted.some(({ volume }) => volume === name))
      problems.push({
        path: `volumes.${name}`,
        message: `the pod has a volume '${name}' already, made from a config or a secret.`,
        help: 'Give the volume another name.',
      });
  return {
    volumes: [
      ...mounted.map(({ volume, source }) => ({ name: volume, ...source })),
      ...volumes.map((volume) => ({ name: volume.name, ...volumeSource(volume) })),
    ],
    mounts: [
      ...mounted.map(({ volume, mountPath }) => ({ name: volume, mountPath, readOnly: true })),
      ...volumes.map((volume) => mount(volume, volume.mountPath)),
    ],
    envFrom: sources.flatMap(({ envFrom }) => (envFrom === null ? [] : [envFrom])),
  };
}

/** Where a further container sees volumes of the release. */
export function sidecarMounts(
  mounts: readonly { readonly volume: string; readonly mountPath: string }[],
  volumes: readonly ResolvedVolume[],
): readonly object[] {
  return mounts.flatMap(({ volume: name, mountPath }) =>
    volumes.filter((volume) => volume.name === name).map((volume) => mount(volume, mountPath)),
  );
}

const mount = ({ name, readOnly }: ResolvedVolume, mountPath: string): object => ({ name, mountPath, ...(readOnly ? { readOnly } : {}) });

function volumeSource({ source, readOnly }: ResolvedVolume): object {
  if ('claim' in source) return { persistentVolumeClaim: { claimName: source.claim, ...(readOnly ? { readOnly } : {}) } };
  if ('configMap' in source) {
    const { configMap: name, overriddenBy } = source;
    if (overriddenBy === undefined) return { configMap: { name } };
    // Of sources that name no keys the kubelet takes the last that has a file.
    return { projected: { sources: [{ configMap: { name } }, { configMap: { name: overriddenBy, optional: true } }] } };
  }
  if ('token' in source) {
    const { audience, expiresSeconds } = source.token;
    return { projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds: expiresSeconds, path: 'token' } }] } };
  }
  const { sizeLimit, memory } = source.emptyDir;
  return { emptyDir: given({ sizeLimit, medium: memory ? 'Memory' : null }) };
}

/** Names of Secrets and ConfigMaps may have dots and 253 characters; those of volumes are DNS labels. */
function volumeName(kind: 'config' | 'secret', name: string): string {
  const plain = `${kind}-${name}`;
  return plain.length <= 63 && !plain.includes('.') ? plain : `${plain.replaceAll('.', '-').slice(0, 54)}-${shortHash(name)}`;
}
