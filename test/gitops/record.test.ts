import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiServer } from '../cli/api-server.ts';
import { DIGEST } from '../cli/repository.ts';
import { deployment, LOCK, replicasOf, Story, withoutReplicas } from './story.ts';

describe('a release that was promoted', () => {
  it('is recorded, its predecessor is retired and then cold, and no pod template changes on the way', async () => {
    const story = await Story.begin();
    const first = story.stable;
    await story.releases('2');
    const { candidate, hash } = story.inFlight;
    const [inFlight, predecessor] = [story.manifests(deployment(candidate.name)), story.manifests(deployment(first))];
    const { out, err } = await story.records('promoted');
    expect(err).toContain('The live route was not asked');
    expect(out).toBe(`web  promoted by plan ${hash}: ${candidate.name} is stable, ${first} retires with its pods.\n`);
    expect(story.lock).toMatchObject({ inFlight: null, retiring: [{ reason: 'replaced', revision: { name: first } }] });
    expect(story.stable).toBe(candidate.name);
    expect(JSON.parse(story.repository.read(`releases/production/web/${hash}.json`))).toMatchObject({
      outcome: 'promoted',
      plan: hash,
      intent: story.lock.intent,
    });
    expect(withoutReplicas(story.manifests(deployment(candidate.name)))).toEqual(inFlight);
    expect(story.manifests(deployment(first))).toEqual(predecessor);
    expect(Object.keys(story.manifests(/runner\.yaml|plan-|job-/))).toEqual([]);
    expect((await story.does('synth', '--check')).out).toBe('');
    expect((await story.tidegate('lint', '--base', 'HEAD~1')).out).not.toContain('promotion-has-record');

    expect((await story.does('record', 'web', '--from', 'out/record.json')).out).toContain('recorded already');
    expect(story.git('status', '--porcelain')).toBe('');

    const early = await story.does('record', 'web', '--retire', '--without-cluster', '--now', '2026-03-01T12:59:59Z');
    expect(early.out).toContain(`${first} keeps its pods until 2026-03-01T13:00:00.000Z`);
    expect(story.git('status', '--porcelain')).toBe('');
    const stays = story.manifests(deployment(candidate.name));
    await story.retires();
    expect(story.lock).toMatchObject({ retiring: [], cold: [{ name: first }] });
    expect(replicasOf(story.manifests(deployment(first)))).toEqual(['0']);
    expect(Object.keys(story.manifests(new RegExp(`(horizontalpodautoscaler|poddisruptionbudget)-${first}`)))).toEqual([]);
    expect(story.manifests(deployment(candidate.name))).toEqual(stays);
    expect((await story.does('synth', '--check')).out).toBe('');
  });

  it('leaves as many cold revisions as the intent keeps', async () => {
    const story = await Story.begin();
    story.repository.edit('charts/main.ts', 'replicas: 3,', 'replicas: 3, history: { keep: 1 },');
    await story.does('synth');
    story.commit('Keep one');
    const revisions = [story.stable];
    for (const digit of ['2', '3']) {
      await story.releases(digit);
      await story.records('promoted');
      await story.retires();
      revisions.push(story.stable);
    }
    expect(story.lock.cold?.map(({ name }) => name)).toEqual([revisions[1]]);
    expect(Object.keys(story.manifests(deployment(revisions[0] ?? '')))).toEqual([]);
    expect(story.lock.history.map(({ revision }) => revision)).toEqual(revisions.toReversed());
  });
});

