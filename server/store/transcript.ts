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
