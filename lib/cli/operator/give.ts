import { names } from '../../engines/native/names.ts';
import { releaseLabels } from '../../lock/labels.ts';
import { ProblemError } from '../../schema/index.ts';
import type { Decision } from './decide.ts';
import { type Flight, look, type Sight } from './flight.ts';
import { CONFIG_MAPS, type Kube } from './kube.ts';

export type Given =
  | { readonly kind: 'given'; readonly flight: Flight; readonly said: string; readonly next: string; readonly by?: string }
  | { readonly kind: 'refused'; readonly refused: string; readonly sight: Sight };

/** Enough for a team that approves at once; more is a program that runs wild. */
const ATTEMPTS = 10;

/**
 * Looks, decides and writes into ConfigMap `<release>-operator`. Only the decision's own keys are touched, and only in the
 * version that was looked at: where somebody else was faster, everything is looked at again.
 */
export async function give(kube: Kube, namespace: string, release: string, decide: (flight: Flight) => Decision): Promise<Given> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const sight = await look(kube, namespace, release);
    const { flight } = sight;
    if (flight === null) return { kind: 'refused', refused: nothingInFlight(sight), sight };
    const decision = decide(flight);
    if ('refused' in decision) return { kind: 'refused', refused: decision.refused, sight };
    if (await write(kube, flight, decision.entries)) return { ...decision, kind: 'given', flight };
  }
  throw new ProblemError([
    {
      message: `ConfigMap ${names.operator(release)} in namespace ${namespace} changed ${ATTEMPTS} times while it was to be written.`,
      help: `See who else writes it: kubectl get configmap ${names.operator(release)} -n ${namespace} -o yaml --show-managed-fields`,
    },
  ]);
}

function write(kube: Kube, flight: Flight, entries: Readonly<Record<string, string | null>>): Promise<boolean> {
  const { release, namespace, plan, operatorVersion } = flight;
  const name = names.operator(release);
  if (operatorVersion !== null)
    return kube.patch(CONFIG_MAPS, namespace, name, { metadata: { resourceVersion: operatorVersion }, data: entries });
  return kube.create(CONFIG_MAPS, namespace, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: releaseLabels(release, plan.target, plan.risk) },
    data: Object.fromEntries(Object.entries(entries).filter(([, text]) => text !== null)),
  });
}

/** Why there is nothing to say anything to. */
export function nothingInFlight({ release, namespace, status }: Sight): string {
  if (status === null)
    return `${release} has nothing in flight in namespace ${namespace}: it has no status there, and no Deployment ${names.runner(release)} that you may see. Check the name, --namespace and --context.`;
  return `${release} has nothing in flight in namespace ${namespace}: its latest plan ${status.plan} (${status.phase}) is gone.`;
}
