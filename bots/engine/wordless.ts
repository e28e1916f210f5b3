/** What the engine does about a message without words: a voice note, a picture, a place, a sticker. */
import type { FlowContext, Say, Step } from './bot.ts';
import { PERSON_CHOICE, TALK_TO_HUMAN } from './open-question.ts';

export const WORDLESS = [
  'voice',
  'image',
  'video',
  'file',
  'sticker',
  'location',
  'contacts',
  'order',
  'unsupported',
] as const;
export type Wordless = (typeof WORDLESS)[number];

/** Namespace of the sentences, the same for every bot. */
export const WORDLESS_NAMESPACE = 'wordless';

/**
 * Asks once for words; a second message without words in a row goes to a person, who can listen and look. Stickers are
 * company, not questions: one answer, then silence.
 */
export function answerWordless<P>(context: FlowContext<P>, what: Wordless, say: Say): Step {
  const before = context.memory.wordless;
  if (what === 'sticker')
    return { kind: 'say', drafts: before.includes('sticker') ? [] : [{ lines: [say('sticker')] }] };
  if (before.some((one) => one !== 'sticker'))
    return {
      kind: 'handoff',
      request: {
        reason: 'repeated_failure',
        note: `The customer was asked for text and sent a message without words again (${what}); please open it and answer.`,
      },
      drafts: [{ purpose: 'handover_notice', lines: [say('handing_over')] }],
    };
  const choices = [{ id: PERSON_CHOICE, title: context.say(`choices.${TALK_TO_HUMAN}`) }];
  return { kind: 'say', drafts: [{ lines: [say(what)], choices }] };
}
