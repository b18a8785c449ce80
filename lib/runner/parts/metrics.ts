// What a scrape is told; a file of its own beside the runner's program, which goes on without it.
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { verdict } from '../../gates/verdict.ts';
import { isExposed, NOTHING } from '../level.ts';
import type { Report } from '../run.ts';
import type { Phase, Status } from '../status.ts';

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
const VERDICTS = ['running', 'pass', 'fail', 'inconclusive'] as const;

/** Answers of the API server to this process, by method and status. */
const answers = new Map<string, number>();
subscribe('http.client.response.finish', (message) => {
  const { request, response } = message as { readonly request: ClientRequest; readonly response: IncomingMessage };
  if (request.host !== process.env.KUBERNETES_SERVICE_HOST) return;
  const key = `${request.method} ${response.statusCode}`;
  answers.set(key, (answers.get(key) ?? 0) + 1);
});

type Sample = readonly [labels: Readonly<Record<string, string | number>>, value: number];

export interface Metric {
  /** Without `tidegate_runner_`, and without the `_total` of a counter. */
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'info';
  readonly unit?: 'seconds';
  readonly help: string;
  /** Beside `release` and `release_namespace`, which every sample has. */
  readonly labels?: readonly string[];
  readonly samples: (seen: Seen) => readonly Sample[];
}

interface Seen {
  readonly report: Report;
  /** Null: the release has not begun, or nobody can read its status. */
  readonly status: Status | null;
}

const one = (value: number | null | undefined): readonly Sample[] => (value == null ? [] : [[{}, value]]);
const seconds = (milliseconds: number | null | undefined): readonly Sample[] => one(milliseconds == null ? null : milliseconds / 1_000);

/** Every metric, in the order in which they are told and documented. */
export const METRICS: readonly Metric[] = [
  {
    name: 'info',
    type: 'info',
    help: 'The plan that is walked.',
    labels: ['plan', 'attempt', 'target', 'risk', 'stable', 'candidate'],
    samples: ({ report: { release } }) => {
      if (!release) return [];
      const { target, attempt, risk, stable, candidate } = release.plan;
      return [[{ plan: release.hash, attempt, target, risk, stable: stable.revision, candidate: candidate.revision }, 1]];
    },
  },
  {
    name: 'phase',
    type: 'gauge',
    help: 'Phase of the release: 1 for the one that it is in.',
    labels: ['phase'],
    samples: ({ report }) => Object.keys(PHASES).map((phase) => [{ phase }, phase === report.phase ? 1 : 0]),
  },
  {
    name: 'phase_since_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the release came into its phase.',
    samples: ({ status }) => seconds(status?.phaseSince),
  },
  { name: 'step', type: 'gauge', help: 'Index of the step that is walked.', samples: ({ report }) => one(report.step) },
  { name: 'steps', type: 'gauge', help: 'Steps of the plan.', samples: ({ report }) => one(report.release?.plan.steps.length) },
  {
    name: 'step_begun_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the step began, later by the time that it was held; absent before.',
    samples: ({ status }) => seconds(status?.stepStartedAt),
  },
  { name: 'weight', type: 'gauge', help: 'Earned share of requests in percent.', samples: ({ report }) => one(report.weight) },
  {
    name: 'observed_weight',
    type: 'gauge',
    help: 'Share of requests in percent that the route was last seen to hold.',
    samples: ({ status }) => one(status?.level.observed),
  },
  {
    name: 'exposed',
    type: 'gauge',
    help: 'Whether some request may reach the candidate, by weight, header or copy.',
    // A runner that cannot read what was reached, such as one begun without its rights, must not say that it is nothing.
    samples: ({ status, report }) => (status || report.ready ? one(isExposed(status?.level.set ?? NOTHING) ? 1 : 0) : []),
  },
  {
    name: 'held_since_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Since when the release is held; absent where it is not.',
    labels: ['at'],
    samples: ({ status }) => (status?.hold ? [[{ at: status.hold.at }, status.hold.since / 1_000]] : []),
  },
  {
    name: 'approval_waiting_since_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Since when people are asked to approve; absent where nobody is.',
    labels: ['approval'],
    samples: ({ status, report }) =>
      asked({ status, report }).map(({ name }) => [{ approval: name }, (status?.stepStartedAt ?? report.lookedAt) / 1_000]),
  },
  {
    name: 'approvals_missing',
    type: 'gauge',
    help: 'How many people must still approve; absent where nobody is asked.',
    labels: ['approval'],
    samples: ({ status, report }) =>
      asked({ status, report }).map((step) => [
        { approval: step.name },
        Math.max(0, step.count - (status?.approvals ?? []).filter(({ approval }) => approval === step.name).length),
      ]),
  },
  {
    name: 'queue_waiting_since_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Since when the release waits for others to end before it begins; absent where it does not.',
    samples: ({ status, report }) =>
      report.release?.plan.queue && (report.phase === 'Starting' || status?.hold?.at === 'queue') ? seconds(status?.phaseSince) : [],
  },
  {
    name: 'gate_verdict',
    type: 'gauge',
    help: 'What a gate says of the present level: 1 for its verdict.',
    labels: ['step', 'gate', 'verdict'],
    samples: (seen) =>
      gates(seen).flatMap(({ labels, said }) => VERDICTS.map((verdict): Sample => [{ ...labels, verdict }, verdict === said ? 1 : 0])),
  },
  {
    name: 'gate_measurements',
    type: 'counter',
    help: 'Measurements of a gate at the present level, by outcome; from 0 again where it is measured anew.',
    labels: ['step', 'gate', 'outcome'],
    samples: (seen) =>
      gates(seen).flatMap(({ labels, counters }) =>
        (['pass', 'fail', 'inconclusive', 'noData', 'error'] as const).map(
          (outcome): Sample => [{ ...labels, outcome: outcome === 'noData' ? 'no-data' : outcome }, counters[outcome]],
        ),
      ),
  },
  {
    name: 'gate_measured_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When a gate was last measured.',
    labels: ['step', 'gate'],
    samples: (seen) => gates(seen).flatMap(({ labels, counters }) => (counters.last ? [[labels, counters.last.at / 1_000]] : [])),
  },
  {
    name: 'heartbeat_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the runner last wrote its status, every minute at least until the release is aborted.',
    samples: ({ status }) => seconds(status?.heartbeat),
  },
  {
    name: 'route_resets',
    type: 'gauge',
    help: 'How often in a row a GitOps tool has reset the route.',
    samples: ({ status }) => one(status?.resets.count),
  },
  { name: 'ready', type: 'gauge', help: 'Whether the runner can do its work.', samples: ({ report }) => one(report.ready ? 1 : 0) },
  {
    name: 'last_look_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the cluster was last looked at, with or without an answer.',
    samples: ({ report }) => (Number.isFinite(report.lookedAt) ? seconds(report.lookedAt) : []),
  },
  { name: 'failed_looks', type: 'counter', help: 'Looks and writes that failed.', samples: ({ report }) => one(report.troubles) },
  {
    name: 'api_requests',
    type: 'counter',
    help: 'Requests that the API server has answered, watches when they begin.',
    labels: ['method', 'code'],
    samples: () =>
      [...answers].map(([key, count]) => {
        const [method = '', code = ''] = key.split(' ');
        return [{ method, code }, count];
      }),
  },
];

