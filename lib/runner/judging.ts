import type { Language } from '../gates/condition/condition.ts';
import type { PlanGate } from '../gates/gate.ts';
import { type Judgement, judge } from '../gates/judge.ts';
import { type Counters, type Measurement, NO_COUNTERS, nextDue, observe, type Verdict, verdict } from '../gates/verdict.ts';
import { gateJobName } from '../plan/job-names.ts';
import type { Plan } from '../plan/plan.ts';
import { type Draft, UNSEEN_MILLISECONDS } from './draft.ts';
import { epochOf } from './effect.ts';
import { isSame } from './level.ts';
import type { Answered, Asking } from './memory.ts';
import type { Release } from './release.ts';
import type { GateEvidence, GateStatus, Status } from './status.ts';
import type { World } from './world.ts';

/** A gate that judges the present level. */
export interface ActiveGate {
  readonly key: string;
  readonly step: number;
  /** Among its step's gates. */
  readonly index: number;
  readonly gate: PlanGate;
  readonly state: GateStatus;
  readonly verdict: Verdict;
  /** How often it was measured under this plan, in earlier runs and before it was begun anew, too: each Job runs once. */
  readonly ran: number;
}

const keyOf = (step: number, gate: PlanGate): string => `${step}.${gate.name}`;

/** The gates that the status names. A decision asks several times, and statuses are replaced, never changed. */
export function activeGates(plan: Plan, { gates, evidence }: Status): readonly ActiveGate[] {
  const known = ACTIVE.get(gates);
  if (known?.plan === plan && known.evidence === evidence) return known.active;
  const active = findActive(plan, gates, evidence);
  ACTIVE.set(gates, { plan, evidence, active });
  return active;
}

const ACTIVE = new WeakMap<Status['gates'], Pick<Status, 'evidence'> & { readonly plan: Plan; readonly active: readonly ActiveGate[] }>();

function findActive(plan: Plan, gates: Status['gates'], evidence: Status['evidence']): readonly ActiveGate[] {
  return Object.entries(gates).flatMap(([key, state]) => {
    const step = Number(key.slice(0, key.indexOf('.')));
    const judging = plan.steps[step];
    if (judging?.kind !== 'analysis' && judging?.kind !== 'bake') return [];
    const index = judging.gates.findIndex((gate) => keyOf(step, gate) === key);
    const gate = judging.gates[index];
    if (gate === undefined) return [];
    const said = evidence.filter((former) => former.step === step && former.gate === gate.name);
    const ran = [state.counters, ...said].reduce((sum, counters) => sum + runsOf(counters), 0);
    return [{ key, step, index, gate, state, verdict: verdict(gate, state.counters), ran }];
  });
}

/** The gates of a step begin to judge, beside those that judge this level already. */
export function beginGates(draft: Draft, step: number, gates: readonly PlanGate[]): void {
  const begun = Object.fromEntries(gates.map((gate) => [keyOf(step, gate), newGate(draft.at)]));
  draft.change({ gates: { ...draft.status.gates, ...begun } });
}

export const newGate = (since: number): GateStatus => ({ since, passedAt: null, counters: NO_COUNTERS, began: null });

/** What these gates said stays as evidence, and they are asked again. */
export function renewGates(plan: Plan, draft: Draft, renewed: readonly ActiveGate[]): void {
  const { status, at } = draft;
  const anew = Object.fromEntries(renewed.map(({ key }) => [key, newGate(at)]));
  draft.change({ ...closeGates(plan, status, at, renewed), gates: { ...status.gates, ...anew } });
  measureAnew(plan, draft);
}

/** An analysis whose gates begin anew has its whole time again. */
export function measureAnew(plan: Plan, draft: Draft): void {
  if (plan.steps[draft.status.step]?.kind === 'analysis') draft.change({ stepStartedAt: draft.at });
}

