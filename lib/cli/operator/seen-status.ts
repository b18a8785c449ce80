import { at } from '../../lock/revision.ts';
import { oneLine } from '../../plan/words.ts';
import { countsSince } from '../../runner/parts/signatures.ts';

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
  /** How often the plan was begun: 1, and one more for each retry. */
  readonly run: number | null;
  readonly begunAt: number | null;
  /** From when on an approval of the present step may have been signed. */
  readonly countsSince: number | null;
  /** Why it is held, such as `operator`, `gate` or `stable`; null where it is not. */
  readonly hold: string | null;
  readonly weight: { readonly set: number | null; readonly observed: number | null };
  readonly reason: string;
  readonly heartbeat: number | null;
  readonly gates: readonly SeenGate[];
  /** What was tried because a gate failed: of what, since when, and since when it is in effect; null: not yet. */
  readonly remedies: readonly { readonly remedy: string; readonly at: number | null; readonly inEffectSince: number | null }[];
  /** Approvals that the runner has taken in this run. */
  readonly approvals: readonly { readonly approval: string; readonly by: string }[];
  /** Ids of orders that were followed, or that were there before this run: they do not count again. */
  readonly consumed: readonly string[];
  readonly log: readonly { readonly at: string; readonly message: string }[];
}

export interface SeenGate {
  /** Index of the step that has it; null where the runner does not say. */
  readonly step: number | null;
  readonly name: string;
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  readonly noData: number;
  readonly error: number;
  readonly last: { readonly at: number; readonly outcome: string } | null;
  /** What the runner says of a gate that is judged as Argo Rollouts does; null of any other. */
  readonly argo: string | null;
}

/** Reads ConfigMap `<release>-status`; null where there is none, or it names no plan. */
export function seenStatus(configMap: unknown): SeenStatus | null {
  const data = at(configMap, 'data');
  const written = parsed(at(data, 'status.json'));
  const plan = text(at(written, 'plan')) ?? text(at(data, 'plan'));
  if (plan === null) return null;
  const [begunAt, endedAt] = [number(at(written, 'begunAt')), number(at(list(at(written, 'steps')).at(-1), 'endedAt'))];
  return {
    plan,
    phase: text(at(written, 'phase')) ?? text(at(data, 'phase')) ?? 'Unknown',
    step: number(at(written, 'step')) ?? number(at(data, 'step')),
    run: number(at(written, 'run')),
    begunAt,
    countsSince: begunAt === null ? null : countsSince({ begunAt, steps: endedAt === null ? [] : [{ endedAt }] }),
    hold: text(at(written, 'hold', 'at')),
    weight: {
      set: number(at(written, 'level', 'set', 'weight')) ?? number(at(data, 'weight')),
      observed: number(at(written, 'level', 'observed')),
    },
    reason: text(at(data, 'reason')) ?? text(at(written, 'reason')) ?? '',
    heartbeat: number(at(written, 'heartbeat')) ?? time(at(data, 'heartbeat')),
    gates: gatesIn(at(written, 'gates')),
    remedies: Object.entries(at(written, 'remedies') ?? {}).flatMap(([remedy, tried]) =>
      tried ? [{ remedy: oneLine(remedy), at: number(at(tried, 'at')), inEffectSince: number(at(tried, 'readyAt')) }] : [],
    ),
    approvals: list(at(written, 'approvals')).map((taken) => ({
      approval: text(at(taken, 'approval')) ?? '',
      by: text(at(taken, 'by')) ?? '',
    })),
    consumed: list(at(written, 'consumed')).map(String),
    log: list(at(written, 'log')).map((line) => ({ at: text(at(line, 'at')) ?? '', message: text(at(line, 'message')) ?? '' })),
  };
}

function gatesIn(gates: unknown): readonly SeenGate[] {
  if (gates === null || typeof gates !== 'object') return [];
  return Object.entries(gates).map(([key, gate]) => {
    const [, step = null, name = key] = /^(\d+)\.(.*)$/s.exec(key) ?? [];
    const counters = at(gate, 'counters');
    const count = (name: string) => number(at(counters, name)) ?? 0;
    const lastAt = number(at(counters, 'last', 'at'));
    return {
      step: number(step),
      name: oneLine(name),
      pass: count('pass'),
      fail: count('fail'),
      inconclusive: count('inconclusive'),
      noData: count('noData'),
      error: count('error'),
      last: lastAt === null ? null : { at: lastAt, outcome: text(at(counters, 'last', 'outcome')) ?? '' },
      argo: text(at(counters, 'argo', 'verdict')),
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
