import { ask, type Exchange } from '../gates/providers/index.ts';
import { ApiError, type Connection } from './api.ts';
import { backoff, type Clock } from './clock.ts';
import { Cluster } from './cluster.ts';
import { EXIT } from './draft.ts';
import type { Effect, Question, Said } from './effect.ts';
import { Followers } from './followers.ts';
import type { Parts } from './parts/index.ts';
import { newState, reduce, type State } from './reduce.ts';
import type { Release } from './release.ts';
import type { Phase, StatusView } from './status.ts';

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
  /** Absent while there is no plan that can be walked. */
  readonly release?: Release;
  readonly view?: StatusView;
}

export interface RunnerOptions {
  readonly connection: Connection;
  readonly namespace: string;
  /** Name of the plan's ConfigMap. */
  readonly plan: string;
  readonly clock: Clock;
  readonly log: (line: LogLine) => void;
  /** Loads what a plan names in `uses`, a module of `parts/`. Rejects where it is not there. */
  readonly part: (name: string) => Promise<object>;
  /** How gates are asked. */
  readonly exchange: Exchange;
  /** Reads a mounted file: credentials of the gates. */
  readonly readFile: (path: string) => Promise<string>;
  /** From 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** Ends the run after the request that is on its way; the release stays as it is. */
  readonly signal?: AbortSignal;
  /** True: return once the release is over or cannot be walked. @default false: guard for as long as it runs */
  readonly exit?: boolean;
  readonly onReport?: (report: Report) => void;
  /** The logic; another one only to prove that the tests would notice. @default reduce */
  readonly logic?: typeof reduce;
}

/** Without news and without a moment that was named: a look at what is known costs nothing. */
const IDLE_MILLISECONDS = 30_000;
/** Between two full reads while some object cannot be followed. */
const BLIND_MILLISECONDS = 5_000;
/** Between two attempts at a plan that is refused or not there. */
const REFUSED_MILLISECONDS = 10_000;
/** Looks without a pause in a row, should somebody undo each write at once, and the pause then. */
const HURRIES = 20;
const HURRIED_MILLISECONDS = 1_000;
/** A guard that waits longer than this for an API server that is back is no guard. */
const BACKOFF = { first: 100, most: 1_000 } as const;

/**
 * Walks one plan: look, decide, act, again. Resolves with an exit code of `interfaces.md`.
 *
 * Whatever is done is decided from what is in the cluster, so it does not matter whether the process that decided
 * before is still the same.
 */
export async function runRunner(options: RunnerOptions): Promise<number> {
  return new Runner(options).run();
}

/** What one turn of the loop came to. */
type Turn = { readonly exit: number } | { readonly wait: number };

class Runner {
  readonly #options: RunnerOptions;
  readonly #cluster: Cluster;
  readonly #followers: Followers;
  readonly #ending = new AbortController();
  #state: State | null = null;
  #planUid = '';
  #refused = '';
  #blindness = '';
  #failures = 0;
  /** What went wrong last; '': nothing since. */
  #failure = '';
  #troubles = 0;
  #hurried = 0;
  /** Whether the next look must read everything, since what is known may be wrong. */
  #unsure = true;
  readonly #answers: { readonly question: Question; readonly answer: Said; readonly at: number }[] = [];
  #awake = false;
  #waking = () => {};

