import { dottedPath } from '../../schema/explain.ts';
import { nearest } from '../../schema/nearest.ts';
import { parseQuantity } from '../quantity.ts';
import type { ReleaseIntent } from '../release.ts';
import type { EnvValue } from '../workload.ts';
import { checkDataKey, checkDnsName, checkEnvName, checkLabel } from './names.ts';
import { type Place, type Problems, parsed, problem, repeated } from './problem.ts';

/** What a ConfigMap holds, with room for its metadata. @see https://kubernetes.io/docs/concepts/configuration/configmap/ */
const LARGEST_CONFIG = 1_000_000;
/** Linux's limit for one string of the environment, with its name. */
const LARGEST_VARIABLE = 128_000;

const NOWHERE = "Give 'mountPath', 'env: true', or both.";

/** Configuration, secrets, environment and volumes: each is used somewhere, refers to what is there, and has a place of its own. */
export function* checkConfig(intent: ReleaseIntent): Problems {
  yield* checkConfigMaps(intent);
  yield* checkSecrets(intent);
  yield* checkEnv(['env'], intent.env, intent.config);
  yield* checkVolumes(intent);
  yield* checkMounts(intent);
  for (const [name, { env }] of Object.entries(intent.sidecars ?? {})) yield* checkEnv(['sidecars', name, 'env'], env, intent.config);
}

const bytesOf = (text: string): number => Buffer.byteLength(text);

function* checkConfigMaps({ config = {}, env = {} }: ReleaseIntent): Problems {
  const variables: [Place, string][] = Object.keys(env).map((name) => [['env', name], name]);
  for (const [name, { data, mountPath, env: asEnv }] of Object.entries(config)) {
    const place = ['config', name];
    yield* checkLabel(place, name, 'configuration name');
    if (mountPath === undefined && !asEnv) yield problem(place, `configuration '${name}' reaches no container.`, NOWHERE);
    const size = bytesOf(Object.entries(data).flat().join(''));
    if (size > LARGEST_CONFIG)
      yield problem(
        place,
        `configuration '${name}' has ${size} bytes; the API server takes at most ${LARGEST_CONFIG}.`,
        'Mount a volume for it.',
      );
    for (const key of Object.keys(data)) {
      yield* checkDataKey([...place, 'data', key], key);
      if (!asEnv) continue;
      yield* checkEnvName([...place, 'data', key], key);
      variables.push([[...place, 'data', key], key]);
    }
  }
  yield* repeated(variables, (name) => `environment variable '${name}'`);
}

function* checkSecrets({ secrets = [] }: ReleaseIntent): Problems {
  for (const [index, { name, mountPath, env }] of secrets.entries()) {
    yield* checkDnsName(['secrets', index, 'name'], name, 'secret');
    if (mountPath === undefined && !env) yield problem(['secrets', index], `secret '${name}' reaches no container.`, NOWHERE);
  }
  yield* repeated(
    secrets.map(({ name }, index) => [['secrets', index, 'name'], name]),
    (name) => `secret '${name}'`,
  );
}

function* checkEnv(place: Place, env: Readonly<Record<string, EnvValue>> = {}, config: ReleaseIntent['config'] = {}): Problems {
  for (const [name, value] of Object.entries(env)) {
    yield* checkEnvName([...place, name], name);
    if (typeof value === 'string' && bytesOf(value) > LARGEST_VARIABLE)
      yield problem(
        [...place, name],
        `the value has ${bytesOf(value)} bytes; no process starts with more than ${LARGEST_VARIABLE}.`,
        'Put it into `config` as a file.',
      );
    if (typeof value === 'string' || !('config' in value)) continue;
    const data = Object.hasOwn(config, value.config) ? config[value.config]?.data : undefined;
    if (data === undefined)
      yield problem(
        [...place, name, 'config'],
        `configuration '${value.config}' is not there${meant(value.config, Object.keys(config))}`,
        'Name an entry of config.',
      );
    else if (!Object.hasOwn(data, value.key))
      yield problem(
        [...place, name, 'key'],
        `configuration '${value.config}' has no key '${value.key}'${meant(value.key, Object.keys(data))}`,
      );
  }
}

function* checkVolumes({ volumes = {} }: ReleaseIntent): Problems {
  for (const [name, { emptyDir, claim, configMap, overriddenBy, token }] of Object.entries(volumes)) {
    const place = ['volumes', name];
    yield* checkLabel(place, name, 'volume name');
    const { sizeLimit } = emptyDir ?? {};
    if (sizeLimit !== undefined) yield* parsed([...place, 'emptyDir', 'sizeLimit'], () => parseQuantity(sizeLimit));
    if (claim !== undefined) yield* checkDnsName([...place, 'claim'], claim, 'claim');
    if (configMap !== undefined) yield* checkDnsName([...place, 'configMap'], configMap, 'ConfigMap');
    if (overriddenBy !== undefined) {
      yield* checkDnsName([...place, 'overriddenBy'], overriddenBy, 'ConfigMap');
      if (configMap === undefined) yield problem([...place, 'overriddenBy'], "there is no 'configMap' whose files it could replace.");
    }
    if (token?.audience === '') yield problem([...place, 'token', 'audience'], 'an identity token needs an audience.');
  }
}

/** One mount per path in each container; sidecars see volumes of the release only. */
function* checkMounts({ config = {}, secrets = [], volumes = {}, sidecars = {} }: ReleaseIntent): Problems {
  yield* checkMountPaths([
    ...Object.entries(config).map(([name, { mountPath }]) => [['config', name, 'mountPath'], mountPath] as const),
    ...secrets.map(({ mountPath }, index) => [['secrets', index, 'mountPath'], mountPath] as const),
    ...Object.entries(volumes).map(([name, { mountPath }]) => [['volumes', name, 'mountPath'], mountPath] as const),
  ]);
  for (const [name, { mounts = {} }] of Object.entries(sidecars)) {
    for (const volume of Object.keys(mounts))
      if (!Object.hasOwn(volumes, volume))
        yield problem(
          ['sidecars', name, 'mounts', volume],
          `volume '${volume}' is not there${meant(volume, Object.keys(volumes))}`,
          'Name an entry of volumes.',
        );
    yield* checkMountPaths(Object.entries(mounts).map(([volume, path]) => [['sidecars', name, 'mounts', volume], path] as const));
  }
}

function* checkMountPaths(mounts: readonly (readonly [Place, string | undefined])[]): Problems {
  const taken = new Map<string, Place>();
  for (const [place, path] of mounts) {
    if (path === undefined) continue;
    const directory = path.replace(/\/+$/, '');
    if (!path.startsWith('/') || directory === '' || path.includes(':') || path.split('/').includes('..')) {
      yield problem(place, `mount path '${path}' must be absolute, below '/', and without ':' and '..'.`);
      continue;
    }
    const first = taken.get(directory);
    if (first) yield problem(place, `mount path '${path}' is already used by ${dottedPath(first.map(String))}.`);
    else taken.set(directory, place);
  }
}

function meant(name: string, known: readonly string[]): string {
  const candidate = nearest(name, known);
  return candidate === null ? '.' : `, did you mean '${candidate}'?`;
}
