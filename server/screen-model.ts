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
import type { Vocabulary } from '../nlu/features.ts';
import { buildVocabulary, rawFeatures, vectorize } from '../nlu/features.ts';
import type { Linear } from '../nlu/linear.ts';
import { logits, randomFrom, shuffled, softmax, TRAIN_OPTIONS, trainLinear } from '../nlu/linear.ts';
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
const OPTIONS = { ...TRAIN_OPTIONS, epochs: 10, dropout: 0.3 };
const WORDS_WEIGHT = 0.3;
const CONCEPT_WEIGHT = 4;
const PAIR_WEIGHT = 1.5;
const MOST_CONCEPTS = 24;
/** Above the buckets of `rawFeatures`, so that a concept never meets a word. */
const FIRST_BUCKET = 300_000;
const BUCKETS = 1_000_003;
const LONGEST_READ = 2_000;

export type ReadFeatures = (text: string) => ReadonlyMap<number, number>;

export function createFeatures(findConcepts: FindConcepts = readConcepts(CONCEPTS)): ReadFeatures {
  return (written) => {
    const text = written.slice(0, LONGEST_READ);
    const plain = undisguise(text);
    const features = new Map<number, number>();
    for (const [bucket, weight] of rawFeatures(plain.replace(/\n/g, ' '), () => []))
      features.set(bucket, weight * WORDS_WEIGHT);
    const add = (name: string, weight: number): void => {
      const bucket = FIRST_BUCKET + (hash(name) % BUCKETS);
      features.set(bucket, (features.get(bucket) ?? 0) + weight);
    };
    const spoken = [...new Set([...findConcepts(plain), ...signsOf(text)])].slice(0, MOST_CONCEPTS).sort();
    if (spoken.length === 0) add('nothing', CONCEPT_WEIGHT);
    spoken.forEach((concept, at) => {
      add(concept, CONCEPT_WEIGHT);
      for (const other of spoken.slice(at + 1)) add(`${concept} ${other}`, PAIR_WEIGHT);
    });
    return features;
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** What is learnt from: the screen's own examples, and messages of every day, which are all innocent. */
export type ScreenExamples = { readonly taught: readonly Example[]; readonly everyday: readonly Example[] };

type Row = {
  readonly example: Example;
  readonly everyday: boolean;
  readonly raw: ReadonlyMap<number, number>;
  readonly label: number;
};
type Fitted = Pick<ScreenModel, 'vocabulary' | 'linear'>;

function fit(rows: readonly Row[], onEpoch: (share: number) => void): Fitted {
  const vocabulary = buildVocabulary(rows.map(({ raw }) => raw));
  const vectors = rows.map(({ raw, label }) => ({ features: vectorize(raw, vocabulary), label }));
  const size = { features: vocabulary.idf.length, classes: SCREEN_LABELS.length };
  const linear = trainLinear(vectors, size, {
    ...OPTIONS,
    onEpoch: (done, total) => onEpoch(done / total),
  });
  return { vocabulary, linear };
}

type Reading = { readonly best: number; readonly probabilities: Float32Array; readonly signs: Signs };

/** The likeliest abuse and the signs its confidence is made of. */
function read({ vocabulary, linear }: Fitted, raw: ReadonlyMap<number, number>): Reading {
  const features = vectorize(raw, vocabulary);
  const probabilities = softmax(logits(linear, features), 1);
  const ranked = ABUSE_LABELS.map((_, at) => at + 1).sort(
    (a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0),
  );
  const [best = 1, second = 1] = ranked;
  const ok = probabilities[0] ?? 0;
  return {
    best,
    probabilities,
    signs: {
      top: 1 - ok,
      second: probabilities[second] ?? 0,
      outOfScope: ok,
      entropy: probabilities.reduce((sum, p) => (p > 1e-6 ? sum - p * Math.log(p) : sum), 0),
      known: features.known,
      agreement: 0,
      words: Math.min(raw.size / 12, 15),
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
  const featuresOf = createFeatures();
  const rows: readonly Row[] = [
    ...examples.taught.map((example) => ({ example, everyday: false, label: labelIndex(example) })),
    ...examples.everyday.map((example) => ({ example, everyday: true, label: SCREEN_LABELS.indexOf(OK) })),
  ].map((row) => ({ ...row, raw: featuresOf(row.example.text) }));
  const total = (FOLDS + 1) * 100;
  const readings = crossValidate(rows, (done) =>
    onProgress(Math.round(done * 100), total, 'cross-validation'),
  );
  const calibration = fitCalibration(
    readings.map(({ row, reading }) => ({ signs: reading.signs, right: row.label === reading.best })),
  );
  const heldOut = readings.map(({ row, reading }): HeldOut => ({
    text: row.example.text,
    lang: row.example.lang,
    everyday: row.everyday,
    expected: SCREEN_LABELS[row.label] ?? OK,
    suspected: SCREEN_LABELS[reading.best] as AbuseLabel,
    confidence: confidenceOf(calibration, reading.signs),
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
      .map((row) => ({ row, reading: read(fitted, row.raw) }));
  }).flat();
}

/** The trained model as the screen uses it. */
export function createClassifier(model: ScreenModel, featuresOf: ReadFeatures = createFeatures()): Classify {
  return (text) => {
    const { best, probabilities, signs } = read(model, featuresOf(text));
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
