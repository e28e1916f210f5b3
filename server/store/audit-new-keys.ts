/** A key was lost or replaced: the store goes on with the new one, and the chain tells of it. */
import { appendAudit, auditKeys, endMac, writeCheckpoints } from './audit.ts';
import type { Db, Tx } from './schema.ts';

export type NewKeys = {
  readonly changed: readonly ('signing' | 'master')[];
  /** Customers whose sealed records can no longer be read, because the master key is another one. */
  readonly unreadable: number;
};

/**
 * Takes the keys in place as the right ones. With another signing key, earlier checkpoints need the earlier public key to
 * be verified (`wismo audit verify --key`). With another master key, what was sealed before is as good as erased.
 */
export async function acceptNewKeys(db: Db, operator: string, now: number): Promise<NewKeys> {
  const keys = auditKeys(db);
  const result = await db.transaction().execute(async (tx) => {
    const rows = await tx.selectFrom('audit_key').selectAll().execute();
    const before = new Map(rows.map(({ purpose, name }) => [purpose, name]));
    const names = { signing: keys.fingerprint, master: keys.masterName } as const;
    const changed = (['signing', 'master'] as const).filter(
      (purpose) => before.has(purpose) && before.get(purpose) !== names[purpose],
    );
    for (const purpose of changed)
      await tx
        .updateTable('audit_key')
        .set({ name: names[purpose] })
        .where('purpose', '=', purpose)
        .execute();
    const unreadable = changed.includes('master') ? await retireCustomerKeys(tx, now) : 0;
    const ends = await tx.selectFrom('audit_head').selectAll().orderBy('shop').execute();
    for (const { shop, seq, hash } of changed.length > 0 ? ends : []) {
      const mac = endMac(keys, shop, seq, hash);
      await tx.updateTable('audit_head').set({ mac }).where('shop', '=', shop).execute();
      await appendAudit(tx, shop, [
        {
          kind: 'operator',
          at: now,
          conversation: null,
          author: `operator:${operator}`,
          ref: keys.fingerprint,
          data: { action: 'audit new-keys', changed, unreadable, before: Object.fromEntries(before) },
        },
      ]);
    }
    return { changed, unreadable };
  });
  if (result.changed.length > 0) await writeCheckpoints(db, now);
  return result;
}

async function retireCustomerKeys(tx: Tx, now: number): Promise<number> {
  const retired = await tx
    .updateTable('customer_key')
    .set({ wrapped: null, customer_id: null, erased_at: now })
    .where('wrapped', 'is not', null)
    .returning('id')
    .execute();
  return retired.length;
}
