/**
 * Softmax regression on sparse features: AdaGrad, dropout, label smoothing, deterministic. It starts from the mean of
 * each intent's examples instead of from nothing, which matters most where examples are few: cross-validated, from ten
 * examples an intent, that is worth two to four points.
 */
import type { Sparse } from './features.ts';
import type { Table } from './table.ts';
import { addRows, tableOf } from './table.ts';

export type Linear = {
  readonly weights: Table;
  readonly bias: Float32Array;
};

export type TrainOptions = {
  readonly epochs: number;
  readonly rate: number;
  readonly smoothing: number;
  /** Share of a message's features hidden in each pass, so that no single word is relied on. */
  readonly dropout: number;
  /** How strongly the means weigh at the start. */
  readonly start: number;
  /** What AdaGrad's sums begin with: keeps the first steps of rare features small. */
  readonly caution: number;
  readonly seed: number;
  readonly onEpoch?: (done: number, total: number) => void;
};

/** Chosen by cross-validation on training sets of 10 to 100 examples an intent. */
export const TRAIN_OPTIONS: TrainOptions = {
  epochs: 24,
  rate: 0.2,
  smoothing: 0.2,
  dropout: 0.5,
  start: 30,
  caution: 0.003,
  seed: 7,
};

/** Mulberry32: a small, well-mixed generator; the same seed gives the same model. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [copy[index], copy[other]] = [copy[other] as T, copy[index] as T];
  }
  return copy;
}

export type Row = { readonly features: Sparse; readonly label: number };

type Size = { readonly features: number; readonly classes: number };

/** The mean of each intent's examples, `means[feature * classes + class]`. */
export function meansOf(rows: readonly Row[], { features, classes }: Size): Float32Array {
  const counts = new Int32Array(classes);
  for (const { label } of rows) counts[label] = (counts[label] as number) + 1;
  const means = new Float32Array(features * classes);
  for (const { features: own, label } of rows) {
    const share = 1 / (counts[label] as number);
    for (let at = 0; at < own.indices.length; at += 1) {
      const place = (own.indices[at] as number) * classes + label;
      means[place] = (means[place] as number) + (own.values[at] as number) * share;
    }
  }
  return means;
}

/** How far each mean is from the middle of all, `start` times. */
function startingWeights(means: Float32Array, classes: number, start: number): Float32Array {
  const weights = new Float32Array(means.length);
  for (let row = 0; row < means.length; row += classes) {
    let middle = 0;
    for (let at = row; at < row + classes; at += 1) middle += means[at] as number;
    middle /= classes;
    for (let at = row; at < row + classes; at += 1) weights[at] = ((means[at] as number) - middle) * start;
  }
  return weights;
}

type Training = {
  readonly classes: number;
  readonly weights: Float32Array;
  readonly squares: Float32Array;
  readonly bias: Float32Array;
  readonly biasSquares: Float32Array;
  /** Classes whose slope is worth a step. */
  readonly moved: Int32Array;
};

/** @param means of the same rows, see {@link meansOf} */
export function trainLinear(
  rows: readonly Row[],
  means: Float32Array,
  classes: number,
  options: TrainOptions = TRAIN_OPTIONS,
): Linear {
  const training: Training = {
    classes,
    weights: startingWeights(means, classes, options.start),
    squares: new Float32Array(means.length).fill(options.caution),
    bias: new Float32Array(classes),
    biasSquares: new Float32Array(classes).fill(options.caution),
    moved: new Int32Array(classes),
  };
  const random = randomFrom(options.seed);
  const order = Int32Array.from(rows.keys());
  const slopes = new Float32Array(classes);
  const hide = createHiding(rows, options.dropout, random);
  const expectedElsewhere = options.smoothing / classes;
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    shuffle(order, random);
    for (const at of order) {
      const { features: all, label } = rows[at] as Row;
      const features = hide(all);
      softmax(rawLogits(training, features, slopes), 1);
      for (let one = 0; one < classes; one += 1) slopes[one] = (slopes[one] as number) - expectedElsewhere;
      slopes[label] = (slopes[label] as number) - (1 - options.smoothing);
      step(training, features, slopes, options.rate);
    }
    options.onEpoch?.(epoch + 1, options.epochs);
  }
  return { weights: tableOf(training.weights, classes), bias: training.bias };
}

