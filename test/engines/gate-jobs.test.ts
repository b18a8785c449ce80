import { describe, expect, test } from 'vitest';
import type { ResolvedIntent, ResolvedMesh } from '../../lib/intent/resolved.ts';
import { at } from '../../lib/lock/revision.ts';
import { gateJobName } from '../../lib/plan/job-names.ts';
import { digest, errors, find, inFlight, jobGate, render, web, withGates } from './fixtures.ts';
import { only, restrictedViolations, templateOf } from './pods.ts';

const intent = withGates([errors, jobGate(3)]);
const gateJobs = (of: ResolvedIntent) => inFlight(of).inFlight.jobs.filter(({ metadata }) => metadata.name.startsWith('web-job-'));
const { inFlight: flight } = inFlight(intent);
const jobs = gateJobs(intent);
const [first] = jobs;
const step = (kind: string) => flight.plan.steps.findIndex((each) => each.kind === kind);
const url = `http://${flight.candidate.name}.shop.svc.cluster.local:80`;

describe('the Jobs of a gate', () => {
  test('are one for each run, in the analysis and again in the bake', () => {
    const named = [step('analysis'), step('bake')].flatMap((at) => [0, 1, 2].map((run) => gateJobName('web', flight.hash, at, 1, run)));
    expect(jobs.map(({ metadata }) => metadata.name)).toEqual(named);
    expect(named[0]).toBe(`web-job-${flight.hash}-4-1-0`);
    expect(gateJobs(web)).toEqual([]);
  });

  test('wait for the runner, which may start these and no others', () => {
    expect(jobs.map((job) => at(job, 'spec', 'suspend'))).toEqual(jobs.map(() => true));
    const rules = find(render(inFlight(intent)), 'Role', 'web-runner').rules as {
      resources: string[];
      resourceNames: string[];
      verbs: string[];
    }[];
    const startable = rules.filter(({ resources, verbs }) => resources.includes('jobs') && verbs.includes('patch'));
    expect(only(startable).resourceNames).toEqual(jobs.map(({ metadata }) => metadata.name));
  });

  test('are tried once, bounded by the gate, and belong to their plan and to no Service', () => {
    expect(first?.spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 90,
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      podReplacementPolicy: 'Failed',
    });
    expect(first?.metadata).toMatchObject({
      labels: { 'tidegate.dev/component': 'job' },
      annotations: { 'tidegate.dev/plan': flight.hash },
    });
    expect(first && templateOf(first).metadata.labels).toEqual({
      'app.kubernetes.io/name': 'tidegate-job',
      'app.kubernetes.io/part-of': 'web',
      'tidegate.dev/release': 'web',
      'tidegate.dev/component': 'job',
      'sidecar.istio.io/inject': 'false',
    });
  });

  test('run the container of the team with the address of the candidate, unless the gate names another', () => {
    const container = (of: ResolvedIntent) => {
      const [job] = gateJobs(of);
      const { env = [], ...rest } = only(job ? templateOf(job).spec.containers : []);
      return { ...rest, env: Object.fromEntries(env.map(({ name, value }) => [name, value])) };
    };
    expect(container(intent)).toMatchObject({
      image: `registry.example.com/shop/orders@${digest('d')}`,
      args: [`--of=${flight.candidate.name}`],
      env: { CANDIDATE_URL: url, PREVIEW_URL: url, DEPTH: 'full' },
    });
    expect(container(intent)).not.toHaveProperty('command');
    const gate = jobGate(1);
    const job = { ...('job' in gate.provider ? gate.provider.job : {}), env: { CANDIDATE_URL: 'http://{{args.candidate-service}}:9090' } };
    const own = withGates([{ ...gate, provider: { job } } as typeof gate]);
    expect(container(own).env.CANDIDATE_URL).toBe(`http://${flight.candidate.name}:9090`);
  });

  test('are admitted by the restricted Pod Security profile', () => {
    expect(jobs.flatMap((job) => restrictedViolations(templateOf(job)))).toEqual([]);
  });

  test.each<[ResolvedMesh['jobs'], string, string | undefined, string | undefined]>([
    ['none', 'false', undefined, undefined],
    ['native-sidecar', 'true', 'true', undefined],
    ['quit', 'true', undefined, '1'],
  ])('are in the mesh as the intent says: %s', (mesh, inject, nativeSidecar, quit) => {
    const [job] = gateJobs({ ...intent, mesh: { jobs: mesh, runner: false } });
    const { metadata, spec } = templateOf(job ?? find([], 'Job', 'web-job'));
    expect(metadata.labels['sidecar.istio.io/inject']).toBe(inject);
    expect(metadata.annotations?.['sidecar.istio.io/nativeSidecar']).toBe(nativeSidecar);
    expect(only(spec.containers).env?.find(({ name }) => name === 'TIDEGATE_QUIT_SIDECAR')?.value).toBe(quit);
  });
});
