import { describe, expect, it } from 'vitest';
import { gateArguments, substitute, substituteServed } from '../../lib/gates/arguments.ts';
import type { Gate } from '../../lib/intent/gate.ts';
import { ProblemError } from '../../lib/schema/problem.ts';
import { gate, WEB } from './fixture.ts';

const query = (text: string): Partial<Gate> => ({ provider: { prometheus: { address: 'http://prometheus:9090', query: text } } });

describe('the arguments of every gate', () => {
  it('name Deployments and Services apart, as an adopted stable has names of its own', () => {
    const args = gateArguments({
      release: 'web',
      namespace: 'shop',
      candidate: { deployment: 'web-1a2b3c4d', service: 'web-1a2b3c4d' },
      stable: { deployment: 'old.web', service: 'frontend' },
    });
    expect(Object.entries(args)).toEqual([
      ['release', 'web'],
      ['namespace', 'shop'],
      ['candidate', 'web-1a2b3c4d'],
      ['stable', 'old.web'],
      ['candidate-service', 'web-1a2b3c4d'],
      ['stable-service', 'frontend'],
    ]);
  });
});

describe('substitute', () => {
  it('fills every text of a Prometheus gate and its conditions, and drops the arguments', () => {
    const filled = substitute(
      gate({
        args: { host: 'metrics', limit: '0.01' },
        provider: { prometheus: { address: 'http://{{args.host}}:9090', query: 'x{a="{{args.candidate}}",b="{{args.stable}}"}' } },
        successCondition: 'result[0] < {{args.limit}}',
        failureCondition: 'result[0] >= {{args.limit}}',
      }),
      WEB,
    );
    expect(filled).not.toHaveProperty('args');
    expect(filled.provider).toEqual({
      prometheus: { address: 'http://metrics:9090', query: 'x{a="web-1a2b3c4d",b="web-0f0f0f0f"}', timeoutSeconds: 10 },
    });
    expect([filled.successCondition, filled.failureCondition]).toEqual(['result[0] < 0.01', 'result[0] >= 0.01']);
  });

  it('fills URL, headers, body and path of a web gate', () => {
    const web = {
      url: 'http://{{args.candidate-service}}/check',
      method: 'POST' as const,
      headers: { 'x-release': '{{args.release}}' },
      body: '{"a":{"namespace":"{{args.namespace}}"}}',
      jsonPath: '{$.{{args.release}}}',
    };
    expect(substitute(gate({ provider: { web } }), WEB).provider).toEqual({
      web: {
        url: 'http://web-1a2b3c4d/check',
        method: 'POST',
        headers: { 'x-release': 'web' },
        body: '{"a":{"namespace":"shop"}}',
        jsonPath: '{$.web}',
        timeoutSeconds: 10,
      },
    });
  });

  it('fills command, arguments and environment of a Job gate', () => {
    const image = `registry.example.com/check@sha256:${'ab'.repeat(32)}`;
    const job = {
      image,
      command: ['check', '{{args.candidate}}'],
      args: ['--in={{args.namespace}}'],
      env: { URL: 'http://{{args.stable-service}}' },
    };
    expect(substitute(gate({ provider: { job } }), WEB).provider).toEqual({
      job: { image, command: ['check', 'web-1a2b3c4d'], args: ['--in=shop'], env: { URL: 'http://web-0f0f0f0f' }, timeoutSeconds: 120 },
    });
  });

  it('takes values as they are: no replacement pattern of JavaScript means anything in them', () => {
    const filled = substitute(gate({ args: { text: "$& $1 $' $$" }, ...query('x{a="{{args.text}}"}') }), WEB);
    expect(filled.provider).toMatchObject({ prometheus: { query: `x{a="$& $1 $' $$"}` } });
  });

  it('leaves the gate that it was given as it was', () => {
    const given = gate(query('x{a="{{args.candidate}}"}'));
    const before = structuredClone(given);
    substitute(given, WEB);
    expect(given).toEqual(before);
  });
});

