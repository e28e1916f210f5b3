/** From scores to an honest probability of being right: a small logistic model over signs of certainty. */

/** Signs of certainty of one prediction, the same in training and in use. */
export type Signs = {
  readonly top: number;
  readonly second: number;
  readonly outOfScope: number;
  readonly entropy: number;
  /** Share of the message's features the model has seen, 0..1. */
  readonly known: number;
  /** What nlp.js gives to the same intent. */
  readonly agreement: number;
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

function inputs(signs: Signs): number[] {
  return [
    logit(signs.top),
    logit(signs.top) - logit(signs.second),
    logit(signs.outOfScope),
    signs.entropy,
    signs.known,
    signs.agreement,
    Math.min(signs.words, 15) / 15,
    signs.known * logit(signs.top),
  ];
}

export function confidenceOf(calibration: Calibration, signs: Signs): number {
  const { weights, bias, mean, spread } = calibration;
  const sum = inputs(signs).reduce(
    (total, value, at) => total + ((value - (mean[at] ?? 0)) / (spread[at] ?? 1)) * (weights[at] ?? 0),
    bias,
  );
  return 1 / (1 + Math.exp(-sum));
}

const STEPS = 1500;
const RATE = 0.3;
const RIDGE = 1e-3;

/** Full-batch logistic regression; few inputs, so plain gradient descent is enough. */
export function fitCalibration(
  rows: readonly { readonly signs: Signs; readonly right: boolean }[],
): Calibration {
  const table = rows.map(({ signs }) => inputs(signs));
  const width = table[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, at) => table.map((row) => row[at] ?? 0));
  const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length);
  const spread = columns.map(
    (column, at) =>
      Math.sqrt(column.reduce((sum, value) => sum + (value - (mean[at] ?? 0)) ** 2, 0) / column.length) || 1,
  );
  const standard = table.map((row) => row.map((value, at) => (value - (mean[at] ?? 0)) / (spread[at] ?? 1)));
  const weights = new Array<number>(width).fill(0);
  let bias = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const slope = new Array<number>(width).fill(0);
    let biasSlope = 0;
    standard.forEach((row, index) => {
      const sum = row.reduce((total, value, at) => total + value * (weights[at] ?? 0), bias);
      const error = 1 / (1 + Math.exp(-sum)) - (rows[index]?.right ? 1 : 0);
      row.forEach((value, at) => (slope[at] = (slope[at] ?? 0) + error * value));
      biasSlope += error;
    });
    weights.forEach(
      (weight, at) => (weights[at] = weight - RATE * ((slope[at] ?? 0) / rows.length + RIDGE * weight)),
    );
    bias -= (RATE * biasSlope) / rows.length;
  }
  return { weights, bias, mean, spread };
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
