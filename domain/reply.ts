import type { Instant } from './time.ts';

/** Why we write: marketplaces restrict messages by purpose. */
export type ReplyPurpose = 'reply' | 'order_update' | 'handover_notice';

/** A thing the customer may press. `id` routes, `title` is read. */
export type Choice = { readonly id: string; readonly title: string };

/** One line of a parcel's history, in the customer's words and local time. */
export type TimelineEntry = {
  /** What travels: a reply may tell of several parcels. */
  readonly of?: string;
  readonly label: string;
  readonly place?: string;
  /** Already formatted for the customer. */
  readonly time?: string;
  readonly current: boolean;
};

/** A figure, date or place in an answer, and where it comes from. One without a source is a bug. */
export type Fact = {
  readonly name: string;
  readonly value: string;
  /** `jumia`, a carrier id, `policy:<country>`, `customer` … */
  readonly source: string;
  readonly readAt: Instant;
};

/** What the bot answers, independent of the channel, in the customer's language. */
export type Reply = {
  readonly purpose: ReplyPurpose;
  readonly text: string;
  readonly choices?: readonly Choice[];
  readonly timeline?: readonly TimelineEntry[];
  readonly facts: readonly Fact[];
};
