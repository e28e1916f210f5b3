import type { Bot, FlowContext, Step } from './bot.ts';
import { moodOf } from './mood.ts';

/** Tone first, then substance: who shouts is heard before anything else is said. Flows with a mood say so themselves. */
export function soothe<P>(bot: Bot<P>, context: FlowContext<P>, step: Step): Step {
  const flow = bot.flows[context.intent];
  if (step.kind === 'handoff' || flow?.smallTalk || (flow?.mood && step.kind === 'say')) return step;
  if (moodOf(context.text) !== 'angry') return step;
  return { ...step, drafts: [{ lines: [context.say('engine.sorry')] }, ...(step.drafts ?? [])] };
}
