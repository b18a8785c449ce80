// A release that was promoted, and that something holds before Git has recorded it.
import { expect, test } from 'vitest';
import type { Plan, PlanGate } from '../../lib/plan/plan.ts';
import type { KubeObject } from './fake-api.ts';
import { analysis, Judged, WAIVED } from './judged.ts';
import { bake, GITOPS, gate, PATHS, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const holding: PlanGate = { ...gate, onFailure: 'hold' };
const SERVICE = '/api/v1/namespaces/shop/services/web';
const service = (selected: string, annotations: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', annotations },
  spec: { selector: { rev: selected } },
});

/** On a Service, of which the API server counts no generations. */
function onService(): Judged {
  const split = (value: string) => ({ destination: { path: '/spec/selector/rev', value } });
  const route = {
    router: 'service',
    apiVersion: 'v1',
    kind: 'Service',
    resource: 'services',
    name: 'web',
    splits: [{ stable: split('web-aaaaaaaa'), candidate: split('web-cccccccc') }],
    tests: [{ path: '/metadata/annotations/mark', value: 'web-cccccccc' }],
    acceptance: 'none',
  } as Plan['route'];
  const steps = [scale(), smoke(), switchOver(), analysis([holding], 100), bake([holding])];
  const scene = new Judged({ ...planOf(steps, WAIVED), route });
  scene.api.apply(SERVICE, service('web-aaaaaaaa', { mark: 'web-cccccccc' }), GITOPS);
  const handle = scene.api.handle.bind(scene.api);
  scene.api.handle = (request) => {
    const answer = handle(request);
    const body = answer.body as KubeObject;
    for (const object of [body, ...(body?.items ?? [])]) if (object?.kind === 'Service') delete object.metadata.generation;
    return answer;
  };
  return scene;
}

test('a Service that Git has recorded is left alone while a gate holds the release, and once people have resumed it', async () => {
  for (const resumed of [false, true]) {
    const scene = onService();
    scene.start();
    await scene.until(['Promoted'], 1_200);
    await scene.time.run(600_000);
    scene.said = 0.5;
    await scene.until(['Held'], 300);
    if (resumed) {
      scene.said = 0;
      scene.say('resume', scene.order());
      await scene.time.run(2_000);
    }
    scene.api.apply(SERVICE, service('web-cccccccc', {}), GITOPS);
    await scene.time.run(5_000);
    scene.api.delete(PATHS.plan(scene.plan));
    await scene.time.run(60_000);
    expect(scene.api.at(SERVICE).spec.selector.rev).toBe('web-cccccccc');
  }
});

test('it is late for no deadline any more when people resume it', async () => {
  const steps = [scale(), smoke(), setWeight(20), analysis([holding]), switchOver(), bake([holding])];
  const scene = new Judged(planOf(steps, { ...WAIVED, deadlineSeconds: 450 }));
  scene.start();
  await scene.until(['Promoted', 'Aborting'], 900);
  expect(scene.phase).toBe('Promoted');
  await scene.time.run(3_600_000);
  scene.said = 0.5;
  await scene.until(['Held'], 300);
  scene.said = 0;
  scene.say('resume', scene.order());
  await scene.time.run(1_000);
  await scene.until(['Promoted', 'Aborting'], 900);
  expect([scene.phase, scene.weight]).toEqual(['Promoted', 100]);
});

test('a run that begins again after it was promoted is guarded like the first', async () => {
  const scene = new Judged(planOf([scale(), smoke(), setWeight(20), analysis(), switchOver(), bake([gate])], WAIVED));
  scene.start();
  await scene.until(['Promoted'], 1_800);
  scene.said = 0.9;
  await scene.until(['Aborted'], 1_800);
  scene.said = 0;
  scene.say('retry', scene.order());
  await scene.time.run(120_000, () => scene.status?.run === 2 && scene.weight === 20);
  scene.api.edit(PATHS.route, 'kubectl-edit', (route) => {
    route.spec.rules[0].backendRefs[0].name = 'elsewhere';
  });
  await scene.time.run(5_000);
  expect([scene.phase, scene.status?.hold?.at]).toEqual(['Held', 'stable']);
});
