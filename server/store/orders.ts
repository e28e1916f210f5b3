/** The local index of orders, because the marketplace has no search by order number. */
import type { Order } from '../../domain/order.ts';
import type { Db, Tx } from './schema.ts';
import { run } from './statement.ts';

/** Keeps the newest state of each order; an older answer that arrives late changes nothing. */
export async function indexOrders(db: Db, orders: readonly Order[]): Promise<void> {
  if (orders.length === 0) return;
  await db.transaction().execute(async (tx) => {
    for (const order of orders) await indexOrder(tx, order);
  });
}

async function indexOrder(tx: Tx, order: Order): Promise<void> {
  const { shop, number } = order;
  const row = {
    shop,
    number,
    order_id: order.id,
    body: JSON.stringify(order),
    updated_at: order.updatedAt ?? 0,
    read_at: order.readAt,
  };
  await tx
    .insertInto('order_index')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['shop', 'number']).doUpdateSet(row).where('order_index.read_at', '<=', row.read_at),
    )
    .execute();
  const parcels = new Set(
    order.items.map((item) => bare(item.trackingNumber ?? '')).filter((one) => one !== ''),
  );
  for (const tracking of parcels) {
    await tx
      .insertInto('order_tracking')
      .values({ shop, tracking, number })
      .onConflict((conflict) => conflict.columns(['shop', 'tracking']).doUpdateSet({ number }))
      .execute();
  }
}

/** A tracking number as it is compared: letters and digits, upper case. */
function bare(trackingNumber: string): string {
  return trackingNumber.replace(/[^A-Za-z0-9]/g, '').toUpperCase();
}

export async function indexedOrder(db: Db, shop: string, number: string): Promise<Order | null> {
  const statement = 'select body from order_index where shop = ? and number = ?';
  const [row] = await run<{ readonly body: string }>(db, statement, [shop, number]);
  return row ? (JSON.parse(row.body) as Order) : null;
}

/** The order a parcel belongs to. A number of another shape than an order's may still be one: both are tried. */
export async function indexedOrderByTracking(
  db: Db,
  shop: string,
  trackingNumber: string,
): Promise<Order | null> {
  const tracking = bare(trackingNumber);
  const row = await db
    .selectFrom('order_tracking')
    .select('number')
    .where('shop', '=', shop)
    .where('tracking', '=', tracking)
    .executeTakeFirst();
  return indexedOrder(db, shop, row?.number ?? tracking);
}

/** Orders of a shop read since `since` in which something was delivered, the newest first. */
export async function deliveredOrders(
  db: Db,
  shop: string,
  since: number,
  most: number,
): Promise<readonly Order[]> {
  const rows = await db
    .selectFrom('order_index')
    .select('body')
    .where('shop', '=', shop)
    .where('updated_at', '>=', since)
    .where('body', 'like', '%"status":"delivered"%')
    .orderBy('updated_at', 'desc')
    .limit(most)
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as Order);
}

export async function readCursor(db: Db, name: string): Promise<string | null> {
  const row = await db.selectFrom('cursor').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value ?? null;
}

export async function writeCursor(db: Db, name: string, value: string, now: number): Promise<void> {
  await db
    .insertInto('cursor')
    .values({ name, value, at: now })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value, at: now }))
    .execute();
}
