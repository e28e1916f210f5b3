/** Takes what is in the outbox to its channel: in order per conversation, retried with growing pauses, given up visibly. */
import type { ConnectedChannel, Outgoing, SendOutcome } from '../connectors/channel.ts';
import type { Guard, GuardRule } from '../compliance/guard.ts';
import { replyText } from '../compliance/reply-text.ts';
import type { SenderRole } from '../domain/message.ts';
import type { Clock } from '../domain/time.ts';
import { channelIds, channelLimits, notIdempotent } from './channels.ts';
import type { Log } from './log.ts';
import { recipientOf } from './store/addresses.ts';
import { mergeWaiting } from './store/merge.ts';
import type { OutboxItem } from './store/outbox.ts';
import { BY_GUARD, claimDue, markAccepted, markDead, markPart, markRetry, postpone } from './store/outbox.ts';
import { giveUpUnknown, markUnknown, suspectBrokenSends } from './store/receipts.ts';
import type { Db, Tx } from './store/schema.ts';
import { authorOf } from './store/transcript.ts';

export type DeliveryDeps = {
  readonly db: Db;
  /** Resolves when what is committed is on the disk; nothing is sent before. */
  readonly flushed: () => Promise<void>;
  /** The connection for an account on a channel. */
  readonly channel: (channel: string, account: string) => ConnectedChannel | null;
  /** The shop an account on a channel belongs to. */
  readonly shopOf: (channel: string, account: string) => string;
  /** Asked about every message right before it leaves, whoever wrote it. */
  readonly guard: Guard;
  /** Told what was stopped, for the record and the desk, in the transaction that gives the message up. */
  readonly onBlocked?: (tx: Tx, blocked: BlockedMessage) => Promise<void> | void;
  readonly now: Clock;
  readonly log: Log;
  /** Called after something was accepted, for pages that show it. */
  readonly onAccepted?: (conversationId: string) => void;
};

/** A message the guard stopped at the door. */
export type BlockedMessage = {
  readonly conversationId: string;
  readonly outboxId: string;
  readonly rule: GuardRule;
  /** Id of the clause of the policy. */
  readonly clause: string;
  /** The piece of text that broke the rule. */
  readonly evidence: string;
  readonly author: { readonly role: SenderRole; readonly id: string } | null;
};

/** Longer than any send takes: a claim that runs out belongs to a process that died. */
const CLAIM_MS = 15_000;
const BATCH = 50;
/** A round over all conversations leaves a channel that takes longer to the next one. */
const LANE_MS = 5_000;
/** With the pauses below, about two days of trying. */
const MOST_ATTEMPTS = 24;
const LONGEST_PAUSE_MS = 3 * 3_600_000;
/** How long a status may take that tells whether a message was sent after all. */
export const UNKNOWN_WAIT_MS = 600_000;

export type Delivery = {
  /** Sends what is due for one conversation, or for all. */
  readonly run: (conversationId?: string) => Promise<void>;
};

export function createDelivery(deps: DeliveryDeps): Delivery {
  const alarms = new Set<string>();
  return {
    run: async (conversationId) => {
      if (conversationId === undefined) await settleUnknown(deps);
      const startedAt = deps.now();
      const claim = (channel?: string): Promise<readonly OutboxItem[]> => {
        const now = deps.now();
        return claimDue(deps.db, {
          now,
          until: now + CLAIM_MS,
          limit: BATCH,
          neverTwice: notIdempotent(),
          ...(conversationId ? { conversationId } : {}),
          ...(channel ? { channel } : {}),
        });
      };
      /** Each channel for itself: one that answers slowly holds up nobody on another. */
      const drain = async (channel: string, first: readonly OutboxItem[]): Promise<void> => {
        for (let due = first; due.length > 0; due = await claim(channel)) {
          await deps.flushed();
          await Promise.all(due.map((item) => deliver(deps, alarms, item)));
          if (conversationId === undefined && deps.now() - startedAt > LANE_MS) return;
        }
      };
      const due = await claim();
      const full = due.length === BATCH;
      const lanes = new Set([...due.map(({ channel }) => channel), ...(full ? channelIds() : [])]);
      await Promise.all(
        [...lanes].map(async (lane) => {
          const own = due.filter(({ channel }) => channel === lane);
          await drain(lane, own.length > 0 ? own : await claim(lane));
        }),
      );
    },
  };
}

/** Sends that died with their process, and sends nobody told the end of in time. */
async function settleUnknown({ db, now, log }: DeliveryDeps): Promise<void> {
  await suspectBrokenSends(db, notIdempotent(), now(), now() + UNKNOWN_WAIT_MS);
  for (const { id, conversationId } of await giveUpUnknown(db, now()))
    log.error(
      { outbox: id, conversation: conversationId },
      'it is not known whether a message was sent; wismo outbox list shows it',
    );
}