describe('a release that was aborted', () => {
  it('leaves an intent that starts nothing until it changes or somebody asks', async () => {
    const story = await Story.begin();
    const first = story.stable;
    await story.releases('2');
    const { candidate, hash } = story.inFlight;
    expect((await story.records('aborted')).out).toContain('starts again with `tidegate synth --retry web`');
    expect(story.lock).toMatchObject({
      inFlight: null,
      declined: { revision: candidate.name, reason: 'aborted' },
      retiring: [{ reason: 'abandoned' }],
    });
    expect(story.stable).toBe(first);
    story.repository.edit('charts/main.ts', 'weights: [5, 50, 100]', 'weights: [1, 50, 100]');
    expect((await story.does('synth')).out).toContain(`${candidate.name} stays given up`);
    expect((await story.does('synth', '--refresh')).out).not.toContain('started');
    expect(story.lock.inFlight).toBeNull();
    await story.does('synth', '--retry', 'web');
    expect(story.inFlight).toMatchObject({ candidate: { name: candidate.name }, plan: { attempt: 2 } });
    expect(story.inFlight.hash).not.toBe(hash);
    expect(story.lock.declined).toBeUndefined();
  });

  it('can put the image of stable back where images.yaml says it', async () => {
    const story = await Story.begin();
    const rest = story.manifests(/\.yaml$/);
    const images = story.repository.read('images.yaml');
    await story.releases('2');
    await story.records('aborted', '--revert');
    expect(story.repository.read('images.yaml')).toBe(images);
    expect(story.lock).toMatchObject({ inFlight: null, retiring: [{ reason: 'abandoned' }] });
    expect(story.lock.declined).toBeUndefined();
    await story.retires();
    expect(story.lock.cold).toBeUndefined();
    expect(story.manifests(/\.yaml$/)).toEqual(rest);
  });

  it('tells which files of which commit to put back where a program says more than the image', async () => {
    const story = await Story.begin();
    await story.does('set-image', `web@${DIGEST('2')}`);
    story.repository.edit('charts/main.ts', 'replicas: 3,', "replicas: 3, env: { MODE: 'fast' },");
    await story.does('synth');
    story.commit('Release 2');
    const before = story.repository.files('.');
    const { code, err } = await story.tidegate('record', 'web', '--from', story.put(story.ended('aborted')), '--revert');
    expect(code).toBe(2);
    expect(err).toContain('the release of web changed more than its image');
    expect(err).toContain(`git checkout ${story.git('rev-parse', 'HEAD').slice(0, 12)}^ -- charts/main.ts images.yaml`);
    expect({ ...story.repository.files('.'), 'out/record.json': '' }).toEqual({ ...before, 'out/record.json': '' });
  });
});

describe('what is refused, and leaves everything as it was', () => {
  it('a dirty tree, an intent that moved on, a lock that was edited, and one with a conflict', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const from = story.put(story.ended('promoted'));
    const record = () => story.tidegate('record', 'web', '--from', from);
    await story.does('set-image', `web@${DIGEST('3')}`);
    expect(await record()).toMatchObject({ code: 2, err: expect.stringContaining('images.yaml is changed and not committed') });
    story.commit('Forget to synthesize');
    expect(await record()).toMatchObject({ code: 2, err: expect.stringContaining('not what `tidegate synth` gives') });
    story.git('reset', '--quiet', '--hard', 'HEAD~1');
    const lock = story.repository.read(LOCK);
    story.repository.edit(LOCK, 'attempts: 1', 'attempts: 2');
    expect(await record()).toMatchObject({ code: 2, err: expect.stringContaining('attempts') });
    story.repository.write(LOCK, `<<<<<<< HEAD\n${lock}`);
    expect((await record()).code).toBe(2);
    story.repository.write(LOCK, lock);
    expect(story.git('status', '--porcelain')).toBe('');
  });

  it('a first entry where the last commit has a lock, which would prune what serves', async () => {
    const story = await Story.begin();
    await story.releases('2');
    rmSync(join(story.repository.directory, LOCK));
    const { code, err } = await story.tidegate('record', 'web', '--initial');
    expect([code, err]).toEqual([2, expect.stringContaining(`git checkout HEAD -- ${LOCK}`)]);
    expect(story.git('status', '--porcelain').trim()).toBe(`D ${LOCK}`);
  });

  it('needs neither git nor a branch', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const from = story.put(story.ended('promoted'));
    story.git('checkout', '--quiet', '--detach');
    await story.does('record', 'web', '--from', from);
    const output = story.repository.output();
    story.git('checkout', '--quiet', '--', '.');
    rmSync(join(story.repository.directory, '.git'), { recursive: true });
    rmSync(join(story.repository.directory, 'releases'), { recursive: true });
    await story.does('record', 'web', '--from', from);
    expect(story.repository.output()).toEqual(output);
  });
});

