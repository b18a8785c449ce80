import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Content } from './objects.ts';
import { flawed } from './parse.ts';
import { type Reading, readPiece } from './read-piece.ts';

/** Characters of texts from which on threads are worth their start: each needs 0.2 s of a processor before it is as fast as this one. */
const WORTH = 2 * 1024 * 1024;
/** Characters of a batch: long enough for its way there and back to count for nothing, 6 ms of work. */
const BATCH = 128 * 1024;
/** Characters of a text that only a thread takes: parsing takes up to 200 times as many bytes, and a thread's memory has a limit. */
const HEAVY = 1024 * 1024;
/** Characters of a set from which on memory is dearer than time. */
const LARGE = 32 * 1024 * 1024;
/** Batches that a thread has at once, so that it never waits for the next one. */
const AHEAD = 2;
/** Each costs some 50 MB, and only part of a run can be shared. */
const MOST_THREADS = 3;
/** Of a thread's heap, in MB: a `List` of 20,000 objects fits. */
const MEMORY = 400;

/** Reads pieces on all cores; this thread does its share. Few pieces start no other. */
export class Threads {
  #file: string | null;
  readonly #memory: number;
  #threads: Thread[] = [];

  /**
   * @param file the program of a thread. @default the one of this installation; none in its sources, where all is read here
   * @param memory of a thread's heap, in MB
   */
  constructor(file: string | null = installed(), memory = MEMORY) {
    this.#file = file;
    this.#memory = memory;
  }

  /** What the pieces hold, in their order. What brings a thread down, as by too much memory, has a flaw that says so. */
  async read(pieces: Iterable<Reading>): Promise<readonly Content[]> {
    const contents: (readonly Content[])[] = [];
    const elsewhere = new Set<Promise<void>>();
    let size = 0;
    for (const batch of batchesOf(pieces)) {
      const index = contents.push([]) - 1;
      if (size < LARGE && size + batch.size >= LARGE) spareMemory();
      size += batch.size;
      if (size >= WORTH || batch.heavy) this.#start();
      while (batch.heavy && elsewhere.size > 0 && !this.#free(batch)) {
        await Promise.race(elsewhere);
        this.#start();
      }
      const thread = this.#free(batch);
      if (thread) {
        const reading = thread.read(batch).then((answer) => {
          contents[index] = 'reason' in answer ? unanswered(batch, answer) : answer;
          elsewhere.delete(reading);
        });
        elsewhere.add(reading);
      } else {
        contents[index] = batch.pieces.map(readPiece);
        // Lets the answers of threads come in.
        await turn();
      }
    }
    await Promise.all(elsewhere);
    return contents.flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #free({ heavy }: Batch): Thread | undefined {
    return this.#threads.find((thread) => thread.takes(heavy));
  }

  #start(): void {
    // Where one cannot even begin, as in a process of few rights, no other will.
    if (this.#threads.some(({ state }) => state === 'never began')) this.#file = null;
    this.#threads = this.#threads.filter(({ state }) => state === 'beginning' || state === 'running');
    const wanted = Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1));
    while (this.#file !== null && this.#threads.length < wanted) this.#threads.push(new Thread(this.#file, this.#memory));
  }
}

/** What a thread was sent in vain is read here, but for what brought it down. */
function unanswered({ pieces, heavy }: Batch, { broughtDown, reason }: NoAnswer): readonly Content[] {
  return heavy && broughtDown ? pieces.map(() => flawed(0, `the document cannot be read: ${reason}`)) : pieces.map(readPiece);
}

interface Batch {
  readonly pieces: readonly Reading[];
  readonly size: number;
  readonly heavy: boolean;
}

function* batchesOf(all: Iterable<Reading>): Iterable<Batch> {
  let pieces: Reading[] = [];
  let size = 0;
  for (const piece of all) {
    const { length } = piece.text;
    const heavy = length >= HEAVY;
    if (pieces.length > 0 && (heavy || size >= BATCH)) {
      yield { pieces, size, heavy: false };
      pieces = [];
      size = 0;
    }
    if (heavy) yield { pieces: [piece], size: length, heavy };
    else {
      pieces.push(piece);
      size += length;
    }
  }
  if (pieces.length > 0) yield { pieces, size, heavy: false };
}

/** Why there is no answer; a thread that never began was brought down by nothing that it was asked. */
interface NoAnswer {
  readonly broughtDown: boolean;
  readonly reason: string;
}

type Answer = readonly Content[] | NoAnswer;
/** What a thread says once it has begun. */
const READY = 'ready';

class Thread {
  readonly #worker: Worker;
  readonly #asked: ((answer: Answer) => void)[] = [];
  #heavy = false;
  state: 'beginning' | 'running' | 'never began' | 'ended' = 'beginning';

  constructor(file: string, memory: number) {
    // Without the options of this process, which may be a loader's or a profiler's.
    this.#worker = new Worker(file, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: memory } });
    this.#worker.on('message', (answer: Answer | typeof READY) => {
      if (answer === READY) this.state = 'running';
      else this.#asked.shift()?.(answer);
    });
    let reason = 'its thread ended';
    this.#worker.on('error', (error) => {
      const outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      reason = outOfMemory ? `it takes more than ${memory} MB of memory; split it into several documents` : error.message;
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

  async read({ pieces, heavy }: Batch): Promise<Answer> {
    this.#heavy = heavy;
    const answer = await new Promise<Answer>((resolve) => {
      this.#asked.push(resolve);
      this.#worker.postMessage(pieces);
    });
    this.#heavy = false;
    return answer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Collects garbage as soon as it is a tenth of what is kept, not as much again: 5,000 files would take 800 MB. */
function spareMemory(): void {
  setFlagsFromString('--heap-growing-percent=10');
}

/** Beside the bundle, or above its chunks. */
function installed(): string | null {
  const places = ['./lint-thread.js', '../lint-thread.js'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(place)) ?? null;
}