/** The level is left: what its gates said becomes evidence, and nobody judges until an analysis begins. */
export function closeGates(plan: Plan, status: Status, at: number, closed = activeGates(plan, status)): Pick<Status, 'gates' | 'evidence'> {
  const said = closed.map(({ step, gate, state, verdict }): GateEvidence => {
    const { last: _, silentSince: __, ...counts } = state.counters;
    return { step, gate: gate.name, weight: status.level.set.weight, from: state.since, to: at, verdict, ...counts };
  });
  let evidence = [...status.evidence, ...said].slice(-MOST_EVIDENCE);
  while (JSON.stringify(evidence).length > MOST_EVIDENCE_LENGTH) evidence = evidence.slice(1);
  return { gates: {}, evidence };
}

const MOST_EVIDENCE = 60;
/** As JSON. The status holds it twice once there is a record, and a ConfigMap at most 1 MiB: what cannot be saved stops a runner. */
const MOST_EVIDENCE_LENGTH = 120_000;

/** What was answered about the level as it is, and is not in the status yet. */
export const isUnsaved = (status: Status, { question, at }: Answered, now: number): boolean => {
  // After a clock was set back, what came in the future cannot be told from what is written.
  if (question.epoch !== epochOf(status, question.key) || at > now) return false;
  // What is asked for no gate has none.
  const last = status.gates[question.key]?.counters.last;
  return !last || last.at < at || last.at > now;
};

/** Counts what providers answered and what Jobs came to. */
export function takeMeasurements(release: Release, world: World, answers: readonly Answered[], draft: Draft): void {
  const { status } = draft;
  const away = world.route === null || !isSame(world.route.level, status.level.set);
  for (const { key, gate } of activeGates(release.plan, status))
    for (const { question, answer, at, seen } of answers) {
      if (question.key !== key) continue;
      const judged = judges(release, gate).judge(gate, answer, release.parts?.conditions?.NATIVE);
      // It may be of what the route gave before anybody saw it. What fails is believed all the same.
      if (away && judged.outcome !== 'fail' && at > draft.at - UNSEEN_MILLISECONDS) continue;
      measured(release, draft, key, gate, { at, weight: question.weight, ...judged }, seen ? 'seen' : 'new');
    }
  for (const active of activeGates(release.plan, draft.status)) {
    const { key, gate, state } = active;
    const job = isDue(active, draft, true) ? jobOf(active, release, world) : null;
    if (job === null || job.view === undefined) continue;
    const { name, view } = job;
    const when = { at: draft.at, weight: status.level.set.weight };
    // One that an earlier run began has seen another level, and one that has ended stays so although it is applied anew.
    const waits = view?.suspended && view.answer.kind === 'running';
    const lost = view === null ? 'is gone' : waits || state.began === name ? '' : 'was begun before';
    if (lost !== '') {
      const message = `Job ${name} ${lost}: it cannot run again under this plan`;
      measured(release, draft, key, gate, { outcome: 'error', value: '', message, ...when }, 'once');
    } else if (view !== null && view.answer.kind !== 'running')
      measured(release, draft, key, gate, { ...when, ...judge(gate, view.answer) }, 'once');
  }
}

/** Who judges a gate, and counts what it says. */
interface Judges {
  judge: (gate: PlanGate, answer: Parameters<typeof judge>[1], language?: Language) => Judgement;
  observe: (gate: PlanGate, counters: Counters, measurement: Measurement) => Counters;
}

const NATIVE: Judges = { judge, observe };
const judges = ({ parts }: Release, { argo }: PlanGate): Judges => (argo && parts?.argo) ?? NATIVE;

/** @param how `once`: it is read from the cluster, and would be read and counted again if it were not written down */
function measured(
  release: Release,
  draft: Draft,
  key: string,
  gate: PlanGate,
  measurement: Measurement,
  how: 'new' | 'seen' | 'once',
): void {
  const state = draft.status.gates[key];
  if (state === undefined) return;
  const counters = judges(release, gate).observe(gate, state.counters, measurement);
  if (counters === state.counters) return;
  const passedAt = measurement.outcome === 'pass' ? measurement.at : state.passedAt;
  draft.sample({ gates: { ...draft.status.gates, [key]: { ...state, passedAt, counters } } }, measurement, how === 'once');
  const { outcome, value, message } = measurement;
  if (how !== 'seen' && outcome !== 'pass' && state.counters.last?.outcome !== outcome)
    draft.say(`gate ${gate.name}: ${[outcome, value, message].filter((part) => part !== '').join(', ')}`);
}

