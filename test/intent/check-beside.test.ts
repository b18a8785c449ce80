import { describe } from 'vitest';
import { table } from './checked.ts';
import { DIGEST } from './valid.ts';

describe('smoke tests', () => {
  const json = (version: unknown) => ({ 'smoke[0].http[0].json': { version } });
  const known = 'There are {{version}}, {{digest}}, {{revision}}.';
  table([
    [{ 'smoke[1]': { name: 'api', http: [{ path: '/' }] } }, "smoke[1].name: name 'api' is already used by smoke[0].name."],
    [{ 'smoke[0].http[0].path': 'api' }, "smoke[0].http[0].path: path 'api' must begin with '/' and have no space."],
    [{ 'smoke[0].deadline': '5s' }, 'smoke[0].http[0].timeout: timeout 5s does not fit into the deadline of 5s of the whole test.'],
    [
      { 'smoke[1]': { name: 'e2e', container: { image: 'e2e' } } },
      "smoke[1].container.image: image 'e2e' has no digest: what was tested must be what runs. Write 'e2e@sha256:...' (docker buildx imagetools inspect e2e).",
    ],
    [json('v{{digest}} {{revision}}')],
    [json('{{verison}}'), `smoke[0].http[0].json.version: unknown placeholder {{verison}}, did you mean {{version}}? ${known}`],
    [json('{{commit}}'), `smoke[0].http[0].json.version: unknown placeholder {{commit}}. ${known}`],
    [
      { image: `registry.example.com/web@${DIGEST}` },
      `smoke[0].http[0].json.version: {{version}} is the tag of the image, and 'registry.example.com/web@${DIGEST}' has none. Name the image as 'repository:tag@sha256:...'.`,
    ],
  ]);
});

describe('flags', () => {
  const flag = (changes: object) => ({
    'flags.new-ranking': { owner: 'team-search', created: '2026-01-10', expires: '2026-03-31', ...changes },
  });
  table([
    [flag({ percent: 5 })],
    [flag({ owner: ' ' }), "flags['new-ranking'].owner: flag 'new-ranking' has no owner. Name the person or team who removes it."],
    [flag({ created: '2026-02-30' }), "flags['new-ranking'].created: '2026-02-30' is no day, expected one such as 2026-04-01."],
    [
      flag({ expires: '2026-01-10' }),
      "flags['new-ranking'].expires: flag 'new-ranking' expires on 2026-01-10, not after the day it was created, 2026-01-10.",
    ],
    [
      { 'flags.-x': { owner: 'a', created: '2026-01-10', expires: '2026-02-10' } },
      "flags['-x']: flag name '-x' must begin with a letter or digit and have at most 100 letters, digits, '-', '_' and '.'.",
    ],
  ]);
});

describe('migrations', () => {
  const expand = { name: 'ranking-score', kind: 'expand', container: { command: ['migrate'] } };
  const contract = { name: 'ranking-score-only', kind: 'contract', of: 'ranking-score', container: { command: ['migrate'] } };
  const keep = 'Keep the expand migration in the list, before its contract: it does not run again.';
  table([
    [{ migrations: [{ ...expand, oldShape: 'unused' }, contract] }],
    [{ migrations: [{ ...expand, container: { command: ['migrate'], env: { URL: { secret: 'database', key: 'url' } } } }] }],
    [
      { migrations: [expand, contract] },
      "migrations[1].of: contract migration 'ranking-score-only' takes away the old shape of 'ranking-score', which this release itself still needs. Once the code no longer uses it, write oldShape: 'unused' on 'ranking-score', release that, and contract in a later release.",
    ],
    [
      {
        migrations: [
          { ...expand, oldShape: 'unused' },
          { ...contract, of: 'ranking-scores' },
        ],
      },
      `migrations[1].of: contract migration 'ranking-score-only' completes 'ranking-scores', and no expand migration before it has this name, did you mean 'ranking-score'? ${keep}`,
    ],
    [
      { migrations: [contract, { ...expand, oldShape: 'unused' }] },
      `migrations[0].of: contract migration 'ranking-score-only' completes 'ranking-score', and no expand migration before it has this name. ${keep}`,
    ],
    [{ migrations: [{ ...expand, name: 'api' }] }, "migrations[0].name: name 'api' is already used by smoke[0].name."],
    [{ migrations: [{ ...expand, deadline: '0s' }] }, 'migrations[0].deadline: found 0s, expected at least 1s.'],
    [
      { migrations: [{ ...expand, container: { image: 'migrate' } }] },
      "migrations[0].container.image: image 'migrate' has no digest: what was tested must be what runs. Write 'migrate@sha256:...' (docker buildx imagetools inspect migrate).",
    ],
  ]);
});

