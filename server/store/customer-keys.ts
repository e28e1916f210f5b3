/** One key a customer of a shop on a channel: what it sealed can be read as long as it exists. */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { storable } from '../../compliance/canonical-json.ts';
import { newKey, unwrapKey, wrapKey } from '../../compliance/sealing.ts';
import type { Db, Tx } from './schema.ts';
import { places, run, valueRows } from './statement.ts';

export type CustomerKey = { readonly id: string; readonly key: Buffer };

type Owner = { readonly channel: string; readonly id: string };

const nameOf = ({ channel, id }: Owner): string => `${channel}\n${storable(id)}`;

/**
 * The keys of these customers, made where they are missing. Read anew every time: a key remembered in this process could
 * have been destroyed in another, or belong to a transaction that was rolled back.
 */
export async function customerKeys(
  tx: Tx,
  asked: {
    readonly master: Buffer;
    readonly shop: string;
    readonly customers: readonly Owner[];
    readonly now: number;
  },
): Promise<ReadonlyMap<string, CustomerKey>> {
  const { master, shop, customers, now } = asked;
  const keys = new Map<string, CustomerKey>();
  const wanted = new Map(customers.map((customer) => [nameOf(customer), customer]));
  if (wanted.size === 0) return keys;
  for (const [channel, ids] of idsByChannel(wanted.values())) {
    const statement = `select id, customer_id, wrapped from customer_key where shop = ? and channel = ? and customer_id in (${places(ids.length)})`;
    type Row = { readonly id: string; readonly customer_id: string; readonly wrapped: string | null };
    for (const { id, customer_id, wrapped } of await run<Row>(tx, statement, [shop, channel, ...ids]))
      if (wrapped !== null)
        keys.set(nameOf({ channel, id: customer_id }), { id, key: unwrapped(master, id, wrapped) });
  }
  const missing = [...wanted].filter(([name]) => !keys.has(name));
  if (missing.length === 0) return keys;
  const rows = missing.flatMap(([name, { channel, id: customerId }]) => {
    const id = `k_${randomUUID()}`;
    const key = newKey();
    keys.set(name, { id, key });
    return [id, shop, channel, storable(customerId), wrapKey(master, id, key), now];
  });
  const statement = `insert into customer_key (id, shop, channel, customer_id, wrapped, created_at) values ${valueRows(missing.length, 6)}`;
  await run(tx, statement, rows);
  return keys;
}

function idsByChannel(owners: Iterable<Owner>): ReadonlyMap<string, readonly string[]> {
  const byChannel = new Map<string, string[]>();
  for (const { channel, id } of owners) {
    const ids = byChannel.get(channel);
    if (ids) ids.push(storable(id));
    else byChannel.set(channel, [storable(id)]);
  }
  return byChannel;
}

/**
 * Unwrapping again is saved, reading is not: a key is found here only by the wrapped form that was just read, so one that
 * was destroyed meanwhile, anywhere, is never used.
 */
const UNWRAPPED = new LRUCache<string, Buffer>({ max: 5_000, ttl: 600_000 });

function unwrapped(master: Buffer, id: string, wrapped: string): Buffer {
  const known = UNWRAPPED.get(wrapped);
  if (known) return known;
  const key = unwrapKey(master, id, wrapped);
  UNWRAPPED.set(wrapped, key);
  return key;
}

export function keyOf(keys: ReadonlyMap<string, CustomerKey>, customer: Owner): CustomerKey {
  const key = keys.get(nameOf(customer));
  if (!key) throw new Error('A customer has no key: ask customerKeys for it first.');
  return key;
}

/** Opens what was sealed; null when the key was destroyed. */
export async function readCustomerKeys(
  db: Db | Tx,
  master: Buffer,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const keys = new Map<string, Buffer>();
  if (ids.length === 0) return keys;
  const rows = await db.selectFrom('customer_key').select(['id', 'wrapped']).where('id', 'in', ids).execute();
  for (const { id, wrapped } of rows) if (wrapped !== null) keys.set(id, unwrapKey(master, id, wrapped));
  return keys;
}

/** Destroys the keys of a customer; returns the ids they had. */
export async function destroyCustomerKeys(
  tx: Tx,
  shop: string,
  customer: Owner,
  now: number,
): Promise<readonly string[]> {
  const rows = await tx
    .updateTable('customer_key')
    .set({ wrapped: null, customer_id: null, erased_at: now })
    .where('shop', '=', shop)
    .where('channel', '=', customer.channel)
    .where('customer_id', '=', storable(customer.id))
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}
