/**
 * The screen's classifier: the intent engine's features and softmax regression, learnt from `compliance/data`, with what a
 * message speaks of (`compliance/concepts.yml`) weighing more than its exact words: abuse is rarely worded twice the same.
 */
import { join } from 'node:path';
import type { FindConcepts } from '../compliance/concepts.ts';
import { readConcepts } from '../compliance/concepts.ts';
import { undisguise } from '../compliance/disguise.ts';
import type { AbuseLabel, Classify, HeldOut } from '../compliance/screen.ts';
import { ABUSE_LABELS, chooseThreshold, OK } from '../compliance/screen.ts';
import { signsOf } from '../compliance/signs.ts';
import type { Calibration, Signs } from '../nlu/calibrate.ts';
import { confidenceOf, fitCalibration } from '../nlu/calibrate.ts';
import type { Features, Vocabulary } from '../nlu/features.ts';
import { buildVocabulary, rawFeatures, vectorize, withMeanings } from '../nlu/features.ts';
import type { Linear } from '../nlu/linear.ts';
import { logits, meansOf, randomFrom, shuffled, softmax, TRAIN_OPTIONS, trainLinear } from '../nlu/linear.ts';
import { tokenize } from '../nlu/normalize.ts';
import type { Progress } from '../nlu/train.ts';
import { hashExamples } from '../nlu/train.ts';
import type { Example } from '../nlu/training-data.ts';
import { PACKAGE_ROOT } from './package-root.ts';

const CONCEPTS = join(PACKAGE_ROOT, 'compliance', 'concepts.yml');
export const SCREEN_LABELS = [OK, ...ABUSE_LABELS] as const;

export type ScreenModel = {
  readonly vocabulary: Vocabulary;
  readonly linear: Linear;
  readonly calibration: Calibration;
  /** A message is abuse from this confidence on. */
  readonly threshold: number;
  readonly metrics: { readonly examples: number; readonly caught: number; readonly falseAlarms: number };
  readonly dataHash: string;
};

const FOLDS = 3;
const OPTIONS = { ...TRAIN_OPTIONS, epochs: 7, dropout: 0.3 };
/** Abuse is worded in many ways: words of few examples count. */
const MOST_FEATURES = 90_000;
/** Order tells who does what: "send me your code" is not "you sent me a code". */
const MEANING_WEIGHTS = { single: 4, pair: 1.5, order: 2 };
const ORDER_REACH = 3;
const MOST_CONCEPTS = 24;
const LONGEST_READ = 2_000;

/** A message as the screen reads it. */
export type Reading = { readonly features: Features; readonly words: number };
export type Read = (text: string) => Reading;

export function createReader(findConcepts: FindConcepts = readConcepts(CONCEPTS)): Read {
  return (written) => {
    const text = written.slice(0, LONGEST_READ);
    const plain = undisguise(text);
    const words = tokenize(plain);
    const found = findConcepts(plain);
    const features = withMeanings(
      rawFeatures(words, () => []),
      {
        // Where a message begins and ends tells too: a question and an offer open differently.
        line: ['^', ...found, '$'],
        all: [...new Set([...found, ...signsOf(text)])].slice(0, MOST_CONCEPTS),
        weights: MEANING_WEIGHTS,
        reach: ORDER_REACH,
      },
    );
    return { features, words: words.length };
  };
}

/** What is learnt from: the screen's own examples, and messages of every day, which are all innocent. */
export type ScreenExamples = { readonly taught: readonly Example[]; readonly everyday: readonly Example[] };

type Row = {
  readonly example: Example;
  readonly everyday: boolean;
  readonly reading: Reading;
  readonly label: number;
};
type Fitted = Pick<ScreenModel, 'vocabulary' | 'linear'>;

function fit(rows: readonly Row[], onEpoch: (share: number) => void): Fitted {
  const vocabulary = buildVocabulary(
    rows.map(({ reading }) => reading.features),
    MOST_FEATURES,
  );
  const vectors = rows.map(({ reading, label }) => ({
    features: vectorize(reading.features, vocabulary),
    label,
  }));
  const classes = SCREEN_LABELS.length;
  const means = meansOf(vectors, { features: vocabulary.idf.length, classes });
  const linear = trainLinear(vectors, means, classes, {
    ...OPTIONS,
    onEpoch: (done, total) => onEpoch(done / total),
  });
  return { vocabulary, linear };
}

type Judged = { readonly best: number; readonly probabilities: Float32Array; readonly signs: Signs };

