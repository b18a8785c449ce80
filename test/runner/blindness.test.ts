// What the candidate must not get, and not keep, while nobody measures it.
import { describe, expect, test } from 'vitest';
import type { PlanGate, Step } from '../../lib/plan/plan.ts';
import type { ApiAnswer, ApiRequest, Connection } from '../../lib/runner/index.ts';
import { APPROVED, analysis, JUDGED, Judged, judged, UNATTENDED, WAIVED } from './judged.ts';
import { approval, bake, gate, PATHS, planOf, scale, setWeight, smoke, switchOver } from './release.ts';

const HOUR = 3_600_000;
const LONG = { deadlineSeconds: 14_400 } as const;
const isRouteWrite = ({ method, path }: ApiRequest) => method === 'PATCH' && path.includes('httproutes/web');
const isRaise = (request: ApiRequest) =>
  isRouteWrite(request) && JSON.stringify(request.body).includes('backendRefs/1/weight","value":100');
/** An API server that answers some requests by itself. */
const answering =
  (own: (request: ApiRequest) => ApiAnswer | null) =>
  (connection: Connection): Connection => ({ ...connection, exchange: async (request) => own(request) ?? connection.exchange(request) });
const says = (status: number): ApiAnswer => ({ status, body: { message: 'denied' }, retryAfterMilliseconds: null });
const gave = (scene: Judged, weight: number) => scene.weights.some((one) => one.weight === weight);

describe('a raise that was decided and is not written', () => {
  test.each([403, 422, 500])('for a refusal with %d ends with its step, and the candidate loses what it has', async (status) => {
    const scene = new Judged(planOf(UNATTENDED, { ...WAIVED, ...LONG }), undefined, {
      wrap: answering((request) => (isRaise(request) ? says(status) : null)),
    });
    scene.start();
    await scene.time.run(600_000, () => scene.status?.level.set.weight === 100);
    await scene.time.run(200_000);
    expect([scene.phase, scene.weight, gave(scene, 100)]).toEqual(['Aborted', 0, false]);
    expect(scene.status?.reason).toContain('was not done within 120s: the route could not be written');
  });

  test('is not written when that becomes possible later, whoever was away', async () => {
    let kill = true;
    const scene = new Judged(planOf(JUDGED, { ...APPROVED, ...LONG }), (request) => {
      if (!kill || !isRaise(request)) return 'none';
      kill = false;
      return 'killed before';
    });
    const process = scene.start();
    await scene.time.run(300_000);
    scene.approve();
    await scene.time.run(60_000, () => !process.alive);
    expect(scene.status?.level.set.weight).toBe(100);
    scene.said = 0.9;
    await scene.time.run(HOUR);
    scene.start();
    await scene.time.run(10_000);
    expect([scene.phase, scene.weight, gave(scene, 100)]).toEqual(['Aborting', 0, false]);
  });
});

