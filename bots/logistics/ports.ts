/** What the logistics bot needs from outside. The server provides these; tests provide plain functions. */
import type { Phrase } from '../../compliance/phrases.ts';
import type { TrackingOutcome } from '../../carriers/shipment.ts';
import type { Order } from '../../domain/order.ts';
import type { Instant } from '../../domain/time.ts';
import type { ReadPolicy } from './policies.ts';

export type OrderLookup =
  | { readonly kind: 'found'; readonly order: Order }
  | { readonly kind: 'not_found' }
  /** The marketplace did not answer, or the bounded look-up ran out of time: says nothing about the order. */
  | { readonly kind: 'unavailable' };

export type ParcelRequest = {
  readonly number: string;
  readonly trackingUrl: string | null;
  readonly provider: string | null;
  readonly country: string;
  /** Carriers the shop ships with; the likeliest first. */
  readonly carriers: readonly string[];
  readonly signal: AbortSignal;
};

export type ParcelAnswer =
  | { readonly kind: 'answered'; readonly outcome: TrackingOutcome; readonly stale: boolean }
  /** No carrier of the shop has numbers of this shape. */
  | { readonly kind: 'unrecognized'; readonly suspect: boolean }
  /** The turn's time is over; the call goes on and its answer will be in the cache. */
  | { readonly kind: 'late'; readonly carrier: string };

/** How long this shop's orders took from order to delivery, in whole days: eight of ten lie between `from` and `to`. */
export type DeliveryTimes = {
  readonly from: number;
  readonly to: number;
  readonly orders: number;
  readonly readAt: Instant;
};

export type LogisticsPorts = {
  /** By the number a customer types. Repeated calls within one turn cost nothing. */
  readonly findOrder: (number: string, signal: AbortSignal) => Promise<OrderLookup>;
  /** The order a tracking number belongs to, from the local index only. */
  readonly findOrderByTracking: (trackingNumber: string) => Promise<Order | null>;
  readonly trackParcel: (request: ParcelRequest) => Promise<ParcelAnswer>;
  readonly policy: ReadPolicy;
  /** Null where too few orders were delivered lately to say anything. */
  readonly deliveryTimes: () => Promise<DeliveryTimes | null>;
  /** Ask once, after thanks, whether the answer helped. */
  readonly feedback: boolean;
  readonly carrierName: (carrier: string) => string;
  /** A neutral sentence on the customer's rights for a wish; null where the country has none that was reviewed lately. */
  readonly consumerPhrase: (use: string, country: string, lang: string) => Phrase | null;
  readonly trackingPage: (carrier: string, number: string, country: string) => string | null;
  /** Carriers whose numbers and links this shop may not give: the guard would stop the whole answer. None when absent. */
  readonly notCertified?: ReadonlySet<string>;
};
