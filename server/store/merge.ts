/** Makes one message of several that wait for the same customer, before it is sent and for good. */
import type { Outgoing } from '../../connectors/channel.ts';
import type { Reply } from '../../domain/reply.ts';
import { journaled } from './audit.ts';
import { recordDeliveryOutcome } from './audit-events.ts';
import type { OutboxItem } from './outbox.ts';
import type { Db } from './schema.ts';

const MOST_MERGED = 10;
const BETWEEN = '\n\n';

/**
 * Takes what waits behind `head` on its channel into it, as far as the text stays under `textChars`. Only what comes
 * directly after it, so that the order stays.
 */
export async function mergeWaiting(
  db: Db,
  head: Extract<OutboxItem, { kind: 'message' }>,
  textChars: number,
  now: number,
): Promise<Outgoing> {
  if (head.body.part) return head.body;
  const behind = await db
    .selectFrom('outbox')
    .select('id')
    .where('conversation_id', '=', head.conversationId)
    .where('channel', '=', head.channel)
    .where('state', '=', 'pending')
    .where('seq', '>', head.seq)
    .limit(1)
    .executeTakeFirst();
  if (!behind) return head.body;
  return journaled(db, async (tx) => {
    const rows = await tx
      .selectFrom('outbox')
      .select(['id', 'kind', 'body'])
      .where('conversation_id', '=', head.conversationId)
      .where('channel', '=', head.channel)
      .where('state', '=', 'pending')
      .where('seq', '>', head.seq)
      .where('claimed_until', '=', 0)
      .orderBy('seq')
      .limit(MOST_MERGED)
      .execute();
    let reply = head.body.reply;
    const taken: string[] = [];
    for (const { id, kind, body } of rows) {
      if (kind !== 'message') break;
      const next = (JSON.parse(body) as Outgoing).reply;
      if (reply.text.length + BETWEEN.length + next.text.length > textChars) break;
      reply = join(reply, next);
      taken.push(id);
    }
    if (taken.length === 0) return head.body;
    await tx
      .updateTable('outbox')
      .set({ body: JSON.stringify({ ...head.body, reply }) })
      .where('id', '=', head.id)
      .execute();
    await tx
      .updateTable('outbox')
      .set({ state: 'merged', merged_into: head.id })
      .where('id', 'in', taken)
      .execute();
    const { conversationId } = head;
    for (const id of taken)
      await recordDeliveryOutcome(tx, { id, conversationId, outcome: 'merged', into: head.id }, now);
    return { ...head.body, reply };
  });
}

/** The texts in order, under them the choices of the last question. */
function join(first: Reply, second: Reply): Reply {
  const choices = second.choices ?? first.choices;
  const timeline = [...(first.timeline ?? []), ...(second.timeline ?? [])];
  return {
    purpose: first.purpose,
    text: [first.text, second.text].filter((text) => text !== '').join(BETWEEN),
    ...(choices ? { choices } : {}),
    ...(timeline.length > 0 ? { timeline } : {}),
    facts: [...first.facts, ...second.facts],
  };
}
