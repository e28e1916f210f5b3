/** Conversations: found by the channel's words, claimed by one worker at a time, owned by bot or person. */
import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Control, ControlReason, Conversation, TicketType } from '../../domain/conversation.ts';
import { CONTROL_CHANGES } from '../../domain/conversation.ts';
import type { Message } from '../../domain/message.ts';
import { conversationAt, keepAddresses } from './addresses.ts';
import { recordAudit } from './audit.ts';
import { controlChanged } from './audit-events.ts';
import type { ConversationTable, Db, Tx } from './schema.ts';

export type StoredConversation = Conversation & {
  readonly boundOrder: string | null;
  readonly locale: string | null;
};

function toConversation(row: Selectable<ConversationTable>): StoredConversation {
  return {
    id: row.id,
    ticket: row.ticket,
    ticketType: row.ticket_type as TicketType,
    shop: row.shop,
    channel: row.channel,
    account: row.account,
    externalId: row.external_id,
    customer: { id: row.customer_id, name: row.customer_name },
    boundOrder: row.bound_order,
    locale: row.locale,
    bot: row.bot,
    lang: row.lang,
    control: row.control as Control,
    version: row.version,
    slaCounted: row.sla_counted === 1,
    state: JSON.parse(row.state) as unknown,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export type NewConversation = { readonly shop: string; readonly bot: string; readonly slaCounted: boolean };

/** The conversation a message belongs to; made when it is the first one. Keeps the order and locale written last. */
export async function ensureConversation(
  tx: Tx,
  message: Message,
  fresh: NewConversation,
  now: number,
): Promise<string> {
  const { addresses } = message.from;
  if (!addresses?.length) return ensureByName(tx, message, null, fresh, now);
  const { channel, account } = message;
  const known = await conversationAt(tx, { channel, account }, addresses);
  const conversationId = await ensureByName(tx, message, known?.conversationId ?? null, fresh, now);
  if (!known?.settled) await keepAddresses(tx, { channel, account, conversationId }, addresses, now);
  return conversationId;
}

/** By our own id where the person is known, else by the channel's word for the conversation. */
async function ensureByName(
  tx: Tx,
  message: Message,
  known: string | null,
  fresh: NewConversation,
  now: number,
): Promise<string> {
  const { channel, account, conversation: externalId, context } = message;
  const row = await tx
    .selectFrom('conversation')
    .select(['id', 'bound_order', 'locale'])
    .$if(known !== null, (query) => query.where('id', '=', known ?? ''))
    .$if(known === null, (query) =>
      query
        .where('channel', '=', channel)
        .where('account', '=', account)
        .where('external_id', '=', externalId),
    )
    .executeTakeFirst();
  if (row) {
    const bound = context.orderNumber ?? row.bound_order;
    const locale = context.locale ?? row.locale;
    const changed = bound !== row.bound_order || locale !== row.locale;
    if (changed && !(await wroteLater(tx, row.id, message.sentAt))) {
      await tx
        .updateTable('conversation')
        .set({ bound_order: bound, locale })
        .where('id', '=', row.id)
        .execute();
    }
    return row.id;
  }
  const made = await tx
    .insertInto('conversation')
    .values({
      id: `c_${randomUUID()}`,
      ticket_type: 'other',
      shop: fresh.shop,
      channel,
      account,
      external_id: externalId,
      customer_id: message.from.id,
      customer_name: message.from.name ?? null,
      bound_order: context.orderNumber ?? null,
      locale: context.locale ?? null,
      bot: fresh.bot,
      lang: null,
      control: 'bot',
      version: 1,
      sla_counted: fresh.slaCounted ? 1 : 0,
      state: 'null',
      claimed_by: null,
      claimed_until: 0,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.columns(['channel', 'account', 'external_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  // Another process took in the first message of the same conversation at the same moment.
  return made?.id ?? (await ensureConversation(tx, message, fresh, now));
}

/** What comes late or once more does not undo what was written after it. */
async function wroteLater(tx: Tx, conversationId: string, sentAt: number): Promise<boolean> {
  const later = await tx
    .selectFrom('transcript')
    .select('seq')
    .where('conversation_id', '=', conversationId)
    .where('role', '=', 'customer')
    .where('at', '>', sentAt)
    .limit(1)
    .executeTakeFirst();
  return later !== undefined;
}

const OUR_ID = /^c_[0-9a-f-]{36}$/;

/** Whether a name can be an id of ours at all. */
export function looksLikeOurs(id: string): boolean {
  return OUR_ID.test(id);
}

export async function findConversation(db: Db | Tx, id: string): Promise<StoredConversation | null> {
  const row = await db.selectFrom('conversation').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toConversation(row) : null;
}

export async function findByExternalId(
  db: Db | Tx,
  channel: string,
  account: string,
  externalId: string,
): Promise<StoredConversation | null> {
  const row = await db
    .selectFrom('conversation')
    .selectAll()
    .where('channel', '=', channel)
    .where('account', '=', account)
    .where('external_id', '=', externalId)
    .executeTakeFirst();
  return row ? toConversation(row) : null;
}

/**
 * One turn at a time. Null when the conversation is held, be it under the same name: two turns of one process must not
 * answer the same message either. A claim that runs out is free again.
 */
export async function claimConversation(
  db: Db,
  id: string,
  worker: string,
  until: number,
  now: number,
): Promise<StoredConversation | null> {
  const row = await db
    .updateTable('conversation')
    .set({ claimed_by: worker, claimed_until: until })
    .where('id', '=', id)
    .where('claimed_until', '<', now)
    .returningAll()
    .executeTakeFirst();
  return row ? toConversation(row) : null;
}

/** Keeps a claim one still has; one that was lost stays lost. */
export async function extendClaim(db: Db, id: string, worker: string, until: number): Promise<void> {
  await db
    .updateTable('conversation')
    .set({ claimed_until: until })
    .where('id', '=', id)
    .where('claimed_by', '=', worker)
    .execute();
}

export async function releaseConversation(db: Db, id: string, worker: string): Promise<void> {
  await db
    .updateTable('conversation')
    .set({ claimed_by: null, claimed_until: 0 })
    .where('id', '=', id)
    .where('claimed_by', '=', worker)
    .execute();
}

/**
 * Claims of a process that is known to be gone: the embedded set-up has only one, so at its start every claim is an
 * old one. What was being sent looks like a send that died: it is sent again with the same id where the channel takes
 * an id once, and waits for a status where it does not.
 */
export async function forgetClaims(db: Db): Promise<void> {
  await db
    .updateTable('conversation')
    .set({ claimed_by: null, claimed_until: 0 })
    .where('claimed_until', '>', 0)
    .execute();
  await db
    .updateTable('outbox')
    .set({ claimed_until: 1 })
    .where('state', '=', 'pending')
    .where('claimed_until', '>', 0)
    .execute();
  await db.updateTable('vendor_token').set({ locked_by: null, locked_until: 0 }).execute();
}

export type ControlCommand = {
  readonly conversation: Pick<Conversation, 'id' | 'shop' | 'channel' | 'customer' | 'control' | 'version'>;
  readonly to: Control;
  /** The version the other side gave the change; ours plus one when we make it. */
  readonly version?: number;
  readonly reason: ControlReason;
  readonly queue: string | null;
  readonly summary: string;
  readonly author: 'bot' | 'agent' | 'customer' | 'system';
  readonly now: number;
};

/**
 * Changes the owner if nobody did so meanwhile; returns the new version, or null when the command is out of date or
 * the state machine does not allow it.
 */
export async function changeControl(tx: Tx, command: ControlCommand): Promise<number | null> {
  const { conversation, to, now } = command;
  if (!CONTROL_CHANGES[conversation.control].includes(to)) return null;
  const version = command.version ?? conversation.version + 1;
  const changed = await tx
    .updateTable('conversation')
    .set({ control: to, version, updated_at: now })
    .where('id', '=', conversation.id)
    .where('version', '=', conversation.version)
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) return null;
  await tx
    .insertInto('control_change')
    .values({
      conversation_id: conversation.id,
      version,
      from_control: conversation.control,
      to_control: to,
      reason: command.reason,
      queue: command.queue,
      summary: command.summary,
      author: command.author,
      at: now,
    })
    .execute();
  const { reason, queue, summary, author } = command;
  const change = { from: conversation.control, to, version, reason, queue, author, summary };
  await recordAudit(tx, conversation.shop, controlChanged(conversation, change, now));
  return version;
}

/** Conversations that wait for a person since before `before`. */
export async function waitingSince(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly StoredConversation[]> {
  const rows = await db
    .selectFrom('conversation')
    .selectAll()
    .where('control', '=', 'waiting')
    .where('updated_at', '<', before)
    .limit(limit)
    .execute();
  return rows.map(toConversation);
}

export async function conversationOfTicket(
  db: Db,
  ticket: number,
): Promise<{ readonly id: string; readonly shop: string } | null> {
  const row = await db
    .selectFrom('conversation')
    .select(['id', 'shop'])
    .where('ticket', '=', ticket)
    .executeTakeFirst();
  return row ?? null;
}
