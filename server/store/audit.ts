/**
 * Writes the audit chain: in the same transaction as the fact, as the last thing in it. Whoever appends holds the
 * shop's end of the chain (`audit_head`) until the transaction ends, so the chain has one order and no gaps; appended
 * last, the lock is short and never crosses another one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DialectAdapter } from 'kysely';
import type { AuditKind, AuditRecord } from '../../compliance/audit-chain.ts';
import { chain, GENESIS, signCheckpoint } from '../../compliance/audit-chain.ts';
import type { Json } from '../../compliance/canonical-json.ts';
import { canonicalJson, storable, wellFormed } from '../../compliance/canonical-json.ts';
import { recordKey, sealBytes } from '../../compliance/sealing.ts';
import { ConfigError } from '../config/load.ts';
import type { AuditKeys, KeyOptions } from './audit-keys.ts';
import { readAuditKeys } from './audit-keys.ts';
import { customerKeys, keyOf } from './customer-keys.ts';
import type { Db, Tx } from './schema.ts';
import { onPostgres, run, valueRows } from './statement.ts';

export type CustomerOf = { readonly channel: string; readonly id: string };

/** One thing that happened, before it has its place in the chain. */
export type AuditEntry = {
  readonly kind: AuditKind;
  readonly at: number;
  readonly conversation: string | null;
  /** `customer`, `bot:<id>`, `agent:<id>`, `operator:<name>` or `system`: never a customer's own id. */
  readonly author: string;
  /** Our id of what it is about; a channel's id goes through {@link channelRef}, since it may hold a phone number. */
  readonly ref: string;
  /** Never personal: it stays readable after an erasure. */
  readonly data: { readonly [key: string]: Json | undefined };
  /** What is personal, and whose key seals it. */
  readonly personal?: { readonly customer: CustomerOf; readonly content: object };
};

export type AuditOptions = KeyOptions & {
  /** A signed checkpoint every so many records. Fixed in the product, so that one taken away is missed. */
  readonly checkpointEvery?: number | undefined;
};

const CHECKPOINT_EVERY = 1_000;

type StoreAudit = {
  readonly keys: () => AuditKeys;
  readonly checkpointEvery: number;
};

/**
 * Belongs to the store, not to the process: several stores can be open at once. Transactions share the adapter of the
 * store they came from.
 */
const audits = new WeakMap<DialectAdapter, StoreAudit>();

/** Called once by `openStore`. The keys are read, or made, when the first record is written. */
export function attachAudit(db: Db, options: AuditOptions): void {
  let keys: AuditKeys | null = null;
  const { adapter } = db.getExecutor();
  audits.set(adapter, {
    keys: () => (keys ??= readAuditKeys(options)),
    checkpointEvery: options.checkpointEvery ?? CHECKPOINT_EVERY,
  });
}

function auditOf(db: Db | Tx): StoreAudit {
  const audit = audits.get(db.getExecutor().adapter);
  if (!audit) throw new Error('This store was not opened by openStore: it has no audit keys.');
  return audit;
}

export function auditKeys(db: Db | Tx): AuditKeys {
  return auditOf(db).keys();
}

export function checkpointEvery(db: Db | Tx): number {
  return auditOf(db).checkpointEvery;
}

/**
 * Refuses to go on with keys other than those the store was used with: what they sealed could not be opened, and the
 * chain could not be verified. Run at start.
 *
 * @throws ConfigError
 */
export async function checkAuditKeys(db: Db): Promise<void> {
  const { fingerprint, masterName } = auditKeys(db);
  const problems: string[] = [];
  for (const [purpose, name, where] of [
    ['signing', fingerprint, 'WISMO_AUDIT_KEY or keys/audit-signing.pem in the data folder'],
    ['master', masterName, 'WISMO_MASTER_KEY or keys/master.key in the data folder'],
  ] as const) {
    await db
      .insertInto('audit_key')
      .values({ purpose, name })
      .onConflict((conflict) => conflict.column('purpose').doNothing())
      .execute();
    const row = await db
      .selectFrom('audit_key')
      .select('name')
      .where('purpose', '=', purpose)
      .executeTakeFirstOrThrow();
    if (row.name !== name)
      problems.push(
        `The ${purpose} key is ${name}, but this store was used with ${row.name}. Put the right one back (${where}); when it is lost or was replaced, docs/audit.md says how to go on.`,
      );
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

export type ChainEndRow = { readonly seq: number; readonly hash: string; readonly mac: string };

export function endMac(keys: AuditKeys, shop: string, seq: number, hash: string): string {
  return createHmac('sha256', keys.endKey).update(`${shop}\n${seq}\n${hash}`).digest('hex');
}

export function isOurEnd(keys: AuditKeys, shop: string, end: ChainEndRow): boolean {
  const expected = Buffer.from(endMac(keys, shop, end.seq, end.hash));
  const given = Buffer.from(end.mac);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Lists collected by {@link journaled}, by transaction and shop. */
const journals = new WeakMap<Tx, Map<string, AuditEntry[]>>();

/**
 * A transaction whose records are appended once, at its end: one hold of each shop's chain, in one order of shops, so
 * that transactions of several shops cannot block one another.
 */
export function journaled<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const journal = new Map<string, AuditEntry[]>();
    journals.set(tx, journal);
    const result = await work(tx);
    journals.delete(tx);
    for (const shop of [...journal.keys()].sort()) await appendAudit(tx, shop, journal.get(shop) ?? []);
    return result;
  });
}

