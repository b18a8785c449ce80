// What must compile as an addition to the pod template, and what must not. `tsc` checks the marks; vitest checks that what
// compiles is also what the pod template takes, and that run time refuses what does not.
import { describe, expect, test } from 'vitest';
import type { ContainerAddition, PodSpecAddition, PodTemplateAddition } from '../../lib/index.ts';
import { freeze, withWorkload } from '../engines/fixtures.ts';
import { templateOf } from '../engines/pods.ts';

const podWith = (podTemplate: PodTemplateAddition) => templateOf(freeze(withWorkload({ podTemplate })).objects.deployment).spec;
const refusing = (spec: PodSpecAddition) => expect(() => podWith({ spec }));
const refusingContainer = (container: ContainerAddition) => refusing({ containers: [container] });

describe('what a pod can have is added as written', () => {
  test.each<[string, PodSpecAddition]>([
    ['host names', { hostAliases: [{ ip: '10.0.0.1', hostnames: ['db.internal'] }] }],
    ['tolerations', { tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 60 }] }],
    ['a node selector', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }],
    ['name resolution', { dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '2' }] } }],
    ['a runtime class', { runtimeClassName: 'gvisor' }],
    ['pull secrets', { imagePullSecrets: [{ name: 'registry' }] }],
    ['a priority', { priorityClassName: 'high', preemptionPolicy: 'Never' }],
    ['an init container', { initContainers: [{ name: 'migrate', image: 'registry.example.com/migrate', restartPolicy: 'Always' }] }],
  ])('%s', (_, spec) => {
    expect(podWith({ spec })).toMatchObject(spec);
  });

  test('nodes that it must or should run on', () => {
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values: ['web'] }] }],
      },
    } as const;
    expect(podWith({ spec: { affinity: { nodeAffinity } } }).affinity).toMatchObject({ nodeAffinity });
  });

  test('a variable, a volume with its mount, and a device of the released container', () => {
    const { containers, volumes } = podWith({
      spec: {
        volumes: [
          {
            name: 'cache',
            ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } },
          },
        ],
        containers: [
          {
            name: 'web',
            env: [{ name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } }],
            volumeMounts: [{ name: 'cache', mountPath: '/var/cache' }],
            resources: { limits: { 'nvidia.com/gpu': 1 }, requests: { 'ephemeral-storage': '2Gi' } },
          },
        ],
      },
    });
    expect(volumes?.map(({ name }) => name)).toContain('cache');
    expect(containers[0]?.env?.map(({ name }) => name)).toContain('MEMORY');
    expect(containers[0]?.volumeMounts).toContainEqual({ name: 'cache', mountPath: '/var/cache' });
    expect(containers[0]?.resources).toMatchObject({
      limits: { 'nvidia.com/gpu': 1, memory: '512Mi' },
      requests: { 'ephemeral-storage': '2Gi', cpu: '100m' },
    });
  });
});

describe('what a pod cannot have', () => {
  test('is no field of it', () => {
    // @ts-expect-error misspelt
    refusing({ hostAlises: [] }).toThrow("did you mean 'hostAliases'?");
    // @ts-expect-error misspelt deeper
    refusing({ tolerations: [{ key: 'gpu', efect: 'NoSchedule' }] }).toThrow("did you mean 'effect'?");
    // @ts-expect-error misspelt in a container
    refusingContainer({ name: 'web', volumeMount: [] }).toThrow("did you mean 'volumeMounts'?");
    // @ts-expect-error a template's own
    expect(() => podWith({ spec: {}, spcc: {} })).toThrow("unknown field 'spcc'");
  });

  test('has another type or value', () => {
    // @ts-expect-error a list
    refusing({ runtimeClassName: ['gvisor'] }).toThrow('found a list, expected a text');
    // @ts-expect-error a number
    refusing({ nodeSelector: { disk: 1 } }).toThrow('found 1, expected a text');
    // @ts-expect-error none of its words
    refusing({ dnsPolicy: 'Nowhere' }).toThrow("found 'Nowhere', expected one of");
    // @ts-expect-error nothing
    refusing({ dnsConfig: null }).toThrow('null adds nothing');
  });

  test('lacks what its entry is merged by, or what nothing else will bring', () => {
    // @ts-expect-error which container
    refusingContainer({ image: 'registry.example.com/logs' }).toThrow("'name' is missing");
    // @ts-expect-error which volume
    refusing({ volumes: [{ emptyDir: {} }] }).toThrow("'name' is missing");
    // @ts-expect-error where to
    refusingContainer({ name: 'web', volumeMounts: [{ name: 'tmp' }] }).toThrow("'mountPath' is missing");
    // @ts-expect-error for which address
    refusing({ hostAliases: [{ hostnames: ['db.internal'] }] }).toThrow("'ip' is missing");
  });
});
