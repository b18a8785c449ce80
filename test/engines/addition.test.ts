import { describe, expect, test } from 'vitest';
import type { PodTemplateAddition } from '../../lib/intent/release.ts';
import { at } from '../../lib/lock/revision.ts';
import { formatProblem, type Problem, ProblemError } from '../../lib/schema/index.ts';
import { freeze, web, withWorkload } from './fixtures.ts';
import { templateOf } from './pods.ts';

const templateWith = (podTemplate: PodTemplateAddition) => templateOf(freeze(withWorkload({ podTemplate })).objects.deployment);

/** What the types refuse and a cast lets through. */
const untyped = (addition: unknown) => addition as PodTemplateAddition;

function problemsOf(podTemplate: PodTemplateAddition): readonly Problem[] {
  try {
    templateWith(podTemplate);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return [];
}

describe('what podTemplate adds', () => {
  test('stands beside what the intent says', () => {
    const before = templateWith({});
    const { metadata, spec } = templateWith({
      metadata: { labels: { team: 'shop' }, annotations: { 'prometheus.io/scrape': 'true' } },
      spec: {
        priorityClassName: 'high',
        securityContext: { supplementalGroups: [3000] },
        tolerations: [{ key: 'dedicated', operator: 'Exists' }],
        volumes: [{ name: 'cache', emptyDir: {} }],
        containers: [
          { name: 'web', env: [{ name: 'REGION', value: 'eu' }], volumeMounts: [{ name: 'tmp', mountPath: '/var/cache' }], stdin: true },
          { name: 'logs', image: 'registry.example.com/logs' },
        ],
      },
    });
    expect(metadata.labels).toEqual({ ...before.metadata.labels, team: 'shop', 'tidegate.dev/revision': expect.stringMatching(/^web-/) });
    expect(metadata.annotations).toEqual({ 'prometheus.io/scrape': 'true' });
    expect(spec).toMatchObject({ priorityClassName: 'high', tolerations: [{ key: 'dedicated', operator: 'Exists' }] });
    expect(spec.securityContext).toEqual({ ...before.spec.securityContext, supplementalGroups: [3000] });
    expect(spec.volumes).toEqual([...(before.spec.volumes ?? []), { name: 'cache', emptyDir: {} }]);
    expect(spec.containers.map(({ name }) => name)).toEqual(['web', 'logs']);
    const [app] = before.spec.containers;
    expect(spec.containers[0]).toEqual({
      ...app,
      stdin: true,
      env: [...(app?.env ?? []), { name: 'REGION', value: 'eu' }],
      volumeMounts: [...(app?.volumeMounts ?? []), { name: 'tmp', mountPath: '/var/cache' }],
    });
  });

  test('lengthens lists whose items have no names', () => {
    const constraint = { maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway' } as const;
    const before = at(templateWith({}), 'spec', 'topologySpreadConstraints') as unknown[];
    expect(at(templateWith({ spec: { topologySpreadConstraints: [constraint] } }), 'spec', 'topologySpreadConstraints')).toEqual([
      ...before,
      constraint,
    ]);
  });

  test.each<[string, PodTemplateAddition, string, string]>([
    [
      'a value of the intent',
      { spec: { terminationGracePeriodSeconds: 5 } },
      'podTemplate.spec.terminationGracePeriodSeconds',
      '`shutdown.grace`',
    ],
    ['even an equal one', { spec: { enableServiceLinks: false } }, 'podTemplate.spec.enableServiceLinks', 'Remove it from podTemplate'],
    ['the image', { spec: { containers: [{ name: 'web', image: 'x' }] } }, 'podTemplate.spec.containers[web].image', '`image`'],
    [
      'a variable',
      { spec: { containers: [{ name: 'web', env: [{ name: 'LOG_LEVEL', value: 'x' }] }] } },
      'podTemplate.spec.containers[web].env[LOG_LEVEL].value',
      '`env`',
    ],
    [
      'the security context',
      { spec: { containers: [{ name: 'web', securityContext: { allowPrivilegeEscalation: true } }] } },
      'podTemplate.spec.containers[web].securityContext.allowPrivilegeEscalation',
      '`security`',
    ],
    ['a map by a list', untyped({ spec: { affinity: [] } }), 'podTemplate.spec.affinity', 'Remove it'],
    ['a list by a text', untyped({ spec: { containers: 'web' } }), 'podTemplate.spec.containers', 'Remove it'],
    ['null', untyped({ spec: { affinity: null } }), 'podTemplate.spec.affinity', 'Leave the field out'],
    [
      "one of Tidegate's labels",
      { metadata: { labels: { 'tidegate.dev/revision': 'x' } } },
      "podTemplate.metadata.labels['tidegate.dev/revision']",
      'Choose another key',
    ],
    [
      'the name of the application',
      { metadata: { labels: { 'app.kubernetes.io/name': 'x' } } },
      "podTemplate.metadata.labels['app.kubernetes.io/name']",
      'Choose another key',
    ],
  ])('may not replace %s', (_, addition, path, help) => {
    expect(problemsOf(addition)).toEqual([{ path, message: expect.any(String), help: expect.stringContaining(help) }]);
  });

  test.each<[string, unknown, ...string[]]>([
    [
      'a misspelt field',
      { spec: { hostAlises: [] } },
      "podTemplate.spec.hostAlises: unknown field 'hostAlises', did you mean 'hostAliases'?",
    ],
    [
      'a misspelt field of an appended entry, counted as written',
      { spec: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway', minDomain: 2 }] } },
      "podTemplate.spec.topologySpreadConstraints[0].minDomain: unknown field 'minDomain', did you mean 'minDomains'?",
    ],
    [
      'a misspelt field of the released container',
      { spec: { containers: [{ name: 'web', envv: [] }] } },
      "podTemplate.spec.containers[web].envv: unknown field 'envv', did you mean 'env'?",
    ],
    ['a wrong type', { spec: { nodeSelector: { disk: 1 } } }, 'podTemplate.spec.nodeSelector.disk: found 1, expected a text.'],
    [
      'a wrong value',
      { spec: { tolerations: [{ key: 'a' }, { key: 'b', operator: 'Exist' }] } },
      "podTemplate.spec.tolerations[1].operator: found 'Exist', expected one of 'Equal', 'Exists', 'Gt' or 'Lt'; did you mean 'Exists'?",
    ],
    [
      'a text in place of a list',
      { spec: { containers: 'web' } },
      "podTemplate.spec.containers: found 'web', expected a list. Remove it from podTemplate.",
    ],
    [
      'a container without an image',
      { spec: { containers: [{ name: 'logs' }] } },
      "podTemplate.spec.containers[logs]: 'image' is missing, expected a text that is not empty.",
    ],
    [
      'a container without a name, and what is beside it',
      { spec: { containers: [{ image: 'logs' }, { name: 'web', stdin: 'yes' }] } },
      "podTemplate.spec.containers[web].stdin: found 'yes', expected true or false.",
      "podTemplate.spec.containers[0]: 'name' is missing, expected a DNS label: lower-case letters, digits and -, at most 63.",
    ],
    [
      'a mount without a path',
      { spec: { containers: [{ name: 'web', volumeMounts: [{ name: 'cache' }] }] } },
      "podTemplate.spec.containers[web].volumeMounts[0]: 'mountPath' is missing, expected a path without :.",
    ],
    [
      'a second form of a probe that the intent has',
      { spec: { containers: [{ name: 'web', livenessProbe: { tcpSocket: { port: 80 } } }] } },
      "podTemplate.spec.containers[web].livenessProbe: found 'tcpSocket' and 'grpc' together, expected only one of them.",
    ],
    [
      'a label that is none',
      { metadata: { labels: { team: 'a b' } } },
      "podTemplate.metadata.labels.team: found 'a b', expected a label value: at most 63 letters, digits, -, _ and ., starting and ending with a letter or digit.",
    ],
    [
      'null in what the intent does not have',
      { spec: { dnsConfig: null } },
      'podTemplate.spec.dnsConfig: null adds nothing and removes nothing. Leave the field out.',
    ],
    ['null deeper in it', { spec: { dnsConfig: { searches: null } } }, 'podTemplate.spec.dnsConfig.searches: found null, expected a list.'],
  ])('may not be %s', (_, addition, ...expected) => {
    expect(problemsOf(untyped(addition)).map(formatProblem)).toEqual(expected);
  });

  test('is not blamed for what the intent says', () => {
    const named = withWorkload({ serviceAccount: 'Not_A_Name', podTemplate: { spec: { priorityClassName: 'high' } } });
    expect(() => freeze(named)).not.toThrow();
  });

  test('is reported as a whole', () => {
    expect(
      problemsOf(
        untyped({ metadata: { labels: { 'tidegate.dev/x': 'x' } }, spec: { affinity: null, enableServiceLinks: true, hostAlises: [] } }),
      ),
    ).toHaveLength(4);
  });

  test('cannot reach beyond the template', () => {
    const addition = JSON.parse('{"spec": {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}}');
    expect(problemsOf(addition).map(({ path }) => path)).toEqual(["podTemplate.spec['__proto__']", 'podTemplate.spec.constructor']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('does not hide a volume of the same name as a config', () => {
    const volume = { name: 'config-app', mountPath: '/x', readOnly: false, source: { claim: 'data' } };
    expect(() => freeze(withWorkload({ volumes: [volume] }, web))).toThrow(
      /volumes\.config-app: the pod has a volume 'config-app' already/,
    );
  });
});
