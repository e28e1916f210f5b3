/**
 * The classifier of nlp.js: one perceptron an intent over the stems of a message, trained with its rule and settings
 * (@nlpjs/neural 4.25, `neural-network.js`) on typed arrays, in a thirtieth of the time. It is good where examples are
 * few. Its score is no probability, and one known word among unknown ones can bring it near 1, so it never decides alone.
 */
import type { StemsOf } from './nlpjs.ts';
import type { Table } from './table.ts';
import { addRows, tableOf } from './table.ts';

export type Network = {
  readonly stems: readonly string[];
  /** One row a stem. */
  readonly weights: Table;
  readonly bias: Float32Array;
};

/** Defaults of @nlpjs/neural. */
const ITERATIONS = 20_000;
const GOOD_ENOUGH = 0.00005;
const STANDSTILL = 0.000001;
const RATE = 0.6;
const RATE_DECAY = 0.001;
const MOMENTUM = 0.5;
const SLOPE = 0.07;

export type Lesson = { readonly stems: readonly string[]; readonly label: number };

/** Stems of all lessons in one array; those of lesson `n` begin at `starts[n]`. */
type Corpus = {
  readonly inputs: Int32Array;
  readonly starts: Int32Array;
  readonly labels: Int32Array;
};

function numbered(lessons: readonly Lesson[], places: Map<string, number>): Corpus {
  const starts = new Int32Array(lessons.length + 1);
  const inputs: number[] = [];
  lessons.forEach(({ stems }, row) => {
    for (const stem of stems) {
      const place = places.get(stem) ?? places.size;
      places.set(stem, place);
      inputs.push(place);
    }
    starts[row + 1] = inputs.length;
  });
  return {
    inputs: Int32Array.from(inputs),
    starts,
    labels: Int32Array.from(lessons, ({ label }) => label),
  };
}

type Perceptron = { readonly weights: Float32Array; readonly changes: Float32Array; bias: number };

/** One pass over all lessons; returns the sum of squared errors. */
function pass(perceptron: Perceptron, own: number, corpus: Corpus, rate: number): number {
  const { inputs, starts, labels } = corpus;
  const { weights, changes } = perceptron;
  let error = 0;
  let start = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const end = starts[row + 1] as number;
    let sum = perceptron.bias;
    for (let at = start; at < end; at += 1) sum += weights[inputs[at] as number] as number;
    const output = sum <= 0 ? 0 : SLOPE * sum;
    const miss = (labels[row] === own ? 1 : 0) - output;
    if (miss !== 0) {
      error += miss * miss;
      const delta = (output > 0 ? 1 : SLOPE) * miss * rate;
      for (let at = start; at < end; at += 1) {
        const input = inputs[at] as number;
        const change = delta + MOMENTUM * (changes[input] as number);
        changes[input] = change;
        weights[input] = (weights[input] as number) + change;
      }
      perceptron.bias += delta;
    }
    start = end;
  }
  return error;
}

export function trainNetwork(lessons: readonly Lesson[], classes: number): Network {
  const places = new Map<string, number>();
  const corpus = numbered(lessons, places);
  const taught = [...new Set(corpus.labels)];
  const perceptrons = taught.map((): Perceptron => {
    return { weights: new Float32Array(places.size), changes: new Float32Array(places.size), bias: 0 };
  });
  let before = Infinity;
  for (let iteration = 1; iteration <= ITERATIONS; iteration += 1) {
    const rate = RATE / (1 + RATE_DECAY * iteration);
    let error = 0;
    perceptrons.forEach((perceptron, at) => {
      error += pass(perceptron, taught[at] as number, corpus, rate);
    });
    error /= Math.max(taught.length * lessons.length, 1);
    if (error <= GOOD_ENOUGH || Math.abs(error - before) <= STANDSTILL) break;
    before = error;
  }
  const weights = new Float32Array(places.size * classes);
  const bias = new Float32Array(classes);
  perceptrons.forEach((perceptron, at) => {
    const own = taught[at] as number;
    bias[own] = perceptron.bias;
    perceptron.weights.forEach((weight, place) => (weights[place * classes + own] = weight));
  });
  return { stems: [...places.keys()], weights: tableOf(weights, classes), bias };
}

/** Scores that add up to 1, or all 0 for a message without a stem the network knows. */
export type Opinion = (text: string) => Float32Array;

/** More stems than a message within the limits of a channel has. */
const MOST_STEMS = 512;

export function opinionOf({ stems, weights, bias }: Network, stemsOf: StemsOf): Opinion {
  const places = new Map(stems.map((stem, place) => [stem, place]));
  const indices = new Int32Array(MOST_STEMS);
  const values = new Float32Array(MOST_STEMS).fill(1);
  return (text) => {
    let known = 0;
    for (const stem of stemsOf(text)) {
      const place = places.get(stem);
      if (place === undefined || known === MOST_STEMS) continue;
      indices[known] = place;
      known += 1;
    }
    if (known === 0) return new Float32Array(bias.length);
    const scores = bias.slice();
    addRows(weights, { indices: indices.subarray(0, known), values: values.subarray(0, known) }, scores);
    let total = 0;
    for (let one = 0; one < scores.length; one += 1) {
      const activation = Math.max(scores[one] as number, 0);
      scores[one] = activation * activation;
      total += activation * activation;
    }
    if (total > 0)
      for (let one = 0; one < scores.length; one += 1) scores[one] = (scores[one] as number) / total;
    return scores;
  };
}
