/** The history of a conversation as everybody saw it. */
import type { SenderRole } from '../../domain/message.ts';
import type { Db, Tx } from './schema.ts';
import { run, valueRows } from './statement.ts';

export type TranscriptEntry = {
  readonly seq: number;
  readonly role: SenderRole;
  readonly author: string;
  /** A `Content` of a customer or an agent, or a `Reply` of the bot. */
  readonly body: unknown;
  readonly ref: string;
  readonly at: number;
};

export type NewEntry = Omit<TranscriptEntry, 'seq'> & {
  readonly conversationId: string;
  /** The desk knows of it: it was written there. */
  readonly onDesk?: boolean;
};

export async function addToTranscript(tx: Tx, ...entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await run(
    tx,
    `insert into transcript (conversation_id, role, author, body, ref, at, mirrored) values ${valueRows(entries.length, 7)}`,
    entries.flatMap(({ conversationId, role, author, body, ref, at, onDesk }) => [
      conversationId,
      role,
      author,
      JSON.stringify(body),
      ref,
      at,
      onDesk ? 1 : 0,
    ]),
  );
}

/** Entries after `seq`, oldest first. */
export async function readTranscript(
  db: Db,
  conversationId: string,
  afterSeq = 0,
  limit = 200,
): Promise<readonly TranscriptEntry[]> {
  const rows = await db
    .selectFrom('transcript')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, role: row.role as SenderRole, body: JSON.parse(row.body) as unknown }));
}

/**
 * What the customer may see on a page that reads the transcript: what they wrote, and what went out through the one door.
 * What was stopped there is left out. Nothing is shown past a message that is still on its way, so that a page which asks
 * for what comes after the last it saw misses nothing.
 */
export async function readShown(
  db: Db,
  conversationId: string,
  afterSeq: number,
): Promise<readonly TranscriptEntry[]> {
  const entries = await readTranscript(db, conversationId, afterSeq);
  const sent = entries.filter(({ role }) => role !== 'customer').map(({ ref }) => ref);
  if (sent.length === 0) return entries;
  const rows = await db.selectFrom('outbox').select(['id', 'state']).where('id', 'in', sent).execute();
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  const shown: TranscriptEntry[] = [];
  for (const entry of entries) {
    const state = states.get(entry.ref);
    if (state === 'pending') break;
    // Without a row it went out long ago: what never went out keeps its row as long as the history has it.
    if (state === undefined || state === 'accepted') shown.push(entry);
  }
  return shown;
}

/** Who wrote the entry that went out under this id; null when there is none. */
export async function authorOf(
  db: Db,
  ref: string,
): Promise<{ readonly role: SenderRole; readonly id: string } | null> {
  const row = await db
    .selectFrom('transcript')
    .select(['role', 'author'])
    .where('ref', '=', ref)
    .limit(1)
    .executeTakeFirst();
  return row ? { role: row.role as SenderRole, id: row.author } : null;
}
