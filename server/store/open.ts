/** Opens the store: SQLite in one file by default, PostgreSQL by `DATABASE_URL`. Applies the migrations. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import {
  CompiledQuery,
  Kysely,
  Migrator,
  PostgresDialect,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { DatabaseConnection, Dialect, SqliteDatabase } from 'kysely';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { ConfigError } from '../config/load.ts';
import type { AuditOptions } from './audit.ts';
import { attachAudit } from './audit.ts';
import { migrations } from './migrations.ts';
import type { Db, Tables } from './schema.ts';

export type StoreOptions = {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  /** Keys of the audit chain when they are given, not kept in the data folder. */
  readonly audit?: Omit<AuditOptions, 'dataDir'>;
};

const SQLITE_FILE = 'wismo.sqlite';
/** Another process of ours may hold the write lock for a moment. */
const BUSY_TIMEOUT_MS = 10_000;
const POSTGRES_INT8 = 20;

/**
 * A transaction takes the write lock at its beginning: one that reads first and writes later would fail with
 * SQLITE_BUSY as soon as another process wrote in between, whatever the time-out.
 */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

const MOST_STATEMENTS = 500;
const REPEATED = /^(select|with|insert|update|delete|begin|commit|rollback)\b/;

/**
 * Preparing a statement costs more than running most of ours, and they are the same few over and over. Anything that may
 * change the schema forgets them all.
 */
function rememberingStatements(database: Sqlite.Database): SqliteDatabase {
  const statements = new LRUCache<string, Sqlite.Statement>({ max: MOST_STATEMENTS });
  return {
    close: () => void database.close(),
    prepare: (sql) => {
      const known = statements.get(sql);
      if (known) return known;
      const statement = database.prepare(sql);
      if (REPEATED.test(sql)) statements.set(sql, statement);
      else statements.clear();
      return statement;
    },
  };
}

function sqlite(dataDir: string): Dialect {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
    const database = new Sqlite(join(dataDir, SQLITE_FILE));
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    // What is deleted is overwritten: an erased customer must not be found in the free pages of the file.
    database.pragma('secure_delete = ON');
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new ImmediateSqliteDriver({ database: rememberingStatements(database) }),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `The data folder "${dataDir}" cannot be written (${why}). Choose another with WISMO_DATA_DIR or dataDir.`,
    ]);
  }
}

function postgres(url: string): Dialect {
  pg.types.setTypeParser(POSTGRES_INT8, Number);
  return new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 10 }) });
}

/** @throws ConfigError when the folder or the server cannot be used */
export async function openStore({ dataDir, databaseUrl, audit }: StoreOptions): Promise<Db> {
  const db = new Kysely<Tables>({ dialect: databaseUrl ? postgres(databaseUrl) : sqlite(dataDir) });
  attachAudit(db, { ...audit, dataDir });
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error) {
    await db.destroy();
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new ConfigError([`The store cannot be opened or brought up to date: ${why}.`]);
  }
  return db;
}

/** After an erasure: makes the engine let go of the old versions of rows that it keeps for a while. */
export async function scrub(db: Db): Promise<void> {
  const { adapter } = db.getExecutor();
  const statements =
    adapter instanceof SqliteAdapter
      ? ['pragma wal_checkpoint(truncate)']
      : ERASABLE.map((table) => `vacuum ${table}`);
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
