import { describe, expect, test } from 'vitest';
import { newStatus } from '../../lib/runner/status.ts';
import { viewStep } from '../../lib/runner/steps.ts';
import { planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const question = { address: 'http://prometheus:9090', query: 'share', timeoutSeconds: 10 };
const plan = { ...planOf([scale(), smoke(), setWeight(20), switchOver()]), served: { prometheus: question } };
const pods = { resourceVersion: '5', replicas: 3, available: 3, current: true };

/** The step to 20 % a minute after the route held it, a metric having seen the candidate get `served` percent. */
function view(served: number, insiders: number) {
  const status = newStatus({ plan: 'p', planUid: 'u', at: 0, generation: 7 });
  const level = { set: { weight: 20, routes: { insiders } }, observed: 20, since: 0, generation: 7 };
  const nothing = { approvals: [], commands: {}, unreadable: [] };
  return viewStep(setWeight(20) as Parameters<typeof viewStep>[0], {
    plan,
    hash: 'p',
    status: { ...status, phase: 'Progressing', step: 2, stepStartedAt: 0, level },
    world: {
      plan: 'present',
      planUid: 'u',
      route: null,
      candidate: pods,
      stable: pods,
      jobs: {},
      orders: { git: nothing, cluster: nothing },
      status: { kind: 'absent' },
    },
    at: 30_000,
    startedAt: 0,
    gates: [],
    served,
  });
}

describe('a weight of 20 % that the route holds', () => {
  test.each([
    { served: 15, insiders: 0, is: 'done' },
    { served: 25, insiders: 0, is: 'done' },
    { served: 14, insiders: 0, is: 'waiting' },
    { served: 26, insiders: 0, is: 'waiting' },
    // Nobody knows how many requests have the headers: the candidate gets them beside its share.
    { served: 26, insiders: 100, is: 'done' },
    { served: 90, insiders: 100, is: 'done' },
    { served: 14, insiders: 100, is: 'waiting' },
  ])('is $is where $served % are served and $insiders % of insiders are led to the candidate', ({ served, insiders, is }) => {
    expect(view(served, insiders)).toMatchObject(is === 'done' ? { is } : { is, why: `the route holds 20 %, but ${served} % is served` });
  });
});
