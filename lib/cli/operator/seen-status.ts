import { at } from '../../lock/revision.ts';
import { oneLine } from '../../plan/words.ts';

/**
 * A runner's status as a reader takes it: whatever is there, from a runner of whatever version. What is missing is null.
 * Its texts are
 * single lines, since they are printed. Times are milliseconds since 1970.
 */
export interface SeenStatus {
  /** Hash of the plan that is walked. */
  readonly plan: string;
  readonly phase: string;
  readonly step: number | null;
  readonly stepStartedAt: number | null;
  readonly startedAt: number | null;
  readonly weight: { readonly set: number | null; readonly observed: number | null };
  readonly reason: string;
  readonly heartbeat: number | null;
  readonly gates: readonly SeenGate[];
  readonly log: readonly { readonly at: string; readonly message: string }[];
}

export interface SeenGate {
  readonly name: string;
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  readonly noData: number;
  readonly error: number;
  readonly last: { readonly at: number; readonly outcome: string } | null;
}

/** Reads ConfigMap `<release>-status`; null where there is none, or it names no plan. */
export function seenStatus(configMap: unknown): SeenStatus | null {
  const data = at(configMap, 'data');
  const written = parsed(at(data, 'status.json'));
  const plan = text(at(written, 'plan')) ?? text(at(data, 'plan'));
  if (plan === null) return null;
  const weight = at(written, 'weight');
  return {
    plan,
    phase: text(at(written, 'phase')) ?? text(at(data, 'phase')) ?? 'Unknown',
    step: number(at(written, 'step')) ?? number(at(data, 'step')),
    stepStartedAt: number(at(written, 'stepStartedAt')),
    startedAt: number(at(written, 'startedAt')),
    weight: { set: number(at(weight, 'set')) ?? number(at(data, 'weight')), observed: number(at(weight, 'observed')) },
    reason: text(at(data, 'reason')) ?? text(at(written, 'reason')) ?? '',
    heartbeat: number(at(written, 'heartbeat')) ?? time(at(data, 'heartbeat')),
    gates: gatesIn(at(written, 'gates')),
    log: list(at(written, 'log')).map((line) => ({ at: text(at(line, 'at')) ?? '', message: text(at(line, 'message')) ?? '' })),
  };
}

function gatesIn(gates: unknown): readonly SeenGate[] {
  if (gates === null || typeof gates !== 'object') return [];
  return Object.entries(gates).map(([key, gate]) => {
    const counters = at(gate, 'counters') ?? gate;
    const count = (name: string) => number(at(counters, name)) ?? 0;
    const lastAt = number(at(counters, 'last', 'at'));
    return {
      name: text(at(gate, 'name')) ?? oneLine(key),
      pass: count('pass'),
      fail: count('fail'),
      inconclusive: count('inconclusive'),
      noData: count('noData'),
      error: count('error'),
      last: lastAt === null ? null : { at: lastAt, outcome: text(at(counters, 'last', 'outcome')) ?? '' },
    };
  });
}

/** JSON of the cluster, whose texts command no terminal; null where it is none. */
export function parsed(json: unknown): unknown {
  try {
    return JSON.parse(String(json), (_, value) => (typeof value === 'string' ? oneLine(value) : value));
  } catch {
    return null;
  }
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? oneLine(value) : null);

function number(value: unknown): number | null {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : null;
}

function time(value: unknown): number | null {
  const read = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(read) ? null : read;
}
