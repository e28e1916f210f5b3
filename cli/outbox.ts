/** `wismo outbox`: messages that did not reach a channel, and what an operator does about them. */
import { openStore } from '../server/store/open.ts';
import type { OutboxState, StuckMessage } from '../server/store/stuck.ts';
import { dropStuck, retryStuck, stuckMessages } from '../server/store/stuck.ts';
import type { Db } from '../server/store/schema.ts';
import { InputError } from './lines.ts';
import { printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

export type OutboxOptions = {
  readonly config?: string;
  readonly state?: string;
  readonly channel?: string;
  readonly conversation?: string;
  readonly limit?: string;
  readonly all?: boolean;
};

const STATES: readonly OutboxState[] = ['dead', 'pending', 'unknown', 'dropped'];
const SHOWN: readonly OutboxState[] = ['dead', 'unknown', 'pending'];
const DEFAULT_LIMIT = 1_000;

/** One line a message, oldest first. The text stays where it is: it is personal. */
export async function list(options: OutboxOptions): Promise<void> {
  const states = options.state === undefined ? SHOWN : readStates(options.state);
  const limit = readLimit(options.limit);
  const messages = await withStore(options, (db) => stuckMessages(db, { ...options, states, limit }));
  for (const message of messages) printJson(shown(message));
  say(messages.length === 0 ? 'Nothing waits and nothing was given up.' : `${messages.length} messages.`);
}

/** Puts given-up messages back in line; 1 when one of the ids is none. */
export async function retry(ids: readonly string[], options: OutboxOptions): Promise<number> {
  return settle('retried', ids, options, (db, chosen) => retryStuck(db, chosen, Date.now()));
}

/** Gives messages up for good; 1 when one of the ids is none. */
export async function drop(ids: readonly string[], options: OutboxOptions): Promise<number> {
  return settle('dropped', ids, options, (db, chosen) => dropStuck(db, chosen));
}

type Settle = (db: Db, ids: readonly string[]) => Promise<readonly string[]>;

async function settle(
  what: string,
  ids: readonly string[],
  options: OutboxOptions,
  work: Settle,
): Promise<number> {
  if (ids.length === 0 && !options.all)
    throw new InputError(
      'Name the messages (wismo outbox list shows their ids), or say --all for every dead one.',
    );
  if (ids.length > 0 && options.all) throw new InputError('Name messages or say --all, not both.');
  return withStore(options, async (db) => {
    const dead = { channel: options.channel, states: ['dead'] as const, limit: DEFAULT_LIMIT };
    const chosen = options.all ? (await stuckMessages(db, dead)).map(({ id }) => id) : ids;
    const done = new Set(await work(db, chosen));
    for (const id of chosen) printJson({ id, done: done.has(id), ...(done.has(id) ? { what } : {}) });
    for (const id of chosen.filter((one) => !done.has(one)))
      say(`${id}: there is no such message that waits or was given up.`);
    return chosen.every((id) => done.has(id)) ? 0 : 1;
  });
}

async function withStore<T>(options: OutboxOptions, work: (db: Db) => Promise<T>): Promise<T> {
  const { dataDir, databaseUrl } = readSettings(options.config);
  const { db, flushed, close } = await openStore({ dataDir, databaseUrl });
  try {
    return await work(db);
  } finally {
    await flushed();
    await close();
  }
}

function shown(message: StuckMessage): Record<string, unknown> {
  const { nextAt, createdAt, ...rest } = message;
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    ...rest,
    createdAt: iso(createdAt),
    ...(rest.state === 'pending' || rest.state === 'unknown' ? { nextAt: iso(nextAt) } : {}),
  };
}

function readStates(given: string): readonly OutboxState[] {
  const found = STATES.find((state) => state === given);
  if (!found) throw new InputError(`--state: "${given}" is none. States: ${STATES.join(', ')}.`);
  return [found];
}

function readLimit(given: string | undefined): number {
  const limit = given === undefined ? DEFAULT_LIMIT : Number(given);
  if (!Number.isInteger(limit) || limit < 1) throw new InputError('--limit: write a whole number above 0.');
  return limit;
}
