/**
 * SQLite as the store runs it: one connection, prepared statements kept, transactions that take the write lock at their
 * beginning, and one flush to disk shared by all who wait for theirs.
 */
import { accessSync, closeSync, constants, fdatasync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { CompiledQuery, SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { DatabaseConnection, Dialect, SqliteDatabase } from 'kysely';
import { LRUCache } from 'lru-cache';
import { ConfigError } from '../config/load.ts';

const FILE = 'wismo.sqlite';
/** Another process of ours may hold the write lock for a moment. */
const BUSY_TIMEOUT_MS = 10_000;
const KEPT_STATEMENTS = 500;
/** The indexes' pages that messages fall on at random; the default of 2 MB is read again and again. */
const CACHE_KB = 32_000;
/** 32 MB of log. A checkpoint holds everybody up while it flushes twice, and a page written often is copied once. */
const CHECKPOINT_PAGES = 8_000;

export type SqliteStore = {
  readonly dialect: Dialect;
  /** Resolves when everything committed before the call is on the disk. */
  readonly flushed: () => Promise<void>;
  readonly close: () => void;
};

/** @throws ConfigError when the folder cannot be written */
export function openSqlite(dataDir: string): SqliteStore {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
    const database = new Sqlite(join(dataDir, FILE));
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    database.pragma(`cache_size = -${CACHE_KB}`);
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    // What is deleted is overwritten: an erased customer must not be found in the free pages of the file.
    database.pragma('secure_delete = ON');
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // A first write makes sure that the log file is there to be flushed.
    database.pragma(`user_version = ${Number(database.pragma('user_version', { simple: true }))}`);
    const log = openSync(join(dataDir, `${FILE}-wal`), 'r+');
    const kept = keepingStatements(database);
    return {
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new Driver({ database: kept }),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
      flushed: sharedFlush(log),
      close: () => closeSync(log),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `The data folder "${dataDir}" cannot be written (${why}). Choose another with WISMO_DATA_DIR or dataDir.`,
    ]);
  }
}

/**
 * Group commit. With `synchronous = NORMAL` a commit is written to the write-ahead log but not flushed; the log is
 * flushed here, off the event loop, once for all who wait (sqlite.org/wal.html: a commit is durable when its log frames
 * are; the log is never replaced while a connection is open, and SQLite itself flushes it before a checkpoint).
 * Who calls while a flush is under way takes part in the next one: the running one may have begun before their commit.
 */
function sharedFlush(log: number): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const flush = (): Promise<void> =>
    new Promise((resolve, reject) => {
      fdatasync(log, (error) => (error ? reject(error) : resolve()));
    });
  const begin = (): Promise<void> => {
    next = null;
    running = flush().finally(() => (running = null));
    return running;
  };
  return () => {
    if (!running) return begin();
    next ??= running.catch(() => undefined).then(begin);
    return next;
  };
}

const REPEATED = /^(select|with|insert|update|delete|begin|commit|rollback)\b/;

/**
 * Preparing a statement costs about as much as running it, and they are the same few over and over. Anything that may
 * change the schema forgets them all.
 */
function keepingStatements(database: Sqlite.Database): SqliteDatabase {
  const kept = new LRUCache<string, Sqlite.Statement>({ max: KEPT_STATEMENTS });
  return {
    close: () => void database.close(),
    prepare: (sql) => {
      const known = kept.get(sql);
      if (known) return known;
      const fresh = database.prepare(sql);
      if (REPEATED.test(sql)) kept.set(sql, fresh);
      else kept.clear();
      return fresh;
    },
  };
}

/**
 * A transaction takes the write lock at its beginning: one that reads first and writes later would fail with
 * SQLITE_BUSY as soon as another process wrote in between, whatever the time-out. Waiters are served in turn.
 */
class Driver extends SqliteDriver {
  private readonly waiting: (() => void)[] = [];
  private busy = false;

  override async acquireConnection(): Promise<DatabaseConnection> {
    if (this.busy) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy = true;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    await super.releaseConnection();
    const next = this.waiting.shift();
    if (next) next();
    else this.busy = false;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}
