import { names } from '../engines/native/names.ts';
import { DEFAULT_HISTORY } from '../intent/resolve.ts';
import { planRevision } from '../lock/advance.ts';
import { withdrawn } from '../lock/leaving.ts';
import type { Lock } from '../lock/lock.ts';
import type { Problem } from '../schema/index.ts';
import { legacyRoutes } from './adopt/routes.ts';
import { nameOf, type Surroundings } from './adopt/surroundings.ts';

/** The next step of a release that goes: out of service first, and gone once nothing leads there any more. */
export type Removal =
  | { readonly step: 'withdraw'; readonly lock: Lock; readonly until: number }
  /** Its pods stay until then, in milliseconds since 1970. */
  | { readonly step: 'wait'; readonly lock: Lock; readonly until: number }
  | { readonly step: 'drop'; readonly lock: Lock };

/** @param now milliseconds since 1970 */
export function removalOf(lock: Lock, now: number): Removal {
  const { keepWarmSeconds } = lock.resolved.history ?? DEFAULT_HISTORY;
  const since = lock.leaving ? Date.parse(lock.leaving.since) : now;
  const until = since + keepWarmSeconds * 1_000;
  if (!lock.leaving) return { step: 'withdraw', lock: withdrawn(lock, new Date(now).toISOString()), until };
  return now < until ? { step: 'wait', lock, until } : { step: 'drop', lock };
}

/** Routes of the cluster that lead to a Service of the release, whoever wrote them: without it their requests would fail. */
export function leadingProblems(lock: Lock, surroundings: Surroundings): readonly Problem[] {
  const { release, namespace, stable, retiring, cold = [] } = lock;
  const services = [
    release,
    names.stableService(release),
    names.candidateService(release),
    planRevision(stable).service,
    ...[...retiring.map(({ revision }) => revision), ...cold].map(({ name }) => name),
  ];
  const leading = new Map(
    services.flatMap((name) => {
      const service = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } };
      return legacyRoutes(surroundings, service, []).map(({ object }) => [nameOf(object), name] as const);
    }),
  );
  return [...leading].map(([route, service]) => ({
    message: `${route} still leads to Service ${service} of ${release}: its requests would fail.`,
    help: 'Let the GitOps tool apply what is committed, or lead that route elsewhere, and run again.',
  }));
}