/** Notes what happened. Written at the end of a {@link journaled} transaction, at once in any other. */
export async function recordAudit(tx: Tx, shop: string, ...entries: readonly AuditEntry[]): Promise<void> {
  const journal = journals.get(tx);
  if (!journal) return appendAudit(tx, shop, entries);
  const noted = journal.get(shop);
  if (noted) noted.push(...entries);
  else journal.set(shop, [...entries]);
}

/** Appends to the shop's chain. Nothing else may be locked after it in the same transaction. */
export async function appendAudit(tx: Tx, shop: string, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const audit = auditOf(tx);
  const keys = audit.keys();
  const end = await holdEnd(tx, audit, shop);
  const customers = entries.flatMap(({ personal }) => (personal ? [personal.customer] : []));
  const found = await customerKeys(tx, { master: keys.master, shop, customers, now: entries[0]?.at ?? 0 });
  const records: AuditRecord[] = [];
  const toSign: AuditRecord[] = [];
  let { seq, hash } = end;
  for (const entry of entries) {
    seq += 1;
    const record = chain(hash, { shop, seq, ...written(entry, found) });
    hash = record.hash;
    records.push(record);
    if (seq % audit.checkpointEvery === 0) toSign.push(record);
  }
  await insertRecords(tx, records);
  await run(tx, 'update audit_head set seq = ?, hash = ?, mac = ? where shop = ?', [
    seq,
    hash,
    endMac(keys, shop, seq, hash),
    shop,
  ]);
  for (const record of toSign) {
    const place = { shop, seq: record.seq, hash: record.hash, at: record.at };
    await insertCheckpoint(tx, keys, place);
  }
}

function written(entry: AuditEntry, keys: Awaited<ReturnType<typeof customerKeys>>) {
  const { at, kind, conversation, personal } = entry;
  const author = storable(entry.author);
  const ref = storable(entry.ref);
  const key = personal ? keyOf(keys, personal.customer) : null;
  const customer = key?.id ?? null;
  return {
    at,
    kind,
    conversation,
    customer,
    author,
    ref,
    data: plainData(entry.data),
    sealed:
      key && personal
        ? sealBytes(recordKey(key.key, { customer, kind, ref }), JSON.stringify(personal.content))
        : null,
  };
}

/** Text from outside that no store could keep is mended, which is rare, instead of being looked for every time. */
function plainData(data: AuditEntry['data']): string {
  try {
    return canonicalJson(data);
  } catch {
    return canonicalJson(wellFormed(data));
  }
}

/** Where the chain ends, held until the transaction ends. SQLite has one writer at a time anyway. */
async function holdEnd(tx: Tx, audit: StoreAudit, shop: string): Promise<{ seq: number; hash: string }> {
  const read = `select seq, hash from audit_head where shop = ?${onPostgres(tx) ? ' for update' : ''}`;
  const [row] = await run<{ seq: number; hash: string }>(tx, read, [shop]);
  if (row) return row;
  const mac = endMac(audit.keys(), shop, 0, GENESIS);
  await run(tx, 'insert into audit_head values (?, 0, ?, ?) on conflict (shop) do nothing', [
    shop,
    GENESIS,
    mac,
  ]);
  const [fresh] = await run<{ seq: number; hash: string }>(tx, read, [shop]);
  if (!fresh) throw new Error(`The audit chain of ${shop} could not be begun.`);
  return fresh;
}

const COLUMNS = [
  'shop',
  'seq',
  'at',
  'kind',
  'conversation',
  'customer',
  'author',
  'ref',
  'data',
  'sealed',
  'prev',
  'hash',
] as const;
/** Parameters of one statement are limited in both engines. */
const MOST_AT_ONCE = 100;

async function insertRecords(tx: Tx, records: readonly AuditRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += MOST_AT_ONCE) {
    const batch = records.slice(from, from + MOST_AT_ONCE);
    const rows = valueRows(batch.length, COLUMNS.length);
    const values = batch.flatMap((record) => COLUMNS.map((column) => record[column]));
    await run(tx, `insert into audit_record (${COLUMNS.join(',')}) values ${rows}`, values);
  }
}

async function insertCheckpoint(
  tx: Tx,
  keys: AuditKeys,
  place: { readonly shop: string; readonly seq: number; readonly hash: string; readonly at: number },
): Promise<void> {
  await tx
    .insertInto('audit_checkpoint')
    .values(signCheckpoint(place, keys))
    .onConflict((conflict) => conflict.columns(['shop', 'seq']).doNothing())
    .execute();
}

/** Signs the end of every chain that grew since its last checkpoint and whose last checkpoint is at least so old. */
export async function writeCheckpoints(db: Db, now: number, olderThanMs = 0): Promise<void> {
  const ends = await db
    .selectFrom('audit_head')
    .leftJoin('audit_checkpoint', 'audit_checkpoint.shop', 'audit_head.shop')
    .select((eb) => [
      'audit_head.shop',
      'audit_head.seq',
      eb.fn.max('audit_checkpoint.seq').as('signed'),
      eb.fn.max('audit_checkpoint.at').as('signedAt'),
    ])
    .groupBy(['audit_head.shop', 'audit_head.seq'])
    .orderBy('audit_head.shop')
    .execute();
  for (const { shop, seq, signed, signedAt } of ends) {
    if (seq === (Number(signed) || 0)) continue;
    if (signedAt !== null && Number(signedAt) > now - olderThanMs) continue;
    await db.transaction().execute(async (tx) => {
      const end = await holdEnd(tx, auditOf(tx), shop);
      await insertCheckpoint(tx, auditKeys(tx), { shop, ...end, at: now });
    });
  }
}
