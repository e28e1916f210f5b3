/** Intent scores of one text: our linear model and nlp.js's network, mixed, with the signs that confidence is made of. */
import type { Signs } from './calibrate.ts';
import type { Features, Vocabulary } from './features.ts';
import { vectorize } from './features.ts';
import type { Linear } from './linear.ts';
import { logits, softmax } from './linear.ts';
import type { Network, Opinion } from './network.ts';
import { opinionOf } from './network.ts';
import { stemsIn } from './nlpjs.ts';
import type { Table } from './table.ts';
import { sumOfColumn } from './table.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

/** What one training makes. */
export type Fitted = {
  readonly vocabulary: Vocabulary;
  readonly linear: Linear;
  /** The mean of each intent's examples, each of length 1. */
  readonly means: Table;
  /** By language; none when the mix gives them no share. */
  readonly networks: Readonly<Record<string, Network>>;
};

/** How the two opinions are joined, chosen by cross-validation. */
export type Mix = {
  /** Share of nlp.js's network, 0..1. */
  readonly nlpjs: number;
  /** Below 1 the linear model's probabilities are sharpened: smoothing and dropout leave them too even. */
  readonly temperature: number;
};

export type Scores = {
  /** Logits. */
  readonly linear: Float32Array;
  /** Adding up to 1, or all 0 without an opinion. */
  readonly nlpjs: Float32Array;
  readonly known: number;
  readonly words: number;
  /** Cosine between the message and the mean of an intent's examples. */
  readonly closeness: (intent: number) => number;
};

/** A text as the classifier reads it: `text` with numbers masked and normalised, `words` its tokens. */
export type Reading = {
  readonly text: string;
  readonly words: number;
  readonly features: Features;
  readonly lang: string;
};

export type Scorer = (reading: Reading) => Scores;

export function createScorer({ vocabulary, linear, means, networks }: Fitted): Scorer {
  const opinions = new Map<string, Opinion>(
    Object.entries(networks).map(([lang, network]) => [lang, opinionOf(network, stemsIn(lang))]),
  );
  const none = new Float32Array(linear.bias.length);
  return ({ text, words, features, lang }) => {
    const vector = vectorize(features, vocabulary);
    return {
      linear: logits(linear, vector),
      nlpjs: opinions.get(lang)?.(text) ?? none,
      known: vector.known,
      words,
      closeness: (intent) => sumOfColumn(means, vector, intent),
    };
  };
}

/** `order` holds the best {@link RANKED} intents only, best first: nobody reads further. */
export type Ranked = { readonly order: readonly number[]; readonly probabilities: Float32Array };

const RANKED = 6;

export function mixScores({ linear, nlpjs }: Pick<Scores, 'linear' | 'nlpjs'>, mix: Mix): Ranked {
  const probabilities = softmax(linear.slice(), mix.temperature);
  const share = mix.nlpjs > 0 && hasOpinion(nlpjs) ? mix.nlpjs : 0;
  if (share > 0)
    for (let at = 0; at < probabilities.length; at += 1)
      probabilities[at] = (probabilities[at] as number) * (1 - share) + (nlpjs[at] as number) * share;
  return { order: best(probabilities), probabilities };
}

function hasOpinion(scores: Float32Array): boolean {
  for (let at = 0; at < scores.length; at += 1) if ((scores[at] as number) > 0) return true;
  return false;
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
  const { evidence, entropy } = unsharpened(scores.linear);
  return {
    best,
    signs: {
      top: at(best),
      outOfScope: outside < 0 ? 0 : at(outside),
      entropy,
      plain: Math.exp((scores.linear[best] ?? 0) - evidence),
      known: scores.known,
      closeness: scores.closeness(best),
      words: scores.words,
    },
  };
}

/**
 * Of the logits as they are: sharpening and the other opinion tell better what is right, but what is known at all
 * shows better before.
 */
function unsharpened(logits: Float32Array): { readonly evidence: number; readonly entropy: number } {
  let top = -Infinity;
  for (let at = 0; at < logits.length; at += 1) top = Math.max(top, logits[at] as number);
  let sum = 0;
  let weighted = 0;
  for (let at = 0; at < logits.length; at += 1) {
    const below = (logits[at] as number) - top;
    const share = Math.exp(below);
    sum += share;
    weighted += share * below;
  }
  return { evidence: top + Math.log(sum), entropy: Math.log(sum) - weighted / sum };
}
