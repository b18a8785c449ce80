import { describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../lib/gates/providers/index.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import type { Plan, PlanGate } from '../../lib/plan/plan.ts';
import { readStatus, type Status } from '../../lib/runner/index.ts';
import type { KubeObject } from './fake-api.ts';
import { type Said as Answered, analysis, Judged, WAIVED } from './judged.ts';
import { bake, gate, PATHS, planName, planOf, scale, setWeight, smoke, switchOver } from './release.ts';
import type { Fault } from './scene.ts';

const FLAGS_OFF = '/api/v1/namespaces/shop/configmaps/web-flags-off';
const web = { url: 'https://flags.example.com/off', method: 'POST', headers: {}, body: null, jsonPath: '{$}', timeoutSeconds: 10 } as const;
/** What another gate asks. */
const SLOW = { prometheus: { address: 'http://prometheus:9090', query: 'latency', timeoutSeconds: 10 } } as const;
const REMEDIES = {
  flagOff: { flag: 'new-ranking', settleSeconds: 120, withinSeconds: 60 },
  webhook: { flag: 'new-ranking', settleSeconds: 30, withinSeconds: 60, web },
} as const;
type Kind = keyof typeof REMEDIES;

/** Measured every 10 s; the first failure fails it. */
const quick: PlanGate = { ...gate, intervalSeconds: 10, initialDelaySeconds: 10, count: 3, failureLimit: 0 };

const planWith = (kind: Kind, more: readonly PlanGate[] = [], some: Partial<Plan> = {}, before: readonly PlanGate[] = []): Plan =>
  planOf([scale(), smoke(), setWeight(20), analysis([...before, { ...quick, onFailure: kind }, ...more]), switchOver(), bake()], {
    ...WAIVED,
    uses: ['remedies'],
    remedies: { [kind]: REMEDIES[kind] },
    ...some,
  });

/** A release whose gate has just failed; what becomes of the flag is up to each test. */
class Remedied extends Judged {
  /** What the flag service was sent. */
  readonly posted: HttpRequest[] = [];
  /** What Prometheus says of the latency. */
  slow: Answered = 0;
  /** What it does with that. */
  service: (tries: number) => HttpAnswer | Promise<HttpAnswer> = () => says(204);

  protected override answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer> {
    if (`${request.url}${request.body ?? ''}`.includes('latency')) return super.answer(request, this.slow);
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
  new Remedied(planWith(kind, others), ({ path }) => (path.includes('web-flags-off?') ? 'unavailable' : 'none'));

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

describe('a flag that is off although the status does not say so', () => {
  const override = (owner?: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web-flags-off', ...(owner ? { ownerReferences: [owner] } : {}) },
    data: { 'flags-off.json': '{"flags":{"new-ranking":{}}}' },
  });

  test('is known to the next run when the status is lost, and is not tried twice', async () => {
    const scene = await new Remedied(planWith('flagOff')).failing(30);
    scene.api.delete(PATHS.status);
    await scene.time.run(120_000, () => scene.weight === 20 && scene.status?.remedies.flagOff?.readyAt != null);
    await scene.until(['Aborting'], 300);
    expect([scene.weight, scene.told.match(/switched off \(/g)?.length]).toEqual([0, 1]);
  });

  test('is waited for while it is of others, until the pods have it on again', async () => {
    const scene = new Remedied(planWith('flagOff'));
    scene.api.apply(FLAGS_OFF, override(), 'kubectl-edit');
    scene.start();
    await scene.time.run(300_000);
    expect([scene.weight, scene.phase]).toEqual([0, 'Starting']);
    expect(scene.status?.reason).toContain('web-flags-off, which is not of this plan: waiting until it is gone');
    scene.api.delete(FLAGS_OFF);
    await scene.time.run(115_000);
    expect(scene.phase).toBe('Starting');
    await scene.until(['Promoted'], 600);
    expect(scene.weight).toBe(100);
  });

  test('ends a release that has measured with it on', async () => {
    const scene = new Remedied(planWith('flagOff'));
    scene.start();
    await scene.time.run(60_000, () => scene.weight === 20);
    scene.api.apply(FLAGS_OFF, override(), 'kubectl-edit');
    await scene.time.run(5_000);
    expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
  });
});

test('a flag that somebody switches on again ends the release that was measured without it', async () => {
  const scene = await new Remedied(planWith('flagOff')).failing(5);
  scene.said = 0;
  await scene.time.run(60_000);
  scene.api.delete(FLAGS_OFF);
  await scene.time.run(5_000);
  expect([scene.weight, scene.phase]).toEqual([0, 'Aborting']);
  expect(scene.told).toContain('flag new-ranking is not off any more: ConfigMap web-flags-off is not as it was written');
});

test('a status from before there were other remedies is read as it was meant', async () => {
  const scene = await new Remedied(planWith('flagOff')).failing(5);
  const { digest: _, remedies: __, ...rest } = { digest: '', ...scene.status } as Status & { digest: string };
  const read = (scaledUp: object | null) => {
    const text = JSON.stringify({ ...rest, scaledUp });
    const data = { 'status.json': `${text.slice(0, -1)},"digest":"${shortHash(text)}"}` };
    const release = { plan: scene.plan, hash: shortHash(scene.plan) };
    return readStatus({ metadata: { resourceVersion: '1' }, data }, { ...release, planUid: rest.planUid, found: release });
  };
  const scaleUp = { replicas: 5, at: 1, readyAt: null };
  expect(read(null)).toMatchObject({ kind: 'ours', status: { remedies: { scaleUp: null } } });
  expect(read(scaleUp)).toMatchObject({ kind: 'ours', status: { remedies: { scaleUp } } });
});
