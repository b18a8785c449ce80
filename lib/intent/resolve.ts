import { DEFAULTS } from './defaults.ts';
import { Duration, type DurationLike } from './duration.ts';
import type { History, ReleaseIntent } from './release.ts';
import { resolveLasting } from './resolve-lasting.ts';
import { resolveNotifications } from './resolve-notifications.ts';
import { resolveRemedies } from './resolve-remedies.ts';
import { resolveSmoke, resolveStrategy } from './resolve-strategy.ts';
import { resolveTraffic } from './resolve-traffic.ts';
import { resolvePorts, resolveScale, resolveWorkload } from './resolve-workload.ts';
import type { ResolvedHistory, ResolvedIntent } from './resolved.ts';

/**
 * Spells out every default of an intent that `validateIntent` and `checkIntent` have accepted.
 * @param release name of the release
 * @param namespace namespace where the intent names none
 */
export function resolveIntent(release: string, intent: ReleaseIntent, namespace: string): ResolvedIntent {
  const ports = resolvePorts(intent.ports);
  const risk = intent.risk ?? DEFAULTS['ReleaseIntent.risk'];
  return {
    release,
    namespace: intent.namespace ?? namespace,
    engine: intent.engine ?? DEFAULTS['ReleaseIntent.engine'],
    risk,
    workload: resolveWorkload(intent, ports),
    scale: resolveScale(intent),
    disruption: { maxUnavailable: intent.disruption?.maxUnavailable ?? Number(DEFAULTS['Disruption.maxUnavailable']) },
    network: {
      from: intent.network?.from ?? null,
      egress:
        intent.network?.egress?.map(({ namespace: to, cidr, ports: allowed }) => ({
          namespace: to ?? null,
          cidr: cidr ?? null,
          ports: allowed,
        })) ?? null,
    },
    mesh: {
      jobs: intent.mesh?.jobs ?? DEFAULTS['Mesh.jobs'],
      runner: intent.mesh?.runner ?? DEFAULTS['Mesh.runner'] !== 'false',
    },
    traffic: resolveTraffic(intent.traffic, ports),
    strategy: resolveStrategy(intent.strategy, risk),
    smoke: intent.smoke.map(resolveSmoke),
    deadlines: {
      readySeconds: secondsOf(intent.deadlines?.ready, DEFAULTS['Deadlines.ready']),
      stepSeconds: secondsOf(intent.deadlines?.step, DEFAULTS['Deadlines.step']),
      releaseSeconds: secondsOf(intent.deadlines?.release, DEFAULTS['Deadlines.release']),
      scaleDownDelaySeconds: secondsOf(intent.deadlines?.scaleDownDelay, DEFAULTS['Deadlines.scaleDownDelay']),
    },
    ...resolveLasting(intent),
    ...resolveHistory(intent.history),
    ...resolveRemedies(intent.remedies),
    ...resolveNotifications(intent.notifications),
    ...(intent.after?.length ? { after: intent.after } : {}),
  };
}

/** What becomes of replaced revisions where an intent says nothing. */
export const DEFAULT_HISTORY: ResolvedHistory = {
  keepWarmSeconds: secondsOf(undefined, DEFAULTS['History.keepWarm']),
  keep: Number(DEFAULTS['History.keep']),
};

function resolveHistory({ keepWarm, keep = DEFAULT_HISTORY.keep }: History = {}): Pick<ResolvedIntent, 'history'> {
  const keepWarmSeconds = secondsOf(keepWarm, DEFAULTS['History.keepWarm']);
  const isDefault = keepWarmSeconds === DEFAULT_HISTORY.keepWarmSeconds && keep === DEFAULT_HISTORY.keep;
  return isDefault ? {} : { history: { keepWarmSeconds, keep } };
}

/** Whole seconds of what was written, else of the default. */
function secondsOf(written: DurationLike | undefined, fallback: string): number {
  return Duration.parse(written ?? fallback).seconds;
}
