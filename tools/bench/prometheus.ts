import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake Prometheus says to a query: values of a vector, `never` to leave it open, `refused` to break the connection. */
export type Saying = readonly number[] | 'never' | 'refused';

/** One question, as it came in. Times are those of `performance.now()`. */
export interface Asked {
  readonly query: string;
  readonly at: number;
}

/**
 * A server that plays Prometheus: no database and no scrape, since what is timed is what follows an answer. Questions
 * that are left open can be answered later, at an instant that is known.
 */
export class FakePrometheus {
  /** What is said to the next question. */
  says: Saying = 'never';
  readonly asked: Asked[] = [];
  private readonly open: ServerResponse[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly server = createServer((request, response) => this.hear(request, response));

  static async start(): Promise<FakePrometheus> {
    const prometheus = new FakePrometheus();
    await new Promise<void>((resolve) => prometheus.server.listen(0, '127.0.0.1', resolve));
    return prometheus;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The question after `count` others, once it is asked. */
  async question(count: number): Promise<Asked> {
    for (;;) {
      const asked = this.asked[count];
      if (asked !== undefined) return asked;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Answers what is open. Returns the moment when the whole answer was handed to the system. */
  answer(values: readonly number[]): number {
    for (const response of this.open.splice(0)) send(response, values);
    return performance.now();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private hear(request: IncomingMessage, response: ServerResponse): void {
    const at = performance.now();
    const query = new URL(request.url ?? '/', 'http://prometheus').searchParams.get('query') ?? '';
    if (this.says === 'never') this.open.push(response);
    else if (this.says === 'refused') request.socket.destroy();
    else send(response, this.says);
    this.asked.push({ query, at });
    for (const wake of this.waiting.splice(0)) wake();
  }
}

function send(response: ServerResponse, values: readonly number[]): void {
  const at = Date.now() / 1_000;
  const result = values.map((value) => ({ metric: {}, value: [at, String(value)] }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
}
