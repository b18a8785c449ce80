import { createHmac, randomBytes } from 'node:crypto';
import { transform } from 'esbuild';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { EVENTS } from '../../lib/intent/notification.ts';
import type { ResolvedNotification } from '../../lib/intent/resolved.ts';
import { Notifier } from '../../lib/notify/notifier.ts';
import type { Plan } from '../../lib/plan/plan.ts';
import { networkExchange } from '../../lib/runner/exchange.ts';
import type { Report } from '../../lib/runner/run.ts';
import { newStatus, type Status } from '../../lib/runner/status.ts';
import { pages } from '../docs/pages.ts';
import { serveTls } from '../gates/providers/server.ts';
import { planOf } from '../plan/plans.ts';
import { selfSigned } from '../runner/certificate.ts';
import { approval, scale, switchOver } from '../runner/release.ts';
import { type Call, chat } from './server.ts';

const BEGUN = Date.UTC(2026, 0, 5, 9);
const KEY = `whsec_${Buffer.from('k'.repeat(32)).toString('base64')}`;
const steps = [scale(), { ...approval(), count: 2 }, switchOver()];
const report = (phase: Report['phase'], step = 0, reason = 'because'): Report => ({
  phase,
  step,
  weight: 5,
  reason,
  ready: true,
  lookedAt: BEGUN,
  troubles: 0,
});

interface Given {
  readonly url: string;
  readonly port: number;
  readonly channel?: Partial<ResolvedNotification>;
  readonly plan?: Partial<Plan>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Milliseconds, in place of the ten seconds that it has. */
  readonly timeout?: number;
}

function notifier({ url, port, channel, plan, secrets, timeout }: Given) {
  const log: string[] = [];
  const waits: number[] = [];
  let now = BEGUN;
  const keys: Readonly<Record<string, string>> = secrets ?? { 'chat/url': url, 'chat/key': KEY };
  const { exchange } = networkExchange();
  const told = new Notifier({
    channels: [
      {
        channel: 'webhook',
        url: { name: 'chat', key: 'url' },
        port,
        signingKey: { name: 'chat', key: 'key' },
        on: EVENTS,
        approvers: [],
        texts: {},
        ...channel,
      },
    ],
    plan: planOf(steps, plan),
    hash: '0a1b2c3d',
    random: () => 1,
    clock: {
      now: () => now,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        now += milliseconds;
      },
    },
    log: ({ message }) => log.push(message),
    exchange: (request) => exchange({ ...request, timeoutMilliseconds: timeout ?? request.timeoutMilliseconds }),
    readKey: async (kind, { name, key }) =>
      keys[`${name}/${key}`] ?? Promise.reject(new Error(`${kind} ${name} with the key '${key}' is not there`)),
  });
  /** What is under way ends first. */
  const passes = async (milliseconds: number) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    now += milliseconds;
  };
  return { told, log, waits, passes, now: () => now };
}