/** The approval that is waited for, if any. */
function asked({ status, report }: Seen) {
  const step = status && report.release?.plan.steps[status.step];
  return step?.kind === 'approval' && (report.phase === 'Progressing' || report.phase === 'Held') ? [step] : [];
}

/** The gates that judge the present level, as the status names them. */
function gates({ status, report }: Seen) {
  return Object.entries(status?.gates ?? {}).flatMap(([key, { counters }]) => {
    const [index = '', ...name] = key.split('.');
    const step = report.release?.plan.steps[Number(index)];
    const gate = step && 'gates' in step ? step.gates.find((one) => one.name === name.join('.')) : undefined;
    return gate ? [{ labels: { step: index, gate: gate.name }, said: verdict(gate, counters), counters }] : [];
  });
}

/** The two text forms that a Prometheus asks for. */
export type Form = 'openmetrics' | 'prometheus';

const TYPES: Readonly<Record<Form, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};

/** Answers a scrape in the form that it accepts. */
export function serve(report: Report | null, { headers }: IncomingMessage, response: ServerResponse): void {
  const form = headers.accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus';
  response.writeHead(200, { 'content-type': TYPES[form] }).end(metrics(report, form));
}

export function metrics(report: Report | null, form: Form = 'prometheus'): string {
  const { TIDEGATE_PLAN = '', TIDEGATE_NAMESPACE = '' } = process.env;
  const view = report?.view;
  const status = view?.kind === 'ours' ? view.status : null;
  const own = {
    release: report?.release?.plan.release ?? TIDEGATE_PLAN.replace(/-plan-[0-9a-f]{8}$/, ''),
    release_namespace: report?.release?.plan.namespace ?? TIDEGATE_NAMESPACE,
  };
  const families = METRICS.flatMap(({ name, type, unit, help, samples }) => {
    const told = report === null ? [] : samples({ report, status });
    if (told.length === 0) return [];
    const full = `tidegate_runner_${name}${type === 'counter' ? '_total' : ''}`;
    const openly = form === 'openmetrics';
    const family = openly ? full.replace(/_(total|info)$/, '') : full;
    return [
      `# TYPE ${family} ${type === 'info' && !openly ? 'gauge' : type}`,
      ...(unit && openly ? [`# UNIT ${family} ${unit}`] : []),
      `# HELP ${family} ${help}`,
      ...told.map(([labels, value]) => `${full}{${labelled({ ...own, ...labels })}} ${value}`),
    ];
  });
  const end = form === 'openmetrics' ? ['# EOF'] : [];
  return [...families, ...end].map((line) => `${line}\n`).join('');
}

const labelled = (labels: Readonly<Record<string, string | number>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${String(value).replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
    .join(',');
