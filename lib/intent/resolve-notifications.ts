import { DEFAULTS } from './defaults.ts';
import { type ChatWebhook, EVENTS, type Notification, type SignedWebhook } from './notification.ts';
import type { ResolvedIntent, ResolvedNotification } from './resolved.ts';

/** Without a field where nobody is told anything. */
export function resolveNotifications(notifications: readonly Notification[] = []): Pick<ResolvedIntent, 'notifications'> {
  return notifications.length === 0 ? {} : { notifications: notifications.map(resolveNotification) };
}

function resolveNotification(notification: Notification): ResolvedNotification {
  const { on = EVENTS, approvers = [], texts = {} } = notification;
  return { ...addressOf(notification), on: EVENTS.filter((event) => on.includes(event)), approvers, texts };
}

function addressOf(notification: Notification): Pick<ResolvedNotification, 'channel' | 'url' | 'port' | 'signingKey'> {
  if ('slack' in notification) return { channel: 'slack', ...webhookOf(notification.slack) };
  if ('teams' in notification) return { channel: 'teams', ...webhookOf(notification.teams) };
  return { channel: 'webhook', ...webhookOf(notification.webhook) };
}

const webhookOf = ({ url, port, signingKey }: ChatWebhook & Partial<SignedWebhook>) => ({
  url,
  port: port ?? Number(DEFAULTS['ChatWebhook.port']),
  signingKey: signingKey ?? null,
});
