import type { Instant } from './time.ts';

/** Who wrote a message. Only `customer` ever makes the bot speak (loop guard). */
export type SenderRole = 'customer' | 'bot' | 'agent' | 'system' | 'marketplace';

export type MediaKind = 'image' | 'video' | 'audio' | 'file' | 'sticker';

/** What a message holds, whatever the channel. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  /** A button or list row the customer pressed; routed by `id`, never by `title`. */
  | { readonly kind: 'choice'; readonly id: string; readonly title: string }
  | {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly label?: string;
    }
  /** `ref` is the channel's own id of the file, for whoever may fetch it. */
  | { readonly kind: 'media'; readonly media: MediaKind; readonly caption?: string; readonly ref?: string }
  /**
   * Anything the channel carries that has no text for us; `what` is the channel's own word for it, `raw` the JSON it
   * came as, clipped, for a person to look at.
   */
  | { readonly kind: 'unsupported'; readonly what: string; readonly raw?: string };

/** How a person is reached on a channel that knows several names for one: `id` lasts, a `phone` may change hands. */
export type Address = { readonly kind: 'id' | 'phone'; readonly value: string };

/** What the channel told along with a message. Every field is the channel's word, not checked by us. */
export type MessageContext = {
  /** The order the marketplace binds this conversation to. */
  readonly orderNumber?: string;
  readonly productSku?: string;
  readonly replyTo?: string;
  /** BCP 47, for example `en-NG`. A hint, weaker than what the customer writes. */
  readonly locale?: string;
  /** ISO 3166 alpha-2. */
  readonly country?: string;
};

/** What someone wrote, normalised. `id`, `account` and `conversation` are the channel's own identifiers. */
export type Message = {
  readonly id: string;
  readonly channel: string;
  readonly account: string;
  readonly conversation: string;
  readonly from: {
    readonly role: SenderRole;
    readonly id: string;
    readonly name?: string;
    /** Every address the channel told; two messages with one in common are one customer's. */
    readonly addresses?: readonly Address[];
  };
  readonly content: Content;
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
  readonly context: MessageContext;
};
