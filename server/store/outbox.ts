/** The outbox: what must reach a channel, in order per conversation, retried until accepted or given up. */
import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { ControlChange, Mirrored, Outgoing } from '../../connectors/channel.ts';
import type { Conversation } from '../../domain/conversation.ts';
import type { Reply } from '../../domain/reply.ts';
import { journaled, recordAudit } from './audit.ts';
import { channelRef, recordDeliveryOutcome, replyQueued } from './audit-events.ts';
import type { Db, OutboxTable, Tx } from './schema.ts';
import { places, run, valueRows } from './statement.ts';
import { addToTranscript } from './transcript.ts';

/** The channel that carries hand-overs, whatever channel the customer is on. */
export const DESK_CHANNEL = 'jumia';

/** Begins the reason of every message the guard stopped at the door. */
export const BY_GUARD = 'guard:';

export type OutboxItem = {
  readonly id: string;
  readonly conversationId: string;
  readonly channel: string;
  readonly attempts: number;
  readonly seq: number;
} & (
  | { readonly kind: 'message'; readonly body: Outgoing }
  | { readonly kind: 'control'; readonly body: ControlChange }
  | { readonly kind: 'mirror'; readonly body: Mirrored }
);

export async function queueReply(
  tx: Tx,
  item: {
    readonly conversation: Conversation;
    readonly reply: Reply;
    readonly lang: string;
    readonly replyTo: string | null;
    readonly now: number;
    readonly author?: { role: 'bot' | 'agent'; id: string };
    /** Written on the desk, which is not told of it again. */
    readonly onDesk?: boolean;
  },
): Promise<void> {
  const { conversation, reply, lang, replyTo, now } = item;
  const id = `m_${randomUUID()}`;
  const body: Outgoing = {
    clientMessageId: id,
    account: conversation.account,
    conversation: conversation.externalId,
    customer: conversation.customer.id,
    replyTo,
    reply,
    lang,
    slaCounted: conversation.slaCounted,
  };
  const author = item.author ?? { role: 'bot' as const, id: conversation.bot };
  await insert(tx, {
    id,
    conversationId: conversation.id,
    kind: 'message',
    channel: conversation.channel,
    body,
    now,
  });
  await addToTranscript(tx, {
    conversationId: conversation.id,
    role: author.role,
    author: author.id,
    body: reply,
    ref: id,
    at: now,
    onDesk: item.onDesk ?? false,
  });
  const queued = { id, reply, lang, replyTo, author };
  await recordAudit(tx, conversation.shop, replyQueued(conversation, queued, now));
}

/** On another channel than the desk's own, the conversation is known there by our id. */
export async function queueControl(
  tx: Tx,
  conversation: Conversation,
  change: Omit<ControlChange, 'id' | 'account' | 'conversation' | 'at'> & { readonly now: number },
): Promise<void> {
  const { now, ...rest } = change;
  const id = `e_${randomUUID()}`;
  const onDesk = conversation.channel === DESK_CHANNEL;
  const body: ControlChange = {
    ...rest,
    id,
    account: conversation.shop,
    conversation: onDesk ? conversation.externalId : conversation.id,
    at: now,
  };
  await insert(tx, {
    id,
    conversationId: conversation.id,
    kind: 'control',
    channel: DESK_CHANNEL,
    body,
    now,
  });
}

/** Told to the desk in line with the changes of control of the same conversation. */
export async function queueMirrored(
  tx: Tx,
  conversationId: string,
  body: Mirrored,
  now: number,
): Promise<void> {
  await insert(tx, { id: body.id, conversationId, kind: 'mirror', channel: DESK_CHANNEL, body, now });
}

async function insert(
  tx: Tx,
  item: {
    readonly id: string;
    readonly conversationId: string;
    readonly kind: OutboxItem['kind'];
    readonly channel: string;
    readonly body: OutboxItem['body'];
    readonly now: number;
  },
): Promise<void> {
  // The id of what the desk is shown comes of the message it shows: it is told once, however often it is queued.
  await run(
    tx,
    `insert into outbox (id, conversation_id, kind, channel, body, state, next_at, created_at) values ${valueRows(1, 8)} on conflict (id) do nothing`,
    [
      item.id,
      item.conversationId,
      item.kind,
      item.channel,
      JSON.stringify(item.body),
      'pending',
      item.now,
      item.now,
    ],
  );
}

/**
 * The first unsent item of each conversation and channel that is due, claimed until `until`. Only the first: order is
 * kept even when one is retried. What goes to the customer and what goes to the desk do not wait for each other.
 * A claim that ran out is taken over, except on the channels in `neverTwice`, where the message may have been sent.
 */
