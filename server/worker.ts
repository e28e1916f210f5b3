/** Answers conversations: claim, read what is pending, think, commit, deliver. One worker at a time per conversation. */
import { randomUUID } from 'node:crypto';
import type { Memory } from '../bots/engine/bot.ts';
import { EMPTY_MEMORY } from '../bots/engine/bot.ts';
import type { TurnResult } from '../bots/engine/turn.ts';
import type { Wordless } from '../bots/engine/wordless.ts';
import type { Clock } from '../domain/time.ts';
import { channelLimits } from './channels.ts';
import type { Log } from './log.ts';
import type { WakeQueue } from './queue/queue.ts';
import { choiceOf, textOf, wordlessOf } from './said.ts';
import { journaled } from './store/audit.ts';
import type { StoredConversation } from './store/conversations.ts';
import { changeControl, claimConversation, extendClaim, releaseConversation } from './store/conversations.ts';
import type { PendingMessage } from './store/inbox.ts';
import { countAttempt, hasPending, markDone, pendingMessages } from './store/inbox.ts';
import type { Mirror } from './store/mirror.ts';
import { queueControl } from './store/outbox.ts';
import type { Db } from './store/schema.ts';
import { finishTurn } from './store/turns.ts';
import { takeBack } from './waiting.ts';

export type TurnRequest = {
  readonly conversation: StoredConversation;
  readonly text: string;
  readonly choice: string | null;
  /** Set when nothing was written at all. */
  readonly wordless: Wordless | null;
  /** The product the channel says the conversation is about. */
  readonly product: string | null;
  readonly memory: Memory;
  readonly now: number;
};

/** What the worker needs of the bots. */
export type Mind = {
  readonly turn: (request: TurnRequest) => Promise<TurnResult>;
  /** True when the customer, waiting for a person, says to leave it. */
  readonly takesBack: (text: string, conversation: StoredConversation) => Promise<boolean>;
  readonly sentence: (conversation: StoredConversation, key: string) => string;
  readonly queueOf: (conversation: StoredConversation, lang: string) => string;
};

export type WorkerDeps = {
  readonly db: Db;
  readonly queue: WakeQueue;
  readonly mind: Mind;
  /** Shows the desk what is said on other channels. */
  readonly mirror: Mirror;
  readonly deliver: (conversationId: string) => Promise<void>;
  /** Shows the customer that the message is being answered. Waits for nothing and never fails. */
  readonly attend?: (channel: string, account: string, messageId: string) => void;
  readonly now: Clock;
  readonly log: Log;
  /** Quiet time that ends a burst of unfinished messages, in milliseconds. */
  readonly burstMs: number;
  /** How long a claim holds unless it is renewed: the conversations of a killed worker wait so long for another. */
  readonly claimMs: number;
};

/**
 * Every beginning of a turn counts, so that a message which ends the process does not do so for ever; but a process may
 * end for many reasons, so that a failure we see weighs more: five failures or fifty ends without one.
 */
const BEGIN_WEIGHT = 1;
const FAILURE_WEIGHT = 9;
const MOST_ATTEMPTS = 50;
const ROUNDS = 20;

export type Worker = { readonly id: string; readonly handle: (conversationId: string) => Promise<void> };

export function createWorker(deps: WorkerDeps): Worker {
  const id = `w_${randomUUID().slice(0, 8)}`;
  let handled = 0;
  return {
    id,
    // Each has a claim of its own: a queue may hand the same conversation to one process twice at the same moment.
    handle: (conversationId) => handle(deps, `${id}.${(handled += 1)}`, conversationId),
  };
}

