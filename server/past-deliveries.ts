/** How long each shop's deliveries took lately, read from the order index at most once an hour. */
import { LRUCache } from 'lru-cache';
import { deliveryTimes } from '../bots/logistics/delivery-times.ts';
import type { DeliveryTimes } from '../bots/logistics/ports.ts';
import type { Clock } from '../domain/time.ts';
import { deliveredOrders } from './store/orders.ts';
import type { Db } from './store/schema.ts';

const WINDOW_MS = 90 * 86_400_000;
const MOST_ORDERS = 500;
const FRESH_MS = 3_600_000;
const MOST_SHOPS = 1_000;

export type PastDeliveries = (shopId: string) => Promise<DeliveryTimes | null>;

export function createPastDeliveries(db: Db, now: Clock): PastDeliveries {
  const known = new LRUCache<string, { readonly until: number; readonly times: DeliveryTimes | null }>({
    max: MOST_SHOPS,
  });
  return async (shopId) => {
    const at = now();
    const kept = known.get(shopId);
    if (kept && kept.until > at) return kept.times;
    const times = deliveryTimes(await deliveredOrders(db, shopId, at - WINDOW_MS, MOST_ORDERS), at);
    known.set(shopId, { until: at + FRESH_MS, times });
    return times;
  };
}
