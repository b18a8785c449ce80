import { ApiError, type Connection } from './api.ts';
import { Cluster } from './cluster.ts';
import { EXIT, type Pace } from './draft.ts';
import type { Effect } from './effect.ts';
import { type PlanReading, type Release, readPlan } from './read-plan.ts';
import { newState, reduce, type State } from './reduce.ts';
import type { Phase } from './status.ts';

/** Time, and the only way in which a runner waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early, without complaint, when the signal does. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export type LogLine = { readonly level: 'info' | 'warning' | 'error'; readonly message: string } & Readonly<Record<string, unknown>>;

/** What a probe or a scrape may be told between two looks. */
export interface Report {
  readonly phase: Phase;
  readonly step: number;
  readonly weight: number;
  readonly reason: string;
  /** False: it cannot do its work, and `reason` says why. */
  readonly ready: boolean;
  readonly lookedAt: number;
  readonly troubles: number;
}

export interface RunnerOptions {
  readonly connection: Connection;
  readonly namespace: string;
  /** Name of the plan's ConfigMap. */
  readonly plan: string;
  readonly clock: Clock;
  readonly log: (line: LogLine) => void;
  /** From 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** Ends the run after the request that is on its way; the release stays as it is. */
  readonly signal?: AbortSignal;
  /** True: return once the release is over or cannot be walked. @default false: guard for as long as it runs */
  readonly exit?: boolean;
  /** Between two looks. @default 2000 while acting, 10000 while waiting */
  readonly pollMilliseconds?: number;
  readonly onReport?: (report: Report) => void;
  /** The logic; another one only to prove that the tests would notice. @default reduce */
  readonly logic?: typeof reduce;
}

const POLL: Readonly<Record<Exclude<Pace, 'again'>, number>> = { acting: 2_000, waiting: 10_000 };
/** Looks without a pause in a row, should somebody undo each write at once. */
const HURRIES = 20;
/** A guard that waits longer than this for an API server that is back is no guard. */
const BACKOFF = { first: 100, most: 2_000 } as const;

/**
 * Walks one plan: look, decide, act, again. Resolves with an exit code of `interfaces.md`.
 *
 * Every decision is made from what was just read, so it does not matter whether the process that made the one before
 * is still the same.
 */
export async function runRunner(options: RunnerOptions): Promise<number> {
  return new Runner(options).run();
}

/** What one turn of the loop came to. */
type Turn = { readonly exit: number } | { readonly wait: number };

class Runner {
  private readonly options: RunnerOptions;
  private readonly cluster: Cluster;
  private state: State | null = null;
  private refused = '';
  private failures = 0;
  private troubles = 0;
  private hurried = 0;

  constructor(options: RunnerOptions) {
    this.options = options;
    this.cluster = new Cluster(options.connection, options.namespace, options.plan);
  }

  async run(): Promise<number> {
    const { clock, signal } = this.options;
    while (!this.stopped) {
      const turn = await this.turn();
      if ('exit' in turn) return turn.exit;
      if (turn.wait > 0 && !this.stopped) await clock.sleep(turn.wait, signal);
    }
    this.log('info', 'asked to end: the release stays as it is, and the next runner goes on from its status');
    return 0;
  }

  private get stopped(): boolean {
    return this.options.signal?.aborted === true;
  }

  private async turn(): Promise<Turn> {
    try {
      if (this.state === null) {
        const turn = await this.load();
        if (turn !== null) return turn;
      }
      return this.state === null ? { wait: POLL.waiting } : await this.step(this.state);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.trouble(error);
    }
  }

  /** Reads the plan; null: it can be walked. */
  private async load(): Promise<Turn | null> {
    const { plan, namespace } = this.options;
    const configMap = await this.cluster.readPlan();
    const reading: PlanReading =
      configMap === null ? { refused: [`ConfigMap ${plan} is not there`] } : readPlan(plan, namespace, configMap);
    if ('refused' in reading) return this.refuse(reading.refused.join('; '));
    this.state = newState(reading);
    this.log('info', `plan ${reading.hash} of ${reading.plan.release}: ${reading.plan.steps.map((step) => step.kind).join(', ')}`);
    return null;
  }

