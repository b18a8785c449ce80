import type { Server } from 'node:http';
import { createServer } from './http.ts';
import type { Report } from './run.ts';
import type { Phase } from './status.ts';

/** Without a look for this long the process is stuck: the longest wait between two is 10 s unless the API server asks for more, and a look has its timeouts. */
const STUCK_MILLISECONDS = 180_000;

const PHASES: Readonly<Record<Phase, true>> = {
  Starting: true,
  Progressing: true,
  Held: true,
  Aborting: true,
  Aborted: true,
  Promoted: true,
  Superseded: true,
  Refused: true,
};

/** `/healthz`, `/readyz` and `/metrics`, each from the latest report. */
export function serveProbes(port: number, now: () => number, latest: () => Report | null): Server {
  const begun = now();
  const server = createServer((request, response) => {
    const report = latest();
    const answer = (status: number, text: string) =>
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(`${text}\n`);
    switch (request.url) {
      case '/healthz':
        return now() - (report?.lookedAt ?? begun) < STUCK_MILLISECONDS
          ? answer(200, 'ok')
          : answer(500, 'no look at the cluster for 3 minutes');
      case '/readyz':
        return report?.ready ? answer(200, 'ok') : answer(503, report?.reason ?? 'starting');
      case '/metrics':
        return answer(200, metrics(report));
      default:
        return answer(404, 'not found');
    }
  });
  return server.listen(port);
}

/** In the text format of Prometheus. */
export function metrics(report: Report | null): string {
  if (report === null) return '# no look at the cluster yet';
  const gauge = (name: string, help: string, samples: readonly (readonly [labels: string, value: number])[]) =>
    [
      `# HELP tidegate_runner_${name} ${help}`,
      `# TYPE tidegate_runner_${name} gauge`,
      ...samples.map(([labels, value]) => `tidegate_runner_${name}${labels} ${value}`),
    ].join('\n');
  const phases = Object.keys(PHASES).map((phase) => [`{phase="${phase}"}`, phase === report.phase ? 1 : 0] as const);
  return [
    gauge('phase', 'Phase of the release.', phases),
    gauge('step', 'Index of the step that is walked.', [['', report.step]]),
    gauge('weight', 'Earned share of requests in percent.', [['', report.weight]]),
    gauge('ready', 'Whether the runner can do its work.', [['', report.ready ? 1 : 0]]),
    gauge('last_look_timestamp_seconds', 'When the cluster was last looked at.', [['', report.lookedAt / 1_000]]),
    gauge('failed_looks', 'Looks and writes that failed.', [['', report.troubles]]),
  ].join('\n');
}
