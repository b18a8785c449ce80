import type { ConfigMapCa, KeyReference, SecretCa } from './gate.ts';

/** Who is told, of what, and in which words. A change of it starts no release and makes no other plan. */
export type Notification = SlackNotification | TeamsNotification | WebhookNotification | GithubNotification | GitlabNotification;

/** A message in a Slack channel, by an incoming webhook. */
export interface SlackNotification extends NotificationTerms {
  readonly slack: ChatWebhook;
}

/** A card in a Microsoft Teams channel, by a webhook of its Workflows. */
export interface TeamsNotification extends NotificationTerms {
  readonly teams: ChatWebhook;
}

/** JSON for a program of yours, signed as Standard Webhooks have it. @see https://www.standardwebhooks.com */
export interface WebhookNotification extends NotificationWords {
  readonly webhook: SignedWebhook;
  /** Of which events; `ended` only where it is named. @default all that people are told of */
  readonly on?: readonly ProgramEvent[];
}

/** The release record for a workflow on GitHub, by a `repository_dispatch` of type `tidegate-record`, once a release has ended. */
export interface GithubNotification {
  readonly github: GithubRepository;
}

/** The release record for a pipeline on GitLab, by its trigger, once a release has ended. */
export interface GitlabNotification {
  readonly gitlab: GitlabProject;
}

export interface GithubRepository extends OwnServer {
  /** `owner/name`. */
  readonly repository: string;
  /** Key of a Secret in the release's namespace with a token that may write the repository's contents, as GitHub asks of who dispatches. */
  readonly token: KeyReference;
  /** Where its API is; of GitHub Enterprise Server `https://github.example.com/api/v3`. @default https://api.github.com */
  readonly api?: string;
}

export interface GitlabProject extends OwnServer {
  /** Its path, such as `shop/releases`, or its number. */
  readonly project: string;
  /** Branch whose pipeline is triggered: the one that the cluster runs. */
  readonly ref: string;
  /** Key of a Secret in the release's namespace with a pipeline trigger token of the project. */
  readonly token: KeyReference;
  /** Where GitLab is. @default https://gitlab.com */
  readonly url?: string;
}

export interface OwnServer {
  /** Who signs the server's certificate, where it is none of the public CAs. There is no way not to check it. */
  readonly tls?: SecretCa | ConfigMapCa;
}

export interface NotificationTerms extends NotificationWords {
  /** Of which events. @default all of them */
  readonly on?: readonly NotificationEvent[];
}

export interface NotificationWords {
  /** Who may approve, in the words of this channel: `@payments-leads`, or `<!subteam^S0123ABCD>` where Slack shall call them. @default what the plan says */
  readonly approvers?: readonly string[];
  /** Other words than the usual ones, by event; `{{reason}}` and the like are filled in. */
  readonly texts?: NotificationTexts;
}

/**
 * `started`: the release begins, or begins again. `approvalNeeded`: it waits for people. `held`: it goes no further until a
 * person has looked. `aborted`: traffic goes back to stable. `promoted`: the candidate serves everybody. `stalled`: nothing
 * has moved for longer than the step has, or the runner cannot do its work.
 */
export type NotificationEvent = 'started' | 'approvalNeeded' | 'held' | 'aborted' | 'promoted' | 'stalled';

/**
 * What programs may hear besides. `ended`: the release was promoted or is back on stable, and its record is there, which
 * comes with it; told again each hour for as long as Git has not taken the runner away.
 */
export type ProgramEvent = NotificationEvent | 'ended';

/**
 * Texts may use `{{release}}`, `{{namespace}}`, `{{target}}`, `{{plan}}`, `{{image}}`, `{{candidate}}`, `{{step}}`, `{{steps}}`,
 * `{{weight}}`, `{{reason}}`, and where an approval is needed `{{approval}}`, `{{question}}`, `{{count}}`, `{{approvers}}` and
 * `{{command}}`.
 */
export interface NotificationTexts {
  readonly started?: string;
  readonly approvalNeeded?: string;
  readonly held?: string;
  readonly aborted?: string;
  readonly promoted?: string;
  readonly stalled?: string;
}

export interface ChatWebhook {
  /** Key of a Secret in the release's namespace that holds the webhook's URL: whoever knows it can write there. */
  readonly url: KeyReference;
  /** Port of that URL, which the runner's NetworkPolicy lets through; a URL with another port is not called. @default 443 */
  readonly port?: number;
}

export interface SignedWebhook extends ChatWebhook, OwnServer {
  /** Key of a Secret with what messages are signed with: `whsec_` and base64, or any text of at least 24 characters. */
  readonly signingKey: KeyReference;
}

export const EVENTS = [
  'started',
  'approvalNeeded',
  'held',
  'aborted',
  'promoted',
  'stalled',
] as const satisfies readonly NotificationEvent[];

export const PROGRAM_EVENTS = [...EVENTS, 'ended'] as const satisfies readonly ProgramEvent[];

/** What a text may have between `{{` and `}}`. */
export const PLACEHOLDERS = [
  'release',
  'namespace',
  'target',
  'plan',
  'image',
  'candidate',
  'step',
  'steps',
  'weight',
  'reason',
  'approval',
  'question',
  'count',
  'approvers',
  'command',
] as const;

export type Placeholder = (typeof PLACEHOLDERS)[number];
