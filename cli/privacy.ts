/** `wismo privacy`: everything held about one customer, shown or erased. Both are recorded in the audit chain. */
import { openRecords } from '../server/audit-export.ts';
import { operatorName, recordOperator } from '../server/store/audit-actions.ts';
import { recordsOfConversations } from '../server/store/audit-read.ts';
import type { CustomerData } from '../server/store/privacy.ts';
import { eraseCustomer as erase, findCustomer, heldRows } from '../server/store/privacy.ts';
import { scrub } from '../server/store/open.ts';
import type { Db } from '../server/store/schema.ts';
import { flushed, withStore } from './audit.ts';
import { InputError } from './lines.ts';
import { printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

export type PrivacyOptions = {
  readonly config?: string;
  readonly shop?: string;
  readonly as?: string;
};

/** Columns that hold JSON as text, shown as what they hold. */
const JSON_COLUMNS: ReadonlySet<string> = new Set(['body', 'state', 'trace', 'data']);

/** Returns the exit code: 1 when nothing is held about the customer. */
export async function exportCustomer(given: string, options: PrivacyOptions): Promise<number> {
  return withCustomers(given, options, async (db, customers) => {
    for (const customer of customers) {
      await recordOperator(db, [customer.shop], {
        kind: 'privacy',
        action: 'export',
        ref: customer.conversations[0] ?? '',
        data: { conversations: customer.conversations },
        operator: operatorName(),
        now: Date.now(),
      });
      for await (const { table, row } of heldRows(db, customer)) printJson({ table, ...readable(row) });
      await printRecords(db, customer);
    }
    await flushed();
    return 0;
  });
}

function readable(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      JSON_COLUMNS.has(column) && typeof value === 'string' && /^[[{"n]/.test(value)
        ? (JSON.parse(value) as unknown)
        : value,
    ]),
  );
}

async function printRecords(db: Db, { shop, conversations }: CustomerData): Promise<void> {
  for await (const records of recordsOfConversations(db, shop, conversations)) {
    const opened = await openRecords(db, records);
    for (const record of records)
      printJson({
        table: 'audit_record',
        ...record,
        sealed: undefined,
        data: JSON.parse(record.data) as unknown,
        content: opened.get(record.seq)?.content ?? null,
      });
  }
}

export async function eraseCustomer(given: string, options: PrivacyOptions): Promise<number> {
  return withCustomers(given, options, async (db, customers) => {
    for (const customer of customers) {
      const author = `operator:${operatorName()}`;
      const result = await erase(db, customer, { author, reason: 'request', now: Date.now() });
      printJson({ shop: customer.shop, channel: customer.channel, ...result });
    }
    await scrub(db);
    say('Erased. Backups made before now still hold the data: docs/privacy.md says what to do with them.');
    return 0;
  });
}

async function withCustomers(
  given: string,
  { config, shop, as }: PrivacyOptions,
  work: (db: Db, customers: readonly CustomerData[]) => Promise<number>,
): Promise<number> {
  if (as !== undefined && as !== 'customer' && as !== 'ticket')
    throw new InputError(`--as: "${as}" is neither customer nor ticket.`);
  return withStore(readSettings(config), async (db) => {
    const found = await findCustomer(db, { given, as, shop });
    switch (found.kind) {
      case 'found':
        return work(db, found.customers);
      case 'none':
        say('Nothing is held about this customer.');
        return 1;
      case 'ambiguous':
        throw new InputError(
          'These digits are the id of one customer and the number of another one’s ticket. Say which with --as customer or --as ticket.',
        );
    }
  });
}
