/** What a customer's message says to the bot: words, a choice, or nothing in words. */
import type { Wordless } from '../bots/engine/wordless.ts';
import type { Content } from '../domain/message.ts';

/** The customer's words; empty where there are none. */
export function textOf(content: Content): string {
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'choice':
      return content.title;
    case 'media':
      return content.caption ?? '';
    // The name of a place is the map's, not the customer's word.
    case 'location':
    case 'unsupported':
      return '';
  }
}

/** Null for text: an empty one is still somebody's words. */
export function wordlessOf(content: Content): Wordless | null {
  switch (content.kind) {
    case 'text':
    case 'choice':
      return null;
    case 'location':
      return 'location';
    case 'media':
      return content.media === 'audio' ? 'voice' : content.media;
    case 'unsupported':
      return content.what === 'contacts' || content.what === 'order' ? content.what : 'unsupported';
  }
}

/** The button or row that was chosen. */
export function choiceOf(content: Content): string | null {
  return content.kind === 'choice' ? content.id : null;
}
