/** Deletes what is older than its kind may be, shop by shop, in small transactions that hold nobody up for long. */
import type { RetentionDays } from '../config/schema.ts';
import { journaled, recordAudit } from './audit.ts';
import type { CustomerData } from './privacy.ts';
import { blankOutbox } from './privacy.ts';
import type { Db, Tx } from './schema.ts';
import { run } from './statement.ts';

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
  for (const step of steps(keep, now)) {
    let count = 0;
    for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
      const changed = await db.transaction().execute((tx) => step.run(tx, shop));
      count += changed;
      if (changed < BATCH) break;
    }
    if (count > 0) removed[step.name] = count;
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

/** Rows of the shop's conversations of one kind that are over, as conditions with their values. */
type Over = {
  readonly table: 'transcript' | 'inbox' | 'outbox' | 'turn' | 'follow_up';
  readonly where: string;
  readonly values: (shop: string) => readonly unknown[];
};

const OF_SHOP = 'conversation_id in (select id from conversation where shop = ?)';
const OF_ERASED = 'conversation_id in (select id from conversation where shop = ? and erased_at is not null)';
/** That a message never went out is known here only: as long as the history holds it, it must not look sent. */
const NOT_IN_HISTORY = `(state not in ('dead', 'dropped') or not exists (
  select seq from transcript where transcript.conversation_id = outbox.conversation_id and transcript.ref = outbox.id))`;

/** `blank` empties a column and keeps the row; else the row goes. */
function clear(name: string, key: 'seq' | 'id', { table, where, values }: Over, blank?: string): Step {
  const old = `select ${key} from ${table} where ${where} and ${OF_SHOP} limit ${BATCH}`;
  const change = blank === undefined ? `delete from ${table}` : `update ${table} set ${blank}`;
  const statement = `${change} where ${key} in (${old}) returning ${key}`;
  return { name, run: async (tx, shop) => (await run(tx, statement, [...values(shop), shop])).length };
}

function steps(keep: RetentionDays, now: number): readonly Step[] {
  const before = (days: number): number => now - days * DAY_MS;
  const ids = (days: number): number => before(Math.max(days, IDS_DAYS));
  const over = (table: Over['table'], where: string, ...values: readonly unknown[]): Over => ({
    table,
    where,
    values: () => values,
  });
  return [
    clear('transcript', 'seq', over('transcript', 'at < ?', before(keep.transcript))),
    {
      name: 'summaries',
      run: async (tx, shop) => {
        const statement = `update control_change set summary = '' where at < ? and summary != '' and ${OF_SHOP} returning version`;
        return (await run(tx, statement, [before(keep.transcript), shop])).length;
      },
    },
    clear(
      'inbox bodies',
      'seq',
      over('inbox', "state = 'done' and body != '{}' and received_at < ?", before(keep.inbox)),
      "body = '{}'",
    ),
    clear('inbox', 'seq', {
      table: 'inbox',
      where: `state = 'done' and (received_at < ? or (received_at < ? and ${OF_ERASED}))`,
      values: (shop) => [ids(keep.inbox), before(IDS_DAYS), shop],
    }),
    clear(
      'outbox bodies',
      'seq',
      over('outbox', "state != 'pending' and body != '{}' and created_at < ?", before(keep.outbox)),
      "body = '{}'",
    ),
    clear(
      'outbox',
      'seq',
      over('outbox', `state != 'pending' and created_at < ? and ${NOT_IN_HISTORY}`, ids(keep.outbox)),
    ),
    clear('turns', 'id', over('turn', 'at < ?', before(keep.turns))),
    clear('follow-ups', 'id', over('follow_up', "state = 'done' and due_at < ?", before(keep.outbox))),
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
