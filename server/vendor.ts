/** The shops' connections to Vendor Center: one client an application, its token in the store, and the poller. */
import type { VendorClient } from '../connectors/jumia/vendor-client.ts';
import { createVendorClient } from '../connectors/jumia/vendor-client.ts';
import type { ChannelIo } from '../connectors/channel.ts';
import type { Config } from './config/schema.ts';
import type { Log } from './log.ts';
import type { Orders } from './orders.ts';
import type { Db } from './store/schema.ts';
import { lockVendorToken, saveVendorToken, unlockVendorToken, vendorToken } from './store/vendor-tokens.ts';

export function connectVendors(config: Config, db: Db, io: ChannelIo): Map<string, VendorClient> {
  const clients = new Map<string, VendorClient>();
  for (const { vendor } of config.shops) {
    const { clientId, refreshToken } = vendor;
    if (clients.has(clientId)) continue;
    const holder = `${process.pid}-${clientId}`;
    const store = {
      read: () => vendorToken(db, clientId, refreshToken),
      lock: (at: number, until: number) => lockVendorToken(db, clientId, holder, at, until),
      save: (token: { refreshToken: string; accessToken: string; expiresAt: number }) =>
        saveVendorToken(db, clientId, token),
      unlock: (rejected: string | null) => unlockVendorToken(db, clientId, rejected),
    };
    const { vendorUrl, tokenUrl } = config.jumia;
    clients.set(
      clientId,
      createVendorClient({ baseUrl: vendorUrl, tokenUrl: tokenUrl ?? vendorUrl, clientId }, store, io),
    );
  }
  return clients;
}

/** Reads what changed at every shop into the order index. */
export async function pollOrders(
  config: Config,
  orders: Orders,
  log: Log,
  stopping: AbortSignal,
): Promise<void> {
  for (const { id } of config.shops) {
    if (stopping.aborted) return;
    try {
      const read = await orders.poll(id, stopping);
      log.debug({ shop: id, read }, 'orders polled');
    } catch (error) {
      log.warn(
        { shop: id, why: error instanceof Error ? error.message : 'unknown' },
        'orders could not be polled',
      );
    }
  }
}
