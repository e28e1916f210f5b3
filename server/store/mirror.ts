/**
 * Conversations of other channels as the marketplace's desk sees them: every message once, in order, the bot's included.
 * What it is still to be told is marked in the transcript itself, message by message, and told by the transaction that
 * takes the mark away: nothing is told twice and nothing is forgotten, whatever happened to the desk's channel meanwhile.
 * A mark "told up to here" would not do: PostgreSQL gives numbers before it commits, so that one may appear behind it.
 */
import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Mirrored } from '../../connectors/channel.ts';
import { toPlainText } from '../../connectors/plain-text.ts';
import type { Conversation, TicketType } from '../../domain/conversation.ts';
import type { Content } from '../../domain/message.ts';
import type { Reply } from '../../domain/reply.ts';
import type { MirrorMode } from '../config/schema.ts';
import { findConversation } from './conversations.ts';
import { BY_GUARD, DESK_CHANNEL, queueMirrored } from './outbox.ts';
import type { TranscriptTable, Tx } from './schema.ts';

/** What the marketplace wants to see wherever it was begun. */
const REQUIRED_TOPICS: readonly TicketType[] = ['order', 'return', 'logistics'];
/** The operator's own. */
const PRIVATE_CHANNELS: readonly string[] = ['terminal'];
/** The rest of a longer history follows with the next message. */
const MOST_AT_ONCE = 500;

/**
 * Queues for the desk what it does not know of a conversation; to be called where the transcript grew, in the same
 * transaction. True when something was queued.
 */
export type Mirror = (
  tx: Tx,
  conversation: Pick<Conversation, 'id' | 'channel' | 'shop'>,
  now: number,
) => Promise<boolean>;

export function createMirror(modeOf: (shop: string) => MirrorMode): Mirror {
  return async (tx, { id, channel, shop }, now) => {
    const mode = modeOf(shop);
    if (mode === 'off' || channel === DESK_CHANNEL || PRIVATE_CHANNELS.includes(channel)) return false;
    const told = await tx
      .selectFrom('conversation')
      .select(['ticket_type', 'control', 'mirrored'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!told || !isMirrored(mode, told)) return false;
    // Holds the conversation until the end of the transaction: two that tell of it keep their order.
    await tx.updateTable('conversation').set({ mirrored: 1 }).where('id', '=', id).execute();
    const rows = await takeUntold(tx, id);
    const withheld = await withheldAmong(tx, rows);
    for (const row of rows) {
      const mirrored = toMirrored(row, { id, channel, shop }, withheld.has(row.ref));
      await queueMirrored(tx, id, mirrored, now);
    }
    return rows.length > 0;
  };
}

/** What the desk reads instead of a message that was stopped, be it its own agent's. */
export const WITHHELD = 'The guard stopped this message: the customer did not get it.';

/**
 * The guard stopped a message at the door, with all that was merged into it. Whoever knows the message is told so; it is marked as untold, for the desk to
 * hear of it in place of the message when it has not yet.
 */
export async function tellWithheld(
  tx: Tx,
  mirror: Mirror,
  stopped: { readonly conversationId: string; readonly ref: string; readonly now: number },
): Promise<void> {
  const { conversationId, ref, now } = stopped;
  await tx
    .updateTable('transcript')
    .set({ mirrored: 0 })
    .where('conversation_id', '=', conversationId)
    .where('ref', 'in', (eb) =>
      eb
        .selectFrom('outbox')
        .select('id')
        .where('conversation_id', '=', conversationId)
        .where((one) => one.or([one('id', '=', ref), one('merged_into', '=', ref)])),
    )
    .execute();
  const conversation = await findConversation(tx, conversationId);
  if (conversation) await mirror(tx, conversation, now);
}

async function withheldAmong(tx: Tx, rows: readonly Row[]): Promise<ReadonlySet<string>> {
  const sent = rows.filter(({ role }) => role !== 'customer').map(({ ref }) => ref);
  if (sent.length === 0) return new Set();
  // What was merged into another message shared its fate.
  const stopped = await tx
    .selectFrom('outbox')
    .innerJoin('outbox as head', (join) =>
      join.on((eb) => eb('head.id', '=', eb.fn.coalesce('outbox.merged_into', 'outbox.id'))),
    )
    .select('outbox.id')
    .where('outbox.id', 'in', sent)
    .where('head.state', '=', 'dead')
    .where('head.error', 'like', `${BY_GUARD}%`)
    .execute();
  return new Set(stopped.map(({ id }) => id));
}

/** Who began to see a conversation sees it to its end; so does who had to take it over. */
function isMirrored(
  mode: MirrorMode,
  told: { readonly ticket_type: string; readonly control: string; readonly mirrored: number },
): boolean {
  const begun = told.mirrored === 1 || told.control === 'waiting' || told.control === 'human';
  return (
    begun ||
    mode === 'all' ||
    (mode === 'required_topics' && REQUIRED_TOPICS.some((topic) => topic === told.ticket_type))
  );
}

type Row = Selectable<TranscriptTable>;

async function takeUntold(tx: Tx, conversationId: string): Promise<readonly Row[]> {
  const untold = tx
    .selectFrom('transcript')
    .select('seq')
    .where('conversation_id', '=', conversationId)
    .where('mirrored', '=', 0)
    .orderBy('seq')
    .limit(MOST_AT_ONCE);
  const rows = await tx
    .updateTable('transcript')
    .set({ mirrored: 1 })
    .where('seq', 'in', untold)
    .where('mirrored', '=', 0)
    .returningAll()
    .execute();
  return inOrder(rows.sort((a, b) => a.seq - b.seq));
}

/** As it was said; what a customer wrote in one go as they wrote it, not as it arrived. */
function inOrder(rows: readonly Row[]): readonly Row[] {
  const ordered: Row[] = [];
  for (const row of rows) {
    let place = ordered.length;
    for (; place > 0; place -= 1) {
      const before = ordered[place - 1];
      if (row.role !== 'customer' || before?.role !== 'customer' || before.at <= row.at) break;
    }
    ordered.splice(place, 0, row);
  }
  return ordered;
}

function toMirrored(
  row: Row,
  { id, channel, shop }: Pick<Conversation, 'id' | 'channel' | 'shop'>,
  withheld: boolean,
): Mirrored {
  const name = withheld ? `${id} ${row.ref} withheld` : `${id} ${row.ref}`;
  const body = withheld
    ? { kind: 'text' as const, text: WITHHELD }
    : (JSON.parse(row.body) as Content | Reply);
  return {
    id: `r_${createHash('sha256').update(name).digest('hex').slice(0, 40)}`,
    account: shop,
    conversation: id,
    channel,
    sender: !withheld && (row.role === 'customer' || row.role === 'agent') ? row.role : 'bot',
    content: 'kind' in body ? body : { kind: 'text', text: toPlainText(body) },
    sentAt: row.at,
  };
}
