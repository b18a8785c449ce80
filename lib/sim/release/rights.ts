import { queuedOf } from '../../plan/queued.ts';
import type { ApiRequest } from '../../runner/index.ts';
import { configMapPath } from '../api/object.ts';
import { RIGHTS_REVIEW } from '../api/server.ts';
import { selected, targetOf } from '../api/target.ts';
import { jobsOf, PATHS } from './objects.ts';
import { type Draft, NAMESPACE } from './plans.ts';

/** Why the runner's Role does not allow this request, or null (S7): it names each object and what may be done with it. */
export function beyondRights({ method, path, body }: ApiRequest, draft: Draft): string | null {
  const { readable, startable } = rightsOf(draft);
  const target = targetOf(path);
  const place = target.path;
  switch (method) {
    case 'GET':
      return readable.has(selected(target) ?? place) ? null : `GET ${path}`;
    case 'POST':
      if (place === RIGHTS_REVIEW) return null;
      return place === `/api/v1/namespaces/${NAMESPACE}/events` || place === `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`
        ? null
        : `POST ${path}`;
    case 'PATCH': {
      if (place === PATHS.route(draft) || place === PATHS.status) return null;
      if (place === `${PATHS.deployment(draft.plan.candidate.deployment)}/scale`) return null;
      if (place === PATHS.flagsOff && draft.plan.remedies?.flagOff) return null;
      if (startable.has(place) && JSON.stringify(body).includes('suspend')) return null;
      return `PATCH ${path}`;
    }
  }
}

interface Rights {
  readonly readable: ReadonlySet<string>;
  /** Jobs that wait for the runner. */
  readonly startable: ReadonlySet<string>;
}

const known = new WeakMap<Draft, Rights>();

function rightsOf(draft: Draft): Rights {
  const cached = known.get(draft);
  if (cached !== undefined) return cached;
  const { plan, hash } = draft;
  const jobs = jobsOf(draft);
  const rights: Rights = {
    readable: new Set([
      PATHS.route(draft),
      PATHS.status,
      PATHS.approvals,
      PATHS.operator,
      PATHS.plan(hash),
      PATHS.deployment(plan.stable.deployment),
      PATHS.deployment(plan.candidate.deployment),
      ...queuedOf(plan).map((release) => configMapPath(NAMESPACE, `${release}-status`)),
      ...(plan.remedies?.flagOff ? [PATHS.flagsOff] : []),
      ...jobs.map(({ name }) => PATHS.job(name)),
    ]),
    startable: new Set(jobs.filter(({ suspended }) => suspended).map(({ name }) => PATHS.job(name))),
  };
  known.set(draft, rights);
  return rights;
}
