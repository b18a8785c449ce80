import { CANARY, ROLLOUT } from '../pods.ts';
import type { Entry } from '../read/objects.ts';
import { releaseOf } from '../releases.ts';
import type { Context } from '../rule.ts';
import type { ObjectSet } from '../set.ts';
import { at, listAt, textAt } from '../shape.ts';
import { planOf } from './plan.ts';

/** Kinds that state what a service promises, and which service that is. */
const OBJECTIVES: Readonly<Record<string, (entry: Entry) => string | null>> = {
  'sloth.slok.dev/PrometheusServiceLevel': ({ value }) => textAt(value, 'spec', 'service'),
  'openslo/SLO': ({ value }) => textAt(value, 'spec', 'service'),
  'pyrra.dev/ServiceLevelObjective': ({ value, id }) => textAt(value, 'metadata', 'labels', 'pyrra.dev/service') ?? id.name,
};

/** Names of templates, metrics and webhooks that ask for an error budget. */
export const asksForBudget = (name: string): boolean => /budget|burn|(?:^|[-_.])slo(?:[-_.]|$)/i.test(name);

const known = new WeakMap<ObjectSet, ReadonlySet<string>>();

/** Whether something says what users of a release may expect: an objective in the set, or the plan's own gates. */
export function hasObjective(entry: Entry, { set }: Context): boolean {
  const plan = planOf(entry);
  if (!plan && entry.kind !== ROLLOUT && entry.kind !== CANARY) return false;
  const gates = listAt(plan, 'steps').flatMap((step) => listAt(step, 'gates'));
  if (gates.some((gate) => at(gate, 'scope') === 'service')) return true;
  const services = servicesWithObjective(set);
  const names = [releaseOf(entry), entry.id.name, textAt(entry.value, 'spec', 'targetRef', 'name')];
  // What states no namespace, as OpenSLO, is for all of them.
  return names.some((name) => name !== null && (services.has(`${entry.id.namespace ?? ''}\0${name}`) || services.has(`\0${name}`)));
}

function servicesWithObjective(set: ObjectSet): ReadonlySet<string> {
  let services = known.get(set);
  if (!services) {
    services = new Set(
      Object.entries(OBJECTIVES).flatMap(([kind, serviceOf]) =>
        set.ofKind(kind).map((entry) => `${entry.id.namespace ?? ''}\0${serviceOf(entry) ?? ''}`),
      ),
    );
    known.set(set, services);
  }
  return services;
}