export async function claimDue(
  db: Db,
  options: {
    readonly now: number;
    readonly until: number;
    readonly limit: number;
    readonly conversationId?: string;
    readonly channel?: string;
    readonly neverTwice?: readonly string[];
  },
): Promise<readonly OutboxItem[]> {
  const { now, until, limit, conversationId, channel, neverTwice = [] } = options;
  const conditions: string[] = ["state = 'pending'"];
  const values: unknown[] = [];
  if (conversationId !== undefined) {
    conditions.push('conversation_id = ?');
    values.push(conversationId);
  }
  if (channel !== undefined) {
    conditions.push('channel = ?');
    values.push(channel);
  }
  const heads = `select min(seq) from outbox where ${conditions.join(' and ')} group by conversation_id, channel`;
  const untouched =
    neverTwice.length > 0 ? ` and (claimed_until = 0 or channel not in (${places(neverTwice.length)}))` : '';
  const due = `seq in (${heads}) and next_at <= ? and claimed_until < ?${untouched}`;
  const dueValues = [...values, now, now, ...neverTwice];
  // A conversation has a head a channel, so only the look at all of them needs the limit, and the condition once more:
  // another process may have claimed one since they were chosen.
  const [where, parameters] =
    conversationId === undefined
      ? [
          `seq in (select seq from outbox where ${due} order by seq limit ?) and claimed_until < ?`,
          [...dueValues, limit, now],
        ]
      : [due, dueValues];
  const rows = await run<Selectable<OutboxTable>>(
    db,
    `update outbox set claimed_until = ? where ${where} returning *`,
    [until, ...parameters],
  );
  return [...rows].sort((a, b) => a.seq - b.seq).map(toItem);
}

function toItem(row: Selectable<OutboxTable>): OutboxItem {
  const body = JSON.parse(row.body) as OutboxItem['body'];
  return {
    id: row.id,
    conversationId: row.conversation_id,
    channel: row.channel,
    attempts: row.attempts,
    seq: row.seq,
    kind: row.kind,
    body: { ...body, ...(row.part > 0 ? { part: row.part } : {}) } as never,
  };
}

/** Whether a message on a channel is one we sent there, by the channel's id or by ours. */
export async function isOurs(
  tx: Tx,
  channel: string,
  channelMessageId: string,
  clientMessageId: string | null,
): Promise<boolean> {
  const row = await tx
    .selectFrom('outbox')
    .select('id')
    .where('channel', '=', channel)
    .where((eb) =>
      eb.or([
        eb('channel_message_id', '=', channelMessageId),
        ...(clientMessageId ? [eb('id', '=', clientMessageId)] : []),
      ]),
    )
    .executeTakeFirst();
  return row !== undefined;
}

/** A failure that a status told meanwhile stands: the claim is gone then. */
export async function markAccepted(db: Db, id: string, channelMessageId: string, now: number): Promise<void> {
  await journaled(db, async (tx) => {
    const [row] = await run<Pick<OutboxTable, 'conversation_id' | 'channel'>>(
      tx,
      "update outbox set state = 'accepted', accepted_at = ?, channel_message_id = ?, error = null, attempts = attempts + 1 where id = ? and claimed_until > 0 returning conversation_id, channel",
      [now, channelMessageId, id],
    );
    if (!row) return;
    const channelMessage = channelRef(row.channel, channelMessageId);
    const outcome = { id, conversationId: row.conversation_id, outcome: 'accepted', channelMessage };
    await recordDeliveryOutcome(tx, outcome, now);
  });
}

/** One part is taken; the next is due at once. */
export async function markPart(db: Db, id: string, next: number): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ part: next, claimed_until: 0, channel_message_id: null, delivery: null, error: null })
    .where('id', '=', id)
    .execute();
}

export async function markRetry(db: Db, id: string, nextAt: number, error: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set((eb) => ({ next_at: nextAt, claimed_until: 0, error, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** Tried again later without counting: the message is not to blame. */
export async function postpone(db: Db, id: string, nextAt: number, error: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ next_at: nextAt, claimed_until: 0, error })
    .where('id', '=', id)
    .execute();
}

/** Given up: an operator sees it and decides. `code` says why in one word, for the record; `also` is of the same transaction. */
export async function markDead(
  db: Db,
  id: string,
  dead: {
    readonly code: string;
    readonly error: string;
    readonly now: number;
    readonly also?: (tx: Tx) => Promise<void>;
  },
): Promise<void> {
  const { code, error, now } = dead;
  await journaled(db, async (tx) => {
    const row = await tx
      .updateTable('outbox')
      .set((eb) => ({ state: 'dead', error, attempts: eb('attempts', '+', 1) }))
      .where('id', '=', id)
      .returning('conversation_id')
      .executeTakeFirst();
    if (!row) return;
    await recordDeliveryOutcome(tx, { id, conversationId: row.conversation_id, outcome: 'dead', code }, now);
    await dead.also?.(tx);
  });
}
