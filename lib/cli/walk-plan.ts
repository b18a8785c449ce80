import { names } from '../engines/native/names.ts';
import { formatSeconds } from '../plan/duration.ts';
import { ProblemError } from '../schema/index.ts';
import { type Command, type Invocation, textOption, UsageError } from './command.ts';
import { type Cluster, openCluster } from './operator/cluster.ts';
import { look, type Sight, silenceOf } from './operator/flight.ts';
import { nothingInFlight } from './operator/give.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, whereOf } from './operator/options.ts';
import { walk } from './operator/walk.ts';
import { printProblems } from './problems.ts';

const CANNOT_RUN = 20;
/** As a shell names the end by a signal: another runner may go on, nothing is lost. */
const ENDED_BY = { SIGINT: 130, SIGTERM: 143 } as const;

export const runPlan: Command = {
  name: 'run',
  summary: 'walk the plan in flight from here, until its end',
  help: `Usage: tidegate run RELEASE [--plan NAME] [OPTIONS]

Runs the program of the runner's Deployment here, as whoever the kubeconfig names: for a pipeline that waits for the
outcome, or where the Deployment cannot start. It needs the rights of the Role in the release's manifests. Ctrl-C ends it
after the request that is on its way: the release stays as it is, and the next runner goes on.

One JSON object for each decision goes to stdout.

Options:
  --plan NAME            ConfigMap of the plan (default the one in flight)
${CLUSTER_HELP}

Exit codes: 0 promoted or nothing to do, 10 aborted by a gate or deadline, 11 aborted by a person, 12 superseded by
another plan, 20 cannot run (configuration, rights, missing API) and nothing was touched, 130 ended by Ctrl-C; anything
else is a crash, and safe to start again.

Examples:
  tidegate run web --kubeconfig ci.kubeconfig --namespace shop
  tidegate run web | jq -r .message
`,
  options: { ...CLUSTER_OPTIONS, plan: { type: 'string' } },
  async run(invocation) {
    const where = whereOf(invocation, 'run');
    const named = textOption(invocation, 'plan');
    const prefix = names.plan(where.release, '');
    if (named !== null && !named.startsWith(prefix))
      throw new UsageError(`--plan ${named}: the plans of ${where.release} are named ${prefix}<hash>`);
    try {
      const cluster = openCluster(invocation, where);
      try {
        return await runIn(cluster, where.release, named, invocation);
      } finally {
        cluster.close();
      }
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      printProblems(error.problems, invocation.io);
      return CANNOT_RUN;
    }
  },
};

async function runIn(cluster: Cluster, release: string, named: string | null, { io }: Invocation): Promise<number> {
  const sight = await look(cluster.kube, cluster.namespace, release);
  const { flight } = sight;
  if (named === null && flight === null) {
    io.err(`${nothingInFlight(sight)}\n`);
    // A release that the cluster has never seen is a mistake in the command, not the end of its work.
    return sight.status === null ? CANNOT_RUN : 0;
  }
  if (flight !== null) cluster.checked(flight);
  warnOfAnother(sight, Date.now(), io);
  const ending = new AbortController();
  let endedBy: keyof typeof ENDED_BY | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      endedBy = signal;
      ending.abort();
    });
  const { connection, namespace } = cluster;
  const plan = named ?? names.plan(release, flight?.hash ?? '');
  const log = (line: object) => io.out(`${JSON.stringify(line)}\n`);
  const code = await walk({ connection, namespace, plan, log, signal: ending.signal });
  return endedBy === null ? code : ENDED_BY[endedBy];
}

function warnOfAnother({ flight, release }: Sight, now: number, io: Invocation['io']): void {
  const status = flight?.status ?? null;
  if (status === null || status.heartbeat === null || silenceOf(status, now) !== null) return;
  if (status.phase === 'Aborted' || status.phase === 'Promoted') return;
  const ago = formatSeconds(Math.max(0, now - status.heartbeat) / 1_000);
  io.err(`Warning: a runner wrote the status of ${release} ${ago} ago. Two runners are safe, but the second only watches the first.\n`);
}
