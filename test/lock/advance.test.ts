import { describe, expect, it } from 'vitest';
import type { Lock } from '../../lib/lock/lock.ts';
import { planHash } from '../../lib/plan/compile.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, image } from '../constructs/compiling.ts';

const rest = compile({}, null).lock;
const flight = compile({ image: image('a') }, rest).lock;
const names = (lock: Lock) => lock.retiring.map(({ revision, reason }) => `${revision.name} ${reason}`);

describe('a changed intent', () => {
  it("with stable's template stays at rest", () => {
    const { lock } = compile({ replicas: 5 }, rest);
    expect(lock.inFlight).toBeNull();
    expect(lock.stable).toEqual({ ...rest.stable, scale: { kind: 'fixed', replicas: 5 } });
    expect(lock.intent).not.toBe(rest.intent);
  });

  it('that hands the number of pods to an autoscaler is a release: the running pods keep their count', () => {
    const { lock } = compile({ replicas: undefined, autoscale: { min: 3, max: 9, cpu: 70 } }, rest);
    expect(lock.stable).toEqual(rest.stable);
    expect(lock.inFlight?.candidate.scale.kind).toBe('autoscale');
  });

  it('with another template releases it, and stable is frozen as it was', () => {
    expect(flight.stable).toEqual(rest.stable);
    expect(flight.inFlight?.candidate.image).toBe(image('a'));
    expect(flight.inFlight?.plan).toMatchObject({ attempt: 1, candidate: { revision: flight.inFlight?.candidate.name } });
    expect(flight.inFlight?.hash).toBe(flight.inFlight && planHash(flight.inFlight.plan));
    expect(flight.attempts).toBe(1);
  });

  it('back to stable abandons the candidate, which retires', () => {
    const { lock } = compile({}, flight);
    expect(lock.inFlight).toBeNull();
    expect(names(lock)).toEqual([`${flight.inFlight?.candidate.name} abandoned`]);
  });

  it('to a third template supersedes the candidate, which retires', () => {
    const { lock } = compile({ image: image('b') }, flight);
    expect(lock.inFlight?.candidate.image).toBe(image('b'));
    expect(lock.inFlight?.plan.attempt).toBe(2);
    expect(names(lock)).toEqual([`${flight.inFlight?.candidate.name} superseded`]);
  });

  it('to a template that retires takes it back, frozen, as a new attempt', () => {
    const abandoned = compile({}, flight).lock;
    const { lock } = compile({ image: image('a') }, abandoned);
    expect(lock.inFlight?.candidate).toEqual(flight.inFlight?.candidate);
    expect(lock.inFlight?.hash).not.toBe(flight.inFlight?.hash);
    expect(names(lock)).toEqual([]);
  });

  it('back to a revision that was stable keeps its pods declared, in flight and when it is given up again', () => {
    const candidate = flight.inFlight?.candidate;
    if (!candidate || 'external' in rest.stable) throw new Error('the fixture is not in flight');
    const recorded: Lock = { ...flight, stable: candidate, inFlight: null, retiring: [{ revision: rest.stable, reason: 'replaced' }] };
    const replicas = (objects: readonly KubeObject[]) =>
      objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata, spec }) => [metadata.name, Object(spec).replicas]);
    const again = compile({}, recorded);
    expect(again.lock.inFlight).toMatchObject({ candidate: rest.stable, warm: true });
    expect(replicas(again.objects)).toContainEqual([rest.stable.name, 3]);
    const back = compile({ image: image('a'), replicas: 3 }, again.lock);
    expect(names(back.lock)).toEqual([`${rest.stable.name} replaced`]);
    expect(replicas(back.objects)).toContainEqual([rest.stable.name, 3]);
  });

  it('of the strategy alone is a new attempt of the same candidate', () => {
    const { lock } = compile({ image: image('a'), 'strategy.weights': [10, 50, 100] }, flight);
    expect(lock.inFlight?.candidate).toEqual(flight.inFlight?.candidate);
    expect(lock.inFlight?.plan.attempt).toBe(2);
    expect(names(lock)).toEqual([]);
  });

  it('that changes neither template nor plan keeps the attempt', () => {
    const { lock } = compile({ image: image('a'), network: { from: ['shop'] } }, flight);
    expect(lock.inFlight?.hash).toBe(flight.inFlight?.hash);
    expect(lock.attempts).toBe(1);
    expect(lock.resolved.network.from).toEqual(['shop']);
  });

  it('never makes a revision stable', () => {
    let lock = rest;
    for (const changes of [{ image: image('a') }, {}, { image: image('b') }, { image: image('c') }, { replicas: 9 }, { image: image('b') }])
      lock = compile(changes, lock).lock;
    expect({ ...lock.stable, scale: null }).toEqual({ ...rest.stable, scale: null });
    expect(new Set(names(lock)).size).toBe(names(lock).length);
  });
});

describe('an unchanged intent', () => {
  const olderDefaults: Lock = {
    ...flight,
    resolved: { ...flight.resolved, deadlines: { ...flight.resolved.deadlines, stepSeconds: 60 } },
  };

  it('gives the lock itself, at rest and in flight', () => {
    expect(compile({}, rest).lock).toBe(rest);
    expect(compile({ image: image('a') }, flight).lock).toBe(flight);
  });

  it('keeps the defaults of the day it was locked', () => {
    expect(compile({ image: image('a') }, olderDefaults).lock).toBe(olderDefaults);
  });

  it('takes the defaults of today with --refresh', () => {
    const { lock } = compile({ image: image('a') }, olderDefaults, { refresh: true });
    expect(lock.resolved.deadlines.stepSeconds).toBe(900);
  });
});

describe('an external stable', () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web-v1', namespace: 'shop' },
    spec: { selector: { app: 'old' }, ports: [{ port: 80 }] },
  };
  const external: Lock = {
    ...rest,
    stable: { external: true, deployment: 'web', image: 'registry.example.com/web:1', objects: { service } },
  };

  it('is what a candidate is released against', () => {
    const { lock, objects } = compile({ image: image('a') }, external);
    expect(lock.inFlight?.plan.stable).toEqual({
      revision: 'web',
      deployment: 'web',
      service: 'web-v1',
      image: 'registry.example.com/web:1',
    });
    expect(objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
      lock.inFlight?.candidate.name,
      'web-runner',
    ]);
  });
});

describe('a change of notifications alone', () => {
  const told = { notifications: [{ slack: { url: { name: 'chat', key: 'url' } } }] };

  it('starts no release', () => {
    const { lock } = compile(told, rest);
    expect(lock).toEqual({ ...rest, intent: lock.intent, resolved: lock.resolved });
    expect(lock.resolved.notifications).toHaveLength(1);
  });

  it('leaves the plan in flight as it is, even where tidegate.yaml would make another', () => {
    const { lock, objects } = compile({ ...told, image: image('a') }, flight, { project: 'gitops: { tool: flux }\n' });
    expect(lock.inFlight).toEqual(flight.inFlight);
    expect(lock.attempts).toBe(flight.attempts);
    expect(objects.filter(({ metadata }) => metadata.name.startsWith('web-notify-'))).toHaveLength(1);
  });
});
