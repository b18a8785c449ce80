import { describe, expect, test } from 'vitest';
import { shortHash } from '../../lib/plan/hash.ts';
import type { PlanGate } from '../../lib/plan/plan.ts';
import { readStatus, type Status } from '../../lib/runner/index.ts';
import { analysis } from './judged.ts';
import { PATHS, planName, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import { FLAGS_OFF, type Kind, planWith, quick, REMEDIES, Remedied, refusing, SLOW, says, web } from './remedied.ts';
import type { Fault } from './scene.ts';

describe('a gate that switches a flag off', () => {
  test('keeps the weight, waits until the pods know it, passes anew and goes on', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(5);
    const { data, metadata } = scene.api.at(FLAGS_OFF);
    expect(JSON.parse(data['flags-off.json']).flags).toEqual({
      'new-ranking': { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' },
    });
    expect(metadata.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', name: planName(scene.plan), uid: scene.api.at(PATHS.plan(scene.plan)).metadata.uid },
    ]);
    const { asked } = scene;
    scene.said = 0;
    await scene.time.run(110_000);
    expect([scene.weight, scene.asked]).toEqual([20, asked]);
    await scene.until(['Promoted'], 600);
    expect(scene.weight).toBe(100);
    const { remedies } = JSON.parse(scene.api.at(PATHS.status).data['record.json']);
    const { at, readyAt } = scene.status?.remedies.flagOff ?? {};
    expect(remedies).toEqual([
      { remedy: 'flagOff', at: new Date(at ?? 0).toISOString(), inEffectSince: new Date(readyAt ?? 0).toISOString() },
    ]);
  });

  test('aborts when it fails again, and does nothing twice', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(110);
    expect(scene.weight).toBe(20);
    await scene.until(['Aborted'], 120);
    expect([scene.weight, scene.told.match(/switched off \(/g)?.length]).toEqual([0, 1]);
  });

  test('aborts in time when the API server is away for as long as it may take', async () => {
    const scene = await refusing('flagOff').failing(55);
    expect(scene.weight).toBe(20);
    await scene.time.run(10_000);
    expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
    expect(scene.told).toContain('flag new-ranking was not switched off within 60s: ');
  });

  test('needs no answer where it sees that it is done', async () => {
    const scene = new Remedied(planWith('flagOff'), ({ path }) => (path.includes('web-flags-off?') ? 'lost after' : 'none'));
    await scene.failing(55);
    scene.said = 0;
    await scene.until(['Promoted'], 600);
    expect(scene.weight).toBe(100);
  });

  test.each<Fault>(['killed before', 'killed after'])(
    'goes on with the next runner when the first was %s it was written',
    async (fault) => {
      let faults = 1;
      const scene = new Remedied(planWith('flagOff'), ({ path }) => (path.includes('web-flags-off?') && faults-- > 0 ? fault : 'none'));
      await scene.failing(5);
      scene.said = 0;
      scene.start();
      await scene.until(['Promoted'], 600);
      expect([scene.weight, scene.api.find(FLAGS_OFF) === undefined]).toEqual([100, false]);
    },
  );

  test('is not done before it is written down that it has begun', async () => {
    const written: string[] = [];
    const scene = new Remedied(planWith('flagOff', [], { remedies: REMEDIES }, [{ ...quick, name: 'latency', onFailure: 'webhook' }]));
    scene.arriving = ({ method, path }) => {
      if (method === 'PATCH' && path.includes('web-flags-off?'))
        written.push(
          Object.keys(scene.status?.remedies ?? {})
            .sort()
            .join(),
        );
    };
    scene.service = () => {
      written.push(
        Object.keys(scene.status?.remedies ?? {})
          .sort()
          .join(),
      );
      return says(204);
    };
    await scene.failing(5);
    expect(written).toEqual(['flagOff,webhook', 'flagOff,webhook']);
  });

  test.each<Fault>(['killed before', 'killed after'])(
    'goes on with the next runner when the first was %s it wrote its status after that',
    async (fault) => {
      let faults = 1;
      let isOff = false;
      const scene = new Remedied(planWith('flagOff'), ({ path, method }) => {
        isOff ||= path.includes('web-flags-off?');
        return isOff && method === 'PATCH' && path.includes('web-status') && faults-- > 0 ? fault : 'none';
      });
      await scene.failing(5);
      scene.said = 0;
      scene.start();
      await scene.until(['Promoted', 'Aborting'], 600);
      expect([scene.phase, scene.weight, faults < 1]).toEqual(['Promoted', 100, true]);
    },
  );

  test('is not waited for by a gate that aborts', async () => {
    const scene = await refusing('flagOff', { ...quick, name: 'latency', failureLimit: 2 }).failing(25);
    expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
    expect(scene.told).toContain('gate latency');
  });

  test('is not waited for by a person who aborts', async () => {
    const scene = await refusing('flagOff').failing(5);
    scene.say('abort', scene.order());
    await scene.time.run(1_000);
    expect(scene.weight).toBe(0);
  });

  test('is off still when the plan is walked again, so that it aborts at once', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(110);
    await scene.until(['Aborted'], 300);
    scene.say('retry', scene.order());
    await scene.time.run(60_000, () => scene.phase === 'Progressing' && scene.weight === 20);
    await scene.until(['Aborting'], 60);
    expect([scene.status?.run, scene.told.match(/switched off \(/g)?.length]).toEqual([2, 1]);
  });

  test('is tried again in another run where the first could not be done', async () => {
    const scene = await refusing('flagOff').failing(70);
    await scene.until(['Aborted'], 300);
    scene.say('retry', scene.order());
    await scene.time.run(120_000, () => scene.status?.run === 2 && scene.told.match(/switched off \(/g)?.length === 2);
    expect([scene.weight, scene.phase]).toEqual([20, 'Progressing']);
  });
});

describe('a gate that has a flag switched off by a webhook', () => {
  test('names release, plan and flag, and goes on once it passes anew', async () => {
    const scene = await new Remedied(planWith('webhook')).failing(5);
    const [{ method = '', body = '' } = {}] = scene.posted;
    expect([method, JSON.parse(String(body))]).toEqual([
      'POST',
      {
        version: 1,
        release: 'web',
        namespace: 'shop',
        target: 'production',
        plan: shortHash(scene.plan),
        flag: 'new-ranking',
        state: 'off',
      },
    ]);
    scene.said = 0;
    await scene.until(['Promoted'], 600);
    expect([scene.weight, scene.posted.length]).toEqual([100, 1]);
  });

  test.each<[what: string, answer: Remedied['service'], most: number]>([
    ['answers 503', () => says(503, 'no leader'), 10],
    ['redirects to a private address', () => ({ ...says(302), headers: { location: 'http://169.254.169.254/' } }), 10],
    ['does not know the flag', () => says(404), 10],
    ['never answers', () => new Promise<never>(() => {}), 1],
    ['cannot be reached', () => ({ kind: 'nothing', message: 'connection refused', retryable: true }), 10],
  ])('aborts when its service %s for as long as it may take', async (_, answer, most) => {
    const scene = new Remedied(planWith('webhook'));
    scene.service = answer;
    await scene.failing(55);
    expect(scene.weight).toBe(20);
    await scene.time.run(10_000);
    expect([scene.weight, scene.phase, scene.posted.length <= most]).toEqual([0, 'Aborting', true]);
    expect(scene.told).toContain('flag new-ranking was not switched off within 60s');
    expect(new Set(scene.posted.map(({ url }) => url))).toEqual(new Set([web.url]));
  });

  test.each([
    ['an error first', (tries: number) => (tries < 3 ? says(500) : says(200, '{}')), 3],
    ['what is no JSON', () => ({ ...says(200, '<ok>'), headers: { 'content-type': 'application/json' } }), 1],
  ] as const)('goes on when its service answers %s', async (_, answer, tries) => {
    const scene = new Remedied(planWith('webhook'));
    scene.service = answer;
    await scene.failing(20);
    scene.said = 0;
    await scene.until(['Promoted'], 600);
    expect([scene.weight, scene.posted.length]).toEqual([100, tries]);
  });

  test('aborts when the service lies', async () => {
    const scene = await new Remedied(planWith('webhook')).failing(60);
    expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
  });
});

describe('a remedy that somebody switched off', () => {
  test.each<Kind>(['flagOff', 'webhook'])('is not tried: %s', async (kind) => {
    const scene = new Remedied(planWith(kind));
    scene.say(`without-${kind}`, scene.order('ann'));
    await scene.failing(0);
    expect([scene.weight, scene.posted.length, scene.api.find(FLAGS_OFF)]).toEqual([0, 0, undefined]);
  });

  test('is not waited for any longer', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(30);
    scene.say('without-flagOff', scene.order('ann'));
    await scene.time.run(1_000);
    expect([scene.weight, scene.told.includes('ann said that nothing may switch off flag new-ranking')]).toEqual([0, true]);
  });

  test('ends no run that finds the flag off already', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(110);
    await scene.until(['Aborted'], 300);
    scene.say('without-flagOff', scene.order('ann'));
    scene.said = 0;
    scene.say('retry', scene.order());
    await scene.time.run(60_000, () => scene.status?.run === 2);
    await scene.until(['Promoted', 'Aborting'], 600);
    expect([scene.phase, scene.status?.run, scene.weight]).toEqual(['Promoted', 2, 100]);
  });

  test('does not scale up either', async () => {
    const scene = new Remedied(
      planWith('flagOff', [], {
        steps: [...planOf([scale(), smoke(), setWeight(20)]).steps, analysis([{ ...quick, onFailure: 'scaleUp' }]), switchOver()],
      }),
    );
    scene.say('without-scaleUp', scene.order('ann'));
    await scene.failing(0);
    expect(scene.weight).toBe(0);
  });
});

