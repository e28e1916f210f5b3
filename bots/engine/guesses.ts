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

/** The message names what it is about, and all it may mean is alike: the plainest of these is told instead of asked. */
export function plainestOfAlike<P>(bot: Bot<P>, context: FlowContext<P>, decision: Decision): string | null {
  if (decision.kind !== 'clarify' || !bot.alike || !namesReference(bot, context)) return null;
  if (!decision.between.every((intent) => bot.alike?.includes(intent))) return null;
  return bot.alike.find((intent) => decision.between.includes(intent)) ?? null;
}

function namesReference<P>(bot: Bot<P>, context: FlowContext<P>): boolean {
  return Object.keys(bot.remember?.(context) ?? {}).length > 0;
}

/** A reference with little around it ("and 338000033?"): the likeliest reading, however unsure of itself. */
export function isBareReference<P>(bot: Bot<P>, context: FlowContext<P>): boolean {
  return context.intent === bot.bareReference && namesReference(bot, context);
}
