import { describe } from 'vitest';
import { table } from './checked.ts';
import { DIGEST, errors } from './valid.ts';

describe('the strategy', () => {
  const analysis = { analysis: { gates: [errors] } };
  const steps = (...list: unknown[]) => ({ strategy: { kind: 'canary', steps: list } });
  const approval = { approval: {} };
  table([
    [{ 'strategy.weights': [5, 5, 100] }, 'strategy.weights[1]: weight 5 does not rise above 5.'],
    [{ 'strategy.weights': [5, 50] }, 'strategy.weights: the last weight must be 100.'],
    [{ 'strategy.weights': [60, 100] }],
    [
      steps({ weight: 60 }, { weight: 40 }),
      'strategy.steps[0]: weight 60 is above 50 and needs an approval before it.',
      'strategy.steps[1]: weight 60 needs an analysis before weight 40.',
      'strategy.steps[1]: weight 40 does not rise above 60.',
      'strategy.steps: the last weight must be 100.',
    ],
    [steps({ weight: 20 }, analysis, approval, { weight: 100 })],
    [steps({ weight: 20 }, approval, { weight: 100 }), 'strategy.steps[2]: weight 20 needs an analysis before weight 100.'],
    [
      steps(approval, { weight: 20 }, analysis, { weight: 100 }),
      'strategy.steps[3]: weight 100 is above 50 and needs an approval before it.',
    ],
    [
      steps({ weight: 20 }, analysis, approval, { weight: 100 }, { pause: '5m' }),
      'strategy.steps[4]: weight 100 ends a canary, nothing follows it.',
    ],
    [
      steps({ weight: 20 }, analysis, { pause: '0s' }, approval, { weight: 100 }),
      'strategy.steps[2].pause: found 0s, expected at least 1s.',
    ],
    [steps({ pause: '5m' }), 'strategy.steps: the last weight must be 100.'],
    [
      steps({ weight: 20 }, analysis, approval, approval, { weight: 100 }),
      "strategy.steps[3].approval: approval name 'promote' is already used by strategy.steps[2].approval.",
    ],
    [
      { 'strategy.approval': { name: 'Go!' } },
      "strategy.approval.name: approval name 'Go!' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    [{ risk: 'high' }],
    [
      { risk: 'high', 'strategy.weights': [10, 100] },
      'strategy: the first weight is 10; where risk is high, at most 5 percent of users see a new version first. Begin with a weight of at most 5.',
    ],
    [
      { risk: 'high', 'strategy.approval': { count: 1 } },
      'strategy.approval.count: found 1; where risk is high, at least 2 persons say yes.',
    ],
  ]);
});

describe('blue-green', () => {
  const blueGreen = (change: Record<string, unknown> = {}) => ({
    strategy: { kind: 'blueGreen', preview: { gates: [errors] }, after: { gates: [errors] }, ...change },
  });
  const compared = { ...errors, name: 'against', scope: 'comparison' };
  table([
    [blueGreen({ approval: { name: 'go' }, keepOld: '1h' })],
    [{ ...blueGreen(), risk: 'high' }],
    [
      { ...blueGreen({ approval: { count: 1 } }), risk: 'high' },
      'strategy.approval.count: found 1; where risk is high, at least 2 persons say yes.',
    ],
    [
      blueGreen({ preview: { gates: [compared], watch: '0s' }, keepOld: '0s', after: { gates: [compared] } }),
      'strategy.preview.watch: found 0s, expected at least 1s.',
      'strategy.keepOld: found 0s, expected at least 1s.',
      "strategy.after.gates[0]: gate 'against' compares with stable, which has no requests after the switch. Judge the candidate alone, against a threshold.",
    ],
    [
      blueGreen({ after: { gates: [{ ...errors, count: 9 }] } }),
      "strategy.after.gates[0].name: gate 'errors' differs from the one of that name at strategy.preview.gates[0]. A name means one gate in a release: rename one of them.",
    ],
  ]);
});

describe('header routes and mirrors', () => {
  const analysis = { analysis: { gates: [errors] } };
  const steps = (...list: unknown[]) => ({
    strategy: { kind: 'canary', steps: [...list.flatMap((step) => [step, analysis]), { approval: {} }, { weight: 100 }] },
  });
  const route = (name: string, headers: unknown) => ({ headerRoute: { name, headers } });
  const mirror = (name: string, percent: number) => ({ mirror: { name, percent } });
  const insiders = route('insiders', { 'X-Canary': 'always' });
  const value = 'It is compared as it stands: there are no patterns, and no way to ask whether a header is there at all.';
  table([
    [steps(insiders, mirror('shadow', 10), { weight: 5 }, mirror('shadow', 0))],
    [{ 'strategy.headers': { 'x-canary': 'always', cookie: 'a b=c; d' } }],
    [
      { strategy: { kind: 'canary', steps: [insiders, mirror('m', 5), { weight: 5 }, analysis, { approval: {} }, { weight: 100 }] } },
      "strategy.steps[1]: header route 'insiders' needs an analysis before mirror 'm'.",
      "strategy.steps[2]: mirror 'm' needs an analysis before weight 5.",
    ],
    [
      { 'strategy.headers': { 'x canary': 'always', 'X-A': '', 'x-a': 'ä', 'x-b': ' b' } },
      "strategy.headers['x canary']: header name 'x canary' must be letters, digits and '-', at most 256 of them, as HTTP has it.",
      `strategy.headers['X-A']: value '' must be 1 to 4096 visible ASCII characters, with spaces only between them. ${value}`,
      `strategy.headers['x-a']: value 'ä' must be 1 to 4096 visible ASCII characters, with spaces only between them. ${value}`,
      `strategy.headers['x-b']: value ' b' must be 1 to 4096 visible ASCII characters, with spaces only between them. ${value}`,
      "strategy.headers['x-a']: header 'x-a' is already used by strategy.headers['X-A'].",
    ],
    [
      steps(insiders, route('Insiders', { a: 'b' }), route('insiders', { 'x-canary': 'always' })),
      "strategy.steps[2].headerRoute.name: header route name 'Insiders' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
      "strategy.steps[4].headerRoute.name: header route name 'insiders' is already used by strategy.steps[0].headerRoute.name.",
      "strategy.steps[4].headerRoute.headers: every request with these headers fits header route 'insiders' already. Begin with the route that asks for more headers, or remove this one.",
    ],
    [steps(route('testers', { 'x-canary': 'always', 'x-team': 'test' }), insiders)],
    [
      steps(insiders, route('testers', { 'x-canary': 'always', 'x-team': 'test' })),
      "strategy.steps[2].headerRoute.headers: every request with these headers fits header route 'insiders' already. Begin with the route that asks for more headers, or remove this one.",
    ],
    [
      steps(mirror('shadow', 0), mirror('other', 10)),
      "strategy.steps[0].mirror.percent: mirror 'shadow' ends before it has begun.",
      "strategy.steps[2].mirror.name: there is a mirror 'shadow' already, and a request is copied once. Change the percent of 'shadow'.",
    ],
    [{ ...steps({ approval: { name: 'start' } }, { weight: 5 }), risk: 'high' }],
    [
      { ...steps(insiders, { weight: 5 }), risk: 'high' },
      "strategy.steps[0]: no person is asked before the first users see the new version, and risk is high. Begin with an approval of its own name, such as `.approval({ name: 'start' })`.",
    ],
  ]);
});

describe('gates', () => {
  const gate = (change: Record<string, unknown>) => ({ 'strategy.gates': [{ ...errors, ...change }] });
  const job = { provider: { job: { image: `registry.example.com/check@${DIGEST}` } } };
  const prometheus = 'strategy.gates[0].provider.prometheus';
  const asking = (more: object) => gate({ provider: { prometheus: { address: 'http://prometheus:9090', query: 'errors', ...more } } });
  const twoLists = (first: unknown, second: unknown) => ({
    strategy: {
      kind: 'canary',
      steps: [{ weight: 5 }, { analysis: { gates: [first] } }, { approval: {} }, { analysis: { gates: [second] } }, { weight: 100 }],
    },
  });
  table([
    [
      gate({ name: 'Errors' }),
      "strategy.gates[0].name: gate name 'Errors' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    [{ 'strategy.gates': [errors, errors] }, "strategy.gates[1].name: gate 'errors' stands in this list already."],
    [twoLists(errors, Object.fromEntries(Object.entries(errors).reverse()))],
    [
      twoLists(errors, { ...errors, count: 9 }),
      "strategy.steps[3].analysis.gates[0].name: gate 'errors' differs from the one of that name at strategy.steps[1].analysis.gates[0]. A name means one gate in a release: rename one of them.",
    ],
    [
      gate({ count: 5, failureLimit: 5 }),
      'strategy.gates[0].failureLimit: failureLimit 5 is not smaller than count 5, so this gate cannot fail. Give at most 4, or more measurements.',
    ],
    [
      gate({ count: 3 }),
      'strategy.gates[0].inconclusiveLimit: inconclusiveLimit 3 (the default) is not smaller than count 3, so this gate cannot fail. Give at most 2, or more measurements.',
    ],
    [gate({ interval: '0s' }), 'strategy.gates[0].interval: found 0s, expected at least 1s.'],
    [gate({ description: ' ' }), 'strategy.gates[0].description: say in one sentence what a pass proves.'],
    [
      gate({ successCondition: undefined }),
      "strategy.gates[0]: nothing says when this gate passes or fails. Give 'successCondition', 'failureCondition', or both.",
    ],
    [gate({ successCondition: '' }), 'strategy.gates[0].successCondition: found an empty condition.'],
    [
      gate(job),
      'strategy.gates[0].successCondition: a Job answers by its exit code and has no result to compare. Remove successCondition.',
    ],
    [gate({ ...job, successCondition: undefined })],
    [gate({ ...job, successCondition: undefined, onFailure: 'abort' })],
    ...(['hold', 'scaleUp'] as const).map((onFailure): [ReturnType<typeof gate>, string] => [
      gate({ ...job, successCondition: undefined, onFailure }),
      `strategy.gates[0].onFailure: onFailure '${onFailure}' measures the gate anew, and a Job cannot run again under the same plan. Remove it: a gate whose provider is a Job aborts. Or ask with 'prometheus' or 'web'.`,
    ]),
    [
      gate({ successCondition: undefined, provider: { job: { image: 'check' } } }),
      "strategy.gates[0].provider.job.image: image 'check' has no digest: what was tested must be what runs. Write 'check@sha256:...' (docker buildx imagetools inspect check).",
    ],
    [
      gate({ provider: { prometheus: { address: 'prometheus:9090', query: ' ' } } }),
      "strategy.gates[0].provider.prometheus.address: 'prometheus:9090' must be a URL that begins with http:// or https://.",
      'strategy.gates[0].provider.prometheus.query: found an empty query.',
    ],
    [gate({ provider: { web: { url: 'http://{{args.candidate-service}}:8080/healthz' } } })],
    [gate({ onFailure: 'scaleUp' })],
    [
      asking({
        range: { window: '10m', step: '30s' },
        headers: { 'X-Scope-OrgID': 'shop' },
        auth: { basic: { username: 'tidegate', passwordSecret: { name: 'prometheus.reader', key: 'password' } } },
        tls: { caConfigMap: { name: 'company-ca', key: 'ca.crt' } },
      }),
    ],
    [asking({ range: { window: '1m', step: '0s' } }), `${prometheus}.range.step: found 0s, expected at least 1s.`],
    [asking({ range: { window: '1m', step: '2m' } }), `${prometheus}.range.window: window 1m is shorter than one step of 2m.`],
    [
      asking({ range: { window: '4h', step: '1s' } }),
      `${prometheus}.range.step: steps of 1s divide 4h into more than 11000, which Prometheus refuses. Use longer steps.`,
    ],
    [
      asking({ headers: { Authorization: 'Bearer x' } }),
      `${prometheus}.headers.Authorization: everybody who reads the plan would see these credentials. Keep them in a Secret and name it in 'auth'.`,
    ],
    [
      asking({ auth: { bearer: { tokenSecret: { name: '{{args.release}}', key: '../token' } } } }),
      `${prometheus}.auth.bearer.tokenSecret.name: name of a Secret '{{args.release}}' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.`,
      `${prometheus}.auth.bearer.tokenSecret.key: key '../token' of a Secret must be letters, digits, '-', '_' and '.'.`,
    ],
    [
      asking({ auth: { basic: { username: 'a:b', passwordSecret: { name: 'reader', key: 'password' } } } }),
      `${prometheus}.auth.basic.username: username 'a:b' has a ':', which ends it.`,
    ],
    [
      gate({ provider: { web: { url: 'http://web', tls: { caSecret: { name: 'ca', key: '' } } } } }),
      "strategy.gates[0].provider.web.tls.caSecret.key: key '' of a Secret must be letters, digits, '-', '_' and '.'.",
    ],
    [
      { 'strategy.gates': [9, 12].map((count) => ({ ...errors, name: `job-${count}`, successCondition: undefined, ...job, count })) },
      "strategy.gates: its Jobs run 21 times at each weight, at most 20 are allowed: each run is an object of its own, rendered beforehand. Lower the 'count' of gates whose provider is a Job.",
    ],
    [
      { 'traffic.served': { prometheus: { address: 'prometheus', query: ' ' } } },
      "traffic.served.prometheus.address: 'prometheus' must be a URL that begins with http:// or https://.",
      'traffic.served.prometheus.query: found an empty query.',
    ],
  ]);
});