describe('notifications', () => {
  const url = { name: 'chat', key: 'url' };
  const slack = (more: object) => ({ notifications: [{ slack: { url }, ...more }] });
  const known =
    'Known are release, namespace, target, plan, image, candidate, step, steps, weight, reason, approval, question, count, approvers, command.';
  table([
    [slack({ approvers: ['@payments'], texts: { held: '{{release}}: {{reason}}' } })],
    [
      slack({ texts: { held: '{{releas}} and {{ reason }} and {{x9}}' } }),
      `notifications[0].texts.held: nothing is known of '{{releas}}', did you mean '{{release}}'? ${known}`,
      `notifications[0].texts.held: nothing is known of '{{ reason }}', did you mean '{{reason}}'? ${known}`,
      `notifications[0].texts.held: nothing is known of '{{x9}}'. ${known}`,
    ],
    [
      slack({ on: ['aborted'], texts: { held: 'held' } }),
      "notifications[0].texts.held: nobody is told of 'held' here, so this text is never used. Add 'held' to 'on', or remove the text.",
    ],
    [
      slack({ texts: { held: ' ' } }),
      'notifications[0].texts.held: found 1 characters, expected words, and at most 2000 characters of them.',
    ],
    [slack({ approvers: [''] }), 'notifications[0].approvers[0]: found an empty name.'],
    [
      slack({ on: ['held', 'ended'] }),
      "notifications[0].on[1]: 'ended' brings a release record, which nobody reads in slack. Tell people of 'promoted' and 'aborted', and programs by webhook, github or gitlab.",
    ],
    [slack({ on: ['held', 'held'] }), "notifications[0].on[1]: event 'held' is already used by notifications[0].on[0]."],
    [
      { notifications: [{ slack: { url } }, { teams: { url } }] },
      'notifications[1].teams.url: key chat/url is already used by notifications[0].slack.url.',
    ],
    [
      { notifications: [{ webhook: { url, signingKey: { name: 'Chat', key: 'a/b' } } }] },
      "notifications[0].webhook.signingKey.name: name of a Secret 'Chat' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.",
      "notifications[0].webhook.signingKey.key: key 'a/b' of a Secret must be letters, digits, '-', '_' and '.'.",
    ],
    [
      {
        notifications: [
          { github: { repository: 'shop/releases', token: url, api: 'https://github.example.com/api/v3' } },
          { gitlab: { project: 'shop/team/releases', ref: 'main', token: url, tls: { caConfigMap: { name: 'ca', key: 'ca.crt' } } } },
        ],
      },
    ],
    [
      {
        notifications: [
          { gitlab: { project: '8', ref: 'main', token: url, tls: { caConfigMap: { name: 'CA', key: 'ca.crt' } } } },
          { github: { repository: 'shop/releases', token: url, tls: { caSecret: { name: 'ca', key: 'a/b' } } } },
          { webhook: { url, signingKey: url, tls: { caSecret: { name: 'ca', key: '' } } } },
        ],
      },
      "notifications[0].gitlab.tls.caConfigMap.name: name of a ConfigMap 'CA' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.",
      "notifications[1].github.tls.caSecret.key: key 'a/b' of a Secret must be letters, digits, '-', '_' and '.'.",
      "notifications[2].webhook.tls.caSecret.key: key '' of a Secret must be letters, digits, '-', '_' and '.'.",
    ],
    [
      {
        notifications: [
          { github: { repository: 'https://github.com/shop/releases', token: { name: 'git', key: '' }, api: 'http://github.example.com' } },
        ],
      },
      "notifications[0].github.repository: 'https://github.com/shop/releases' is no repository of GitHub, which is written owner/name.",
      "notifications[0].github.token.key: key '' of a Secret must be letters, digits, '-', '_' and '.'.",
      "notifications[0].github.api: 'http://github.example.com' must be a URL that begins with https://, without user, password and query.",
    ],
    [
      { notifications: [{ gitlab: { project: '../releases', ref: 'a b', token: url, url: 'https://me:pw@gitlab.example.com' } }] },
      "notifications[0].gitlab.ref: 'a b' is no branch.",
      "notifications[0].gitlab.url: 'https://me:pw@gitlab.example.com' must be a URL that begins with https://, without user, password and query.",
    ],
    [
      {
        notifications: [
          { gitlab: { project: '7', ref: 'main', token: url } },
          { gitlab: { project: '7', ref: 'main', token: { name: 'other', key: 'token' } } },
        ],
      },
      'notifications[1].gitlab.project: branch main of project 7 is already used by notifications[0].gitlab.project.',
    ],
  ]);
});
