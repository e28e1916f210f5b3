/** Opens the store: SQLite in one file by default, PostgreSQL by `DATABASE_URL`. Applies the migrations. */
import { CompiledQuery, Kysely, Migrator, PostgresDialect } from 'kysely';
import type { Dialect } from 'kysely';
import pg from 'pg';
import { ConfigError } from '../config/load.ts';
import type { AuditOptions } from './audit.ts';
import { attachAudit } from './audit.ts';
import { migrations } from './migrations.ts';
import type { Db, Tables } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { onPostgres } from './statement.ts';

export type StoreOptions = {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  /** Keys of the audit chain when they are given, not kept in the data folder. */
  readonly audit?: Omit<AuditOptions, 'dataDir'>;
};

export type Store = {
  readonly db: Db;
  /**
   * Resolves when everything committed before the call survives a loss of power. Nobody outside may be told of a fact
   * before: not the sender of a webhook, not the receiver of a reply.
   */
  readonly flushed: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const POSTGRES_INT8 = 20;
/** To PostgreSQL, of one process at most. */
const CONNECTIONS = 16;

function postgres(url: string): Dialect {
  pg.types.setTypeParser(POSTGRES_INT8, Number);
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  // A lost connection is told to whoever queries on it, and replaced at the next query. Without listeners it would end
  // the process: the pool hears of idle connections only, so each connection needs its own.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new PostgresDialect({ pool });
}

/** @throws ConfigError when the folder or the server cannot be used */
export async function openStore({ dataDir, databaseUrl, audit }: StoreOptions): Promise<Store> {
  const sqlite = databaseUrl ? null : openSqlite(dataDir);
  const dialect = sqlite ? sqlite.dialect : postgres(databaseUrl ?? '');
  const db = new Kysely<Tables>({ dialect });
  attachAudit(db, { ...audit, dataDir });
  const close = async (): Promise<void> => {
    await db.destroy();
    sqlite?.close();
  };
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error) {
    await close();
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new ConfigError([`The store cannot be opened or brought up to date: ${why}.`]);
  }
  // PostgreSQL answers a commit when it is on the disk, and shares flushes among its sessions itself.
  return { db, flushed: sqlite?.flushed ?? (() => Promise.resolve()), close };
}

/** After an erasure: makes the engine let go of the old versions of rows that it keeps for a while. */
export async function scrub(db: Db): Promise<void> {
  const statements = onPostgres(db)
    ? ERASABLE.map((table) => `vacuum ${table}`)
    : ['pragma wal_checkpoint(truncate)'];
  for (const statement of statements) await db.executeQuery(CompiledQuery.raw(statement));
}

/** Tables an erasure blanks. */
const ERASABLE: readonly (keyof Tables)[] = [
  'conversation',
  'inbox',
  'outbox',
  'transcript',
  'turn',
  'control_change',
  'follow_up',
  'review',
  'order_index',
  'order_tracking',
  'customer_key',
];
