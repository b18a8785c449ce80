// A thread of `Threads`: answers each batch of work as it comes.
import { parentPort } from 'node:worker_threads';
import { type Input, WORK, type Work } from './work.ts';

parentPort?.on('message', ({ work, items }: Order) => {
  // The items are of this work: `Threads.map` has them checked.
  const answer = WORK[work] as (item: Input<Work>) => unknown;
  parentPort?.postMessage(items.map(answer));
});

interface Order {
  readonly work: Work;
  readonly items: readonly Input<Work>[];
}