describe('resets that leave a gate no time', () => {
  const slow: PlanGate = { ...gate, initialDelaySeconds: 60, intervalSeconds: 30 };
  const slowly = (steps: readonly Step[]) => steps.map((step) => ('gates' in step ? { ...step, gates: step.gates.map(() => slow) } : step));
  const every = (scene: Judged, seconds: number) => {
    const again = () => {
      scene.reset();
      scene.time.after(seconds * 1_000, again);
    };
    again();
  };

  test.each([
    ['a promoted release', 45, planOf(slowly(UNATTENDED), WAIVED)],
    ['a promoted release', 60, planOf(slowly(UNATTENDED), WAIVED)],
    ['a release that waits for a person', 60, planOf(slowly(JUDGED), APPROVED)],
  ])('of %s, each %d s, end on stable and are told', async (_, seconds, plan) => {
    const scene = new Judged(plan);
    scene.start();
    await scene.time.run(900_000);
    expect(scene.weight).toBeGreaterThan(0);
    every(scene, seconds);
    scene.said = 0.9;
    await scene.time.run(HOUR, () => scene.phase === 'Held');
    await scene.time.run(1_000);
    expect([scene.weight, scene.status?.hold?.at]).toEqual([0, 'stable']);
    expect(scene.api.events.at(-1)).toContain('Warning Held: held on stable');
  });

  test('leave what a gate holds to the people who are waited for', async () => {
    const holding: PlanGate = { ...gate, onFailure: 'hold' };
    const scene = new Judged(planOf([scale(), smoke(), setWeight(20), analysis([holding]), switchOver(), bake([holding])], WAIVED));
    scene.start();
    await scene.time.run(30_000);
    scene.said = 0.5;
    await scene.until(['Held'], 600);
    every(scene, 60);
    await scene.time.run(HOUR);
    expect([scene.status?.hold?.at, scene.status?.level.set.weight]).toEqual(['gate', 20]);
  });

  test('abort nothing that people have paused', async () => {
    const scene = await judged();
    scene.say('pause', scene.order());
    await scene.time.run(HOUR);
    for (const seconds of [3, 3, 60]) {
      scene.reset();
      await scene.time.run(seconds * 1_000);
    }
    expect([scene.phase, scene.weight]).toEqual(['Held', 20]);
  });

  test('are taken back for ever where its gates are measured in between, each at its own pace', async () => {
    const rare: PlanGate = { ...gate, name: 'rare', intervalSeconds: 200, count: 3 };
    const scene = new Judged(planOf([scale(), smoke(), setWeight(20), analysis([gate, rare]), switchOver(), bake([gate, rare])], WAIVED));
    scene.start();
    await scene.until(['Promoted'], 3_600);
    every(scene, 60);
    await scene.time.run(3 * HOUR);
    expect(scene.phase).toBe('Promoted');
  });
});

describe('a router that accepts the route no more after a reset', () => {
  test.each([
    ['promoted', planOf(UNATTENDED, WAIVED)],
    ['waiting for a person', planOf(JUDGED, APPROVED)],
  ])('blinds no gate: %s', async (_, plan) => {
    const scene = new Judged(plan);
    scene.start();
    await scene.time.run(1_200_000);
    const report = scene.api.report.bind(scene.api);
    scene.api.report = (path, status) => (path === PATHS.route ? undefined : report(path, status));
    scene.reset();
    await scene.time.run(30_000);
    scene.said = 0.9;
    await scene.time.run(HOUR);
    expect(scene.weight).toBe(0);
  });

  test('keeps nobody busy: while it is judged, and once it was aborted', async () => {
    const scene = new Judged(planOf(UNATTENDED, WAIVED));
    let looks = 0;
    scene.start({ onReport: () => looks++ });
    await scene.time.run(40_000);
    const report = scene.api.report.bind(scene.api);
    scene.api.report = (path, status) => (path === PATHS.route ? undefined : report(path, status));
    scene.reset();
    await scene.time.run(300_000);
    expect(scene.phase).toBe('Progressing');
    scene.say('abort', scene.order());
    await scene.time.run(600_000);
    expect([scene.phase, looks < 500]).toEqual(['Aborted', true]);
  });

  test('raises nothing after a pause in which it judged', async () => {
    const pausing: Step = { kind: 'pause', exposure: 20, deadlineSeconds: 0, durationSeconds: 300 };
    const plan = planOf(
      [scale(), smoke(), setWeight(20), analysis(), pausing, setWeight(40), analysis([gate], 40), switchOver(), bake([gate])],
      WAIVED,
    );
    const scene = new Judged(plan);
    scene.start();
    await scene.time.run(900_000, () => scene.status?.step === 4);
    const report = scene.api.report.bind(scene.api);
    scene.api.report = (path, status) => (path === PATHS.route ? undefined : report(path, status));
    scene.reset();
    await scene.time.run(HOUR);
    expect(gave(scene, 40)).toBe(false);
  });

  test('lets nobody approve what it may not serve', async () => {
    const scene = new Judged(planOf(JUDGED, APPROVED));
    scene.start();
    await scene.time.run(1_200_000);
    const report = scene.api.report.bind(scene.api);
    scene.api.report = (path, status) => (path === PATHS.route ? undefined : report(path, status));
    scene.reset();
    await scene.time.run(300_000);
    scene.approve();
    await scene.time.run(60_000);
    expect([scene.phase, scene.weight]).toEqual(['Progressing', 20]);
    expect(scene.status?.reason).toContain('its router has not accepted it');
  });
});

