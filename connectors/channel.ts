import type { z } from 'zod';
import type { Control } from '../domain/conversation.ts';
import type { Message } from '../domain/message.ts';
import type { Reply } from '../domain/reply.ts';
import type { Clock, Instant } from '../domain/time.ts';

/** State of a message we sent, kept forward-only in this order; `failed` may follow `sent`. */
export const DELIVERY_STATUSES = ['sent', 'delivered', 'read', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One thing a webhook told. A webhook may carry many; `parse` returns all of them, in order. */
export type Inbound =
  | { readonly kind: 'message'; readonly message: Message }
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
      readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
    }
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

/** What became of a send. `unknown`: sent, but the line broke before the answer. */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'refused'; readonly code: string; readonly why: string }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly why: string }
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
  readonly send: (outgoing: Outgoing) => Promise<SendOutcome>;
  /** Tells the other side who owns the conversation; absent where the channel has no desk. */
  readonly control?: (change: ControlChange) => Promise<SendOutcome>;
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
