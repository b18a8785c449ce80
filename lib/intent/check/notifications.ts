import { nearest } from '../../schema/nearest.ts';
import {
  type GithubRepository,
  type GitlabProject,
  type NotificationTexts,
  type NotificationWords,
  PLACEHOLDERS,
} from '../notification.ts';
import type { ReleaseIntent } from '../release.ts';
import { checkCa, checkKey } from './gates.ts';
import { type Place, type Problems, problem, repeated } from './problem.ts';

/** A message has to end before the next matters. */
const LONGEST_TEXT = 2_000;

/** Keys that can be keys, texts whose places can be filled, and events that somebody is told of. */
export function* checkNotifications({ notifications = [] }: ReleaseIntent): Problems {
  const addresses: [Place, string][] = [];
  for (const [index, notification] of notifications.entries()) {
    const place = ['notifications', index];
    if ('github' in notification) {
      yield* checkGithub([...place, 'github'], notification.github);
      addresses.push([[...place, 'github', 'repository'], `repository ${notification.github.repository}`]);
    } else if ('gitlab' in notification) {
      const { project, ref } = notification.gitlab;
      yield* checkGitlab([...place, 'gitlab'], notification.gitlab);
      addresses.push([[...place, 'gitlab', 'project'], `branch ${ref} of project ${project}`]);
    } else {
      const [channel, { url }] =
        'slack' in notification
          ? (['slack', notification.slack] as const)
          : 'teams' in notification
            ? (['teams', notification.teams] as const)
            : (['webhook', notification.webhook] as const);
      yield* checkKey([...place, channel, 'url'], url, 'Secret');
      if ('webhook' in notification) {
        yield* checkKey([...place, channel, 'signingKey'], notification.webhook.signingKey, 'Secret');
        yield* checkCa([...place, channel, 'tls'], notification.webhook.tls);
      }
      yield* checkWords(place, notification);
      const on: readonly string[] = notification.on ?? [];
      if (channel !== 'webhook' && on.includes('ended'))
        yield problem(
          [...place, 'on', on.indexOf('ended')],
          `'ended' brings a release record, which nobody reads in ${channel}.`,
          "Tell people of 'promoted' and 'aborted', and programs by webhook, github or gitlab.",
        );
      addresses.push([[...place, channel, 'url'], `key ${url.name}/${url.key}`]);
    }
  }
  yield* repeated(addresses, (address) => address);
}

function* checkGithub(place: Place, { repository, token, api, tls }: GithubRepository): Problems {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    yield problem([...place, 'repository'], `'${repository}' is no repository of GitHub, which is written owner/name.`);
  yield* checkKey([...place, 'token'], token, 'Secret');
  if (api !== undefined) yield* checkBase([...place, 'api'], api);
  yield* checkCa([...place, 'tls'], tls);
}

function* checkGitlab(place: Place, { project, ref, token, url, tls }: GitlabProject): Problems {
  if (!/^(\d+|[\w.-]+(\/[\w.-]+)+)$/.test(project))
    yield problem([...place, 'project'], `'${project}' is no project of GitLab, which is a path such as shop/releases, or a number.`);
  if (!/^[^\s~^:?*[\\]+$/.test(ref)) yield problem([...place, 'ref'], `'${ref}' is no branch.`);
  yield* checkKey([...place, 'token'], token, 'Secret');
  if (url !== undefined) yield* checkBase([...place, 'url'], url);
  yield* checkCa([...place, 'tls'], tls);
}

/** A token goes there, and a URL of the intent is read by many. */
function* checkBase(place: Place, text: string): Problems {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    yield problem(place, `'${text}' must be a URL that begins with https://, without user, password and query.`);
}

function* checkWords(place: Place, { on, texts = {}, approvers = [] }: NotificationWords & { readonly on?: readonly string[] }): Problems {
  yield* checkTexts([...place, 'texts'], texts, on);
  for (const [number, name] of approvers.entries())
    if (name.trim() === '') yield problem([...place, 'approvers', number], 'found an empty name.');
  if (on !== undefined)
    yield* repeated(
      on.map((event, number): [Place, string] => [[...place, 'on', number], event]),
      (event) => `event '${event}'`,
    );
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
