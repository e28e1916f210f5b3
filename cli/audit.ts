/** `wismo audit`: is the record whole, and a part of it for somebody else to check. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { verifyFile } from '../compliance/audit-file.ts';
import { checkAudit } from '../server/audit-check.ts';
import { exportAudit } from '../server/audit-export.ts';
import type { Config } from '../server/config/schema.ts';
import { operatorName, recordOperator } from '../server/store/audit-actions.ts';
import { acceptNewKeys } from '../server/store/audit-new-keys.ts';
import { auditKeys, checkAuditKeys } from '../server/store/audit.ts';
import type { Period } from '../server/store/audit-read.ts';
import { auditedShops } from '../server/store/audit-read.ts';
import { conversationOfTicket, findConversation } from '../server/store/conversations.ts';
import { openStore } from '../server/store/open.ts';
import type { Db } from '../server/store/schema.ts';
import { InputError } from './lines.ts';
import { printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

type PeriodOptions = { readonly since?: string; readonly until?: string };

export type AuditVerifyOptions = PeriodOptions & {
  readonly config?: string;
  readonly shop?: string;
  readonly file?: string;
  readonly key?: readonly string[];
};

export type AuditExportOptions = PeriodOptions & {
  readonly config?: string;
  readonly shop?: string;
  readonly conversation?: string;
  readonly ticket?: string;
  readonly decrypt?: boolean;
};

/** Returns the exit code: 1 when a chain is broken. */
export async function verify(options: AuditVerifyOptions): Promise<number> {
  const startedAt = performance.now();
  const keys = (options.key ?? []).map(readKey);
  const result = options.file ? await verifyExport(options.file, keys) : await verifyStore(options, keys);
  for (const problem of result.problems) printJson(problem);
  const seconds = (performance.now() - startedAt) / 1000;
  const { problems, ...counts } = result;
  printJson({
    whole: problems.length === 0,
    ...counts,
    problems: problems.length,
    recordsPerSecond: Math.round(result.records / Math.max(seconds, 0.001)),
  });
  say(
    problems.length === 0
      ? `Whole: ${result.records} records in ${seconds.toFixed(2)} s.`
      : `Broken: ${problems.length} problems in ${result.records} records.`,
  );
  return problems.length === 0 ? 0 : 1;
}

async function verifyStore(options: AuditVerifyOptions, oldKeys: readonly KeyObject[]) {
  const period = periodOf(options);
  return withStore(readSettings(options.config), async (db) => {
    const shop = await knownShop(db, options.shop);
    const result = await checkAudit(db, { ...period, shop, oldKeys });
    return { ...result, key: auditKeys(db).fingerprint };
  });
}

async function verifyExport(file: string, trusted: readonly KeyObject[]) {
  if (!existsSync(file)) throw new InputError(`There is no file ${file}.`);
  const lines = (): AsyncIterable<string> =>
    createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  const result = await verifyFile(lines, trusted);
  if (trusted.length === 0 && result.key)
    say(
      `Checked with the key in the file (${result.key}). Compare it with the one the shop gave you, or use --key.`,
    );
  return result;
}

function readKey(file: string): KeyObject {
  try {
    return createPublicKey(readFileSync(file, 'utf8'));
  } catch {
    throw new InputError(`${file}: is not a public key in PEM form ("wismo audit key" prints one).`);
  }
}

export async function exportRecords(options: AuditExportOptions): Promise<number> {
  const period = periodOf(options);
  return withStore(readSettings(options.config), async (db) => {
    const shop = await knownShop(db, options.shop);
    const found = await conversationAsked(db, options);
    if (found === null) {
      say('There is no such conversation.');
      return 1;
    }
    const now = Date.now();
    const shops = found ? [found.shop] : shop ? [shop] : await auditedShops(db);
    const decrypt = options.decrypt === true;
    if (decrypt)
      await recordOperator(db, shops, {
        kind: 'privacy',
        action: 'audit export',
        ref: found?.id ?? 'all',
        data: { ...period },
        ...(found ? { conversation: found.id } : {}),
        operator: operatorName(),
        now,
      });
    const counts = await exportAudit(
      db,
      { ...period, shops, conversation: found?.id, decrypt, now },
      (line) => void process.stdout.write(`${line}\n`),
    );
    say(
      `${counts.records} records, ${counts.omitted} as digests only, ${counts.checkpoints} checkpoints. Check them with: wismo audit verify --file FILE`,
    );
    await flushed();
    return 0;
  });
}

/** Undefined when none was asked for, null when there is none. */
async function conversationAsked(db: Db, { conversation, ticket }: AuditExportOptions) {
  if (ticket !== undefined) {
    if (!/^\d{1,15}$/.test(ticket)) throw new InputError(`--ticket: "${ticket}" is not a number.`);
    return conversationOfTicket(db, Number(ticket));
  }
  if (conversation === undefined) return undefined;
  return findConversation(db, conversation);
}

export async function key(options: { readonly config?: string }): Promise<void> {
  await withStore(readSettings(options.config), async (db) => {
    const { publicKey, fingerprint } = auditKeys(db);
    process.stdout.write(publicKey.export({ type: 'spki', format: 'pem' }));
    say(`Fingerprint ${fingerprint}`);
  });
}

/** Goes on with the keys that are in place now, after the old ones were lost or replaced. */
export async function newKeys(options: { readonly config?: string }): Promise<void> {
  const config = readSettings(options.config);
  const { db, flushed: onDisk, close } = await openStore(config);
  try {
    const { changed, unreadable } = await acceptNewKeys(db, operatorName(), Date.now());
    say(
      changed.length === 0
        ? 'The keys are those the store was used with; nothing was changed.'
        : `In use from now on: a new ${changed.join(' and a new ')} key. ${unreadable} customers' sealed records cannot be read any more.`,
    );
  } finally {
    await onDisk();
    await close();
  }
}

export async function withStore<T>(config: Config, work: (db: Db) => Promise<T>): Promise<T> {
  const { db, flushed: onDisk, close } = await openStore(config);
  try {
    await checkAuditKeys(db);
    return await work(db);
  } finally {
    await onDisk();
    await close();
  }
}

/** A pipe may be slower than we are; the process must not end before everything is through. */
export function flushed(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => resolve()));
}

async function knownShop(db: Db, shop: string | undefined): Promise<string | undefined> {
  if (shop === undefined) return undefined;
  const shops = await auditedShops(db);
  if (!shops.includes(shop))
    throw new InputError(
      `--shop: nothing is recorded of a shop "${shop}". Known: ${shops.join(', ') || 'none'}.`,
    );
  return shop;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

function periodOf({ since, until }: PeriodOptions): Period {
  return {
    ...(since === undefined ? {} : { since: momentOf('--since', since) }),
    // A day is meant whole.
    ...(until === undefined
      ? {}
      : { until: momentOf('--until', until) + (DAY.test(until) ? DAY_MS - 1 : 0) }),
  };
}

function momentOf(option: string, text: string): number {
  const moment = Date.parse(text);
  if (Number.isNaN(moment))
    throw new InputError(
      `${option}: "${text}" is no day or moment. Write 2026-11-01 or 2026-11-01T14:00:00Z.`,
    );
  return moment;
}
