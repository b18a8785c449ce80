import { createHmac } from 'node:crypto';
import { contentOf } from '../content.ts';
import type { Channel } from './channel.ts';

/** Before a key that is written in base64. */
export const CODED = 'whsec_';

/**
 * JSON with the three headers of Standard Webhooks: `webhook-signature` is `v1,` and the HMAC-SHA256 in base64 of
 * `<webhook-id>.<webhook-timestamp>.<body>`. An attempt is signed anew, with the time at which it is made.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const webhook: Channel = {
  name: 'webhook',
  escaped: (text) => text,
  request: (message, text, { now, key }) => {
    const body = JSON.stringify(contentOf(message, text));
    const timestamp = String(Math.floor(now / 1_000));
    return {
      headers: {
        'webhook-id': message.id,
        'webhook-timestamp': timestamp,
        ...(key === null ? {} : { 'webhook-signature': `v1,${signature(key, `${message.id}.${timestamp}.${body}`)}` }),
      },
      body,
    };
  },
};

function signature(key: string, signed: string): string {
  const secret = key.startsWith(CODED) ? Buffer.from(key.slice(CODED.length), 'base64') : Buffer.from(key);
  return createHmac('sha256', secret).update(signed).digest('base64');
}
