/**
 * Reads orders as Jumia's Vendor Center API shows them (vendorcenter.jumia.com/api-docs, read 2026-09 and checked against
 * three live integrations). Pure. Real answers differ from the specification: items come as an array, `orderNumber`
 * may be missing, `trackingUrl` may be empty, letter case varies, unknown status words occur.
 */
import { z } from 'zod';
import type { ItemStatus, Money, Order, OrderItem } from '../../domain/order.ts';

const id = z.union([z.string(), z.number()]).transform(String);
const text = z.string().nullish();
const money = z.looseObject({ currency: z.string(), value: z.coerce.number() }).nullish();
const country = z.looseObject({ code: z.string(), currencyCode: z.string().nullish() }).nullish();

const vendorOrder = z.looseObject({
  id,
  number: id,
  isPrepayment: z.boolean().nullish(),
  totalAmountLocal: money,
  country,
  shopIds: z.array(id).nullish(),
  shippingAddress: z.looseObject({ firstName: text, lastName: text, city: text }).nullish(),
  createdAt: text,
  updatedAt: text,
});
const vendorItem = z.looseObject({
  id,
  status: z.string().default(''),
  product: z.looseObject({ name: text, sellerSku: text }).nullish(),
  trackingNumber: text,
  trackingUrl: text,
  shipmentProvider: z
    .union([z.string(), z.looseObject({ name: text }).transform((provider) => provider.name ?? '')])
    .nullish(),
  deliveryOption: text,
  paidPriceLocal: z.coerce.number().nullish(),
  country,
  updatedAt: text,
});
const vendorItems = z.looseObject({
  orderId: id,
  orderNumber: id.nullish(),
  items: z.array(vendorItem).nullish(),
});

export type VendorOrder = z.infer<typeof vendorOrder>;
export type VendorItems = z.infer<typeof vendorItems>;

const ordersPage = z.looseObject({
  orders: z.array(vendorOrder).nullish(),
  nextToken: text,
  isLastPage: z.boolean().nullish(),
});

export type OrdersPage = { readonly orders: readonly VendorOrder[]; readonly nextToken: string | null };

/** @throws ZodError when the body is no page of orders */
export function readOrdersPage(json: unknown): OrdersPage {
  const page = ordersPage.parse(json);
  const last = page.isLastPage === true || !page.nextToken;
  return { orders: page.orders ?? [], nextToken: last ? null : (page.nextToken ?? null) };
}

/** The specification shows one object, the service answers an array: both are read. */
export function readItems(json: unknown): readonly VendorItems[] {
  return Array.isArray(json) ? z.array(vendorItems).parse(json) : [vendorItems.parse(json)];
}

const STATUSES: Readonly<Record<string, ItemStatus>> = {
  pending: 'pending',
  packed: 'pending',
  readytoship: 'ready_to_ship',
  shipped: 'shipped',
  delivered: 'delivered',
  canceled: 'canceled',
  cancelled: 'canceled',
  failed: 'failed',
  deliveryfailed: 'failed',
  returned: 'returned',
};

/** "Ready To Ship", "READY_TO_SHIP" and "ready_to_ship" are one. */
export function readStatus(word: string): ItemStatus {
  return STATUSES[word.toLowerCase().replace(/[^a-z]/g, '')] ?? 'unknown';
}

/** ISO, or `yyyy-MM-dd HH:mm:ss` without zone, which is read as UTC. */
function instant(value: string | null | undefined): number | null {
  if (!value) return null;
  const iso = value.trim().replace(' ', 'T');
  const at = Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/i.test(iso) ? iso : iso.length > 10 ? `${iso}Z` : iso);
  return Number.isNaN(at) ? null : at;
}

const present = (value: string | null | undefined): string | null =>
  value && value.trim() !== '' ? value.trim() : null;

function toItem(item: z.infer<typeof vendorItem>, currency: string | null): OrderItem {
  const paid: Money | null =
    typeof item.paidPriceLocal === 'number' && currency ? { amount: item.paidPriceLocal, currency } : null;
  return {
    id: item.id,
    name: present(item.product?.name) ?? present(item.product?.sellerSku) ?? item.id,
    sku: present(item.product?.sellerSku),
    status: readStatus(item.status),
    rawStatus: item.status,
    trackingNumber: present(item.trackingNumber),
    trackingUrl: present(item.trackingUrl),
    provider: present(item.shipmentProvider),
    pickupStation: /pick-?\s?up/i.test(item.deliveryOption ?? ''),
    paid,
    updatedAt: instant(item.updatedAt),
  };
}

/** Joins an order with its items. Address and phone are not kept, only what an identity check compares. */
export function toOrder(
  order: VendorOrder,
  items: VendorItems | undefined,
  shop: { readonly id: string; readonly country: string },
  readAt: number,
): Order {
  const currency = order.country?.currencyCode ?? order.totalAmountLocal?.currency ?? null;
  const total = order.totalAmountLocal;
  const address = order.shippingAddress;
  return {
    id: order.id,
    number: order.number,
    shop: shop.id,
    country: order.country?.code ?? shop.country,
    prepaid: order.isPrepayment ?? null,
    total: total ? { amount: total.value, currency: total.currency } : null,
    items: (items?.items ?? []).map((item) => toItem(item, currency)),
    check: {
      firstName: present(address?.firstName),
      lastName: present(address?.lastName),
      city: present(address?.city),
    },
    placedAt: instant(order.createdAt),
    updatedAt: instant(order.updatedAt),
    readAt,
  };
}
