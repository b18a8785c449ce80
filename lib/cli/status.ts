import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { DEFAULT_OUT } from '../constructs/default-app.ts';
import { at } from '../lock/revision.ts';
import { readOwnYaml } from '../output/read-yaml.ts';
import { ProblemError } from '../schema/index.ts';
import { type Command, formatOption, type Invocation, textOption, UsageError } from './command.ts';
import { type Cluster, openCluster } from './operator/cluster.ts';
import { look, type Sight } from './operator/flight.ts';
import { nothingInFlight } from './operator/give.ts';
import { CONFIG_MAPS } from './operator/kube.ts';
import { lookAround } from './operator/look-around.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, commandFor, whereOf } from './operator/options.ts';
import { refuse } from './operator/say.ts';
import { reportOf, type StatusReport } from './operator/status-report.ts';
import { statusTable, statusText } from './operator/status-text.ts';
import { codeOf, notifierCodeOf, notifierTamperings, type Program, programTamperings, type Tampering } from './operator/tampering.ts';

const INTERVAL_MILLISECONDS = 2_000;
/** Between two looks at the runner's program, which has a hundred kilobytes. */
const PROGRAM_MILLISECONDS = 60_000;
const CLEAR = '\u001b[H\u001b[J';

export const status: Command = {
  name: 'status',
  summary: 'show releases as the cluster has them',
  help: `Usage: tidegate status [RELEASE] [--watch] [-A] [OPTIONS]

Shows where a release is: phase, step, share of traffic, gates with their counts, what it waits for and the command that
gives it, and whether its runner is alive. Without RELEASE, one line for each of the namespace.

Options:
  -w, --watch            show every change until Ctrl-C, or until the release is promoted or aborted
  -A, --all-namespaces   releases of all namespaces; without RELEASE
${CLUSTER_HELP}
  --format text|json     text (default) or JSON; with --watch one line of JSON for each change

Names what was tampered with: a plan, status or signed approval that is not what its hash, digest or signature says, and a
program of the runner that is not the one of its Deployment or, in the release's repository, not the one in Git.

Exit code 1: there is no such release, or something of it was tampered with; with --watch: it was aborted.

Examples:
  tidegate status
  tidegate status web --watch
  tidegate status web --format json | jq .phase
`,
  options: {
    ...CLUSTER_OPTIONS,
    'all-namespaces': { type: 'boolean', short: 'A' },
    format: { type: 'string' },
    watch: { type: 'boolean', short: 'w' },
  },
  async run(invocation) {
    formatOption(invocation, ['text', 'json']);
    const one = invocation.positionals.length > 0;
    if (one && invocation.values['all-namespaces'] === true) throw new UsageError('-A is for all releases; leave RELEASE out');
    const where = one
      ? whereOf(invocation, 'status')
      : { release: null, target: textOption(invocation, 'target'), namespace: textOption(invocation, 'namespace') };
    const cluster = openCluster(invocation, where);
    try {
      const looking = where.release === null ? all(cluster, invocation) : single(cluster, where.release, invocation);
      return await (invocation.values.watch === true ? watch(looking, invocation) : once(looking, invocation));
    } finally {
      cluster.close();
    }
  },
};

/** One look: what to show, and the exit code that it means. */
interface Shown {
  readonly json: unknown;
  readonly text: (now: number) => string;
  /** Why there is nothing to show, or null. */
  readonly missing: string | null;
  /** Exit code with which a watch ends here; null: it goes on. */
  readonly end: number | null;
  readonly tampered: boolean;
}
type Looking = (now: number) => Promise<Shown>;

function single(cluster: Cluster, release: string, invocation: Invocation): Looking {
  let program = { at: Number.NEGATIVE_INFINITY, tampered: [] as readonly Tampering[] };
  return async (now) => {
    const seen = await look(cluster.kube, cluster.namespace, release);
    if (seen.flight !== null) cluster.checked(seen.flight);
    if (now >= program.at + PROGRAM_MILLISECONDS) program = { at: now, tampered: await programOf(seen, cluster) };
    const sight = { ...seen, tampered: [...seen.tampered, ...program.tampered] };
    const report = reportOf(sight, now, (approval) => commandFor(`approve`, `${release} ${approval}`, invocation));
    return {
      json: { version: 1, ...report },
      text: (shownAt) => statusText(report, shownAt, invocation.io.color),
      missing: sight.flight === null && sight.status === null ? nothingInFlight(sight) : null,
      end: endOf(report),
      tampered: report.tampered.length > 0,
    };
  };
}

