import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiServer } from '../cli/api-server.ts';
import { CLI, DIGEST } from '../cli/repository.ts';
import { LOCK, Story } from './story.ts';

const deployment = (revision: string) => new RegExp(`deployment-${revision}\\.yaml$`);
const replicasOf = (manifests: Readonly<Record<string, string>>) =>
  Object.values(manifests).map((text) => /^ {2}replicas: (\d+)$/m.exec(text)?.[1] ?? null);
const withoutReplicas = (manifests: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(manifests).map(([path, text]) => [path, text.replace(/^ {2}replicas: \d+\n/m, '')]));

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
  const route = (api: ApiServer, weights: Readonly<Record<string, number>>) =>
    api.put(ROUTE, {
      spec: {
        http: [
          { route: Object.entries(weights).map(([name, weight]) => ({ destination: { host: `${name}.shop.svc.cluster.local` }, weight })) },
        ],
      },
    });

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
    route(api, { [stable]: 0, [candidate]: 100 });
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
    const live = (service: string, status: string) =>
      api.put('/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web', {
        spec: { rules: [{ backendRefs: [{ name: service }] }] },
        status: { parents: [{ conditions: [{ type: 'Accepted', status }] }] },
      });
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining('HTTPRoute web is not in namespace shop') });
    live(story.stable, 'False');
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining('is not accepted by all of its gateways') });
    live('another', 'True');
    expect(await retire()).toMatchObject({ code: 1, err: expect.stringContaining(`does not lead to ${story.stable}`) });
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

describe('a rollback', () => {
  it('brings a cold revision back byte for byte, and what it replaced stays given up', async () => {
    const story = await Story.begin();
    const first = story.stable;
    const [before] = Object.values(withoutReplicas(story.manifests(deployment(first))));
    await story.releases('2');
    await story.records('promoted');
    await story.retires();
    const second = story.stable;
    const drill = await story.does('rollback', 'web', '--drill');
    expect(drill.out).toContain(`would bring ${first} back`);
    expect(drill.out).toMatch(/^promoted after \d+s$/m);
    expect(story.git('status', '--porcelain')).toBe('');
    await story.does('rollback', 'web');
    story.commit('Roll back');
    const { candidate, plan } = story.inFlight;
    expect(candidate.name).toBe(first);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['scale', 'smoke', 'scale', 'switch', 'bake']);
    expect(Object.values(story.manifests(deployment(first)))).toEqual([before]);
    expect((await story.does('synth', '--check')).out).toBe('');
    expect((await story.does('rollback', 'web')).out).toContain('already');
    await story.records('promoted');
    expect(story.stable).toBe(first);
    expect(story.lock).toMatchObject({ declined: { revision: second, reason: 'rolled back' }, retiring: [{ revision: { name: second } }] });
    expect((await story.does('synth', '--refresh')).out).not.toContain('started');
    expect(story.lock.inFlight).toBeNull();
  });

  it('is what synth chooses where an intent is a proven one again', async () => {
    const story = await Story.begin();
    const first = story.stable;
    await story.releases('2');
    await story.records('promoted');
    await story.does('set-image', `web@${DIGEST('1')}`);
    expect((await story.does('synth')).out).toContain('rollback started');
    expect(story.inFlight).toMatchObject({ rollback: true, warm: true, candidate: { name: first } });
  });

  it('asks one person where risk is high, which the rules accept', async () => {
    const story = await Story.begin();
    await story.releases('2');
    await story.records('promoted');
    story.repository.edit('charts/main.ts', 'replicas: 3,', "replicas: 3, risk: 'high',");
    await story.does('synth');
    story.commit('Mind the risk');
    const { err } = await story.does('rollback', 'web');
    expect(err).toContain('once it waits: tidegate approve web rollback --git');
    expect(story.inFlight.plan.approvals).toEqual({ required: ['rollback'], waived: null });
    await story.does('approve', 'web', '--git', '--by', 'alice@example.com');
    expect(story.repository.read('approvals.yaml')).toContain('approval: rollback');
  });

  it('is refused where there is nothing to go back to, and in flight', async () => {
    const story = await Story.begin();
    expect(await story.tidegate('rollback', 'web')).toMatchObject({
      code: 1,
      err: expect.stringContaining('holds no revision that was stable before'),
    });
    expect(await story.tidegate('rollback', 'web', '--to', 'web-00000000')).toMatchObject({
      code: 1,
      err: expect.stringContaining('was ever stable'),
    });
    await story.releases('2');
    await story.records('promoted');
    await story.releases('3');
    expect(await story.tidegate('rollback', 'web')).toMatchObject({ code: 1, err: expect.stringContaining('tidegate abort web') });
  });
});

