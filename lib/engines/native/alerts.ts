import type { Alerts } from '../../intent/project.ts';
import type { KubeObject } from '../../schema/index.ts';
import { componentMeta, type Owner } from './metadata.ts';
import { names } from './names.ts';

/** By what runs, not by which pod: a runner that was replaced is the same to whoever is called at night. */
const BY = 'by (release, release_namespace)';

/** Alerts on a release in flight, as a Prometheus of the Prometheus Operator reads them; no object where nobody asked for them. */
export function alertRules(alerts: Alerts | null, owner: Owner): readonly KubeObject[] {
  if (alerts === null) return [];
  const { labels, ...metadata } = componentMeta(owner, 'runner', names.runner(owner.release));
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { ...metadata, labels: { ...alerts.labels, ...labels } },
      spec: { groups: [{ name: `tidegate-${owner.namespace}-${owner.release}`, rules: rulesOf(alerts, owner) }] },
    },
  ];
}

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: 'critical' | 'warning' };
  readonly annotations: { readonly summary: string; readonly description: string };
}

function rulesOf({ stalledMinutes, waitingMinutes }: Alerts, { release, namespace }: Owner): readonly AlertRule[] {
  const of = (metric: string, more = ''): string =>
    `tidegate_runner_${metric}{release="${release}",release_namespace="${namespace}"${more}}`;
  const latest = (series: string): string => `max ${BY} (${series})`;
  const lately = (metric: string, more = ''): string => `last_over_time(${of(metric, more)}[1d])`;
  // Of pods that are gone, the one that wrote last knows what users were left with.
  const beats = lately('heartbeat_timestamp_seconds');
  const lastTold = (metric: string, more = ''): string =>
    latest(`${lately(metric, more)} > 0 and ignoring (phase) (${beats} == on (release, release_namespace) group_left () ${latest(beats)})`);
  const status = `tidegate status ${release} says why`;
  return [
    {
      alert: 'TidegateRunnerSilent',
      // Git drops a runner that has promoted, and a Prometheus may learn later that its rule is gone as well.
      expr: [
        `${lastTold('exposed')} unless ${lastTold('phase', ',phase="Promoted"')} unless ${latest(of('exposed'))}`,
        `(${latest(of('exposed'))} > 0) and (time() - ${latest(of('heartbeat_timestamp_seconds'))} > 180)`,
      ].join(' or '),
      for: '2m',
      labels: { severity: 'critical' },
      annotations: {
        summary: `Nobody guards release ${namespace}/${release}: its runner is silent while the candidate has traffic.`,
        description: `See Deployment ${release}-runner. By hand, the route goes back to stable by any change of its weights, or of ${release}'s commit.`,
      },
    },
    {
      alert: 'TidegateReleaseAborted',
      expr: `${latest(of('phase', ',phase=~"Aborting|Aborted"'))} > 0`,
      for: '0m',
      labels: { severity: 'warning' },
      annotations: {
        summary: `Release ${namespace}/${release} was aborted: all traffic goes to stable.`,
        description: `${status}; tidegate record ${release} commits what was measured.`,
      },
    },
    {
      alert: 'TidegateReleaseStalled',
      expr: [`${latest(of('phase', ',phase="Held"'))} > 0`, `min ${BY} (${of('ready')}) == 0`].join(' or '),
      for: `${stalledMinutes}m`,
      labels: { severity: 'warning' },
      annotations: {
        summary: `Release ${namespace}/${release} has been held, or its runner unable to work, for ${stalledMinutes} minutes.`,
        description: `${status}, and which command goes on.`,
      },
    },
    {
      alert: 'TidegateReleaseWaiting',
      expr: ['approval_waiting_since_timestamp_seconds', 'queue_waiting_since_timestamp_seconds']
        .map((metric) => `time() - min ${BY} (${of(metric)}) > ${waitingMinutes * 60}`)
        .join(' or '),
      for: '0m',
      labels: { severity: 'warning' },
      annotations: {
        summary: `Release ${namespace}/${release} has waited for people, or for other releases, for more than ${waitingMinutes} minutes.`,
        description: `${status}, and for whom it waits.`,
      },
    },
  ];
}
