/** Verifies the chains in the store, also while the server goes on writing. */
import type { KeyObject } from 'node:crypto';
import type { Problem } from '../compliance/audit-problem.ts';
import { createShopVerifier } from '../compliance/audit-verify.ts';
import { auditKeys, checkpointEvery, isOurEnd } from './store/audit.ts';
import type { Period } from './store/audit-read.ts';
import { auditCheckpoints, auditedShops, auditEnd, auditRange, auditRecords } from './store/audit-read.ts';
import type { Db } from './store/schema.ts';

const BATCH = 2_000;

export type AuditCheck = {
  readonly shops: readonly string[];
  readonly records: number;
  readonly problems: readonly Problem[];
};

/** Without a period, whole chains; with one, the records of that time, still linked and compared with the checkpoints. */
export async function checkAudit(
  db: Db,
  asked: Period & {
    readonly shop?: string | undefined;
    /** Public keys that signed before the one in use. */
    readonly oldKeys?: readonly KeyObject[];
  },
): Promise<AuditCheck> {
  const all = await auditedShops(db);
  const shops = all.filter((shop) => asked.shop === undefined || shop === asked.shop);
  let records = 0;
  const problems: Problem[] = [];
  for (const shop of shops) {
    const result = await checkShop(db, shop, all, asked, asked.oldKeys ?? []);
    records += result.records;
    problems.push(...result.problems);
  }
  return { shops, records, problems };
}

async function checkShop(
  db: Db,
  shop: string,
  otherShops: readonly string[],
  period: Period,
  oldKeys: readonly KeyObject[],
): Promise<{ readonly records: number; readonly problems: readonly Problem[] }> {
  const partial = period.since !== undefined || period.until !== undefined;
  const range = partial ? await auditRange(db, shop, period) : null;
  if (partial && !range) return { records: 0, problems: [] };
  const from = range?.from ?? 1;
  const keys = auditKeys(db);
  const checkpoints = await auditCheckpoints(db, shop);
  const verifier = createShopVerifier({
    shop,
    from,
    checkpoints: range ? checkpoints.filter(({ seq }) => seq >= from && seq <= range.to) : checkpoints,
    publicKeys: [keys.publicKey, ...oldKeys],
    checkpointEvery: checkpointEvery(db),
    otherShops,
  });
  let records = 0;
  let last = from - 1;
  const readOn = async (): Promise<boolean> => {
    const batch = await auditRecords(db, shop, {
      after: last,
      limit: BATCH,
      ...(range ? { upTo: range.to } : {}),
    });
    for (const record of batch) verifier.record(record);
    records += batch.length;
    last = batch.at(-1)?.seq ?? last;
    return batch.length > 0;
  };
  for (;;) {
    while (await readOn());
    if (range) return { records, problems: verifier.end({ reaches: range.to }) };
    // The end is read after the records, and the records once more after the end: what is written meanwhile is not
    // taken for tampering, and what is missing is missed.
    const end = await auditEnd(db, shop);
    if (await readOn()) continue;
    const noted = end && { seq: end.seq, hash: end.hash, genuine: isOurEnd(keys, shop, end) };
    return { records, problems: verifier.end({ noted }) };
  }
}
