import { contentOf, recordWithin } from '../content.ts';
import type { Channel } from './channel.ts';

/** A payload may have 65,535 characters, and ten keys; what is beside the record needs less than the rest, however it is escaped. */
const LONGEST_RECORD = 50_000;

/** A `repository_dispatch`. @see https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event */
export const github: Channel = {
  name: 'github',
  escaped: (text) => text,
  request: (message, text, { token }) => ({
    headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}`, 'x-github-api-version': '2022-11-28' },
    body: JSON.stringify({
      event_type: 'tidegate-record',
      client_payload: { ...contentOf(message, text), record: recordWithin(message.record, LONGEST_RECORD) },
    }),
  }),
};
