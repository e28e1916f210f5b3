/** From examples to a model: cross-validation chooses the mix and the calibration, then everything is trained on all. */
import { createHash } from 'node:crypto';
import type { Calibration } from './calibrate.ts';
import { calibrationError, confidenceOf, fitCalibration } from './calibrate.ts';
import type { Mix, Scores } from './classifier.ts';
import { mixScores, readSigns, score } from './classifier.ts';
import type { Concepts, Lexicon } from './concepts.ts';
import type { Judged } from './evaluate.ts';
import type { Vocabulary } from './features.ts';
import { buildVocabulary, rawFeatures, vectorize } from './features.ts';
import type { LanguageModel } from './language.ts';
import { trainLanguage } from './language.ts';
import type { Linear } from './linear.ts';
import { randomFrom, shuffled, TRAIN_OPTIONS, trainLinear } from './linear.ts';
import { maskEntities } from './mask.ts';
import { exportNlpjs, secondOpinion, trainNlpjs } from './nlpjs.ts';
import type { Example } from './training-data.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

export type Progress = (done: number, total: number, phase: string) => void;

export type Metrics = {
  readonly examples: number;
  /** Right intent among in-scope examples, by cross-validation. */
  readonly accuracy: number;
  readonly byLanguage: Readonly<Record<string, number>>;
  readonly calibrationError: number;
};

export type TrainedModel = {
  readonly labels: readonly string[];
  readonly languages: readonly string[];
  readonly vocabulary: Vocabulary;
  readonly linear: Linear;
  readonly nlpjs: string;
  readonly mix: Mix;
  readonly calibration: Calibration;
  readonly languageModel: LanguageModel;
  readonly metrics: Metrics;
  readonly dataHash: string;
};

/** What cross-validation said about one example while the model had not seen it. */
export type HeldOut = { readonly example: Example; readonly scores: Scores };

const FOLDS = 5;
/** Folds are held out one after the other until this many examples were scored: enough to choose a mix by. */
const ENOUGH_HELD_OUT = 6_000;
const SHARES = [0, 0.05, 0.1, 0.2, 0.3, 0.4];
const TEMPERATURES = [0.4, 0.5, 0.6, 0.75, 1];
const MIXES: readonly Mix[] = SHARES.flatMap((nlpjs) =>
  TEMPERATURES.map((temperature) => ({ nlpjs, temperature })),
);

type Prepared = { readonly example: Example; readonly text: string };

