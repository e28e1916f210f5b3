/** How long a shop's own deliveries took: the only honest range where the carrier gives no date. */
import type { Order } from '../../domain/order.ts';
import type { Instant } from '../../domain/time.ts';
import type { DeliveryTimes } from './ports.ts';

const DAY_MS = 86_400_000;
/** With fewer, chance says more than the shop. */
export const FEWEST_ORDERS = 20;

/**
 * The middle eight tenths of the days from order to delivery. The marketplace tells no delivery date: the last change
 * of an item that is delivered stands for it.
 */
export function deliveryTimes(orders: readonly Order[], readAt: Instant): DeliveryTimes | null {
  const days = orders
    .flatMap(({ placedAt, items }) => {
      const arrived = items.filter(({ status }) => status === 'delivered').map(({ updatedAt }) => updatedAt);
      const known = arrived.filter((at): at is number => at !== null);
      if (placedAt === null || known.length === 0) return [];
      return [Math.max(1, Math.ceil((Math.max(...known) - placedAt) / DAY_MS))];
    })
    .sort((a, b) => a - b);
  if (days.length < FEWEST_ORDERS) return null;
  const at = (share: number): number => days[Math.round(share * (days.length - 1))] ?? 0;
  return { from: at(0.1), to: at(0.9), orders: days.length, readAt };
}
