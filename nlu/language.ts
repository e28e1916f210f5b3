/** Which of the configured languages a message is in: naive Bayes over the same features the intents use. */
import type { Concepts } from './concepts.ts';
import type { Features } from './features.ts';
import { placesOf, rawFeatures } from './features.ts';
import { tokenize } from './normalize.ts';

export type LanguageModel = {
  readonly languages: readonly string[];
  /** By bucket: the row in `logs`, or -1 for a bucket nobody saw. */
  readonly place: Int32Array;
  /** Log probability of a bucket by language, `logs[row * languages + language]`. */
  readonly logs: Float32Array;
};

const SMOOTHING = 0.2;
/**
 * Features overlap (a word holds its pieces), so their evidence counts for less than its sum. This and the odds are
 * chosen by cross-validation, for one message in twenty being in another language than the conversation so far.
 */
const INDEPENDENCE = 0.18;
/** How much sooner we believe the language the conversation is held in. */
const PRIOR_ODDS = 20;

/** Masks tell no language. */
const MASK = /^xx[a-z]+xx$/;

/** @param examples normalised, entities masked */
export function trainLanguage(
  examples: readonly { readonly text: string; readonly lang: string }[],
  conceptsOf: Concepts,
): LanguageModel {
  const languages = [...new Set(examples.map((example) => example.lang))].sort();
  const read = examples.map(({ text, lang }) => {
    const words = tokenize(text).filter((word) => !MASK.test(word));
    return { features: rawFeatures(words, conceptsOf), lang };
  });
  const width = languages.length;
  const place = placesOf(new Set(read.flatMap(({ features }) => [...features.buckets])));
  const known = place.reduce((most, row) => Math.max(most, row), -1) + 1;
  const counts = new Float64Array(known * width);
  const totals = new Float64Array(width);
  for (const { features, lang } of read) {
    const column = languages.indexOf(lang);
    features.buckets.forEach((bucket, at) => {
      const weight = features.weights[at] as number;
      const cell = (place[bucket] as number) * width + column;
      counts[cell] = (counts[cell] as number) + weight;
      totals[column] = (totals[column] as number) + weight;
    });
  }
  const logs = Float32Array.from(counts, (count, cell) =>
    Math.log((count + SMOOTHING) / ((totals[cell % width] as number) + SMOOTHING * known)),
  );
  return { languages, place, logs };
}

/**
 * Probability of each language. A message of numbers, names or "ok" leaves the prior as it is.
 *
 * @param message its words, normalised and masked, and their features
 */
export function guessLanguage(
  model: LanguageModel,
  message: { readonly words: readonly string[]; readonly features: Features },
  prior: string | null,
): { lang: string; confidence: number } {
  const { languages } = model;
  const [only, ...others] = languages;
  if (only && others.length === 0) return { lang: only, confidence: 1 };
  const known = prior?.toLowerCase().split('-')[0] ?? null;
  const scores = languages.map((lang) => (lang === known ? Math.log(PRIOR_ODDS) : 0));
  if (message.words.some(isSpoken)) addEvidence(model, message.features, scores);
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const best = scores.indexOf(top);
  return { lang: languages[best] ?? known ?? 'en', confidence: (weights[best] ?? 0) / sum };
}

const isSpoken = (word: string): boolean => /^\p{L}/u.test(word) && !MASK.test(word);

function addEvidence(
  { languages, place, logs }: LanguageModel,
  { buckets, weights }: Features,
  scores: number[],
): void {
  const width = languages.length;
  for (let at = 0; at < buckets.length; at += 1) {
    const row = place[buckets[at] as number] as number;
    if (row < 0) continue;
    const weight = (weights[at] as number) * INDEPENDENCE;
    for (let column = 0; column < width; column += 1)
      scores[column] = (scores[column] as number) + (logs[row * width + column] as number) * weight;
  }
}
