/** Orders of the shops: from the local index when fresh, from the marketplace when not, by a bounded search when unknown. */
import type { ShopConfig } from './config/schema.ts';
import { VendorError } from '../connectors/jumia/vendor-client.ts';
import type { VendorClient } from '../connectors/jumia/vendor-client.ts';
import { ITEMS_BATCH, LONGEST_RANGE_MS } from '../connectors/jumia/vendor-client.ts';
import type { VendorOrder } from '../connectors/jumia/vendor-orders.ts';
import type { Order } from '../domain/order.ts';
import type { Clock } from '../domain/time.ts';
import type { OrderLookup } from '../bots/logistics/ports.ts';
import type { Log } from './log.ts';
import {
  indexedOrder,
  indexedOrderByTracking,
  indexOrders,
  readCursor,
  writeCursor,
} from './store/orders.ts';
import type { Db } from './store/schema.ts';

export type Orders = {
  readonly find: (shopId: string, number: string, signal: AbortSignal) => Promise<OrderLookup>;
  readonly findByTracking: (shopId: string, trackingNumber: string) => Promise<Order | null>;
  /**
   * Reads what changed since the last time into the index, the newest first. Returns how many orders. When `stopping`
   * fires it ends after the page under way and keeps the old cursor, so that the next poll reads the rest.
   */
  readonly poll: (shopId: string, stopping?: AbortSignal) => Promise<number>;
};

const FRESH_MS = 60_000;
/** Older facts than this are not told when the marketplace is silent. */
const TOO_OLD_MS = 7 * 86_400_000;
const SEARCH_PAGES = 40;
const SEARCH_RANGES = 2;
const POLL_PAGES = 300;
const POLL_OVERLAP_MS = 600_000;
const UNKNOWN_FOR_MS = 30_000;

export function createOrders(
  shops: readonly ShopConfig[],
  clients: ReadonlyMap<string, VendorClient>,
  db: Db,
  now: Clock,
  log: Log,
): Orders {
  const searches = new Map<string, Promise<Order | null>>();
  const unknown = new Map<string, number>();

  const shopOf = (id: string): ShopConfig => {
    const shop = shops.find((one) => one.id === id);
    if (!shop) throw new Error(`There is no shop "${id}".`);
    return shop;
  };
  const clientOf = (shop: ShopConfig): VendorClient => {
    const client = clients.get(shop.vendor.clientId);
    if (!client) throw new Error(`The shop "${shop.id}" has no Vendor Center client.`);
    return client;
  };

  async function freshen(known: Order, signal: AbortSignal): Promise<OrderLookup> {
    if (now() - known.readAt < FRESH_MS) return { kind: 'found', order: known };
    const shop = shopOf(known.shop);
    const fresh = clientOf(shop)
      .refreshItems(known)
      .then(async (order) => {
        await indexOrders(db, [order]);
        return order;
      });
    const order = await orElse(fresh, signal, (error) => report('refresh', shop.id, error));
    if (order) return { kind: 'found', order };
    return now() - known.readAt < TOO_OLD_MS ? { kind: 'found', order: known } : { kind: 'unavailable' };
  }

  /** Pages the newest orders until the number turns up. Goes on when the turn is over, so that asking again finds it. */
  async function search(shop: ShopConfig, number: string): Promise<Order | null> {
    const client = clientOf(shop);
    let pages = 0;
    let before = now() + 60_000;
    for (let range = 0; range < SEARCH_RANGES; range += 1) {
      const after = before - LONGEST_RANGE_MS;
      let token: string | null = null;
      do {
        const page: Awaited<ReturnType<VendorClient['ordersPage']>> = await client.ordersPage({
          by: 'created',
          after,
          before,
          shopId: shop.vendor.shopId,
          token,
        });
        pages += 1;
        const match = page.orders.find((order) => order.number === number);
        if (match) {
          const [order] = await client.withItems([match], shop);
          if (order) await indexOrders(db, [order]);
          return order ?? null;
        }
        token = page.nextToken;
      } while (token && pages < SEARCH_PAGES);
      if (pages >= SEARCH_PAGES)
        throw new VendorError('unavailable', `The order was not among the newest ${pages} pages.`);
      before = after;
    }
    return null;
  }

  function sharedSearch(shop: ShopConfig, number: string): Promise<Order | null> {
    const key = `${shop.id} ${number}`;
    const running = searches.get(key);
    if (running) return running;
    const started = search(shop, number).finally(() => searches.delete(key));
    started.catch(() => undefined);
    searches.set(key, started);
    return started;
  }

  function report(what: string, shop: string, error: unknown): void {
    const code = error instanceof VendorError ? error.code : 'error';
    const why = error instanceof Error ? error.message : 'unknown';
    log[code === 'reconnect' || code === 'forbidden' ? 'error' : 'warn'](
      { shop, what, code, why },
      'vendor center trouble',
    );
  }

  return {
    find: async (shopId, number, signal) => {
      const shop = shopOf(shopId);
      const known = await indexedOrder(db, shopId, number);
      if (known) return freshen(known, signal);
      const key = `${shopId} ${number}`;
      if ((unknown.get(key) ?? 0) > now()) return { kind: 'not_found' };
      let failed = false;
      const order = await orElse(sharedSearch(shop, number), signal, (error) => {
        failed = true;
        report('search', shopId, error);
      });
      if (order) return { kind: 'found', order };
      if (order === undefined || failed) return { kind: 'unavailable' };
      if (unknown.size > 10_000) unknown.clear();
      unknown.set(key, now() + UNKNOWN_FOR_MS);
      return { kind: 'not_found' };
    },
    findByTracking: (shopId, trackingNumber) => indexedOrderByTracking(db, shopId, trackingNumber),
    poll: async (shopId, stopping) => {
      const shop = shopOf(shopId);
      const client = clientOf(shop);
      const cursorName = `orders ${shopId}`;
      const cursor = await readCursor(db, cursorName);
      const startedAt = now();
      const after = cursor ? Number(cursor) - POLL_OVERLAP_MS : startedAt - LONGEST_RANGE_MS;
      let token: string | null = null;
      let read = 0;
      for (let page = 0; page < POLL_PAGES; page += 1) {
        const answer: Awaited<ReturnType<VendorClient['ordersPage']>> = await client.ordersPage({
          by: 'updated',
          after,
          before: startedAt + 60_000,
          shopId: shop.vendor.shopId,
          token,
          background: true,
        });
        if (stopping?.aborted) return read;
        read += await indexPage(client, shop, answer.orders);
        token = answer.nextToken;
        if (!token) break;
      }
      await writeCursor(db, cursorName, String(startedAt), startedAt);
      return read;
    },
  };

  async function indexPage(
    client: VendorClient,
    shop: ShopConfig,
    orders: readonly VendorOrder[],
  ): Promise<number> {
    for (let at = 0; at < orders.length; at += ITEMS_BATCH) {
      await indexOrders(
        db,
        await client.withItems(orders.slice(at, at + ITEMS_BATCH), shop, { background: true }),
      );
    }
    return orders.length;
  }
}

/**
 * The value, or undefined when the marketplace fails or the signal fires first. What is our own trouble (the store is
 * away) is no reason to tell the customer that Jumia does not answer: it ends the turn, which is tried again.
 */
async function orElse<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    promise.then(resolve, (error: unknown) => {
      if (!(error instanceof VendorError))
        return reject(error instanceof Error ? error : new Error(String(error)));
      onError(error);
      resolve(undefined);
    });
  });
}
