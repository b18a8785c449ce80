import type { Answer, Askable, JobAnswer, Result } from '../gates/providers/index.ts';
import { smokeJobName } from '../plan/job-names.ts';
import type { Step } from '../plan/plan.ts';
import { type Applied, type Effect, FIELD_MANAGER, type Question, type Said, SERVED } from '../runner/effect.ts';
import { newState, PARTS, type Release, reduce, type State, type World } from '../runner/index.ts';
import { isSame, type Level, NOTHING } from '../runner/level.ts';
import type { Status } from '../runner/status.ts';
import { jobsOf } from './release/objects.ts';

/** What is around a release to which nothing happens. */
export interface Surroundings {
  readonly stableReplicas: number;
  /** From being asked for to available pods. */
  readonly startSeconds: number;
  /** From pods that can run to the end of a Job, which passes. */
  readonly jobSeconds: number;
  /** From a change of the route to the router that says so, and to requests that follow it. */
  readonly acceptedSeconds: number;
  readonly servedSeconds: number;
  /** From the question to the first person's yes; each further one takes half as long again. */
  readonly approvalSeconds: number;
  /** What a gate is told. */
  readonly measured: (question: Question, provider: Askable) => Result;
  /** Index of the step that fails: its pods are lost, its test fails, nobody approves it, or a person moves the route back. @default none */
  readonly failing?: number;
}

export interface CalmOutcome {
  readonly phase: string | null;
  readonly seconds: number;
  /** What the candidate got, by the seconds since the beginning. */
  readonly levels: readonly { readonly at: number; readonly level: Level }[];
  readonly phases: readonly { readonly at: number; readonly phase: string }[];
  /** What the runner has written last; null: nothing. Its times are milliseconds since `BEGINNING`. */
  readonly status: Status | null;
  readonly looks: number;
}

/** More than any plan needs: a release that goes round in circles is a fault of the runner. */
const MOST_LOOKS = 100_000;
export const BEGINNING = Date.UTC(2026, 0, 5, 9);

/**
 * Walks a plan by the runner's own logic, through a world that is made of what the runner sees and not of objects of
 * an API: no requests, no JSON, no time. Thousands of releases a second, where `simulate` lives through one.
 */
export function walkCalmly(release: Release, surroundings: Surroundings): CalmOutcome {
  return new CalmWalk(release, surroundings).walk();
}

interface Happening {
  readonly at: number;
  readonly happen: () => void;
}

class CalmWalk {
  private readonly release: Release;
  private readonly around: Surroundings;
  private now = BEGINNING;
  private version = 1;
  private state: State;
  private world: World;
  private served = 0;
  private readonly happenings: Happening[] = [];
  private readonly asked = new Set<number>();
  private readonly levels: { at: number; level: Level }[] = [];
  private readonly phases: { at: number; phase: string }[] = [];
  private status: Status | null = null;

  constructor(release: Release, around: Surroundings) {
    // In a calm walk whoever signs is believed, and nobody comes first.
    const { signing: _, queue: __, ...plan } = release.plan;
    this.release = { ...release, plan, parts: PARTS };
    this.around = around;
    this.state = newState(this.release);
    this.world = this.beginning();
    this.startPods(1);
  }

  walk(): CalmOutcome {
    let looks = 0;
    for (;;) {
      if (++looks > MOST_LOOKS) throw new Error(`plan ${this.release.hash} has no end`);
      if (this.look() || this.state.latest?.pace === 'again') continue;
      if (this.state.latest?.done != null || !this.wait()) break;
    }
    const { levels, phases } = this;
    return { phase: phases.at(-1)?.phase ?? null, seconds: this.seconds, levels, phases, status: this.status, looks };
  }

  private get seconds(): number {
    return (this.now - BEGINNING) / 1_000;
  }

  private beginning(): World {
    const { plan, hash } = this.release;
    const deployment = (replicas: number, available: number) => ({ resourceVersion: '1', replicas, available, current: true });
    const nobody = { approvals: [], commands: {}, unreadable: [] };
    return {
      plan: 'present',
      planUid: 'calm',
      wrote: null,
      unseen: false,
      route: {
        resourceVersion: '1',
        uid: 'calm',
        generation: 1,
        whole: plan.route.splits.some(({ stable }) => stable.weight === undefined),
        level: this.whole(NOTHING),
        even: true,
        foreign: null,
        unmarked: null,
        extra: null,
        owners: plan.gitopsManagers,
        accepted: true,
        annotated: false,
      },
      stable: deployment(this.around.stableReplicas, this.around.stableReplicas),
      candidate: deployment(1, 0),
      jobs: Object.fromEntries(
        jobsOf({ plan, hash }).map(({ name, suspended }) => [name, { resourceVersion: '1', suspended, answer: { kind: 'running' } }]),
      ),
      orders: { git: nobody, cluster: nobody },
      status: { kind: 'absent', resourceVersion: null },
      others: {},
    };
  }

