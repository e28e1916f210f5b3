/** Intent scores of one text: our linear model and nlp.js, mixed, with the signs that confidence is made of. */
import type { Signs } from './calibrate.ts';
import type { Vocabulary } from './features.ts';
import { vectorize } from './features.ts';
import type { Linear } from './linear.ts';
import { logits, softmax } from './linear.ts';
import type { SecondOpinion } from './nlpjs.ts';
import { tokenize } from './normalize.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

export type Classifier = {
  readonly labels: readonly string[];
  readonly vocabulary: Vocabulary;
  readonly linear: Linear;
  readonly nlpjs: SecondOpinion;
  readonly mix: Mix;
};

/** How the two opinions are joined, chosen by cross-validation. */
export type Mix = {
  /** Share of nlp.js, 0..1. */
  readonly nlpjs: number;
  /** Below 1 the linear model's probabilities are sharpened: smoothing and dropout leave them too even. */
  readonly temperature: number;
};

export type Scores = {
  /** Logits. */
  readonly linear: Float32Array;
  readonly nlpjs: Float32Array;
  readonly known: number;
  readonly words: number;
};

/** @param text normalised, entities masked; `raw` are its features */
export async function score(
  classifier: Omit<Classifier, 'mix'>,
  text: string,
  raw: ReadonlyMap<number, number>,
  lang: string,
): Promise<Scores> {
  const features = vectorize(raw, classifier.vocabulary);
  const linear = logits(classifier.linear, features);
  const opinion = await classifier.nlpjs(text, lang);
  const nlpjs = new Float32Array(classifier.labels.length);
  if (opinion.size > 0) classifier.labels.forEach((label, at) => (nlpjs[at] = opinion.get(label) ?? 0));
  return { linear, nlpjs, known: features.known, words: tokenize(text).length };
}

/** `order` holds the best {@link RANKED} intents only, best first: nobody reads further. */
export type Ranked = { readonly order: readonly number[]; readonly probabilities: Float32Array };

const RANKED = 6;

export function mixScores({ linear, nlpjs }: Pick<Scores, 'linear' | 'nlpjs'>, mix: Mix): Ranked {
  const share = nlpjs.some((value) => value > 0) ? mix.nlpjs : 0;
  const probabilities = softmax(linear.slice(), mix.temperature);
  for (let at = 0; at < linear.length; at += 1)
    probabilities[at] = (probabilities[at] as number) * (1 - share) + (nlpjs[at] as number) * share;
  return { order: best(probabilities), probabilities };
}

function best(probabilities: Float32Array): number[] {
  const order: number[] = [];
  for (let at = 0; at < probabilities.length; at += 1) {
    const value = probabilities[at] as number;
    let place = order.length;
    while (place > 0 && value > (probabilities[order[place - 1] as number] as number)) place -= 1;
    if (place >= RANKED) continue;
    order.splice(place, 0, at);
    if (order.length > RANKED) order.pop();
  }
  return order;
}

/** The signs of the best intent in scope. */
export function readSigns(
  labels: readonly string[],
  ranked: Ranked,
  scores: Scores,
): { readonly best: number; readonly signs: Signs } {
  const inScope = ranked.order.filter((index) => labels[index] !== OUT_OF_SCOPE);
  const best = inScope[0] ?? 0;
  const outside = labels.indexOf(OUT_OF_SCOPE);
  const at = (index: number | undefined): number =>
    index === undefined ? 0 : (ranked.probabilities[index] ?? 0);
  return {
    best,
    signs: {
      top: at(best),
      second: at(inScope[1]),
      outOfScope: outside < 0 ? 0 : at(outside),
      entropy: entropyOf(ranked.probabilities),
      known: scores.known,
      agreement: scores.nlpjs[best] ?? 0,
      words: scores.words,
    },
  };
}

function entropyOf(probabilities: Float32Array): number {
  let sum = 0;
  for (const p of probabilities) if (p > 1e-6) sum -= p * Math.log(p);
  return sum;
}
