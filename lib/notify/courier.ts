import type { Exchange } from '../gates/providers/exchange.ts';
import type { KeyReference } from '../intent/gate.ts';
import type { ResolvedNotification } from '../intent/resolved.ts';
import { backoff, type Clock } from '../runner/clock.ts';
import type { LogLine } from '../runner/run.ts';
import { CHANNELS } from './channels/index.ts';
import { CODED } from './channels/webhook.ts';
import { type Message, textOf } from './message.ts';

export interface CourierOptions {
  readonly exchange: Exchange;
  /** Text of a key of a Secret or ConfigMap, read anew for each attempt. */
  readonly readKey: (kind: 'Secret' | 'ConfigMap', key: KeyReference) => Promise<string>;
  readonly clock: Clock;
  readonly log: (line: LogLine) => void;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

const TIMEOUT_MILLISECONDS = 10_000;
const LARGEST_ANSWER = 64 * 1024;
/** Seven attempts take about two minutes, and more where each of them hangs; then a newer message matters more. */
const MOST_ATTEMPTS = 7;
const BACKOFF = { first: 2_000, most: 60_000 } as const;
/** A server that asks for more than this waits in vain. */
const LONGEST_WAIT = 60_000;
/** Where there is none, the last one is tried again so often: people who are waited for must hear of it. */
const LATE_MILLISECONDS = 300_000;
/** Messages that wait behind one that cannot be brought: later ones take the place of the oldest. */
const LONGEST_QUEUE = 16;
/** Of one event on one channel, so that what happens again and again drowns nothing else. */
const RATE = { messages: 5, milliseconds: 600_000 } as const;
const SHORTEST_KEY = 24;

/**
 * Brings messages to one channel, one after the other, and never fails: what cannot be brought is told with one line in the
 * log, and only what nothing newer follows is tried again.
 */
export class Courier {
  readonly #channel: ResolvedNotification;
  readonly #options: CourierOptions;
  readonly #queue: Message[] = [];
  readonly #sent = new Map<Message['event'], readonly number[]>();
  #busy = false;
  /** The last one, which could not be brought, and when it was given up. */
  #late: { readonly message: Message; readonly at: number } | null = null;

