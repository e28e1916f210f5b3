/** The last step of a turn: what may not leave is not said, and a person gets the conversation instead. */
import type { Guard, Verdict } from '../../compliance/guard.ts';
import { replyText } from '../../compliance/reply-text.ts';
import type { Reply } from '../../domain/reply.ts';
import type { Shop } from '../../domain/shop.ts';
import type { FollowUp, Handoff, Memory, Say } from './bot.ts';

type Block = Extract<Verdict, { verdict: 'block' }>;

type Asked = { readonly text: string; readonly shop: Shop; readonly customerName: string | null };
/** What a turn comes to, as far as the guard changes it. */
type Outcome = {
  readonly replies: readonly Reply[];
  readonly memory: Memory;
  readonly lang: string;
  readonly handoff: Handoff | null;
  readonly later: readonly FollowUp[];
  readonly trace: { readonly intent: string; readonly decision: 'answer' | 'clarify' | 'handoff' };
  readonly withheld: Withheld | null;
};

/** Why an answer was not given, for the record. */
export type Withheld = { readonly rule: string; readonly clause: string; readonly evidence: string };

export function guardTurn<T extends Outcome>(
  result: T,
  { text, shop, customerName }: Asked,
  { guard, say }: { readonly guard: Guard; readonly say: Say },
): T {
  const block = result.replies
    .map((reply) => guard(replyText(reply), { shop: shop.id }))
    .find((verdict): verdict is Block => verdict.verdict === 'block');
  if (!block) return result;
  const { trace, memory, lang } = result;
  const about = `The bot's answer was withheld: ${block.rule} (${block.clause.id}: ${block.clause.text})`;
  const handoff: Handoff = result.handoff
    ? { ...result.handoff, brief: `${result.handoff.brief}\n${about}` }
    : {
        reason: 'policy',
        topic: trace.intent,
        priority: 'normal',
        brief: `${customerName ?? 'Customer'} (${lang}) wants ${trace.intent}. Last message: "${text.slice(0, 160)}".\n${about}`,
        facts: memory.facts,
      };
  return {
    ...result,
    replies: [{ purpose: 'handover_notice', text: say('engine.withheld'), facts: [] }],
    memory: { ...memory, open: null, unsure: 0, offered: [] },
    handoff,
    later: [],
    trace: { ...trace, decision: 'handoff' },
    withheld: { rule: block.rule, clause: block.clause.id, evidence: block.evidence },
  };
}
