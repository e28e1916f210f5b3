/** Deletes what is older than its kind may be, shop by shop, in small transactions that hold nobody up for long. */
import type { RetentionDays } from '../config/schema.ts';
import { journaled, recordAudit } from './audit.ts';
import type { CustomerData } from './privacy.ts';
import { blankOutbox } from './privacy.ts';
import type { Db, Tx } from './schema.ts';

const DAY_MS = 86_400_000;
/** WhatsApp repeats a message for up to 7 days; its id must be known that long, or it would be answered again. */
const IDS_DAYS = 8;
const BATCH = 500;
/** Bounds one run; what is left is for the next. */
const MOST_BATCHES = 200;

export type Removed = Readonly<Record<string, number>>;

type Step = {
  readonly name: string;
  /** One batch; returns how many rows it changed. */
  readonly run: (tx: Tx, shop: string) => Promise<number>;
};

/** Runs every step for one shop, and records what it removed. */
export async function removeOld(db: Db, shop: string, keep: RetentionDays, now: number): Promise<Removed> {
  const removed: Record<string, number> = {};
  for (const { name, run } of steps(keep, now)) {
    let count = 0;
    for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
      const changed = await db.transaction().execute((tx) => run(tx, shop));
      count += changed;
      if (changed < BATCH) break;
    }
    if (count > 0) removed[name] = count;
  }
  if (Object.keys(removed).length > 0)
    await journaled(db, (tx) =>
      recordAudit(tx, shop, {
        kind: 'retention',
        at: now,
        conversation: null,
        author: 'system',
        ref: new Date(now).toISOString().slice(0, 10),
        data: { removed },
      }),
    );
  return removed;
}

function steps(keep: RetentionDays, now: number): readonly Step[] {
  const before = (days: number): number => now - days * DAY_MS;
  const ids = (days: number): number => before(Math.max(days, IDS_DAYS));
  const ofShop = (tx: Tx, shop: string) =>
    tx.selectFrom('conversation').select('id').where('shop', '=', shop);
  const erased = (tx: Tx, shop: string) => ofShop(tx, shop).where('erased_at', 'is not', null);
  return [
    {
      name: 'transcript',
      run: async (tx, shop) => {
        const old = tx
          .selectFrom('transcript')
          .select('seq')
          .where('at', '<', before(keep.transcript))
          .where('conversation_id', 'in', ofShop(tx, shop))
          .limit(BATCH);
        return changed(await tx.deleteFrom('transcript').where('seq', 'in', old).execute());
      },
    },
    {
      name: 'summaries',
      run: async (tx, shop) =>
        updated(
          await tx
            .updateTable('control_change')
            .set({ summary: '' })
            .where('at', '<', before(keep.transcript))
            .where('summary', '!=', '')
            .where('conversation_id', 'in', ofShop(tx, shop))
            .execute(),
        ),
    },
    {
      name: 'inbox bodies',
      run: async (tx, shop) => {
        const old = tx
          .selectFrom('inbox')
          .select('seq')
          .where('state', '=', 'done')
          .where('body', '!=', '{}')
          .where('received_at', '<', before(keep.inbox))
          .where('conversation_id', 'in', ofShop(tx, shop))
          .limit(BATCH);
        return updated(await tx.updateTable('inbox').set({ body: '{}' }).where('seq', 'in', old).execute());
      },
    },
    {
      name: 'inbox',
      run: async (tx, shop) => {
        const old = tx
          .selectFrom('inbox')
          .select('seq')
          .where('state', '=', 'done')
          .where('conversation_id', 'in', ofShop(tx, shop))
          .where((eb) =>
            eb.or([
              eb('received_at', '<', ids(keep.inbox)),
              eb.and([
                eb('received_at', '<', before(IDS_DAYS)),
                eb('conversation_id', 'in', erased(tx, shop)),
              ]),
            ]),
          )
          .limit(BATCH);
        return changed(await tx.deleteFrom('inbox').where('seq', 'in', old).execute());
      },
    },
    {
      name: 'outbox bodies',
      run: async (tx, shop) => {
        const old = tx
          .selectFrom('outbox')
          .select('seq')
          .where('state', '!=', 'pending')
          .where('body', '!=', '{}')
          .where('created_at', '<', before(keep.outbox))
          .where('conversation_id', 'in', ofShop(tx, shop))
          .limit(BATCH);
        return updated(await tx.updateTable('outbox').set({ body: '{}' }).where('seq', 'in', old).execute());
      },
    },
    {
      name: 'outbox',
      run: async (tx, shop) => {
        const old = tx
          .selectFrom('outbox')
          .select('seq')
          .where('state', '!=', 'pending')
          .where('created_at', '<', ids(keep.outbox))
          .where('conversation_id', 'in', ofShop(tx, shop))
          // That a message never went out is known here only: as long as the history holds it, it must not look sent.
          .where((eb) =>
            eb.or([
              eb('state', 'not in', ['dead', 'dropped']),
              eb.not(
                eb.exists(
                  eb
                    .selectFrom('transcript')
                    .select('transcript.seq')
                    .whereRef('transcript.conversation_id', '=', 'outbox.conversation_id')
                    .whereRef('transcript.ref', '=', 'outbox.id'),
                ),
              ),
            ]),
          )
          .limit(BATCH);
        return changed(await tx.deleteFrom('outbox').where('seq', 'in', old).execute());
      },
    },
    {
      name: 'turns',
      run: async (tx, shop) => {
        const old = tx
          .selectFrom('turn')
          .select('id')
          .where('at', '<', before(keep.turns))
          .where('conversation_id', 'in', ofShop(tx, shop))
          .limit(BATCH);
        return changed(await tx.deleteFrom('turn').where('id', 'in', old).execute());
      },
    },
    {
      name: 'follow-ups',
      run: async (tx, shop) => {
        const old = tx
          .selectFrom('follow_up')
          .select('id')
          .where('state', '=', 'done')
          .where('due_at', '<', before(keep.outbox))
          .where('conversation_id', 'in', ofShop(tx, shop))
          .limit(BATCH);
        return changed(await tx.deleteFrom('follow_up').where('id', 'in', old).execute());
      },
    },
    {
      name: 'orders',
      run: async (tx, shop) => {
        const rows = await tx
          .selectFrom('order_index')
          .select('number')
          .where('shop', '=', shop)
          .where('updated_at', '<', before(keep.orders))
          .where('read_at', '<', before(keep.orders))
          .limit(BATCH)
          .execute();
        if (rows.length === 0) return 0;
        const numbers = rows.map(({ number }) => number);
        for (const table of ['order_tracking', 'order_index'] as const)
          await tx.deleteFrom(table).where('shop', '=', shop).where('number', 'in', numbers).execute();
        return rows.length;
      },
    },
  ];
}

