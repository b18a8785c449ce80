// An intent as it is compared: what has a name stands under it, so that a change elsewhere in a list moves nothing.
import { formatImage } from '../intent/image.ts';
import { DEFAULT_HISTORY } from '../intent/resolve.ts';
import type { ResolvedGateIntent, ResolvedIntent, ResolvedStrategy, ResolvedStrategyStep } from '../intent/resolved.ts';
import { formatSeconds } from '../plan/duration.ts';
import { canonicalJson } from '../plan/hash.ts';
import { describeHeaders } from '../plan/words.ts';

/** Everything that a resolved intent says; whatever field it may have is in here. */
export function factsOf({
  release: _,
  workload,
  strategy,
  history = DEFAULT_HISTORY,
  ...rest
}: ResolvedIntent): Readonly<Record<string, unknown>> {
  const sidecars = workload.sidecars.map((sidecar) => ({ ...sidecar, image: formatImage(sidecar.image) }));
  return {
    ...rest,
    workload: { ...workload, image: formatImage(workload.image), sidecars },
    strategy: strategyFacts(strategy),
    history,
  };
}

function strategyFacts({ kind, steps, ...rest }: ResolvedStrategy): object {
  return {
    ...rest,
    kind,
    steps: steps.map(describe),
    watchSeconds: watches(steps),
    approvals: steps.flatMap((step) => ('approval' in step ? [step.approval] : [])),
    gates: gatesOf(steps),
  };
}

function describe(step: ResolvedStrategyStep): string {
  if ('weight' in step) return `${step.weight} %`;
  if ('analysis' in step) return `watch with ${step.analysis.gates.map(({ name }) => name).join(', ') || 'no gate'}`;
  if ('pauseSeconds' in step) return `wait ${formatSeconds(step.pauseSeconds)}`;
  if ('headerRoute' in step) return `headers ${step.headerRoute.name} (${describeHeaders(step.headerRoute.headers)})`;
  if ('mirror' in step) return `copies ${step.mirror.name} of ${step.mirror.percent} %`;
  return `approval ${step.approval.name}`;
}

/** How long each level is watched, by its share. */
function watches(steps: readonly ResolvedStrategyStep[]): Readonly<Record<string, number>> {
  return Object.fromEntries(analyses(steps).map(({ place, analysis }) => [place, analysis.watchSeconds]));
}

/** Each gate once; where its terms are not the same everywhere, once for each place. */
function gatesOf(steps: readonly ResolvedStrategyStep[]): Readonly<Record<string, ResolvedGateIntent>> {
  const uses = analyses(steps).flatMap(({ place, analysis }) => analysis.gates.map((gate) => ({ place, gate: plain(gate) })));
  const terms = new Map<string, Set<string>>();
  for (const { gate } of uses) terms.set(gate.name, (terms.get(gate.name) ?? new Set()).add(canonicalJson(gate)));
  return Object.fromEntries(
    uses.map(({ place, gate }) => [(terms.get(gate.name)?.size ?? 1) > 1 ? `${gate.name} at ${place}` : gate.name, gate]),
  );
}

function analyses(steps: readonly ResolvedStrategyStep[]) {
  let exposure = 0;
  const found = steps.flatMap((step) => {
    if ('weight' in step) exposure = step.weight;
    return 'analysis' in step ? [{ exposure, analysis: step.analysis }] : [];
  });
  return found.map(({ analysis, exposure: share }, index) => {
    const earlier = found.slice(0, index).filter((other) => other.exposure === share).length;
    return { analysis, place: earlier === 0 ? `${share} %` : `${share} %, time ${earlier + 1}` };
  });
}

/** Conditions with the gate's own arguments filled in, so that a threshold is compared wherever it is written. */
function plain(gate: ResolvedGateIntent): ResolvedGateIntent {
  const fill = (text: string | null) =>
    text?.replace(/\{\{\s*args\.([\w-]+)\s*\}\}/g, (whole, name: string) =>
      Object.hasOwn(gate.args, name) ? (gate.args[name] ?? whole) : whole,
    ) ?? null;
  return { ...gate, successCondition: fill(gate.successCondition), failureCondition: fill(gate.failureCondition) };
}