  constructor(channel: ResolvedNotification, options: CourierOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** Returns at once. */
  bring(message: Message): void {
    if (!this.#channel.on.includes(message.event)) return;
    if (!this.#allowed(message)) {
      this.#dropped(message, `more than ${RATE.messages} of its kind within ${RATE.milliseconds / 60_000} minutes`);
      return;
    }
    this.#queue.push(message);
    while (this.#queue.length > LONGEST_QUEUE) this.#dropped(this.#queue.shift() as Message, 'too many wait behind it');
    if (!this.#busy) void this.#work();
  }

  /** From time to time. */
  look(): void {
    if (this.#late === null || this.#busy || this.#options.clock.now() - this.#late.at < LATE_MILLISECONDS) return;
    this.#queue.push(this.#late.message);
    void this.#work();
  }

  /** What could not be brought is true no more. */
  forget(): void {
    this.#late = null;
  }

  #allowed({ event }: Message): boolean {
    const now = this.#options.clock.now();
    const recent = (this.#sent.get(event) ?? []).filter((at) => now - at < RATE.milliseconds);
    const allowed = recent.length < RATE.messages;
    this.#sent.set(event, allowed ? [...recent, now] : recent);
    return allowed;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) {
      try {
        const failure = await this.#deliver(message);
        const known = this.#late?.message === message;
        this.#late = failure?.retryable ? { message, at: this.#options.clock.now() } : null;
        if (failure !== null && !known) this.#dropped(message, failure.why);
      } catch (error) {
        this.#dropped(message, (error as Error).message);
      }
    }
    this.#busy = false;
  }

  /** Null once it was taken, else why it is given up for now. */
  async #deliver(message: Message): Promise<Failure | null> {
    const { clock, random = Math.random } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(message);
      if (outcome === null || !outcome.retryable) return outcome;
      if (attempt === MOST_ATTEMPTS) return { ...outcome, why: `${outcome.why}, ${attempt} times` };
      await clock.sleep(Math.max(outcome.waitMilliseconds, backoff(BACKOFF, attempt, random())));
    }
  }

  async #attempt(message: Message): Promise<Failure | null> {
    const { exchange, readKey, clock } = this.#options;
    const { url: place, port, signingKey, token: tokenKey, tls, ref = '' } = this.#channel;
    const readSecret = (key: KeyReference) => readKey('Secret', key);
    let url: string;
    let key: string | null;
    let token: string;
    let ca: string | null = null;
    try {
      url = typeof place === 'string' ? place : checkedUrl(await readSecret(place), place, port);
      key = signingKey === null ? null : checkedKey(await readSecret(signingKey), signingKey);
      token = tokenKey === undefined ? '' : checkedToken(await readSecret(tokenKey), tokenKey);
      if (tls) ca = 'caSecret' in tls ? await readSecret(tls.caSecret) : await readKey('ConfigMap', tls.caConfigMap);
    } catch (error) {
      // It may come late, or be put right.
      return { why: (error as Error).message, retryable: true, waitMilliseconds: 0 };
    }
    const { escaped, request } = CHANNELS[this.#channel.channel];
    const { headers, body } = request(message, textOf(message, this.#channel, escaped), { now: clock.now(), key, token, ref });
    const answer = await exchange({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', 'user-agent': 'tidegate', ...headers },
      body,
      ca,
      timeoutMilliseconds: TIMEOUT_MILLISECONDS,
      largestBytes: LARGEST_ANSWER,
    });
    if (answer.kind === 'nothing') {
      const why = typeof place === 'string' ? answer.message : answer.message.replaceAll(new URL(url).hostname, '***');
      return { why, retryable: answer.retryable, waitMilliseconds: 0 };
    }
    return failureOf(answer.status, answer.headers['retry-after']);
  }

  /** The body of an answer and the URL are not for logs: either may tell what is secret. */
  #dropped({ event, id }: Message, why: string): void {
    const { channel, url } = this.#channel;
    const place = typeof url === 'string' ? url : `${url.name}/${url.key}`;
    const message = `notification '${event}' was not brought to ${channel} (${place}): ${why}`;
    this.#options.log({ level: 'warning', message, notification: id });
  }
}

interface Failure {
  readonly why: string;
  readonly retryable: boolean;
  /** What the server asks for. */
  readonly waitMilliseconds: number;
}

function failureOf(status: number, retryAfter: string | undefined): Failure | null {
  if (status >= 200 && status < 300) return null;
  // Where a redirect leads, nobody has agreed to.
  if (status >= 300 && status < 400)
    return { why: `it answers ${status}, and redirects are not followed`, retryable: false, waitMilliseconds: 0 };
  const asked = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : 0;
  const retryable = status >= 500 || status === 408 || status === 429;
  return { why: `it answers ${status}`, retryable, waitMilliseconds: Math.min(asked, LONGEST_WAIT) };
}

function checkedUrl(text: string, { name, key }: KeyReference, port: number): string {
  const place = `key '${key}' of Secret ${name}`;
  if (!URL.canParse(text)) throw new Error(`${place} is no URL`);
  const { protocol, port: given, username, password } = new URL(text);
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '')
    throw new Error(`${place} must be an https or http URL without user and password`);
  const own = given === '' ? (protocol === 'https:' ? 443 : 80) : Number(given);
  if (own !== port) throw new Error(`${place} is a URL with port ${own}, and the intent says port ${port}`);
  return text;
}

/** Of what a header can hold. */
function checkedToken(text: string, { name, key }: KeyReference): string {
  if (!/^[!-~]+$/.test(text)) throw new Error(`key '${key}' of Secret ${name} is no token: it is empty, or has a space in it`);
  return text;
}

function checkedKey(text: string, { name, key }: KeyReference): string {
  const place = `key '${key}' of Secret ${name} signs nothing`;
  if (text.length < SHORTEST_KEY) throw new Error(`${place}: it has fewer than ${SHORTEST_KEY} characters`);
  if (!text.startsWith(CODED)) return text;
  const coded = text.slice(CODED.length);
  const bytes = Buffer.from(coded, 'base64');
  if (bytes.toString('base64') !== coded.padEnd(Math.ceil(coded.length / 4) * 4, '=') || bytes.length < SHORTEST_KEY)
    throw new Error(`${place}: what follows ${CODED} is not base64 of at least ${SHORTEST_KEY} bytes`);
  return text;
}
