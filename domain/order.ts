import type { Instant } from './time.ts';

/** State of one item, in the words of the marketplace, lower-cased; a word we do not know is `unknown`. */
export type ItemStatus =
  'pending' | 'ready_to_ship' | 'shipped' | 'delivered' | 'canceled' | 'failed' | 'returned' | 'unknown';

export type Money = { readonly amount: number; readonly currency: string };

export type OrderItem = {
  readonly id: string;
  readonly name: string;
  readonly sku: string | null;
  readonly status: ItemStatus;
  /** The word the marketplace used, for the log and the agent. */
  readonly rawStatus: string;
  readonly trackingNumber: string | null;
  readonly trackingUrl: string | null;
  /** Name of the shipment provider when the marketplace tells it. */
  readonly provider: string | null;
  readonly pickupStation: boolean;
  readonly paid: Money | null;
  readonly updatedAt: Instant | null;
};

/**
 * An order as the marketplace's seller API shows it. There is no phone, no e-mail, no promised date in it.
 * `check` holds what a customer may be asked to prove the order is theirs; it is never shown.
 */
export type Order = {
  readonly id: string;
  readonly number: string;
  readonly shop: string;
  readonly country: string;
  readonly prepaid: boolean | null;
  readonly total: Money | null;
  readonly items: readonly OrderItem[];
  readonly check: {
    readonly firstName: string | null;
    readonly lastName: string | null;
    readonly city: string | null;
  };
  readonly placedAt: Instant | null;
  readonly updatedAt: Instant | null;
  /** When these facts were read from the marketplace. */
  readonly readAt: Instant;
};
