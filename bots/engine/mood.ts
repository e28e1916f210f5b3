import type { Mood } from './bot.ts';

const SEVERITY: Readonly<Record<Mood, number>> = { calm: 0, worried: 1, angry: 2 };
const SHOUTED_LETTERS = 12;

/** The worse of two moods: an agent should know that a customer was angry, even if the last line is polite. */
export function worse(one: Mood, other: Mood): Mood {
  return SEVERITY[one] >= SEVERITY[other] ? one : other;
}

/** Shouting, in any language: capitals over a sentence, or rows of exclamation and question marks. */
export function moodOf(text: string): Mood {
  const letters = text.replace(/[^\p{L}]/gu, '');
  const shouted =
    letters.length >= SHOUTED_LETTERS &&
    letters === letters.toUpperCase() &&
    letters !== letters.toLowerCase();
  if (shouted || /!{3,}|[!?]{4,}|[😡🤬]/u.test(text)) return 'angry';
  return /!{2,}|\?{3,}|[😢😭😤😠]/u.test(text) ? 'worried' : 'calm';
}