/** The questions to ask now, and when the next is due. */
export function questions(release: Release, world: World, draft: Draft, asking: Asking): void {
  for (const active of activeGates(release.plan, draft.status)) {
    const { key, gate } = active;
    const due = dueAt(active, draft, asking.asked.has(key));
    if (due === null) continue;
    if (due > draft.at) draft.by(due);
    else if ('job' in gate.provider) startJob(active, release, world, draft);
    else if (!asking.waiting.has(key))
      draft.ask({ key, epoch: epochOf(draft.status, key), weight: draft.status.level.set.weight }, gate.provider);
  }
}

const isDue = (active: ActiveGate, draft: Draft, asked: boolean): boolean => {
  const due = dueAt(active, draft, asked);
  return due !== null && due <= draft.at;
};

function dueAt({ gate, state, ran }: ActiveGate, { status, at }: Draft, asked: boolean): number | null {
  const { level } = status;
  // A remedy that is on its way excuses what is measured anew with it, and nothing else.
  const remedy = status.remedies[gate.onFailure];
  if (level.since === null || remedy?.readyAt === null) return null;
  // A clock that was set back: nobody waits for what is of the future.
  const since = Math.max(0, ...[level.since, state.since, remedy?.readyAt ?? 0].filter((time) => time <= at));
  const counters = asked || 'job' in gate.provider ? state.counters : { ...state.counters, last: null };
  if ('job' in gate.provider && ran >= gate.count) return null;
  return nextDue(gate, counters, since, at);
}

const runsOf = ({ pass, fail, inconclusive, noData, error }: Omit<Counters, 'last' | 'silentSince'>): number =>
  pass + fail + inconclusive + noData + error;

/** The Job of a gate's next run; null where the gate is none; undefined where it was not looked at. */
function jobOf({ gate, step, index, ran }: ActiveGate, { plan, hash }: Release, { jobs }: World) {
  if (!('job' in gate.provider)) return null;
  const name = gateJobName(plan.release, hash, step, index, ran);
  return { name, view: jobs[name] };
}

/** It is written down first that this gate has begun it: what a Job says of which nobody knows that does not count. */
function startJob(active: ActiveGate, release: Release, world: World, draft: Draft): void {
  const job = jobOf(active, release, world);
  if (!job?.view?.suspended) return;
  const { name: began, view } = job;
  const { gates } = draft.status;
  const state = gates[active.key] ?? active.state;
  if (state.began !== began) draft.change({ gates: { ...gates, [active.key]: { ...state, began } } });
  draft.start(began, view.resourceVersion);
}

/** Names of the Jobs that the gates' next runs are. */
export const gateJobs = ({ plan, hash }: Release, status: Status): readonly string[] =>
  activeGates(plan, status).flatMap(({ gate, step, index, ran }) =>
    'job' in gate.provider && ran < gate.count ? [gateJobName(plan.release, hash, step, index, ran)] : [],
  );

/** For people: what was measured last. */
export function saidLast({ gate, state }: ActiveGate): string {
  const { pass, fail, inconclusive, noData, error, samples } = state.counters;
  const parts = Object.entries({ passed: pass, failed: fail, inconclusive, 'without data': noData, errors: error });
  const last = samples.at(-1);
  const value = last === undefined ? '' : `, last ${[last.value, last.message].filter((text) => text !== '').join(': ') || last.outcome}`;
  const counts = parts.filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name}`);
  return `${gate.name} (${gate.description}): ${counts.join(', ') || 'not measured'}${value}`;
}
