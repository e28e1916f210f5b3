/** Messages the bot was unsure about or was corrected on, kept for an operator to teach it with. */
import { randomUUID } from 'node:crypto';
import type { ToLearn } from '../../bots/engine/to-learn.ts';
import type { Db, Tx } from './schema.ts';

export type ReviewMessage = ToLearn & { readonly id: string; readonly lang: string; readonly at: number };

/** What nobody reviewed in this time is forgotten. */
const KEPT_MS = 90 * 86_400_000;
const MOST_OPEN = 500;

/** Keeps a message once per language; a correction by the customer replaces the guess. What was settled stays settled. */
export async function keepForReview(
  tx: Tx,
  lang: string,
  message: ToLearn,
  now: number,
  conversationId: string | null = null,
): Promise<void> {
  await tx
    .deleteFrom('review')
    .where('state', '=', 'open')
    .where('at', '<', now - KEPT_MS)
    .execute();
  const { text, intent, confidence, corrected } = message;
  const row = {
    id: randomUUID(),
    lang,
    text,
    intent,
    confidence,
    corrected,
    state: 'open' as const,
    at: now,
    conversation_id: conversationId,
  };
  await tx
    .insertInto('review')
    .values(row)
    .onConflict((conflict) =>
      corrected
        ? conflict.columns(['lang', 'text']).doUpdateSet({ corrected })
        : conflict.columns(['lang', 'text']).doNothing(),
    )
    .execute();
}

/** Corrected ones first: they teach most. */
export async function openReviews(db: Db): Promise<readonly ReviewMessage[]> {
  const rows = await db
    .selectFrom('review')
    .select(['id', 'lang', 'text', 'intent', 'confidence', 'corrected', 'at'])
    .where('state', '=', 'open')
    .orderBy((eb) => eb.case().when('corrected', 'is', null).then(1).else(0).end())
    .orderBy('at')
    .limit(MOST_OPEN)
    .execute();
  return rows;
}

export async function settleReview(
  db: Db,
  id: string,
  state: 'accepted' | 'discarded',
  now: number,
): Promise<void> {
  await db.updateTable('review').set({ state, at: now }).where('id', '=', id).execute();
}
