/** Compares the audit record with what customers and the emulator saw: nothing missing, nothing twice, nothing else. */
import type { AuditRecord } from '../../compliance/audit-chain.ts';
import { checkAudit } from '../../server/audit-check.ts';
import { channelRef } from '../../server/store/audit-events.ts';
import { auditedShops, auditRecords } from '../../server/store/audit-read.ts';
import { findByExternalId } from '../../server/store/conversations.ts';
import { openStore } from '../../server/store/open.ts';
import type { Db } from '../../server/store/schema.ts';
import type { Talk } from './customers.ts';

export type Place = { readonly dataDir: string; readonly databaseUrl?: string };

/** What the record of these talks lacks or has too much, and what is wrong with the chains. */
export async function recordProblems(place: Place, talks: readonly Talk[]): Promise<readonly string[]> {
  const { db, close } = await openStore(place);
  try {
    const { problems } = await checkAudit(db, {});
    const chains = problems.map(({ shop, seq, what, detail }) => `${shop} ${seq}: ${what}, ${detail}`);
    const records = await recordsByConversation(db);
    const gaps: string[] = [];
    for (const talk of talks) {
      const conversation = await findByExternalId(db, 'jumia', 'shop-1', talk.conversation);
      gaps.push(...compare(talk, records.get(conversation?.id ?? '') ?? []));
    }
    return [...chains, ...gaps];
  } finally {
    await close();
  }
}

/** All records of the store by our id of the conversation, in their order. */
export async function recordsByConversation(db: Db): Promise<ReadonlyMap<string, readonly AuditRecord[]>> {
  const records = new Map<string, AuditRecord[]>();
  for (const shop of await auditedShops(db)) {
    for (let after = 0; ;) {
      const batch = await auditRecords(db, shop, { after, limit: 2_000 });
      if (batch.length === 0) break;
      for (const record of batch) {
        const name = record.conversation ?? '';
        const known = records.get(name);
        if (known) known.push(record);
        else records.set(name, [record]);
      }
      after = batch.at(-1)?.seq ?? after;
    }
  }
  return records;
}

/** One record a message taken in, one a message sent, and one that says that it was delivered. */
function compare(
  { conversation, accepted, answers }: Talk,
  records: readonly AuditRecord[],
): readonly string[] {
  const refs = (kind: string, member: string, value: string): readonly string[] =>
    records
      .filter((record) => record.kind === kind && dataOf(record)[member] === value)
      .map(({ ref }) => ref);
  const taken = accepted.map((id) => channelRef('jumia', id));
  return [
    ...differences(`${conversation}: taken in`, taken, refs('message', 'direction', 'in')),
    ...differences(`${conversation}: sent`, answers, refs('message', 'direction', 'out')),
    ...differences(`${conversation}: delivered`, answers, refs('delivery', 'outcome', 'accepted')),
  ];
}

export function dataOf({ data }: AuditRecord): Readonly<Record<string, unknown>> {
  return JSON.parse(data) as Record<string, unknown>;
}

/** What is not recorded just as often as it was seen. */
export function differences(
  what: string,
  seen: readonly string[],
  recorded: readonly string[],
): readonly string[] {
  const count = (list: readonly string[], one: string): number =>
    list.filter((other) => other === one).length;
  return [...new Set([...seen, ...recorded])]
    .filter((one) => count(seen, one) !== count(recorded, one))
    .map((one) => `${what} ${count(seen, one)} times, recorded ${count(recorded, one)} times: ${one}`);
}
