import type { ResolvedIntent } from '../../intent/resolved.ts';
import { at } from '../../lock/revision.ts';
import type { KubeObject } from '../../schema/index.ts';
import { keeperOf } from './keepers.ts';
import { istioService, type LegacyRoute, type LegacyRule, leadsTo, serviceKey } from './routes.ts';
import { servicesOf } from './service.ts';
import { listAt, nameOf, ofKind, podLabels, type Surroundings, selectsPods, textAt } from './surroundings.ts';
import { movedPaths, type Ours, rivalRules, silentChanges } from './takeover.ts';

/** Something that people do, because it is in nobody's hands but theirs. */
export interface AdoptionStep {
  readonly when: 'before' | 'after' | 'release' | 'retire';
  readonly text: string;
}

/** When each is due, in the order in which they are. */
export const WHEN: Readonly<Record<AdoptionStep['when'], string>> = {
  before: 'Before this is applied',
  after: 'Once it is applied',
  release: 'Before the first release',
  retire: 'Once the first release is recorded, and nobody wants to go back',
};

export interface Adopted {
  readonly resolved: ResolvedIntent;
  readonly deployment: KubeObject;
  readonly ours: Ours;
  /** The route whose place that of the release takes. */
  readonly replaced: LegacyRoute | null;
  readonly others: readonly LegacyRoute[];
  readonly surroundings: Surroundings;
}

/** All that an adoption leaves to people, in the order in which no request fails. */
export function stepsOf(adopted: Adopted): readonly AdoptionStep[] {
  return [...handOver(adopted), ...movedRequests(adopted), ...otherRoutes(adopted), ...beforeRelease(adopted), ...retirement(adopted)];
}

/** What Tidegate takes over has been in Git somewhere; there it goes, in the one order in which nobody prunes it. */
function handOver({ resolved: { release }, ours: { service }, replaced, surroundings }: Adopted): AdoptionStep[] {
  const taken = [...(service.metadata.name === release ? [service] : []), ...(replaced ? [replaced.object] : [])];
  const unseen: AdoptionStep[] = surroundings.unseen.map((what) => ({
    when: 'before',
    text: `Look yourself whether any ${what} serves these hosts, gets requests of the Service or has a name of the release: it could not be read.`,
  }));
  return [
    ...unseen,
    ...taken.flatMap((object): AdoptionStep[] => {
      const keeper = keeperOf(object);
      return keeper === null
        ? []
        : [{ when: 'before', text: `Annotate ${nameOf(object)} with \`${keeper.keep}\` where ${keeper.name} has it, and let that apply.` }];
    }),
    ...taken.map((object): AdoptionStep => {
      const keeper = keeperOf(object);
      const where = keeper === null ? 'wherever it is kept' : `from ${keeper.name}`;
      return { when: 'after', text: `Remove the manifest of ${nameOf(object)} ${where}; the object itself stays, and is Tidegate's now.` };
    }),
  ];
}

/** What changes for requests although nobody wrote it down. */
function movedRequests({ ours, replaced, others }: Adopted): AdoptionStep[] {
  const over = [
    ...(replaced ? [{ route: replaced, rules: replaced.rules }] : []),
    ...others.map((route) => ({ route, rules: rivalRules(route, ours) })),
  ];
  const changes = over.flatMap(({ route, rules }) => silentChanges(route, rules, ours));
  return [...movedPaths([...(replaced ? [replaced] : []), ...others], ours), ...changes].map((text) => ({ when: 'before', text }));
}

/** Other routes of the same hosts would decide, beside the release's own, who gets requests. */
function otherRoutes({ resolved, ours, others }: Adopted): AdoptionStep[] {
  const { service } = ours;
  return others.flatMap((route): AdoptionStep[] => {
    const rivals = rivalRules(route, ours);
    const beside = route.rules.filter((rule) => !rivals.includes(rule) && leadsTo(rule, serviceKey(service)));
    const from = keeperOf(route.object) === null ? '' : ` (kept by ${keeperOf(route.object)?.name})`;
    const what = rulesIn(route, rivals);
    return [
      ...(beside.length === 0
        ? []
        : [
            {
              when: 'release' as const,
              text: `${rulesIn(route, beside)} leads to ${nameOf(service)} for requests that this release does not route: lead it to a host or path of the release, or know that they move all at once when the release is recorded.`,
            },
          ]),
      ...(rivals.length === 0
        ? []
        : [
            route.object.kind === 'Ingress'
              ? {
                  when: 'after' as const,
                  text: `${nameOf(route.object)} serves the same host by a way that knows no weights: see that the gateway answers for ${resolved.traffic.hosts.join(', ')}, move DNS to it, and remove ${what}${from} when nobody comes that way any more.`,
                }
              : {
                  when: 'after' as const,
                  text: `Remove ${what}${from}, which takes the same requests: both lead to the same pods, so none fails, and the candidate would get none as long as it is there.`,
                },
          ]),
    ];
  });
}

