import { createServer, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { share, startLoad, summary } from './load.ts';

describe('the load', () => {
  it('keeps its rate and counts answers by revision', async () => {
    let served = 0;
    const url = await listen(
      createServer((_request, response) => response.setHeader('x-revision', served++ % 5 === 0 ? 'b' : 'a').end('ok')),
    );
    const load = startLoad({ url, host: 'store.example.com', rate: 200 });
    await pause(1000);
    const sum = await load.stop();
    expect(sum.requests).toBeGreaterThanOrEqual(195);
    expect(sum.requests).toBeLessThanOrEqual(260);
    expect(sum.failed).toBe(0);
    expect(share(sum, 'b')).toBeCloseTo(20, 0);
  });

  it('counts a status of 500, a reset connection and silence as failures', async () => {
    let served = 0;
    const server = createServer((request, response) => {
      const turn = served++ % 4;
      if (turn === 0) response.writeHead(503).end();
      else if (turn === 1) request.socket.destroy();
      else if (turn === 2) response.writeHead(404).end();
      // The fourth never gets an answer.
    });
    const load = startLoad({ url: await listen(server), host: 'store.example.com', rate: 100, timeoutSeconds: 0.2 });
    await pause(400);
    const { requests, failed, failures } = await load.stop();
    expect(Object.keys(failures).sort()).toEqual(['503', 'ECONNRESET', 'TIMEOUT']);
    expect(requests - failed).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(requests / 2);
  });

  it('says what each revision answered, and when first and last', () => {
    const hits = [
      { at: 10, outcome: 200, revision: 'a' },
      { at: 30, outcome: 200, revision: 'b' },
      { at: 20, outcome: 500, revision: 'a' },
      { at: 40, outcome: 'ECONNREFUSED', revision: '' },
    ];
    expect(summary(hits)).toEqual({
      requests: 4,
      failed: 2,
      failures: { 500: 1, ECONNREFUSED: 1 },
      revisions: { a: { requests: 2, failed: 1, first: 10, last: 20 }, b: { requests: 1, failed: 0, first: 30, last: 30 } },
    });
  });
});

/** Serves on a free loopback port until the test has ended; resolves to the URL. */
function listen(server: Server): Promise<string> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`);
    });
  });
}