  /** Whether something is known now that was not before. */
  private look(): boolean {
    let answered = false;
    const { effects } = this.reduce({ kind: 'looked', at: this.now, world: this.world, fresh: true });
    for (const effect of effects) answered = this.perform(effect) || answered;
    return answered;
  }

  private reduce(event: Parameters<typeof reduce>[1]) {
    const reduced = reduce(this.state, event);
    this.state = reduced.state;
    return reduced;
  }

  /** On to the next moment at which something is to be seen; false: there is none. */
  private wait(): boolean {
    const { happenings } = this;
    const next = Math.min(this.state.latest?.until ?? Number.POSITIVE_INFINITY, ...happenings.map(({ at }) => at));
    if (next === Number.POSITIVE_INFINITY) return false;
    this.now = Math.max(this.now, next);
    for (const happening of happenings.filter(({ at }) => at <= this.now)) {
      happenings.splice(happenings.indexOf(happening), 1);
      happening.happen();
    }
    return true;
  }

  private after(seconds: number, happen: () => void): void {
    this.happenings.push({ at: this.now + seconds * 1_000, happen });
  }

  private next(): string {
    return String(++this.version);
  }

  /** Whether it was answered at once. */
  private perform(effect: Effect): boolean {
    switch (effect.kind) {
      case 'setRoute':
        this.setRoute(effect.level);
        return false;
      case 'fenceRoute':
        if (this.world.route !== null) this.world = { ...this.world, route: { ...this.world.route, resourceVersion: this.next() } };
        return false;
      case 'scale':
        this.scale(effect.replicas);
        return false;
      case 'startJob':
        this.setJob(effect.job, { suspended: false });
        this.after(this.around.jobSeconds, () => this.setJob(effect.job, { answer: { kind: 'pass' } }));
        return false;
      case 'saveStatus':
        this.world = { ...this.world, status: { kind: 'ours', status: effect.status, resourceVersion: this.next() } };
        this.said(effect.status);
        return false;
      case 'ask': {
        const { question } = effect;
        this.reduce({ kind: 'answered', at: this.now, question, answer: this.answer(question, effect.provider) });
        return true;
      }
      case 'announce':
      case 'log':
        return false;
    }
  }

  private answer(question: Question, provider: Askable | Applied): Said {
    if ('apply' in provider) {
      this.world = { ...this.world, others: { ...this.world.others, [provider.apply.metadata.name]: provider.apply } };
      return { kind: 'empty' };
    }
    const result: Result = question.key === SERVED ? { kind: 'numbers', values: [this.served] } : this.around.measured(question, provider);
    return { warnings: [], evidence: EVIDENCE, ...result };
  }

  private setRoute(level: Level): void {
    const { route } = this.world;
    if (route === null) return;
    const generation = (route.generation ?? 0) + 1;
    const reports = this.release.plan.route.acceptance === 'gateway-parents';
    const whole = this.whole(level);
    if (!isSame(whole, route.level)) this.levels.push({ at: this.seconds, level: whole });
    const written = { ...route, level: whole, generation, owners: [FIELD_MANAGER], accepted: !reports, resourceVersion: this.next() };
    this.world = { ...this.world, route: written };
    this.after(this.around.servedSeconds, () => {
      this.served = level.weight;
    });
    if (this.failsAt('setWeight', 'setHeaderRoute', 'setMirrorRoute', 'switch') && !isSame(whole, this.whole(NOTHING))) this.takeBack();
    if (!reports) return;
    this.after(this.around.acceptedSeconds, () => {
      const { route } = this.world;
      if (route?.generation === generation)
        this.world = { ...this.world, route: { ...route, accepted: true, resourceVersion: this.next() } };
    });
  }

