import type { Bot, FlowContext, Memory, OpenQuestion } from './bot.ts';

/**
 * What a message means in the light of the question the bot last asked.
 *
 * - `answer`: it answers the slot's question; go on with the flow that asked.
 * - `chosen`: it picks one of the offered intents.
 * - `declined`: it refuses ("no, leave it").
 * - `none`: it is about something else (or nothing was open).
 */
export type Reading =
  | { readonly kind: 'answer'; readonly intent: string }
  | { readonly kind: 'chosen'; readonly intent: string }
  | { readonly kind: 'declined' }
  | { readonly kind: 'none' };

/** Buttons that lead to an intent's flow. A bot's own choices use other prefixes. */
export const INTENT_CHOICE = 'intent:';
export const TALK_TO_HUMAN = 'talk_to_human';
export const PERSON_CHOICE = `${INTENT_CHOICE}${TALK_TO_HUMAN}`;

export function readAgainst<P>(bot: Bot<P>, context: FlowContext<P>): Reading {
  const { choice, memory, understanding } = context;
  if (choice?.startsWith(INTENT_CHOICE)) {
    const intent = choice.slice(INTENT_CHOICE.length);
    if (intent in bot.flows) return { kind: 'chosen', intent };
  }
  const { open } = memory;
  if (!open) return { kind: 'none' };
  const said = understanding.intent;
  if (open.kind === 'slot') {
    const slotContext = { ...context, intent: open.intent };
    if (bot.slots[open.slot]?.answers(slotContext)) return { kind: 'answer', intent: open.intent };
    return said === 'deny' && understanding.confidence >= SURE_ENOUGH
      ? { kind: 'declined' }
      : { kind: 'none' };
  }
  if (open.kind === 'offer') {
    if (understanding.confidence < SURE_ENOUGH) return { kind: 'none' };
    if (said === 'affirm') return { kind: 'chosen', intent: open.yes };
    if (said !== 'deny') return { kind: 'none' };
    return open.no ? { kind: 'chosen', intent: open.no } : { kind: 'declined' };
  }
  return readClarification(open, said);
}

/** A yes or a no to a direct question needs less certainty than an unprompted wish. */
const SURE_ENOUGH = 0.5;

function readClarification(open: Extract<OpenQuestion, { kind: 'clarify' }>, said: string): Reading {
  if (open.between.includes(said)) return { kind: 'chosen', intent: said };
  if (said === 'affirm' && open.between[0] && open.between.length === 1)
    return { kind: 'chosen', intent: open.between[0] };
  if (said === 'deny') return { kind: 'declined' };
  return { kind: 'none' };
}

/** After the question was dealt with. */
export function closeQuestion(memory: Memory): Memory {
  return { ...memory, open: null };
}
