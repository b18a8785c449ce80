import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveIntent } from '../../lib/intent/resolve.ts';
import type { Lock } from '../../lib/lock/lock.ts';
import { SETTLE_SECONDS } from '../../lib/plan/settling.ts';
import { hasPrometheus, type PrometheusProcess } from '../gates/providers/prometheus-process.ts';
import { accepted } from '../intent/valid.ts';
import { until } from '../real/harness.ts';
import { flux } from './appliers.ts';
import { flagship, watchPods, withInsiders, withShedding } from './flagship.ts';
import { describeTraffic, PROXY_MILLISECONDS } from './harness.ts';
import { share, startLoad } from './load.ts';
import { failingMoment, figures, highestShare, sharesBySteps, statedBlast, watchRoute } from './observed.ts';
import type { Changes } from './repository.ts';
import { type Ending, running, type Way } from './running.ts';

const WEIGHTS = [5, 25, 50, 100] as const;

describe('the release that is walked here', () => {
  it('has the steps and the gates of the Gateway API flagship', () => {
    const lock: Lock = parse(readFileSync(new URL('../../lock/production/production/store-api.yaml', import.meta.url), 'utf8'));
    const here = resolveIntent('web', accepted(flagship('http://prometheus:9090', WEIGHTS)), 'shop');
    const steps = ({ strategy }: Lock['resolved']) =>
      strategy.steps.map((step) =>
        'analysis' in step ? step.analysis.gates.map(({ name }) => name) : 'approval' in step ? step.approval.reason : step,
      );
    expect(steps(here)).toEqual(steps(lock.resolved));
  });
});

/** Tens of milliseconds where the machine has nothing else to do, which `npm run bench:runner` tells. */
const AT_ONCE_MILLISECONDS = 2_000;
/** From what has settled to judging it: until the share was seen to be served. */
const ENTERING_SECONDS = 20;
const ALL = { timeout: 300_000 };
const pods = process.env.TIDEGATE_TRAFFIC_PODS;