/** Folds keep the share of each intent and language. */
function foldOf(rows: readonly Prepared[], seed: number): Map<Prepared, number> {
  const random = randomFrom(seed);
  const groups = new Map<string, Prepared[]>();
  for (const row of rows) {
    const key = `${row.example.lang} ${row.example.intent}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const folds = new Map<Prepared, number>();
  for (const group of groups.values())
    shuffled(group, random).forEach((row, index) => folds.set(row, index % FOLDS));
  return folds;
}

async function fit(
  rows: readonly Prepared[],
  labels: readonly string[],
  conceptsOf: Concepts,
  onEpoch?: (done: number, total: number) => void,
) {
  const raw = rows.map(({ text }) => rawFeatures(text, conceptsOf));
  const vocabulary = buildVocabulary(raw);
  const vectors = rows.map(({ example }, index) => ({
    features: vectorize(raw[index] ?? new Map<number, number>(), vocabulary),
    label: labels.indexOf(example.intent),
  }));
  const options = onEpoch ? { ...TRAIN_OPTIONS, onEpoch } : TRAIN_OPTIONS;
  const linear = trainLinear(vectors, { features: vocabulary.idf.length, classes: labels.length }, options);
  const nlp = await trainNlpjs(
    rows.map(({ example, text }) => ({ text, label: example.intent, lang: example.lang })),
  );
  return { labels, vocabulary, linear, nlp };
}

/** Scores every example with a model that has not seen it. */
async function crossValidate(
  rows: readonly Prepared[],
  labels: readonly string[],
  conceptsOf: Concepts,
  onStep: (step: number) => void,
): Promise<HeldOut[]> {
  const folds = foldOf(rows, TRAIN_OPTIONS.seed);
  const held: HeldOut[] = [];
  for (let fold = 0; fold < FOLDS && held.length < ENOUGH_HELD_OUT; fold += 1) {
    const { nlp, ...rest } = await fit(
      rows.filter((row) => folds.get(row) !== fold),
      labels,
      conceptsOf,
      (done, total) => onStep(fold + done / total),
    );
    const classifier = { ...rest, nlpjs: secondOpinion(nlp) };
    for (const row of rows.filter((one) => folds.get(one) === fold)) {
      held.push({
        example: row.example,
        scores: await score(classifier, row.text, rawFeatures(row.text, conceptsOf), row.example.lang),
      });
    }
  }
  return held;
}

/** The mix with the least log loss on held-out examples. */
function chooseMix(held: readonly HeldOut[], labels: readonly string[]): Mix {
  const loss = (mix: Mix): number =>
    held.reduce(
      (sum, { example, scores }) =>
        sum -
        Math.log(Math.max(mixScores(scores, mix).probabilities[labels.indexOf(example.intent)] ?? 0, 1e-6)),
      0,
    );
  const [first = { nlpjs: 0, temperature: 1 }, ...others] = MIXES;
  let best = { mix: first, loss: loss(first) };
  for (const mix of others) {
    const own = loss(mix);
    if (own < best.loss) best = { mix, loss: own };
  }
  return best.mix;
}

function measure(
  held: readonly HeldOut[],
  labels: readonly string[],
  mix: Mix,
): { calibration: Calibration; metrics: Metrics; heldOut: Judged[] } {
  const judged = held.map(({ example, scores }) => {
    const { best, signs } = readSigns(labels, mixScores(scores, mix), scores);
    return { example, signs, best, right: labels[best] === example.intent };
  });
  const calibration = fitCalibration(judged);
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
    const got = outside ? OUT_OF_SCOPE : (labels[best] ?? OUT_OF_SCOPE);
    return {
      text: example.text,
      lang: example.lang,
      expected: example.intent,
      got,
      confidence: outside ? 1 - sure : sure,
      inScope: sure,
      right: outside ? example.intent === OUT_OF_SCOPE : right,
    };
  });
  return { calibration, metrics, heldOut };
}

/** Hash of what was learnt from, so that an unchanged folder needs no training. */
export function hashExamples(examples: readonly Example[]): string {
  const hash = createHash('sha256');
  for (const { lang, intent, text } of examples) hash.update(`${lang}\t${intent}\t${text}\n`);
  return hash.digest('hex').slice(0, 16);
}

/**
 * Trains on all examples. Deterministic: the same examples give the same model. `heldOut` is how each example was
 * read by a model that had not seen it.
 *
 * @throws when there are no examples
 */
export async function train(
  examples: readonly Example[],
  { findEntities, conceptsOf }: Lexicon,
  onProgress: Progress = () => undefined,
): Promise<{ readonly model: TrainedModel; readonly heldOut: readonly Judged[] }> {
  if (examples.length === 0)
    throw new Error('There are no training examples: add YAML files under nlu/data/<lang>/.');
  const labels = [...new Set(examples.map((example) => example.intent))].sort();
  const rows = examples.map((example) => ({
    example,
    text: maskEntities(example.text, findEntities(example.text, example.lang, { now: 0 })),
  }));
  const total = (FOLDS + 1) * 100;
  const held = await crossValidate(rows, labels, conceptsOf, (step) =>
    onProgress(Math.round(step * 100), total, 'cross-validation'),
  );
  const mix = chooseMix(held, labels);
  const { calibration, metrics, heldOut } = measure(held, labels, mix);
  const { vocabulary, linear, nlp } = await fit(rows, labels, conceptsOf, (done, epochs) =>
    onProgress(FOLDS * 100 + Math.round((done / epochs) * 100), total, 'final model'),
  );
  const languageModel = trainLanguage(
    rows.map(({ example, text }) => ({ text, lang: example.lang })),
    conceptsOf,
  );
  const model = {
    labels,
    languages: languageModel.languages,
    vocabulary,
    linear,
    nlpjs: exportNlpjs(nlp),
    mix,
    calibration,
    languageModel,
    metrics,
    dataHash: hashExamples(examples),
  };
  return { model, heldOut };
}