describe('a clock that is set back by hours', () => {
  const back = async (scene: Judged, hours: number) => {
    scene.time.offset = -6 * HOUR;
    await scene.time.run(hours * HOUR);
    expect(scene.weight).toBe(0);
  };

  test('does not excuse a gate whose candidate is scaled up and gets no pods', async () => {
    const up: PlanGate = { ...gate, onFailure: 'scaleUp', intervalSeconds: 10, initialDelaySeconds: 10, failureLimit: 0, count: 3 };
    const scene = new Judged(planOf([scale(), smoke(), setWeight(20), analysis([up]), switchOver(), bake()], WAIVED));
    scene.start();
    await scene.time.run(30_000, () => scene.weight === 20);
    scene.said = 0.5;
    await scene.time.run(60_000, () => Object.keys(scene.status?.remedies ?? {}).length > 0);
    const report = scene.api.report.bind(scene.api);
    scene.api.report = (path, status) => report(path, path === PATHS.candidate ? { ...status, availableReplicas: 3 } : status);
    await scene.time.run(1_000);
    await back(scene, 3);
  });

  test('does not excuse pods that are missing', async () => {
    const scene = await judged();
    scene.api.report(PATHS.candidate, { availableReplicas: 1 });
    await scene.time.run(2_000);
    await back(scene, 1);
  });

  test('does not excuse telemetry that is lost', async () => {
    const scene = await judged();
    await scene.time.run(300_000);
    scene.said = 'gone';
    await scene.time.run(60_000);
    await back(scene, 2);
  });
});

test('a server that asks for an hour of patience gets half a minute', async () => {
  let once = false;
  const rare: PlanGate = { ...gate, intervalSeconds: 50 };
  const plan = planOf(
    UNATTENDED.map((step) => ('gates' in step ? { ...step, gates: [rare] } : step)),
    WAIVED,
  );
  const scene = new Judged(plan, undefined, {
    wrap: answering(({ method, path }) => {
      if (!once || method !== 'PATCH' || !path.includes('web-status')) return null;
      once = false;
      return { ...says(429), retryAfterMilliseconds: HOUR };
    }),
  });
  scene.start();
  await scene.until(['Promoted'], 1_800);
  await scene.time.run(61_000);
  once = true;
  await scene.time.run(120_000, () => !once);
  scene.said = 0.9;
  await scene.time.run(600_000);
  expect(scene.weight).toBe(0);
});

test('a runner whose writes are refused does not ask again because it is told of its own', async () => {
  const scene: Judged = new Judged(planOf(UNATTENDED, WAIVED), undefined, {
    wrap: answering((request) => (isRaise(request) ? says(422) : null)),
  });
  const { requests } = scene.start();
  await scene.time.run(600_000, () => scene.status?.level.set.weight === 100);
  const before = requests.length;
  await scene.time.run(20_000);
  expect(requests.length - before).toBeLessThan(400);
});

test('failures are not forgotten by measurements that say neither', async () => {
  const conditions = { successCondition: 'result[0] < 0.01', failureCondition: 'result[0] > 0.3' } as const;
  const mixed: PlanGate = { ...gate, ...conditions, failureLimit: 1, inconclusiveLimit: 0 };
  const scene = new Judged(planOf([scale(), smoke(), setWeight(20), analysis([mixed]), approval(), switchOver(), bake([mixed])], APPROVED));
  scene.start();
  await scene.time.run(300_000);
  expect(scene.status?.step).toBe(4);
  const alternate = () => {
    scene.said = scene.said === 0.5 ? 0.1 : 0.5;
    scene.time.after(30_000, alternate);
  };
  alternate();
  await scene.time.run(HOUR * 0.9);
  expect(scene.weight).toBe(0);
});
