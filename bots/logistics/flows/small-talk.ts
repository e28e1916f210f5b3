/** Courtesies, short and human, and the one question about our help. */
import { INTENT_CHOICE, PERSON_CHOICE, TALK_TO_HUMAN } from '../../engine/open-question.ts';
import type { Flow, FlowContext, Step } from '../../engine/bot.ts';
import type { LogisticsPorts } from '../ports.ts';

type LogisticsFlow = Flow<LogisticsPorts>;
type Context = FlowContext<LogisticsPorts>;

function courtesy(): LogisticsFlow {
  return {
    needs: [],
    smallTalk: true,
    run: (context) => ({ kind: 'say', drafts: [{ lines: [context.say(`answers.${context.intent}`)] }] }),
  };
}

/** Asked once a conversation, and only of a customer who thanks for something: anything more is a nuisance. */
function mayAskWhetherItHelped({ ports, memory }: Context): boolean {
  return (
    ports.feedback &&
    memory.open?.kind !== 'slot' &&
    memory.topic !== null &&
    memory.slots['askedWhetherItHelped'] !== true
  );
}

const thank: LogisticsFlow = {
  needs: [],
  smallTalk: true,
  run: (context): Step => {
    const thanks = context.say('answers.thank');
    if (!mayAskWhetherItHelped(context)) return { kind: 'say', drafts: [{ lines: [thanks] }] };
    const choices = ['feedback_yes', 'feedback_no'].map((intent) => ({
      id: `${INTENT_CHOICE}${intent}`,
      title: context.say(`choices.${intent}`),
    }));
    return {
      kind: 'say',
      drafts: [{ lines: [thanks, context.say('feedback.ask')], choices }],
      offer: { yes: 'feedback_yes', no: 'feedback_no' },
      slots: { askedWhetherItHelped: true },
    };
  },
};

/** "Ok" after an answer closes it; before anything was said it opens the talk. */
const affirm: LogisticsFlow = {
  needs: [],
  smallTalk: true,
  run: ({ say, memory }) => ({
    kind: 'say',
    drafts: [{ lines: [say(memory.topic === null ? 'answers.affirm' : 'answers.noted')] }],
  }),
};

const helped: LogisticsFlow = {
  needs: [],
  smallTalk: true,
  unspoken: true,
  run: (context) => ({ kind: 'say', drafts: [{ lines: [context.say('feedback.helped')] }], helped: true }),
};

const notHelped: LogisticsFlow = {
  needs: [],
  smallTalk: true,
  unspoken: true,
  run: (context) => ({
    kind: 'say',
    drafts: [
      {
        lines: [context.say('feedback.not_helped')],
        choices: [{ id: PERSON_CHOICE, title: context.say('choices.talk_to_human') }],
      },
    ],
    helped: false,
    offer: { yes: TALK_TO_HUMAN },
  }),
};

export const smallTalkFlows: Readonly<Record<string, LogisticsFlow>> = {
  greet: courtesy(),
  thank,
  goodbye: courtesy(),
  affirm,
  deny: courtesy(),
  bot_challenge: courtesy(),
  feedback_yes: helped,
  feedback_no: notHelped,
};
