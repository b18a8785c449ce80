import { names } from '../../engines/native/names.ts';
import { at } from '../../lock/revision.ts';
import { type Command, isSpent, type Order, type Orders, person, readOrders, WHY_SPENT } from '../../plan/orders.ts';
import type { Plan, Step } from '../../plan/plan.ts';
import { unsigned } from '../../runner/parts/signatures.ts';
import { CONFIG_MAPS, DEPLOYMENTS, type Kube } from './kube.ts';
import { parsed, type SeenStatus, seenStatus } from './seen-status.ts';
import { json, type Tampering, tamperings } from './tampering.ts';

/** What the cluster knows of one release. */
export interface Sight {
  readonly release: string;
  readonly namespace: string;
  /** Of whatever plan; null: no runner has ever written one. */
  readonly status: SeenStatus | null;
  readonly flight: Flight | null;
  /** Objects that are not as Git or the runner has left them; of a plan in flight alone. */
  readonly tampered: readonly Tampering[];
  /** The runner's Deployment; null: there is none, or it may not be seen. */
  readonly runner: unknown;
}

/** A plan that Git has put into the cluster and that is, or is about to be, walked. */
export interface Flight {
  readonly release: string;
  readonly namespace: string;
  readonly hash: string;
  /** Its texts are single lines, since they are printed. */
  readonly plan: Plan;
  /** As the cluster has it, for what is hashed and signed. */
  readonly exactPlan: Plan;
  /** Of this plan; null: no runner has begun with it. */
  readonly status: SeenStatus | null;
  /** What people have said to this plan, in Git and in the cluster. */
  readonly orders: Orders;
  /** Ids of approvals without a signature that counts, where the plan asks for one; with why. */
  readonly unsigned: Readonly<Record<string, string>>;
  /** Version of ConfigMap `<release>-operator`, null where it is not there. */
  readonly operatorVersion: string | null;
}

/**
 * Reads everything about a release. The plan in flight is the one of the runner's Deployment, which Git has put there; where
 * there is none, or it may not be seen, the one that the status names. One whose ConfigMap is gone is over.
 */
export async function look(kube: Kube, namespace: string, release: string): Promise<Sight> {
  const configMap = (name: string) => kube.get(CONFIG_MAPS, namespace, name);
  const [status, operator, approvals, runner] = await Promise.all([
    configMap(names.status(release)),
    configMap(names.operator(release)),
    configMap(names.approvals(release)),
    kube.getIfAllowed(DEPLOYMENTS, namespace, names.runner(release)),
  ]);
  const annotation = at(runner, 'spec', 'template', 'metadata', 'annotations', 'tidegate.dev/plan');
  const planned = typeof annotation === 'string' ? annotation : null;
  const hash = planned ?? seenStatus(status)?.plan ?? null;
  const plan = hash === null ? null : await configMap(names.plan(release, hash));
  return { ...sightOf({ release, namespace, status, operator, approvals, planned, plan: () => plan }), runner };
}

/** A release's objects as they were read, null where they are not there. */
export interface Read {
  readonly release: string;
  readonly namespace: string;
  readonly status: unknown;
  readonly operator: unknown;
  readonly approvals: unknown;
  /** Hash of the plan that Git has in flight; null: nobody knows, so the status says. */
  readonly planned: string | null;
  readonly plan: (hash: string) => unknown;
}

export function sightOf(read: Read): Sight {
  const { release, namespace, operator } = read;
  const status = seenStatus(read.status);
  const hash = read.planned ?? status?.plan ?? null;
  const found = hash === null ? null : read.plan(hash);
  const tampered = hash === null || found === null ? [] : tamperings({ ...read, hash, plan: found });
  const sight = { release, namespace, status, tampered, runner: null };
  const exactPlan = planIn(found);
  if (hash === null || exactPlan === null) return { ...sight, flight: null };
  const plan = printable(exactPlan);
  const orders = ordersFor(exactPlan, hash, at(read.approvals, 'data'), at(operator, 'data'));
  const version = at(operator, 'metadata', 'resourceVersion');
  const flight: Flight = {
    release,
    namespace,
    hash,
    plan,
    exactPlan,
    status: status?.plan === hash ? status : null,
    orders: printable(orders),
    unsigned: printable(unsignedOf(orders, exactPlan, status?.plan === hash ? status.countsSince : null)),
    operatorVersion: typeof version === 'string' ? version : null,
  };
  return { ...sight, flight };
}

