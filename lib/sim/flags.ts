import type { Exchange, HttpAnswer } from '../gates/providers/index.ts';
import type { KubeObject } from './api/object.ts';
import type { Change } from './api/server.ts';
import type { Process } from './process.ts';
import { PATHS } from './release/objects.ts';
import { FLAG, FLAG_SERVICE } from './release/plans.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What becomes of a flag that a gate has switched off. */
export interface FlagFate {
  /** What the flag service does with a request. */
  readonly service: 'works' | 'works at last' | 'lies' | 'hangs' | 'fails' | 'redirects';
  /** Whether it was the flag that made the candidate bad. */
  readonly cures: boolean;
  /** Share of the time that the plan leaves for it until the pods know it. */
  readonly lag: number;
  /** How long what has lost its owner is there still, in milliseconds. */
  readonly garbage: number;
  /** From the override to somebody who edits it to give the flag on, in milliseconds; null: nobody does. */
  readonly edited: number | null;
}

/** As often as this it fails before it works at last. */
const FAILURES = 2;

/** What switches a flag off, as a person writes it. */
export const overrideOf = (flag: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web-flags-off' },
  data: { 'flags-off.json': JSON.stringify({ flags: { [flag]: { defaultVariant: 'off' } } }) },
});

/** The same, giving what it switched off. */
export const switchedOn = (override: KubeObject): KubeObject => ({
  ...override,
  data: { 'flags-off.json': String(override.data?.['flags-off.json']).replace(/("defaultVariant": ?)"off"/, '$1"on"') },
});

export interface FlagOptions {
  readonly time: VirtualTime;
  readonly fate: FlagFate;
  /** How long the pods take to know it. */
  readonly lagMilliseconds: (remedy: 'flagOff' | 'webhook') => number;
  readonly tried: (process: Process) => void;
  readonly done: (process: Process) => void;
  /** Takes the override away once nobody owns it. */
  readonly collect: () => void;
  /** Somebody gives the flag on by it. */
  readonly edit: () => void;
}

/** Where the flag truly stands, and the service that switches it. */
export class Flags {
  private readonly options: FlagOptions;
  /** When the pods know that the service has switched it off; null: it has not. */
  private offAt: number | null = null;
  /** What the pods know of the override, the latest last. */
  private readonly overrides: { readonly at: number; readonly isOff: boolean }[] = [];
  private tries = 0;
  /** When the override last came or went. */
  movedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FlagOptions) {
    this.options = options;
  }

  /** Something has happened to the override, or to the plan that owns it. */
  react({ path, type, object, before }: Change): void {
    const { time, fate, lagMilliseconds, collect, edit } = this.options;
    if (object.kind === 'ConfigMap' && type === 'DELETED') time.after(fate.garbage, collect);
    if (path !== PATHS.flagsOff) return;
    if (type === 'ADDED' && fate.edited !== null) time.after(fate.edited, edit);
    const isOff = type !== 'DELETED' && isOffBy(object);
    if (isOff === (type !== 'ADDED' && isOffBy(before))) return;
    this.movedAt = time.now;
    this.overrides.push({ at: time.now + lagMilliseconds('flagOff'), isOff });
  }

  /** Whether the pods have the flag off because of the override. */
  get overridden(): boolean {
    return this.overrides.findLast(({ at }) => at <= this.options.time.now)?.isOff === true;
  }

  /** Whether the candidate is well because of it. */
  get cured(): boolean {
    const { time, fate } = this.options;
    return fate.cures && (this.overridden || (this.offAt !== null && time.now >= this.offAt));
  }

  /** @param others answers everything else */
  exchangeOf(process: Process, others: Exchange): Exchange {
    return (request) => {
      if (request.url !== FLAG_SERVICE) return others(request);
      const { time, fate, tried, done } = this.options;
      tried(process);
      return new Promise((resolve) => {
        let over = false;
        const give = (after: number, answer: HttpAnswer) =>
          time.after(after, () => {
            if (over || !process.alive) return;
            over = true;
            time.wake();
            resolve(answer);
          });
        request.signal?.addEventListener('abort', () => give(0, NOTHING));
        give(request.timeoutMilliseconds, NOTHING);
        this.tries++;
        if (fate.service === 'hangs') return;
        if (fate.service === 'redirects') return give(20, { ...says(302), headers: { location: 'http://169.254.169.254/' } });
        if (fate.service === 'fails' || (fate.service === 'works at last' && this.tries <= FAILURES)) return give(20, says(503));
        // Whoever lies says the same.
        if (fate.service !== 'lies') this.offAt ??= time.now + this.options.lagMilliseconds('webhook');
        done(process);
        give(20, says(204));
      });
    };
  }
}

/** Whether an override switches the flag off. */
export const isOffBy = (override: KubeObject | undefined): boolean =>
  JSON.parse(override?.data?.['flags-off.json'] ?? '{}').flags?.[FLAG]?.defaultVariant === 'off';

const NOTHING: HttpAnswer = { kind: 'nothing', message: 'no full answer in time', retryable: true };
const says = (status: number): Extract<HttpAnswer, { kind: 'answer' }> => ({ kind: 'answer', status, headers: {}, text: '' });