/** The likeliest abuse and the signs its confidence is made of. */
function judge({ vocabulary, linear }: Fitted, { features, words }: Reading): Judged {
  const vector = vectorize(features, vocabulary);
  const probabilities = softmax(logits(linear, vector), 1);
  let best = 1;
  for (let at = 2; at < probabilities.length; at += 1)
    if ((probabilities[at] ?? 0) > (probabilities[best] ?? 0)) best = at;
  const top = probabilities[best] ?? 0;
  return {
    best,
    probabilities,
    signs: {
      top,
      plain: top,
      outOfScope: probabilities[0] ?? 0,
      entropy: probabilities.reduce((sum, p) => (p > 1e-6 ? sum - p * Math.log(p) : sum), 0),
      known: vector.known,
      // Cosines to the mean of a label tell nothing here: a label is many kinds of messages.
      closeness: 0,
      words,
    },
  };
}

/**
 * Learns from all examples; cross-validation fits the calibration and chooses the threshold. Deterministic.
 */
export function trainScreen(
  examples: ScreenExamples,
  onProgress: Progress = () => undefined,
): { readonly model: ScreenModel; readonly heldOut: readonly HeldOut[] } {
  const read = createReader();
  const rows: readonly Row[] = [
    ...examples.taught.map((example) => ({ example, everyday: false, label: labelIndex(example) })),
    ...examples.everyday.map((example) => ({ example, everyday: true, label: SCREEN_LABELS.indexOf(OK) })),
  ].map((row) => ({ ...row, reading: read(row.example.text) }));
  const total = (FOLDS + 1) * 100;
  const judged = crossValidate(rows, (done) => onProgress(Math.round(done * 100), total, 'cross-validation'));
  const calibration = fitCalibration(
    judged.map(({ row, verdict }) => ({
      signs: verdict.signs,
      right: row.label === verdict.best,
      answerable: row.label !== SCREEN_LABELS.indexOf(OK),
    })),
    [],
  );
  const heldOut = judged.map(({ row, verdict }): HeldOut => ({
    text: row.example.text,
    lang: row.example.lang,
    everyday: row.everyday,
    expected: SCREEN_LABELS[row.label] ?? OK,
    suspected: SCREEN_LABELS[verdict.best] as AbuseLabel,
    confidence: confidenceOf(calibration, verdict.signs),
  }));
  const { threshold, caught, falseAlarms } = chooseThreshold(heldOut);
  const fitted = fit(rows, (share) => onProgress(Math.round((FOLDS + share) * 100), total, 'final model'));
  const model: ScreenModel = {
    ...fitted,
    calibration,
    threshold,
    metrics: { examples: rows.length, caught, falseAlarms },
    dataHash: hashOf(examples),
  };
  return { model, heldOut };
}

export function hashOf({ taught, everyday }: ScreenExamples): string {
  return hashExamples([...taught, ...everyday]);
}

function labelIndex({ intent, file, line }: Example): number {
  const index = SCREEN_LABELS.findIndex((label) => label === intent);
  if (index < 0)
    throw new Error(
      `${file}, line ${line}: "${intent}" is no label of the screen; use one of ${SCREEN_LABELS.join(', ')}.`,
    );
  return index;
}

/** Reads every example with a model that has not seen it. */
function crossValidate(rows: readonly Row[], onStep: (folds: number) => void) {
  const order = shuffled(rows, randomFrom(OPTIONS.seed));
  const foldOf = new Map(order.map((row, at) => [row, at % FOLDS]));
  return Array.from({ length: FOLDS }, (_, fold) => {
    const fitted = fit(
      rows.filter((row) => foldOf.get(row) !== fold),
      (share) => onStep(fold + share),
    );
    return rows
      .filter((row) => foldOf.get(row) === fold)
      .map((row) => ({ row, verdict: judge(fitted, row.reading) }));
  }).flat();
}

/** The trained model as the screen uses it. */
export function createClassifier(model: ScreenModel, read: Read = createReader()): Classify {
  return (text) => {
    const { best, probabilities, signs } = judge(model, read(text));
    const sure = confidenceOf(model.calibration, signs);
    const rest = 1 - (probabilities[best] ?? 0);
    return Object.fromEntries(
      ABUSE_LABELS.map((label, at) => {
        const share = rest > 0 ? (probabilities[at + 1] ?? 0) / rest : 0;
        return [label, at + 1 === best ? sure : Math.min(share * (1 - sure), sure)];
      }),
    ) as Record<AbuseLabel, number>;
  };
}
