import type { Draft, FlowContext, Step } from '../engine/bot.ts';
import { PERSON_CHOICE, TALK_TO_HUMAN } from '../engine/open-question.ts';
import type { LogisticsPorts } from './ports.ts';

/** Ends an answer with the offer of a person, so that a yes or one press is enough. */
export function offerPerson(
  context: FlowContext<LogisticsPorts>,
  drafts: readonly Draft[],
  question = 'engine.offer_more',
): Extract<Step, { kind: 'say' }> {
  const offer: Draft = {
    lines: [context.say(question)],
    choices: [{ id: PERSON_CHOICE, title: context.say('choices.talk_to_human') }],
  };
  return { kind: 'say', drafts: [...drafts, offer], offer: { yes: TALK_TO_HUMAN } };
}
