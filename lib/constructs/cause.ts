import type { Origins } from '../intent/layers.ts';
import type { ReleaseIntent } from '../intent/release.ts';
import type { KubeObject, SourceLocation } from '../schema/index.ts';

/** The field of an intent that an object follows from, where it is one: by kind, and by name where a kind has several causes. */
const CAUSES: readonly (readonly [kinds: RegExp, names: RegExp, field: keyof ReleaseIntent])[] = [
  [/^(?:VirtualService|HTTPRoute|DestinationRule)$/, /./, 'traffic'],
  [/^HorizontalPodAutoscaler$/, /./, 'autoscale'],
  [/^PodDisruptionBudget$/, /./, 'disruption'],
  [/^AnalysisTemplate$/, /./, 'strategy'],
  [/^ConfigMap$/, /-plan-[0-9a-f]{8}$/, 'strategy'],
  [/^Job$/, /-smoke-[0-9a-f]{8}-\d+$/, 'smoke'],
  [/^Job$/, /-job-[0-9a-f]{8}-/, 'strategy'],
];

/** The line of the defaults that an object follows from; null where the release says it, or they say it together. */
export function causeOf({ kind, metadata }: KubeObject, origins: Origins): SourceLocation | null {
  const cause = CAUSES.find(([kinds, names]) => kinds.test(kind) && names.test(metadata.name));
  return cause === undefined ? null : (origins.of([cause[2]])?.place(cause[2]) ?? null);
}
