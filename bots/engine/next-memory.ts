/** What a conversation remembers after a turn. */
import { anonymize } from '../../nlu/mask.ts';
import type { Bot, FlowContext, Memory, Step } from './bot.ts';
import type { Decision } from './decide.ts';
import { moodOf, worse } from './mood.ts';

const FACTS_KEPT = 12;
const PROMISES_KEPT = 3;

function promises(step: Step): readonly string[] {
  return step.kind === 'say' ? (step.later ?? []).map(({ promise }) => promise) : [];
}

export function nextMemory<P>(
  bot: Bot<P>,
  context: FlowContext<P>,
  step: Step,
  decision: Decision['kind'],
): Memory {
  const { memory, intent } = context;
  const told = step.kind === 'ask' ? (step.drafts ?? []) : step.drafts;
  const facts = [...memory.facts, ...told.flatMap((draft) => draft.facts ?? [])].slice(-FACTS_KEPT);
  const understood = decision === 'answer';
  const sameQuestion = memory.open?.kind === 'slot' && step.kind === 'ask' && memory.open.slot === step.slot;
  const tries = sameQuestion && memory.open?.kind === 'slot' ? memory.open.tries + 1 : 0;
  return {
    ...memory,
    open: openAfter(context, step, tries),
    topic: understood && !bot.flows[intent]?.smallTalk ? intent : memory.topic,
    slots: { ...memory.slots, ...(bot.remember?.(context) ?? {}), ...(step.slots ?? {}) },
    unsure: understood ? 0 : memory.unsure + 1,
    offered: [],
    turns: memory.turns + 1,
    facts,
    promised: [...memory.promised, ...promises(step)].slice(-PROMISES_KEPT),
    wordless: [],
    asked: askedNow(bot, context) ?? memory.asked,
    mood: worse(worse(memory.mood, moodOf(context.text)), bot.flows[intent]?.mood ?? 'calm'),
  };
}

const FEWEST_WORDS = 3;
const ASKED_CHARS = 160;

/** A yes, a number or thanks tell an agent nothing of what it is about. */
function askedNow<P>(bot: Bot<P>, { text, intent }: FlowContext<P>): string | null {
  const words = text.split(/\s+/).filter((word) => /\p{L}{2}/u.test(word));
  return words.length < FEWEST_WORDS || bot.flows[intent]?.smallTalk ? null : text.slice(0, ASKED_CHARS);
}

function openAfter<P>(context: FlowContext<P>, step: Step, tries: number): Memory['open'] {
  switch (step.kind) {
    case 'ask':
      return { kind: 'slot', intent: context.intent, slot: step.slot, prompt: step.prompt, tries };
    case 'say':
      if (step.clarify)
        return {
          kind: 'clarify',
          between: step.clarify,
          tries: 0,
          about: anonymize(context.text, context.understanding.entities),
        };
      return step.offer ? { kind: 'offer', yes: step.offer.yes, no: step.offer.no ?? null } : null;
    case 'handoff':
      return null;
  }
}
