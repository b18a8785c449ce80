import type { Lock } from '../../lock/lock.ts';
import { mirrorName } from '../../routers/exposure-routes.ts';
import type { KubeObject } from '../../schema/index.ts';
import type { Source } from './source.ts';

/** What of an object the runner writes: the one thing that Argo CD may leave as it is. */
interface Ignored {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
  readonly jqPathExpressions: readonly string[];
}

/** Such a Job waits until the runner starts it; one that is suspended again while it runs loses its pod. */
const STARTED: Ignored = { group: 'batch', kind: 'Job', jqPathExpressions: ['.spec.suspend'] };

/**
 * An Application that puts no weights back: neither its self-heal, which looks at differences, nor the sync of a commit,
 * which otherwise applies every object. Never `RespectIgnoreDifferences`: a list is one value to it.
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
 */
export function argocd({ target, repository, branch, path, locks }: Source): readonly KubeObject[] {
  const ignoreDifferences = distinct(locks.flatMap((lock) => [ignoredOf(lock), ...(hasStartedJobs(lock) ? [STARTED] : [])]));
  return [
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: `releases-${target}`, namespace: 'argocd' },
      spec: {
        project: 'default',
        source: { repoURL: repository, targetRevision: branch, path, directory: { recurse: true } },
        destination: { server: 'https://kubernetes.default.svc' },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ['ApplyOutOfSyncOnly=true', 'PruneLast=true'],
        },
        ...(ignoreDifferences.length > 0 ? { ignoreDifferences } : {}),
      },
    },
  ];
}

function ignoredOf({ release, resolved }: Lock): Ignored {
  const mirrored = mirrorName(resolved) !== null;
  switch (resolved.traffic.router) {
    case 'istio':
      return {
        group: 'networking.istio.io',
        kind: 'VirtualService',
        jqPathExpressions: ['.spec.http[]?.route[]?.weight', ...(mirrored ? ['.spec.http[]?.mirrorPercentage'] : [])],
      };
    case 'gateway-api':
      return {
        group: 'gateway.networking.k8s.io',
        kind: 'HTTPRoute',
        jqPathExpressions: [
          '.spec.rules[]?.backendRefs[]?.weight',
          ...(mirrored ? ['.spec.rules[]?.filters[]?.requestMirror?.percent'] : []),
        ],
      };
    case 'service':
      // The others' selectors are not the runner's.
      return { group: '', kind: 'Service', name: release, jqPathExpressions: ['.spec.selector'] };
  }
}

/** Jobs of gates, and all Jobs of a release that may wait for others. */
const hasStartedJobs = ({ inFlight, resolved: { strategy, after, group } }: Lock): boolean =>
  [inFlight?.plan.queue, after, group].some((one) => one !== undefined) ||
  strategy.steps.some((step) => 'analysis' in step && step.analysis.gates.some(({ provider }) => 'job' in provider));

/** One for each kind and name, with everything that some release of it needs. */
function distinct(all: readonly Ignored[]): readonly Ignored[] {
  const found = new Map<string, Ignored>();
  for (const one of all) {
    const key = `${one.group}/${one.kind}/${one.name ?? ''}`;
    const known = found.get(key)?.jqPathExpressions ?? [];
    found.set(key, { ...one, jqPathExpressions: [...new Set([...known, ...one.jqPathExpressions])] });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
