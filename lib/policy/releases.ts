import { DEFAULT_POLICY } from '../intent/policy-config.ts';
import { RELEASE_LABEL, RISK_LABEL } from '../lock/labels.ts';
import { wordPattern } from './names.ts';
import { CANARY, podTemplateOf, ROLLOUT } from './pods.ts';
import type { Entry } from './read/objects.ts';
import type { ObjectSet } from './set.ts';
import { fieldsAt, listAt, textAt } from './shape.ts';

/**
 * Which objects take part in a progressive release: those of Tidegate, Rollouts, Canaries, and what these refer to. For all
 * others a rule about releases only warns, so that a team can adopt the linter on the day it finds it.
 */
export class Releases {
  readonly #of = new Map<Entry, Entry>();
  readonly #highRisk: (name: string) => boolean;
  readonly #withPods = new Set<string>();

  /** @param highRisk words of names, as `tidegate.yaml` has them */
  constructor(set: ObjectSet, highRisk: readonly string[] = DEFAULT_POLICY.highRisk) {
    this.#highRisk = wordPattern(highRisk);
    for (const entry of set.entries) {
      const release = releaseOf(entry);
      if (release !== null && podTemplateOf(entry)) this.#withPods.add(release);
    }
    for (const kind of [ROLLOUT, CANARY])
      for (const entry of set.ofKind(kind)) {
        this.#of.set(entry, entry);
        for (const referred of referredBy(entry, set)) this.#of.set(referred, entry);
      }
  }

  /** Whether the severities of the rules are meant for this object. */
  includes(entry: Entry): boolean {
    return this.#of.has(entry) || releaseOf(entry) !== null;
  }

  /** The Rollout or Canary that refers to the object or is it; null where none does. */
  controllerOf(entry: Entry): Entry | null {
    return this.#of.get(entry) ?? null;
  }

  /** The release that an object belongs to: of its label, else the Rollout or Canary that refers to it; null where there is none. */
  nameOf(entry: Entry): string | null {
    return releaseOf(entry) ?? this.#of.get(entry)?.id.name ?? null;
  }

  /** Whether the set holds workloads of a Tidegate release; where it does not, they are somewhere else. */
  hasPods(release: string): boolean {
    return this.#withPods.has(release);
  }

  isHighRisk(entry: Entry): boolean {
    const risk = textAt(entry.value, 'metadata', 'labels', RISK_LABEL) ?? podTemplateOf(entry)?.labels[RISK_LABEL];
    if (risk !== undefined) return risk === 'high';
    return this.#highRisk(this.nameOf(entry) ?? entry.id.name);
  }
}

/** The Tidegate release that an object belongs to, as its label says. */
export function releaseOf(entry: Entry): string | null {
  return textAt(entry.value, 'metadata', 'labels', RELEASE_LABEL) ?? podTemplateOf(entry)?.labels[RELEASE_LABEL] ?? null;
}

const OF_RELEASES = new WeakMap<ObjectSet, readonly Entry[]>();

/** All objects of Tidegate releases. */
export function objectsOfReleases(set: ObjectSet): readonly Entry[] {
  const known = OF_RELEASES.get(set) ?? set.entries.filter((entry) => releaseOf(entry) !== null);
  OF_RELEASES.set(set, known);
  return known;
}

function* referredBy(entry: Entry, set: ObjectSet): Iterable<Entry> {
  for (const { kind, name } of entry.kind === ROLLOUT ? ofRollout(entry) : ofCanary(entry)) {
    // A mesh may keep the routes of a service in another namespace, `istio-system/web`.
    const [namespace, own] = name.includes('/') ? name.split('/') : [entry.id.namespace, name];
    const found = set.find({ kind, namespace: namespace ?? null, name: own ?? '' }, entry);
    if (found) yield found;
  }
}

interface Named {
  readonly kind: string;
  readonly name: string;
}

function* ofRollout({ value }: Entry): Iterable<Named> {
  const canary = fieldsAt(value, 'spec', 'strategy', 'canary');
  const blueGreen = fieldsAt(value, 'spec', 'strategy', 'blueGreen');
  const routing = fieldsAt(canary, 'trafficRouting');
  yield* named('apps/Deployment', textAt(value, 'spec', 'workloadRef', 'name'));
  for (const { name } of servicesOfRollout(value)) yield* named('Service', name);
  yield* named('networking.istio.io/VirtualService', textAt(routing, 'istio', 'virtualService', 'name'));
  for (const route of listAt(routing, 'istio', 'virtualServices'))
    yield* named('networking.istio.io/VirtualService', textAt(route, 'name'));
  yield* named('networking.istio.io/DestinationRule', textAt(routing, 'istio', 'destinationRule', 'name'));
  for (const route of listAt(routing, 'plugins', 'argoproj-labs/gatewayAPI', 'httpRoutes'))
    yield* named('gateway.networking.k8s.io/HTTPRoute', textAt(route, 'name'));
  yield* named('gateway.networking.k8s.io/HTTPRoute', textAt(routing, 'plugins', 'argoproj-labs/gatewayAPI', 'httpRoute'));
  for (const template of [
    ...listAt(canary, 'analysis', 'templates'),
    ...listAt(canary, 'steps').flatMap((step) => listAt(step, 'analysis', 'templates')),
    ...listAt(blueGreen, 'prePromotionAnalysis', 'templates'),
    ...listAt(blueGreen, 'postPromotionAnalysis', 'templates'),
  ])
    yield* named('argoproj.io/AnalysisTemplate', textAt(template, 'templateName'));
}

/** The Services that a Rollout names, by the field that names them. */
export function servicesOfRollout(value: unknown): readonly { readonly path: readonly string[]; readonly name: string }[] {
  const fields = [
    ['canary', 'stableService'],
    ['canary', 'canaryService'],
    ['canary', 'pingPong', 'pingService'],
    ['canary', 'pingPong', 'pongService'],
    ['canary', 'trafficRouting', 'alb', 'rootService'],
    ['blueGreen', 'activeService'],
    ['blueGreen', 'previewService'],
  ];
  return fields.flatMap((field) => {
    const path = ['spec', 'strategy', ...field];
    const name = textAt(value, ...path);
    return name === null ? [] : [{ path, name }];
  });
}

function* ofCanary({ id, value }: Entry): Iterable<Named> {
  const target = textAt(value, 'spec', 'targetRef', 'name');
  yield* named('apps/Deployment', target);
  yield* named('autoscaling/HorizontalPodAutoscaler', textAt(value, 'spec', 'autoscalerRef', 'name'));
  // Flagger names the Services after the target unless it is told a name.
  const service = textAt(value, 'spec', 'service', 'name') ?? target ?? id.name;
  for (const suffix of ['', '-primary', '-canary']) yield* named('Service', `${service}${suffix}`);
  yield* named('networking.istio.io/VirtualService', service);
}

function* named(kind: string, name: string | null): Iterable<Named> {
  if (name !== null) yield { kind, name };
}
