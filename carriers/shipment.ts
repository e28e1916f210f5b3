import type { EventTime, Instant } from '../domain/time.ts';

/** Where a parcel is in its life: the trade's own ten words. */
export const SHIPMENT_STATUSES = [
  'info_received',
  'in_transit',
  'out_for_delivery',
  'available_for_pickup',
  'attempt_fail',
  'delivered',
  'exception',
  'returned',
  'cancelled',
  'unknown',
] as const;
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

/** What the ten words cannot say. On its way back to the sender is `exception` + `returning`. */
export const SUBSTATUSES = [
  'picked_up',
  'customs',
  'returning',
  'refused',
  'bad_address',
  'unreachable',
  'rescheduled',
  'damaged',
  'lost',
  'partial',
] as const;
export type Substatus = (typeof SUBSTATUSES)[number];

/**
 * What a carrier's code means. `news` is information that never changes the status
 * (charges paid, archived); it is kept in the history.
 */
export type Meaning =
  ShipmentStatus | 'news' | { readonly status: ShipmentStatus; readonly substatus: Substatus };

/** One table from code to meaning per carrier; a code that is not in it is `unknown`, kept and logged once. */
export type StatusTable = Readonly<Record<string, Meaning>>;

/** One line of a parcel's history. Free text of the carrier is not kept: it carries names and phone numbers. */
export type TrackingEvent = {
  readonly time: EventTime;
  /** The carrier's own code or word, as it came. */
  readonly code: string;
  readonly status: ShipmentStatus | 'news';
  readonly substatus: Substatus | null;
  /** City or facility, never a street or a person. */
  readonly place: string | null;
};

export type Shipment = {
  readonly carrier: string;
  readonly number: string;
  readonly status: ShipmentStatus;
  readonly substatus: Substatus | null;
  /** Oldest first, without duplicates. */
  readonly events: readonly TrackingEvent[];
  /** Only when the carrier states it; never computed by us. */
  readonly expectedDelivery: EventTime | null;
  readonly readAt: Instant;
};

export type ProviderErrorReason =
  | 'auth'
  | 'rate_limited'
  | 'unavailable'
  | 'timeout'
  | 'malformed'
  | 'rejected'
  | 'circuit_open'
  | 'not_configured';

/** The outcomes of asking a carrier. They are never mixed up: each has its own sentence to the customer. */
export type TrackingOutcome =
  | { readonly kind: 'ok'; readonly shipment: Shipment }
  /** The carrier knows the number and has not scanned the parcel yet. */
  | {
      readonly kind: 'registered';
      readonly carrier: string;
      readonly number: string;
      readonly readAt: Instant;
    }
  | {
      readonly kind: 'not_found';
      readonly carrier: string;
      readonly number: string;
      readonly readAt: Instant;
    }
  | {
      readonly kind: 'provider_error';
      readonly carrier: string;
      readonly number: string;
      readonly reason: ProviderErrorReason;
      /** Milliseconds the carrier asked us to wait. */
      readonly retryAfterMs?: number;
    };
