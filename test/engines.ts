/** The store engines a suite runs on. One that is not there is named in the report, and fails where all are required. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import pg from 'pg';
import { openStore } from '../server/store/open.ts';
import type { Store } from '../server/store/open.ts';
import { freshFolder } from './running.ts';

export type Engine = {
  readonly name: string;
  readonly why: string | null;
  readonly open: () => Promise<Store>;
};

const POSTGRES = process.env['DATABASE_URL'];

/** A database of its own for one suite, dropped afterwards. */
export async function freshDatabase(
  url: string,
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const name = `wismo_test_${randomUUID().replace(/-/g, '').slice(0, 12)}`;
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await admin(`create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => admin(`drop database ${name} with (force)`) };
}

export const ENGINES: readonly Engine[] = [
  {
    name: 'SQLite',
    why: null,
    open: async () => {
      const dataDir = freshFolder();
      const { db, flushed, close } = await openStore({ dataDir });
      return {
        db,
        flushed,
        close: async () => {
          await close();
          rmSync(dataDir, { recursive: true, force: true });
        },
      };
    },
  },
  {
    name: 'PostgreSQL',
    why: POSTGRES ? null : 'DATABASE_URL is not set',
    open: async () => {
      const { url, drop } = await freshDatabase(POSTGRES ?? '');
      const dataDir = freshFolder();
      const { db, flushed, close } = await openStore({ dataDir, databaseUrl: url });
      return {
        db,
        flushed,
        close: async () => {
          await close();
          await drop();
          rmSync(dataDir, { recursive: true, force: true });
        },
      };
    },
  },
];

/** A store and the queue that goes with it. */
export type Pair = {
  readonly name: string;
  readonly why: string | null;
  readonly open: () => Promise<{
    readonly databaseUrl?: string;
    readonly redisUrl?: string;
    readonly drop: () => Promise<void>;
  }>;
};

const REDIS = process.env['REDIS_URL'];

export const PAIRS: readonly Pair[] = [
  {
    name: 'SQLite and the queue in memory',
    why: null,
    open: () => Promise.resolve({ drop: () => Promise.resolve() }),
  },
  {
    name: 'PostgreSQL and bull',
    why: POSTGRES ? (REDIS ? null : 'REDIS_URL is not set') : 'DATABASE_URL is not set',
    open: async () => {
      const { url, drop } = await freshDatabase(POSTGRES ?? '');
      return { databaseUrl: url, redisUrl: REDIS ?? '', drop };
    },
  },
];

/** `describe` once per pair. */
export function onEveryPair(title: string, body: (pair: Pair) => void): void {
  for (const pair of PAIRS) describeOrSkip(`${title}, on ${pair.name}`, pair.why, () => body(pair));
}

/** `describe` once per engine. */
export function onEveryEngine(title: string, body: (engine: Engine) => void): void {
  for (const engine of ENGINES) describeOrSkip(`${title} on ${engine.name}`, engine.why, () => body(engine));
}

/** Says by name what was skipped and why; fails where nothing may be. */
export function describeOrSkip(title: string, why: string | null, body: () => void): void {
  describe(title, function () {
    if (why === null) return body();
    it(`was skipped: ${why}`, function () {
      if (process.env['REQUIRE_ALL_SUITES']) throw new Error(`This suite must not be skipped here: ${why}.`);
      this.skip();
    });
  });
}