describeTraffic("the Gateway API flagship, judged by Prometheus on its pods' own metrics, under 200 requests/s", (kube, proxy) => {
  let prometheus: PrometheusProcess | undefined;
  let address = '';
  beforeAll(async () => {
    if (!hasPrometheus || pods === undefined) throw new Error('needs prometheus (a package of Debian) and TIDEGATE_TRAFFIC_PODS');
    prometheus = await watchPods(pods);
    address = `http://127.0.0.1:${prometheus.port}`;
  });
  afterAll(() => prometheus?.stop());

  const start = async (context: Ending, intent: Changes, more: Pick<Way, 'headers' | 'smokeSeconds'> = {}) => {
    const way = { tool: 'flux', applier: flux, order: 'forward', approvals: 'required', intent, ...more } as const;
    const run = await running(kube, proxy, way, context);
    const route = watchRoute(kube, run.namespace);
    context.onTestFinished(() => route.stop());
    /** When the route had given the candidate everything back. */
    const returned = (candidate: string) => route.changes.findLast(({ weights }) => weights[candidate] === 0)?.at ?? Number.NaN;
    return { ...run, stable: run.repository.stable.name, returned };
  };

  describe.concurrent('it is', () => {
    it('promoted with an approval, insiders first: no request fails, and every step serves what the plan says', ALL, async (context) => {
      const insider = { 'x-canary': 'always' };
      const { repository, load, host, flight } = await start(context, withInsiders(address, insider));
      const insiders = startLoad({ url: proxy, host, rate: 20, headers: insider });
      context.onTestFinished(async () => void (await insiders.stop()));
      await repository.release('a');
      const { candidate, plan, proven, until, approve } = flight();
      const smoked = await proven();
      await until('wait for a person', ({ step }) => plan.steps[step]?.kind === 'approval', 200);
      await pause(2_000);
      await approve('alice');
      const status = await until('promotion', ({ phase }) => phase === 'Promoted');
      await pause(PROXY_MILLISECONDS);

      const shares = sharesBySteps(plan, status, load, candidate);
      const [all, few] = [await load.stop(), await insiders.stop()];
      figures('promoted', all, { insiders: few.requests, shares });
      expect([all.failed, few.failed]).toEqual([0, 0]);
      for (const { served, stated } of shares) expect(Math.abs(served - stated)).toBeLessThanOrEqual(1);
      const judged = shares.filter(({ kind }) => kind === 'analysis').map(({ stated }) => stated);
      expect(judged).toEqual([0, 5, 50]);
      expect(all.revisions[candidate]?.first).toBeGreaterThanOrEqual(smoked);
      expect(few.revisions[candidate]?.first).toBeGreaterThanOrEqual(smoked);
      expect(status.approvals).toMatchObject([{ by: 'alice', source: 'cluster', reason: 'looked at the dashboard' }]);
      const header = status.steps.find(({ index }) => plan.steps[index]?.kind === 'analysis');
      expect(Object.keys(insiders.between(header?.startedAt ?? 0).revisions)).toEqual([candidate]);
      const evidence = status.evidence.filter(({ weight }) => weight > 0);
      expect(new Set(evidence.map(({ gate, verdict }) => `${gate} ${verdict}`)).size).toBe(4);
      expect(evidence.every(({ verdict, pass }) => verdict === 'pass' && pass >= 3)).toBe(true);
    });

    it('promoted though its runner is killed with SIGKILL at every step: nothing fails, nothing is done twice', ALL, async (context) => {
      const { repository, load, node, flight } = await start(context, flagship(address, WEIGHTS), { smokeSeconds: 10 });
      const applied = repository.release('a');
      const { candidate, plan, until, approve } = flight();
      const killed = new Set<number>();
      for (const [index, { kind }] of plan.steps.entries()) {
        const begun = await until(`step ${index}`, ({ step, stepStartedAt }) => step > index || (step === index && stepStartedAt !== null));
        killed.add(begun.step);
        await node.crash();
        if (kind === 'approval') await approve('alice');
      }
      await applied;
      const status = await until('promotion', ({ phase }) => phase === 'Promoted');
      await pause(PROXY_MILLISECONDS);

      const shares = sharesBySteps(plan, status, load, candidate);
      const sum = await load.stop();
      figures('killed', sum, { kills: plan.steps.length, shares });
      // Where all pods are there already, scaling is over before anybody can kill.
      const long = plan.steps.flatMap(({ kind }, index) => (kind === 'scale' ? [] : [index]));
      expect([...killed]).toEqual(expect.arrayContaining(long));
      expect(sum.failed).toBe(0);
      for (const { served, stated } of shares) expect(Math.abs(served - stated)).toBeLessThanOrEqual(1);
      expect(status.steps.map(({ index }) => index)).toEqual(plan.steps.slice(0, -1).map((_, index) => index));
      expect(status.approvals).toHaveLength(1);
    });

    it('promoted though it fails at 50 %, where it gives up some requests, which it gets again before the switch', ALL, async (context) => {
      const low = { 'x-priority': 'low' };
      const { repository, load, host, flight, annotate } = await start(context, withShedding(address, low));
      const spare = startLoad({ url: proxy, host, rate: 20, headers: low });
      context.onTestFinished(async () => void (await spare.stop()));
      await repository.release('a');
      const { candidate, plan, until, approve } = flight();
      await until('analysis', ({ step, stepStartedAt }) => plan.steps[step]?.kind === 'analysis' && stepStartedAt !== null);
      await pause(2_000);
      await annotate(candidate, { 'fake-app/error-rate': '0.05' });
      const { remedies } = await until('requests given up', ({ remedies }) => remedies.shed?.readyAt != null);
      const givenUp = Number(remedies.shed?.readyAt);
      await annotate(candidate, { 'fake-app/error-rate': '0' });
      await until('wait for a person', ({ step }) => plan.steps[step]?.kind === 'approval');
      const waited = Date.now();
      await approve('alice');
      const status = await until('promotion', ({ phase }) => phase === 'Promoted');
      await pause(PROXY_MILLISECONDS);

      const taken = status.steps.filter(({ index }) => index > plan.steps.findIndex(({ kind }) => kind === 'approval'));
      const judging = taken.find(({ index }) => plan.steps[index]?.kind === 'analysis');
      const [without, again] = [
        [givenUp + PROXY_MILLISECONDS, waited],
        [judging?.startedAt ?? 0, judging?.endedAt],
      ] as const;
      const shares = [without, again].map((span) => [load, spare].map((of) => share(of.between(...span), candidate)));
      const [all, few] = [await load.stop(), await spare.stop()];
      figures('gave up', all, { few: few.requests, fewFailed: few.failed, shares });
      const stated = [50, 0, 50, 100];
      for (const [index, served] of shares.flat().entries()) expect(Math.abs(served - Number(stated[index]))).toBeLessThanOrEqual(1);
      for (const { failed, failures, revisions } of [all, few]) {
        expect(failures).toEqual(failed > 0 ? { 500: failed } : {});
        expect(revisions[candidate]?.failed ?? 0).toBe(failed);
      }
      expect(status.evidence.map(({ verdict }) => verdict).filter((verdict) => verdict === 'fail')).toHaveLength(1);
    });

    it('not judged at 50 % before 50 % are served, and aborted when its candidate turns bad later on', ALL, async (context) => {
      const { repository, load, node, flight, host, namespace, stable, annotate, returned } = await start(
        context,
        flagship(address, [50, 100]),
        { headers: { 'x-user': '1' } },
      );
      // Somebody else's route of the same host takes our users' requests, and no status says so.
      const shadow = {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'shadow', namespace },
        spec: {
          parentRefs: [{ name: 'web', namespace: 'traffic' }],
          hostnames: [host],
          rules: [{ matches: [{ headers: [{ name: 'x-user', value: '1' }] }], backendRefs: [{ name: stable, port: 80 }] }],
        },
      };
      await kube.apply(shadow, { manager: 'somebody', force: true });
      await repository.release('a');
      const { candidate, plan, until: untilStatus } = flight();
      await until('word of what is served', async () => node.log.some((line) => line.includes('the route holds 50 %, but 0 % is served')));
      await pause(12_000);
      const held = await untilStatus('hold', () => true);
      expect([plan.steps[held.step]?.kind, held.gates]).toEqual(['setWeight', {}]);
      const unveiled = Date.now();
      await kube.remove(shadow);
      const waiting = await untilStatus('wait for a person', ({ step }) => plan.steps[step]?.kind === 'approval');
      const shares = sharesBySteps(plan, waiting, load, candidate);
      for (const { served, stated } of shares) expect(Math.abs(served - stated)).toBeLessThanOrEqual(1);
      for (const { since } of Object.values(waiting.gates)) expect(since).toBeGreaterThan(unveiled);

      const turned = Date.now();
      await annotate(candidate, { 'fake-app/error-rate': '0.05' });
      const status = await untilStatus('abort', ({ phase }) => phase === 'Aborting');
      await pause(PROXY_MILLISECONDS);
      const sum = await load.stop();
      const bad = sum.revisions[candidate];
      const failing = failingMoment(status);
      const routeAfterMs = returned(candidate) - failing.at;
      figures('turned bad', sum, { shares, noticedAfterMs: failing.at - turned, routeAfterMs, failing });
      expect(sum.failures).toEqual({ 500: bad?.failed });
      expect(routeAfterMs).toBeLessThan(AT_ONCE_MILLISECONDS);
      expect(bad?.last).toBeLessThanOrEqual(returned(candidate) + PROXY_MILLISECONDS);
    });

    it('superseded at 20 %: neither fails a request, and together they never have more', ALL, async (context) => {
      const { repository, load, flight, stable } = await start(context, flagship(address, [20, 100]));
      const from = Date.now();
      await repository.release('a');
      const first = flight();
      await first.at(20);
      await repository.release('b');
      const second = flight();
      const smoked = await second.proven();
      await second.at(20);
      const status = await second.until('wait for a person', ({ step }) => second.plan.steps[step]?.kind === 'approval');
      const highest = highestShare(load, stable, from, Date.now() - 1_000);
      const shares = sharesBySteps(second.plan, status, load, second.candidate);
      const sum = await load.stop();
      figures('superseded', sum, { highest, shares });
      expect(sum.failed).toBe(0);
      expect(highest).toBeLessThanOrEqual(22);
      const [before, after] = [sum.revisions[first.candidate], sum.revisions[second.candidate]];
      expect(after?.first).toBeGreaterThanOrEqual(Math.max(smoked, before?.last ?? Infinity));
      for (const { served, stated } of shares) expect(Math.abs(served - stated)).toBeLessThanOrEqual(1);
    });

    it('given its 20 % again at once after a reset by the reconciler, and after one more not before 10 s', ALL, async (context) => {
      const { repository, load, flight } = await start(context, flagship(address, [20, 100]));
      await repository.release('a');
      const { at, until: untilStatus } = flight();
      await at(20);
      const atRest = repository.objects.find(({ kind }) => kind === 'HTTPRoute');
      if (atRest === undefined) throw new Error('no route');
      const reset = async (nth: number) => {
        const { metadata } = await kube.apply(atRest, { manager: 'kustomize-controller', force: true });
        const from = Date.now();
        await until('return', async () => (await kube.get(atRest)).metadata.generation === Number(metadata.generation) + 1, { everyMs: 5 });
        const returnedAfterMs = Date.now() - from;
        const { resets } = await untilStatus('word of it', ({ resets, level }) => resets.count === nth && level.held !== null);
        return { returnedAfterMs, decidedAt: Number(resets.lastAt) };
      };
      const [first, second] = [await reset(1), await reset(2)];
      await at(20);
      const sum = await load.stop();
      const apartMs = second.decidedAt - first.decidedAt;
      figures('reset', sum, { returnedAfterMs: first.returnedAfterMs, apartMs });
      expect(first.returnedAfterMs).toBeLessThan(AT_ONCE_MILLISECONDS);
      expect(apartMs).toBeGreaterThanOrEqual(10_000);
      expect(sum.failed).toBe(0);
    });

    it('aborted on 5 % errors of the candidate, which fails fewer requests than the plan said it might', ALL, async (context) => {
      const { repository, load, flight, stable, returned } = await start(context, flagship(address, WEIGHTS));
      await repository.release('a', { 'podTemplate.metadata.annotations': { 'fake-app/error-rate': '0.05' } });
      const { candidate, plan, until } = flight();
      const status = await until('abort', ({ phase }) => phase === 'Aborting');
      await pause(PROXY_MILLISECONDS);

      const sum = await load.stop();
      const bad = sum.revisions[candidate];
      const failing = failingMoment(status);
      const blast = statedBlast(plan, failing.weight);
      figures('5 % errors', sum, { failing, blast, answered: bad?.requests, routeAfterMs: returned(candidate) - failing.at });
      expect(sum.failures).toEqual({ 500: bad?.failed });
      expect(sum.revisions[stable]?.failed).toBe(0);
      expect(bad?.failed).toBeLessThanOrEqual(blast.requests);
      // What is stated reckons with the longest time until the share is seen to be served.
      expect(bad?.requests).toBeGreaterThanOrEqual(blast.requests - blast.perSecond * SETTLE_SECONDS);
      expect(bad?.requests).toBeLessThanOrEqual(blast.requests + blast.perSecond * ENTERING_SECONDS);
      expect(bad?.last).toBeLessThanOrEqual(returned(candidate) + PROXY_MILLISECONDS);
    });

    it('aborted when its candidate crashes at 25 %: only what was on its way to it fails', ALL, async (context) => {
      const { repository, load, flight, stable, annotate, returned } = await start(context, flagship(address, [25, 100]));
      await repository.release('a');
      const { candidate, plan, until } = flight();
      await until('analysis', ({ step, stepStartedAt }) => plan.steps[step]?.kind === 'analysis' && stepStartedAt !== null);
      await pause(3_000);
      const crashed = Date.now();
      await annotate(candidate, { 'fake-kubelet/behaviour': 'crash-loop' });
      await until('abort', ({ phase }) => phase === 'Aborting');
      await pause(PROXY_MILLISECONDS);

      const back = returned(candidate);
      const sum = await load.stop();
      figures('crashed', sum, { routeAfterMs: back - crashed });
      expect(sum.revisions[stable]?.failed).toBe(0);
      expect(back - crashed).toBeLessThan(10_000);
      const during = load.between(crashed - 200, back + PROXY_MILLISECONDS);
      expect(sum.failed).toBe(during.failed);
      expect(sum.failed).toBeGreaterThan(0);
      expect(sum.failed).toBeLessThanOrEqual(0.26 * during.requests);
    });

    it('aborted without a request when its candidate crashes from the start', ALL, async (context) => {
      const { repository, load, flight, stable } = await start(context, { ...flagship(address, WEIGHTS), 'deadlines.ready': '10s' });
      await repository.release('a', { 'podTemplate.metadata.annotations': { 'fake-kubelet/behaviour': 'crash-loop' } });
      const { until } = flight();
      const status = await until('abort', ({ phase }) => phase === 'Aborting');
      const sum = await load.stop();
      figures('never ready', sum, { reason: status.reason });
      expect(sum.failed).toBe(0);
      expect(Object.keys(sum.revisions)).toEqual([stable]);
      expect(status.reason).toContain('step 0 (scale) was not done within 10s: 0 of 3 pods of the candidate are available');
    });
  });
});