function planIn(configMap: unknown): Plan | null {
  // Beside the plan, its text has the hash of the plan.
  const { hash: _, ...plan } = Object(json(configMap, 'plan.json'));
  return Array.isArray(at(plan, 'steps')) ? (plan as Plan) : null;
}

const printable = <Value>(value: Value): Value => parsed(JSON.stringify(value)) as Value;

/** As the runner takes them: commands from the cluster; approvals from Git, and from the cluster where the risk is not high or they are signed. */
function ordersFor({ risk, signing }: Plan, hash: string, inGit: unknown, inCluster: unknown): Orders {
  const [git, cluster] = [readOrders(inGit, hash), readOrders(inCluster, hash)];
  return {
    approvals: [...git.approvals, ...(risk === 'high' && !signing ? [] : cluster.approvals)],
    commands: cluster.commands,
    unreadable: [...git.unreadable, ...cluster.unreadable],
  };
}

/** Of equal words one signature is enough. */
function unsignedOf({ approvals }: Orders, plan: Plan, since: number | null): Readonly<Record<string, string>> {
  if (!plan.signing) return {};
  const doubts = approvals.map((one) => ({ id: one.id, why: unsigned(one, plan, null, since) }));
  const good = new Set(doubts.flatMap(({ id, why }) => (why === null ? id : [])));
  return Object.fromEntries(doubts.flatMap(({ id, why }) => (why === null || good.has(id) ? [] : [[id, why]])));
}

export type ApprovalStep = Extract<Step, { kind: 'approval' }>;

/** The plan's approval steps with their places in it. */
export function approvalSteps(plan: Plan): readonly (ApprovalStep & { readonly index: number })[] {
  return plan.steps.flatMap((step, index) => (step.kind === 'approval' ? [{ ...step, index }] : []));
}

/** The approval that the release waits for now, or null. */
export function waitingFor(flight: Flight): ApprovalStep | null {
  const { plan, status } = flight;
  if (isAborted(flight)) return null;
  const step = status?.step === null || status === null ? undefined : plan.steps[status.step];
  return step?.kind === 'approval' ? step : null;
}

/** Those who have approved a step, each once, as the runner tells people apart. */
export interface Approvers {
  readonly taken: readonly string[];
  /** Said, and not taken yet; the runner's reason says why where it does not mean to. */
  readonly given: readonly string[];
  /** Said by others than those, and why it does not count and never will. */
  readonly inVain: readonly { readonly by: string; readonly why: string }[];
}

export function approversOf({ orders, unsigned, status }: Flight, approval: string): Approvers {
  const taken = persons(status?.approvals.filter((one) => one.approval === approval) ?? []);
  const said = orders.approvals.flatMap((one) => {
    if (one.approval !== approval || taken.some((other) => isSamePerson(one.by, other))) return [];
    return [{ by: one.by, why: unsigned[one.id] ?? (isSpent(one, status?.consumed ?? []) ? WHY_SPENT : null) }];
  });
  const given = persons(said.filter(({ why }) => why === null));
  return { taken, given, inVain: said.flatMap(({ by, why }) => (why === null || given.includes(by) ? [] : { by, why })) };
}

export const isSamePerson = (by: string, other: string): boolean => person(by) === person(other);

const persons = (orders: readonly { readonly by: string }[]): readonly string[] =>
  orders.map(({ by }) => by).filter((by, index, all) => all.findIndex((other) => isSamePerson(by, other)) === index);

/** The order of this name that stands and that the runner has not followed yet. */
export function pendingOrder({ orders, status }: Flight, command: Command): Order | null {
  const order = orders.commands[command];
  return order === undefined || status?.consumed.includes(order.id) ? null : order;
}

/** Held on stable, for a retry: what the runner read contradicted itself. */
export const isStuck = ({ status }: Flight): boolean => status?.phase === 'Held' && status.hold === 'stable';

/** On stable for good, or on its way there. */
export const isAborted = ({ status }: Flight): boolean => status?.phase === 'Aborting' || status?.phase === 'Aborted';
export const isPromoted = ({ status }: Flight): boolean => status?.phase === 'Promoted';

/** A runner writes at least once a minute. */
export const SILENT_AFTER_MILLISECONDS = 180_000;

/** How long nothing was heard of the runner, where that is too long; an aborted one has nothing more to say. */
export function silenceOf(status: SeenStatus | null, now: number): number | null {
  if (status === null || status.heartbeat === null || status.phase === 'Aborted') return null;
  const silence = now - status.heartbeat;
  return silence > SILENT_AFTER_MILLISECONDS ? silence : null;
}
