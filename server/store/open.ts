/** Opens the store: SQLite in one file by default, PostgreSQL by `DATABASE_URL`. Applies the migrations. */
import { Kysely, Migrator, PostgresDialect } from 'kysely';
import type { Dialect } from 'kysely';
import pg from 'pg';
import { ConfigError } from '../config/load.ts';
import { migrations } from './migrations.ts';
import type { Db, Tables } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export type StoreOptions = {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  /** Connections to PostgreSQL this process may hold. */
  readonly connections?: number;
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
const CONNECTIONS = 16;

function postgres(url: string, connections: number): Dialect {
  pg.types.setTypeParser(POSTGRES_INT8, Number);
  const pool = new pg.Pool({ connectionString: url, max: connections });
  // A lost idle connection is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  return new PostgresDialect({ pool });
}

/** @throws ConfigError when the folder or the server cannot be used */
export async function openStore({
  dataDir,
  databaseUrl,
  connections = CONNECTIONS,
}: StoreOptions): Promise<Store> {
  const sqlite = databaseUrl ? null : openSqlite(dataDir);
  const dialect = sqlite ? sqlite.dialect : postgres(databaseUrl ?? '', connections);
  const db = new Kysely<Tables>({ dialect });
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
