import { describe, expect, test } from 'vitest';
import { analysis, Judged, judged, UNATTENDED, WAIVED } from './judged.ts';
import { gate, PATHS, pause, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import { Scene } from './scene.ts';

const isRoute = ({ method, path }: { readonly method: string; readonly path: string }) =>
  method === 'PATCH' && path.startsWith(PATHS.route);

describe('a reset of the route by the GitOps tool', () => {
  test('that lands between a write of the runner and its next look is taken back like any other', async () => {
    const scene = new Scene({ plan: planOf([scale(), smoke(), setWeight(20), pause(30, 20), switchOver()], WAIVED) });
    let writes = 0;
    scene.arriving = (request) => {
      if (isRoute(request) && writes++ < 2) scene.time.after(0, () => scene.reset());
    };
    scene.start();
    await scene.until(['Promoted', 'Aborting']);
    expect([scene.phase, scene.weight, scene.status?.resets.count]).toEqual(['Promoted', 100, 2]);
  });

  test('is written down when it is seen, so that whoever comes next takes it back as well', async () => {
    const scene = await judged(planOf(UNATTENDED, WAIVED));
    scene.reset();
    await scene.time.run(2_000);
    scene.reset();
    await scene.time.run(2_000);
    const [first] = scene.processes;
    if (first) first.alive = false;
    scene.start();
    await scene.time.run(15_000);
    expect([scene.phase, scene.weight, scene.status?.resets.count]).toEqual(['Progressing', 20, 2]);
  });

  test('of a level that gates judge: nobody is asked before the level is served again', async () => {
    const often = { ...gate, intervalSeconds: 2, initialDelaySeconds: 0, count: 60 };
    const scene = await judged(planOf([scale(), smoke(), setWeight(20), analysis([often]), switchOver()], WAIVED));
    scene.reset();
    await scene.time.run(20);
    const { asked } = scene;
    await scene.time.run(5_200);
    expect([scene.weight, scene.asked, scene.status?.level.since]).toEqual([20, asked, null]);
    await scene.time.run(2_000);
    expect(scene.asked).toBeGreaterThan(asked);
    await scene.until(['Promoted'], 900);
  });

  test('that no watch has told yet: what gates said meanwhile does not count', async () => {
    const late = 400;
    const often = { ...gate, intervalSeconds: 10, initialDelaySeconds: 0, count: 6 };
    const plan = planOf([scale(), smoke(), setWeight(20), analysis([often]), switchOver()], WAIVED);
    const scene: Judged = new Judged(plan, undefined, {
      wrap: (connection) => ({
        ...connection,
        stream: (path, receive, signal) =>
          connection.stream(path, (line) => scene.time.after(path.includes('httproutes') ? late : 0, () => receive(line)), signal),
      }),
    });
    scene.start();
    await scene.time.run(60_000, () => scene.asked === 2);
    await scene.time.run(9_900);
    const resetAt = scene.time.now;
    scene.reset();
    await scene.until(['Promoted', 'Aborting'], 600);
    const said = scene.status?.evidence.at(-1);
    expect(said?.samples.filter(({ at }) => at > resetAt && at < resetAt + late)).toEqual([]);
    expect([scene.phase, said?.verdict, scene.status?.resets.count]).toEqual(['Promoted', 'pass', 1]);
  });

  test.each([
    ['no watch tells at all', false],
    ['is told late, when a watch that was silent begins anew', true],
  ])('that %s: the gates of the level begin anew once it is found', async (_, begins) => {
    const often = { ...gate, intervalSeconds: 10, initialDelaySeconds: 0, count: 6 };
    const plan = planOf([scale(), smoke(), setWeight(20), analysis([often]), switchOver()], WAIVED);
    let deaf = false;
    let silence = () => {};
    const scene: Judged = new Judged(plan, undefined, {
      wrap: (connection) => ({
        ...connection,
        stream: (path, receive, signal) =>
          path.includes('httproutes')
            ? Promise.race([
                connection.stream(path, (line) => (deaf ? undefined : receive(line)), signal),
                new Promise<never>((_, reject) => {
                  silence = () => reject(new Error('it was silent for long'));
                }),
              ])
            : connection.stream(path, receive, signal),
      }),
    });
    scene.start();
    await scene.time.run(60_000, () => scene.asked === 2);
    deaf = true;
    scene.reset();
    scene.time.after(30_000, () => {
      deaf = false;
      if (begins) silence();
    });
    await scene.until(['Promoted', 'Aborting'], 600);
    const [before, after] = scene.status?.evidence ?? [];
    expect([scene.phase, scene.status?.resets.count]).toEqual(['Promoted', 1]);
    expect(after).toMatchObject({ gate: before?.gate, pass: 18, verdict: 'pass' });
    expect(after?.samples.every(({ at }) => at > (before?.to ?? 0))).toBe(true);
  });
});