function rulesIn({ object, rules }: LegacyRoute, some: readonly LegacyRule[]): string {
  return some.length === rules.length ? nameOf(object) : `${some.map(({ place }) => place).join(', ')} of ${nameOf(object)}`;
}

function beforeRelease({ resolved, deployment, ours: { service }, surroundings }: Adopted): AdoptionStep[] {
  const { namespace } = resolved;
  const scalers = autoscalersOf(deployment, surroundings, namespace).filter(
    (scaler) => textAt(scaler, 'spec', 'behavior', 'scaleDown', 'selectPolicy') !== 'Disabled',
  );
  const policies = surroundings.objects.filter(
    (object) =>
      object.kind === 'DestinationRule' &&
      istioService(textAt(object, 'spec', 'host') ?? '', object.metadata.namespace ?? '') === serviceKey(service),
  );
  const recreates = textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate';
  return [
    ...scalers.map((scaler): AdoptionStep => {
      const owner = listAt(scaler, 'metadata', 'ownerReferences')[0];
      const where =
        owner === undefined ? nameOf(scaler) : `${textAt(owner, 'kind')} ${textAt(owner, 'name')}, which makes ${nameOf(scaler)}`;
      return {
        when: 'release',
        text: `Let ${where} remove no pods while requests move away from ${nameOf(deployment)}, since an abort sends them all back: \`behavior: { scaleDown: { selectPolicy: Disabled } }\`.`,
      };
    }),
    ...policies.map(
      (policy): AdoptionStep => ({
        when: 'release',
        text: `Give the Services of the revisions what ${nameOf(policy)} says for ${nameOf(service)} alone: \`connectionPool\` and \`outlierDetection\` in traffic, what else it has by a rule for a host that they share, such as \`*.${namespace}.svc.cluster.local\`.`,
      }),
    ),
    ...(recreates
      ? [
          {
            when: 'release' as const,
            text: `${nameOf(deployment)} is replaced by 'Recreate': see that two versions may run beside each other, which a release needs.`,
          },
        ]
      : []),
  ];
}

/** Nothing of these is ever in dist/, so nobody but their keeper can remove them. */
function retirement({ resolved: { release, namespace }, deployment, ours: { service }, surroundings }: Adopted): AdoptionStep[] {
  const labels = podLabels(deployment);
  const own = [
    deployment,
    ...autoscalersOf(deployment, surroundings, namespace),
    ...ofKind(surroundings, 'PodDisruptionBudget', namespace).filter((budget) => selectsPods(at(budget, 'spec', 'selector'), labels)),
  ];
  const called = servicesOf(deployment, surroundings, namespace).filter(({ metadata }) => metadata.name !== release);
  return [
    ...called.map(
      (other): AdoptionStep => ({
        when: 'retire',
        text: `Lead whoever calls ${nameOf(other)}${other === service ? ', which the route led to,' : ''} to Service ${release}, then remove it.`,
      }),
    ),
    {
      when: 'retire',
      text: `Remove ${own.map(nameOf).join(', ')}${keeperOf(deployment) === null ? '' : ` from ${keeperOf(deployment)?.name}`}. Until then its pods are what an abort or a revert goes back to.`,
    },
  ];
}

function autoscalersOf(deployment: KubeObject, surroundings: Surroundings, namespace: string): readonly KubeObject[] {
  return ofKind(surroundings, 'HorizontalPodAutoscaler', namespace).filter(
    (scaler) =>
      textAt(scaler, 'spec', 'scaleTargetRef', 'kind') === 'Deployment' &&
      textAt(scaler, 'spec', 'scaleTargetRef', 'name') === deployment.metadata.name,
  );
}
