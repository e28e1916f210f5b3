/** What channels told becomes facts here, in one transaction, before the channels hear 200. */
import type { Inbound } from '../connectors/channel.ts';
import type { ControlReason } from '../domain/conversation.ts';
import type { Content, Message } from '../domain/message.ts';
import { journaled, recordAudit } from './store/audit.ts';
import { agentWrote } from './store/audit-events.ts';
import { changeControl, findByExternalId, findConversation, looksLikeOurs } from './store/conversations.ts';
import type { NewConversation, Told } from './store/ensure-conversations.ts';
import { acceptMessages, firstSight } from './store/inbox.ts';
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

/** What one webhook told, and what a conversation it begins is to be. */
export type Webhook = {
  readonly channel: string;
  readonly inbound: readonly Inbound[];
  readonly fresh: NewConversation;
};

/** All in one transaction; results in the order of the webhooks. */
export async function acceptAll(
  db: Db,
  webhooks: readonly Webhook[],
  now: number,
): Promise<readonly AcceptResult[]> {
  return journaled(db, async (tx) => {
    const results = webhooks.map(() => ({ wake: new Set<string>(), stale: false }));
    const note = (at: number, { wake, stale }: Outcome): void => {
      const result = results[at];
      if (!result) return;
      if (wake) result.wake.add(wake);
      result.stale ||= stale;
    };
    let wrote: (Told & { readonly at: number })[] = [];
    const storeWritten = async (): Promise<void> => {
      const told = inOneOrder(wrote);
      wrote = [];
      if (told.length === 0) return;
      const accepted = await acceptMessages(tx, told, now);
      accepted.forEach(({ conversationId, fresh }, index) => {
        if (fresh) note(told[index]?.at ?? 0, wakes(conversationId));
      });
    };
    for (const [at, { channel, inbound, fresh }] of webhooks.entries()) {
      for (const one of inbound) {
        if (one.kind === 'message' && one.message.from.role === 'customer') {
          // Shown to the desk by us, and told back: it was taken in where it was written.
          if (!(await isMirror(tx, channel, one.message))) wrote.push({ message: one.message, fresh, at });
          continue;
        }
        // What was told before it comes before it.
        await storeWritten();
        note(at, await acceptOne(tx, channel, one, now));
      }
    }
    await storeWritten();
    return results.map(({ wake, stale }) => ({ wake: [...wake], stale }));
  });
}

/** Every process takes rows in the same order, so that two cannot wait for each other; a conversation keeps its own. */
function inOneOrder<T extends Told>(told: readonly T[]): readonly T[] {
  const nameOf = ({ message: { account, conversation } }: T): string => `${account}\n${conversation}`;
  return [...told].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
}

async function acceptOne(tx: Tx, channel: string, inbound: Inbound, now: number): Promise<Outcome> {
  switch (inbound.kind) {
    case 'message':
      return inbound.message.from.role === 'agent' ? acceptAgent(tx, channel, inbound, now) : NOTHING;
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
