/** An order as its customer sees it: parcels, each with its items and what is known of its way. */
import type { Shipment, ShipmentStatus, Substatus } from '../../carriers/shipment.ts';
import type { ItemStatus, Order, OrderItem } from '../../domain/order.ts';
import type { FlowContext } from '../engine/bot.ts';
import type { LogisticsPorts, ParcelAnswer } from './ports.ts';

export type ParcelNews =
  /** The carrier told. */
  | { readonly kind: 'carrier'; readonly shipment: Shipment; readonly stale: boolean }
  /** The carrier knows the number and has not scanned it. */
  | { readonly kind: 'no_scan'; readonly carrier: string }
  /** The carrier does not know the number (yet). */
  | { readonly kind: 'carrier_unaware'; readonly carrier: string }
  /** The carrier is down or slow; the marketplace's own status is all there is for now. */
  | { readonly kind: 'carrier_silent'; readonly carrier: string }
  /** The carrier is known and has no look-up here: its public page is all we can give. */
  | { readonly kind: 'no_lookup'; readonly carrier: string }
  /** No carrier to ask: the marketplace's own status is the answer. */
  | { readonly kind: 'marketplace' };

export type Parcel = {
  readonly items: readonly OrderItem[];
  readonly number: string | null;
  readonly trackingUrl: string | null;
  readonly itemStatus: ItemStatus;
  readonly status: ShipmentStatus;
  readonly substatus: Substatus | null;
  readonly news: ParcelNews;
};

/** What the marketplace's item status says about the parcel. */
const FROM_MARKETPLACE: Readonly<Record<ItemStatus, ShipmentStatus>> = {
  pending: 'info_received',
  ready_to_ship: 'info_received',
  shipped: 'in_transit',
  delivered: 'delivered',
  canceled: 'cancelled',
  failed: 'exception',
  returned: 'returned',
  unknown: 'unknown',
};

/** Items of one tracking number travel together; items without one are grouped by their status. */
export function groupItems(items: readonly OrderItem[]): readonly (readonly OrderItem[])[] {
  const groups = new Map<string, OrderItem[]>();
  for (const item of items) {
    const key = item.trackingNumber ? `number ${item.trackingNumber}` : `status ${item.status}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** Reads every parcel of an order, the carriers in parallel. */
export async function readParcels(
  context: FlowContext<LogisticsPorts>,
  order: Order,
): Promise<readonly Parcel[]> {
  return Promise.all(groupItems(order.items).map((items) => readParcel(context, order, items)));
}

async function readParcel(
  context: FlowContext<LogisticsPorts>,
  order: Order,
  items: readonly OrderItem[],
): Promise<Parcel> {
  const [first] = items;
  if (!first) throw new Error('A parcel has at least one item.');
  const number = first.trackingNumber;
  const nothingToAsk = !number || first.status === 'canceled' || first.status === 'pending';
  const answer = nothingToAsk
    ? null
    : await context.ports.trackParcel({
        number,
        trackingUrl: first.trackingUrl,
        provider: first.provider,
        country: order.country,
        carriers: context.shop.carriers,
        signal: context.signal,
      });
  const news = answer ? toNews(answer) : { kind: 'marketplace' as const };
  const told = news.kind === 'carrier' && news.shipment.status !== 'unknown' ? news.shipment : null;
  return {
    items,
    number,
    trackingUrl: first.trackingUrl,
    itemStatus: first.status,
    status: told?.status ?? (news.kind === 'no_scan' ? 'info_received' : FROM_MARKETPLACE[first.status]),
    substatus: told?.substatus ?? null,
    news,
  };
}

export function toNews(answer: ParcelAnswer): ParcelNews {
  switch (answer.kind) {
    case 'late':
      return { kind: 'carrier_silent', carrier: answer.carrier };
    case 'unrecognized':
      return { kind: 'marketplace' };
    case 'answered':
      break;
  }
  const { outcome } = answer;
  switch (outcome.kind) {
    case 'ok':
      return { kind: 'carrier', shipment: outcome.shipment, stale: answer.stale };
    case 'registered':
      return { kind: 'no_scan', carrier: outcome.carrier };
    case 'not_found':
      return { kind: 'carrier_unaware', carrier: outcome.carrier };
    case 'provider_error':
      return {
        kind: outcome.reason === 'not_configured' ? 'no_lookup' : 'carrier_silent',
        carrier: outcome.carrier,
      };
  }
}
