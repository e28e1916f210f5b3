/** Customers who wait for a person: how they get back to the bot, and what they are told. */
import type { ControlReason } from '../domain/conversation.ts';
import type { Clock } from '../domain/time.ts';
import type { Log } from './log.ts';
import { journaled } from './store/audit.ts';
import type { StoredConversation } from './store/conversations.ts';
import { changeControl, waitingSince } from './store/conversations.ts';
import { markDone } from './store/inbox.ts';
import { queueControl, queueReply } from './store/outbox.ts';
import type { Mirror } from './store/mirror.ts';
import type { Db } from './store/schema.ts';

export type BackToBot = {
  readonly conversation: StoredConversation;
  readonly reason: ControlReason;
  readonly summary: string;
  /** Who decided it, for the record. */
  readonly author: 'customer' | 'bot';
  readonly sentence: string;
  /** Messages this settles. */
  readonly inboxSeqs: readonly number[];
  readonly now: number;
};

/** Ends the wait: the control change and the word to the customer are one transaction. False when a person was faster. */
export async function takeBack(
  { db, mirror }: { readonly db: Db; readonly mirror: Mirror },
  back: BackToBot,
): Promise<boolean> {
  const { conversation, reason, summary, now } = back;
  return journaled(db, async (tx) => {
    const change = { to: 'bot', reason, queue: null, summary, now } as const;
    const version = await changeControl(tx, { ...change, conversation, author: back.author });
    await markDone(tx, back.inboxSeqs, now);
    // The customer's words, then the change they brought about, then the bot's answer.
    await mirror(tx, conversation, now);
    if (version === null) return false;
    await queueControl(tx, conversation, { ...change, from: 'waiting', version, metadata: {} });
    const reply = { purpose: 'reply', text: back.sentence, facts: [] } as const;
    await queueReply(tx, { conversation, reply, lang: conversation.lang ?? 'en', replyTo: null, now });
    await mirror(tx, conversation, now);
    return true;
  });
}

export type WaitingDeps = {
  readonly db: Db;
  readonly mirror: Mirror;
  readonly waitMs: number;
  readonly sentence: (conversation: StoredConversation, key: string) => string;
  readonly deliver: (conversationId: string) => Promise<void>;
  readonly now: Clock;
  readonly log: Log;
};

const BATCH = 50;

/** Nobody took the conversation in time: the bot takes it back and says so, instead of leaving the customer unheard. */
export async function endLongWaits(deps: WaitingDeps): Promise<void> {
  const { db, log } = deps;
  const now = deps.now();
  for (const conversation of await waitingSince(db, now - deps.waitMs, BATCH)) {
    const back = await takeBack(deps, {
      conversation,
      reason: 'timeout',
      summary: 'Nobody took the conversation in time.',
      author: 'bot',
      sentence: deps.sentence(conversation, 'engine.nobody_came'),
      inboxSeqs: [],
      now,
    });
    if (!back) continue;
    log.warn(
      { conversation: conversation.id, shop: conversation.shop },
      'nobody took a conversation in time',
    );
    await deps.deliver(conversation.id);
  }
}