describe('record --check', () => {
  const check = (story: Story, ...more: readonly string[]) => story.tidegate('record', '--check', '--now', '2026-03-01T13:00:00Z', ...more);

  it('accepts a record, a revert and a retirement, committed or not, and nothing that comes with one', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const base = story.git('rev-parse', 'HEAD');
    const { hash } = story.inFlight;
    await story.does('record', 'web', '--from', story.put(story.ended('promoted')));
    expect(await check(story)).toMatchObject({ code: 0, out: `web on production: promoted by plan ${hash}\n` });
    story.commit('Record');
    expect((await check(story)).code).toBe(0);
    expect((await check(story, '--base', base)).code).toBe(0);

    const record = `releases/production/web/${hash}.json`;
    const route = 'dist/production/shop/web/virtualservice-web.yaml';
    for (const [path, from, to, why] of [
      [record, 'it ended', 'it went well', ''],
      [record, '"outcome": "promoted"', '"outcome":"promoted"', `${record} is not written as`],
      [record, '"attempt": 1', '"attempt": 2', "the record's attempt is not that of plan"],
      [route, 'weight: 100', 'weight: 99', `${route} is not what follows from the records`],
      ['charts/main.ts', 'replicas: 3', 'replicas: 4', 'charts/main.ts changed, and is no part of a record'],
      ['images.yaml', DIGEST('2'), DIGEST('3'), 'images.yaml changed, and no release was given up'],
      [LOCK, 'attempts: 1', 'attempts: 2', 'is not what follows'],
    ] as const) {
      story.repository.edit(path, from, to);
      const { code, err } = await check(story, '--base', base);
      expect([path, code, err]).toEqual([path, why === '' ? 0 : 1, why === '' ? '' : expect.stringContaining(why)]);
      story.git('checkout', '--quiet', '--', '.');
    }

    for (const path of ['dist/production/evil/pod.yaml', 'dist/production/shop/web/pod-evil.yaml']) {
      story.repository.write(path, 'kind: Pod\n');
      const { code, err } = await check(story, '--base', base);
      expect([code, err]).toEqual([1, expect.stringContaining(`${path} changed, and no release of this repository makes it.`)]);
      rmSync(join(story.repository.directory, path));
    }

    expect(await check(story, '--base', 'nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('git knows no such commit') });
    await story.retires();
    expect(await check(story)).toMatchObject({ code: 0, out: expect.stringMatching(/retired\n$/) });
    const { code, err } = await story.tidegate('record', '--check', '--now', '2026-03-01T12:30:00Z');
    expect([code, err]).toEqual([1, expect.stringContaining('keeps its pods until')]);

    await story.releases('3');
    expect(await check(story)).toMatchObject({ code: 1, err: expect.stringContaining('with neither a record nor') });
    await story.records('aborted', '--revert');
    expect(await check(story)).toMatchObject({ code: 0, out: expect.stringContaining('aborted by plan') });
  });

  it('sees what changed elsewhere in the repository', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const clone = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
    onTestFinished(() => rmSync(clone, { recursive: true, force: true }));
    cpSync(story.repository.directory, join(clone, 'p'), { recursive: true, filter: (path) => !path.endsWith('.git') });
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: clone, stdio: 'pipe' });
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'Begin');
    const p = join(clone, 'p');
    const from = join(story.repository.directory, story.put(story.ended('promoted')));
    await story.does('record', 'web', '--from', from, '--cwd', p);
    const check = () => story.tidegate('record', '--check', '--now', '2026-03-01T13:00:00Z', '--cwd', p);
    expect((await check()).code).toBe(0);
    writeFileSync(join(clone, 'other.yaml'), 'a: 1\n');
    expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining('other.yaml changed, and is no part of a record.') });
  });

  it('says what it lacks: git, or a commit before', async () => {
    const story = await Story.begin();
    expect(await check(story)).toMatchObject({ code: 2, err: expect.stringContaining('no commit before this one') });
    await story.releases('2');
    const clone = join(story.repository.directory, 'out/clone');
    story.git('clone', '--quiet', '--depth=1', `file://${story.repository.directory}`, clone);
    const shallow = await story.tidegate('record', '--check', '--cwd', clone);
    expect(shallow).toMatchObject({ code: 2, err: expect.stringContaining('too shallow') });
    rmSync(join(story.repository.directory, '.git'), { recursive: true });
    expect(await check(story)).toMatchObject({ code: 2, err: expect.stringContaining('no repository of git') });
  });
});

