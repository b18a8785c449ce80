import { contentOf, recordWithin } from '../content.ts';
import type { Channel } from './channel.ts';

/** A job may get the body in its environment, in which a process starts with no text above 131,072 bytes. */
const LONGEST_RECORD = 100_000;

/**
 * A trigger of a pipeline. All of the body but the token is in the file that variable TRIGGER_PAYLOAD names.
 * @see https://docs.gitlab.com/ci/triggers/
 */
export const gitlab: Channel = {
  name: 'gitlab',
  escaped: (text) => text,
  request: (message, text, { token, ref }) => ({
    headers: {},
    body: JSON.stringify({ token, ref, ...contentOf(message, text), record: recordWithin(message.record, LONGEST_RECORD) }),
  }),
};
