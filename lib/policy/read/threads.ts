import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Input, type Output, WORK, type Work } from './work.ts';

/** Characters of texts from which on threads are worth their start, about 50 ms each. */
const WORTH = 256 * 1024;
/** Characters of a batch: long enough for its way there and back to count for nothing, 10 ms of work. */
const BATCH = 128 * 1024;
/** Characters of a text that only a thread takes: parsing takes up to 200 times as many bytes, and a thread's memory has a limit. */
const HEAVY = 1024 * 1024;
/** Batches that a thread has at once, so that it never waits for the next one. */
const AHEAD = 2;
/** Each costs some 50 MB, and only part of a run can be shared. */
const MOST_THREADS = 3;
/** Of a thread's heap, in MB: a `List` of 20,000 objects fits. */
export const THREAD_MEMORY = 400;

/** Does the same work for many texts on all cores; this thread does its share. Small work starts no thread. */
export class Threads {
  #file: string | null;
  #threads: Thread[] = [];

  /** @param file the program of a thread. @default the one of this installation; none in its sources, where all is done here */
  constructor(file: string | null = installed()) {
    this.#file = file;
  }

  /**
   * Answers in the order of the items.
   * @param lost answers for an item that brought its thread down, as by too much memory
   */
  async map<W extends Work>(
    work: W,
    items: Iterable<Input<W>>,
    lost: (item: Input<W>, reason: string) => Output<W>,
  ): Promise<readonly Output<W>[]> {
    const answers: (readonly Output<W>[])[] = [];
    const elsewhere = new Set<Promise<void>>();
    let size = 0;
    for (const batch of batchesOf(items)) {
      const index = answers.push([]) - 1;
      size += batch.size;
      if (size >= WORTH) this.#start();
      while (batch.heavy && this.#threads.length > 0 && !this.#free(batch) && elsewhere.size > 0) {
        await Promise.race(elsewhere);
        this.#start();
      }
      const thread = this.#free(batch);
      if (thread) {
        const answered = thread.answer(work, batch).then((answer) => {
          if (!('reason' in answer)) answers[index] = answer;
          else
            answers[index] = batch.heavy && answer.broughtDown ? batch.items.map((item) => lost(item, answer.reason)) : here(work, batch);
          elsewhere.delete(answered);
        });
        elsewhere.add(answered);
      } else {
        answers[index] = here(work, batch);
        // Lets the answers of threads come in.
        await turn();
      }
    }
    while (elsewhere.size > 0) await Promise.race(elsewhere);
    return answers.flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #free({ heavy }: Batch<unknown>): Thread | undefined {
    return this.#threads.find((thread) => thread.takes(heavy));
  }

  #start(): void {
    // Where one cannot even begin, as in a process of few rights, no other will.
    if (this.#threads.some(({ state }) => state === 'never began')) this.#file = null;
    this.#threads = this.#threads.filter(({ state }) => state === 'beginning' || state === 'running');
    const wanted = Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1));
    while (this.#file !== null && this.#threads.length < wanted) this.#threads.push(new Thread(this.#file));
  }
}

interface Batch<I> {
  readonly items: readonly I[];
  readonly size: number;
  readonly heavy: boolean;
}

function* batchesOf<I extends { readonly text: string }>(items: Iterable<I>): Iterable<Batch<I>> {
  let [batch, size]: [I[], number] = [[], 0];
  for (const item of items) {
    const heavy = item.text.length >= HEAVY;
    if (batch.length > 0 && (heavy || size >= BATCH)) {
      yield { items: batch, size, heavy: false };
      [batch, size] = [[], 0];
    }
    if (heavy) yield { items: [item], size: item.text.length, heavy };
    else {
      batch.push(item);
      size += item.text.length;
    }
  }
  if (batch.length > 0) yield { items: batch, size, heavy: false };
}

function here<W extends Work>(work: W, { items }: Batch<Input<W>>): readonly Output<W>[] {
  // TypeScript does not see that the items of a work are what its function takes.
  return items.map(WORK[work] as (item: Input<W>) => Output<W>);
}

/** Why there is no answer; a thread that never began was brought down by nothing that it was asked. */
interface NoAnswer {
  readonly broughtDown: boolean;
  readonly reason: string;
}

class Thread {
  readonly #worker: Worker;
  readonly #asked: ((answer: unknown) => void)[] = [];
  #heavy = false;
  state: 'beginning' | 'running' | 'never began' | 'ended' = 'beginning';

  constructor(file: string) {
    // Without the options of this process, which may be a loader's or a profiler's.
    this.#worker = new Worker(file, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY } });
    this.#worker.on('online', () => {
      this.state = 'running';
    });
    this.#worker.on('message', (answer: unknown) => this.#asked.shift()?.(answer));
    let reason = 'its thread ended';
    this.#worker.on('error', (error) => {
      const outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      reason = outOfMemory ? `it takes more than ${THREAD_MEMORY} MB of memory` : error.message;
    });
    this.#worker.on('exit', () => {
      this.state = this.state === 'beginning' ? 'never began' : 'ended';
      const none: NoAnswer = { broughtDown: this.state === 'ended', reason };
      for (const answer of this.#asked.splice(0)) answer(none);
    });
  }

  /** What is heavy comes alone, so that it is known what brought a thread down. */
  takes(heavy: boolean): boolean {
    const open = this.state === 'beginning' || this.state === 'running';
    return open && !this.#heavy && this.#asked.length < (heavy ? 1 : AHEAD);
  }

  async answer<W extends Work>(work: W, { items, heavy }: Batch<Input<W>>): Promise<readonly Output<W>[] | NoAnswer> {
    this.#heavy = heavy;
    const answer = await new Promise<unknown>((resolve) => {
      this.#asked.push(resolve);
      this.#worker.postMessage({ work, items });
    });
    this.#heavy = false;
    // What thread.ts sends for this work, or the above.
    return answer as readonly Output<W>[] | NoAnswer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Beside the bundle, or above its chunks. */
function installed(): string | null {
  const places = ['./lint-thread.js', '../lint-thread.js'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(place)) ?? null;
}
