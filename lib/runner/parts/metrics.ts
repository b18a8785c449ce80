// What a scrape is told; a file of its own beside the runner's program, which goes on without it.
import type { Report } from '../run.ts';
import type { Phase } from '../status.ts';

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
