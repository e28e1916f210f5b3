/** What a channel told becomes durable here, in one transaction, before the channel hears 200. */
import type { Inbound } from '../connectors/channel.ts';
import type { ControlReason } from '../domain/conversation.ts';
import type { Content, Message } from '../domain/message.ts';
import type { NewConversation } from './store/conversations.ts';
import { journaled, recordAudit } from './store/audit.ts';
import { agentWrote } from './store/audit-events.ts';
import { changeControl, findByExternalId, findConversation, looksLikeOurs } from './store/conversations.ts';
import { acceptMessage, firstSight } from './store/inbox.ts';
import { moveAddresses } from './store/addresses.ts';
import { DESK_CHANNEL, isOurs, queueReply } from './store/outbox.ts';
import { recordDelivery } from './store/receipts.ts';
import type { Db, Tx } from './store/schema.ts';
import { addToTranscript } from './store/transcript.ts';

/**
 * `stale`: a change of control that names an older version than ours; the sender must read again.
 * `wake`: conversations in which there is something to answer or to send.
 */
export type AcceptResult = { readonly wake: readonly string[]; readonly stale: boolean };

/** Stores what a channel told about an account; durable when it resolves. */
export type AcceptInbound = (
  channel: string,
  account: string,
  inbound: readonly Inbound[],
) => Promise<AcceptResult>;

/** What became of one thing told. */
type Outcome = { readonly wake: string | null; readonly stale: boolean };

const NOTHING: Outcome = { wake: null, stale: false };
const STALE: Outcome = { wake: null, stale: true };
const wakes = (conversationId: string): Outcome => ({ wake: conversationId, stale: false });

export async function accept(
  db: Db,
  channel: string,
  inbound: readonly Inbound[],
  fresh: NewConversation,
  now: number,
): Promise<AcceptResult> {
  return journaled(db, async (tx) => {
    const wake = new Set<string>();
    let stale = false;
    for (const one of inbound) {
      const result = await acceptOne(tx, channel, one, fresh, now);
      if (result.wake) wake.add(result.wake);
      stale ||= result.stale;
    }
    return { wake: [...wake], stale };
  });
}

async function acceptOne(
  tx: Tx,
  channel: string,
  inbound: Inbound,
  fresh: NewConversation,
  now: number,
): Promise<Outcome> {
  switch (inbound.kind) {
    case 'message': {
      const { message } = inbound;
      if (message.from.role === 'customer') {
        // Shown to the desk by us, and told back: it was taken in where it was written.
        if (await isMirror(tx, channel, message)) return NOTHING;
        const { conversationId, fresh: isNew } = await acceptMessage(tx, message, fresh, now);
        return isNew ? wakes(conversationId) : NOTHING;
      }
      return message.from.role === 'agent' ? acceptAgent(tx, channel, inbound, now) : NOTHING;
    }
    case 'status': {
      const { account, messageId, clientMessageId, status, error } = inbound;
      // A failure may send the message again, so it counts once.
      if (error && !(await firstSight(tx, channel, account, `${messageId} ${status}`, now))) return NOTHING;
      await recordDelivery(tx, channel, { channelMessageId: messageId, clientMessageId, status, error, now });
      return NOTHING;
    }
    case 'identity': {
      const { account, id, before, now: addresses, at } = inbound;
      if (!(await firstSight(tx, channel, account, id, now))) return NOTHING;
      await moveAddresses(tx, { channel, account }, { before, now: addresses, at });
      return NOTHING;
    }
    case 'control':
      return acceptControl(tx, channel, inbound, now);
    case 'alert':
    case 'ignored':
      return NOTHING;
  }
}

type AgentMessage = Extract<Inbound, { kind: 'message' }>;
type ControlTold = Extract<Inbound, { kind: 'control' }>;

/** On the desk's channel a conversation of another channel is known by our own id. */
async function onDesk(tx: Tx, channel: string, account: string, conversation: string) {
  const own = await findByExternalId(tx, channel, account, conversation);
  if (own || channel !== DESK_CHANNEL || !looksLikeOurs(conversation)) return own;
  const elsewhere = await findConversation(tx, conversation);
  return elsewhere?.shop === account ? elsewhere : null;
}

async function isMirror(tx: Tx, channel: string, message: Message): Promise<boolean> {
  if (channel !== DESK_CHANNEL || !looksLikeOurs(message.conversation)) return false;
  const conversation = await findConversation(tx, message.conversation);
  return conversation !== null && conversation.channel !== channel;
}

/** What an agent writes is kept, and carried on to the customer when the customer is on another channel. */
async function acceptAgent(
  tx: Tx,
  channel: string,
  { message, clientMessageId = null }: AgentMessage,
  now: number,
): Promise<Outcome> {
  const conversation = await onDesk(tx, channel, message.account, message.conversation);
  if (!conversation || (await isOurs(tx, channel, message.id, clientMessageId))) return NOTHING;
  if (!(await firstSight(tx, channel, message.account, message.id, now))) return NOTHING;
  if (conversation.channel === channel) {
    await addToTranscript(tx, {
      conversationId: conversation.id,
      role: 'agent',
      author: message.from.id,
      body: message.content,
      ref: message.id,
      at: message.sentAt,
    });
    const { id: messageId, content, sentAt, from } = message;
    const written = { id: from.id, messageId, content, sentAt };
    await recordAudit(tx, conversation.shop, agentWrote(conversation, written, now));
    return NOTHING;
  }
  const text = plain(message.content);
  if (text === '') return NOTHING;
  await queueReply(tx, {
    conversation,
    reply: { purpose: 'reply', text, facts: [] },
    lang: conversation.lang ?? 'en',
    replyTo: null,
    now,
    author: { role: 'agent', id: message.from.id },
    onDesk: true,
  });
  return wakes(conversation.id);
}

function plain(content: Content): string {
  return content.kind === 'text' ? content.text : content.kind === 'media' ? (content.caption ?? '') : '';
}

const REASONS: readonly ControlReason[] = [
  'customer_request',
  'low_confidence',
  'repeated_failure',
  'sensitive_topic',
  'policy',
  'error',
  'agent_return',
  'no_agent',
  'timeout',
  'resolved',
];

/**
 * An agent took, returned or closed the conversation. The version told is the one the change leads to: above ours, by
 * more than one when a webhook got lost. Our own changes come back as echoes: a version we have, with the same owner.
 */
async function acceptControl(tx: Tx, channel: string, told: ControlTold, now: number): Promise<Outcome> {
  const conversation = await onDesk(tx, channel, told.account, told.conversation);
  if (!conversation) return NOTHING;
  if (told.version <= conversation.version)
    return told.version === conversation.version && told.to === conversation.control ? NOTHING : STALE;
  if (!(await firstSight(tx, channel, told.account, told.id, now))) return NOTHING;
  const reason = REASONS.find((known) => known === told.reason) ?? 'agent_return';
  const version = await changeControl(tx, {
    conversation,
    to: told.to,
    version: told.version,
    reason,
    queue: null,
    summary: told.agent ? `By agent ${told.agent}.` : '',
    author: 'agent',
    now,
  });
  return version === null ? STALE : wakes(conversation.id);
}
