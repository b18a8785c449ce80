import { describe, expect, test } from 'vitest';
import type { PodTemplateAddition } from '../../lib/intent/release.ts';
import { at } from '../../lib/lock/revision.ts';
import { type Problem, ProblemError } from '../../lib/schema/index.ts';
import { freeze, web, withWorkload } from './fixtures.ts';
import { templateOf } from './pods.ts';

const templateWith = (podTemplate: PodTemplateAddition) => templateOf(freeze(withWorkload({ podTemplate })).objects.deployment);

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
    const constraint = { maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway' };
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
    ['a list in place of a map', { spec: { affinity: [] } }, 'podTemplate.spec.affinity', 'Remove it'],
    ['null', { spec: { affinity: null } }, 'podTemplate.spec.affinity', 'Leave the field out'],
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

  test('is reported as a whole', () => {
    expect(
      problemsOf({ metadata: { labels: { 'tidegate.dev/x': 'x' } }, spec: { affinity: null, enableServiceLinks: true } }),
    ).toHaveLength(3);
  });

  test('cannot reach beyond the template', () => {
    const addition = JSON.parse('{"spec": {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}}');
    templateWith(addition);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('does not hide a volume of the same name as a config', () => {
    const volume = { name: 'config-app', mountPath: '/x', readOnly: false, source: { claim: 'data' } };
    expect(() => freeze(withWorkload({ volumes: [volume] }, web))).toThrow(
      /volumes\.config-app: the pod has a volume 'config-app' already/,
    );
  });
});
