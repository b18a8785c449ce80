import { describe, expect, test } from 'vitest';
import { resolveNotifications } from '../../lib/intent/resolve-notifications.ts';
import type { ResolvedIntent, ResolvedNotification } from '../../lib/intent/resolved.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { atRest, context, find, inFlight, render, web } from './fixtures.ts';
import { only, templateOf } from './pods.ts';

const chat = { name: 'chat', key: 'url' };
const slack: ResolvedNotification = {
  channel: 'slack',
  url: chat,
  port: 443,
  signingKey: null,
  on: ['aborted'],
  approvers: [],
  texts: {},
};
const signed: ResolvedNotification = { ...slack, channel: 'webhook', url: { name: 'hook', key: 'url' }, port: 8443, signingKey: chat };
const telling = (...notifications: readonly ResolvedNotification[]): ResolvedIntent => ({ ...web, notifications });
const ofNotify = (objects: readonly KubeObject[]) => objects.filter(({ metadata }) => metadata.name.startsWith('web-notify-'));

describe('notifications', () => {
  const intent = telling(slack, signed);
  const lock = inFlight(intent);
  const objects = render(lock);
  const program = only(ofNotify(objects));

  test('bring a program of their own, named by its content, at rest as in flight', () => {
    expect(program).toMatchObject({
      kind: 'ConfigMap',
      immutable: true,
      data: { 'notify.mjs': context.code.notify, 'channels.json': expect.stringContaining('"channel": "webhook"') },
    });
    expect(only(ofNotify(render(atRest(intent))))).toEqual(program);
    expect(only(ofNotify(render(atRest(telling(slack))))).metadata.name).not.toBe(program.metadata.name);
  });

  test('hold up no pod: program, plan and Secrets may all be missing', () => {
    const { spec } = templateOf(find(objects, 'Deployment', 'web-runner'));
    const secret = (name: string) => ({ secret: { name, items: [{ key: 'url', path: `secrets/${name}/url` }], optional: true } });
    expect(spec.volumes?.at(-1)).toEqual({
      name: 'notify',
      projected: {
        sources: [
          { configMap: { name: program.metadata.name, optional: true } },
          { configMap: { name: `web-plan-${lock.inFlight.hash}`, items: [{ key: 'plan.json', path: 'plan.json' }], optional: true } },
          secret('chat'),
          secret('hook'),
        ],
      },
    });
    expect(only(spec.containers)).toMatchObject({
      env: expect.arrayContaining([{ name: 'TIDEGATE_NOTIFY', value: '/tidegate-notify/notify.mjs' }]),
      volumeMounts: expect.arrayContaining([{ name: 'notify', mountPath: '/tidegate-notify', readOnly: true }]),
    });
  });

  test("let the runner's NetworkPolicy through to their ports", () => {
    const { egress } = find(objects, 'NetworkPolicy', 'web-runner').spec as { egress: { ports: { port: number }[] }[] };
    expect(egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toContain(8443);
  });

  test("to a server of one's own bring the CA that it is trusted by", () => {
    const token = { name: 'git', key: 'token' };
    const { notifications } = resolveNotifications([
      { gitlab: { project: '7', ref: 'main', token, tls: { caConfigMap: { name: 'company', key: 'ca.crt' } } } },
      { webhook: { url: chat, signingKey: chat, tls: { caSecret: { name: 'git', key: 'ca.crt' } } } },
    ]);
    const { spec } = templateOf(find(render(inFlight(telling(...(notifications ?? [])))), 'Deployment', 'web-runner'));
    const files = JSON.stringify(spec.volumes).match(/(configMaps|secrets)\/[^"]*/g);
    expect(files).toEqual(['secrets/chat/url', 'secrets/git/ca.crt', 'secrets/git/token', 'configMaps/company/ca.crt']);
  });

  test('to a repository name its token alone, and let the port of its host through', () => {
    const token = { name: 'git', key: 'token' };
    const { notifications } = resolveNotifications([
      { github: { repository: 'shop/releases', token, api: 'https://github.example.com:8444/api/v3/' } },
      { gitlab: { project: 'shop/releases', ref: 'main', token } },
    ]);
    expect(notifications?.map(({ url, port }) => [url, port])).toEqual([
      ['https://github.example.com:8444/api/v3/repos/shop/releases/dispatches', 8444],
      ['https://gitlab.com/api/v4/projects/shop%2Freleases/trigger/pipeline', 443],
    ]);
    const rendered = render(inFlight(telling(...(notifications ?? []))));
    const { spec } = templateOf(find(rendered, 'Deployment', 'web-runner'));
    const secrets = JSON.stringify(spec.volumes).match(/secrets\/[^"]*/g);
    expect(secrets).toEqual(['secrets/git/token']);
    const { egress } = find(rendered, 'NetworkPolicy', 'web-runner').spec as { egress: { ports: { port: number }[] }[] };
    expect(egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toContain(8444);
  });

  test('are no part of plan and revision', () => {
    const { hash, candidate } = inFlight(web).inFlight;
    expect([lock.inFlight.hash, lock.inFlight.candidate.name]).toEqual([hash, candidate.name]);
  });

  test('that nobody wrote bring nothing', () => {
    const without = render(inFlight(web));
    expect(ofNotify(without)).toEqual([]);
    expect(JSON.stringify(without)).not.toContain('TIDEGATE_NOTIFY');
  });
});