  private refuse(why: string): Turn {
    if (this.refused !== why) this.log('error', `refused, nothing was touched: ${why}`, { phase: 'Refused' });
    this.refused = why;
    this.report('Refused', why, false);
    return this.options.exit ? { exit: EXIT.cannotRun } : { wait: this.options.pollMilliseconds ?? POLL.waiting };
  }

  private async step(before: State): Promise<Turn> {
    const { clock } = this.options;
    const world = await this.cluster.look(before.release);
    const { state, effects } = (this.options.logic ?? reduce)(before, { kind: 'looked', at: clock.now(), world });
    this.state = state;
    for (const effect of effects) {
      await this.perform(effect, state.release);
      if (this.stopped) return { wait: 0 };
    }
    this.failures = 0;
    const { latest } = state;
    if (latest === null) return { wait: 0 };
    this.report(latest.phase, latest.reason, true);
    if (this.options.exit && latest.done !== null) return { exit: latest.done };
    this.hurried = latest.pace === 'again' ? this.hurried + 1 : 0;
    const pace = latest.pace === 'again' && this.hurried > HURRIES ? 'acting' : latest.pace;
    return { wait: pace === 'again' ? 0 : this.poll(pace, latest.until) };
  }

  private poll(pace: Exclude<Pace, 'again'>, until: number | null): number {
    const regular = this.options.pollMilliseconds ?? POLL[pace];
    return until === null ? regular : Math.min(regular, Math.max(1, until - this.options.clock.now()));
  }

  private async perform(effect: Effect, release: Release): Promise<void> {
    if (effect.kind === 'log') {
      this.log(effect.level, effect.message);
      return;
    }
    try {
      await this.cluster.perform(effect, release, this.options.clock.now());
    } catch (error) {
      // An Event that was not written changes nothing.
      if (effect.kind === 'announce' && error instanceof ApiError) return;
      if (error instanceof ApiError && this.state !== null) this.failed(this.state, effect, error);
      throw error;
    }
  }

  private failed(state: State, effect: Effect, error: ApiError): void {
    const reduced = (this.options.logic ?? reduce)(state, { kind: 'failed', at: this.options.clock.now(), effect, why: error.message });
    this.state = reduced.state;
    for (const line of reduced.effects) if (line.kind === 'log') this.log(line.level, line.message);
  }

  /** Nothing is decided on half a look: it is repeated, soon after a conflict and ever later after trouble. */
  private trouble(error: ApiError): Turn {
    this.failures++;
    this.troubles++;
    const cannot = error.trouble === 'forbidden' || error.trouble === 'unknown-kind' || error.trouble === 'refused';
    if (error.trouble !== 'changed') this.log(cannot ? 'error' : 'warning', error.message, { trouble: error.trouble });
    const latest = this.state?.latest ?? null;
    this.report(latest?.phase ?? 'Starting', error.message, !cannot && latest !== null);
    if (cannot && this.options.exit && !this.state?.owned) return { exit: EXIT.cannotRun };
    const { random = Math.random } = this.options;
    const most = Math.min(BACKOFF.most, BACKOFF.first * 2 ** (this.failures - 1));
    return { wait: Math.max(error.retryAfterMilliseconds ?? 0, Math.ceil((most * (1 + random())) / 2)) };
  }

  private log(level: LogLine['level'], message: string, more: Readonly<Record<string, unknown>> = {}): void {
    const latest = this.state?.latest;
    const place = latest ? { phase: latest.phase, step: latest.step, weight: latest.weight } : {};
    this.options.log({ level, message, plan: this.options.plan, ...place, ...more });
  }

  private report(phase: Phase, reason: string, ready: boolean): void {
    const { step = 0, weight = 0 } = this.state?.latest ?? {};
    this.options.onReport?.({ phase, step, weight, reason, ready, lookedAt: this.options.clock.now(), troubles: this.troubles });
  }
}
