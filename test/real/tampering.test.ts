import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { programTamperings } from '../../lib/cli/operator/tampering.ts';
import { shortHash } from '../../lib/plan/hash.ts';
import { changed } from '../../lib/runner/parts/bundle.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { freePort, hasPrometheus } from '../gates/providers/prometheus-process.ts';
import { describeApi, describeCluster, freshNamespace, skipped, until } from './harness.ts';
import { controlPlane, Flight, type Ground } from './walk/flight.ts';
import { Metrics } from './walk/metrics.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

if (!hasPrometheus) skipped('tampering with a release in flight', "needs Prometheus (Debian's package prometheus)");
else
  describeCluster('tampering with a release in flight', (kube) => {
    let ground: Ground;
    beforeAll(async () => {
      ground = { kube, connection: controlPlane(), metrics: await Metrics.start() };
    });
    afterAll(() => ground.metrics.stop());

    /** At 20 %, where it waits for a while. */
    async function atTwenty(env: Readonly<Record<string, string>> = {}) {
      const flight = await Flight.begin(ground, onTestFinished);
      const runner = await flight.runner(env);
      await flight.gives(20);
      await flight.reaches('20 % at the route', ({ level }) => level.held !== null);
      return { flight, runner };
    }

    it('a right that is taken away is named, and what it is for goes on when it is given back', async () => {
      const port = await freePort();
      const { flight, runner } = await atTwenty({ TIDEGATE_METRICS_PORT: String(port) });
      const role = flight.object('Role', 'web-runner') as unknown as { readonly rules: readonly Rule[] };
      const account = kube.as(await kube.token(flight.namespace, 'web-runner'));
      const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
      // Verb, resource, and what makes the runner need it.
      const needed = [
        ['patch', 'configmaps', 'pause'],
        ['get', 'deployments', 'resume'],
        ['create', 'events', 'pause'],
        ['get', role.rules[0]?.resources[0] ?? '', 'resume'],
        ['patch', role.rules[0]?.resources[0] ?? '', 'abort'],
      ] as const;
      for (const [verb, resource, order] of needed) {
        const rules = role.rules.map((rule) => ({
          ...rule,
          verbs: rule.resources[0] === resource ? rule.verbs.filter((word) => word !== verb) : rule.verbs,
        }));
        await kube.apply({ ...flight.object('Role', 'web-runner'), rules: rules.filter(({ verbs }) => verbs.length > 0) } as KubeObject, {
          manager: 'kustomize-controller',
          force: true,
        });
        const lost = role.rules.find((rule) => rule.resources[0] === resource && rule.verbs.includes(verb));
        const attributes = {
          ...{ verb, group: lost?.apiGroups[0] ?? '', resource, namespace: flight.namespace },
          ...(lost?.resourceNames?.[0] === undefined ? {} : { name: lost.resourceNames[0] }),
        };
        await until(`loss of ${verb} ${resource}`, async () => !(await account.may(attributes)));
        const before = runner.lines.length;
        if (order !== 'resume') await flight.say(order);
        else await kube.mergePatch(flight.ref('ConfigMap', 'web-operator'), { data: { pause: null } });
        const missing = new RegExp(`Role lacks verb ${verb} on ${resource}`);
        await runner.says(missing, before);
        // Without its Events a release goes on.
        if (resource !== 'events') await until(`${missing} as the reason of not being ready`, async () => missing.test(await ready()));
        expect(flight.weights.at(-1)).toBe(20);
        await kube.apply(flight.object('Role', 'web-runner'), { manager: 'kustomize-controller', force: true });
        if (order !== 'abort') await flight.reaches(`the end of ${order}`, ({ hold }) => (hold !== null) === (order === 'pause'));
      }
      await flight.gives(0);
      await flight.reaches('the abort', ({ phase }) => phase === 'Aborting' || phase === 'Aborted');
    });

    it('a plan cannot be changed, and where another takes its place it is named and traffic goes to stable', async () => {
      const { flight, runner } = await atTwenty();
      const ref = flight.ref('ConfigMap', flight.planName);
      const plan = flight.object('ConfigMap', flight.planName) as KubeObject & { readonly data: Readonly<Record<string, string>> };
      const spoiled = { 'plan.json': (plan.data['plan.json'] ?? '').replace(/"attempt": ?1/, '"attempt":2') };
      const patch = JSON.stringify({ data: spoiled });
      const path = `/api/v1/namespaces/${flight.namespace}/configmaps/${flight.planName}`;
      expect(await kube.send('PATCH', path, JSON.parse(patch), 'application/merge-patch+json')).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining('field is immutable when `immutable` is set') },
      });
      await kube.remove(ref);
      await kube.create({ ...plan, data: { ...plan.data, ...spoiled } });
      await runner.says(new RegExp(`web-status cannot be believed: ${flight.planName} is not its plan: .*it was edited: delete it`));
      await flight.gives(0);
      const late = await flight.runner({});
      await late.says(new RegExp(`refused, nothing was touched: ConfigMap ${flight.planName}: .*it was edited: delete it, and Git`));
      await late.kill();
      // As told: it is deleted, and Git brings it back.
      await kube.remove(ref);
      await flight.land();
      await flight.gives(20);
      expect(await flight.reaches('run 2', ({ run }) => run === 2)).toMatchObject({ phase: 'Progressing' });
    });

    it('a status that is deleted or put back is named, and traffic goes to stable first', async () => {
      const flight = await Flight.begin(ground, onTestFinished);
      const ref = flight.ref('ConfigMap', 'web-status');
      const runner = await flight.runner({});
      const early = await flight.reaches('the beginning', ({ phase }) => phase === 'Progressing');
      const data = await flight.status();
      expect(early.level.set.weight).toBe(0);
      await flight.gives(20);
      await kube.remove(ref);
      await runner.says(/the candidate has traffic before web-status knows its plan: back to stable/);
      // It is at 0 for milliseconds.
      await until('20 % again', async () => flight.weights.join().includes('20,0,20'));
      await kube.mergePatch(ref, { data: data ?? {} });
      await runner.says(/aborted: the route was moved from 0 % to 20 % by tidegate-runner/);
      await flight.gives(0);
    });
  });

