import type { Bot, FlowContext, Step } from './bot.ts';

/** The slots an intent's flow fills first. */
export function needsOf<P>(bot: Bot<P>, context: FlowContext<P>): readonly string[] {
  const needs = bot.flows[context.intent]?.needs ?? [];
  return typeof needs === 'function' ? needs(context) : needs;
}

/** Fills what the flow needs, in order; stops at the first question or hand-off; then runs the flow. */
export async function runFlow<P>(bot: Bot<P>, context: FlowContext<P>): Promise<Step> {
  const flow = bot.flows[context.intent];
  if (!flow) throw new Error(`The bot "${bot.id}" has no flow for the intent "${context.intent}".`);
  let filled: Readonly<Record<string, unknown>> = {};
  let current = context;
  for (const name of needsOf(bot, context)) {
    const slot = bot.slots[name];
    if (!slot)
      throw new Error(`The flow "${context.intent}" needs the slot "${name}", which the bot does not have.`);
    const result = await slot.fill(current);
    if (result.kind !== 'filled') return { ...result, slots: { ...filled, ...(result.slots ?? {}) } };
    filled = { ...filled, ...result.slots };
    current = {
      ...current,
      memory: { ...current.memory, slots: { ...current.memory.slots, ...result.slots } },
    };
  }
  const step = await flow.run(current);
  return { ...step, slots: { ...filled, ...(step.slots ?? {}) } };
}