describe('two gates that fail at the same look', () => {
  const other = (onFailure: PlanGate['onFailure']): PlanGate => ({ ...quick, name: 'latency', onFailure });

  test('have their remedy done once, and are measured anew together', async () => {
    const scene = await new Remedied(planWith('webhook', [other('webhook')])).failing(5);
    const { asked } = scene;
    scene.said = 0;
    await scene.time.run(25_000);
    expect([scene.weight, scene.asked]).toEqual([20, asked]);
    await scene.until(['Promoted'], 600);
    expect([scene.weight, scene.posted.length]).toEqual([100, 1]);
    const said = scene.status?.evidence.filter(({ verdict }) => verdict === 'fail').map(({ gate: name }) => name);
    expect(said?.sort()).toEqual(['errors', 'latency']);
  });

  test('abort when one of them fails after it', async () => {
    const scene = new Remedied(planWith('webhook', [{ ...other('webhook'), provider: SLOW }]));
    scene.slow = 0.5;
    await scene.failing(5);
    scene.said = 0;
    await scene.time.run(45_000);
    expect([scene.weight, scene.posted.length]).toEqual([0, 1]);
    expect(scene.told).toContain('gate latency');
  });

  test.each(['before', 'after'])('abort when one aborts that stands %s the other, and no flag is touched', async (where) => {
    const scene = new Remedied(
      planWith('webhook', where === 'after' ? [other('abort')] : [], {}, where === 'before' ? [other('abort')] : []),
    );
    scene.start();
    await scene.time.run(30_000, () => scene.weight === 20);
    scene.said = 0.5;
    await scene.time.run(60_000);
    expect([scene.weight, scene.posted.length, scene.told.includes('switched off')]).toEqual([0, 0, false]);
  });

  test('each have their own done', async () => {
    const scene = await new Remedied(
      planWith('webhook', [other('flagOff')], { remedies: { flagOff: REMEDIES.flagOff, webhook: REMEDIES.webhook } }),
    ).failing(5);
    expect([scene.weight, scene.posted.length, scene.api.find(FLAGS_OFF) === undefined]).toEqual([20, 1, false]);
    scene.said = 0;
    await scene.until(['Promoted'], 600);
    expect(scene.weight).toBe(100);
  });
});

test('a status from before there were other remedies is read as it was meant, and no runner of then reads what becomes of it', async () => {
  const scene = await new Remedied(planWith('flagOff')).failing(5);
  const { digest: _, remedies: __, ...rest } = { digest: '', ...scene.status } as Status & { digest: string };
  const read = (scaledUp: object | null, version = 2) => {
    const text = JSON.stringify({ ...rest, version, scaledUp });
    const data = { 'status.json': `${text.slice(0, -1)},"digest":"${shortHash(text)}"}` };
    const release = { plan: scene.plan, hash: shortHash(scene.plan) };
    return readStatus({ metadata: { resourceVersion: '1' }, data }, { ...release, planUid: rest.planUid, found: release });
  };
  const scaleUp = { replicas: 5, at: 1, readyAt: null };
  expect(read(null)).toMatchObject({ kind: 'ours', status: { version: 3, remedies: { scaleUp: null } } });
  expect(read(scaleUp)).toMatchObject({ kind: 'ours', status: { version: 3, remedies: { scaleUp } } });
  expect(read(null, 4)).toMatchObject({ kind: 'corrupt', why: 'version 4 is unknown, this runner knows 3' });
});
