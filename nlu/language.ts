/** Which of the configured languages a message is in: naive Bayes over the same features the intents use. */
import type { Concepts } from './concepts.ts';
import { rawFeatures } from './features.ts';
import { normalize } from './normalize.ts';

export type LanguageModel = {
  readonly languages: readonly string[];
  /** Log probability of a bucket by language; buckets nobody saw are left out. */
  readonly logs: ReadonlyMap<number, readonly number[]>;
};

const SMOOTHING = 0.2;
/** Features overlap (a word holds its pieces), so their evidence counts for less than its sum. */
const INDEPENDENCE = 0.12;
/** How much sooner we believe the language the conversation is held in. */
const PRIOR_ODDS = 8;
const MASKS = /\bxx[a-z]+xx\b/g;

export function trainLanguage(
  examples: readonly { readonly text: string; readonly lang: string }[],
  conceptsOf: Concepts,
): LanguageModel {
  const languages = [...new Set(examples.map((example) => example.lang))].sort();
  const counts = new Map<number, number[]>();
  const totals = languages.map(() => 0);
  for (const { text, lang } of examples) {
    const column = languages.indexOf(lang);
    for (const [bucket, weight] of rawFeatures(normalize(text).replace(MASKS, ' '), conceptsOf)) {
      const row = counts.get(bucket) ?? languages.map(() => 0);
      row[column] = (row[column] ?? 0) + weight;
      totals[column] = (totals[column] ?? 0) + weight;
      counts.set(bucket, row);
    }
  }
  const logs = new Map<number, readonly number[]>();
  for (const [bucket, row] of counts) {
    logs.set(
      bucket,
      row.map((count, column) =>
        round(Math.log((count + SMOOTHING) / ((totals[column] ?? 0) + SMOOTHING * counts.size))),
      ),
    );
  }
  return { languages, logs };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/**
 * Probability of each language. A message of numbers, names or "ok" leaves the prior as it is.
 *
 * @param features of the normalised text; masks are in no language's counts
 */
export function guessLanguage(
  model: LanguageModel,
  features: ReadonlyMap<number, number>,
  prior: string | null,
): { lang: string; confidence: number } {
  const [only, ...others] = model.languages;
  if (only && others.length === 0) return { lang: only, confidence: 1 };
  const known = prior?.toLowerCase().split('-')[0] ?? null;
  const scores = model.languages.map((lang) => (lang === known ? Math.log(PRIOR_ODDS) : 0));
  for (const [bucket, weight] of features) {
    const logs = model.logs.get(bucket);
    if (!logs) continue;
    logs.forEach((log, column) => (scores[column] = (scores[column] ?? 0) + log * weight * INDEPENDENCE));
  }
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const best = scores.indexOf(top);
  return { lang: model.languages[best] ?? known ?? 'en', confidence: (weights[best] ?? 0) / sum };
}