async function handle(deps: WorkerDeps, worker: string, conversationId: string): Promise<void> {
  const { db, now, log } = deps;
  const renewing = setInterval(() => {
    extendClaim(db, conversationId, worker, now() + deps.claimMs).catch(() => undefined);
  }, deps.claimMs / 3);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const conversation = await claimConversation(db, conversationId, worker, now() + deps.claimMs, now());
      if (!conversation) return;
      const pending = await pendingMessages(db, conversationId);
      const wait = pending.length > 0 ? stillWriting(pending, deps) : 0;
      const answering = pending.length > 0 && wait <= 0;
      const released = answering && (await answer(deps, worker, conversation, pending));
      if (!released) await releaseConversation(db, conversationId, worker);
      if (wait > 0) return deps.queue.wake(conversationId, wait);
      // What came between reading and releasing found the conversation claimed: look once more.
      if (!(await hasPending(db, conversationId)))
        return answering ? undefined : deps.deliver(conversationId);
    }
    deps.queue.wake(conversationId, 1_000);
  } catch (error) {
    log.error({ conversation: conversationId, err: error }, 'a conversation could not be handled');
    await countFailure(db, conversationId).catch(() => undefined);
    await releaseConversation(db, conversationId, worker).catch(() => undefined);
    deps.queue.wake(conversationId, 1_000);
  } finally {
    clearInterval(renewing);
  }
}

async function countFailure(db: Db, conversationId: string): Promise<void> {
  const pending = await pendingMessages(db, conversationId);
  await countAttempt(
    db,
    pending.map(({ seq }) => seq),
    FAILURE_WEIGHT,
  );
}

/** A number to look up or a pressed button: nothing more is needed to answer. */
const COMPLETE = /\d(?:[\s.-]?\d){7,}|[A-Z]{2}-?\d{6,}/i;

/** Milliseconds until the burst is over; 0 when it is, or when the message is complete in itself. */
function stillWriting(pending: readonly PendingMessage[], { burstMs, now }: WorkerDeps): number {
  const complete = pending.some(
    ({ message: { content } }) =>
      content.kind === 'choice' || (content.kind === 'text' && COMPLETE.test(content.text)),
  );
  const newest = Math.max(...pending.map(({ message }) => message.receivedAt));
  return complete ? 0 : Math.max(0, newest + burstMs - now());
}

/** True when the end of the turn released the conversation. */
async function answer(
  deps: WorkerDeps,
  worker: string,
  conversation: StoredConversation,
  pending: readonly PendingMessage[],
): Promise<boolean> {
  const seqs = pending.map(({ seq }) => seq);
  const own = await regain(deps, conversation);
  if (own.control !== 'bot') {
    await stayMute(deps, own, pending);
    return false;
  }
  const startedAt = deps.now();
  await countAttempt(deps.db, seqs, BEGIN_WEIGHT);
  const last = pending.at(-1);
  if (pending.some(({ attempts }) => attempts >= MOST_ATTEMPTS)) {
    await giveUp(deps, worker, own, pending);
    return false;
  }
  const text = pending
    .map(({ message }) => textOf(message.content))
    .filter((part) => part !== '')
    .join('\n');
  const choice = last ? choiceOf(last.message.content) : null;
  if (last) deps.attend?.(own.channel, own.account, last.message.id);
  const result = await deps.mind.turn({
    conversation: own,
    text,
    choice,
    wordless: last && text === '' && choice === null ? wordlessOf(last.message.content) : null,
    product: last?.message.context.productSku ?? null,
    memory: { ...EMPTY_MEMORY, ...(own.state as Partial<Memory> | null) },
    now: startedAt,
  });
  const end = await finishTurn(deps.db, {
    conversation: own,
    worker,
    inboxSeqs: seqs,
    replyTo: last?.message.id ?? null,
    replies: result.replies,
    state: result.memory,
    lang: result.lang,
    ticketType: result.ticketType,
    handoff: result.handoff ? handoffOf(deps, own, result, last?.message.sentAt ?? startedAt) : null,
    later: result.later,
    trace: result.trace,
    toLearn: result.toLearn,
    withheld: result.withheld,
    helped: result.helped,
    ms: deps.now() - startedAt,
    now: deps.now(),
    mirror: deps.mirror,
  });
  deps.log.info(
    {
      conversation: own.id,
      intent: result.trace.intent,
      decision: result.trace.decision,
      waited: startedAt - (last?.message.receivedAt ?? startedAt),
      ms: deps.now() - startedAt,
      end: end.kind,
    },
    'turn',
  );
  if (end.kind !== 'finished') return false;
  await deps.deliver(own.id);
  return true;
}

