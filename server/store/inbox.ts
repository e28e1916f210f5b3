/** The inbox: what customers wrote, durable before the channel hears 200, each message once. */
import { sql } from 'kysely';
import type { Message } from '../../domain/message.ts';
import { recordAudit } from './audit.ts';
import { customerWrote } from './audit-events.ts';
import type { NewConversation, Told } from './ensure-conversations.ts';
import { ensureConversations } from './ensure-conversations.ts';
import type { Db, Tx } from './schema.ts';
import { places, run, valueRows } from './statement.ts';
import { addToTranscript } from './transcript.ts';

export type Accepted = { readonly conversationId: string; readonly fresh: boolean };

/**
 * Stores what customers wrote; a message seen before changes nothing. All at once costs little more than one: the
 * webhooks that arrive together are stored together.
 */
export async function acceptMessages(
  tx: Tx,
  told: readonly Told[],
  now: number,
): Promise<readonly Accepted[]> {
  const ids = await ensureConversations(tx, told, now);
  const isFresh = await insertFresh(tx, told, ids);
  const accepted = told.map(({ message, fresh }, index) => ({
    message,
    shop: fresh.shop,
    conversationId: ids[index] ?? '',
    fresh: isFresh(message),
  }));
  const fresh = accepted.filter((one) => one.fresh);
  const entries = fresh.map(({ conversationId, message: { id, from, content, sentAt } }) => ({
    conversationId,
    role: from.role,
    author: from.id,
    body: content,
    ref: id,
    at: sentAt,
  }));
  await addToTranscript(tx, ...entries);
  for (const { message, shop, conversationId } of fresh)
    await recordAudit(tx, shop, customerWrote(message, conversationId, now));
  return accepted.map(({ conversationId, fresh }) => ({ conversationId, fresh }));
}

const COLUMNS = [
  'conversation_id',
  'channel',
  'account',
  'message_id',
  'body',
  'sent_at',
  'received_at',
  'state',
] as const;

/** Tells of each message, in turn, whether it was new. The same one twice in a batch is new once. */
async function insertFresh(
  tx: Tx,
  told: readonly Told[],
  conversationIds: readonly string[],
): Promise<(message: Message) => boolean> {
  type Key = { readonly channel: string; readonly account: string; readonly message_id: string };
  const nameOf = ({ channel, account, message_id }: Key): string => `${channel}\n${account}\n${message_id}`;
  const inserted = await run<Key>(
    tx,
    `insert into inbox (${COLUMNS.join(',')}) values ${valueRows(told.length, COLUMNS.length)} on conflict (channel, account, message_id) do nothing returning channel, account, message_id`,
    told.flatMap(({ message }, index) => [
      conversationIds[index],
      message.channel,
      message.account,
      message.id,
      JSON.stringify(message),
      message.sentAt,
      message.receivedAt,
      'pending',
    ]),
  );
  const fresh = new Set(inserted.map(nameOf));
  return ({ channel, account, id }) => fresh.delete(nameOf({ channel, account, message_id: id }));
}

/** {@link acceptMessages} of one. */
export async function acceptMessage(
  tx: Tx,
  message: Message,
  fresh: NewConversation,
  now: number,
): Promise<Accepted> {
  const [accepted] = await acceptMessages(tx, [{ message, fresh }], now);
  if (!accepted) throw new Error('A message was not stored.');
  return accepted;
}

export type PendingMessage = { readonly seq: number; readonly attempts: number; readonly message: Message };

const MOST_AT_ONCE = 50;

/** What the conversation still waits to hear an answer to, in the order it was written. */
export async function pendingMessages(db: Db, conversationId: string): Promise<readonly PendingMessage[]> {
  type Row = { readonly seq: number; readonly attempts: number; readonly body: string };
  const rows = await run<Row>(
    db,
    `select seq, attempts, body from inbox where state = 'pending' and conversation_id = ? order by sent_at, seq limit ${MOST_AT_ONCE}`,
    [conversationId],
  );
  return rows.map(({ seq, attempts, body }) => ({ seq, attempts, message: JSON.parse(body) as Message }));
}

export async function hasPending(db: Db, conversationId: string): Promise<boolean> {
  const rows = await run(
    db,
    "select seq from inbox where state = 'pending' and conversation_id = ? limit 1",
    [conversationId],
  );
  return rows.length > 0;
}

export async function markDone(tx: Tx | Db, seqs: readonly number[], now: number): Promise<void> {
  if (seqs.length === 0) return;
  const statement = `update inbox set state = 'done', done_at = ? where seq in (${places(seqs.length)})`;
  await run(tx, statement, [now, ...seqs]);
}

export async function countAttempt(db: Db, seqs: readonly number[], weight: number): Promise<void> {
  if (seqs.length === 0) return;
  const statement = `update inbox set attempts = attempts + ? where seq in (${places(seqs.length)})`;
  await run(db, statement, [weight, ...seqs]);
}

/** Conversations with unanswered messages received until `before`, oldest first: the sweep wakes them, so that a lost wake-up loses nothing. */
export async function conversationsToWake(
  db: Db,
  exceptChannels: readonly string[],
  before: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('inbox')
    .select('conversation_id')
    .where('state', '=', sql.lit('pending'))
    .where('received_at', '<=', before)
    .$if(exceptChannels.length > 0, (query) => query.where('channel', 'not in', exceptChannels))
    .groupBy('conversation_id')
    .orderBy((eb) => eb.fn.min('seq'))
    .limit(limit)
    .execute();
  return rows.map((row) => row.conversation_id);
}

/** How many messages wait for an answer; counting stops at `most`. */
export async function countPending(db: Db, most: number): Promise<number> {
  const rows = await db
    .selectFrom('inbox')
    .select('seq')
    .where('state', '=', sql.lit('pending'))
    .limit(most)
    .execute();
  return rows.length;
}

/** True the first time an event id is seen; control changes and statuses are told more than once too. */
export async function firstSight(
  tx: Tx,
  channel: string,
  account: string,
  eventId: string,
  now: number,
): Promise<boolean> {
  const inserted = await tx
    .insertInto('seen_event')
    .values({ channel, account, event_id: eventId, at: now })
    .onConflict((conflict) => conflict.columns(['channel', 'account', 'event_id']).doNothing())
    .returning('event_id')
    .executeTakeFirst();
  return inserted !== undefined;
}
