/** The first step of a turn: is this message abuse, and what does the shop want done about it? */
import { hear, isFlood, lastMinute } from '../../compliance/flood.ts';
import type { Course, Screen, ScreenLabel, ScreenPolicy, Verdict } from '../../compliance/screen.ts';
import { courseOf, OK } from '../../compliance/screen.ts';
import type { FlowContext, Memory, Step } from './bot.ts';
import { transfer } from './unsure.ts';

export type ScreenPort = { readonly screen: Screen; readonly policy: ScreenPolicy };

/** Kept with the turn's trace. */
export type Screened = { readonly label: ScreenLabel; readonly confidence: number; readonly course: Course };

/** For a bot that answers whatever is written to it. */
export const NO_SCREEN: ScreenPort = {
  screen: () => ({ label: OK, confidence: 1 }),
  policy: {
    actions: {
      brushing_probe: 'ignore',
      card_fraud: 'ignore',
      phishing: 'ignore',
      harassment: 'ignore',
      spam: 'ignore',
    },
    answersPerMinute: Infinity,
  },
};

export type ScreenInput = {
  readonly text: string;
  /** A pressed button carries our own words: there is nothing to screen. */
  readonly choice: string | null;
  readonly lang: string | null;
  readonly memory: Memory;
  readonly now: number;
};

/** @returns what was found, and the memory with this message counted */
export function screenMessage(
  { text, choice, lang, memory, now }: ScreenInput,
  { screen, policy }: ScreenPort,
): { readonly screened: Screened; readonly memory: Memory } {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const heard = hear(memory.heard, lines, now);
  const answered = lastMinute(memory.answered, now);
  const verdict: Verdict = isFlood(heard, now)
    ? { label: 'spam', confidence: 1 }
    : choice === null
      ? screen(text, lang)
      : { label: OK, confidence: 1 };
  const course = courseOf(verdict.label, policy, answered.length);
  const answers = course === 'silence' ? answered : [...answered, now];
  return { screened: { ...verdict, course }, memory: { ...memory, heard, answered: answers } };
}

/** What the bot does instead of answering; null when the message goes its normal way. */
export function stepAgainst<P>(
  { label, confidence, course }: Screened,
  context: FlowContext<P>,
): Step | null {
  switch (course) {
    case 'pass':
    case 'alert':
      return null;
    case 'answer_neutrally':
      return { kind: 'say', drafts: [{ lines: [context.say('engine.cannot_help_with_that')] }] };
    case 'stop_automation':
      return transfer(
        context,
        'policy',
        `The message was read as ${label} (${Math.round(confidence * 100)} % sure); the bot stopped answering.`,
      );
    case 'silence':
      return { kind: 'say', drafts: [] };
  }
}