async function deliver(deps: DeliveryDeps, alarms: Set<string>, item: OutboxItem): Promise<void> {
  const outcome = await send(deps, item);
  const { db, now, log } = deps;
  const about = {
    outbox: item.id,
    conversation: item.conversationId,
    channel: item.channel,
    kind: item.kind,
  };
  const line = `${item.channel} ${item.body.account}`;
  switch (outcome.kind) {
    case 'blocked': {
      const { rule, clause } = outcome;
      log.warn({ ...about, rule, clause }, 'the guard stopped a message');
      const { conversationId, id: outboxId } = item;
      const author = await authorOf(db, outboxId);
      const blocked = { conversationId, outboxId, rule, clause, evidence: outcome.evidence, author };
      return markDead(db, outboxId, {
        code: `${BY_GUARD}${rule}`,
        error: `${BY_GUARD}${rule}`,
        now: now(),
        also: async (tx) => deps.onBlocked?.(tx, blocked),
      });
    }
    case 'accepted':
      alarms.delete(line);
      if (outcome.more) return markPart(db, item.id, partOf(item) + 1);
      await markAccepted(db, item.id, outcome.id, now());
      deps.onAccepted?.(item.conversationId);
      return;
    case 'refused':
      log.error({ ...about, code: outcome.code, why: outcome.why }, 'the channel refused a message');
      return markDead(db, item.id, {
        code: outcome.code,
        error: `${outcome.code}: ${outcome.why}`,
        now: now(),
      });
    case 'retry': {
      if (item.attempts + 1 >= MOST_ATTEMPTS) {
        log.error({ ...about, why: outcome.why }, 'gave up on a message');
        return markDead(db, item.id, { code: 'gave_up', error: outcome.why, now: now() });
      }
      const growth = (outcome.growth ?? 2) ** Math.min(item.attempts, 12);
      const pause = Math.min(outcome.afterMs * growth, LONGEST_PAUSE_MS);
      return markRetry(db, item.id, now() + Math.max(pause, outcome.afterMs), outcome.why);
    }
    case 'stop':
      if (!alarms.has(line))
        log.error(
          { channel: item.channel, account: item.body.account, code: outcome.code, why: outcome.why },
          'nothing can be sent from an account; its messages are kept',
        );
      alarms.add(line);
      return postpone(db, item.id, now() + outcome.afterMs, `${outcome.code}: ${outcome.why}`);
    case 'unknown':
      log.warn({ ...about, why: outcome.why }, 'a send broke off: waiting for a status');
      return markUnknown(db, item.id, now() + UNKNOWN_WAIT_MS, outcome.why);
  }
}

function partOf({ body }: OutboxItem): number {
  return 'part' in body ? (body.part ?? 0) : 0;
}

type Blocked = {
  readonly kind: 'blocked';
  readonly rule: GuardRule;
  readonly clause: string;
  readonly evidence: string;
};

async function send(deps: DeliveryDeps, item: OutboxItem): Promise<SendOutcome | Blocked> {
  const channel = deps.channel(item.channel, item.body.account);
  if (!channel)
    return {
      kind: 'refused',
      code: 'no_channel',
      why: `The channel ${item.channel} is not configured for ${item.body.account}.`,
    };
  if (item.kind === 'message') return sendMessage(deps, channel, item);
  const noDesk = {
    kind: 'refused',
    code: 'no_desk',
    why: `The channel ${item.channel} has no desk.`,
  } as const;
  // What is shown to the desk went past the guard on its way to the customer, or is the customer's own word.
  if (item.kind === 'mirror') return channel.mirror?.(item.body) ?? noDesk;
  return channel.control?.(item.body) ?? noDesk;
}

/** The only place that hands a message to a channel: nothing gets there past the guard (test/house/one-door.test.ts). */
async function sendMessage(
  { db, guard, shopOf, now }: DeliveryDeps,
  channel: ConnectedChannel,
  item: Extract<OutboxItem, { kind: 'message' }>,
): Promise<SendOutcome | Blocked> {
  const limits = channelLimits(item.channel);
  const outgoing: Outgoing = limits?.merges
    ? await mergeWaiting(db, item, limits.textChars, now())
    : item.body;
  const shop = shopOf(item.channel, item.body.account);
  const verdict = guard(replyText(outgoing.reply), { shop });
  if (verdict.verdict === 'block')
    return {
      kind: 'blocked',
      rule: verdict.rule,
      clause: verdict.clause.id,
      evidence: verdict.evidence,
    };
  const recipient = limits?.windowMs === undefined ? null : await recipientOf(db, item.conversationId);
  return channel.send(outgoing, recipient);
}
