import { keysOf, SECRETS_DIRECTORY, secretFile } from '../../gates/providers/access.ts';
import type { Askable } from '../../gates/providers/index.ts';
import type { KeyReference } from '../../intent/gate.ts';
import type { Plan } from '../../plan/plan.ts';
import { ProblemError } from '../../schema/index.ts';

/** All that the runner asks over the network for a plan. */
export function questionsOf({ steps, served, remedies }: Plan): readonly Askable[] {
  const gates = steps.flatMap((step) => ('gates' in step ? step.gates : []));
  const asked = gates.flatMap(({ provider }) => ('job' in provider ? [] : [provider]));
  return [...asked, ...(served ? [served] : []), ...(remedies?.webhook ? [remedies.webhook] : [])];
}

/** The keys that a plan's questions name, and no others, as a volume of the runner's pod and its mount; none where they name none. */
export function mountedKeys(plan: Plan): { readonly volumes: readonly object[]; readonly mounts: readonly object[] } {
  const keys = questionsOf(plan).map((question) => keysOf('prometheus' in question ? question.prometheus : question.web));
  const [secrets, configMaps] = [distinct(keys.flatMap(({ secrets }) => secrets)), distinct(keys.flatMap(({ configMaps }) => configMaps))];
  checkApart(secrets, configMaps);
  const source = ({ name, key }: KeyReference) => ({ name, items: [{ key, path: secretFile({ name, key }) }], optional: false });
  const sources = [...secrets.map((key) => ({ secret: source(key) })), ...configMaps.map((key) => ({ configMap: source(key) }))];
  if (sources.length === 0) return { volumes: [], mounts: [] };
  return {
    volumes: [{ name: 'secrets', projected: { sources } }],
    mounts: [{ name: 'secrets', mountPath: SECRETS_DIRECTORY, readOnly: true }],
  };
}

function distinct(keys: readonly KeyReference[]): readonly KeyReference[] {
  const byFile = new Map(keys.map((key) => [secretFile(key), key]));
  return [...byFile].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

/** They would be one file. */
function checkApart(secrets: readonly KeyReference[], configMaps: readonly KeyReference[]): void {
  const files = new Set(secrets.map(secretFile));
  const both = configMaps.filter((key) => files.has(secretFile(key)));
  if (both.length === 0) return;
  throw new ProblemError(
    both.map(({ name, key }) => ({
      message: `gates name the key '${key}' of a Secret '${name}' and of a ConfigMap '${name}': one file of the runner cannot hold both.`,
      help: 'Give one of the two another name.',
    })),
  );
}
