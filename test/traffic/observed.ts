import { levels } from '../../lib/plan/exposure.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import type { Status } from '../../lib/runner/status.ts';
import type { Kube } from '../real/harness.ts';
import { type Load, type Summary, share } from './load.ts';

/** What users got while a step lasted, beside what the plan says of it. */
export interface StepShare {
  readonly step: number;
  readonly kind: string;
  /** Of requests to the candidate, in percent. */
  readonly stated: number;
  readonly served: number;
  readonly requests: number;
}

/** Of the steps that were done and moved nothing themselves; those of a few requests say nothing. */
export function sharesBySteps(plan: Plan, { steps }: Status, load: Load, candidate: string): readonly StepShare[] {
  return steps.flatMap(({ index, startedAt, endedAt }) => {
    const step = plan.steps[index];
    if (step === undefined || step.kind === 'setWeight' || step.kind === 'switch') return [];
    const seen = load.between(startedAt, endedAt);
    if (seen.requests < 100) return [];
    return [{ step: index, kind: step.kind, stated: step.exposure, served: share(seen, candidate), requests: seen.requests }];
  });
}

/** The highest share that anyone but stable had in any second. */
export function highestShare(load: Load, stable: string, from: number, to: number): number {
  let highest = 0;
  for (let at = from; at + 1000 <= to; at += 500) {
    const second = load.between(at, at + 1000);
    if (second.requests >= 100) highest = Math.max(highest, 100 - share(second, stable));
  }
  return highest;
}

/** What the plan says that a candidate answers at least before a gate ends it at this weight, and what it answers a second there. */
export function statedBlast(plan: Plan, weight: number): { readonly requests: number; readonly perSecond: number } {
  const stated = levels(plan).filter(({ exposure }) => exposure > 0 && exposure <= weight);
  const requests = stated.map(({ exposure, blast }) => (exposure === weight ? blast.requestsBeforeVerdict : blast.requestsWhenPassed) ?? 0);
  const rps = plan.expected?.peakRps ?? 0;
  return {
    requests: requests.reduce((sum, count) => sum + count, 0),
    perSecond: stated.reduce((sum, { exposure }) => sum + (exposure / 100) * rps, 0),
  };
}

/** The measurement that ended the release. */
export function failingMoment({ evidence }: Status): {
  readonly gate: string;
  readonly weight: number;
  readonly at: number;
  readonly value: string;
} {
  const failed = evidence.findLast(({ verdict }) => verdict === 'fail');
  const sample = failed?.samples.findLast(({ outcome }) => outcome === 'fail');
  if (failed === undefined || sample === undefined) throw new Error('no gate has failed');
  return { gate: failed.gate, weight: failed.weight, at: sample.at, value: sample.value };
}

/** For the report of a run: what was measured beside what is asserted. */
export function figures(title: string, { requests, failed, failures }: Summary, more: Readonly<Record<string, unknown>>): void {
  console.info(`${title}: ${JSON.stringify({ requests, failed, failures, ...more })}`);
}

export interface RouteChange {
  /** When it was seen, in milliseconds since 1970. */
  readonly at: number;
  /** By revision, of the rule for all requests. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Looks at the route again and again; what it saw is in `changes`. */
export function watchRoute(kube: Kube, namespace: string): { readonly changes: readonly RouteChange[]; stop(): Promise<void> } {
  const ref = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'web', namespace } };
  const changes: RouteChange[] = [];
  let stopped = false;
  const look = async () => {
    const { spec } = await kube.get(ref);
    const { rules } = spec as { rules: { backendRefs: { name: string; weight: number }[] }[] };
    const weights = Object.fromEntries((rules.at(-1)?.backendRefs ?? []).map(({ name, weight }) => [name, weight]));
    if (JSON.stringify(weights) !== JSON.stringify(changes.at(-1)?.weights)) changes.push({ at: Date.now(), weights });
  };
  const looking = (async () => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    changes,
    stop: async () => {
      stopped = true;
      await looking;
    },
  };
}
