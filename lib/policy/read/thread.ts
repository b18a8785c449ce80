// The program of a thread of `Threads`: reads the batches that it is sent, in their order.
import { parentPort } from 'node:worker_threads';
import { type Reading, readPiece } from './read-piece.ts';

parentPort?.on('message', (batch: readonly Reading[]) => parentPort?.postMessage(batch.map(readPiece)));
parentPort?.postMessage('ready');
