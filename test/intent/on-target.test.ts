import { describe, expect, it } from 'vitest';
import { changedOn, intentOn, unknownTargets } from '../../lib/intent/on-target.ts';
import type { ReleaseIntent, TargetOverride } from '../../lib/intent/release.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';
import { accepted, errors, VALID } from './valid.ts';

const on = (staging: TargetOverride): ReleaseIntent => accepted({ targets: { staging } });

function problems(staging: unknown): readonly string[] {
  try {
    intentOn('web', on(staging as TargetOverride), 'staging', []);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

describe('an intent on a target', () => {
  it('of which nothing differs is the intent', () => {
    expect(intentOn('web', on({ replicas: 1 }), 'production', [])).toEqual(VALID);
    expect(changedOn(on({ replicas: 1 }), 'constructor')).toEqual(VALID);
  });

  it('has maps merged by key, and lists, texts and numbers replaced', () => {
    const intent = intentOn(
      'web',
      on({
        replicas: 1,
        env: { LOG_LEVEL: 'debug', ONLY_HERE: 'x' },
        resources: { requests: { cpu: '50m' } },
        traffic: { hosts: ['web.staging.example.com'] },
      }),
      'staging',
      [],
    );
    expect(intent).toEqual({
      ...VALID,
      replicas: 1,
      env: { ...VALID.env, LOG_LEVEL: 'debug', ONLY_HERE: 'x' },
      resources: { ...VALID.resources, requests: { cpu: '50m', memory: '128Mi' } },
      traffic: { ...VALID.traffic, hosts: ['web.staging.example.com'] },
    });
  });

  it('leaves out what is null, at any depth', () => {
    const intent = intentOn(
      'web',
      on({ replicas: null, autoscale: { min: 1, max: 2, cpu: 70 }, traffic: { retries: null } }),
      'staging',
      [],
    );
    expect([intent.replicas, intent.autoscale?.max, 'retries' in intent.traffic]).toEqual([undefined, 2, false]);
  });

  it('has another strategy as a whole', () => {
    const strategy = {
      kind: 'canary',
      steps: [{ weight: 5 }, { analysis: { gates: [errors] } }, { approval: {} }, { weight: 100 }],
    } as const;
    expect(intentOn('web', on({ strategy }), 'staging', []).strategy).toEqual(strategy);
  });

  it.each([
    ['a wrong value', { replicas: -1 }, 'targets.staging.replicas: found -1, expected an integer of at least 1.'],
    ['a misspelt field', { traffic: { host: ['x'] } }, "targets.staging.traffic.host: unknown field 'host', did you mean 'hosts'?"],
    ['what makes no sense', { traffic: { hosts: ['web_example'] } }, "targets.staging.traffic.hosts[0]: host 'web_example'"],
    ['a container that is not there', { sidecars: { prxy: { init: true } } }, "targets.staging.sidecars.prxy: 'image' is missing"],
    ['null for what is not there', { autoscale: null }, "targets.staging.autoscale: there is no 'autoscale' to leave out."],
    [
      'null within what is not there',
      { disruption: { maxUnavailable: null } },
      "targets.staging.disruption.maxUnavailable: there is no 'maxUnavailable' to leave out.",
    ],
    ['null for what must be there', { probes: { readiness: null } }, "probes: 'readiness' is missing"],
    ['nothing', {}, 'targets.staging: nothing differs here.'],
    ['what contradicts the rest', { autoscale: { min: 1, max: 2, cpu: 70 } }, 'autoscale'],
  ])('that says %s is wrong, and told where it differs', (_, staging, message) => {
    expect(problems(staging).join('\n')).toContain(message);
  });

  it.each(['risk', 'engine', 'workload', 'targets', 'replcas'])('cannot differ in %s', (field) => {
    expect(() => on({ [field]: 'high' } as TargetOverride)).toThrow(`unknown field '${field}'`);
  });

  it('that the project does not declare is named, with the one that was meant', () => {
    const [problem] = unknownTargets(accepted({ targets: { stagin: { replicas: 1 } } }), ['staging', 'production']);
    expect(problem && formatProblem(problem)).toBe(
      "targets.stagin: there is no target 'stagin'; did you mean 'staging'? tidegate.yaml declares staging, production.",
    );
  });
});

it('what differs is typed as the intent is', () => {
  const wrong: readonly TargetOverride[] = [
    // @ts-expect-error a number of pods
    { replicas: 'three' },
    // @ts-expect-error no such field
    { replcas: 3 },
    // @ts-expect-error no such field, further down
    { traffic: { host: [] } },
    // @ts-expect-error the same everywhere
    { risk: 'normal' },
  ];
  const right: TargetOverride = { probes: { liveness: null }, shutdown: { drain: '5s' }, env: { TOKEN: { secret: 'other' } } };
  expect([...wrong, right]).toHaveLength(5);
});
