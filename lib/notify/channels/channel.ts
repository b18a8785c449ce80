import type { Message } from '../message.ts';

/** How a kind of channel wants to be told; its file is all that a new kind needs, and a line in `index.ts`. */
export interface Channel {
  readonly name: string;
  /** What the values of a message need, lest they mean something there. */
  readonly escaped: (text: string) => string;
  /** @throws RangeError for a message that the service would not take */
  readonly request: (message: Message, text: string, context: ChannelContext) => ChannelRequest;
}

export interface ChannelContext {
  /** Milliseconds since 1970, of this attempt. */
  readonly now: number;
  /** What its messages are signed with; null: they are not. */
  readonly key: string | null;
  /** What proves that the sender may; empty where the URL does. */
  readonly token: string;
  /** Branch that it is about; empty where the channel needs none. */
  readonly ref: string;
}

export interface ChannelRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}
