/** Which of the engine's guesses are worth a question. */
import type { Bot, FlowContext } from './bot.ts';
import type { Decision } from './decide.ts';

/** "Do you mean no?" helps nobody: courtesies and bare numbers are never offered as what was meant. */
export function worthAsking<P>(bot: Bot<P>, decision: Decision): Decision {
  if (decision.kind !== 'clarify') return decision;
  const between = decision.between.filter(
    (intent) => !bot.flows[intent]?.smallTalk && intent !== bot.bareReference,
  );
  return between.length > 0 ? { kind: 'clarify', between } : { kind: 'handoff' };
}

/** A reference with little around it ("and 338000033?"): the likeliest reading, however unsure of itself. */
export function isBareReference<P>(bot: Bot<P>, context: FlowContext<P>): boolean {
  if (!bot.bareReference || context.intent !== bot.bareReference) return false;
  return Object.keys(bot.remember?.(context) ?? {}).length > 0;
}
