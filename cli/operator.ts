/** What an operator did at the command line goes into the audit chain of every shop it touches. */
import type { Json } from '../compliance/canonical-json.ts';
import type { Config } from '../server/config/schema.ts';
import { operatorName, recordOperator } from '../server/store/audit-actions.ts';
import { withStore } from './audit.ts';

export async function recordAction(
  config: Config,
  action: {
    readonly kind?: 'operator' | 'override';
    readonly action: string;
    readonly ref: string;
    readonly data?: { readonly [key: string]: Json | undefined };
  },
): Promise<void> {
  const shops = config.shops.map(({ id }) => id);
  await withStore(config, (db) =>
    recordOperator(db, shops, { ...action, operator: operatorName(), now: Date.now() }),
  );
}