describe('arguments that do not add up', () => {
  it.each<[string, Partial<Gate>, string, RegExp]>([
    [
      'an undeclared one',
      query('x{a="{{args.nobody}}"}'),
      'gates.check.provider.prometheus.query',
      /\{\{args\.nobody\}\} is no argument .*every gate has \{\{args\.release\}\}/,
    ],
    [
      'a misspelt one',
      query('x{a="{{args.canditate}}"}'),
      'gates.check.provider.prometheus.query',
      /Did you mean \{\{args\.candidate\}\}\?/,
    ],
    [
      'an undeclared one in a condition',
      { failureCondition: 'result[0] > {{args.max}}' },
      'gates.check.failureCondition',
      /\{\{args\.max\}\} is no argument/,
    ],
    [
      'a placeholder that is no argument',
      query('x{a="{{version}}"}'),
      'gates.check.provider.prometheus.query',
      /\{\{version\}\} is no argument/,
    ],
    [
      'spaces, which only AnalysisTemplates have',
      query('x{a="{{ args.candidate }}"}'),
      'gates.check.provider.prometheus.query',
      /\{\{ args\.candidate \}\} is no argument/,
    ],
    [
      'a name that every object has',
      query('x{a="{{args.toString}}"}'),
      'gates.check.provider.prometheus.query',
      /\{\{args\.toString\}\} is no argument/,
    ],
    [
      'an own one that nothing uses',
      { args: { limit: '1' } },
      'gates.check.args.limit',
      /declares the argument 'limit' and does not use it/,
    ],
    [
      'an own one that shadows',
      { args: { stable: 'x' }, ...query('{{args.stable}}') },
      'gates.check.args.stable',
      /has an argument 'stable' already/,
    ],
    ['a value with a placeholder', { args: { a: '{{args.stable}}' }, ...query('{{args.a}}') }, 'gates.check.args.a', /contains '\{\{'/],
  ])('%s is a problem with its place and a remedy', (_, overrides, path, text) => {
    const [problem, ...more] = problemsOf(overrides);
    expect(more).toEqual([]);
    expect(problem?.path).toBe(path);
    expect(`${problem?.message} ${problem?.help}`).toMatch(text);
  });

  it('are reported all together, each once', () => {
    const problems = problemsOf({
      args: { spare: '1' },
      ...query('{{args.x}} {{args.x}} {{args.y}}'),
      successCondition: 'result[0] < {{args.x}}',
    });
    expect(problems.map(({ path, message }) => [path, message.split(' ', 1)[0]])).toEqual([
      ['gates.check.provider.prometheus.query', '{{args.x}}'],
      ['gates.check.provider.prometheus.query', '{{args.y}}'],
      ['gates.check.successCondition', '{{args.x}}'],
      ['gates.check.args.spare', 'gate'],
    ]);
  });
});

describe('the question how much is served', () => {
  const asking = (query: string) => ({ prometheus: { address: 'http://prometheus:9090', query, timeoutSeconds: 10 } });

  it('knows the arguments that every gate has', () => {
    expect(substituteServed(asking('x{a="{{args.candidate}}",b="{{args.stable}}"}'), WEB)).toEqual(
      asking('x{a="web-1a2b3c4d",b="web-0f0f0f0f"}'),
    );
  });

  it('has none of its own', () => {
    const problem = expect.objectContaining({
      path: 'traffic.served.prometheus.query',
      message: '{{args.limit}} is no argument of the served share.',
      help: expect.stringMatching(/^There are \{\{args\.release\}\}, /),
    });
    expect(() => substituteServed(asking('x > {{args.limit}}'), WEB)).toThrow(expect.objectContaining({ problems: [problem] }));
  });
});

function problemsOf(overrides: Partial<Gate>) {
  try {
    substitute(gate(overrides), WEB);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return [];
}
