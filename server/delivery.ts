/** Takes what is in the outbox to its channel: in order per conversation, retried with growing pauses, given up visibly. */
import type { ConnectedChannel, SendOutcome } from '../connectors/channel.ts';
import type { Guard, GuardRule } from '../compliance/guard.ts';
import { replyText } from '../compliance/reply-text.ts';
import type { SenderRole } from '../domain/message.ts';
import type { Clock } from '../domain/time.ts';
import type { Log } from './log.ts';
import type { OutboxItem } from './store/outbox.ts';
import { claimDue, markAccepted, markDead, markRetry } from './store/outbox.ts';
import type { Db } from './store/schema.ts';
import { authorOf } from './store/transcript.ts';

export type DeliveryDeps = {
  readonly db: Db;
  /** The connection for an account on a channel. */
  readonly channel: (channel: string, account: string) => ConnectedChannel | null;
  /** Asked about every message right before it leaves, whoever wrote it. */
  readonly guard: Guard;
  /** Told what was stopped, for the record; never the text. */
  readonly onBlocked?: (blocked: BlockedMessage) => Promise<void> | void;
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
  readonly author: { readonly role: SenderRole; readonly id: string } | null;
};

const CLAIM_MS = 30_000;
const BATCH = 50;
/** With the pauses below, about two days of trying. */
const MOST_ATTEMPTS = 24;
const LONGEST_PAUSE_MS = 3 * 3_600_000;

export type Delivery = {
  /** Sends what is due for one conversation, or for all. */
  readonly run: (conversationId?: string) => Promise<void>;
};

export function createDelivery(deps: DeliveryDeps): Delivery {
  return {
    run: async (conversationId) => {
      for (;;) {
        const now = deps.now();
        const due = await claimDue(deps.db, {
          now,
          until: now + CLAIM_MS,
          limit: BATCH,
          ...(conversationId ? { conversationId } : {}),
        });
        if (due.length === 0) return;
        await Promise.all(due.map((item) => deliver(deps, item)));
      }
    },
  };
}

async function deliver(deps: DeliveryDeps, item: OutboxItem): Promise<void> {
  const outcome = await send(deps, item);
  const { db, now, log } = deps;
  const about = {
    outbox: item.id,
    conversation: item.conversationId,
    channel: item.channel,
    kind: item.kind,
  };
  switch (outcome.kind) {
    case 'blocked': {
      const { rule, clause } = outcome;
      log.warn({ ...about, rule, clause }, 'the guard stopped a message');
      await markDead(db, item.id, `guard:${rule}`);
      const author = await authorOf(db, item.id);
      await deps.onBlocked?.({
        conversationId: item.conversationId,
        outboxId: item.id,
        rule,
        clause,
        author,
      });
      return;
    }
    case 'accepted':
      await markAccepted(db, item.id, outcome.id, now());
      deps.onAccepted?.(item.conversationId);
      return;
    case 'refused':
      log.error({ ...about, code: outcome.code, why: outcome.why }, 'the channel refused a message');
      return markDead(db, item.id, `${outcome.code}: ${outcome.why}`);
    case 'retry': {
      if (item.attempts + 1 >= MOST_ATTEMPTS) {
        log.error({ ...about, why: outcome.why }, 'gave up on a message');
        return markDead(db, item.id, outcome.why);
      }
      const pause = Math.min(outcome.afterMs * 2 ** Math.min(item.attempts, 12), LONGEST_PAUSE_MS);
      return markRetry(db, item.id, now() + Math.max(pause, outcome.afterMs), outcome.why);
    }
    case 'unknown':
      log.error({ ...about, why: outcome.why }, 'it is not known whether a message was sent');
      return markDead(db, item.id, `unknown: ${outcome.why}`);
  }
}

type Blocked = { readonly kind: 'blocked'; readonly rule: GuardRule; readonly clause: string };

/** The only place that hands a message to a channel: nothing gets there past the guard (test/house/one-door.test.ts). */
async function send(deps: DeliveryDeps, item: OutboxItem): Promise<SendOutcome | Blocked> {
  const channel = deps.channel(item.channel, item.body.account);
  if (!channel)
    return {
      kind: 'refused',
      code: 'no_channel',
      why: `The channel ${item.channel} is not configured for ${item.body.account}.`,
    };
  if (item.kind === 'message') {
    const verdict = deps.guard(replyText(item.body.reply), { shop: item.body.account });
    if (verdict.verdict === 'block')
      return { kind: 'blocked', rule: verdict.rule, clause: verdict.clause.id };
    return channel.send(item.body);
  }
  return channel.control
    ? channel.control(item.body)
    : { kind: 'refused', code: 'no_desk', why: `The channel ${item.channel} has no desk.` };
}
