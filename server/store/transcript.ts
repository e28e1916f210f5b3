/** The history of a conversation as everybody saw it. */
import type { SenderRole } from '../../domain/message.ts';
import type { Db, Tx } from './schema.ts';

export type TranscriptEntry = {
  readonly seq: number;
  readonly role: SenderRole;
  readonly author: string;
  /** A `Content` of a customer or an agent, or a `Reply` of the bot. */
  readonly body: unknown;
  readonly ref: string;
  readonly at: number;
};

export async function addToTranscript(
  tx: Tx,
  entry: Omit<TranscriptEntry, 'seq'> & {
    readonly conversationId: string;
    /** The desk knows of it: it was written there. */
    readonly onDesk?: boolean;
  },
): Promise<void> {
  const { conversationId, role, author, body, ref, at } = entry;
  const mirrored = entry.onDesk ? 1 : 0;
  await tx
    .insertInto('transcript')
    .values({ conversation_id: conversationId, role, author, body: JSON.stringify(body), ref, at, mirrored })
    .execute();
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
