import { readOrders } from '../../plan/orders.ts';
import type { Step } from '../../plan/plan.ts';
import { queuedOf } from '../../plan/queued.ts';
import type { ApiRequest } from '../../runner/index.ts';
import type { KubeObject } from '../api/object.ts';
import { jsonPatch, type Operation } from '../api/patch.ts';
import type { Change } from '../api/server.ts';
import { isOffBy } from '../flags.ts';
import type { Delivery } from '../metrics.ts';
import type { Process } from '../process.ts';
import { isReplaced, jobsOf, PATHS, planName } from '../release/objects.ts';
import type { Draft } from '../release/plans.ts';
import { beyondRights } from '../release/rights.ts';
import { exposedTo, isForeign, type Shares, sharesOf } from '../release/routes.ts';
import type { Simulation, Witness } from '../simulation.ts';
import { approvalProblem, type Consumed } from './approvals.ts';
import { type Attempt, newAttempt, unearned } from './attempt.ts';
import { causeOf } from './causes.ts';
import { evidenceProblem } from './evidence.ts';
import { type Remedy, tryRemedy } from './remedies.ts';
import { unfenced } from './requests.ts';
import { Retreat } from './retreat.ts';
import { setLevel, writtenIn } from './written.ts';

/** What was on its way when something happened may still arrive, and what was read just before it may still count. */
export const GRACE_MILLISECONDS = 20_000;

/**
 * Watches a simulation for the invariants of the design, from what the cluster truly is and never from what a runner
 * believes. Each is checked at the event that would break it.
 */
