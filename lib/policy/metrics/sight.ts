import { smallestFactor } from '../../plan/detect.ts';
import { at, indexed, listAt, numberAt } from '../shape.ts';

/** A window in which even a candidate that fails every request does not stand out from stable. */
export interface SightlessWindow {
  /** Index of the step. */
  readonly step: number;
  readonly exposure: number;
  readonly seconds: number;
  /** That the candidate answers in it, at the busiest time. */
  readonly requests: number;
}

/** The windows of a plan that show nothing, each weight once; none where the plan declares no traffic. */
export function sightless(plan: Readonly<Record<string, unknown>>): readonly SightlessWindow[] {
  const errorRatio = numberAt(plan, 'expected', 'errorRatio');
  const peakRps = numberAt(plan, 'expected', 'peakRps');
  if (errorRatio === null || peakRps === null) return [];
  const found = new Map<number, SightlessWindow>();
  for (const [index, step] of indexed(listAt(plan, 'steps'))) {
    const exposure = numberAt(step, 'exposure');
    const seconds = numberAt(step, 'durationSeconds');
    if (at(step, 'kind') !== 'analysis' || exposure === null || seconds === null || exposure <= 0 || exposure >= 100) continue;
    const share = exposure / 100;
    if (smallestFactor({ share, requests: peakRps * seconds, errorRatio }) === null)
      found.set(exposure, { step: index, exposure, seconds, requests: Math.round(share * peakRps * seconds) });
  }
  return [...found.values()];
}
