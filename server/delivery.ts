/** Takes what is in the outbox to its channel: in order per conversation, retried with growing pauses, given up visibly. */
import type { ConnectedChannel, SendOutcome } from '../connectors/channel.ts';
import type { Clock } from '../domain/time.ts';
import type { Log } from './log.ts';
import type { OutboxItem } from './store/outbox.ts';
import { claimDue, markAccepted, markDead, markRetry } from './store/outbox.ts';
import type { Db } from './store/schema.ts';

export type DeliveryDeps = {
  readonly db: Db;
  /** Resolves when what is committed is on the disk; nothing is sent before. */
  readonly flushed: () => Promise<void>;
  /** The connection for an account on a channel. */
  readonly channel: (channel: string, account: string) => ConnectedChannel | null;
  readonly now: Clock;
  readonly log: Log;
  /** Called after something was accepted, for pages that show it. */
  readonly onAccepted?: (conversationId: string) => void;
};

/** Longer than a channel may take to answer. */
const CLAIM_MS = 15_000;
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
        await deps.flushed();
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

async function send(deps: DeliveryDeps, item: OutboxItem): Promise<SendOutcome> {
  const channel = deps.channel(item.channel, item.body.account);
  if (!channel)
    return {
      kind: 'refused',
      code: 'no_channel',
      why: `The channel ${item.channel} is not configured for ${item.body.account}.`,
    };
  if (item.kind === 'message') return channel.send(item.body);
  return channel.control
    ? channel.control(item.body)
    : { kind: 'refused', code: 'no_desk', why: `The channel ${item.channel} has no desk.` };
}
