/** The last step of a turn: what may not leave is not said, and a person gets the conversation instead. */
import type { Guard, Verdict } from '../../compliance/guard.ts';
import { replyText } from '../../compliance/reply-text.ts';
import type { Handoff, Say } from './bot.ts';
import type { TurnInput, TurnResult } from './turn.ts';

type Block = Extract<Verdict, { verdict: 'block' }>;

export function guardTurn(
  result: TurnResult,
  { text, shop, customerName }: TurnInput,
  { guard, say }: { readonly guard: Guard; readonly say: Say },
): TurnResult {
  const block = result.replies
    .map((reply) => guard(replyText(reply), { country: shop.country, shop: shop.id }))
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
  };
}
