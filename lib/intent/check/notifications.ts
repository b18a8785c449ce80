import { nearest } from '../../schema/nearest.ts';
import { type NotificationTexts, PLACEHOLDERS } from '../notification.ts';
import type { ReleaseIntent } from '../release.ts';
import { checkKey } from './gates.ts';
import { type Place, type Problems, problem, repeated } from './problem.ts';

/** A message has to end before the next matters. */
const LONGEST_TEXT = 2_000;

/** Keys that can be keys, texts whose places can be filled, and events that somebody is told of. */
export function* checkNotifications({ notifications = [] }: ReleaseIntent): Problems {
  const urls: [Place, string][] = [];
  for (const [index, notification] of notifications.entries()) {
    const place = ['notifications', index];
    const { on, texts = {}, approvers = [] } = notification;
    const [channel, { url }] =
      'slack' in notification
        ? (['slack', notification.slack] as const)
        : 'teams' in notification
          ? (['teams', notification.teams] as const)
          : (['webhook', notification.webhook] as const);
    yield* checkKey([...place, channel, 'url'], url, 'Secret');
    if ('webhook' in notification) yield* checkKey([...place, 'webhook', 'signingKey'], notification.webhook.signingKey, 'Secret');
    urls.push([[...place, channel, 'url'], `${url.name}/${url.key}`]);
    yield* checkTexts([...place, 'texts'], texts, on);
    for (const [number, name] of approvers.entries())
      if (name.trim() === '') yield problem([...place, 'approvers', number], 'found an empty name.');
    if (on !== undefined)
      yield* repeated(
        on.map((event, number): [Place, string] => [[...place, 'on', number], event]),
        (event) => `event '${event}'`,
      );
  }
  yield* repeated(urls, (key) => `key ${key}`);
}

function* checkTexts(place: Place, texts: NotificationTexts, on: readonly string[] | undefined): Problems {
  for (const [event, text] of Object.entries(texts) as [string, string][]) {
    if (text.trim() === '' || text.length > LONGEST_TEXT)
      yield problem([...place, event], `found ${text.length} characters, expected words, and at most ${LONGEST_TEXT} characters of them.`);
    if (on !== undefined && !on.includes(event))
      yield problem(
        [...place, event],
        `nobody is told of '${event}' here, so this text is never used.`,
        `Add '${event}' to 'on', or remove the text.`,
      );
    for (const [, name = ''] of text.matchAll(/\{\{(.*?)\}\}/gs)) {
      if ((PLACEHOLDERS as readonly string[]).includes(name)) continue;
      const meant = nearest(name.trim(), PLACEHOLDERS);
      yield problem(
        [...place, event],
        `nothing is known of '{{${name}}}'${meant === null ? '.' : `, did you mean '{{${meant}}}'?`}`,
        `Known are ${PLACEHOLDERS.join(', ')}.`,
      );
    }
  }
}