function handoffOf(
  deps: WorkerDeps,
  conversation: StoredConversation,
  { handoff, lang, trace }: TurnResult,
  heardAt: number,
) {
  if (!handoff) return null;
  const windowMs = channelLimits(conversation.channel)?.windowMs;
  const order = handoff.facts.findLast((fact) => fact.name === 'order')?.value;
  return {
    reason: handoff.reason,
    brief: handoff.brief,
    queue: deps.mind.queueOf(conversation, lang),
    metadata: {
      intent: handoff.topic,
      priority: handoff.priority,
      ticket: conversation.ticket,
      ...(order ? { order_number: order } : {}),
      locale: conversation.locale ?? lang,
      confidence: trace.confidence,
      channel: conversation.channel,
      sla_counted: conversation.slaCounted,
      // Later than this the agent's answer goes out as a template, or not at all.
      ...(windowMs === undefined ? {} : { reply_until: new Date(heardAt + windowMs).toISOString() }),
    },
  };
}

/** A new message in a closed conversation starts again with the bot, and the desk is told so. */
async function regain(deps: WorkerDeps, conversation: StoredConversation): Promise<StoredConversation> {
  if (conversation.control !== 'closed') return conversation;
  const now = deps.now();
  const change = {
    to: 'bot',
    reason: 'resolved',
    queue: null,
    summary: 'The customer wrote again.',
    now,
  } as const;
  const version = await journaled(deps.db, async (tx) => {
    const changed = await changeControl(tx, { ...change, conversation, author: 'customer' });
    if (changed === null) return null;
    await deps.mirror(tx, conversation, now);
    await queueControl(tx, conversation, { ...change, from: 'closed', version: changed, metadata: {} });
    return changed;
  });
  return version === null ? conversation : { ...conversation, control: 'bot', version };
}

/** A person owns the conversation: the bot only listens, except to a customer who no longer wants to wait. */
async function stayMute(
  deps: WorkerDeps,
  conversation: StoredConversation,
  pending: readonly PendingMessage[],
): Promise<void> {
  const now = deps.now();
  const seqs = pending.map(({ seq }) => seq);
  const text = pending.map(({ message }) => textOf(message.content)).join('\n');
  if (conversation.control === 'waiting' && (await deps.mind.takesBack(text, conversation))) {
    await takeBack(deps, {
      conversation,
      reason: 'customer_request',
      summary: 'The customer no longer wants a person.',
      author: 'customer',
      sentence: deps.mind.sentence(conversation, 'engine.left'),
      inboxSeqs: seqs,
      now,
    });
    return deps.deliver(conversation.id);
  }
  const mirrored = await deps.db.transaction().execute(async (tx) => {
    await markDone(tx, seqs, now);
    return deps.mirror(tx, conversation, now);
  });
  if (mirrored) await deps.deliver(conversation.id);
}

/** The same messages made the bot fail again and again: a person gets them, nothing is lost. */
async function giveUp(
  deps: WorkerDeps,
  worker: string,
  conversation: StoredConversation,
  pending: readonly PendingMessage[],
): Promise<void> {
  const text = deps.mind.sentence(conversation, 'engine.handing_over');
  const end = await finishTurn(deps.db, {
    conversation,
    worker,
    inboxSeqs: pending.map(({ seq }) => seq),
    replyTo: null,
    replies: [{ purpose: 'handover_notice', text, facts: [] }],
    state: conversation.state,
    lang: conversation.lang ?? 'en',
    ticketType: null,
    handoff: {
      reason: 'error',
      brief: 'The bot failed on this message again and again; please read it and answer.',
      queue: deps.mind.queueOf(conversation, conversation.lang ?? 'en'),
      metadata: { ticket: conversation.ticket },
    },
    later: [],
    toLearn: null,
    withheld: null,
    helped: null,
    trace: { intent: 'out_of_scope', confidence: 0, decision: 'handoff' },
    ms: 0,
    now: deps.now(),
    mirror: deps.mirror,
  });
  if (end.kind === 'finished') await deps.deliver(conversation.id);
}
