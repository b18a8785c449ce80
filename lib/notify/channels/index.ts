import type { ResolvedNotification } from '../../intent/resolved.ts';
import type { Channel } from './channel.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

export const CHANNELS: Readonly<Record<ResolvedNotification['channel'], Channel>> = {
  github,
  gitlab,
  slack,
  teams,
  webhook,
};
