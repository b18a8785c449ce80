import type { ApiRequest } from '../../runner/index.ts';
import type { Operation } from '../api/patch.ts';
import { jobsOf, PATHS } from '../release/objects.ts';
import { type Draft, NAMESPACE } from '../release/plans.ts';

/** Why the runner's Role does not allow this request, or null (S7): it names each object and what may be done with it. */
export function beyondRights({ method, path, body }: ApiRequest, draft: Draft): string | null {
  const [place = '', query = ''] = path.split('?');
  const selected = new URLSearchParams(query).get('fieldSelector')?.replace('metadata.name=', '');
  const address = selected === undefined ? place : `${place}/${selected}`;
  const { plan, hash } = draft;
  const status = PATHS.status;
  const readable = [
    PATHS.route(draft),
    status,
    PATHS.approvals,
    PATHS.operator,
    PATHS.plan(hash),
    PATHS.deployment(plan.stable.deployment),
    PATHS.deployment(plan.candidate.deployment),
    ...jobsOf(draft).map(({ name }) => PATHS.job(name)),
  ];
  switch (method) {
    case 'GET':
      return readable.includes(address) ? null : `GET ${path}`;
    case 'POST':
      return place === `/api/v1/namespaces/${NAMESPACE}/events` || place === `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`
        ? null
        : `POST ${path}`;
    case 'PATCH': {
      if (place === PATHS.route(draft) || place === status) return null;
      if (place === `${PATHS.deployment(plan.candidate.deployment)}/scale`) return null;
      const suspended = jobsOf(draft).find(({ name, suspended }) => suspended && place === PATHS.job(name));
      if (suspended !== undefined && JSON.stringify(body).includes('suspend')) return null;
      return `PATCH ${path}`;
    }
  }
}

/** Why a write of the route is not fenced, or null (S5). */
export function unfenced(operations: readonly Operation[], { plan }: Draft): string | null {
  const [first] = operations;
  const backends = [...plan.route.splits, ...(plan.route.headers ?? []).flatMap(({ splits }) => splits)].flatMap((split) => [
    split.stable,
    split.candidate,
  ]);
  const written = operations.filter(({ op }) => op !== 'test').map(({ path }) => path);
  const tested = new Set(operations.filter(({ op }) => op === 'test').map(({ path }) => path));
  if (first?.op !== 'replace' || first.path !== '/metadata/resourceVersion') return 'the route is written whatever it is by now';
  const blind = backends.find(({ destination, weight }) => written.includes(weight) && !tested.has(destination.path));
  return blind === undefined ? null : `${blind.weight} is written without a look at ${blind.destination.path}`;
}
