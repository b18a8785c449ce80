import type { RequestListener, Server } from 'node:http';
import { createServer } from './http.ts';
import type { Report } from './run.ts';

/** Without a look for this long the process is stuck: the longest wait between two is 10 s unless the API server asks for more, and a look has its timeouts. */
const STUCK_MILLISECONDS = 180_000;

/** `/healthz`, `/readyz` and `/metrics`, each from the latest report. @param scrape answers for `/metrics` */
export function serveProbes(port: number, now: () => number, latest: () => Report | null, scrape: RequestListener): Server {
  const begun = now();
  const server = createServer((request, response) => {
    const report = latest();
    const answer = (status: number, text: string) => response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
    switch (request.url) {
      case '/healthz':
        return now() - (report?.lookedAt ?? begun) < STUCK_MILLISECONDS
          ? answer(200, 'ok')
          : answer(500, 'no look at the cluster for 3 minutes');
      case '/readyz':
        return report?.ready ? answer(200, 'ok') : answer(503, report?.reason ?? 'starting');
      case '/metrics':
        return scrape(request, response);
      default:
        return answer(404, 'not found');
    }
  });
  return server.listen(port);
}
