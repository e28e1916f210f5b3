/** Writes messages of other channels the way the marketplace-chat contract shows them to the desk. */
import type { Content } from '../../domain/message.ts';
import type { Mirrored } from '../channel.ts';
import { pieces } from '../plain-text.ts';

export type MirroredPost = {
  /** Of this part; the desk takes it once. */
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly more: boolean;
};

/** One part of a message: what is longer than the desk takes is told in several, nothing of it is cut off. */
export function mirroredBody(message: Mirrored, textChars: number): MirroredPost {
  const { part = 0, channel, sender, sentAt } = message;
  const { text, ...content } = written(message.content);
  const texts = text === undefined ? [undefined] : pieces(text, textChars);
  const id = part === 0 ? message.id : `${message.id}-${part}`;
  const body = {
    // The conversation is new to the other side, so it is told whose it is.
    account_id: message.account,
    client_message_id: id,
    content: { ...content, ...(texts[part] === undefined ? {} : { text: texts[part] }) },
    purpose: 'reply',
    mirrored: { channel, sender: { role: sender }, sent_at: new Date(sentAt).toISOString() },
  };
  return { id, body, more: part < texts.length - 1 };
}

type Written = Readonly<Record<string, unknown>> & { readonly type: string; readonly text?: string };

function written(content: Content): Written {
  switch (content.kind) {
    case 'text':
      return { type: 'text', text: content.text };
    case 'choice':
      return { type: 'choice', id: content.id, title: content.title, text: content.title };
    case 'media':
      return {
        type: content.media === 'sticker' ? 'image' : content.media,
        ...(content.caption ? { text: content.caption } : {}),
      };
    case 'location': {
      const { latitude, longitude, label } = content;
      return { type: 'location', latitude, longitude, ...(label ? { name: label, text: label } : {}) };
    }
    case 'unsupported':
      return { type: 'unsupported', text: content.what };
  }
}
