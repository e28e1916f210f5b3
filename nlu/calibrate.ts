/** From scores to an honest probability of being right: a small logistic model over signs of certainty. */

/** What one prediction tells of its certainty, the same in training and in use. */
export type Signs = {
  /** Probability of the best intent in scope, and of being out of scope, as they are ranked by. */
  readonly top: number;
  readonly outOfScope: number;
  /** The linear model's probability of the best intent and its entropy, before anything is sharpened or mixed. */
  readonly plain: number;
  readonly entropy: number;
  /** Share of the message's features the model has seen, 0..1. */
  readonly known: number;
  /** Cosine between the message and the mean of the intent's examples. */
  readonly closeness: number;
  readonly words: number;
};

export type Calibration = {
  readonly weights: readonly number[];
  readonly bias: number;
  readonly mean: readonly number[];
  readonly spread: readonly number[];
};

const SMALLEST = 1e-4;
const logit = (p: number): number => Math.log(Math.max(p, SMALLEST) / Math.max(1 - p, SMALLEST));

/**
 * Few, because signs that say nearly the same spoil each other where the model meets what it does not know: the margin
 * to the second best, the sharpened probability and nlp.js's agreement better the order of right and wrong by a little
 * and the order of known and unknown not at all.
 */
function inputs({ outOfScope, plain, entropy, known, closeness, words }: Signs): number[] {
  return [logit(plain), entropy, logit(outOfScope), known, closeness, Math.min(words, 15) / 15];
}

export function confidenceOf(calibration: Calibration, signs: Signs): number {
  const { weights, bias, mean, spread } = calibration;
  const values = inputs(signs);
  let sum = bias;
  for (let at = 0; at < values.length; at += 1)
    sum += (((values[at] as number) - (mean[at] ?? 0)) / (spread[at] ?? 1)) * (weights[at] ?? 0);
  return sigmoid(sum);
}

const sigmoid = (sum: number): number => 1 / (1 + Math.exp(-sum));

/** One prediction and whether it was right; it cannot be when no answer would have been. */
export type Outcome = { readonly signs: Signs; readonly right: boolean; readonly answerable: boolean };

/** How much messages of intents nobody taught weigh beside the others, chosen by what it costs in order of right and wrong; examples of `out_of_scope` are such already. */
const NOVELTY = 0.5;

/**
 * The weights of the signs are learnt from held-out messages together with messages of intents left out of training,
 * which no answer is right for: that teaches what a message looks like that the model knows nothing of. Then the whole
 * is fitted once more, by scale and shift alone, to the held-out messages, so that what it states is what happens.
 */
export function fitCalibration(heldOut: readonly Outcome[], unknown: readonly Outcome[]): Calibration {
  const rows = [...heldOut, ...unknown];
  const table = rows.map(({ signs }) => inputs(signs));
  const width = table[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, at) => table.map((row) => row[at] ?? 0));
  const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length);
  const spread = columns.map(
    (column, at) =>
      Math.sqrt(column.reduce((sum, value) => sum + (value - (mean[at] ?? 0)) ** 2, 0) / column.length) || 1,
  );
  const standard = table.map((row) => row.map((value, at) => (value - (mean[at] ?? 0)) / (spread[at] ?? 1)));
  const answerable = heldOut.filter((outcome) => outcome.answerable).length;
  const missing = Math.max(NOVELTY * answerable - (heldOut.length - answerable), 0);
  const novelty = missing / Math.max(unknown.length, 1);
  const { weights, bias } = regression(
    standard.map((values, at) => ({
      values,
      right: rows[at]?.right ?? false,
      weight: at < heldOut.length ? 1 : novelty,
    })),
  );
  const sums = standard
    .slice(0, heldOut.length)
    .map((values) => values.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), bias));
  const own = regression(
    sums.map((sum, at) => ({ values: [sum], right: heldOut[at]?.right ?? false, weight: 1 })),
  );
  const scale = Math.max(own.weights[0] ?? 1, SMALLEST);
  return { weights: weights.map((weight) => weight * scale), bias: bias * scale + own.bias, mean, spread };
}

const STEPS = 1500;
const RATE = 0.3;
const RIDGE = 1e-3;

type Weighed = { readonly values: readonly number[]; readonly right: boolean; readonly weight: number };

/** Full-batch logistic regression; few inputs, so plain gradient descent is enough. */
function regression(rows: readonly Weighed[]): { readonly weights: number[]; readonly bias: number } {
  const width = rows[0]?.values.length ?? 0;
  const values = Float64Array.from(rows.flatMap((row) => row.values));
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  const weights = new Float64Array(width);
  const slopes = new Float64Array(width);
  let bias = 0;
  for (let step = 0; step < STEPS; step += 1) {
    slopes.fill(0);
    let biasSlope = 0;
    for (let row = 0; row < rows.length; row += 1) {
      const { right, weight } = rows[row] as Weighed;
      const start = row * width;
      let sum = bias;
      for (let at = 0; at < width; at += 1) sum += (values[start + at] as number) * (weights[at] as number);
      const error = (sigmoid(sum) - (right ? 1 : 0)) * weight;
      for (let at = 0; at < width; at += 1)
        slopes[at] = (slopes[at] as number) + error * (values[start + at] as number);
      biasSlope += error;
    }
    for (let at = 0; at < width; at += 1) {
      const weight = weights[at] as number;
      weights[at] = weight - RATE * ((slopes[at] as number) / total + RIDGE * weight);
    }
    bias -= (RATE * biasSlope) / total;
  }
  return { weights: [...weights], bias };
}

const BINS = 10;

/** Expected calibration error: how far, on average, the stated confidence is from the share of right answers. */
export function calibrationError(
  rows: readonly { readonly confidence: number; readonly right: boolean }[],
): number {
  let error = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    const inside = rows.filter(({ confidence }) => Math.min(Math.floor(confidence * BINS), BINS - 1) === bin);
    if (inside.length === 0) continue;
    const stated = inside.reduce((sum, row) => sum + row.confidence, 0) / inside.length;
    const right = inside.filter((row) => row.right).length / inside.length;
    error += (Math.abs(stated - right) * inside.length) / rows.length;
  }
  return error;
}
