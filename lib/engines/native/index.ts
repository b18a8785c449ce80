import type { Engine } from '../engine.ts';
import { gateJobs } from './gate-jobs.ts';
import { renderRelease } from './render.ts';
import { freezeRevision } from './revision.ts';
import { smokeJobs } from './smoke.ts';

/** Tidegate's own engine: plain Deployments, one route, and a runner in the namespace while a release is in flight. */
export const native: Engine = {
  name: 'native',
  revision: (intent, { target }) => freezeRevision(intent, target),
  jobs: (plan, hash, intent, context) => [...smokeJobs(plan, hash, intent, context), ...gateJobs(plan, hash, intent, context)],
  render: renderRelease,
};
