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

/** Processes' clocks may differ by less than this. */
const CLOCK_SLACK_MS = 3_600_000;

/** A number that all records since `at` are above: that of the last checkpoint well before it. */
export async function auditPlaceBefore(db: Db, shop: string, at: number): Promise<number> {
  const row = await db
    .selectFrom('audit_checkpoint')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('shop', '=', shop)
    .where('at', '<', at - CLOCK_SLACK_MS)
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}

/** First and last number among the records of the period, or of the conversation; null when there is none. */
export async function auditRange(
  db: Db,
  shop: string,
  asked: Period & { readonly conversation?: string | undefined },
): Promise<{ readonly from: number; readonly to: number } | null> {
  const { since, until, conversation } = asked;
  const begun = conversation === undefined ? 0 : await begunAt(db, conversation);
  const after = await auditPlaceBefore(db, shop, Math.max(begun, since ?? 0));
  const row = await db
    .selectFrom('audit_record')
    .select((eb) => [eb.fn.min('seq').as('from'), eb.fn.max('seq').as('to')])
    .where('shop', '=', shop)
    .where('seq', '>', after)
    .$if(since !== undefined, (query) => query.where('at', '>=', since ?? 0))
    .$if(until !== undefined, (query) => query.where('at', '<=', until ?? 0))
    .$if(conversation !== undefined, (query) => query.where('conversation', '=', conversation ?? ''))
    .executeTakeFirst();
  return row?.from && row.to ? { from: Number(row.from), to: Number(row.to) } : null;
}

async function begunAt(db: Db, conversation: string): Promise<number> {
  const row = await db
    .selectFrom('conversation')
    .select('created_at')
    .where('id', '=', conversation)
    .executeTakeFirst();
  return row?.created_at ?? 0;
}

/** Every record of these conversations of one shop, oldest first. */
export async function* recordsOfConversations(
  db: Db,
  shop: string,
  conversations: readonly string[],
): AsyncGenerator<readonly AuditRecord[]> {
  const begun = await Promise.all(conversations.map((id) => begunAt(db, id)));
  let after = await auditPlaceBefore(db, shop, Math.min(...begun));
  for (;;) {
    const batch = await auditRecords(db, shop, { after, limit: 1_000 });
    if (batch.length === 0) return;
    yield batch.filter(({ conversation }) => conversation !== null && conversations.includes(conversation));
    after = batch.at(-1)?.seq ?? after;
  }
}
