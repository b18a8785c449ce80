// From the status that the runner's own logic leaves, over the notifier, a service and its ready job, to the commit.
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { resolveNotifications } from '../../lib/intent/resolve-notifications.ts';
import { Notifier } from '../../lib/notify/notifier.ts';
import { networkExchange } from '../../lib/runner/exchange.ts';
import type { Release } from '../../lib/runner/release.ts';
import { type ReleaseRecord, releaseRecord } from '../../lib/runner/report.ts';
import type { Report } from '../../lib/runner/run.ts';
import type { Status } from '../../lib/runner/status.ts';
import { walkCalmly } from '../../lib/sim/calm.ts';
import { CLI } from '../cli/repository.ts';
import { type Call, chat } from '../notify/server.ts';
import { Story } from './story.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOKEN = 'token-0123456789abcdefghij';
const token = { name: 'git', key: 'token' };
const IDENTITY = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

/** A release in flight whose branch is on a host of its own. What is in flight is as it was then: jobs move the working tree. */
async function inFlight() {
  const story = await Story.begin();
  await story.releases('2');
  story.git('clone', '--quiet', '--bare', '.', join(story.repository.directory, 'out/origin.git'));
  story.git('remote', 'add', 'origin', 'out/origin.git');
  story.git('fetch', '--quiet', 'origin');
  const { plan, hash } = story.inFlight;
  return { story, release: { plan, hash }, intent: story.lock.intent };
}

/** What the runner's logic writes last, once all gates pass or its errors are too many. */
function statusAfter(release: Release, errors: number): Status {
  const seconds = { startSeconds: 10, jobSeconds: 5, acceptedSeconds: 1, servedSeconds: 1, approvalSeconds: 60 };
  const measured = () => ({ kind: 'numbers', values: [errors] }) as const;
  const { status } = walkCalmly(release, { stableReplicas: 3, ...seconds, measured });
  return status ?? expect.fail('the runner wrote nothing');
}

const reportOf = (release: Release, status: Status): Report => ({
  phase: status.phase,
  step: status.step,
  weight: status.level.set.weight,
  reason: status.reason,
  ready: true,
  lookedAt: status.heartbeat,
  troubles: 0,
  release,
  view: { kind: 'ours', status, resourceVersion: '7' },
});

/** Tells the status to a service at `origin`, and returns what the service was sent. */
async function told(
  release: Release,
  status: Status,
  server: Awaited<ReturnType<typeof chat>>,
  notification: 'github' | 'gitlab',
): Promise<Call> {
  const origin = `http://127.0.0.1:${server.port}`;
  const { notifications = [] } = resolveNotifications([
    notification === 'github'
      ? { github: { repository: 'shop/releases', token, api: origin } }
      : { gitlab: { project: 'shop/releases', ref: 'main', token, url: origin } },
  ]);
  await new Promise<void>((resolve, reject) => {
    new Notifier({
      channels: notifications,
      ...release,
      clock: { now: () => status.heartbeat, sleep: async () => {} },
      log: ({ message }) => reject(new Error(message)),
      exchange: async (request) => {
        const answer = await networkExchange().exchange(request);
        setImmediate(resolve);
        return answer;
      },
      readKey: async () => TOKEN,
    }).report(reportOf(release, status));
  });
  return server.calls.at(-1) ?? expect.fail('nobody was told');
}

/** GitHub's part: what it asks of a dispatch, and the event that its workflow then finds as a file. */
const github = () => chat((response) => response.writeHead(204).end());

function dispatched(story: Story, { method, url, headers, body }: Call): string {
  expect([method, url, headers.authorization]).toEqual(['POST', '/repos/shop/releases/dispatches', `Bearer ${TOKEN}`]);
  const { event_type, client_payload, ...more } = JSON.parse(body);
  expect([event_type, more]).toEqual(['tidegate-record', {}]);
  expect(Object.keys(client_payload).length).toBeLessThanOrEqual(10);
  expect(JSON.stringify(client_payload).length).toBeLessThanOrEqual(65_535);
  const event = { action: event_type, branch: 'main', client_payload, repository: { default_branch: 'main' } };
  story.repository.write('out/event.json', JSON.stringify(event));
  return 'out/event.json';
}

