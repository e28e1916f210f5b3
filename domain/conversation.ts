import type { Instant } from './time.ts';

/** Who owns a conversation. The bot speaks only in `bot`. Allowed changes are in {@link CONTROL_CHANGES}. */
export type Control = 'bot' | 'waiting' | 'human' | 'closed';

/** Why control changed; the words of the marketplace-chat contract. */
export type ControlReason =
  | 'customer_request'
  | 'low_confidence'
  | 'repeated_failure'
  | 'sensitive_topic'
  | 'policy'
  | 'error'
  | 'agent_return'
  | 'no_agent'
  | 'timeout'
  | 'resolved';

/** The state machine of control. Anything else is refused. */
export const CONTROL_CHANGES: Readonly<Record<Control, readonly Control[]>> = {
  bot: ['waiting', 'human', 'closed'],
  waiting: ['human', 'bot', 'closed'],
  human: ['bot', 'waiting', 'closed'],
  closed: ['bot'],
};

/** The kind of ticket a conversation is, set from what the customer wants. */
export type TicketType = 'order' | 'return' | 'logistics' | 'other';

/**
 * A conversation is a ticket: it has a number, a type, a state and a history.
 * `version` grows by one with every change of control; a change that names an older one is refused.
 * `state` belongs to the bot and is opaque to everyone else.
 */
export type Conversation = {
  readonly id: string;
  readonly ticket: number;
  readonly ticketType: TicketType;
  readonly shop: string;
  readonly channel: string;
  readonly account: string;
  /** The channel's own conversation identifier. */
  readonly externalId: string;
  readonly customer: { readonly id: string; readonly name: string | null };
  readonly bot: string;
  readonly lang: string | null;
  readonly control: Control;
  readonly version: number;
  /** False when the shop has no tool registration, so the marketplace does not count reply times. */
  readonly slaCounted: boolean;
  readonly state: unknown;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