export class Invariants implements Witness {
  readonly violations: string[] = [];
  private readonly sim: Simulation;
  /** The attempt that each plan is in, by its hash. */
  private readonly attempts = new Map<string, Attempt>();
  private readonly drafts = new Map<string, Draft>();
  private readonly gone = new Map<string, number>();
  /** When each plan was last put there, whatever it was. */
  private readonly replacedAt = new Map<string, number>();
  private readonly retreat: Retreat;
  private readonly consumed: Consumed[] = [];
  /** What allows a plan to begin anew. */
  private readonly renewals = new Set<string>();
  private readonly clocksAreWrong: boolean;
  /** When an override was last written, by whomever. */
  private overriddenAt = Number.NEGATIVE_INFINITY;
  /** When the request was sent that is being answered. */
  private sentAt = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
    this.clocksAreWrong = sim.fate.skew !== 0 || sim.fate.happenings.some(({ what }) => what === 'clock jumps');
    this.retreat = new Retreat(
      sim,
      (hash) => this.attempts.get(hash),
      (text) => this.violated(text),
    );
    this.follow(sim.draft);
  }

  /** A plan that may be walked. */
  follow(draft: Draft): void {
    this.drafts.set(draft.hash, draft);
    const uid = this.sim.server.find(PATHS.plan(draft.hash))?.metadata.uid ?? '';
    this.attempts.set(draft.hash, newAttempt(draft, uid, this.sim.time.now, this.sim));
  }

  changed(change: Change): void {
    const { path, type, object, by } = change;
    const { draft } = this.sim;
    if (!this.drafts.has(draft.hash)) this.follow(draft);
    if (path === PATHS.status) this.statusChanged(change);
    else if (path === PATHS.route(draft)) this.routeChanged(change);
    else if (object.kind === 'Job') this.jobChanged(object, change.before);
    else if (path === PATHS.operator && object.data?.retry !== change.before?.data?.retry) this.renewals.add('retry');
    for (const known of this.drafts.values()) {
      if (path !== PATHS.plan(known.hash)) continue;
      if (type === 'DELETED') this.gone.set(known.hash, this.sim.time.now);
      else {
        this.gone.delete(known.hash);
        this.replacedAt.set(known.hash, this.sim.time.now);
        this.renewals.add('landed');
      }
    }
    this.retreat.changed(change);
    if (path === PATHS.flagsOff && type !== 'DELETED') this.overriddenAt = this.sim.time.now;
    if (path === PATHS.flagsOff && by === 'tidegate-runner') {
      // What a person has switched off by one that is there would be undone.
      if (type !== 'ADDED') this.violated('S7 an override is written over');
      for (const owner of object.metadata.ownerReferences ?? []) this.remedyDone('flagOff', owner.name);
    }
    if (path === PATHS.deployment(draft.plan.candidate.deployment) && by === 'tidegate-runner') this.checkCapacity(change);
  }

  arriving(request: ApiRequest, process: Process, sentAt: number): void {
    this.sentAt = sentAt;
    const draft = [...this.drafts.values()].find(({ hash }) => planName(hash) === process.plan);
    if (draft === undefined) return;
    const beyond = beyondRights(request, draft);
    if (beyond !== null) this.violated(`S7 ${beyond} is beyond the runner's rights`);
    if (request.method !== 'PATCH') return;
    const goneAt = this.gone.get(draft.hash);
    if (goneAt !== undefined && sentAt > goneAt + GRACE_MILLISECONDS && !this.repeats(request))
      this.violated(`superseded: PATCH ${request.path} without its plan`);
    if (request.path.startsWith(`${PATHS.flagsOff}?`)) this.remedyTried('flagOff', process.plan, sentAt);
    if (request.path.startsWith(`${PATHS.route(draft)}?`)) this.routeWrite(request.body as Operation[], draft, sentAt);
  }

  /**
   * What decides nothing may rest on a watch that is behind, and so may an end that somebody ordered: it can only replace the
   * status that this plan wrote last.
   */
  private repeats({ path, body }: ApiRequest): boolean {
    if (!path.startsWith(`${PATHS.status}?`)) return false;
    const status = body as KubeObject;
    return status.data?.phase === 'Aborting' || saysTheSame(status, this.sim.server.find(PATHS.status));
  }

  flagAsked({ plan }: Process, done: boolean): void {
    if (done) this.remedyDone('webhook', plan);
    else this.remedyTried('webhook', plan, this.sim.time.now);
  }

  private remedyTried(remedy: Remedy, plan: string, at: number): void {
    const attempt = this.attemptOf(plan);
    const why = attempt === undefined ? null : tryRemedy(attempt, remedy, at);
    if (why !== null && !this.clocksAreWrong) this.violated(`S6 ${why}`);
  }

  private remedyDone(remedy: Remedy, plan: string): void {
    const tried = this.attemptOf(plan)?.remedies.get(remedy);
    if (tried !== undefined) tried.doneAt ??= this.sim.time.now;
  }

  /** @param plan name of its ConfigMap */
  private attemptOf(plan: string): Attempt | undefined {
    return [...this.attempts].find(([hash]) => planName(hash) === plan)?.[1];
  }

  served({ users }: Shares): void {
    for (const { shares } of this.attempts.values()) if (!shares.has(users)) shares.set(users, this.sim.time.now);
  }

  delivered(delivery: Delivery): void {
    for (const { hash } of this.drafts.values())
      if (planName(hash) === delivery.process?.plan) this.attempts.get(hash)?.deliveries.push(delivery);
  }

  disturbed(_: string, milliseconds: number): void {
    for (const attempt of this.attempts.values()) attempt.disturbances++;
    this.retreat.excuse(milliseconds);
  }

  /** Looks at what must not last; called every now and then. */
  tick(): void {
    this.retreat.look();
  }

  /** What must be true once nothing moves any more. */
  checkEnd(): void {
    const { status, draft, shares, crash, server } = this.sim;
    if (crash !== null) this.violated(`the runner threw ${crash.stack}`);
    // What nobody can believe is left as it is, until a person has looked.
    if (server.find(PATHS.plan(draft.hash)) === undefined || isForeign(this.sim.route)) return;
    if (status === null || status.plan !== draft.hash) {
      this.violated('S6 the runner has written no status');
      return;
    }
    const { phase = '', reason = '' } = status;
    const waits = draft.plan.queue && !this.sim.others.isOpen(draft.plan.queue);
    if (phase === 'Held' && /^waits for/.test(reason) && !waits) this.violated(`S6 ends in phase Held and nobody comes first: ${reason}`);
    const override = server.find(PATHS.flagsOff);
    if (phase === 'Starting' && (waits || override)) return;
    if (!['Promoted', 'Aborted', 'Held'].includes(phase)) this.violated(`S6 ends in phase ${phase}: ${reason}`);
    if (phase === 'Promoted' && shares.users !== 100) this.violated(`S6 promoted with ${shares.users} %`);
    const isOff = writtenIn(server.find(PATHS.status)).remedies?.flagOff?.doneAt !== undefined;
    const raisedAt = this.attempts.get(draft.hash)?.entered.get(draft.plan.steps.findIndex(({ kind }) => kind === 'switch')) ?? 0;
    const isOfLater = this.overriddenAt > raisedAt - GRACE_MILLISECONDS;
    if (phase === 'Promoted' && draft.plan.remedies?.flagOff && !(isOff ? isOffBy(override) : override === undefined || isOfLater))
      this.violated(`S6 promoted with a status that says a flag is ${isOff ? 'off' : 'on'}, and it is not`);
    if (phase === 'Aborted' && exposedTo(shares)) this.violated(`S4 aborted with ${show(shares)}`);
  }

  private routeWrite(operations: readonly Operation[], draft: Draft, sentAt: number): void {
    const fence = unfenced(operations, draft);
    if (fence !== null) this.violated(`S5 ${fence}`);
    const before = this.sim.server.find(PATHS.route(draft));
    const after = before === undefined ? null : (jsonPatch(before, operations) as KubeObject | null);
    if (after === null || after.metadata.resourceVersion !== before?.metadata.resourceVersion) return;
    const [had, gets] = [before, after].map((route) => sharesOf(route, draft.plan.candidate.service)) as [Shares, Shares];
    const attempt = this.attempts.get(draft.hash);
    if (attempt === undefined) return;
    // Whoever shares the weights otherwise does so because requests are given up.
    if (draft.plan.remedies?.shed && gets.users > 0 && gets.header === 0 && !attempt.remedies.has('shed')) {
      this.remedyTried('shed', planName(draft.hash), sentAt);
      this.remedyDone('shed', planName(draft.hash));
    }
    for (const index of raisedBy(attempt, had, gets)) this.checkRaise(attempt, index, gets, sentAt);
  }

  private checkRaise(attempt: Attempt, index: number | string, gets: Shares, sentAt: number): void {
    const { time, server } = this.sim;
    const { draft } = attempt;
    if (typeof index === 'string') {
      this.violated(`S2 ${show(gets)}: ${index}`);
      return;
    }
    if (isReplaced(server.find(PATHS.plan(draft.hash)), draft) && sentAt > (this.replacedAt.get(draft.hash) ?? 0) + GRACE_MILLISECONDS)
      this.violated(`S4 ${show(gets)} although another plan has been put in the place of ${draft.hash}`);
    if (attempt.loweredBy !== null) this.violated(`S13 ${show(gets)} although ${attempt.loweredBy} has taken traffic to stable`);
    if (attempt.restedAt !== null && sentAt > attempt.restedAt + GRACE_MILLISECONDS)
      this.violated(`S4 ${show(gets)} after the attempt was over`);
    const abort = readOrders(server.find(PATHS.operator)?.data ?? {}, draft.hash).commands.abort;
    const orderedAt = this.retreat.abortedAt(draft.hash);
    if (abort !== undefined && orderedAt !== null && sentAt > orderedAt + GRACE_MILLISECONDS && attempt.startedAt < orderedAt)
      this.violated(`S4 ${show(gets)} although a person has ordered to abort`);
    // Who dies between what was decided and its write does not wait again.
    if (attempt.entered.size === 0) this.checkOrder(attempt, Math.min(sentAt, attempt.decided.get(index) ?? sentAt), show(gets));
    if (attempt.entered.has(index)) return;
    const why = unearned(attempt, index, time.now, this.clocksAreWrong);
    if (why !== null) this.violated(why);
    attempt.entered.set(index, time.now);
  }

  /** Those that come first must have been over a moment ago, whatever their statuses were made to say. */
  private checkOrder({ draft: { plan } }: Attempt, decidedAt: number, what: string): void {
    if (plan.queue && !this.sim.others.wasOpen(plan.queue, decidedAt - GRACE_MILLISECONDS, this.clocksAreWrong))
      this.violated(`order: ${what} before ${queuedOf(plan).join(', ')}`);
  }

  private routeChanged({ object, before, type, by }: Change): void {
    const { draft } = this.sim;
    const attempt = this.attempts.get(draft.hash);
    if (attempt === undefined || type === 'DELETED' || by === 'tidegate-runner' || before === undefined) return;
    const { service } = draft.plan.candidate;
    const { users } = sharesOf(object, service);
    if (draft.plan.gitopsManagers.includes(by)) {
      attempt.resets++;
      return;
    }
    // Somebody who does what the runner is about to do has not moved it.
    const step = draft.plan.steps[attempt.step];
    const earned = step?.exposure === users && unearned(attempt, attempt.step, this.sim.time.now, this.clocksAreWrong) === null;
    if (earned && users > sharesOf(before, service).users) attempt.entered.set(attempt.step, this.sim.time.now);
    if (attempt.restedAt === null && users < sharesOf(before, service).users) attempt.loweredBy = by;
  }

  private jobChanged({ metadata: { name }, spec, status }: KubeObject, before: KubeObject | undefined): void {
    const { time, router } = this.sim;
    const is = (object: KubeObject['status'], type: string) => object?.conditions?.some((condition: KubeObject) => condition.type === type);
    const ended = (['Complete', 'Failed'] as const).find((type) => is(status, type) && !is(before?.status, type));
    for (const attempt of this.attempts.values()) {
      const job = jobsOf(attempt.draft).find((known) => known.name === name);
      if (job === undefined) continue;
      const begins = before?.spec.suspend && !spec.suspend;
      if (begins && job.gate === null) this.checkOrder(attempt, this.sentAt, `Job ${name}`);
      if (begins && job.gate !== null) attempt.began.set(name, router.served);
      if (ended === undefined) continue;
      if (job.gate === null) {
        if (ended === 'Complete') attempt.jobs.add(name);
      } else if (attempt.began.has(name)) {
        // A Job is about the level at which it was let begin.
        const served = attempt.began.get(name) ?? router.served;
        const truth = ended === 'Complete' ? 'pass' : 'fail';
        attempt.deliveries.push({
          at: time.now,
          askedAt: time.now,
          process: null,
          gate: job.gate,
          truth,
          served,
          overridden: attempt.flags.overridden,
        });
      }
    }
  }

  private statusChanged({ type, object, by, before }: Change): void {
    if (type === 'DELETED' || by !== 'tidegate-runner') {
      this.renewals.add('status lost');
      return;
    }
    const { plan = '', phase = '', step = '' } = object.data ?? {};
    const draft = this.drafts.get(plan);
    const known = this.attempts.get(plan);
    if (draft === undefined || known === undefined) {
      this.violated(`S6 a status for plan ${plan}, which nobody has`);
      return;
    }
    const index = Number(step);
    const rests = phase === 'Aborting' || phase === 'Aborted';
    const attempt = this.renewed(known, index, rests, object, before);
    if (phase === 'Progressing' && attempt.startsAt === null) {
      attempt.startsAt = this.sim.time.now;
      this.checkOrder(attempt, this.sentAt, 'the first step');
    }
    const evidence = attempt === known ? evidenceProblem(attempt, object, before, this.clocksAreWrong) : null;
    if (evidence !== null) this.violated(evidence);
    for (let done = attempt.step; done < index; done++) this.stepDone(attempt, done);
    if (!attempt.reached.has(index)) attempt.reached.set(index, this.sim.time.now);
    if (!attempt.decided.has(index) && setLevel(object) !== setLevel(before)) attempt.decided.set(index, this.sentAt);
    attempt.step = index;
    if (rests && attempt.restedAt === null) {
      attempt.restedAt = this.sim.time.now;
      const cause = this.clocksAreWrong ? 'a clock' : causeOf(attempt, this.sim, this.retreat.history, before);
      if (cause === null) this.violated(`S4 gave up without a cause: ${object.data?.reason}`);
    }
    this.sim.note(() => `status: ${phase}, step ${step}, weight ${object.data?.weight}: ${object.data?.reason}`);
  }

  /** The attempt, or a new one where the status has begun anew; that needs a reason. */
  private renewed(attempt: Attempt, step: number, rests: boolean, object: KubeObject, before: KubeObject | undefined): Attempt {
    const uid = this.sim.server.find(PATHS.plan(attempt.draft.hash))?.metadata.uid ?? attempt.uid;
    // Whoever has not heard yet that the plan was replaced says that it lives or gives up, and takes only the step that it was
    // about to take.
    const lately = this.sim.time.now - (this.replacedAt.get(attempt.draft.hash) ?? 0) < GRACE_MILLISECONDS;
    const unheard = writtenIn(object).planUid === attempt.uid && (rests || lately || saysTheSame(object, before));
    const again =
      (uid !== attempt.uid && !unheard) ||
      step < attempt.step ||
      (attempt.restedAt !== null && !rests) ||
      before?.data?.plan !== attempt.draft.hash;
    if (!again) return attempt;
    if (before !== undefined && this.renewals.size === 0 && step < attempt.step)
      this.violated(`S6 from step ${attempt.step} back to ${step}`);
    this.renewals.clear();
    const next = newAttempt(attempt.draft, uid, this.sim.time.now, this.sim);
    // A smoke Job runs once under a plan, and what it said counts for each of its attempts.
    for (const name of attempt.jobs) next.jobs.add(name);
    next.spent = attempt.spent || attempt.began.size > 0;
    this.attempts.set(attempt.draft.hash, next);
    return next;
  }

  /** A step that the status has left behind: was it truly done? */
  private stepDone(attempt: Attempt, index: number): void {
    const step = attempt.draft.plan.steps[index] as Step;
    const why = this.undone(attempt, index, step);
    if (why === null) attempt.passed.add(index);
    else this.violated(why);
  }

  private undone(attempt: Attempt, index: number, step: Step): string | null {
    if (step.kind === 'scale') {
      const most = this.retreat.history.available(GRACE_MILLISECONDS);
      return most >= step.replicas ? null : `S2 step ${index} (scale) is left with ${most} of ${step.replicas} pods available`;
    }
    return step.kind === 'approval' ? approvalProblem(step, index, attempt, this.sim, this.consumed) : null;
  }

  /** Pods of the candidate go only once it has had nothing for a while (S10), and before that none of them. */
  private checkCapacity({ object, before }: Change): void {
    const [had, has] = [before?.spec.replicas ?? 1, object.spec.replicas ?? 1];
    if (has >= had) return;
    const { history } = this.retreat;
    // What was on its way when somebody moved the route.
    if (exposedTo(this.sim.shares) && history.exposedFor() < GRACE_MILLISECONDS) return;
    const quiet = history.unexposedFor();
    const { scaleDownDelaySeconds } = this.sim.draft.plan;
    const { fate, shares } = this.sim;
    const wrong = this.clocksAreWrong || fate.skew !== 0;
    const delay = wrong ? 0 : Math.min(scaleDownDelaySeconds * 1_000, 20_000);
    if (exposedTo(shares) || (!wrong && exposedTo(this.sim.router.served)) || quiet < delay)
      this.violated(`S10 the candidate loses pods ${quiet} ms after its last request`);
  }

  private violated(what: string): void {
    const text = `${what} (at ${this.sim.seconds.toFixed(1)}s)`;
    if (this.violations.length < 20) this.violations.push(text);
    this.sim.note(() => `!!! ${text}`);
  }
}