describeApi('the program of a runner in the cluster', (kube) => {
  const folder = 'dist/production/shop/web';
  const file = readdirSync(folder).find((name) => /^configmap-web-runner-\w{8}\.yaml$/.test(name)) ?? '';
  const committed = parse(readFileSync(join(folder, file), 'utf8')) as KubeObject & { readonly data: Readonly<Record<string, string>> };
  const { name } = committed.metadata;
  const bundle = name.slice(-8);

  it('cannot be edited, and where another takes its place both the runner and a person are told', async () => {
    const namespace = await freshNamespace(kube);
    const object = { ...committed, metadata: { ...committed.metadata, namespace } };
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
    const volumes = [{ name: 'code', configMap: { name } }];
    const runner = { spec: { template: { metadata: { annotations: { 'tidegate.dev/bundle': bundle } }, spec: { volumes } } } };
    /** What the runner says that starts with these files, and what `tidegate status` says of them. */
    const said = async () => {
      const code = await kube.get(ref);
      const mounted = mkdtempSync(join(tmpdir(), 'tidegate-code-'));
      onTestFinished(() => rmSync(mounted, { recursive: true }));
      for (const [key, text] of Object.entries(code.data as Record<string, string>)) writeFileSync(join(mounted, key), text);
      const told = programTamperings({ release: 'web', namespace, runner, code, committed: committed.data });
      return { runner: changed(bundle, pathToFileURL(`${mounted}/`)), status: told.map(({ object, why }) => `${object}: ${why}`) };
    };
    await kube.create(object);
    expect(shortHash(committed.data)).toBe(bundle);
    expect(await said()).toEqual({ runner: null, status: [] });

    const steals = { ...committed.data, 'runner.mjs': `steal();\n${committed.data['runner.mjs']}` };
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    expect(await kube.send('PATCH', path, { data: steals }, 'application/merge-patch+json')).toMatchObject({ status: 422 });
    await kube.remove(ref);
    await kube.create({ ...object, data: steals });
    expect(await said()).toEqual({
      runner: expect.stringMatching(`hashes to \\w{8}, and its Deployment was rendered for ${bundle}: delete its ConfigMap`),
      status: [expect.stringMatching(`^ConfigMap ${name}: its files hash to \\w{8}: the program was edited$`)],
    });
  });
});
