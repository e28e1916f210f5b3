import type { z } from 'zod';
import type { Control } from '../domain/conversation.ts';
import type { Address, Content, Message } from '../domain/message.ts';
import type { Reply } from '../domain/reply.ts';
import type { Clock, Instant } from '../domain/time.ts';

/** State of a message we sent, kept forward-only in this order; `failed` may follow `sent`. */
export const DELIVERY_STATUSES = ['sent', 'delivered', 'read', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One thing a webhook told. A webhook may carry many; `parse` returns all of them, in order. */
export type Inbound =
  | {
      readonly kind: 'message';
      readonly message: Message;
      /** Set where the channel gives back the id under which we sent it: then it is ours. */
      readonly clientMessageId?: string | null;
    }
  | {
      readonly kind: 'status';
      readonly account: string;
      readonly conversation: string | null;
      /** The channel's id of our message. */
      readonly messageId: string;
      /** Our own id, when the channel gives it back. */
      readonly clientMessageId: string | null;
      readonly status: DeliveryStatus;
      readonly at: Instant;
      readonly error: DeliveryError | null;
    }
  /** The customer is reached elsewhere from now on; the old addresses may go to somebody else. */
  | {
      readonly kind: 'identity';
      /** Unique per event, for de-duplication. */
      readonly id: string;
      readonly account: string;
      readonly before: readonly Address[];
      readonly now: readonly Address[];
      readonly at: Instant;
    }
  /** Something an operator must know of; nobody is answered. `why` holds no personal data. */
  | { readonly kind: 'alert'; readonly account: string | null; readonly code: string; readonly why: string }
  | {
      readonly kind: 'control';
      /** Unique per event, for de-duplication. */
      readonly id: string;
      readonly account: string;
      readonly conversation: string;
      readonly from: Control;
      readonly to: Control;
      readonly version: number;
      readonly reason: string;
      readonly agent: string | null;
      readonly at: Instant;
    }
  /** Understood and of no use to us (reactions, our own echoes, account notices). */
  | { readonly kind: 'ignored'; readonly why: string };

/** Why a message did not reach the customer after all. */
export type DeliveryError = {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Set where it may be sent once more: as it is, or as what is allowed outside the channel's service window. */
  readonly resend?: 'as_is' | 'outside_window';
};

/** Bytes as they came, before anything is parsed. Header names are lower case. */
export type RawWebhook = {
  readonly account: string | null;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
};

export type Verdict = { readonly kind: 'genuine' } | { readonly kind: 'refused'; readonly why: string };

/** `malformed` says what is wrong and where, for a 400; it never repeats what the customer wrote. */
export type Parsed =
  | { readonly kind: 'parsed'; readonly inbound: readonly Inbound[] }
  | { readonly kind: 'malformed'; readonly code: string; readonly why: string };

/** A reply on its way out. `clientMessageId` is ours and stays the same over retries. */
export type Outgoing = {
  readonly clientMessageId: string;
  readonly account: string;
  readonly conversation: string;
  readonly customer: string;
  readonly replyTo: string | null;
  readonly reply: Reply;
  readonly lang: string;
  readonly slaCounted: boolean;
  /** Which part of a reply that takes several messages; 0 when absent. */
  readonly part?: number;
  /** When the channel said that its service window is closed, whatever our clock says. */
  readonly windowClosedAt?: Instant;
};

/** Who a reply goes to, read just before it is sent. Only for channels with a service window. */
export type Recipient = {
  readonly addresses: readonly Address[];
  /** When the customer last wrote; null when that is not known. */
  readonly lastHeardAt: Instant | null;
};

/** A change of control told to the desk on the other side of the channel. */
export type ControlChange = {
  readonly id: string;
  readonly account: string;
  readonly conversation: string;
  readonly from: Control;
  readonly to: Control;
  readonly version: number;
  readonly reason: string;
  readonly queue: string | null;
  readonly summary: string;
  /** Flat and at most 4 KB. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly at: Instant;
};

/** A message of a conversation on another channel, shown to the desk. */
export type Mirrored = {
  /** Ours; the same for the same message, however often it is told. */
  readonly id: string;
  readonly account: string;
  /** Our own id of the conversation: the desk knows no other. */
  readonly conversation: string;
  /** Where it was said. */
  readonly channel: string;
  readonly sender: 'customer' | 'bot' | 'agent';
  readonly content: Content;
  readonly sentAt: Instant;
  /** Which part of a text that takes several messages; 0 when absent. */
  readonly part?: number;
};

/**
 * What became of a send.
 *
 * - `accepted`: `more` when the reply goes on in a further part.
 * - `retry`: the pause is `afterMs` times `growth` (2 when absent) to the power of the attempts so far.
 * - `stop`: nothing can be sent from this account until an operator acts; the message is kept and tried again.
 * - `unknown`: sent, but the line broke before the answer. Never sent again blindly.
 */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly id: string; readonly more?: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly why: string }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly growth?: number; readonly why: string }
  | { readonly kind: 'stop'; readonly code: string; readonly afterMs: number; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** What the channel can show. A renderer never exceeds it; the tests check that in every language. */
export type ChannelLimits = {
  readonly textChars: number;
  readonly buttons: number;
  readonly buttonTitleChars: number;
  readonly listRows: number;
  readonly listTitleChars: number;
  /** True when a repeated `clientMessageId` is sent only once by the channel itself. */
  readonly idempotent: boolean;
  /** True where several messages to one customer in a row are held back: what waits is sent as one. */
  readonly merges?: boolean;
  /** Free messages are taken only so long after the customer last wrote. */
  readonly windowMs?: number;
};

export type ChannelHttpResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What a channel is given. `http` rejects only when no whole answer arrived. */
export type ChannelIo = {
  readonly http: (request: {
    readonly method: 'GET' | 'POST' | 'PUT';
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs?: number;
  }) => Promise<ChannelHttpResponse>;
  readonly now: Clock;
};

/** A channel joined to one account or installation. */
export type ConnectedChannel = {
  readonly verify: (webhook: RawWebhook) => Verdict;
  readonly parse: (webhook: RawWebhook) => Parsed;
  readonly send: (outgoing: Outgoing, recipient: Recipient | null) => Promise<SendOutcome>;
  /** Answers the platform's question whether this address is ours: the text to answer with, or null to refuse. */
  readonly handshake?: (query: Readonly<Record<string, unknown>>) => string | null;
  /** Shows the customer that the message is being read and answered. Best effort: it never fails. */
  readonly attend?: (account: string, messageId: string) => Promise<void>;
  /** Tells the other side who owns the conversation; absent where the channel has no desk. */
  readonly control?: (change: ControlChange) => Promise<SendOutcome>;
  /** Shows the other side what is said on other channels; absent where the channel has no desk. */
  readonly mirror?: (message: Mirrored) => Promise<SendOutcome>;
  /** Reads what webhooks may have missed, oldest first, with a cursor to go on from; absent where the channel has no such read. */
  readonly catchUp?: (cursor: string | null) => Promise<{
    readonly inbound: readonly Inbound[];
    readonly cursor: string | null;
    readonly more: boolean;
  }>;
};

export type Channel = {
  readonly id: string;
  readonly settings: z.ZodType;
  readonly limits: ChannelLimits;
  readonly connect: (settings: unknown, io: ChannelIo) => ConnectedChannel;
};
