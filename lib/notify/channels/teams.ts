import type { Channel } from './channel.ts';

/**
 * A card, as a webhook of Teams' Workflows takes it. In a RichTextBlock text is text: there is no Markdown to escape.
 * @see https://adaptivecards.io/explorer/RichTextBlock.html
 */
export const teams: Channel = {
  name: 'teams',
  escaped: (text) => text,
  request: (_, text) => ({
    headers: {},
    body: JSON.stringify({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            body: text.split('\n').map((line) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: line }] })),
          },
        },
      ],
    }),
  }),
};