describe('integrations/record.sh', () => {
  const SCRIPT = fileURLToPath(new URL('../../integrations/record.sh', import.meta.url));
  const IDENTITY = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };

  it('pushes what is recorded once, also to a branch that moves while it works', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const origin = join(story.repository.directory, 'out/origin.git');
    story.git('clone', '--quiet', '--bare', '.', origin);
    story.git('remote', 'add', 'origin', origin);
    const record = story.ended('promoted');
    const run = () =>
      story.repository.run('bash', [SCRIPT], { ...IDENTITY, BRANCH: 'main', TIDEGATE: `${process.execPath} ${CLI}`, RECORD: record });
    // Somebody else comes first, once: as the push begins.
    story.git('checkout', '--quiet', '-b', 'other');
    story.repository.write('NOTES.md', 'ours\n');
    story.commit('Notes');
    story.repository.write('.git/hooks/pre-push', '#!/bin/sh\nrm "$0"\ngit push --quiet origin other:main\n');
    chmodSync(join(story.repository.directory, '.git/hooks/pre-push'), 0o755);
    const first = await run();
    expect([first.code, story.git('log', '--format=%s', '-2', 'origin/main')]).toEqual([0, 'Record the release of web\nNotes']);
    const second = await run();
    expect([second.code, second.out]).toEqual([0, expect.stringContaining('recorded already')]);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Record the release of web');
  });

  it('takes the record out of what triggered the job, and leaves a notification without one to who has a cluster', async () => {
    const story = await Story.begin();
    await story.releases('2');
    story.git('clone', '--quiet', '--bare', '.', join(story.repository.directory, 'out/origin.git'));
    story.git('remote', 'add', 'origin', 'out/origin.git');
    const env = {
      ...IDENTITY,
      BRANCH: 'main',
      TIDEGATE: `${process.execPath} ${CLI}`,
      TRIGGER_PAYLOAD: 'out/payload.json',
      KUBECONFIG: '',
    };
    const triggered = (body: object) => {
      // As GitLab writes it: parameters of the trigger beside the body.
      story.repository.write('out/payload.json', JSON.stringify({ ...body, id: '9', ref: 'main', variables: {} }));
      return story.repository.run('bash', [SCRIPT], env);
    };
    const told = await triggered({ type: 'tidegate.release.promoted', timestamp: '2026-03-01T12:00:00Z', data: { release: 'web' } });
    expect([told.code, told.out]).toEqual([0, 'neither a cluster nor a record\n']);
    const record = JSON.parse(story.ended('promoted'));
    expect((await triggered({ record })).code).toBe(0);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Record the release of web');
    const committed = JSON.parse(story.git('show', `origin/main:releases/production/web/${record.plan}.json`));
    expect(committed).toEqual({ ...record, intent: expect.any(String) });
  });

  it('retires what a newer release superseded once that one is recorded, and not in flight', async () => {
    const story = await Story.begin();
    await story.releases('2');
    const superseded = story.inFlight.candidate.name;
    await story.releases('3');
    story.git('clone', '--quiet', '--bare', '.', join(story.repository.directory, 'out/origin.git'));
    story.git('remote', 'add', 'origin', 'out/origin.git');
    // The cluster says that the release has not ended, and that nothing reaches what retires.
    const cli = `exec ${process.execPath} ${CLI} "$@" --now 2027-01-01T00:00:00Z`;
    story.repository.write('out/tidegate', `case "$*" in *--check*) ${cli} ;; *--retire*) ${cli} --without-cluster ;; *) exit 1 ;; esac\n`);
    const run = () => story.repository.run('bash', [SCRIPT], { ...IDENTITY, BRANCH: 'main', TIDEGATE: 'sh out/tidegate' });
    const inFlight = await run();
    expect([inFlight.code, inFlight.out]).toEqual([
      0,
      expect.stringContaining(`${superseded} keeps its pods until plan ${story.inFlight.hash}`),
    ]);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Release 3');
    await story.records('promoted');
    story.git('push', '--quiet', 'origin', 'HEAD:main');
    const after = await run();
    expect([after.code, after.err]).toEqual([0, expect.not.stringContaining('fatal')]);
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Retire what web has replaced');
    expect(story.git('show', `origin/main:${LOCK}`)).not.toContain(superseded);
  });
});

