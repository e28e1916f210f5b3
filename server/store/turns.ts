/** The end of a turn: state, replies, control and inbox change together or not at all. */
import { randomUUID } from 'node:crypto';
import type { ToLearn } from '../../bots/engine/to-learn.ts';
import type { TurnResult } from '../../bots/engine/turn.ts';
import type { ControlReason, TicketType } from '../../domain/conversation.ts';
import type { Reply } from '../../domain/reply.ts';
import type { ControlChange } from '../../connectors/channel.ts';
import { journaled, recordAudit } from './audit.ts';
import { answerWithheld, decided, followUpNoted } from './audit-events.ts';
import { changeControl } from './conversations.ts';
import type { StoredConversation } from './conversations.ts';
import { markDone } from './inbox.ts';
import type { Mirror } from './mirror.ts';
import { queueControl, queueReply } from './outbox.ts';
import { keepForReview } from './review.ts';
import type { Db, Tx } from './schema.ts';
import { run, valueRows } from './statement.ts';

export type FinishedTurn = {
  readonly conversation: StoredConversation;
  readonly worker: string;
  readonly inboxSeqs: readonly number[];
  readonly replyTo: string | null;
  readonly replies: readonly Reply[];
  readonly state: unknown;
  readonly lang: string;
  readonly ticketType: TicketType | null;
  readonly handoff: {
    readonly reason: ControlReason;
    readonly brief: string;
    readonly queue: string;
    readonly metadata: ControlChange['metadata'];
  } | null;
  readonly later: readonly { readonly afterMs: number; readonly data: unknown }[];
  readonly trace: {
    readonly intent: string;
    readonly confidence: number;
    readonly decision: string;
    /** Id of the model that read the message. */
    readonly model?: string;
  };
  readonly toLearn: ToLearn | null;
  /** Why the guard held the bot's answer back. */
  readonly withheld: TurnResult['withheld'];
  /** What the customer said about our help in this turn. */
  readonly helped: boolean | null;
  /** Shows the desk what is said on other channels. */
  readonly mirror?: Mirror;
  readonly ms: number;
  readonly now: number;
};

/**
 * `dropped`: the conversation changed hands while the bot was thinking. Nothing is said; the messages stay in the
 * transcript for whoever owns it now.
 */
export type TurnEnd = { readonly kind: 'finished' } | { readonly kind: 'dropped' };

/** Finishing releases the conversation: it is one write less. The desk sees what was said before it hears of a hand-over. */
export async function finishTurn(db: Db, turn: FinishedTurn): Promise<TurnEnd> {
  return journaled(db, async (tx) => {
    const { conversation, now } = turn;
    const [held] = await run(
      tx,
      'update conversation set state = ?, lang = ?, updated_at = ?, ticket_type = coalesce(?, ticket_type), claimed_by = null, claimed_until = 0 where id = ? and version = ? and control = ? and claimed_by = ? returning id',
      [
        JSON.stringify(turn.state),
        turn.lang,
        now,
        turn.ticketType,
        conversation.id,
        conversation.version,
        conversation.control,
        turn.worker,
      ],
    );
    if (!held) return { kind: 'dropped' };
    for (const reply of turn.replies)
      await queueReply(tx, { conversation, reply, lang: turn.lang, replyTo: turn.replyTo, now });
    const change = turn.handoff && (await handOver(tx, turn, turn.handoff));
    await turn.mirror?.(tx, conversation, now);
    if (change) await queueControl(tx, conversation, change);
    for (const { afterMs, data } of turn.later) await addFollowUp(tx, turn, afterMs, data);
    await recordTurn(tx, turn);
    if (turn.toLearn) await keepForReview(tx, turn.lang, turn.toLearn, now, conversation.id);
    await markDone(tx, turn.inboxSeqs, now);
    return { kind: 'finished' };
  });
}

async function handOver(
  tx: Tx,
  turn: FinishedTurn,
  handoff: NonNullable<FinishedTurn['handoff']>,
): Promise<Parameters<typeof queueControl>[2]> {
  const { conversation, now } = turn;
  const version = await changeControl(tx, {
    conversation,
    to: 'waiting',
    reason: handoff.reason,
    queue: handoff.queue,
    summary: handoff.brief,
    author: 'bot',
    now,
  });
  if (version === null)
    throw new Error(
      `The conversation ${conversation.id} could not be handed over from ${conversation.control}.`,
    );
  return {
    from: conversation.control,
    to: 'waiting',
    version,
    reason: handoff.reason,
    queue: handoff.queue,
    summary: handoff.brief,
    metadata: handoff.metadata,
    now,
  };
}

/** Who asks twice is promised the same news, and gets it once. */
async function addFollowUp(tx: Tx, turn: FinishedTurn, afterMs: number, data: unknown): Promise<void> {
  const already = await tx
    .selectFrom('follow_up')
    .select('id')
    .where('conversation_id', '=', turn.conversation.id)
    .where('state', '=', 'pending')
    .where('version', '=', turn.conversation.version)
    .where('data', '=', JSON.stringify(data))
    .executeTakeFirst();
  if (already) return;
  const { conversation, now } = turn;
  const id = randomUUID();
  const dueAt = now + afterMs;
  await tx
    .insertInto('follow_up')
    .values({
      id,
      conversation_id: conversation.id,
      data: JSON.stringify(data),
      version: conversation.version,
      due_at: dueAt,
      state: 'pending',
    })
    .execute();
  const promised = followUpNoted(conversation, { id, outcome: 'promised', dueAt }, now);
  await recordAudit(tx, conversation.shop, promised);
}

async function recordTurn(tx: Tx, turn: FinishedTurn): Promise<void> {
  const { conversation, trace, now } = turn;
  const id = randomUUID();
  await run(
    tx,
    `insert into turn (id, conversation_id, at, ms, lang, intent, confidence, decision, trace, helped) values ${valueRows(1, 10)}`,
    [
      id,
      conversation.id,
      now,
      Math.round(turn.ms),
      turn.lang,
      trace.intent,
      trace.confidence,
      trace.decision,
      JSON.stringify(trace),
      turn.helped === null ? null : Number(turn.helped),
    ],
  );
  const { intent, confidence, decision, model = null } = trace;
  const facts = turn.replies.flatMap((reply) => reply.facts);
  const about = { id, lang: turn.lang, intent, confidence, decision, model, facts, ms: Math.round(turn.ms) };
  await recordAudit(tx, conversation.shop, decided(conversation, about, now));
  if (turn.withheld)
    await recordAudit(tx, conversation.shop, answerWithheld(conversation, { id, ...turn.withheld }, now));
}

export type LastTurn = {
  readonly lang: string;
  readonly intent: string;
  readonly confidence: number;
  readonly decision: string;
  readonly ms: number;
};

/** The newest turn since `since`; null when the bot had no turn, because a person owns the conversation. */
export async function lastTurn(db: Db, conversationId: string, since: number): Promise<LastTurn | null> {
  const row = await db
    .selectFrom('turn')
    .select(['lang', 'intent', 'confidence', 'decision', 'ms'])
    .where('conversation_id', '=', conversationId)
    .where('at', '>=', since)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}
