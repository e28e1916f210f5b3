/** Reads the chains for verifying and exporting. */
import type { AuditRecord, Checkpoint } from '../../compliance/audit-chain.ts';
import type { ChainEndRow } from './audit.ts';
import type { Db } from './schema.ts';

/** Every shop that has a chain, or what is left of one. */
export async function auditedShops(db: Db): Promise<readonly string[]> {
  const names = await Promise.all([
    db.selectFrom('audit_head').select('shop').execute(),
    db.selectFrom('audit_checkpoint').select('shop').distinct().execute(),
    db.selectFrom('audit_record').select('shop').distinct().execute(),
  ]);
  return [...new Set(names.flat().map(({ shop }) => shop))].sort();
}

export async function auditRecords(
  db: Db,
  shop: string,
  range: { readonly after: number; readonly upTo?: number; readonly limit: number },
): Promise<readonly AuditRecord[]> {
  const { after, upTo, limit } = range;
  return db
    .selectFrom('audit_record')
    .selectAll()
    .where('shop', '=', shop)
    .where('seq', '>', after)
    .$if(upTo !== undefined, (query) => query.where('seq', '<=', upTo ?? 0))
    .orderBy('seq')
    .limit(limit)
    .execute();
}

export async function auditCheckpoints(db: Db, shop: string): Promise<readonly Checkpoint[]> {
  return db.selectFrom('audit_checkpoint').selectAll().where('shop', '=', shop).orderBy('seq').execute();
}

export async function auditEnd(db: Db, shop: string): Promise<ChainEndRow | null> {
  const row = await db
    .selectFrom('audit_head')
    .select(['seq', 'hash', 'mac'])
    .where('shop', '=', shop)
    .executeTakeFirst();
  return row ?? null;
}

export type Period = { readonly since?: number | undefined; readonly until?: number | undefined };

/** First and last number among the records of the period, or of the conversation; null when there is none. */
export async function auditRange(
  db: Db,
  shop: string,
  asked: Period & { readonly conversation?: string | undefined },
): Promise<{ readonly from: number; readonly to: number } | null> {
  const { since, until, conversation } = asked;
  const row = await db
    .selectFrom('audit_record')
    .select((eb) => [eb.fn.min('seq').as('from'), eb.fn.max('seq').as('to')])
    .where('shop', '=', shop)
    .$if(since !== undefined, (query) => query.where('at', '>=', since ?? 0))
    .$if(until !== undefined, (query) => query.where('at', '<=', until ?? 0))
    .$if(conversation !== undefined, (query) => query.where('conversation', '=', conversation ?? ''))
    .executeTakeFirst();
  return row?.from && row.to ? { from: Number(row.from), to: Number(row.to) } : null;
}

/** The shop whose chain tells of the conversation; null when none does. */
export async function recordedConversation(
  db: Db,
  id: string,
): Promise<{ readonly id: string; readonly shop: string } | null> {
  const row = await db
    .selectFrom('audit_record')
    .select('shop')
    .where('conversation', '=', id)
    .limit(1)
    .executeTakeFirst();
  return row ? { id, shop: row.shop } : null;
}
