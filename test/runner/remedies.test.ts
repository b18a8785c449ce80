import { describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../lib/gates/providers/index.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import type { Plan, PlanGate } from '../../lib/plan/plan.ts';
import { readStatus, type Status } from '../../lib/runner/index.ts';
import { analysis, Judged, WAIVED } from './judged.ts';
import { bake, gate, PATHS, planName, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import type { Fault } from './scene.ts';

const FLAGS_OFF = '/api/v1/namespaces/shop/configmaps/web-flags-off';
const web = { url: 'https://flags.example.com/off', method: 'POST', headers: {}, body: null, jsonPath: '{$}', timeoutSeconds: 10 } as const;
const REMEDIES = {
  flagOff: { flag: 'new-ranking', settleSeconds: 120, withinSeconds: 60 },
  webhook: { flag: 'new-ranking', settleSeconds: 30, withinSeconds: 60, web },
} as const;
type Kind = keyof typeof REMEDIES;

/** Measured every 10 s; the first failure fails it. */
const quick: PlanGate = { ...gate, intervalSeconds: 10, initialDelaySeconds: 10, count: 3, failureLimit: 0 };

const planWith = (kind: Kind, more: readonly PlanGate[] = [], some: Partial<Plan> = {}): Plan =>
  planOf([scale(), smoke(), setWeight(20), analysis([{ ...quick, onFailure: kind }, ...more]), switchOver(), bake()], {
    ...WAIVED,
    uses: ['remedies'],
    remedies: { [kind]: REMEDIES[kind] },
    ...some,
  });

/** A release whose gate has just failed; what becomes of the flag is up to each test. */
class Remedied extends Judged {
  /** What the flag service was sent. */
  readonly posted: HttpRequest[] = [];
  /** What it does with that. */
  service: (tries: number) => HttpAnswer | Promise<HttpAnswer> = () => says(204);

  protected override answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer> {
    if (!request.url.startsWith(web.url)) return super.answer(request);
    this.posted.push(request);
    return this.service(this.posted.length);
  }

  /** Up to the failure of its gate, and so many seconds more. */
  async failing(seconds: number): Promise<this> {
    this.start();
    await this.time.run(30_000, () => this.weight === 20);
    this.said = 0.5;
    await this.time.run(60_000, () => Object.keys(this.status?.remedies ?? {}).length > 0);
    await this.time.run(seconds * 1_000);
    return this;
  }

  /** What it says of itself. */
  get told(): string {
    return this.api.events.join('\n');
  }
}

const says = (status: number, text = ''): HttpAnswer => ({ kind: 'answer', status, headers: {}, text });
const refusing = (kind: Kind, ...others: readonly PlanGate[]) =>
  new Remedied(planWith(kind, others), ({ path }) => (path.includes('web-flags-off') ? 'unavailable' : 'none'));

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
  });

  test('aborts when it fails again, and does nothing twice', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(110);
    expect(scene.weight).toBe(20);
    await scene.until(['Aborted'], 120);
    expect([scene.weight, scene.told.match(/switched off \(/g)?.length]).toEqual([0, 1]);
  });

  test.each<[why: string, fault: Fault]>([
    ['the API server is away', 'unavailable'],
    ['the answer is lost', 'lost after'],
  ])('aborts in time when %s for as long as it may take', async (_, fault) => {
    const scene = new Remedied(planWith('flagOff'), ({ path }) => (path.includes('web-flags-off') ? fault : 'none'));
    await scene.failing(55);
    expect(scene.weight).toBe(20);
    await scene.time.run(10_000);
    expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
    expect(scene.told).toContain('flag new-ranking was not switched off within 60s: ');
  });

  test.each<Fault>(['killed before', 'killed after'])(
    'goes on with the next runner when the first was %s it was written',
    async (fault) => {
      let faults = 1;
      const scene = new Remedied(planWith('flagOff'), ({ path }) => (path.includes('web-flags-off') && faults-- > 0 ? fault : 'none'));
      await scene.failing(5);
      scene.said = 0;
      scene.start();
      await scene.until(['Promoted'], 600);
      expect([scene.weight, scene.api.find(FLAGS_OFF) === undefined]).toEqual([100, false]);
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

describe('two gates with the same remedy', () => {
  test('are measured anew together, though both have failed at once', async () => {
    const scene = await new Remedied(planWith('webhook', [{ ...quick, name: 'latency', onFailure: 'webhook' }])).failing(5);
    scene.said = 0;
    await scene.until(['Promoted'], 600);
    expect([scene.weight, scene.posted.length]).toEqual([100, 1]);
  });
});

test('a status from before there were other remedies is read as it was meant', async () => {
  const scene = await new Remedied(planWith('flagOff')).failing(5);
  const { digest: _, remedies: __, ...rest } = { digest: '', ...scene.status } as Status & { digest: string };
  const read = (scaledUp: object | null) => {
    const text = JSON.stringify({ ...rest, scaledUp });
    const data = { 'status.json': `${text.slice(0, -1)},"digest":"${shortHash(text)}"}` };
    return readStatus({ metadata: { resourceVersion: '1' }, data }, scene.plan, shortHash(scene.plan), rest.planUid);
  };
  const scaleUp = { replicas: 5, at: 1, readyAt: null };
  expect(read(null)).toMatchObject({ kind: 'ours', status: { remedies: { scaleUp: null } } });
  expect(read(scaleUp)).toMatchObject({ kind: 'ours', status: { remedies: { scaleUp } } });
});
