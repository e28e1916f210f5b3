/** What is said while a slot's question is open: interruptions, answers that make no sense, and customers who do not know. */
import type { Bot, FlowContext, Memory, Step } from './bot.ts';
import type { Commands } from './commands.ts';
import { cannotAnswer } from './commands.ts';
import type { Decision } from './decide.ts';
import { TALK_TO_HUMAN } from './open-question.ts';
import { needsOf } from './run-flow.ts';
import type { ToLearn } from './to-learn.ts';
import { transfer } from './unsure.ts';

/** What a turn came to. */
export type Response = {
  readonly step: Step;
  readonly decision: Decision['kind'];
  readonly intent: string;
  readonly toLearn?: ToLearn | null;
};

/** Something else was asked in the middle of a question: answer it, then come back to the question. */
export function interruption<P>(bot: Bot<P>, context: FlowContext<P>, response: Response): Response {
  const { open } = context.memory;
  if (open?.kind !== 'slot' || response.step.kind !== 'say') return response;
  const step: Extract<Step, { kind: 'ask' }> = { kind: 'ask', slot: open.slot, prompt: open.prompt };
  // "Yes", "hello": no more than a sign that the question may come again.
  if (['affirm', 'greet'].includes(response.intent)) return { ...response, step, intent: open.intent };
  if (needsOf(bot, { ...context, intent: response.intent }).length > 0 || response.step.offer)
    return response;
  if (['deny', 'goodbye', TALK_TO_HUMAN].includes(response.intent)) return response;
  const { drafts, slots } = response.step;
  return { ...response, step: { ...step, drafts, ...(slots ? { slots } : {}) }, intent: open.intent };
}

/** The customer does not have what was asked for: the slot knows what to do then. */
export function unknownAnswer<P>(bot: Bot<P>, context: FlowContext<P>, commands: Commands): Response | null {
  const { open } = context.memory;
  if (open?.kind !== 'slot' || context.choice !== null || !cannotAnswer(context.text, commands)) return null;
  const slot = bot.slots[open.slot];
  const asked = { ...context, intent: open.intent };
  if (!slot?.unknown || Object.keys(bot.remember?.(asked) ?? {}).length > 0) return null;
  return { step: slot.unknown(asked), decision: 'answer', intent: open.intent };
}

const MOST_TRIES = 2;

/** The question stands and the answer made no sense: once more with other words, then a person. */
export function askAgain<P>(
  bot: Bot<P>,
  context: FlowContext<P>,
  open: Extract<Memory['open'], { kind: 'slot' }>,
): Response {
  if (open.tries >= MOST_TRIES) {
    const step = transfer(context, 'repeated_failure', `The customer could not answer: ${open.slot}.`);
    return { step, decision: 'handoff', intent: open.intent };
  }
  const step: Step = {
    kind: 'ask',
    slot: open.slot,
    prompt: open.prompt,
    drafts: [{ lines: [context.say(bot.slots[open.slot]?.hint ?? 'engine.not_understood_short')] }],
  };
  return { step, decision: 'clarify', intent: open.intent };
}
