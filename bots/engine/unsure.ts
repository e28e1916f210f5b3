/** What the engine says when it does not know what the customer wants. */
import type { ControlReason } from '../../domain/conversation.ts';
import type { FlowContext, Step } from './bot.ts';
import { INTENT_CHOICE, PERSON_CHOICE, TALK_TO_HUMAN } from './open-question.ts';

/** "Did you mean …": at most two choices. */
export function askToClarify<P>(context: FlowContext<P>, between: readonly string[]): Step {
  const choices = between
    .slice(0, 2)
    .map((intent) => ({ id: `${INTENT_CHOICE}${intent}`, title: context.say(`choices.${intent}`) }));
  const [first] = between;
  const question =
    between.length > 1 || !first
      ? context.say('engine.which')
      : context.say('engine.did_you_mean', { wish: context.say(`wishes.${first}`) });
  return { kind: 'say', drafts: [{ lines: [question], choices }], clarify: between.slice(0, 2) };
}

/** Nothing fits: say so, name what the bot can do, offer a person. */
export function askToRephrase<P>(context: FlowContext<P>, suggests: string): Step {
  const choices = [
    { id: `${INTENT_CHOICE}${suggests}`, title: context.say(`choices.${suggests}`) },
    { id: PERSON_CHOICE, title: context.say('choices.talk_to_human') },
  ];
  return {
    kind: 'say',
    drafts: [{ lines: [context.say('engine.rephrase')], choices }],
    offer: { yes: TALK_TO_HUMAN },
  };
}

export function offerPerson<P>(context: FlowContext<P>): Step {
  const choices = [{ id: PERSON_CHOICE, title: context.say('choices.talk_to_human') }];
  return {
    kind: 'say',
    drafts: [{ lines: [context.say('engine.offer_person')], choices }],
    offer: { yes: TALK_TO_HUMAN },
  };
}

/** To a person, with a word to the customer. Both belong to one transaction: the caller commits them together. */
export function transfer<P>(context: FlowContext<P>, reason: ControlReason, note: string): Step {
  return {
    kind: 'handoff',
    request: { reason, note },
    drafts: [{ purpose: 'handover_notice', lines: [context.say('engine.handing_over')] }],
  };
}
