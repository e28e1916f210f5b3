/** Second messages that were promised, kept until they are sent. */
import { recordAudit } from './audit.ts';
import { followUpNoted } from './audit-events.ts';
import { findConversation } from './conversations.ts';
import type { Db, Tx } from './schema.ts';

export type DueFollowUp = {
  readonly id: string;
  readonly conversationId: string;
  readonly data: unknown;
  readonly version: number;
  readonly attempts: number;
};

/** Due ones, pushed back to `until` so that no other worker takes them meanwhile. */
export async function claimFollowUps(
  db: Db,
  now: number,
  until: number,
  limit: number,
): Promise<readonly DueFollowUp[]> {
  const due = db
    .selectFrom('follow_up')
    .select('id')
    .where('state', '=', 'pending')
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit);
  const rows = await db
    .updateTable('follow_up')
    .set({ due_at: until })
    .where('id', 'in', due)
    .where('due_at', '<=', now)
    .returningAll()
    .execute();
  return rows.map((row) => ({
    id: row.id,
    conversationId: row.conversation_id,
    data: JSON.parse(row.data) as unknown,
    version: row.version,
    attempts: row.attempts,
  }));
}

export async function postponeFollowUp(db: Db, id: string, dueAt: number): Promise<void> {
  await db
    .updateTable('follow_up')
    .set((eb) => ({ due_at: dueAt, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** The promise is over: the second message was queued (`kept`), or there was nothing left to say to anybody. */
export async function endFollowUp(
  tx: Tx,
  followUp: Pick<DueFollowUp, 'id' | 'conversationId'>,
  outcome: 'kept' | 'dropped',
  now: number,
): Promise<void> {
  const { id, conversationId } = followUp;
  await tx.updateTable('follow_up').set({ state: 'done' }).where('id', '=', id).execute();
  const owner = await findConversation(tx, conversationId);
  if (owner) await recordAudit(tx, owner.shop, followUpNoted(owner, { id, outcome }, now));
}