describe('in a cluster', () => {
  const ROUTE = '/apis/networking.istio.io/v1/namespaces/shop/virtualservices/web';
  const STATUS = '/api/v1/namespaces/shop/configmaps/web-status';

  async function inCluster(): Promise<{ readonly story: Story; readonly api: ApiServer }> {
    const [story, api] = [await Story.begin(), await ApiServer.start()];
    story.repository.write('kubeconfig.yaml', api.kubeconfig);
    await story.releases('2');
    return { story, api };
  }
  const route = (api: ApiServer, weights: Readonly<Record<string, number>>, target?: string) => {
    const to = Object.entries(weights).map(([name, weight]) => ({ destination: { host: `${name}.shop.svc.cluster.local` }, weight }));
    api.put(ROUTE, { spec: { http: [{ route: to }] } }, target === undefined ? {} : { 'tidegate.dev/target': target });
  };

  it('the record is that of the status, and counts once the route agrees', async () => {
    const { story, api } = await inCluster();
    const record = () => story.tidegate('record', 'web', '--kubeconfig', 'kubeconfig.yaml');
    expect(await record()).toMatchObject({ code: 1, err: expect.stringContaining('no runner has begun') });
    api.put(STATUS, { data: { phase: 'Progressing' } });
    expect(await record()).toMatchObject({ code: 1, err: expect.stringContaining('its phase is Progressing') });
    const [stable, candidate] = [story.stable, story.inFlight.candidate.name];
    api.put(STATUS, { data: { phase: 'Promoted', 'record.json': story.ended('promoted') } });
    route(api, { [stable]: 100, [candidate]: 0 });
    expect(await record()).toMatchObject({ code: 1, err: expect.stringContaining('gives the candidate 0 %') });
    expect(story.git('status', '--porcelain')).toBe('');
    route(api, { [stable]: 0, [candidate]: 100 });
    expect(await record()).toMatchObject({ code: 0 });
    story.commit('Record');

    const retire = () => story.tidegate('record', 'web', '--retire', '--kubeconfig', 'kubeconfig.yaml', '--now', '2026-03-02T00:00:00Z');
    route(api, { [stable]: 1, [candidate]: 99 });
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining(`still gives ${stable} requests`) });
    route(api, { [stable]: 0, [candidate]: 100 }, 'staging');
    expect(await retire()).toMatchObject({
      code: 1,
      err: expect.stringContaining("VirtualService web in this cluster is of target 'staging'"),
    });
    route(api, { [stable]: 0, [candidate]: 100 }, 'production');
    expect(await retire()).toMatchObject({ code: 0 });
    expect(story.lock.cold?.map(({ name }) => name)).toEqual([stable]);
  });

  it('a former route is retired once the new one is accepted and leads to stable', async () => {
    const [story, api] = [await Story.begin(), await ApiServer.start()];
    story.repository.write('kubeconfig.yaml', api.kubeconfig);
    story.repository.edit('charts/main.ts', "router: 'istio'", "router: 'gateway-api'");
    await story.does('synth');
    story.commit('Change the router');
    const before = story.repository.output();
    const retire = () => story.tidegate('record', 'web', '--retire-route', '--kubeconfig', 'kubeconfig.yaml');
    const live = (service: string, status: string, target = 'production') => {
      const spec = { rules: [{ backendRefs: [{ name: service }] }] };
      const object = { spec, status: { parents: [{ conditions: [{ type: 'Accepted', status }] }] } };
      api.put('/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web', object, { 'tidegate.dev/target': target });
    };
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining('HTTPRoute web is not in namespace shop') });
    live(story.stable, 'False');
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining('is not accepted by all of its gateways') });
    live('another', 'True');
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining(`does not lead to ${story.stable}`) });
    live(story.stable, 'True', 'staging');
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining("HTTPRoute web in this cluster is of target 'staging'") });
    expect(story.repository.output()).toEqual(before);
    live(story.stable, 'True');
    expect(await retire()).toMatchObject({ code: 0, out: expect.stringContaining('the istio route goes') });
    expect(Object.keys(story.manifests(/virtualservice/))).toEqual([]);
    expect((await story.does('record', 'web', '--retire-route')).out).toContain('has no route of a former router');
  });

  it('what was superseded is retired in flight by a person, once the cluster has left it', async () => {
    const { story, api } = await inCluster();
    const [stable, first] = [story.stable, story.inFlight.candidate.name];
    await story.releases('3');
    const second = story.inFlight.candidate.name;
    const retire = () => story.tidegate('record', 'web', '--retire', '--unrecorded', '--kubeconfig', 'kubeconfig.yaml');
    route(api, { [stable]: 100, [first]: 0 });
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining(`VirtualService web still names ${first}`) });
    route(api, { [stable]: 100, [second]: 0 });
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining('the runner of web in the cluster is not there') });
    const annotations = { 'tidegate.dev/plan': story.inFlight.hash };
    api.put('/apis/apps/v1/namespaces/shop/deployments/web-runner', { spec: { template: { metadata: { annotations } } } });
    expect(await retire()).toMatchObject({ code: 0, out: expect.stringContaining(`${first} is gone`) });
    expect(story.lock).toMatchObject({ retiring: [], inFlight: { candidate: { name: second } } });
    expect(await story.tidegate('record', '--check')).toMatchObject({ code: 1, err: expect.stringContaining(`has left ${first}`) });
  });

  it('that gives no answer changes nothing', async () => {
    const { story, api } = await inCluster();
    api.before = () => ({ status: 503, message: 'overloaded' });
    expect(await story.tidegate('record', 'web', '--kubeconfig', 'kubeconfig.yaml')).toMatchObject({
      code: 2,
      err: expect.stringContaining('overloaded'),
    });
    expect(story.git('status', '--porcelain')).toBe('');
  });
});