const changed = (results: readonly { readonly numDeletedRows: bigint }[]): number =>
  results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);
const updated = (results: readonly { readonly numUpdatedRows: bigint }[]): number =>
  results.reduce((sum, { numUpdatedRows }) => sum + Number(numUpdatedRows), 0);

/** What belongs to no shop: ids of events, and messages nobody reviewed. */
export async function removeOldEvents(db: Db, keep: RetentionDays, now: number): Promise<void> {
  const idsBefore = now - Math.max(keep.inbox, IDS_DAYS) * DAY_MS;
  await db.deleteFrom('seen_event').where('at', '<', idsBefore).execute();
  await db
    .deleteFrom('review')
    .where('state', '=', 'open')
    .where('at', '<', now - keep.reviews * DAY_MS)
    .execute();
}

/** A message of an erased customer may have been on its way: what its delivery wrote afterwards is blanked too. */
export async function blankLateDeliveries(db: Db): Promise<void> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('conversation', 'conversation.id', 'outbox.conversation_id')
    .select('conversation.id')
    .distinct()
    .where('conversation.erased_at', 'is not', null)
    .where('outbox.state', '!=', 'pending')
    .where('outbox.channel_message_id', 'is not', null)
    .limit(BATCH)
    .execute();
  for (const { id } of rows) await blankOutbox(db, id);
}

/** Customers nobody heard of for so long that they are to be erased as a whole. */
export async function silentCustomers(
  db: Db,
  shop: string,
  before: number,
): Promise<readonly CustomerData[]> {
  const rows = await db
    .selectFrom('conversation')
    .select(['id', 'channel', 'customer_id'])
    .where('shop', '=', shop)
    .where('erased_at', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('conversation as other')
            .leftJoin('transcript', 'transcript.conversation_id', 'other.id')
            .select('other.id')
            .whereRef('other.shop', '=', 'conversation.shop')
            .whereRef('other.channel', '=', 'conversation.channel')
            .whereRef('other.customer_id', '=', 'conversation.customer_id')
            .where((or) => or.or([or('other.updated_at', '>=', before), or('transcript.at', '>=', before)])),
        ),
      ),
    )
    .orderBy('ticket')
    .limit(BATCH)
    .execute();
  const found = new Map<string, CustomerData>();
  for (const { id, channel, customer_id } of rows) {
    const name = `${channel}\n${customer_id}`;
    const conversations = [...(found.get(name)?.conversations ?? []), id];
    found.set(name, { shop, channel, customer: customer_id, conversations });
  }
  return [...found.values()];
}
