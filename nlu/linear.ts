/** Softmax regression on sparse features: AdaGrad, label smoothing, deterministic. */
import type { Sparse } from './features.ts';

/** `weights[feature * classes + class]`. */
export type Linear = {
  readonly classes: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
};

export type TrainOptions = {
  readonly epochs: number;
  readonly rate: number;
  readonly smoothing: number;
  /** Share of a message's features hidden in each pass, so that no single word is relied on. */
  readonly dropout: number;
  readonly seed: number;
  readonly onEpoch?: (done: number, total: number) => void;
};

export const TRAIN_OPTIONS: TrainOptions = {
  epochs: 16,
  rate: 0.35,
  smoothing: 0.15,
  dropout: 0.5,
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

export function trainLinear(
  rows: readonly { readonly features: Sparse; readonly label: number; readonly weight?: number }[],
  size: { readonly features: number; readonly classes: number },
  options: TrainOptions = TRAIN_OPTIONS,
): Linear {
  const { classes } = size;
  const weights = new Float32Array(size.features * classes);
  const bias = new Float32Array(classes);
  const squares = new Float32Array(size.features * classes).fill(1e-6);
  const biasSquares = new Float32Array(classes).fill(1e-6);
  const random = randomFrom(options.seed);
  const off = options.smoothing / classes;
  const model: Linear = { classes, weights, bias };
  const probabilities = new Float32Array(classes);
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    for (const { features: all, label, weight = 1 } of shuffled(rows, random)) {
      const features = hideSome(all, options.dropout, random);
      softmax(logits(model, features, probabilities), 1);
      for (let one = 0; one < classes; one += 1) {
        const target = off + (one === label ? 1 - options.smoothing : 0);
        probabilities[one] = ((probabilities[one] ?? 0) - target) * weight;
      }
      step(model, squares, biasSquares, features, probabilities, options.rate);
    }
    options.onEpoch?.(epoch + 1, options.epochs);
  }
  return model;
}

/** Keeps the length of what is left near that of the whole. */
function hideSome({ indices, values }: Sparse, dropout: number, random: () => number): Sparse {
  if (dropout <= 0) return { indices, values };
  const kept = indices.map((_, at) => (random() >= dropout ? at : -1)).filter((at) => at >= 0);
  const scale = 1 / Math.sqrt(1 - dropout);
  return {
    indices: kept.map((at) => indices[at] ?? 0),
    values: Float32Array.from(kept, (at) => (values[at] ?? 0) * scale),
  };
}

function step(
  model: Linear,
  squares: Float32Array,
  biasSquares: Float32Array,
  features: Sparse,
  gradient: Float32Array,
  rate: number,
): void {
  const { classes, weights, bias } = model;
  const { indices, values } = features;
  for (let at = 0; at < indices.length; at += 1) {
    const row = (indices[at] as number) * classes;
    const value = values[at] as number;
    for (let one = 0; one < classes; one += 1) {
      const slope = (gradient[one] as number) * value;
      const place = row + one;
      const square = (squares[place] as number) + slope * slope;
      squares[place] = square;
      weights[place] = (weights[place] as number) - (rate * slope) / Math.sqrt(square);
    }
  }
  for (let one = 0; one < classes; one += 1) {
    const slope = gradient[one] as number;
    const square = (biasSquares[one] as number) + slope * slope;
    biasSquares[one] = square;
    bias[one] = (bias[one] as number) - (rate * 0.1 * slope) / Math.sqrt(square);
  }
}

export function logits(
  model: Linear,
  features: Sparse,
  into = new Float32Array(model.classes),
): Float32Array {
  const { classes, weights, bias } = model;
  into.set(bias);
  const { indices, values } = features;
  for (let at = 0; at < indices.length; at += 1) {
    const row = (indices[at] as number) * classes;
    const value = values[at] as number;
    for (let one = 0; one < classes; one += 1)
      into[one] = (into[one] as number) + (weights[row + one] as number) * value;
  }
  return into;
}

/** In place. */
export function softmax(scores: Float32Array, temperature: number): Float32Array {
  let top = -Infinity;
  for (const score of scores) top = Math.max(top, score);
  let sum = 0;
  for (let one = 0; one < scores.length; one += 1) {
    const value = Math.exp(((scores[one] as number) - top) / temperature);
    scores[one] = value;
    sum += value;
  }
  for (let one = 0; one < scores.length; one += 1) scores[one] = (scores[one] as number) / sum;
  return scores;
}
