/**
 * Writes a part of the chains as a file that can be verified anywhere. Records that were not asked for are carried as
 * digests; the part always reaches to a signed checkpoint, which holds everything before it.
 */
import type { AuditRecord } from '../compliance/audit-chain.ts';
import { digestOf } from '../compliance/audit-chain.ts';
import type { Opened } from '../compliance/audit-file.ts';
import {
  checkpointToLine,
  endToLine,
  headerToLine,
  omittedToLine,
  recordToLine,
} from '../compliance/audit-file.ts';
import type { Json } from '../compliance/canonical-json.ts';
import { openBytes, recordKey } from '../compliance/sealing.ts';
import { auditKeys, writeCheckpoints } from './store/audit.ts';
import type { Period } from './store/audit-read.ts';
import { auditCheckpoints, auditRange, auditRecords } from './store/audit-read.ts';
import { readCustomerKeys } from './store/customer-keys.ts';
import type { Db } from './store/schema.ts';

const BATCH = 1_000;

export type ExportRequest = Period & {
  readonly shops: readonly string[];
  readonly conversation?: string | undefined;
  /** Show what was sealed, where its key still exists. */
  readonly decrypt: boolean;
  readonly now: number;
};

export type ExportCounts = {
  readonly records: number;
  readonly omitted: number;
  readonly checkpoints: number;
};

type Part = { readonly shop: string; readonly from: number; readonly to: number };

export async function exportAudit(
  db: Db,
  request: ExportRequest,
  write: (line: string) => void,
): Promise<ExportCounts> {
  await writeCheckpoints(db, request.now);
  const keys = auditKeys(db);
  const parts: Part[] = [];
  for (const shop of request.shops) {
    const range = await auditRange(db, shop, request);
    if (!range) continue;
    const covering = (await auditCheckpoints(db, shop)).find(({ seq }) => seq >= range.to);
    parts.push({ shop, from: range.from, to: covering?.seq ?? range.to });
  }
  const { since, until, conversation } = request;
  write(
    headerToLine({
      key: keys.fingerprint,
      publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      exportedAt: request.now,
      shops: Object.fromEntries(parts.map(({ shop, from, to }) => [shop, { from, to }])),
      asked: { since, until, conversation, decrypt: request.decrypt },
    }),
  );
  const counts = { records: 0, omitted: 0, checkpoints: 0 };
  for (const part of parts) await writePart(db, request, part, write, counts);
  write(endToLine(counts));
  return counts;
}

async function writePart(
  db: Db,
  request: ExportRequest,
  { shop, from, to }: Part,
  write: (line: string) => void,
  counts: { records: number; omitted: number; checkpoints: number },
): Promise<void> {
  const checkpoints = (await auditCheckpoints(db, shop)).filter(({ seq }) => seq >= from && seq <= to);
  for (let after = from - 1; after < to;) {
    const batch = await auditRecords(db, shop, { after, upTo: to, limit: BATCH });
    if (batch.length === 0) break;
    const opened = request.decrypt ? await openRecords(db, batch) : null;
    for (const record of batch) {
      const { seq } = record;
      if (isAsked(record, request)) {
        counts.records += 1;
        write(recordToLine(record, opened?.get(seq) ?? null));
      } else {
        counts.omitted += 1;
        write(omittedToLine({ shop, seq, digest: digestOf(record) }));
      }
    }
    after = batch.at(-1)?.seq ?? to;
  }
  for (const checkpoint of checkpoints) {
    counts.checkpoints += 1;
    write(checkpointToLine(checkpoint));
  }
}

function isAsked(record: AuditRecord, { since, until, conversation }: ExportRequest): boolean {
  return (
    (since === undefined || record.at >= since) &&
    (until === undefined || record.at <= until) &&
    (conversation === undefined || record.conversation === conversation)
  );
}

/** What can still be read, by number. A record whose key was destroyed is not among them. */
export async function openRecords(
  db: Db,
  records: readonly AuditRecord[],
): Promise<ReadonlyMap<number, Opened>> {
  const names = [...new Set(records.flatMap(({ customer }) => (customer === null ? [] : [customer])))];
  const keys = await readCustomerKeys(db, auditKeys(db).master, names);
  const opened = new Map<number, Opened>();
  for (const record of records) {
    const customerKey = record.customer === null ? undefined : keys.get(record.customer);
    if (!customerKey || record.sealed === null) continue;
    const key = recordKey(customerKey, record);
    const content = openedContent(key, record.sealed);
    if (content !== undefined) opened.set(record.seq, { content, contentKey: key.toString('base64url') });
  }
  return opened;
}

/** Undefined when the record was tampered with: the file then shows it as it is, and verifying it says so. */
function openedContent(key: Buffer, sealed: string): Json | undefined {
  try {
    return JSON.parse(openBytes(key, sealed).toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
