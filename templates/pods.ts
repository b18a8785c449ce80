import { Duration, type DurationLike } from '../lib/intent/duration.ts';
import type { Gate } from '../lib/intent/gate.ts';
import { checkRatio, checkWhole, checkWindow } from './checks.ts';
import { atLeast, atMost } from './conditions.ts';
import type { PodOptions } from './options.ts';
import { group, lines, percent, prometheusGate } from './promql.ts';
import { type Matcher, selector } from './sources/source.ts';

export interface RestartsOptions extends PodOptions {
  /** Restarts that are tolerated, of all of the candidate's pods together. @default 0 */
  readonly max?: number;
  /** Over which time. At least four scrapes. @default 5m */
  readonly window?: DurationLike;
  /** Count this container only. @default every container of the pods */
  readonly container?: string;
}

/**
 * Passes while the candidate's containers restart at most `max` times. Gate `restarts`.
 *
 * The answer is a whole number: the count now less the count at the window's start, summed over containers, not
 * `increase`, which extrapolates one restart to 1.1 and would fail `max: 1`.
 * @throws RangeError for a `max` that is no whole number or a window of fewer than four scrapes
 */
export function restarts(options: RestartsOptions): Gate {
  const max = checkWhole(options.max ?? 0, 0, 'restarts: max');
  const window = checkWindow(options.window ?? '5m', Duration.parse(options.scrapeInterval ?? '30s'), 'restarts: window');
  const counter = selector('kube_pod_container_status_restarts_total', [
    ['namespace', '=', '{{args.namespace}}'],
    ['pod', '=~', CANDIDATE_PODS],
    ...(options.container === undefined ? [] : [['container', '=', options.container] as const]),
  ]);
  return prometheusGate(options, {
    name: 'restarts',
    description: `The candidate's containers restart at most ${max} times in ${window}.`,
    scope: 'candidate',
    query: `sum(max_over_time(${counter}[${window}]) - min_over_time(${counter}[${window}]))`,
    conditions: atMost(max),
  });
}

/**
 * Pods are named `<Deployment>-<ReplicaSet's hash>-<5 letters>`; the second hyphen is lost where Kubernetes cuts the
 * front to 58 characters. The candidate's name is `<release>-<rev>`, so nothing in it needs escaping.
 */
const CANDIDATE_PODS = '{{args.candidate}}-[a-z0-9]+(-[a-z0-9]+)?';

export interface ReadinessOptions extends PodOptions {
  /** Share of the wanted replicas that must be available; 90 % is 0.9. @default 0.9 */
  readonly min?: number;
  /** For how long fewer may be available, as while an autoscaler adds pods. At least four scrapes. @default 2m */
  readonly window?: DurationLike;
}

/**
 * Passes while the candidate had at least `min` of its replicas available at some time within the window: scaling up
 * is not a failure, staying short is. Gate `readiness`. Scaled to 0 it has no answer.
 * @throws RangeError for a share outside 0..1 or a window of fewer than four scrapes
 */
export function readiness(options: ReadinessOptions): Gate {
  const min = checkRatio(options.min ?? 0.9, 'readiness: min');
  const scrapeInterval = Duration.parse(options.scrapeInterval ?? '30s');
  const window = checkWindow(options.window ?? '2m', scrapeInterval, 'readiness: window');
  const candidate: Matcher[] = [
    ['namespace', '=', '{{args.namespace}}'],
    ['deployment', '=', '{{args.candidate}}'],
  ];
  const share = lines(
    `sum(${selector('kube_deployment_status_replicas_available', candidate)})`,
    '/',
    `(sum(${selector('kube_deployment_spec_replicas', candidate)}) > 0)`,
  );
  return prometheusGate(options, {
    name: 'readiness',
    description: `At least ${percent(min)} of the candidate's replicas are available, or were within ${window}.`,
    scope: 'candidate',
    query: `max_over_time(${group(share)}[${window}:${scrapeInterval}])`,
    conditions: atLeast(min),
  });
}
