import type { Understanding } from '../../nlu/understanding.ts';
import { OUT_OF_SCOPE } from '../../nlu/understanding.ts';

/** Set from the threshold report of `wismo evaluate`, not by taste. Both are calibrated probabilities. */
export type Thresholds = { readonly answer: number; readonly clarify: number };

export type Decision =
  | { readonly kind: 'answer'; readonly intent: string }
  /** One or two intents the customer may mean, likelier first. */
  | { readonly kind: 'clarify'; readonly between: readonly string[] }
  | { readonly kind: 'handoff' };

/**
 * Answer when sure, ask when there is a fair guess, otherwise admit it.
 * Out of scope is never a choice to offer: a message the engine does not know goes to `handoff`,
 * which the turn softens into one request to rephrase.
 */
export function decide(understanding: Understanding, thresholds: Thresholds): Decision {
  const { intent, confidence, alternatives } = understanding;
  if (intent !== OUT_OF_SCOPE && confidence >= thresholds.answer) return { kind: 'answer', intent };
  const guesses = [{ intent, confidence }, ...alternatives].filter(
    (guess) => guess.intent !== OUT_OF_SCOPE && guess.confidence >= thresholds.clarify,
  );
  if (guesses.length > 0)
    return { kind: 'clarify', between: guesses.slice(0, 2).map((guess) => guess.intent) };
  return { kind: 'handoff' };
}
