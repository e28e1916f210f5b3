/** What is recorded of each thing that happens: which words are plain, and which are sealed with the customer's key. */
import { createHash } from 'node:crypto';
import type { Json } from '../../compliance/canonical-json.ts';
import type { Conversation } from '../../domain/conversation.ts';
import type { Content, Message } from '../../domain/message.ts';
import type { Fact, Reply } from '../../domain/reply.ts';
import type { AuditEntry } from './audit.ts';
import { recordAudit } from './audit.ts';
import type { Tx } from './schema.ts';
import { run } from './statement.ts';

/**
 * A channel's id as it may stand in the open: WhatsApp's message ids hold the customer's phone number. Whoever has the
 * id can find the record; the record tells nobody the id.
 */
export function channelRef(channel: string, id: string): string {
  return `sha256:${createHash('sha256').update(`${channel} ${id}`).digest('hex').slice(0, 32)}`;
}

type Owned = Pick<Conversation, 'id' | 'shop' | 'channel' | 'customer'>;
export const ownerOf = ({ channel, customer }: Owned) => ({ channel, id: customer.id });

/** The guard held an answer of the bot back. What broke the rule is sealed, since it quotes the answer. */
export function answerWithheld(
  conversation: Conversation,
  withheld: {
    readonly id: string;
    readonly rule: string;
    readonly clause: string;
    readonly evidence: string;
  },
  now: number,
): AuditEntry {
  return {
    kind: 'block',
    at: now,
    conversation: conversation.id,
    author: `bot:${conversation.bot}`,
    ref: withheld.id,
    data: { rule: withheld.rule, clause: withheld.clause },
    personal: { customer: ownerOf(conversation), content: { evidence: withheld.evidence } },
  };
}

/** What a customer wrote, as it was accepted. */
export function customerWrote(message: Message, conversation: string, now: number): AuditEntry {
  const { channel, from, content, sentAt, id, context } = message;
  return {
    kind: 'message',
    at: now,
    conversation,
    author: 'customer',
    ref: channelRef(channel, id),
    data: { direction: 'in', channel, sentAt },
    personal: {
      customer: { channel, id: from.id },
      content: { content, from, messageId: id, context },
    },
  };
}

/** What an agent wrote to the customer with the desk's own tools, on the same channel. */
export function agentWrote(
  conversation: Owned,
  agent: {
    readonly id: string;
    readonly messageId: string;
    readonly content: Content;
    readonly sentAt: number;
  },
  now: number,
): AuditEntry {
  return {
    kind: 'message',
    at: now,
    conversation: conversation.id,
    author: `agent:${agent.id}`,
    ref: channelRef(conversation.channel, agent.messageId),
    data: { direction: 'out', channel: conversation.channel, sentAt: agent.sentAt },
    personal: {
      customer: ownerOf(conversation),
      content: { content: agent.content, messageId: agent.messageId },
    },
  };
}

/** A message put on its way to the customer. */
export function replyQueued(
  conversation: Owned,
  reply: {
    readonly id: string;
    readonly reply: Reply;
    readonly lang: string;
    readonly replyTo: string | null;
    readonly author: { readonly role: string; readonly id: string };
  },
  now: number,
): AuditEntry {
  const { id, author, lang, replyTo } = reply;
  return {
    kind: 'message',
    at: now,
    conversation: conversation.id,
    author: `${author.role}:${author.id}`,
    ref: id,
    data: {
      direction: 'out',
      channel: conversation.channel,
      purpose: reply.reply.purpose,
      lang,
      replyTo: replyTo === null ? null : channelRef(conversation.channel, replyTo),
      facts: sources(reply.reply.facts),
    },
    personal: { customer: ownerOf(conversation), content: { reply: reply.reply } },
  };
}

/** Which facts were used, where they come from and when they were read; their values are sealed with the reply. */
function sources(facts: readonly Fact[]): Json {
  return facts.map(({ name, source, readAt }) => ({ name, source, readAt }));
}

export function controlChanged(
  conversation: Owned,
  change: {
    readonly from: string;
    readonly to: string;
    readonly version: number;
    readonly reason: string;
    readonly queue: string | null;
    readonly author: string;
    readonly summary: string;
  },
  now: number,
): AuditEntry {
  const { from, to, version, reason, queue, author, summary } = change;
  return {
    kind: 'control',
    at: now,
    conversation: conversation.id,
    author,
    ref: `${conversation.id}:${version}`,
    data: { from, to, version, reason, queue },
    ...(summary === '' ? {} : { personal: { customer: ownerOf(conversation), content: { summary } } }),
  };
}

/** What the bot understood and did: the facts behind "why did it say that?". */
export function decided(
  conversation: Owned,
  turn: {
    readonly id: string;
    readonly lang: string;
    readonly intent: string;
    readonly confidence: number;
    readonly decision: string;
    readonly model: string | null;
    readonly facts: readonly Fact[];
    readonly ms: number;
  },
  now: number,
): AuditEntry {
  const { id, lang, intent, confidence, decision, model, facts, ms } = turn;
  return {
    kind: 'decision',
    at: now,
    conversation: conversation.id,
    author: 'bot',
    ref: id,
    data: { lang, intent, confidence, decision, model, facts: sources(facts), ms },
    ...(facts.length === 0 ? {} : { personal: { customer: ownerOf(conversation), content: { facts } } }),
  };
}

export function followUpNoted(
  conversation: Pick<Conversation, 'id'>,
  followUp: {
    readonly id: string;
    readonly outcome: 'promised' | 'kept' | 'dropped';
    readonly dueAt?: number;
  },
  now: number,
): AuditEntry {
  const { id, outcome, dueAt } = followUp;
  return {
    kind: 'follow_up',
    at: now,
    conversation: conversation.id,
    author: 'bot',
    ref: id,
    data: { outcome, dueAt },
  };
}

/** What became of an outgoing message; `code` is the channel's or ours, never its words. */
export async function recordDeliveryOutcome(
  tx: Tx,
  item: {
    readonly id: string;
    readonly conversationId: string;
    readonly outcome: string;
    readonly code?: string;
    readonly channelMessage?: string;
    /** The message it was sent within. */
    readonly into?: string;
  },
  now: number,
): Promise<void> {
  const owner = await ownerOfConversation(tx, item.conversationId);
  if (!owner) return;
  await recordAudit(tx, owner.shop, {
    kind: 'delivery',
    at: now,
    conversation: item.conversationId,
    author: 'system',
    ref: item.id,
    data: { outcome: item.outcome, code: item.code, channelMessage: item.channelMessage, into: item.into },
  });
}

async function ownerOfConversation(tx: Tx, id: string): Promise<{ readonly shop: string } | undefined> {
  const [owner] = await run<{ readonly shop: string }>(tx, 'select shop from conversation where id = ?', [
    id,
  ]);
  return owner;
}