  /** As a person does who has seen enough. */
  private takeBack(): void {
    this.after(1, () => {
      const { route } = this.world;
      if (route === null) return;
      const level = this.whole(NOTHING);
      this.levels.push({ at: this.seconds, level });
      this.world = { ...this.world, route: { ...route, level, owners: ['a-person'], resourceVersion: this.next() } };
    });
  }

  /** From the step before on, which goes on without them: a scale that finds its pods there is over at once. */
  private losesPods(step: number): boolean {
    const { failing } = this.around;
    const { steps } = this.release.plan;
    if (failing === undefined || steps[failing]?.kind !== 'scale') return false;
    return step === failing || (step === failing - 1 && steps[step]?.kind !== 'scale');
  }

  private losePods(): void {
    const { candidate } = this.world;
    if (candidate !== null && candidate.available > 0)
      this.world = { ...this.world, candidate: { ...candidate, available: 0, resourceVersion: this.next() } };
  }

  /** Whether the step that is walked is one of these kinds, and fails. */
  private failsAt(...kinds: readonly Step['kind'][]): boolean {
    const { failing } = this.around;
    if (failing === undefined || this.status?.step !== failing) return false;
    return kinds.some((kind) => this.release.plan.steps[failing]?.kind === kind);
  }

  /** With each of the plan's routes by its name, as a look at the object has it. */
  private whole({ weight, routes }: Level): Level {
    const { headers = [], mirrors = [] } = this.release.plan.route;
    return { weight, routes: Object.fromEntries([...headers, ...mirrors].map(({ name }) => [name, routes[name] ?? 0])) };
  }

  private scale(replicas: number): void {
    const { candidate } = this.world;
    if (candidate === null) return;
    const available = Math.min(candidate.available, replicas);
    this.world = { ...this.world, candidate: { ...candidate, replicas, available, resourceVersion: this.next() } };
    this.startPods(replicas);
  }

  private startPods(replicas: number): void {
    this.after(this.around.startSeconds, () => {
      const { candidate } = this.world;
      if (candidate?.replicas !== replicas || this.losesPods(this.status?.step ?? 0)) return;
      this.world = { ...this.world, candidate: { ...candidate, available: replicas, resourceVersion: this.next() } };
      if (candidate.available === 0) this.smoke();
    });
  }

  /** What begins by itself begins with the first pod. */
  private smoke(): void {
    for (const [name, job] of Object.entries(this.world.jobs))
      if (job?.suspended === false) this.after(this.around.jobSeconds, () => this.setJob(name, { answer: this.jobAnswer(name) }));
  }

  private jobAnswer(name: string): JobAnswer {
    const { plan, hash } = this.release;
    const { failing } = this.around;
    const fails = failing !== undefined && plan.steps[failing]?.kind === 'smoke' && name === smokeJobName(plan.release, hash, failing);
    return fails ? { kind: 'fail', message: 'it failed' } : { kind: 'pass' };
  }

  private setJob(name: string, change: Partial<NonNullable<World['jobs'][string]>>): void {
    const { jobs } = this.world;
    const job = jobs[name];
    if (job != null) this.world = { ...this.world, jobs: { ...jobs, [name]: { ...job, ...change, resourceVersion: this.next() } } };
  }

  /** What people and readers see of a status. */
  private said(status: Status): void {
    const { phase, step } = status;
    this.status = status;
    if (this.losesPods(step)) this.losePods();
    if (this.phases.at(-1)?.phase !== phase) this.phases.push({ at: this.seconds, phase });
    const walked = this.release.plan.steps[step];
    if (walked?.kind !== 'approval' || this.asked.has(step)) return;
    this.asked.add(step);
    if (this.failsAt('approval')) return;
    for (let person = 0; person < walked.count; person++)
      this.after(this.around.approvalSeconds * (1 + person / 2), () => this.approve(walked.name, person));
  }

  private approve(approval: string, person: number): void {
    const { git, cluster } = this.world.orders;
    const at = new Date(this.now).toISOString();
    const id = this.next();
    const given = { plan: this.release.hash, approval, by: `person-${person}`, at, reason: '', id, was: id };
    this.world = { ...this.world, orders: { git: { ...git, approvals: [...git.approvals, given] }, cluster } };
  }
}

const EVIDENCE: Answer['evidence'] = {
  provider: 'calm',
  address: '',
  question: '',
  status: 200,
  askedAt: BEGINNING,
  tookMilliseconds: 0,
  evaluatedAt: BEGINNING,
};
