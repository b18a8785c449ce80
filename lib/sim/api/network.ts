import type { ApiAnswer, ApiRequest, Connection } from '../../runner/index.ts';
import type { Process } from '../process.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { type ApiServer, answer, refusal } from './server.ts';
import { targetOf } from './target.ts';
import type { Watches, WatchOptions } from './watch.ts';

/** What goes wrong with one request. */
export type RequestFault =
  | 'none'
  | 'lost before'
  /** The write happened, and nobody hears of it. */
  | 'lost after'
  /** The same, and it takes as long as a runner waits. */
  | 'times out after'
  /** A proxy sends the request twice and gives the second answer. */
  | 'duplicated'
  /** The answer breaks off in the middle. */
  | 'partial'
  | 'unavailable'
  | 'broken'
  | 'throttled'
  | 'unauthorized'
  | 'conflict'
  | 'slow'
  | 'killed before'
  | 'killed after';

/** After which the runner's connection gives up on a request. */
const TIMEOUT_MILLISECONDS = 10_000;

export interface NetworkOptions {
  readonly server: ApiServer;
  readonly watches: Watches;
  readonly time: VirtualTime;
  /** Milliseconds one way. */
  readonly latency: () => number;
  readonly requestFault: (request: ApiRequest, process: Process) => RequestFault;
  readonly watchFault: (process: Process) => Pick<WatchOptions, 'fault' | 'after'>;
  /** A request is at the API server's door; after it the answer is made. */
  readonly arriving: (request: ApiRequest, process: Process, sentAt: number) => void;
  readonly answered: (request: ApiRequest, process: Process, status: number) => void;
  /** Whether the Role, as it is by now, does not allow this. */
  readonly forbids: (request: ApiRequest) => boolean;
}

/** The way between a process and the API server, on which everything can be lost. */
export function connectionOf(process: Process, options: NetworkOptions): Connection {
  return {
    renewToken: () => {},
    exchange: (request) => exchange(request, process, options),
    stream: (path, receive, signal) => stream(path, receive, signal, process, options),
  };
}

function exchange(request: ApiRequest, process: Process, options: NetworkOptions): Promise<ApiAnswer> {
  const { time, latency } = options;
  const sentAt = time.now;
  const fault = options.requestFault(request, process);
  return new Promise((resolve, reject) => {
    const deliver = (after: number, what: () => void) =>
      time.after(after, () => {
        if (!process.alive) return;
        time.wake();
        what();
      });
    const give = (given: ApiAnswer, after = latency()) => deliver(after, () => resolve(given));
    const lose = (message: string, after = latency()) => deliver(after, () => reject(new Error(message)));
    const travel = fault === 'slow' ? 1_000 + 90 * latency() : latency();
    time.after(travel, () => {
      if (fault === 'killed before') process.alive = false;
      switch (fault) {
        case 'killed before':
          return;
        case 'lost before':
          return lose('socket hang up');
        case 'unavailable':
          return give(answer(503, { message: 'the server is currently unable to handle the request' }));
        case 'broken':
          return give(answer(500, { message: 'etcdserver: request timed out' }));
        case 'throttled':
          return give(answer(429, { message: 'too many requests' }, 1_000));
        case 'unauthorized':
          return give(answer(401, { message: 'Unauthorized' }));
        case 'conflict':
          if (request.method === 'PATCH') return give(refusal(409, 'Conflict', 'the object has been modified'));
      }
      const result = serve(request, process, sentAt, options);
      switch (fault) {
        case 'killed after':
          process.alive = false;
          return;
        case 'lost after':
          return lose('socket hang up');
        case 'times out after':
          return lose(`no answer within ${TIMEOUT_MILLISECONDS / 1_000}s`, TIMEOUT_MILLISECONDS);
        case 'partial':
          return lose('answer 200 is no JSON: {"apiVersion":"v1","ki');
        case 'duplicated':
          return give(request.method === 'PATCH' ? serve(request, process, sentAt, options) : result);
        default:
          return give(result);
      }
    });
  });
}

function serve(request: ApiRequest, process: Process, sentAt: number, { server, arriving, answered, forbids }: NetworkOptions): ApiAnswer {
  arriving(request, process, sentAt);
  const result = forbids(request) ? FORBIDDEN : server.handle(request);
  answered(request, process, result.status);
  return result;
}

const FORBIDDEN = refusal(403, 'Forbidden', 'the Role names another plan');

function stream(
  path: string,
  receive: (line: unknown) => void,
  signal: AbortSignal,
  process: Process,
  { time, latency, watches, watchFault, forbids }: NetworkOptions,
): Promise<ApiAnswer | null> {
  return new Promise((resolve, reject) => {
    let open = true;
    const listens = () => open && process.alive;
    const end = (what: () => void) => {
      if (!listens()) return;
      open = false;
      signal.removeEventListener('abort', aborted);
      time.wake();
      what();
    };
    const aborted = () => end(() => resolve(null));
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted);
    const line = (given: unknown) => {
      if (!listens()) return;
      time.wake();
      try {
        receive(given);
      } catch (error) {
        end(() => reject(error));
      }
    };
    time.after(latency(), () => {
      if (!listens()) return;
      if (forbids({ method: 'GET', path })) return end(() => resolve(FORBIDDEN));
      watches.begin(
        targetOf(path),
        { ...watchFault(process), latency },
        { listens, line, ended: (given) => end(() => resolve(given)), broke: (error) => end(() => reject(error)) },
      );
    });
  });
}
