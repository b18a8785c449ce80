import type { ResolvedGateIntent } from '../intent/resolved.ts';

/** A gate with its arguments substituted: what runs. */
export type PlanGate = Omit<ResolvedGateIntent, 'args'>;
