/** What channels tell about messages we sent, and messages of which we do not know whether they were. */
import type { DeliveryError, DeliveryStatus, Outgoing } from '../../connectors/channel.ts';
import { DELIVERY_STATUSES } from '../../connectors/channel.ts';
import { journaled } from './audit.ts';
import { recordDeliveryOutcome } from './audit-events.ts';
import type { Db, Tx } from './schema.ts';

export type Receipt = {
  /** The channel's id of the message. */
  readonly channelMessageId: string;
  /** Ours, with `/n` behind it for the further parts of a reply. */
  readonly clientMessageId: string | null;
  readonly status: DeliveryStatus;
  readonly error: DeliveryError | null;
  readonly now: number;
};

/** Failures told later that are worth another try. */
const MOST_RESENDS = 5;
const RESEND_MS = 5_000;
/** Begins the reason of every message of which we do not know whether it was sent. */
const UNKNOWN = 'unknown: ';

/** Delivery only moves forward: a late `delivered` after `read` is ignored. A failure may send the message once more. */
export async function recordDelivery(tx: Tx, channel: string, receipt: Receipt): Promise<void> {
  const row = await findSent(tx, channel, receipt);
  if (!row) return;
  const rank = (one: string | null): number => DELIVERY_STATUSES.indexOf(one as DeliveryStatus);
  const { status, error } = receipt;
  const forward = rank(status) > rank(row.delivery) && !(status === 'failed' && row.delivery === 'read');
  if (!forward) return;
  if (error) return recordFailure(tx, row, { ...receipt, error });
  await tx
    .updateTable('outbox')
    .set({
      delivery: status,
      // The answer to our post got lost; that it was taken is known now, though it may have been given up.
      ...(row.state === 'unknown' || (row.state === 'dead' && row.error?.startsWith(UNKNOWN))
        ? {
            state: 'accepted' as const,
            accepted_at: receipt.now,
            channel_message_id: receipt.channelMessageId,
            error: null,
          }
        : {}),
    })
    .where('id', '=', row.id)
    .execute();
  const outcome = { id: row.id, conversationId: row.conversation_id, outcome: status };
  await recordDeliveryOutcome(tx, outcome, receipt.now);
}

/** By the channel's id; by ours only while the channel's is not known, so that an old attempt does not speak for a new one. */
async function findSent(tx: Tx, channel: string, { channelMessageId, clientMessageId }: Receipt) {
  const [id, part] = clientMessageId?.split('/') ?? [];
  return tx
    .selectFrom('outbox')
    .select(['id', 'conversation_id', 'state', 'delivery', 'attempts', 'body', 'error'])
    .where('channel', '=', channel)
    .where((eb) =>
      eb.or([
        eb('channel_message_id', '=', channelMessageId),
        ...(id
          ? [
              eb.and([
                eb('id', '=', id),
                eb('part', '=', Number(part ?? 0)),
                eb.or([eb('channel_message_id', 'is', null), eb('channel_message_id', '=', id)]),
              ]),
            ]
          : []),
      ]),
    )
    .executeTakeFirst();
}

type SentRow = NonNullable<Awaited<ReturnType<typeof findSent>>>;

async function recordFailure(
  tx: Tx,
  row: SentRow,
  { error, now }: Receipt & { readonly error: DeliveryError },
): Promise<void> {
  const why = `${error.code}: ${error.message}`;
  const body = JSON.parse(row.body) as Outgoing;
  const closedAgain = error.resend === 'outside_window' && body.windowClosedAt !== undefined;
  if (!error.resend || closedAgain || row.attempts >= MOST_RESENDS) {
    await tx
      .updateTable('outbox')
      .set({ delivery: 'failed', state: 'dead', error: why, claimed_until: 0 })
      .where('id', '=', row.id)
      .execute();
    const outcome = { id: row.id, conversationId: row.conversation_id, outcome: 'dead', code: error.code };
    await recordDeliveryOutcome(tx, outcome, now);
    return;
  }
  const windowClosed = error.resend === 'outside_window';
  await tx
    .updateTable('outbox')
    .set((eb) => ({
      state: 'pending',
      delivery: null,
      channel_message_id: null,
      claimed_until: 0,
      attempts: eb('attempts', '+', 1),
      next_at: windowClosed ? now : now + RESEND_MS * 2 ** row.attempts,
      body: JSON.stringify(windowClosed ? { ...body, windowClosedAt: now } : body),
      error: why,
    }))
    .where('id', '=', row.id)
    .execute();
}

/** It may have been sent: nothing is sent again, a status is waited for until `until`. */
export async function markUnknown(db: Db, id: string, until: number, why: string): Promise<void> {
  await db
    .updateTable('outbox')
    .set((eb) => ({
      state: 'unknown',
      next_at: until,
      error: `${UNKNOWN}${why}`,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('claimed_until', '>', 0)
    .execute();
}

/**
 * A claim that ran out means that the process died while it sent. On channels that would take the message twice it may
 * have been sent.
 */
export async function suspectBrokenSends(
  db: Db,
  channels: readonly string[],
  now: number,
  until: number,
): Promise<void> {
  if (channels.length === 0) return;
  await db
    .updateTable('outbox')
    .set({ state: 'unknown', next_at: until, error: `${UNKNOWN}the program ended while it was sending` })
    .where('state', '=', 'pending')
    .where('channel', 'in', channels)
    .where('claimed_until', '>', 0)
    .where('claimed_until', '<', now)
    .execute();
}

/** No status came in time: given up as unknown, for an operator to decide. Returns what was given up. */
export async function giveUpUnknown(
  db: Db,
  now: number,
): Promise<readonly { readonly id: string; readonly conversationId: string }[]> {
  const due = await db
    .selectFrom('outbox')
    .select('id')
    .where('state', '=', 'unknown')
    .where('next_at', '<=', now)
    .limit(1)
    .executeTakeFirst();
  if (!due) return [];
  return journaled(db, async (tx) => {
    const rows = await tx
      .updateTable('outbox')
      .set({ state: 'dead' })
      .where('state', '=', 'unknown')
      .where('next_at', '<=', now)
      .returning(['id', 'conversation_id'])
      .execute();
    const given = rows.map((row) => ({ id: row.id, conversationId: row.conversation_id }));
    for (const one of given)
      await recordDeliveryOutcome(tx, { ...one, outcome: 'dead', code: 'unknown' }, now);
    return given;
  });
}