/** The step of the ready workflow that records, with its expressions filled in as GitHub does. */
function workflowOf(event: object, vars: object): { readonly run: string; readonly env: Readonly<Record<string, string>> } {
  const { jobs } = load(readFileSync(join(ROOT, 'integrations/github/record.yml'), 'utf8')) as {
    jobs: { record: { steps: { run?: string; env?: Record<string, string> }[] } };
  };
  const { run = '', env = {} } = jobs.record.steps.at(-1) ?? {};
  const context = { github: { event, token: 'secret' }, secrets: {}, vars };
  const lookUp = (path: string): unknown =>
    path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined | null)?.[key], context);
  const filled = (text: string) =>
    text.replace(/\$\{\{ (.*?) \}\}/g, (_, alternatives: string) =>
      String(
        alternatives
          .split(' || ')
          .map(lookUp)
          .find((value) => value !== undefined && value !== '') ?? '',
      ),
    );
  return { run, env: Object.fromEntries(Object.entries(env).map(([name, text]) => [name, filled(text)])) };
}

async function runWorkflow(story: Story, event: string, vars: Readonly<Record<string, string>> = {}) {
  const { repository } = story;
  cpSync(join(ROOT, 'integrations/record.sh'), join(repository.directory, 'out/.github/tidegate-record.sh'));
  repository.write('out/bin/gh', '#!/bin/sh\necho "$@" >> out/gh.log\n');
  chmodSync(join(repository.directory, 'out/bin/gh'), 0o755);
  const { run, env } = workflowOf(JSON.parse(repository.read(event)), vars);
  return repository.run('bash', ['-e', '-c', run.replace('.github/', 'out/.github/')], {
    ...IDENTITY,
    ...env,
    ...{ TIDEGATE: `${process.execPath} ${CLI}`, RUNNER_TEMP: 'out', GITHUB_EVENT_PATH: event, KUBECONFIG: '' },
    PATH: `${repository.directory}/out/bin:${process.env.PATH}`,
  });
}

/** GitLab's part: what it asks of a trigger, and the body that its job then finds as a file, the token left out. */
const gitlab = () => chat((response) => response.writeHead(201).end('{"id": 9, "status": "created"}'));

function triggered(story: Story, { method, url, headers, body }: Call): string {
  expect([method, url, headers['content-type']]).toEqual(['POST', '/api/v4/projects/shop%2Freleases/trigger/pipeline', 'application/json']);
  const { token: given, ...params } = JSON.parse(body);
  expect([given, params.ref]).toEqual([TOKEN, 'main']);
  story.repository.write('out/payload.json', JSON.stringify({ ...params, id: 'shop/releases', variables: {} }));
  return 'out/payload.json';
}

function runJob(story: Story, payload: string) {
  const { 'tidegate-record': job } = load(readFileSync(join(ROOT, 'integrations/gitlab/record.gitlab-ci.yml'), 'utf8')) as {
    'tidegate-record': { script: string[] };
  };
  cpSync(join(ROOT, 'integrations/record.sh'), join(story.repository.directory, 'out/.gitlab/tidegate-record.sh'));
  return story.repository.run('bash', ['-e', '-c', job.script.join('\n').replace('.gitlab/', 'out/.gitlab/')], {
    ...IDENTITY,
    ...{ BRANCH: 'main', TIDEGATE: `${process.execPath} ${CLI}`, TRIGGER_PAYLOAD: payload, KUBECONFIG: '' },
  });
}

const committed = (story: Story, branch: string, { hash }: Release): ReleaseRecord =>
  JSON.parse(story.git('show', `origin/${branch}:releases/production/web/${hash}.json`));

