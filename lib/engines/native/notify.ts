import type { KeyReference } from '../../intent/gate.ts';
import type { ResolvedIntent, ResolvedNotification } from '../../intent/resolved.ts';
import { canonicalJson, shortHash } from '../../plan/hash.ts';
import type { KubeObject } from '../../schema/index.ts';
import type { EngineContext } from '../engine.ts';
import { componentMeta, type Owner } from './metadata.ts';
import { names } from './names.ts';

/** Apart from the runner's own program, so that nothing of it can be in the way of that. */
const DIRECTORY = '/tidegate-notify';
const FILE = 'notify.mjs';

/** The program and its channels, present at rest like the runner's; no object where nobody is told. */
export function notifyConfigMap(intent: ResolvedIntent, { code }: EngineContext, owner: Owner): readonly KubeObject[] {
  const data = contentOf(intent, code.notify);
  if (data === null) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: componentMeta(owner, 'runner', names.notify(owner.release, shortHash(data))),
      immutable: true,
      data,
    },
  ];
}

/** What the runner's pod has besides, for the plan of this hash. */
export interface NotifierParts {
  readonly env: readonly object[];
  readonly volumes: readonly object[];
  readonly mounts: readonly object[];
}

/**
 * Program, plan and keys of Secrets as one volume. All of it is optional: a pod that waited for the Secret of a chat would
 * hold up the release.
 */
export function notifierOf(intent: ResolvedIntent, plan: string, { code }: EngineContext, { release }: Owner): NotifierParts {
  const data = contentOf(intent, code.notify);
  if (data === null) return { env: [], volumes: [], mounts: [] };
  const sources = [
    { configMap: { name: names.notify(release, shortHash(data)), optional: true } },
    { configMap: { name: names.plan(release, plan), items: [{ key: 'plan.json', path: 'plan.json' }], optional: true } },
    ...keysOf(intent, secretsOf).map(({ name, key }) => ({
      secret: { name, items: [{ key, path: `secrets/${name}/${key}` }], optional: true },
    })),
    ...keysOf(intent, configMapsOf).map(({ name, key }) => ({
      configMap: { name, items: [{ key, path: `configMaps/${name}/${key}` }], optional: true },
    })),
  ];
  return {
    env: [{ name: 'TIDEGATE_NOTIFY', value: `${DIRECTORY}/${FILE}` }],
    volumes: [{ name: 'notify', projected: { sources } }],
    mounts: [{ name: 'notify', mountPath: DIRECTORY, readOnly: true }],
  };
}

function contentOf({ notifications = [] }: ResolvedIntent, program: string): Readonly<Record<string, string>> | null {
  if (notifications.length === 0) return null;
  return { 'channels.json': `${JSON.stringify(JSON.parse(canonicalJson(notifications)), null, 2)}\n`, [FILE]: program };
}

const secretsOf = ({ url, signingKey, token, tls }: ResolvedNotification): readonly KeyReference[] =>
  [url, signingKey, token, tls && 'caSecret' in tls ? tls.caSecret : null].filter((key) => typeof key === 'object' && key !== null);

const configMapsOf = ({ tls }: ResolvedNotification): readonly KeyReference[] => (tls && 'caConfigMap' in tls ? [tls.caConfigMap] : []);

/** Each key once, by its file. */
function keysOf({ notifications = [] }: ResolvedIntent, of: typeof secretsOf): readonly KeyReference[] {
  const keys = notifications.flatMap(of);
  const byFile = new Map(keys.map((key) => [`${key.name}/${key.key}`, key]));
  return [...byFile].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}
