import { DEFAULTS } from './defaults.ts';
import {
  type ChatWebhook,
  EVENTS,
  type GithubNotification,
  type GitlabNotification,
  type Notification,
  type OwnServer,
  PROGRAM_EVENTS,
  type ProgramEvent,
  type SignedWebhook,
} from './notification.ts';
import type { ResolvedIntent, ResolvedNotification } from './resolved.ts';

/** Without a field where nobody is told anything. */
export function resolveNotifications(notifications: readonly Notification[] = []): Pick<ResolvedIntent, 'notifications'> {
  return notifications.length === 0 ? {} : { notifications: notifications.map(resolveNotification) };
}

function resolveNotification(notification: Notification): ResolvedNotification {
  if ('github' in notification) return { ...dispatchOf(notification), ...RECORDS };
  if ('gitlab' in notification) return { ...triggerOf(notification), ...RECORDS };
  const { approvers = [], texts = {} } = notification;
  const on: readonly ProgramEvent[] = notification.on ?? EVENTS;
  return { ...addressOf(notification), on: PROGRAM_EVENTS.filter((event) => on.includes(event)), approvers, texts };
}

/** Whoever takes records hears of nothing else, and reads no words. */
const RECORDS = { signingKey: null, on: ['ended'], approvers: [], texts: {} } as const;

type Address = Pick<ResolvedNotification, 'channel' | 'url' | 'port' | 'signingKey' | 'tls'>;

function addressOf(notification: Exclude<Notification, GithubNotification | GitlabNotification>): Address {
  if ('slack' in notification) return { channel: 'slack', ...webhookOf(notification.slack) };
  if ('teams' in notification) return { channel: 'teams', ...webhookOf(notification.teams) };
  return { channel: 'webhook', ...webhookOf(notification.webhook) };
}

const webhookOf = ({ url, port, signingKey, tls }: ChatWebhook & Partial<SignedWebhook>) => ({
  url,
  port: port ?? Number(DEFAULTS['ChatWebhook.port']),
  signingKey: signingKey ?? null,
  ...trusting(tls),
});

function dispatchOf({ github: { repository, token, api = DEFAULTS['GithubRepository.api'], tls } }: GithubNotification) {
  return { channel: 'github', ...placeOf(api, `/repos/${repository}/dispatches`), token, ...trusting(tls) } as const;
}

function triggerOf({ gitlab: { project, ref, token, url = DEFAULTS['GitlabProject.url'], tls } }: GitlabNotification) {
  const place = placeOf(url, `/api/v4/projects/${encodeURIComponent(project)}/trigger/pipeline`);
  return { channel: 'gitlab', ...place, token, ref, ...trusting(tls) } as const;
}

const trusting = (tls: OwnServer['tls']): Pick<ResolvedNotification, 'tls'> => (tls === undefined ? {} : { tls });

function placeOf(base: string, path: string): { readonly url: string; readonly port: number } {
  const url = `${base.replace(/\/+$/, '')}${path}`;
  const { protocol, port } = new URL(url);
  return { url, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}