/** Of what is decided; when and why may be other. */
const saysTheSame = (status: KubeObject, before: KubeObject | undefined): boolean =>
  ['plan', 'phase', 'step', 'weight'].every((key) => status.data?.[key] === before?.data?.[key]);

/** The steps that give what is more than there was; a text where no step of the plan gives it. */
function raisedBy({ draft: { plan }, remedies }: Attempt, had: Shares, gets: Shares): (number | string)[] {
  const raised: (number | string)[] = [];
  const find = (is: (step: Step) => boolean) => {
    const index = plan.steps.findIndex(is);
    return index >= 0 ? index : 'no step of the plan gives this';
  };
  const weight = () =>
    find((step) => (step.kind === 'setWeight' && step.weight === gets.users) || (step.kind === 'switch' && gets.users === 100));
  if (gets.users > had.users) raised.push(weight());
  // Requests that may be given up have the share of all others, and are given back by a step of their own.
  if (gets.header > had.header && plan.remedies?.shed && gets.header < 100)
    raised.push(remedies.has('shed') ? 'requests that were given up' : gets.header === gets.users ? weight() : 'no step gives so much');
  else if (gets.header > had.header)
    raised.push(find(({ kind }) => kind === 'setHeaderRoute' || (kind === 'switch' && gets.users === 100)));
  if (gets.mirror > had.mirror) raised.push(find((step) => step.kind === 'setMirrorRoute' && step.percent === gets.mirror));
  return raised;
}

const show = ({ users, header, mirror }: Shares): string =>
  `${users} % of users${header > 0 ? `, ${header} % with the header` : ''}${mirror > 0 ? `, ${mirror} % copied` : ''}`;
