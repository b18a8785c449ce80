import { describe, expect, it } from 'vitest';
import type { ReleaseIntent } from '../../lib/intent/release.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { compile, nameOf } from './compiling.ts';
import { RICH, RICH_BY_LOAD, withImage } from './rich.ts';

/** Every difference between two values, as `pointer: before -> after`; a list differs by its items. */
function differences(before: unknown, after: unknown, place = ''): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isHolder(before) || !isHolder(after)) return [`${place}: ${JSON.stringify(before) ?? 'none'} -> ${JSON.stringify(after) ?? 'none'}`];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], `${place}/${key.replaceAll('/', '~1')}`));
}

const isHolder = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** What a flight changes of the objects that were there, and what it adds; revisions and plan by their roles. */
function compare(intent: ReleaseIntent, next: ReleaseIntent) {
  const rest = compile(intent, null);
  const flight = compile(next, rest.lock);
  const { inFlight } = flight.lock;
  if (!inFlight) throw new Error('no flight');
  const stable = inFlight.plan.stable.revision;
  const byRole = (text: string) =>
    text.replaceAll(stable, 'STABLE').replaceAll(inFlight.candidate.name, 'CANDIDATE').replaceAll(inFlight.hash, 'PLAN');
  const object = (objects: readonly KubeObject[], name: string) => objects.find((other) => nameOf(other) === name);
  return {
    changed: rest.objects.flatMap((before) =>
      differences(before, object(flight.objects, nameOf(before))).map((difference) => byRole(`${nameOf(before)} ${difference}`)),
    ),
    added: flight.objects
      .map(nameOf)
      .filter((name) => object(rest.objects, name) === undefined)
      .map(byRole),
    before: rest.objects,
    after: flight.objects,
    byRole,
  };
}

const objectsOf = (changed: readonly string[]) => [...new Set(changed.map((difference) => difference.split(' ')[0]))];

const ADDED = [
  'Deployment/CANDIDATE',
  'Service/CANDIDATE',
  'PodDisruptionBudget/CANDIDATE',
  'ConfigMap/web-plan-PLAN',
  'AnalysisTemplate/web-errors',
  'AnalysisTemplate/web-web-check',
  'AnalysisTemplate/web-journey',
  'Job/web-smoke-PLAN-1',
  'Job/web-smoke-PLAN-2',
  // one for each run of the gate that is a Job, at each of three weights and at the end
  ...[4, 6, 8, 12].flatMap((step) => [0, 1, 2, 3, 4].map((run) => `Job/web-job-PLAN-${step}-2-${run}`)),
  'ServiceAccount/web-runner',
  'Role/web-runner',
  'RoleBinding/web-runner',
  'NetworkPolicy/web-runner',
  'Deployment/web-runner',
];

const PREVIEW = 'Service/web-canary /spec/selector/tidegate.dev~1revision: "STABLE" -> "CANDIDATE"';

describe('a flight differs from rest only where it must', () => {
  it('behind Istio: a second destination without weight, and the preview', () => {
    const { changed, added } = compare(RICH, withImage(RICH, '7'));
    expect(changed).toEqual([
      PREVIEW,
      'VirtualService/web /spec/http/0/route/1: none -> {"destination":{"host":"CANDIDATE.shop.svc.cluster.local","port":{"number":80}},"weight":0}',
    ]);
    expect([...added].sort()).toEqual([...ADDED, 'DestinationRule/CANDIDATE'].sort());
  });

  it('behind Gateway API, scaled by load: these, and no pod of stable is taken away', () => {
    const { changed, added } = compare(RICH_BY_LOAD, withImage(RICH_BY_LOAD, '7'));
    expect(changed).toEqual([
      'HorizontalPodAutoscaler/STABLE /spec/behavior: none -> {"scaleDown":{"selectPolicy":"Disabled"}}',
      PREVIEW,
      'HTTPRoute/web /spec/rules/0/backendRefs/1: none -> {"group":"","kind":"Service","name":"CANDIDATE","port":80,"weight":0}',
    ]);
    expect([...added].sort()).toEqual([...ADDED, 'HorizontalPodAutoscaler/CANDIDATE'].sort());
  });

  it('with a port that is new: this port is open, too', () => {
    const ports = { ...RICH.ports, debug: { container: 6060, service: 6060 } };
    const { changed } = compare(RICH, { ...RICH, ports });
    expect(objectsOf(changed)).toEqual(['Service/web-canary', 'NetworkPolicy/web', 'VirtualService/web']);
  });

  it('with other configuration: both are there, each revision with its own', () => {
    const config = { ...RICH.config, app: { data: { color: 'green', size: 'small' }, mountPath: '/etc/app' } };
    const { changed, added, before, after, byRole } = compare(RICH, { ...RICH, config });
    expect(objectsOf(changed)).toEqual(['Service/web-canary', 'VirtualService/web']);
    const [another] = added.filter((name) => /^ConfigMap\/web-app-/.test(name));
    const [first] = before.map(nameOf).filter((name) => /^ConfigMap\/web-app-/.test(name));
    const using = (name: string | undefined) =>
      after
        .filter(({ kind, spec }) => kind === 'Deployment' && JSON.stringify(spec).includes(`"${name?.replace('ConfigMap/', '')}"`))
        .map((object) => byRole(nameOf(object)));
    expect([using(first), using(another)]).toEqual([['Deployment/STABLE'], ['Deployment/CANDIDATE']]);
  });

  it('and the candidate differs from stable in its name, its image and the pods that Git declares', () => {
    const { after } = compare(RICH, withImage(RICH, '7'));
    const [stable, candidate] = after.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.['tidegate.dev/revision']);
    expect(differences(stable, candidate).map((difference) => difference.split(':')[0])).toEqual([
      '/metadata/name',
      '/metadata/labels/tidegate.dev~1revision',
      '/spec/replicas',
      '/spec/selector/matchLabels/tidegate.dev~1revision',
      '/spec/template/spec/containers/0/image',
      '/spec/template/metadata/labels/tidegate.dev~1revision',
    ]);
  });
});
