import { Agent, request } from 'node:http';

/** One request of the load and what came of it. */
export interface Hit {
  /** When it was due, in milliseconds since 1970. */
  readonly at: number;
  /** Status, or the error's code where there was no complete answer. */
  readonly outcome: number | string;
  /** What the answering pod calls itself (`x-revision`); empty where the proxy answered itself. */
  readonly revision: string;
}

export interface Summary {
  readonly requests: number;
  /** No answer, or a status of 500 and above. */
  readonly failed: number;
  /** How often each failing outcome happened. */
  readonly failures: Readonly<Record<string, number>>;
  /** What each revision answered. */
  readonly revisions: Readonly<Record<string, Answered>>;
}

export interface Answered {
  readonly requests: number;
  /** Of them, those with a status of 500 and above. */
  readonly failed: number;
  /** When the first and the last of them were due. */
  readonly first: number;
  readonly last: number;
}

export interface LoadOptions {
  readonly url: string;
  /** Host header. */
  readonly host: string;
  /** Requests a second. */
  readonly rate: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default GET */
  readonly method?: string;
  /** A request without an answer by then has failed. Default 5 s. */
  readonly timeoutSeconds?: number;
}

export interface Load {
  /** What was due from one moment to another, in milliseconds since 1970; answers may still be on their way. */
  between(from: number, to?: number): Summary;
  /** The last answers, however long they took. */
  latest(count: number): Summary;
  /** What has failed so far. */
  failing(): readonly Hit[];
  /** Sends no more, waits for every answer, and sums all up. */
  stop(): Promise<Summary>;
}

/**
 * Open-loop load over kept-alive connections: requests start when they are due whatever the answers do, so that a
 * stalled server is asked no less than a quick one. Runs until it is stopped.
 */
export function startLoad(options: LoadOptions): Load {
  const { url, host, rate, headers = {}, method = 'GET', timeoutSeconds = 5 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' });
  const hits: Hit[] = [];
  const open = new Set<Promise<void>>();
  const [epoch, begin] = [Date.now(), performance.now()];
  let sent = 0;

  const sendDue = () => {
    const now = performance.now();
    for (; begin + (sent * 1000) / rate <= now; sent++) {
      const at = epoch + (sent * 1000) / rate;
      const answered = send().then(({ outcome, revision }) => {
        hits.push({ at, outcome, revision });
        open.delete(answered);
      });
      open.add(answered);
    }
  };
  const send = () =>
    new Promise<Omit<Hit, 'at'>>((resolve) => {
      const sending = request(url, { agent, method, headers: { ...headers, host }, timeout: 0 }, (response) => {
        const revision = String(response.headers['x-revision'] ?? '');
        response.on('end', () => resolve({ outcome: response.statusCode ?? 0, revision }));
        response.on('error', (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? 'ERROR', revision }));
        response.resume();
      });
      const late = setTimeout(() => sending.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })), timeoutSeconds * 1000);
      sending.on('error', (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? 'ERROR', revision: '' }));
      sending.on('close', () => {
        clearTimeout(late);
        resolve({ outcome: 'INCOMPLETE', revision: '' });
      });
      sending.end();
    });
  const timer = setInterval(sendDue, 1);

  return {
    between: (from, to = Number.POSITIVE_INFINITY) => summary(hits.filter(({ at }) => at >= from && at < to)),
    latest: (count) => summary(hits.slice(-count)),
    failing: () => hits.filter(isFailure),
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      return summary(hits);
    },
  };
}

export const isFailure = ({ outcome }: Pick<Hit, 'outcome'>): boolean => typeof outcome === 'string' || outcome >= 500 || outcome === 0;

export function summary(hits: readonly Hit[]): Summary {
  const failures: Record<string, number> = {};
  const revisions: Record<string, Answered> = {};
  for (const hit of hits) {
    if (isFailure(hit)) failures[hit.outcome] = (failures[hit.outcome] ?? 0) + 1;
    if (hit.revision === '') continue;
    const seen = revisions[hit.revision] ?? { requests: 0, failed: 0, first: hit.at, last: hit.at };
    revisions[hit.revision] = {
      requests: seen.requests + 1,
      failed: seen.failed + (isFailure(hit) ? 1 : 0),
      first: Math.min(seen.first, hit.at),
      last: Math.max(seen.last, hit.at),
    };
  }
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return { requests: hits.length, failed, failures, revisions };
}

/** Share of all requests that a revision answered, in percent. */
export function share({ requests, revisions }: Summary, revision: string): number {
  return requests === 0 ? 0 : ((revisions[revision]?.requests ?? 0) / requests) * 100;
}

/** Requests that no pod has answered: a proxy without a route says 404, which is nobody's error. */
export function unanswered({ requests, revisions }: Summary): number {
  return requests - Object.values(revisions).reduce((sum, seen) => sum + seen.requests, 0);
}
