import type { Channel } from './channel.ts';

/** An incoming webhook. @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slack: Channel = {
  name: 'slack',
  // What a gate answered shall call nobody and link nowhere.
  escaped: (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  request: (_, text) => ({ headers: {}, body: JSON.stringify({ text, unfurl_links: false, unfurl_media: false }) }),
};