describe('a run that is killed', () => {
  /** Ends the process with SIGKILL where it would put the nth file in its place; tells how many there are. */
  const KILLER = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { renameSync } = fs;
const most = Number(process.env.KILL_AT);
let left = most;
process.on('exit', () => fs.writeFileSync('out/renames', String(most - left)));
fs.renameSync = (...args) => {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL');
  return renameSync(...args);
};
syncBuiltinESMExports();
`;

  /** The last files are the record, with --revert images.yaml, and the lock. */
  const last = (renames: number) => [renames - 3, renames - 2, renames - 1];
  it.each<[string, 'promoted' | 'aborted', readonly string[], 'git' | 'no git', (renames: number) => readonly number[]]>([
    ['of a promotion', 'promoted', [], 'git', (renames) => [0, 1, Math.floor(renames / 2), renames - 2, renames - 1]],
    ['that also puts the image of stable back', 'aborted', ['--revert'], 'git', last],
    ['that also puts the image of stable back where there is no git', 'aborted', ['--revert'], 'no git', last],
  ])('%s leaves the old lock wherever that happens, and the next run completes it', async (_, outcome, options, git, moments) => {
    const story = await Story.begin();
    await story.releases('2');
    if (git === 'no git') rmSync(join(story.repository.directory, '.git'), { recursive: true });
    const args = ['record', 'web', '--from', story.put(story.ended(outcome)), ...options];
    const all = (): Readonly<Record<string, string>> => {
      const { repository } = story;
      return { ...repository.output(), ...repository.files('releases'), 'images.yaml': repository.read('images.yaml') };
    };
    const killer = `--import ${join(story.repository.directory, 'out/killer.mjs')}`;
    const run = (at: number) => story.repository.run(process.execPath, [CLI, ...args], { KILL_AT: String(at), NODE_OPTIONS: killer });
    story.repository.write('out/killer.mjs', KILLER);
    const before = all();
    expect((await run(10_000)).code).toBe(0);
    const after = all();
    const renames = Number(story.repository.read('out/renames'));
    const takeBack = () => {
      for (const folder of ['dist', 'lock', 'releases']) rmSync(join(story.repository.directory, folder), { recursive: true, force: true });
      for (const [path, text] of Object.entries(before)) story.repository.write(path, text);
    };
    takeBack();
    expect(all()).toEqual(before);
    for (const at of moments(renames)) {
      expect([at, (await run(at)).code]).toEqual([at, 255]);
      expect(story.repository.read(LOCK)).toBe(before[LOCK]);
      await story.does(...args);
      expect(all()).toEqual(after);
      takeBack();
      expect(all()).toEqual(before);
    }
  });
});

describe('git revert of the release commit', () => {
  it('ends a release in flight, and one that was recorded as aborted goes back by its intent', async () => {
    const story = await Story.begin();
    const rest = story.repository.output();
    await story.releases('2');
    story.git('revert', '--no-edit', 'HEAD');
    expect(story.repository.output()).toEqual(rest);
    expect((await story.does('synth', '--check')).out).toBe('');
    await story.releases('2');
    await story.records('aborted');
    await story.does('set-image', `web@${DIGEST('1')}`);
    await story.does('synth');
    expect(story.lock.declined).toBeUndefined();
    expect(story.lock.inFlight).toBeNull();
    expect(Object.values(story.manifests(/virtualservice-web/))).toEqual([rest['dist/production/shop/web/virtualservice-web.yaml']]);
  });
});