  constructor(options: RunnerOptions) {
    const { connection, namespace, clock, random = Math.random } = options;
    this.#options = options;
    this.#cluster = new Cluster(connection, namespace, options.plan);
    this.#followers = new Followers({
      connection,
      namespace,
      clock,
      random,
      signal: this.#ending.signal,
      told: (key, object, late) => {
        if (this.#cluster.told(key, object, late)) this.wake();
      },
    });
  }

  async run(): Promise<number> {
    const end = () => {
      this.#ending.abort();
      this.wake();
    };
    this.#options.signal?.addEventListener('abort', end, { once: true });
    try {
      while (!this.stopped) {
        const turn = await this.turn();
        if ('exit' in turn) return turn.exit;
        if (turn.wait > 0) await this.rest(turn.wait);
      }
    } finally {
      this.#options.signal?.removeEventListener('abort', end);
      this.#ending.abort();
    }
    this.log('info', 'asked to end: the next runner goes on');
    return 0;
  }

  private get stopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** Until there is news, and at most this long. */
  private async rest(milliseconds: number): Promise<void> {
    if (!this.#awake && !this.stopped)
      await new Promise<void>((resolve) => {
        this.#waking = resolve;
        // Its timer may outlive it, and ends with the run: a signal for each rest would cost more than the look that follows.
        void this.#options.clock.sleep(milliseconds, this.#ending.signal).then(resolve);
      });
    this.#awake = false;
  }

  private wake(): void {
    this.#awake = true;
    this.#waking();
  }

  private async turn(): Promise<Turn> {
    try {
      const { planUid } = this.#cluster;
      if (this.#state === null || (planUid !== '' && planUid !== this.#planUid)) {
        const turn = await this.load();
        if (turn !== null) return turn;
      }
      return this.#state === null ? { wait: REFUSED_MILLISECONDS } : await this.step(this.#state);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.trouble(error);
    }
  }

  /** Reads the plan; null: it can be walked. */
  private async load(): Promise<Turn | null> {
    const { plan } = this.#options;
    const reading = await this.#cluster.readPlan();
    // Who has begun with it knows where stable is.
    if ('refused' in reading) return this.#state?.owned ? null : this.refuse(`ConfigMap ${plan}: ${reading.refused.join('; ')}`);
    const parts: Record<string, object> = {};
    for (const name of reading.plan.uses ?? [])
      try {
        parts[name] = await this.#options.part(name);
      } catch {
        return this.refuse(`its ConfigMap has no ${name}.mjs: run synth again`);
      }
    const owned = this.#state?.owned ?? false;
    this.#state = { ...newState({ ...reading, parts: parts as Parts }), owned };
    this.#planUid = this.#cluster.planUid;
    this.log('info', `plan ${reading.hash} of ${reading.plan.release}: ${reading.plan.steps.map((step) => step.kind).join(', ')}`);
    return null;
  }

  private refuse(why: string): Turn {
    if (this.#refused !== why) this.log('error', `refused, nothing was touched: ${why}`, { phase: 'Refused' });
    this.#refused = why;
    this.#state = null;
    this.report('Refused', why, false);
    return this.#options.exit ? { exit: EXIT.cannotRun } : { wait: REFUSED_MILLISECONDS };
  }

  private async step(before: State): Promise<Turn> {
    const { clock } = this.#options;
    const { release } = before;
    const blind = this.#followers.trouble;
    if (blind !== null && blind.trouble !== 'unreachable' && !before.owned) throw blind;
    if (blind !== null && blind.message !== this.#blindness) this.log('warning', `followed by reading alone: ${blind.message}`);
    this.#blindness = blind?.message ?? '';
    const sure = !this.#unsure && blind === null && this.#cluster.knows(release);
    const fresh = !sure || before.latest?.pace === 'certainly';
    const world = fresh ? await this.#cluster.readAll(release, sure) : this.#cluster.look(release);
    this.#followers.follow(this.#cluster.resources(release));
    if (!before.owned && world.status.kind !== 'ours') await this.#cluster.requireRights(release);
    for (const answered of this.#answers.splice(0)) this.reduce({ kind: 'answered', ...answered });
    const effects = this.reduce({ kind: 'looked', at: clock.now(), world, fresh });
    for (const effect of effects) {
      await this.perform(effect, release);
      if (this.stopped) return { wait: 0 };
    }
    this.#failures = 0;
    this.#failure = '';
    this.#unsure = false;
    return this.next(blind !== null);
  }

  private reduce(event: Parameters<typeof reduce>[1]): readonly Effect[] {
    if (this.#state === null) return [];
    const { state, effects } = (this.#options.logic ?? reduce)(this.#state, event);
    this.#state = state;
    return effects;
  }

  /** What comes after a turn that did what was decided. */
  private next(blind: boolean): Turn {
    const latest = this.#state?.latest ?? null;
    if (latest === null) return { wait: 0 };
    if (latest.pace === 'certainly') return { wait: 0 };
    this.report(latest.phase, latest.reason, true);
    if (this.#options.exit && latest.done !== null) return { exit: latest.done };
    this.#hurried = latest.pace === 'again' ? this.#hurried + 1 : 0;
    if (latest.pace === 'again') return { wait: this.#hurried > HURRIES ? HURRIED_MILLISECONDS : 0 };
    const longest = blind ? BLIND_MILLISECONDS : IDLE_MILLISECONDS;
    return { wait: latest.until === null ? longest : Math.min(longest, Math.max(1, latest.until - this.#options.clock.now())) };
  }

  private async perform(effect: Effect, release: Release): Promise<void> {
    if (effect.kind === 'log') return this.log(effect.level, effect.message);
    if (effect.kind === 'ask') return void this.ask(effect);
    try {
      await this.#cluster.perform(effect, release, this.#options.clock.now());
    } catch (error) {
      // An Event that was not written changes nothing.
      if (effect.kind === 'announce' && error instanceof ApiError) return this.log('warning', error.message);
      if (error instanceof ApiError)
        for (const line of this.reduce({ kind: 'failed', at: this.#options.clock.now(), effect, why: error.message }))
          if (line.kind === 'log') this.log(line.level, line.message);
      throw error;
    }
  }

  /** Providers never reject; nobody waits for them. */
  private async ask({ question, provider }: Extract<Effect, { kind: 'ask' }>): Promise<void> {
    const { exchange, readFile, clock } = this.#options;
    const answer: Said =
      'apply' in provider
        ? await this.#cluster.apply(provider)
        : await ask(provider, { exchange, readFile, now: clock.now, signal: this.#ending.signal });
    this.#answers.push({ question, answer, at: clock.now() });
    this.wake();
  }

  /** Nothing is decided on half a look: everything is read again, soon after a conflict and ever later after trouble. */
  private trouble(error: ApiError): Turn {
    this.#failures++;
    this.#troubles++;
    this.#unsure = true;
    const cannot = error.trouble === 'forbidden' || error.trouble === 'unknown-kind' || error.trouble === 'refused';
    if (error.trouble !== 'changed' && error.message !== this.#failure) {
      this.#failure = error.message;
      this.log(cannot ? 'error' : 'warning', error.message, { trouble: error.trouble });
    }
    const latest = this.#state?.latest ?? null;
    this.report(latest?.phase ?? 'Starting', error.message, !cannot && latest !== null);
    if (cannot && this.#options.exit && !this.#state?.owned) return { exit: EXIT.cannotRun };
    const { random = Math.random } = this.#options;
    const wait = backoff(cannot && !this.#state?.owned ? { ...BACKOFF, most: REFUSED_MILLISECONDS } : BACKOFF, this.#failures, random());
    // What was told of its own writes is no news.
    this.#awake = false;
    return { wait: Math.max(Math.min(error.retryAfterMilliseconds ?? 0, IDLE_MILLISECONDS), wait) };
  }

  private log(level: LogLine['level'], message: string, more: Readonly<Record<string, unknown>> = {}): void {
    const latest = this.#state?.latest;
    const place = latest ? { phase: latest.phase, step: latest.step, weight: latest.weight } : {};
    this.#options.log({ level, message, plan: this.#options.plan, ...place, ...more });
  }

  private report(phase: Phase, reason: string, ready: boolean): void {
    const { latest, release } = this.#state ?? {};
    const { step = 0, weight = 0 } = latest ?? {};
    const seen = release && { release, view: this.#cluster.look(release).status };
    this.#options.onReport?.({
      phase,
      step,
      weight,
      reason,
      ready,
      lookedAt: this.#options.clock.now(),
      troubles: this.#troubles,
      ...seen,
    });
  }
}
