import { connect, type OpenConnection } from '../../runner/index.ts';
import { ProblemError } from '../../schema/index.ts';
import { type Invocation, textOption, UsageError } from '../command.ts';
import { readKubeconfig } from '../kubeconfig.ts';
import type { Flight } from './flight.ts';
import { Kube } from './kube.ts';
import { lockKeys } from './locked.ts';

/** The cluster that a command is about, as the person who calls it. */
export interface Cluster {
  readonly connection: OpenConnection;
  readonly kube: Kube;
  readonly namespace: string;
  /** The kubeconfig's name of the person; null where it has none. */
  readonly user: string | null;
  /** The same flight. @throws UsageError where it is of another target than the command line says */
  checked(flight: Flight): Flight;
  close(): void;
}

/** Where a command line says that something is; release null: any. */
interface Place {
  readonly release: string | null;
  readonly target: string | null;
  readonly namespace: string | null;
}

/** @throws ProblemError where the kubeconfig does not lead to a cluster */
export function openCluster(invocation: Invocation, place: Place): Cluster {
  const kubeconfig = readKubeconfig({ file: textOption(invocation, 'kubeconfig'), context: textOption(invocation, 'context') });
  const connection = connect({ ...kubeconfig.connection, userAgent: 'tidegate-cli' });
  const namespace = place.namespace ?? lockedNamespace(place) ?? kubeconfig.namespace;
  return {
    connection,
    kube: new Kube(connection, kubeconfig.connection.server),
    namespace,
    user: kubeconfig.user,
    checked(flight) {
      const { release, plan } = flight;
      if (place.target !== null && plan.target !== place.target)
        throw new UsageError(
          `this cluster runs ${release} in namespace ${namespace} for target '${plan.target}', not '${place.target}'; choose another --context`,
        );
      return flight;
    },
    close: () => connection.close(),
  };
}

/** The namespace of the release's lock, in its repository; null elsewhere, and where several could be meant. */
function lockedNamespace({ release, target }: Place): string | null {
  if (release === null) return null;
  try {
    const namespaces = new Set(lockKeys({ release, target, namespace: null }).map(({ namespace }) => namespace));
    const [only, ...others] = namespaces;
    return only !== undefined && others.length === 0 ? only : null;
  } catch (error) {
    // Whatever is wrong in the repository must not keep anybody from saying `abort`.
    if (error instanceof ProblemError) return null;
    throw error;
  }
}