/** What was tampered with of the runner's program, as far as this person may see it. */
async function programOf({ release, namespace, runner, flight }: Sight, { kube }: Cluster): Promise<readonly Tampering[]> {
  const folder = join(DEFAULT_OUT, flight?.plan.target ?? '', namespace, release);
  const program = async (name: string | null): Promise<Program> => {
    const code = name === null ? null : await kube.getIfAllowed(CONFIG_MAPS, namespace, name);
    const file = join(folder, `configmap-${name}.yaml`);
    const committed = existsSync(file) ? at(readOwnYaml(readFileSync(file, 'utf8'))?.value, 'data') : null;
    return { release, namespace, runner, code, committed };
  };
  return [...programTamperings(await program(codeOf(runner))), ...notifierTamperings(await program(notifierCodeOf(runner)))];
}

function endOf({ phase }: StatusReport): number | null {
  if (phase === 'Promoted') return 0;
  return phase === 'Aborted' ? 1 : null;
}

function all(cluster: Cluster, invocation: Invocation): Looking {
  const everywhere = invocation.values['all-namespaces'] === true;
  const namespace = everywhere ? null : cluster.namespace;
  return async (now) => {
    const sights = await lookAround(cluster.kube, namespace);
    const reports = sights.map((sight) =>
      reportOf(
        sight,
        now,
        (approval) => `${commandFor('approve', `${sight.release} ${approval}`, invocation)} --namespace ${sight.namespace}`,
      ),
    );
    const missing = `no release has a status or a plan ${everywhere ? 'in any namespace' : `in namespace ${namespace}`}. Try -A, or another --context.`;
    return {
      json: { version: 1, releases: reports },
      text: (shownAt) => statusTable(reports, shownAt, everywhere),
      missing: reports.length === 0 ? missing : null,
      end: null,
      tampered: reports.some(({ tampered }) => tampered.length > 0),
    };
  };
}

async function once(looking: Looking, invocation: Invocation): Promise<number> {
  const now = Date.now();
  const shown = await looking(now);
  if (shown.missing !== null) return refuse(shown.missing, { version: 1 }, invocation);
  invocation.io.out(invocation.values.format === 'json' ? `${JSON.stringify(shown.json, null, 2)}\n` : shown.text(now));
  return shown.tampered ? 1 : 0;
}

/**
 * On a terminal it is one picture that changes; elsewhere each change is added to what was said. A cluster that was there and
 * gives no answer is asked again: that is when people watch.
 */
async function watch(looking: Looking, invocation: Invocation): Promise<number> {
  const { io, values } = invocation;
  const ending = new AbortController();
  process.once('SIGINT', () => ending.abort());
  const json = values.format === 'json';
  const live = io.color && !json;
  let said: string | null = null;
  while (!ending.signal.aborted) {
    const now = Date.now();
    const shown = await looking(now).catch((error: unknown) => {
      if (said !== null && error instanceof ProblemError) return unanswered(error);
      throw error;
    });
    const content = shown.missing ?? JSON.stringify(shown.json);
    const text = shown.missing === null ? (json ? `${content}\n` : shown.text(now)) : `${shown.missing}\n`;
    if (live) io.out(CLEAR + text);
    else if (content !== said && shown.missing !== null) io.err(text);
    else if (content !== said) io.out(json ? text : `${text}\n`);
    said = content;
    if (shown.end !== null) return shown.end;
    await after(INTERVAL_MILLISECONDS, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  return 0;
}

const unanswered = ({ problems }: ProblemError): Shown => ({
  json: null,
  text: () => '',
  missing: problems.map(({ message }) => message).join(' '),
  end: null,
  tampered: false,
});
