/** The inbox: what customers wrote, durable before the channel hears 200, each message once. */
import type { Message } from '../../domain/message.ts';
import { recordAudit } from './audit.ts';
import { customerWrote } from './audit-events.ts';
import type { NewConversation } from './conversations.ts';
import { ensureConversation } from './conversations.ts';
import type { Db, Tx } from './schema.ts';
import { addToTranscript } from './transcript.ts';

export type Accepted = { readonly conversationId: string; readonly fresh: boolean };

/** Stores one customer message; a message seen before changes nothing. */
export async function acceptMessage(
  tx: Tx,
  message: Message,
  fresh: NewConversation,
  now: number,
): Promise<Accepted> {
  const conversationId = await ensureConversation(tx, message, fresh, now);
  const inserted = await tx
    .insertInto('inbox')
    .values({
      conversation_id: conversationId,
      channel: message.channel,
      account: message.account,
      message_id: message.id,
      body: JSON.stringify(message),
      sent_at: message.sentAt,
      received_at: message.receivedAt,
      state: 'pending',
      done_at: null,
    })
    .onConflict((conflict) => conflict.columns(['channel', 'account', 'message_id']).doNothing())
    .returning('seq')
    .executeTakeFirst();
  if (!inserted) return { conversationId, fresh: false };
  const { from, content, sentAt } = message;
  await addToTranscript(tx, {
    conversationId,
    role: from.role,
    author: from.id,
    body: content,
    ref: message.id,
    at: sentAt,
  });
  await recordAudit(tx, fresh.shop, customerWrote(message, conversationId, now));
  return { conversationId, fresh: true };
}

export type PendingMessage = { readonly seq: number; readonly attempts: number; readonly message: Message };

const MOST_AT_ONCE = 50;

/** What the conversation still waits to hear an answer to, in the order it was written. */
export async function pendingMessages(db: Db, conversationId: string): Promise<readonly PendingMessage[]> {
  const rows = await db
    .selectFrom('inbox')
    .select(['seq', 'attempts', 'body'])
    .where('state', '=', 'pending')
    .where('conversation_id', '=', conversationId)
    .orderBy('sent_at')
    .orderBy('seq')
    .limit(MOST_AT_ONCE)
    .execute();
  return rows.map(({ seq, attempts, body }) => ({ seq, attempts, message: JSON.parse(body) as Message }));
}

export async function hasPending(db: Db, conversationId: string): Promise<boolean> {
  const row = await db
    .selectFrom('inbox')
    .select('seq')
    .where('state', '=', 'pending')
    .where('conversation_id', '=', conversationId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function markDone(tx: Tx | Db, seqs: readonly number[], now: number): Promise<void> {
  if (seqs.length === 0) return;
  await tx.updateTable('inbox').set({ state: 'done', done_at: now }).where('seq', 'in', seqs).execute();
}

export async function countAttempt(db: Db, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return;
  await db
    .updateTable('inbox')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('seq', 'in', seqs)
    .execute();
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
    .where('state', '=', 'pending')
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
    .where('state', '=', 'pending')
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
