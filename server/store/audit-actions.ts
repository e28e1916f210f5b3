/** Records of what was held back, overruled or done by people. */
import { userInfo } from 'node:os';
import type { Json } from '../../compliance/canonical-json.ts';
import { journaled, recordAudit } from './audit.ts';
import { ownerOf } from './audit-events.ts';
import { findConversation } from './conversations.ts';
import type { Db, Tx } from './schema.ts';

/** A message was held back by the guard. `evidence` is what in it broke the rule: sealed, since it quotes the message. */
export async function recordBlock(
  tx: Tx,
  block: {
    readonly conversationId: string;
    /** Of the outbox, or of the turn whose reply was held back. */
    readonly ref: string;
    readonly rule: string;
    /** Id of the clause of the policy. */
    readonly clause: string;
    readonly evidence: string;
    /** Who wrote what was blocked, for example `bot:logistics` or `agent:a-17`. */
    readonly author: string;
    readonly now: number;
  },
): Promise<void> {
  const { conversationId, ref, rule, clause, evidence, author, now } = block;
  const conversation = await findConversation(tx, conversationId);
  if (!conversation) return;
  await recordAudit(tx, conversation.shop, {
    kind: 'block',
    at: now,
    conversation: conversationId,
    author,
    ref,
    data: { rule, clause },
    personal: { customer: ownerOf(conversation), content: { evidence } },
  });
}

/** The person at the command line, as the machine knows them. */
export function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/**
 * What an operator did, in a transaction of its own. An installation's operator acts on all its shops, so each shop's chain gets the record; an
 * action on one conversation names its shop only.
 */
export async function recordOperator(
  db: Db,
  shops: readonly string[],
  action: {
    /** `override` when a rule of the product was overruled by it. */
    readonly kind?: 'operator' | 'override' | 'privacy';
    readonly action: string;
    readonly ref: string;
    readonly data?: { readonly [key: string]: Json | undefined };
    readonly conversation?: string;
    readonly operator: string;
    readonly now: number;
  },
): Promise<void> {
  await journaled(db, async (tx) => {
    for (const shop of shops)
      await recordAudit(tx, shop, {
        kind: action.kind ?? 'operator',
        at: action.now,
        conversation: action.conversation ?? null,
        author: `operator:${action.operator}`,
        ref: action.ref,
        data: { ...action.data, action: action.action },
      });
  });
}
