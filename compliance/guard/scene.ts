/** What the rules look at: a text in its views, the words found in it, and small questions about how words stand together. */
import type { View } from './fold.ts';
import { piece } from './fold.ts';
import type { Hit, Reading } from './lexicon.ts';
import type { Lists } from './lists.ts';

export type Rule = 'uncertified_tracking_number' | 'external_payment_link' | 'off_platform_diversion';
export type Finding = { readonly rule: Rule; readonly evidence: string };

export type Scene = {
  readonly original: string;
  /** The text as it is read first, with its words; then the same with tricks undone. */
  readonly readings: readonly Reading[];
  readonly lists: Lists;
};

export function found(scene: Scene, view: View, rule: Rule, span: { start: number; end: number }): Finding {
  return { rule, evidence: piece(scene.original, view, span.start, span.end).trim() };
}

export function hits(reading: Reading, concept: string): readonly Hit[] {
  return reading.hits.get(concept) ?? [];
}

const NONE: readonly Hit[] = [];

export function inSentence({ inSentences }: Reading, concept: string, sentence: number): readonly Hit[] {
  return inSentences.get(concept)?.[sentence] ?? NONE;
}

export function has({ inSentences }: Reading, concept: string, sentence: number): boolean {
  return inSentences.get(concept)?.[sentence] !== undefined;
}

/** Words between two places of one sentence; negative when `one` comes later. */
export function gapBetween(one: Hit, other: Hit): number {
  return one.token <= other.token ? other.token - one.last - 1 : -(one.token - other.last - 1);
}

/** A hit of the concept at most `most` words before or after, in the same sentence. */
export function near(reading: Reading, hit: Hit, concept: string, most: number): Hit | undefined {
  return inSentence(reading, concept, hit.sentence).find((other) => {
    if (other.token <= hit.last && other.last >= hit.token) return false;
    return Math.abs(gapBetween(hit, other)) <= most;
  });
}

/** A hit of the concept at most `most` words after. */
export function after(reading: Reading, hit: Hit, concept: string, most: number): Hit | undefined {
  return inSentence(reading, concept, hit.sentence).find(
    (other) => other.token > hit.last && other.token - hit.last - 1 <= most,
  );
}

/** A hit of the concept at most `most` words before. */
export function before(reading: Reading, hit: Hit, concept: string, most: number): Hit | undefined {
  return inSentence(reading, concept, hit.sentence).findLast(
    (other) => other.last < hit.token && hit.token - other.last - 1 <= most,
  );
}

/**
 * Whether the sentence says not to, or that one cannot. A "but" between ends the negation, and so does a comma after
 * which somebody is told what to do ("don't pay on Jumia, pay me"). "Don't hesitate" negates nothing.
 */
export function isNegated(reading: Reading, hit: Hit): boolean {
  if (inSentence(reading, 'prohibited', hit.sentence).length > 0) return true;
  if (inSentence(reading, 'denied', hit.sentence).some(({ token }) => token > hit.last)) return true;
  const negations = inSentence(reading, 'negation', hit.sentence);
  if (negations.length === 0) return false;
  const encouraged = inSentence(reading, 'encourage', hit.sentence);
  const negation = negations.findLast(
    (one) =>
      one.last < hit.token && !encouraged.some(({ token, last }) => token <= one.token && last >= one.last),
  );
  if (!negation) return false;
  const turned = inSentence(reading, 'contrast', hit.sentence).some(
    ({ token }) => token > negation.last && token < hit.token,
  );
  return !turned && !isNewOrder(reading, negation, hit);
}

/** Between the negation and the hit stands a comma, and what follows it speaks of "me" or "us". */
function isNewOrder({ tokens, hits: all }: Reading, negation: Hit, hit: Hit): boolean {
  const clause = tokens[hit.token]?.clause ?? 0;
  if ((tokens[negation.last]?.clause ?? 0) === clause) return false;
  const first = tokens.find((token) => token.clause === clause);
  if (first && /^(?:or|ou|nor|ni|nem|and|et|e)$/.test(first.text)) return false;
  return ['self', 'pay_me'].some((concept) =>
    (all.get(concept) ?? []).some(({ token }) => tokens[token]?.clause === clause),
  );
}

/** True where the words mean what they ask for: nobody says not to, nobody warns of others. */
export function isOpen(reading: Reading, hit: Hit): boolean {
  return !isNegated(reading, hit) && !isWarnedOf(reading, hit);
}

/** "If someone asks you …", "that channel is fake": not an invitation, unless it goes on with "write to us" or "our WhatsApp". */
function isWarnedOf(reading: Reading, hit: Hit): boolean {
  if (!has(reading, 'warning', hit.sentence) && !has(reading, 'alarm', hit.sentence)) return false;
  if (has(reading, 'invite_us', hit.sentence) || has(reading, 'pay_me', hit.sentence)) return false;
  return has(reading, 'alarm', hit.sentence) || !before(reading, hit, 'self', 3);
}