describe('a release that has ended', () => {
  it('is recorded through GitHub, in a pull request of its own, once however often it is told', async () => {
    const { story, release, intent } = await inFlight();
    const status = statusAfter(release, 0.002);
    expect(status.phase).toBe('Promoted');
    const event = dispatched(story, await told(release, status, await github(), 'github'));
    const first = await runWorkflow(story, event);
    expect(first, first.err).toMatchObject({ code: 0 });
    const branch = `tidegate/record-${release.hash}`;
    const record = releaseRecord(status, release.plan);
    expect(committed(story, branch, release)).toEqual({ ...JSON.parse(JSON.stringify(record)), intent });
    expect(story.repository.read('out/gh.log')).toContain(`pr create --head ${branch} --base main`);
    const pushed = story.git('rev-parse', `origin/${branch}`);
    // While it waits to be merged, the same again changes nothing of it.
    expect((await runWorkflow(story, event)).code).toBe(0);
    expect(story.git('rev-parse', `origin/${branch}`)).toBe(pushed);
    story.git('push', '--quiet', 'origin', `origin/${branch}:main`);
    const after = await runWorkflow(story, event);
    expect([after.code, after.out]).toEqual([0, expect.stringContaining('recorded already')]);
    expect(story.git('rev-parse', 'origin/main')).toBe(pushed);
    // What it replaced is retired by a schedule, where somebody has said that time alone tells.
    story.repository.write('out/event.json', JSON.stringify({ schedule: '*/10 * * * *', repository: { default_branch: 'main' } }));
    const idle = await runWorkflow(story, 'out/event.json');
    expect([idle.code, idle.out]).toEqual([0, 'neither a cluster nor a record\n']);
    const retires = await runWorkflow(story, 'out/event.json', { TIDEGATE_RETIRE_BY_TIME: 'true' });
    expect(retires, retires.err).toMatchObject({ code: 0 });
    expect(story.git('log', '--format=%s', '-1', 'origin/tidegate/record')).toBe('Retire what web has replaced');
  });

  it('is not recorded any more once a newer change of it is merged, and the job says so', async () => {
    const { story, release } = await inFlight();
    const payload = triggered(story, await told(release, statusAfter(release, 0.002), await gitlab(), 'gitlab'));
    await story.releases('3');
    story.git('push', '--quiet', 'origin', 'HEAD:main');
    const head = story.git('rev-parse', 'HEAD');
    const run = await runJob(story, payload);
    expect([run.code, run.err]).toEqual([1, expect.stringContaining(`the record is of plan ${release.hash}, and plan`)]);
    expect(story.git('rev-parse', 'origin/main')).toBe(head);
  });

  it('is recorded through GitLab, one that was aborted too', async () => {
    const { story, release } = await inFlight();
    const status = statusAfter(release, 0.5);
    expect(status.phase).toBe('Aborted');
    const payload = triggered(story, await told(release, status, await gitlab(), 'gitlab'));
    expect(story.repository.read(payload)).not.toContain(TOKEN);
    const run = await runJob(story, payload);
    expect(run, run.err).toMatchObject({ code: 0 });
    expect(story.git('log', '--format=%s', '-1', 'origin/main')).toBe('Record the release of web');
    expect(committed(story, 'main', release)).toMatchObject({ outcome: 'aborted', by: 'gate', steps: expect.any(Array) });
  });

  it('brings evidence that is too much for the service compressed, and all of it', async () => {
    const { story, release } = await inFlight();
    const status = statusAfter(release, 0.002);
    const [gate, ...others] = status.evidence;
    const samples = Array.from({ length: 700 }, (_, n) => ({
      at: status.begunAt + n,
      outcome: 'pass' as const,
      message: '',
      value: `0.00${n}`,
      weight: 5,
    }));
    const large = { ...status, evidence: [{ ...(gate ?? expect.fail()), samples }, ...others], reason: 'x'.repeat(40_000) };
    const record = JSON.parse(JSON.stringify(releaseRecord(large, release.plan)));
    const call = await told(release, large, await github(), 'github');
    const event = dispatched(story, call);
    const packed = JSON.parse(call.body).client_payload.record;
    expect(JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString())).toEqual(record);
    const run = await runWorkflow(story, event);
    expect(run, run.err).toMatchObject({ code: 0 });
    expect(committed(story, `tidegate/record-${release.hash}`, release).gates).toEqual(record.gates);
  });
});

describe('a payload that is not to be believed', () => {
  const zip = (text: string) => Buffer.from(text).toString('base64');
  const cases: readonly [what: string, record: (good: ReleaseRecord) => unknown, code: number, why: string][] = [
    ['is of another plan', (good) => ({ ...good, plan: '00000000' }), 1, 'is in flight'],
    ['ends in the future', (good) => ({ ...good, endedAt: '2999-01-01T00:00:00.000Z' }), 1, 'here it is'],
    ['names another candidate', (good) => ({ ...good, candidate: { ...good.candidate, image: 'evil' } }), 1, 'it was edited'],
    ['says promoted and stopped half way', (good) => ({ ...good, steps: good.steps.slice(0, 3) }), 2, 'none of its steps'],
    ['has an option for a name', (good) => ({ ...good, release: '--initial' }), 1, "the record's release is no name"],
    ['leads out of the repository', (good) => ({ ...good, target: '../../other' }), 1, "the record's target is no name"],
    ['is of a release that is not here', (good) => ({ ...good, release: 'shop' }), 2, 'shop'],
    ['is not compressed', () => zip('no gzip'), 1, 'incorrect header check'],
    ['is no object', () => 7, 1, "the record's release is no name"],
  ];

  it('changes nothing, and the job fails', async () => {
    const { story } = await inFlight();
    const good: ReleaseRecord = JSON.parse(story.ended('promoted'));
    const head = story.git('rev-parse', 'origin/main');
    for (const [what, record, code, why] of cases) {
      story.repository.write('out/payload.json', JSON.stringify({ record: record(good) }));
      const run = await runJob(story, 'out/payload.json');
      expect([what, run.code, run.err]).toEqual([what, code, expect.stringContaining(why)]);
      expect([what, story.git('rev-parse', 'origin/main'), story.git('status', '--porcelain')]).toEqual([what, head, '']);
    }
  });
});
