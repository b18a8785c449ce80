import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExternal, type Lock, type Revision } from '../../lib/lock/lock.ts';
import { readLock } from '../../lib/lock/read.ts';
import { at } from '../../lib/lock/revision.ts';
import { writeLock } from '../../lib/lock/write.ts';
import { toYaml } from '../../lib/output/yaml.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { checkObject } from '../../lib/schema/validate.ts';
import { podTemplates, selects } from '../engines/pods.ts';
import { WEIGHTED } from '../routers/pointers.ts';
import { compile, nameOf } from './compiling.ts';
import { type Commit, deeds, FIRST, historyOf } from './walk.ts';

const RELEASES = ['web', 'w', 'a'.repeat(40), `a${'-'.repeat(38)}9`];

/** A property of every commit, or of every history, whatever a team did; a failure names the deeds that lead to it. */
function always(sentence: string, holds: (commit: Commit, earlier: readonly Commit[]) => void): void {
  it(sentence, () => {
    fc.assert(
      fc.property(fc.constantFrom(...RELEASES), fc.constantFrom(...FIRST), deeds, (release, first, history) => {
        const commits = historyOf(release, first, history);
        commits.forEach((commit, index) => {
          holds(commit, commits.slice(0, index));
        });
      }),
      { numRuns: 40 },
    );
  });
}

const stableOf = ({ stable }: Lock): Revision => {
  if (isExternal(stable)) throw new Error('stable is external');
  return stable;
};

const carried = (lock: Lock): readonly Revision[] => [
  stableOf(lock),
  ...(lock.inFlight ? [lock.inFlight.candidate] : []),
  ...lock.retiring.map(({ revision }) => revision),
];

const ofKind = (objects: readonly KubeObject[], kind: string) => objects.filter((object) => object.kind === kind);

/** A revision's Deployment as Git has it, but for the number of its pods. */
function frozenDeployment(objects: readonly KubeObject[], name: string): string | null {
  const deployment = ofKind(objects, 'Deployment').find(({ metadata }) => metadata.name === name);
  if (!deployment) return null;
  const { replicas: _, ...spec } = deployment.spec as Readonly<Record<string, unknown>>;
  return toYaml({ ...deployment, spec });
}

