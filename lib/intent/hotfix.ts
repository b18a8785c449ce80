import { type CanaryProps, canary } from './canary.ts';
import { DEFAULTS, defaultByRisk } from './defaults.ts';
import { Duration, type DurationLike } from './duration.ts';
import type { Gate } from './gate.ts';
import type { Canary, CanaryWeight } from './strategy.ts';
import type { Rising } from './weights.ts';

/** What a hotfix is made of. */
export interface HotfixProps<Weights> extends Omit<CanaryProps<Weights>, 'weights'> {
  /** Why it cannot wait for an ordinary release; whoever approves reads it, and the plan keeps it. */
  readonly reason: string;
  /** Candidate's shares in percent, as of `canary`. @default 5, 50, 100 */
  readonly weights?: Weights;
}

/**
 * A canary in a hurry, for the night on which somebody would otherwise go around the release: a reason, half the windows
 * and half the measurements. It still has its smoke tests, its gates at every weight and its approval.
 *
 *     hotfix({ reason: 'CVE-2026-1234 in the image library', gates: [errors] })
 *
 * @throws ProblemError for weights that only run time can see and that do not rise to 100
 */
export function hotfix<const Weights extends readonly CanaryWeight[]>(props: HotfixProps<Rising<Weights>>): Canary;
export function hotfix({ reason, weights = [5, 50, 100], ...props }: HotfixProps<readonly CanaryWeight[]>): Canary {
  return { ...canary({ ...props, weights: weights as never }), hotfix: reason };
}

/** The short form that a hotfix stands for. */
export function shortened({ hotfix: reason, weights = [], gates = [], approval, ...rest }: Canary, risk: 'normal' | 'high'): Canary {
  const watch = half(defaultByRisk('WatchedWeight.watch', risk));
  return {
    ...rest,
    weights: weights.map((entry) => (typeof entry === 'number' ? { weight: entry, watch } : { watch, ...entry })),
    gates: gates.map(shortenedGate),
    approval: { ...approval, reason: [`Hotfix: ${reason}`, approval?.reason].filter(Boolean).join(' ') },
  };
}

function shortenedGate(gate: Gate): Gate {
  // Who says how often is the template.
  if (gate.argo) return gate;
  const count = Math.ceil((gate.count ?? Number(DEFAULTS['Gate.count'])) / 2);
  const atMost = (limit: number) => Math.min(limit, count - 1);
  return {
    ...gate,
    count,
    interval: half(gate.interval ?? DEFAULTS['Gate.interval']),
    initialDelay: half(gate.initialDelay ?? DEFAULTS['Gate.initialDelay']),
    failureLimit: atMost(gate.failureLimit ?? Number(DEFAULTS['Gate.failureLimit'])),
    inconclusiveLimit: atMost(gate.inconclusiveLimit ?? Number(DEFAULTS['Gate.inconclusiveLimit'])),
  };
}

const half = (duration: DurationLike): Duration => Duration.ofMilliseconds(Math.ceil(Duration.parse(duration).seconds / 2) * 1_000);