describe('a webhook', () => {
  test('gets JSON whose signature anybody with the key can check', async () => {
    const server = await chat();
    const { told } = notifier(server);
    told.report(report('Progressing', 1));
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    const { headers, body, method } = server.calls[0] as Call;
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(method).toBe('POST');
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', 'k'.repeat(32)).update(signed).digest('base64')}`);
    expect(headers['webhook-timestamp']).toBe(String(BEGUN / 1_000));
    expect(JSON.parse(body)).toMatchObject({
      type: 'tidegate.release.approvalNeeded',
      timestamp: '2026-01-05T09:00:00.000Z',
      data: {
        release: 'web',
        plan: '0a1b2c3d',
        weight: 5,
        approval: { name: 'promote', question: 'look', count: 2, command: 'tidegate approve web promote --namespace shop' },
      },
    });
  });

  test('is believed by the receiver that the page about it shows, and a changed one is not', async () => {
    const page = pages().find(({ path }) => path === 'docs/how-to/notifications.md');
    const source = page?.blocks.find(({ file }) => file === 'receiver/verify.ts')?.text ?? '';
    const { code } = await transform(source, { loader: 'ts' });
    const { isGenuine } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    const server = await chat();
    notifier(server).told.report(report('Held'));
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    const { headers, body } = server.calls[0] as Call;
    expect(isGenuine(headers, body, KEY, BEGUN + 60_000)).toBe(true);
    expect(isGenuine(headers, `${body} `, KEY, BEGUN)).toBe(false);
    expect(isGenuine(headers, body, KEY, BEGUN + 400_000)).toBe(false);
    expect(isGenuine({ ...headers, 'webhook-timestamp': undefined }, body, KEY, BEGUN)).toBe(false);
  });

  test('that fails for a while gets the same message again, each attempt signed anew', async () => {
    const server = await chat((response, call) => response.writeHead(call < 2 ? 503 : 204).end());
    const { told, log, waits } = notifier(server);
    told.report(report('Held'));
    await vi.waitFor(() => expect(server.calls).toHaveLength(3));
    const ids = server.calls.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    expect(new Set(server.calls.map(({ headers }) => headers['webhook-signature'])).size).toBe(3);
    expect(waits).toEqual([2_000, 4_000]);
    expect(log).toEqual([]);
  });

  test.each<[what: string, answer: Parameters<typeof chat>[0], calls: number, why: string]>([
    ['answers 5xx for an hour', (response) => response.writeHead(500).end(), 7, 'it answers 500, 7 times'],
    ['hangs', () => {}, 7, 'no full answer within 0.03s, 7 times'],
    [
      'redirects to a private address',
      (response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
      1,
      'it answers 307, and redirects are not followed',
    ],
    ['knows no such hook', (response) => response.writeHead(404).end('no_service'), 1, 'it answers 404'],
    ['answers without end', (response) => response.end('x'.repeat(100_000)), 1, 'the answer is larger than 65536 bytes'],
  ])('that %s is given up with one line, and the next message is brought', async (_, answer, calls, why) => {
    const server = await chat((response, call) => (call < calls ? answer?.(response, call) : response.end()));
    const { told, log } = notifier({ ...server, timeout: 30 });
    told.report(report('Held'));
    told.report(report('Aborting'));
    await vi.waitFor(() => expect(server.calls).toHaveLength(calls + 1), { timeout: 3_000 });
    expect(log).toEqual([`notification 'held' was not brought to webhook (chat/url): ${why}`]);
    expect(JSON.parse(server.calls.at(-1)?.body ?? '{}').type).toBe('tidegate.release.aborted');
  });

  test.each(['Secret', 'ConfigMap'] as const)('is trusted by the CA of a %s, and by no other', async (kind) => {
    const [own, other] = [selfSigned('own'), selfSigned('other')];
    let calls = 0;
    const server = await serveTls(own, (_, response) => response.end(String(calls++)));
    onTestFinished(() => server.close());
    const ca = { name: 'ca', key: 'ca.crt' };
    const channel: Given['channel'] = { tls: kind === 'Secret' ? { caSecret: ca } : { caConfigMap: ca } };
    const telling = (more: Pick<Given, 'channel'>, cert: string) => {
      const { told, log } = notifier({ ...server, ...more, secrets: { 'chat/url': server.url, 'chat/key': KEY, 'ca/ca.crt': cert } });
      told.report(report('Held'));
      return log;
    };
    const log = telling({ channel }, own.cert);
    await vi.waitFor(() => expect([calls, log]).toEqual([1, []]));
    for (const distrusting of [telling({}, own.cert), telling({ channel }, other.cert), telling({ channel }, 'no PEM')])
      await vi.waitFor(() => expect(distrusting.join()).toContain('certificate'));
    expect(calls).toBe(1);
  });

  test('that asks for patience gets it, up to a minute', async () => {
    const server = await chat((response, call) =>
      call < 2 ? response.writeHead(429, { 'retry-after': call === 0 ? '7' : '86400' }).end() : response.end(),
    );
    const { told, waits } = notifier(server);
    told.report(report('Held'));
    await vi.waitFor(() => expect(server.calls).toHaveLength(3));
    expect(waits).toEqual([7_000, 60_000]);
  });

  test('is told five times in ten minutes that something is held, and still that it was aborted', async () => {
    const server = await chat();
    const { told, log } = notifier(server);
    for (let time = 0; time < 8; time++) for (const phase of ['Held', 'Progressing'] as const) told.report(report(phase, 2));
    told.report(report('Aborting', 2));
    await vi.waitFor(() => expect(server.calls).toHaveLength(6));
    expect(log).toEqual(
      Array(3).fill("notification 'held' was not brought to webhook (chat/url): more than 5 of its kind within 10 minutes"),
    );
  });

  test.each<[what: string, secrets: Readonly<Record<string, string>>, why: string]>([
    ['is no URL', { 'chat/url': 'hooks' }, "key 'url' of Secret chat is no URL"],
    [
      'has another port',
      { 'chat/url': 'https://chat.example.com:8443/t0ps3cret' },
      "key 'url' of Secret chat is a URL with port 8443, and the intent says port 443",
    ],
    [
      'has a password',
      { 'chat/url': 'https://me:t0ps3cret@chat.example.com/' },
      "key 'url' of Secret chat must be an https or http URL without user and password",
    ],
    ['is missing', {}, "Secret chat with the key 'url' is not there"],
    [
      'comes with a key that signs nothing',
      { 'chat/url': 'https://chat.example.com/', 'chat/key': 'short' },
      "key 'key' of Secret chat signs nothing: it has fewer than 24 characters",
    ],
    ...[`whsec_${'*'.repeat(40)}`, 'whsec_c2hvcnQgYnV0IGJhc2U2NA==', `whsec_${'k'.repeat(31)}!`].map(
      (key): [string, Given['secrets'] & object, string] => [
        `comes with a key that is not what it says, ${key}`,
        { 'chat/url': 'https://chat.example.com/', 'chat/key': key },
        "key 'key' of Secret chat signs nothing: what follows whsec_ is not base64 of at least 24 bytes",
      ],
    ),
  ])('whose URL %s is not called, and the line names no secret', async (_, secrets, why) => {
    const { told, log } = notifier({ url: '', port: 443, secrets });
    told.report(report('Held'));
    await vi.waitFor(() => expect(log).toHaveLength(1));
    expect(log).toEqual([`notification 'held' was not brought to webhook (chat/url): ${why}, 7 times`]);
  });

  test('whose host cannot be found is not named', async () => {
    const { told, log } = notifier({ url: 'https://t0ps3cret.hooks.invalid/', port: 443 });
    told.report(report('Held'));
    await vi.waitFor(() => expect(log).toHaveLength(1), { timeout: 10_000 });
    expect(log[0]).not.toContain('t0ps3cret');
  });

  test('that was down for long gets the last message once it is back, and no other', async () => {
    let down = true;
    const server = await chat((response) => response.writeHead(down ? 503 : 204).end());
    const { told, log, passes, now } = notifier(server);
    const settled = (calls: number) => vi.waitFor(() => expect(server.calls).toHaveLength(calls));
    const goesOn = async (milliseconds: number) => {
      await passes(milliseconds);
      told.report({ ...report('Held', 2), lookedAt: now() });
    };
    told.report(report('Progressing', 1));
    told.report(report('Held', 2));
    await settled(14);
    expect(log).toHaveLength(2);
    await goesOn(290_000);
    await goesOn(20_000);
    await settled(21);
    down = false;
    await goesOn(310_000);
    await settled(22);
    await goesOn(3_600_000);
    await passes(0);
    expect([server.calls.length, log.length]).toEqual([22, 2]);
    expect(new Set(server.calls.slice(7).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(JSON.parse(server.calls.at(-1)?.body ?? '').type).toBe('tidegate.release.held');
  });

  test('that was down for long hears nothing of what nobody waits for any more', async () => {
    const server = await chat((response) => response.writeHead(503).end());
    const { told, passes, now } = notifier(server);
    told.report(report('Progressing', 1));
    await vi.waitFor(() => expect(server.calls).toHaveLength(7));
    await passes(400_000);
    told.report({ ...report('Progressing', 2), lookedAt: now() });
    await passes(400_000);
    told.look();
    await passes(0);
    expect(server.calls.filter(({ body }) => JSON.parse(body).type === 'tidegate.release.approvalNeeded')).toHaveLength(7);
  });

  test('hears nothing of events that it did not ask for', async () => {
    const server = await chat();
    const { told } = notifier({ ...server, channel: { on: ['aborted'] } });
    told.report(report('Held'));
    told.report(report('Aborting'));
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    expect(JSON.parse(server.calls[0]?.body ?? '').type).toBe('tidegate.release.aborted');
  });
});

describe('a service that takes records', () => {
  const status = { ...newStatus({ plan: '0a1b2c3d', planUid: 'uid', at: BEGUN, generation: 1 }), phase: 'Aborted' } as const;
  const ended = (more: Partial<Status> = {}): Report => ({
    ...report('Aborted', 2),
    release: { plan: planOf(steps), hash: '0a1b2c3d' },
    view: { kind: 'ours', status: { ...status, ...more }, resourceVersion: '7' },
  });
  const to = (channel: 'github' | 'gitlab', url: string): Partial<ResolvedNotification> => ({
    ...{ channel, url: `${url}/dispatch`, signingKey: null, token: { name: 'git', key: 'token' }, ref: 'main', on: ['ended'] },
  });
  const secrets = { 'git/token': 't0ps3cret' };

  test.each(['github', 'gitlab'] as const)('on %s hears of the end alone, with the record', async (channel) => {
    const server = await chat();
    const { told, log } = notifier({ ...server, channel: to(channel, server.url), secrets });
    told.report(report('Held'));
    told.report(ended());
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    const { client_payload, ...body } = JSON.parse(server.calls[0]?.body ?? '');
    expect(client_payload ?? body).toMatchObject({
      type: 'tidegate.release.ended',
      data: { release: 'web', plan: '0a1b2c3d', phase: 'Aborted' },
      record: { version: 1, plan: '0a1b2c3d', outcome: 'aborted' },
    });
    expect(log).toEqual([]);
  });

  test.each<[what: string, secrets: Readonly<Record<string, string>>, more: Partial<Status>, why: RegExp]>([
    ['a token that is missing', {}, {}, /: Secret git with the key 'token' is not there, 7 times$/],
    [
      'a token of two lines',
      { 'git/token': 'a\nb' },
      {},
      /: key 'token' of Secret git is no token: it is empty, or has a space in it, 7 times$/,
    ],
    [
      'a record that is too large even compressed',
      secrets,
      { reason: randomBytes(100_000).toString('base64') },
      /: its record has \d+ bytes, compressed, and at most 50000 are taken: `tidegate record` asks the cluster for it$/,
    ],
  ])('is not called with %s, and the line says so', async (_, keys, more, why) => {
    const server = await chat();
    const { told, log } = notifier({ ...server, channel: to('github', server.url), secrets: keys });
    told.report(ended(more));
    await vi.waitFor(() => expect(log).toHaveLength(1));
    expect(log[0]).toMatch(why);
    expect(log[0]).not.toContain('a\nb');
    expect(server.calls).toEqual([]);
  });

  test('as a webhook of its own gets it signed, where it asks for it', async () => {
    const server = await chat();
    const { told } = notifier({ ...server, channel: { on: ['ended'] } });
    told.report(ended());
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    const { headers, body } = server.calls[0] as Call;
    expect(headers['webhook-signature']).toMatch(/^v1,/);
    expect(JSON.parse(body).record).toMatchObject({ outcome: 'aborted' });
  });
});

describe('a chat', () => {
  const textTo = async (channel: Partial<ResolvedNotification>, said: Report, plan: Partial<Plan> = {}) => {
    const server = await chat();
    notifier({ ...server, channel: { signingKey: null, ...channel }, plan }).told.report(said);
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    return JSON.parse(server.calls[0]?.body ?? '');
  };

  test('in Slack reads what to do and who may, and what a release says calls nobody', async () => {
    const approvers = ['<!subteam^S01>', 'not the author'];
    expect(await textTo({ channel: 'slack', approvers }, report('Progressing', 1), { risk: 'high' })).toEqual({
      text: [
        'web in shop needs approval promote at 5 %. look',
        'Who: <!subteam^S01>, not the author (2 different people, by a merge of approvals.yaml)',
        'How: tidegate approve web promote --git',
      ].join('\n'),
      unfurl_links: false,
      unfurl_media: false,
    });
    const { text } = await textTo({ channel: 'slack' }, report('Held', 2, 'gate said <!channel> & more'));
    expect(text).toBe('web in shop is held at 5 %: gate said &lt;!channel&gt; &amp; more');
  });

  test('in Teams shows text as it is', async () => {
    const { type, attachments } = await textTo({ channel: 'teams' }, report('Aborting', 2, '[click](http://example.com)'));
    expect(type).toBe('message');
    expect(attachments).toMatchObject([
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          type: 'AdaptiveCard',
          body: [
            {
              type: 'RichTextBlock',
              inlines: [{ type: 'TextRun', text: 'web in shop is aborted, all traffic goes to stable: [click](http://example.com)' }],
            },
          ],
        },
      },
    ]);
  });

  test('uses the words of the intent', async () => {
    const texts = { held: 'Hey *{{release}}*: {{reason}}, {{step}}/{{steps}} of {{plan}}' };
    expect(await textTo({ channel: 'slack', texts }, report('Held', 2))).toMatchObject({ text: 'Hey *web*: because, 2/3 of 0a1b2c3d' });
  });
});
