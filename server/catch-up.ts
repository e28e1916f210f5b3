/** Reads what webhooks may have missed; what is known already changes nothing. */
import type { Clock } from '../domain/time.ts';
import type { AcceptInbound } from './accept.ts';
import type { Connections } from './channels.ts';
import type { Config } from './config/schema.ts';
import type { Log } from './log.ts';
import { readCursor, writeCursor } from './store/orders.ts';
import type { Db } from './store/schema.ts';

export type CatchUpDeps = {
  readonly config: Config;
  readonly connections: Connections;
  readonly db: Db;
  readonly acceptInbound: AcceptInbound;
  readonly now: Clock;
  readonly log: Log;
};

export async function catchUp({
  config,
  connections,
  db,
  acceptInbound,
  now,
  log,
}: CatchUpDeps): Promise<void> {
  for (const { id } of config.shops) {
    const channel = connections('jumia', id);
    if (!channel?.catchUp) continue;
    const name = `catch-up jumia ${id}`;
    try {
      const { inbound, cursor } = await channel.catchUp(await readCursor(db, name));
      await acceptInbound('jumia', id, inbound);
      if (cursor) await writeCursor(db, name, cursor, now());
    } catch (error) {
      log.warn(
        { shop: id, why: error instanceof Error ? error.message : 'unknown' },
        'the catch-up read failed',
      );
    }
  }
}