function shuffle(order: Int32Array, random: () => number): void {
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    const kept = order[index] as number;
    order[index] = order[other] as number;
    order[other] = kept;
  }
}

/** Hides a share of the features and keeps the length of what is left near that of the whole. */
function createHiding(
  rows: readonly Row[],
  dropout: number,
  random: () => number,
): (features: Sparse) => Sparse {
  const longest = rows.reduce((most, { features }) => Math.max(most, features.indices.length), 0);
  const indices = new Int32Array(longest);
  const values = new Float32Array(longest);
  const scale = 1 / Math.sqrt(1 - dropout);
  return (all) => {
    let kept = 0;
    for (let at = 0; at < all.indices.length; at += 1) {
      if (random() < dropout) continue;
      indices[kept] = all.indices[at] as number;
      values[kept] = (all.values[at] as number) * scale;
      kept += 1;
    }
    return { indices: indices.subarray(0, kept), values: values.subarray(0, kept) };
  };
}

function rawLogits(
  { classes, weights, bias }: Training,
  { indices, values }: Sparse,
  into: Float32Array,
): Float32Array {
  into.set(bias);
  for (let at = 0; at < indices.length; at += 1) {
    const row = (indices[at] as number) * classes;
    const value = values[at] as number;
    for (let one = 0; one < classes; one += 1)
      into[one] = (into[one] as number) + (weights[row + one] as number) * value;
  }
  return into;
}

/** Slopes nearer to zero than this move nothing, and most are: with many intents it halves the time. */
const SMALLEST_SLOPE = 1e-3;
const BIAS_RATE = 0.1;

function step(training: Training, { indices, values }: Sparse, slopes: Float32Array, rate: number): void {
  const { classes, weights, squares, bias, biasSquares, moved } = training;
  let moving = 0;
  for (let one = 0; one < classes; one += 1) {
    if (Math.abs(slopes[one] as number) < SMALLEST_SLOPE) continue;
    moved[moving] = one;
    moving += 1;
  }
  for (let at = 0; at < indices.length; at += 1) {
    const row = (indices[at] as number) * classes;
    const value = values[at] as number;
    for (let next = 0; next < moving; next += 1) {
      const one = moved[next] as number;
      const slope = (slopes[one] as number) * value;
      const square = (squares[row + one] as number) + slope * slope;
      squares[row + one] = square;
      weights[row + one] = (weights[row + one] as number) - (rate * slope) / Math.sqrt(square);
    }
  }
  for (let next = 0; next < moving; next += 1) {
    const one = moved[next] as number;
    const slope = slopes[one] as number;
    const square = (biasSquares[one] as number) + slope * slope;
    biasSquares[one] = square;
    bias[one] = (bias[one] as number) - (rate * BIAS_RATE * slope) / Math.sqrt(square);
  }
}

export function logits({ weights, bias }: Linear, features: Sparse): Float32Array {
  const sums = bias.slice();
  addRows(weights, features, sums);
  return sums;
}

/** In place. */
export function softmax(scores: Float32Array, temperature: number): Float32Array {
  let top = -Infinity;
  for (let one = 0; one < scores.length; one += 1) top = Math.max(top, scores[one] as number);
  let sum = 0;
  for (let one = 0; one < scores.length; one += 1) {
    const value = Math.exp(((scores[one] as number) - top) / temperature);
    scores[one] = value;
    sum += value;
  }
  for (let one = 0; one < scores.length; one += 1) scores[one] = (scores[one] as number) / sum;
  return scores;
}
