import type { ResolvedNotification } from '../../intent/resolved.ts';
import type { Channel } from './channel.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

export const CHANNELS: Readonly<Record<ResolvedNotification['channel'], Channel>> = {
  slack,
  teams,
  webhook,
};