describe('after every change of an intent', () => {
  always('a revision that is carried keeps its Deployment, its Service and its configuration byte for byte', ({ compiled, before }) => {
    if (!before) return;
    for (const { name, objects } of carried(before.lock)) {
      const now = frozenDeployment(compiled.objects, name);
      if (now !== null) expect(now).toBe(frozenDeployment(before.objects, name));
      const there = (object: KubeObject) => compiled.objects.find((other) => nameOf(other) === nameOf(object));
      if (there(objects.service)) expect(there(objects.service)).toEqual(objects.service);
      // several revisions may share one, and its labels are those of the first
      for (const config of objects.configMaps)
        if (there(config)) expect(there(config)).toMatchObject({ immutable: true, data: config.data });
    }
  });

  always('stable is what it was until a record, and then it is what was in flight', ({ compiled, before, deed }) => {
    if (!before) return;
    const proven = deed?.do === 'record' && deed.outcome === 'promoted' ? (before.lock.inFlight?.candidate ?? null) : null;
    expect(stableOf(compiled.lock).name).toBe((proven ?? stableOf(before.lock)).name);
  });

  always('no revision is dropped but by a commit that says so', ({ compiled, before, deed }) => {
    if (!before || deed?.do === 'retire') return;
    const names = carried(compiled.lock).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(carried(before.lock).map(({ name }) => name)));
    for (const name of names)
      expect(compiled.objects.map(nameOf)).toEqual(expect.arrayContaining([`Deployment/${name}`, `Service/${name}`]));
  });

  always('stable declares its pods, and nothing takes them away while a release is in flight', ({ compiled, before }) => {
    const { lock, objects } = compiled;
    const { name, scale } = stableOf(lock);
    const deployment = ofKind(objects, 'Deployment').find(({ metadata }) => metadata.name === name);
    expect(at(deployment, 'spec', 'replicas')).toBe(scale.kind === 'fixed' ? scale.replicas : undefined);
    if (lock.inFlight && before && stableOf(before.lock).name === name) expect(scale).toEqual(stableOf(before.lock).scale);
    for (const scaler of ofKind(objects, 'HorizontalPodAutoscaler')) {
      const resting = scaler.metadata.name === name && lock.inFlight === null;
      expect(at(scaler, 'spec', 'behavior', 'scaleDown', 'selectPolicy')).toBe(resting ? undefined : 'Disabled');
    }
  });

  always('what is cold has no pods and nothing that scales or guards them, and comes back as it was', ({ compiled, before }) => {
    const { lock, objects } = compiled;
    for (const { name } of lock.cold ?? []) {
      const kinds = objects.filter(({ metadata }) => metadata.name === name).map(({ kind }) => kind);
      expect(kinds.sort()).toEqual(['Deployment', 'Service']);
      const deployment = ofKind(objects, 'Deployment').find(({ metadata }) => metadata.name === name);
      expect(at(deployment, 'spec', 'replicas')).toBe(0);
    }
    const back = (before?.lock.cold ?? []).find(({ name }) => name === lock.inFlight?.candidate.name);
    if (back) {
      expect(lock.inFlight?.rollback).toBe(true);
      expect({ ...lock.inFlight?.candidate, scale: null }).toEqual({ ...back, scale: null });
    }
  });

  always('what was given up starts again only when somebody asks for it', ({ compiled: { lock }, before, deed }) => {
    const declined = before?.lock.declined?.revision;
    if (declined === undefined || before?.lock.inFlight || lock.inFlight?.candidate.name !== declined) return;
    expect(['retry', 'rollback']).toContain(deed?.do);
  });

  always('a record and a retirement leave route and pods as they are', ({ compiled, before, deed }) => {
    if (!before || (deed?.do !== 'record' && deed?.do !== 'retire')) return;
    const templates = (objects: readonly KubeObject[]) =>
      ofKind(objects, 'Deployment').map(({ metadata, spec }) => [metadata.name, toYaml(at(spec, 'template'))] as const);
    const earlier = new Map(templates(before.objects));
    for (const [name, template] of templates(compiled.objects)) expect(template).toBe(earlier.get(name));
    const { inFlight } = before.lock;
    const served = deed.do === 'record' && deed.outcome === 'promoted' && inFlight ? inFlight.candidate.name : stableOf(before.lock).name;
    expect(destinationsOf(compiled.objects)[0]?.[0]).toMatchObject({ service: served, weight: 100 });
    const serving = (objects: readonly KubeObject[]) => ofKind(objects, 'Deployment').find(({ metadata }) => metadata.name === served);
    const declared = (objects: readonly KubeObject[]) => at(serving(objects), 'spec', 'replicas');
    if (deed.do === 'retire') expect(declared(compiled.objects)).toBe(declared(before.objects));
  });

  always('what retires is there once, and is neither stable nor candidate', ({ compiled: { lock } }) => {
    const names = [...carried(lock), ...(lock.cold ?? [])].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  always('every attempt has a plan of its own', ({ compiled: { lock } }, earlier) => {
    if (!lock.inFlight) return;
    const { hash, plan } = lock.inFlight;
    for (const { compiled } of earlier) {
      const other = compiled.lock.inFlight;
      if (other) expect(other.hash === hash).toBe(other.plan.attempt === plan.attempt);
    }
    expect(plan.attempt).toBe(lock.attempts);
    expect(plan).toMatchObject({ stable: { revision: stableOf(lock).name }, candidate: { revision: lock.inFlight.candidate.name } });
  });

  always('the route rests at stable, and all that it names is there', ({ compiled: { lock, objects } }) => {
    const stable = stableOf(lock).name;
    const candidate = lock.inFlight?.candidate.name ?? null;
    const { port } = lock.resolved.traffic;
    const [destinations = [], ...others] = destinationsOf(objects);
    expect(destinations).toEqual([
      { service: stable, port: port.service, weight: 100 },
      ...(candidate === null ? [] : [{ service: candidate, port: port.service, weight: 0 }]),
    ]);
    const { headers = [], mirrors = [], splits = [] } = lock.inFlight?.plan.route ?? {};
    expect(others).toEqual(headers.map(() => destinations));
    for (const { service, port: number } of destinations) {
      const found = ofKind(objects, 'Service').find(({ metadata }) => metadata.name === service);
      const ports = at(found, 'spec', 'ports') as { port: number; targetPort: string }[];
      const target = ports.find((other) => other.port === number)?.targetPort;
      const pods = podTemplates(objects).filter(({ template }) =>
        selects({ matchLabels: at(found, 'spec', 'selector') }, template.metadata.labels),
      );
      expect(pods.map(({ owner }) => owner.metadata.name)).toEqual([service]);
      expect(pods[0]?.template.spec.containers.flatMap(({ ports: named }) => named)).toContainEqual(
        expect.objectContaining({ name: target }),
      );
    }
    const route = objects.find(({ kind, metadata }) => kind === lock.inFlight?.plan.route.kind && metadata.name === lock.release);
    for (const { stable: one, candidate: other } of [...splits, ...headers.flatMap((entry) => entry.splits)])
      for (const backend of [one, other]) {
        expect(at(route, ...pathOf(backend.destination.path))).toBe(backend.destination.value);
        expect(at(route, ...pathOf(backend.weight ?? ''))).toBe(backend === one ? 100 : 0);
      }
    for (const { destination, percent } of mirrors) {
      expect(at(route, ...pathOf(destination.path))).toBe(destination.value);
      expect(at(route, ...pathOf(percent))).toBe(0);
    }
  });

  always("the runner's Role names what is there, and the three ConfigMaps that others write", ({ compiled: { lock, objects } }) => {
    const roles = ofKind(objects, 'Role');
    expect(roles).toHaveLength(lock.inFlight ? 1 : 0);
    const elsewhere = ['approvals', 'operator', 'status'].map((name) => `configmaps/${lock.release}-${name}`);
    const there = objects.map(({ kind, metadata }) => `${kind.toLowerCase()}s/${metadata.name}`);
    for (const role of roles)
      for (const rule of role.rules as { resources: string[]; resourceNames?: string[]; verbs: string[] }[]) {
        const named = rule.resources.flatMap((resource) => (rule.resourceNames ?? []).map((name) => `${resource.split('/')[0]}/${name}`));
        expect([...there, ...elsewhere]).toEqual(expect.arrayContaining(named));
        if (named.length === 0) expect(rule).toEqual({ apiGroups: [''], resources: ['events'], verbs: ['create'] });
      }
  });

  always('each pod is selected by one Deployment, one budget and the Services of its role', ({ compiled: { lock, objects } }) => {
    for (const { owner, template } of podTemplates(objects)) {
      const selecting = (kind: string) =>
        ofKind(objects, kind)
          .filter(({ spec }) =>
            selects(kind === 'Service' ? { matchLabels: at(spec, 'selector') } : at(spec, 'selector'), template.metadata.labels),
          )
          .map(({ metadata }) => metadata.name);
      const { name } = owner.metadata;
      const isRevision = carried(lock).some((revision) => revision.name === name);
      expect(selecting('Deployment')).toEqual(owner.kind === 'Job' ? [] : [name]);
      expect(selecting('PodDisruptionBudget')).toEqual(isRevision ? [name] : []);
      const isCold = (lock.cold ?? []).some((revision) => revision.name === name);
      const own = [...carried(lock), ...(lock.cold ?? [])].map((revision) => revision.name);
      expect(selecting('Service').filter((service) => own.includes(service))).toEqual(isRevision || isCold ? [name] : []);
      if (!isRevision) expect(selecting('Service')).toEqual(isCold ? [name] : []);
    }
  });

  always('every object has one valid name and meets the schema of its kind', ({ compiled: { objects } }) => {
    expect(new Set(objects.map((object) => `${object.apiVersion} ${nameOf(object)}`)).size).toBe(objects.length);
    for (const object of objects) {
      expect(object.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      if (!['ConfigMap', 'AnalysisTemplate'].includes(object.kind)) expect(object.metadata.name.length).toBeLessThanOrEqual(63);
      expect(checkObject(object)).toEqual([]);
    }
  });

  always('the lock reads back as it was written, and synth from it changes nothing', ({ compiled, intent }) => {
    const { lock } = compiled;
    const read = readLock(writeLock(lock), lock);
    expect(read).toEqual(lock);
    expect(writeLock(read)).toBe(writeLock(lock));
    const again = compile(intent, read, { release: lock.release });
    expect(again.lock).toBe(read);
    expect(again.objects.map(toYaml)).toEqual(compiled.objects.map(toYaml));
  });
});

/** Destinations of the one route, whichever router wrote it; those of the primary rule first. */
function destinationsOf(objects: readonly KubeObject[]): readonly (readonly { service: string; port: unknown; weight: unknown }[])[] {
  const [istio] = ofKind(objects, 'VirtualService');
  const [gatewayApi] = ofKind(objects, 'HTTPRoute');
  expect(WEIGHTED).toHaveLength(2);
  if (istio)
    return (at(istio, 'spec', 'http') as { route: { destination: object; weight: number }[] }[]).toReversed().map(({ route }) =>
      route.map(({ destination, weight }) => ({
        service: String(at(destination, 'host')).replace('.shop.svc.cluster.local', ''),
        port: at(destination, 'port', 'number'),
        weight,
      })),
    );
  return (at(gatewayApi, 'spec', 'rules') as { backendRefs: { name: string; port: number; weight: number }[] }[])
    .toReversed()
    .map(({ backendRefs }) => backendRefs.map(({ name, port, weight }) => ({ service: name, port, weight })));
}

const pathOf = (pointer: string): string[] => pointer.split('/').slice(1);
