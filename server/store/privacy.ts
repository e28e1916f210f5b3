/** What we hold about one customer: found, shown, erased. */
import { randomUUID } from 'node:crypto';
import type { AuditEntry } from './audit.ts';
import { journaled, recordAudit } from './audit.ts';
import { changeControl, findConversation } from './conversations.ts';
import { destroyCustomerKeys } from './customer-keys.ts';
import type { Db, Tx } from './schema.ts';

/** One person on one channel of one shop, and the conversations they had. */
export type CustomerData = {
  readonly shop: string;
  readonly channel: string;
  readonly customer: string;
  readonly conversations: readonly string[];
};

export type CustomerQuery = {
  /** The channel's id of a customer, a ticket number, or our id of a conversation. */
  readonly given: string;
  readonly as?: 'customer' | 'ticket' | undefined;
  readonly shop?: string | undefined;
};

/** `ambiguous`: the digits are a customer's id and also the number of somebody else's ticket. */
export type FoundCustomer =
  | { readonly kind: 'found'; readonly customers: readonly CustomerData[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous' };

export async function findCustomer(db: Db, query: CustomerQuery): Promise<FoundCustomer> {
  const { given, as, shop } = query;
  if (as === undefined && /^c_[0-9a-f-]{36}$/.test(given)) {
    const customers = await byConversation(db, 'id', given, shop);
    return customers.length > 0 ? { kind: 'found', customers } : { kind: 'none' };
  }
  const asCustomer = as === 'ticket' ? [] : await owners(db, { customer: given, shop });
  const asTicket =
    as === 'customer' || !/^\d{1,15}$/.test(given)
      ? []
      : await byConversation(db, 'ticket', Number(given), shop);
  if (asCustomer.length > 0 && asTicket.length > 0) {
    const same = asTicket.every((one) => asCustomer.some((other) => other.customer === one.customer));
    if (!same) return { kind: 'ambiguous' };
  }
  const customers = asCustomer.length > 0 ? asCustomer : asTicket;
  return customers.length > 0 ? { kind: 'found', customers } : { kind: 'none' };
}

/** The customer of a conversation, with everything else they wrote on that channel. */
async function byConversation(
  db: Db,
  column: 'ticket' | 'id',
  value: number | string,
  shop: string | undefined,
): Promise<readonly CustomerData[]> {
  const row = await db
    .selectFrom('conversation')
    .select(['channel', 'customer_id'])
    .where(column, '=', value)
    .where('erased_at', 'is', null)
    .executeTakeFirst();
  return row ? owners(db, { customer: row.customer_id, channel: row.channel, shop }) : [];
}

async function owners(
  db: Db,
  asked: { readonly customer: string; readonly channel?: string; readonly shop: string | undefined },
): Promise<readonly CustomerData[]> {
  const rows = await db
    .selectFrom('conversation')
    .select(['id', 'shop', 'channel', 'customer_id'])
    .where('customer_id', '=', asked.customer)
    .where('erased_at', 'is', null)
    .$if(asked.channel !== undefined, (query) => query.where('channel', '=', asked.channel ?? ''))
    .$if(asked.shop !== undefined, (query) => query.where('shop', '=', asked.shop ?? ''))
    .orderBy('ticket')
    .execute();
  const found = new Map<string, CustomerData>();
  for (const { id, shop, channel, customer_id } of rows) {
    const name = `${shop}\n${channel}`;
    const before = found.get(name);
    found.set(name, {
      shop,
      channel,
      customer: customer_id,
      conversations: [...(before?.conversations ?? []), id],
    });
  }
  return [...found.values()];
}

/** Tables that hold something of a conversation, in the order in which they are shown. */
const TABLES = ['transcript', 'inbox', 'outbox', 'turn', 'control_change', 'follow_up', 'review'] as const;

export type HeldRow = { readonly table: string; readonly row: Readonly<Record<string, unknown>> };

/** Every row of the working tables that belongs to the customer. */
export async function* heldRows(db: Db, customer: CustomerData): AsyncGenerator<HeldRow> {
  for (const id of customer.conversations) {
    const rows = await db.selectFrom('conversation').selectAll().where('id', '=', id).execute();
    for (const row of rows) {
      yield { table: 'conversation', row };
      if (row.bound_order !== null) yield* orderRows(db, customer.shop, row.bound_order);
    }
    for (const table of TABLES) {
      const held: readonly Readonly<Record<string, unknown>>[] = await db
        .selectFrom(table)
        .selectAll()
        .where('conversation_id', '=', id)
        .execute();
      for (const row of held) yield { table, row };
    }
  }
  const keys = await db
    .selectFrom('customer_key')
    .select(['id', 'shop', 'channel', 'customer_id', 'created_at'])
    .where('shop', '=', customer.shop)
    .where('channel', '=', customer.channel)
    .where('customer_id', '=', customer.customer)
    .execute();
  for (const row of keys) yield { table: 'customer_key', row };
}

async function* orderRows(db: Db, shop: string, number: string): AsyncGenerator<HeldRow> {
  const rows = await db
    .selectFrom('order_index')
    .selectAll()
    .where('shop', '=', shop)
    .where('number', '=', number)
    .execute();
  for (const row of rows) yield { table: 'order_index', row };
}

export type Erasure = {
  /** `operator:<name>` or `system`, and why. */
  readonly author: string;
  readonly reason: 'request' | 'retention';
  readonly now: number;
};

export type Erased = { readonly conversations: number; readonly keys: number };

/** What a page or a desk shows instead of words that are gone. */
const ERASED_BODY = JSON.stringify({ kind: 'unsupported', what: 'erased' });

/**
 * Destroys the customer's keys and blanks what the working tables hold, in one transaction with the record of it.
 * Tickets, times and decisions stay, without the person. Ids of inbound messages stay until the retention job removes
 * them: a channel may send a message again for days, and it must not come back to life.
 */
export async function eraseCustomer(db: Db, customer: CustomerData, erasure: Erasure): Promise<Erased> {
  return journaled(db, async (tx) => {
    for (const id of customer.conversations) await eraseConversation(tx, id, erasure.now);
    const owner = { channel: customer.channel, id: customer.customer };
    const keys = await destroyCustomerKeys(tx, customer.shop, owner, erasure.now);
    const record: AuditEntry = {
      kind: 'privacy',
      at: erasure.now,
      conversation: null,
      author: erasure.author,
      ref: keys[0] ?? customer.conversations[0] ?? '',
      data: {
        action: 'erase',
        reason: erasure.reason,
        keys,
        conversations: customer.conversations,
      },
    };
    await recordAudit(tx, customer.shop, record);
    return { conversations: customer.conversations.length, keys: keys.length };
  });
}

async function eraseConversation(tx: Tx, id: string, now: number): Promise<void> {
  const conversation = await findConversation(tx, id);
  if (!conversation) return;
  const { shop, boundOrder, control } = conversation;
  const blank = `erased-${randomUUID()}`;
  // A customer who is erased has no open question any more; a turn under way is dropped by the new version.
  if (control !== 'closed') {
    const anonymous = { ...conversation, customer: { id: blank, name: null } };
    await changeControl(tx, {
      conversation: anonymous,
      to: 'closed',
      reason: 'resolved',
      queue: null,
      summary: '',
      author: 'system',
      now,
    });
  }
  await tx
    .updateTable('conversation')
    .set({
      external_id: blank,
      customer_id: blank,
      customer_name: null,
      bound_order: null,
      locale: null,
      state: 'null',
      claimed_by: null,
      claimed_until: 0,
      erased_at: now,
    })
    .where('id', '=', id)
    .execute();
  await blankRows(tx, id, now);
  if (boundOrder !== null) await forgetOrder(tx, shop, boundOrder);
}

async function blankRows(tx: Tx, id: string, now: number): Promise<void> {
  await tx
    .updateTable('inbox')
    .set({ body: '{}', state: 'done', done_at: now })
    .where('conversation_id', '=', id)
    .execute();
  await tx
    .updateTable('outbox')
    .set({ state: 'dead', error: 'erased' })
    .where('conversation_id', '=', id)
    .where('state', '=', 'pending')
    .execute();
  await blankOutbox(tx, id);
  await tx
    .updateTable('transcript')
    .set({ body: ERASED_BODY, ref: '' })
    .where('conversation_id', '=', id)
    .execute();
  await tx
    .updateTable('transcript')
    .set({ author: 'erased' })
    .where('conversation_id', '=', id)
    .where('role', '=', 'customer')
    .execute();
  await tx.updateTable('turn').set({ trace: '{}' }).where('conversation_id', '=', id).execute();
  await tx.updateTable('control_change').set({ summary: '' }).where('conversation_id', '=', id).execute();
  await tx
    .updateTable('follow_up')
    .set({ data: 'null', state: 'done' })
    .where('conversation_id', '=', id)
    .execute();
  await tx.deleteFrom('review').where('conversation_id', '=', id).execute();
  await tx.deleteFrom('customer_address').where('conversation_id', '=', id).execute();
}

/** What was sent, and the channel's id of it, which may hold a phone number. */
export async function blankOutbox(tx: Tx | Db, conversationId: string): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ body: '{}', channel_message_id: null })
    .where('conversation_id', '=', conversationId)
    .where('state', '!=', 'pending')
    .execute();
}

/** The order's copy in our index holds the buyer's name and city. */
async function forgetOrder(tx: Tx, shop: string, number: string): Promise<void> {
  await tx.deleteFrom('order_index').where('shop', '=', shop).where('number', '=', number).execute();
  await tx.deleteFrom('order_tracking').where('shop', '=', shop).where('number', '=', number).execute();
}
