/** Reads what webhooks may have missed; what is known already changes nothing. */
import type { Inbound } from '../connectors/channel.ts';
import type { Clock } from '../domain/time.ts';
import type { AcceptInbound } from './accept.ts';
import type { Connections } from './channels.ts';
import type { Config } from './config/schema.ts';
import type { Log } from './log.ts';
import { readCursor, writeCursor } from './store/orders.ts';
import type { Db } from './store/schema.ts';

export type CatchUpDeps = {
  readonly config: Pick<Config, 'shops'>;
  readonly connections: Connections;
  readonly db: Db;
  readonly acceptInbound: AcceptInbound;
  readonly now: Clock;
  readonly log: Log;
};

const CHANNEL = 'jumia';
/** Pages of conversations in one go; the cursor is kept after each. */
const MOST_ROUNDS = 500;

export async function catchUp(deps: CatchUpDeps): Promise<void> {
  for (const { id } of deps.config.shops) {
    try {
      await catchUpShop(deps, id);
    } catch (error) {
      deps.log.warn(
        { shop: id, why: error instanceof Error ? error.message : 'unknown' },
        'the catch-up read failed',
      );
    }
  }
}

async function catchUpShop(
  { connections, db, acceptInbound, now, log }: CatchUpDeps,
  shop: string,
): Promise<void> {
  const channel = connections(CHANNEL, shop);
  if (!channel?.catchUp) return;
  const name = `catch-up ${CHANNEL} ${shop}`;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { inbound, cursor, more } = await channel.catchUp(await readCursor(db, name));
    for (const one of inbound)
      if (one.kind === 'alert')
        log.warn({ shop, code: one.code, why: one.why }, 'the catch-up read left something out');
    for (const [conversation, found] of byConversation(inbound))
      // One that cannot be stored keeps no other from its answer; it is found again while reads overlap.
      await acceptInbound(CHANNEL, shop, found).catch((error: unknown) => {
        log.error(
          { shop, conversation, err: error },
          'a message found by the catch-up read could not be stored',
        );
      });
    if (cursor) await writeCursor(db, name, cursor, now());
    if (!more) return;
  }
}

/** What was found, by conversation; each in its order. */
function byConversation(inbound: readonly Inbound[]): ReadonlyMap<string, readonly Inbound[]> {
  const groups = new Map<string, Inbound[]>();
  for (const one of inbound) {
    if (one.kind !== 'message') continue;
    const { conversation } = one.message;
    const group = groups.get(conversation);
    if (group) group.push(one);
    else groups.set(conversation, [one]);
  }
  return groups;
}
