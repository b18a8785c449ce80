import { verdict } from '../../gates/verdict.ts';
import { COMMANDS, type Command, type Order } from '../../plan/orders.ts';
import type { Plan } from '../../plan/plan.ts';
import { describeStep } from '../../plan/words.ts';
import { approversOf, type Flight, type Sight, silenceOf, waitingFor } from './flight.ts';
import type { SeenGate } from './seen-status.ts';
import type { Tampering } from './tampering.ts';

/** What `status` says of one release; its JSON is this. Times are ISO 8601. */
export interface StatusReport {
  readonly release: string;
  readonly namespace: string;
  /** Null where nothing is in flight. */
  readonly target: string | null;
  readonly plan: string | null;
  readonly attempt: number | null;
  /** How often the plan was begun. */
  readonly run: number | null;
  readonly stable: string | null;
  readonly candidate: string | null;
  readonly inFlight: boolean;
  /** Null where no runner has begun. */
  readonly phase: string | null;
  /** From 0; null where it is not known, or all steps are done. */
  readonly step: { readonly index: number; readonly of: number; readonly kind: string; readonly description: string } | null;
  /** The candidate's share in percent, as earned and as the route was last seen to hold it. */
  readonly weight: { readonly set: number | null; readonly observed: number | null };
  readonly reason: string;
  readonly gates: readonly (Omit<SeenGate, 'argo'> & { readonly verdict: string | null })[];
  /** What was tried once because a gate failed, by its `onFailure`, and since when it is in effect; null: not yet. */
  readonly remedies: readonly { readonly remedy: string; readonly at: string | null; readonly inEffectSince: string | null }[];
  /** The approval that is waited for, with the command that gives it. */
  readonly approval: {
    readonly name: string;
    readonly reason: string;
    readonly count: number;
    readonly approvedBy: readonly string[];
    /** Who has said so and was not taken yet; the reason says why where that is not to come. */
    readonly saidBy: readonly string[];
    /** Who has said so in vain, and why it does not count. */
    readonly inVain: readonly { readonly by: string; readonly why: string }[];
    readonly command: string;
  } | null;
  /** What people have ordered and not taken back. */
  readonly orders: Readonly<Partial<Record<Command, Order>>>;
  /** Keys of entries for this plan that the runner cannot read. */
  readonly unreadable: readonly string[];
  /** Objects that are not as Git or the runner has left them. */
  readonly tampered: readonly Tampering[];
  readonly since: string | null;
  readonly heartbeat: string | null;
  /** How long nothing was heard of a runner that ought to speak; null: it does. */
  readonly silentSeconds: number | null;
  readonly log: readonly { readonly at: string; readonly message: string }[];
}

/** @param approveCommand the words with which a person gives an approval to the cluster */
export function reportOf(sight: Sight, now: number, approveCommand: (approval: string) => string): StatusReport {
  const { release, namespace, flight } = sight;
  // What is over may still be told; what waits for its runner has no status of its own.
  const status = flight === null ? sight.status : flight.status;
  const silence = flight === null ? null : silenceOf(status, now);
  return {
    release,
    namespace,
    target: flight?.plan.target ?? null,
    plan: flight?.hash ?? status?.plan ?? null,
    attempt: flight?.plan.attempt ?? null,
    run: status?.run ?? null,
    stable: flight?.plan.stable.revision ?? null,
    candidate: flight?.plan.candidate.revision ?? null,
    inFlight: flight !== null,
    phase: status?.phase ?? null,
    step: flight === null ? null : stepOf(flight.plan, status?.step ?? null),
    weight: status?.weight ?? { set: null, observed: null },
    reason: status?.reason ?? '',
    gates: (status?.gates ?? []).map(({ argo, ...gate }) => ({
      ...gate,
      verdict: flight === null ? null : verdictOf({ ...gate, argo }, flight),
    })),
    remedies: (status?.remedies ?? []).map(({ remedy, at, inEffectSince }) => ({ remedy, at: iso(at), inEffectSince: iso(inEffectSince) })),
    approval: flight === null ? null : wanted(flight, approveCommand),
    orders: flight === null ? {} : standing(flight),
    unreadable: flight?.orders.unreadable ?? [],
    tampered: sight.tampered,
    since: iso(status?.begunAt ?? null),
    heartbeat: iso(status?.heartbeat ?? null),
    silentSeconds: silence === null ? null : Math.round(silence / 1_000),
    log: status?.log ?? [],
  };
}

function stepOf(plan: Plan, index: number | null): StatusReport['step'] {
  const step = index === null ? undefined : plan.steps[index];
  if (index === null || step === undefined) return null;
  return { index, of: plan.steps.length, kind: step.kind, description: describeStep(step) ?? '' };
}

/** By the terms of its step; null where there are none. */
function verdictOf(gate: SeenGate, { plan }: Flight): string | null {
  const step = plan.steps[gate.step ?? -1];
  const terms = step !== undefined && 'gates' in step ? step.gates.find(({ name }) => name === gate.name) : undefined;
  if (terms === undefined || gate.argo !== null) return gate.argo;
  const { argo: _, ...counts } = gate;
  return verdict(terms, counts);
}

function wanted(flight: Flight, command: (approval: string) => string): StatusReport['approval'] {
  const step = waitingFor(flight);
  if (step === null) return null;
  const { release, plan } = flight;
  const { name, count, reason } = step;
  const { taken, given, inVain } = approversOf(flight, name);
  return {
    name,
    reason,
    count,
    approvedBy: taken,
    saidBy: given,
    inVain,
    command: plan.signing
      ? `${command(name)} --sign KEY`
      : plan.risk === 'high'
        ? `tidegate approve ${release} ${name} --git`
        : command(name),
  };
}

function standing({ orders }: Flight): StatusReport['orders'] {
  const all = COMMANDS.flatMap((name) => {
    const order = orders.commands[name];
    if (!order) return [];
    const { plan, by, at, reason } = order;
    return [[name, { plan, by, at, reason }] as const];
  });
  return Object.fromEntries(all);
}

function iso(time: number | null): string | null {
  return time === null || Math.abs(time) > 8.64e15 ? null : new Date(time).toISOString();
}
