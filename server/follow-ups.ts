/** Keeps promises: asks again what was not known, and writes to the customer when it is. */
import type { Clock } from '../domain/time.ts';
import type { Log } from './log.ts';
import type { FullMind } from './mind.ts';
import { journaled } from './store/audit.ts';
import { findConversation } from './store/conversations.ts';
import type { DueFollowUp } from './store/follow-ups.ts';
import { claimFollowUps, endFollowUp, postponeFollowUp } from './store/follow-ups.ts';
import { queueReply } from './store/outbox.ts';
import type { Mirror } from './store/mirror.ts';
import type { Db } from './store/schema.ts';

type Deps = {
  readonly db: Db;
  readonly mind: FullMind;
  readonly mirror: Mirror;
  readonly deliver: (conversationId: string) => Promise<void>;
  readonly now: Clock;
  readonly log: Log;
};

const CLAIM_MS = 60_000;
const BATCH = 20;

export async function runFollowUps(deps: Deps): Promise<void> {
  const now = deps.now();
  const due = await claimFollowUps(deps.db, now, now + CLAIM_MS, BATCH);
  await Promise.all(due.map((followUp) => keep(deps, followUp)));
}

async function drop({ db, now }: Deps, followUp: DueFollowUp): Promise<void> {
  await journaled(db, (tx) => endFollowUp(tx, followUp, 'dropped', now()));
}

async function keep(deps: Deps, followUp: DueFollowUp): Promise<void> {
  const { db, mind, now, log } = deps;
  const conversation = await findConversation(db, followUp.conversationId);
  if (!conversation || conversation.control !== 'bot' || conversation.version !== followUp.version)
    return drop(deps, followUp);
  try {
    const answer = await mind.followUp(conversation, followUp.data, followUp.attempts);
    if (answer.kind === 'again') return await postponeFollowUp(db, followUp.id, now() + answer.afterMs);
    if (answer.kind === 'done') return await drop(deps, followUp);
    await journaled(db, async (tx) => {
      // The owner may have changed while we asked: then the person answers, not the bot.
      const current = await findConversation(tx, conversation.id);
      const still = current?.version === conversation.version && current.control === 'bot';
      if (still) {
        for (const reply of answer.replies)
          await queueReply(tx, {
            conversation,
            reply,
            lang: conversation.lang ?? 'en',
            replyTo: null,
            now: now(),
          });
        await deps.mirror(tx, conversation, now());
      }
      await endFollowUp(tx, followUp, still ? 'kept' : 'dropped', now());
    });
    await deps.deliver(conversation.id);
  } catch (error) {
    log.error({ conversation: conversation.id, err: error }, 'a promised message failed');
    await postponeFollowUp(db, followUp.id, now() + CLAIM_MS);
  }
}
