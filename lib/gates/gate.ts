import type { ResolvedProvider } from '../intent/resolved.ts';

/** A gate with its arguments substituted: what runs. */
export interface PlanGate {
  readonly name: string;
  readonly description: string;
  readonly scope: 'candidate' | 'comparison' | 'volume' | 'service';
  readonly provider: ResolvedProvider;
  readonly successCondition: string | null;
  readonly failureCondition: string | null;
  readonly intervalSeconds: number;
  readonly count: number;
  readonly initialDelaySeconds: number;
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly onFailure: 'abort' | 'hold';
}
