/** What cross-validation decides: how the two opinions are mixed, and what confidence each prediction deserves. */
import type { Calibration, Outcome } from './calibrate.ts';
import { calibrationError, confidenceOf, fitCalibration } from './calibrate.ts';
import type { Mix, Scores } from './classifier.ts';
import { mixScores, readSigns } from './classifier.ts';
import type { Judged } from './evaluate.ts';
import type { Example } from './training-data.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

/** An example and what a model made of it that had not seen it. */
export type HeldOut = { readonly example: Example; readonly scores: Scores };

export type Metrics = {
  readonly examples: number;
  /** Right intent among in-scope examples, by cross-validation. */
  readonly accuracy: number;
  readonly byLanguage: Readonly<Record<string, number>>;
  readonly calibrationError: number;
};

const SHARES = [0, 0.05, 0.1, 0.2, 0.3, 0.4];
const TEMPERATURES = [0.4, 0.5, 0.6, 0.75, 1];

/**
 * The mix with the least log loss. nlp.js's network costs time with every message: it gets a share only when that
 * betters the loss by more than chance does, which is one standard error of the difference.
 */
export function chooseMix(held: readonly HeldOut[], labels: readonly string[]): Mix {
  const places = new Map(labels.map((label, place) => [label, place]));
  const lossesOf = (mix: Mix): Float64Array =>
    Float64Array.from(held, ({ example, scores }) => {
      const { probabilities } = mixScores(scores, mix);
      return -Math.log(Math.max(probabilities[places.get(example.intent) ?? 0] ?? 0, 1e-6));
    });
  const alone = leastLoss(
    TEMPERATURES.map((temperature) => ({ nlpjs: 0, temperature })).map(weigh(lossesOf)),
  );
  const mixed = leastLoss(
    SHARES.slice(1)
      .flatMap((nlpjs) => TEMPERATURES.map((temperature) => ({ nlpjs, temperature })))
      .map(weigh(lossesOf)),
  );
  const gains = alone.losses.map((loss, at) => loss - (mixed.losses[at] ?? 0));
  const mean = sum(gains) / held.length;
  const spread = Math.sqrt(sum(gains.map((gain) => (gain - mean) ** 2)) / held.length);
  return mean > spread / Math.sqrt(held.length) ? mixed.mix : alone.mix;
}

type Weighed = { readonly mix: Mix; readonly losses: Float64Array; readonly loss: number };

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

function weigh(lossesOf: (mix: Mix) => Float64Array): (mix: Mix) => Weighed {
  return (mix) => {
    const losses = lossesOf(mix);
    return { mix, losses, loss: sum(losses) };
  };
}

function leastLoss(candidates: readonly Weighed[]): Weighed {
  return candidates.reduce((least, one) => (one.loss < least.loss ? one : least));
}

/** @param unknown messages of intents that were left out of training */
export function measure(
  held: readonly HeldOut[],
  unknown: readonly Scores[],
  labels: readonly string[],
  mix: Mix,
): { readonly calibration: Calibration; readonly metrics: Metrics; readonly heldOut: readonly Judged[] } {
  const judged = held.map(({ example, scores }) => {
    const { best, signs } = readSigns(labels, mixScores(scores, mix), scores);
    const answerable = example.intent !== OUT_OF_SCOPE;
    return { example, signs, best, right: labels[best] === example.intent, answerable };
  });
  const strangers = unknown.map((scores): Outcome => {
    return {
      signs: readSigns(labels, mixScores(scores, mix), scores).signs,
      right: false,
      answerable: false,
    };
  });
  const calibration = fitCalibration(judged, strangers);
  const inScope = judged.filter(({ example }) => example.intent !== OUT_OF_SCOPE);
  const share = (rows: readonly { right: boolean }[]): number =>
    rows.filter((row) => row.right).length / Math.max(rows.length, 1);
  const languages = [...new Set(inScope.map(({ example }) => example.lang))].sort();
  const metrics: Metrics = {
    examples: held.length,
    accuracy: share(inScope),
    byLanguage: Object.fromEntries(
      languages.map((lang) => [lang, share(inScope.filter(({ example }) => example.lang === lang))]),
    ),
    calibrationError: calibrationError(
      judged.map(({ signs, right }) => ({ confidence: confidenceOf(calibration, signs), right })),
    ),
  };
  const heldOut = judged.map(({ example, signs, right, best }): Judged => {
    const sure = confidenceOf(calibration, signs);
    const outside = signs.outOfScope > signs.top;
    return {
      text: example.text,
      lang: example.lang,
      expected: example.intent,
      got: outside ? OUT_OF_SCOPE : (labels[best] ?? OUT_OF_SCOPE),
      confidence: outside ? 1 - sure : sure,
      inScope: sure,
      right: outside ? example.intent === OUT_OF_SCOPE : right,
    };
  });
  return { calibration, metrics, heldOut };
}
