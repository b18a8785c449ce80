import { podTemplateOf, ROLLOUT } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, numberAt } from '../lib/policy/shape.ts';
import { deployment } from './example.ts';

const strategy = (unavailable: string, surge: string) =>
  `replicas: 6\nstrategy:\n  rollingUpdate:\n    maxUnavailable: ${unavailable}\n    maxSurge: ${surge}`;

export const noUnavailable: Rule = {
  id: 'no-unavailable',
  holds: 'an update takes no pod away before its successor is ready',
  severity: 'error',
  kinds: ['apps/Deployment', ROLLOUT],
  why: 'The default, 25 %, updates a full service with three quarters of its pods: the rest gets their load, and errors that follow look as if the new version had made them.',
  fix: 'Set maxUnavailable: 0 and maxSurge: 1 (or more).',
  examples: [
    {
      title: 'the defaults, with six replicas',
      yaml: deployment({ spec: 'replicas: 6' }),
      finds: ['/spec/strategy/rollingUpdate/maxUnavailable'],
    },
    {
      title: 'a third may be away',
      yaml: deployment({ spec: strategy('34%', '1') }),
      finds: ['/spec/strategy/rollingUpdate/maxUnavailable'],
    },
    { title: 'none may be away, and one more is started', yaml: deployment({ spec: strategy('0', '1') }), finds: [] },
    { title: 'a quarter of one pod is none', yaml: deployment({ spec: 'revisionHistoryLimit: 3' }), finds: [] },
    { title: 'a Deployment that runs nothing, because a Rollout takes its template', yaml: deployment({ spec: 'replicas: 0' }), finds: [] },
    { title: 'pods are replaced, not rolled', yaml: deployment({ spec: 'strategy:\n  type: Recreate' }), finds: [] },
  ],
  *check(entry, { set }) {
    const place = entry.kind === ROLLOUT ? ['spec', 'strategy', 'canary'] : ['spec', 'strategy', 'rollingUpdate'];
    if (!podTemplateOf(entry) || !rolls(entry.kind, entry.value)) return;
    // Not declared it is 1, unless something that scales it says otherwise.
    const replicas = numberAt(entry.value, 'spec', 'replicas') ?? (set.scalerOf(entry) ? null : 1);
    // A Deployment that only lends its template to a Rollout runs no pod, and nothing rolls.
    if (replicas === 0) return;
    const written = at(entry.value, ...place, 'maxUnavailable');
    const unavailable = podsOf(written ?? '25%', replicas, Math.floor);
    const surge = podsOf(at(entry.value, ...place, 'maxSurge') ?? '25%', replicas, Math.ceil);
    if (unavailable !== null && unavailable > 0)
      yield {
        path: [...place, 'maxUnavailable'],
        message: `an update may take away ${written === undefined ? '25 % (the default)' : `${written}`} of ${replicas ?? 'its'} pods before their successors are ready.`,
      };
    else if (surge === 0)
      yield { path: [...place, 'maxSurge'], message: 'an update may start no pod beyond its replicas, so it must take one away first.' };
  },
};

/** Blue-green and a Rollout that has a traffic router add pods; `Recreate` and `OnDelete` do not roll. */
function rolls(kind: string, value: unknown): boolean {
  if (kind !== ROLLOUT) return (at(value, 'spec', 'strategy', 'type') ?? 'RollingUpdate') === 'RollingUpdate';
  return at(value, 'spec', 'strategy', 'canary') !== undefined && at(value, 'spec', 'strategy', 'canary', 'trafficRouting') === undefined;
}

/** How many pods a count or percentage is; of an unknown number of replicas, as if there were many. */
function podsOf(written: unknown, replicas: number | null, round: (pods: number) => number): number | null {
  if (typeof written === 'number') return written;
  const percent = typeof written === 'string' ? /^(\d+)%$/.exec(written)?.[1] : undefined;
  if (percent === undefined) return null;
  return round(((replicas ?? 100) * Number(percent)) / 100);
}
