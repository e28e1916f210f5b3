/** Messages that did not reach their channel, as an operator sees and settles them. */
import type { OutboxItem } from './outbox.ts';
import type { Db, OutboxTable } from './schema.ts';

export type OutboxState = Exclude<OutboxTable['state'], 'accepted' | 'merged'>;

/** Without the text and without who it is for. */
export type StuckMessage = {
  readonly id: string;
  readonly state: OutboxState;
  readonly kind: OutboxItem['kind'];
  readonly channel: string;
  readonly account: string;
  readonly conversation: string;
  readonly ticket: number | null;
  readonly purpose: string | null;
  readonly attempts: number;
  readonly reason: string | null;
  readonly nextAt: number;
  readonly createdAt: number;
};

export type StuckQuery = {
  readonly states: readonly OutboxState[];
  readonly channel?: string | undefined;
  readonly conversation?: string | undefined;
  readonly limit: number;
};

export async function stuckMessages(db: Db, query: StuckQuery): Promise<readonly StuckMessage[]> {
  const { states, channel, conversation, limit } = query;
  const rows = await db
    .selectFrom('outbox')
    .leftJoin('conversation', 'conversation.id', 'outbox.conversation_id')
    .selectAll('outbox')
    .select('conversation.ticket')
    .where('outbox.state', 'in', states)
    .$if(channel !== undefined, (one) => one.where('outbox.channel', '=', channel ?? ''))
    .$if(conversation !== undefined, (one) => one.where('outbox.conversation_id', '=', conversation ?? ''))
    .orderBy('outbox.seq')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const body = JSON.parse(row.body) as OutboxItem['body'];
    return {
      id: row.id,
      state: row.state as OutboxState,
      kind: row.kind,
      channel: row.channel,
      account: body.account,
      conversation: row.conversation_id,
      ticket: row.ticket,
      purpose: 'reply' in body ? body.reply.purpose : null,
      attempts: row.attempts,
      reason: row.error,
      nextAt: row.next_at,
      createdAt: row.created_at,
    };
  });
}

/**
 * Puts messages back in line, at once and with all their attempts. One that may have been sent is sent again only
 * because a person decided so. Returns the ids it was done for.
 */
export async function retryStuck(db: Db, ids: readonly string[], now: number): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .updateTable('outbox')
    .set({
      state: 'pending',
      next_at: now,
      claimed_until: 0,
      attempts: 0,
      channel_message_id: null,
      delivery: null,
    })
    .where('id', 'in', ids)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['dead', 'unknown', 'dropped']),
        // Under way just now: it is not taken out of the hands of the process that sends it.
        eb.and([eb('state', '=', 'pending'), eb('claimed_until', '=', 0)]),
      ]),
    )
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Never sent again. Returns the ids it was done for. */
export async function dropStuck(db: Db, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .updateTable('outbox')
    .set({ state: 'dropped' })
    .where('id', 'in', ids)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['dead', 'unknown', 'dropped']),
        eb.and([eb('state', '=', 'pending'), eb('claimed_until', '=', 0)]),
      ]),
    )
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}
