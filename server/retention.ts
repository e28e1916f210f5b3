/** The scheduled end of data: what the configuration no longer allows to keep is deleted, and that is recorded. */
import type { RetentionDays } from './config/schema.ts';
import type { Log } from './log.ts';
import { eraseCustomer } from './store/privacy.ts';
import { blankLateDeliveries, removeOld, removeOldEvents, silentCustomers } from './store/retention.ts';
import type { Db } from './store/schema.ts';

const DAY_MS = 86_400_000;

export type RetentionDeps = {
  readonly db: Db;
  readonly shops: readonly string[];
  readonly keep: RetentionDays;
  readonly now: number;
  readonly log: Log;
};

export async function runRetention({ db, shops, keep, now, log }: RetentionDeps): Promise<void> {
  for (const shop of shops) {
    const erasure = { author: 'system', reason: 'retention', now } as const;
    const silent = await silentCustomers(db, shop, now - keep.customers * DAY_MS);
    for (const customer of silent) await eraseCustomer(db, customer, erasure);
    const removed = await removeOld(db, shop, keep, now);
    if (silent.length > 0 || Object.keys(removed).length > 0)
      log.info({ shop, removed, erased: silent.length }, 'data was deleted because its time was over');
  }
  await removeOldEvents(db, keep, now);
  await blankLateDeliveries(db);
}
