/** From examples to a model: cross-validation chooses the mix and the calibration, then everything is trained on all. */
import { createHash } from 'node:crypto';
import type { Calibration } from './calibrate.ts';
import type { HeldOut, Metrics } from './choose.ts';
import { chooseMix, measure } from './choose.ts';
import type { Fitted, Mix, Scores } from './classifier.ts';
import type { Lexicon } from './concepts.ts';
import type { Judged } from './evaluate.ts';
import { rawFeatures } from './features.ts';
import type { Prepared, StoredScores, Task } from './fit.ts';
import type { LanguageModel } from './language.ts';
import { trainLanguage } from './language.ts';
import { maskEntities } from './mask.ts';
import { tokenize } from './normalize.ts';
import { planTrainings } from './plan.ts';
import { runTasks } from './processes.ts';
import type { Example } from './training-data.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

export type Progress = (done: number, total: number, phase: string) => void;

export type TrainedModel = Fitted & {
  readonly labels: readonly string[];
  readonly languages: readonly string[];
  readonly mix: Mix;
  readonly calibration: Calibration;
  readonly languageModel: LanguageModel;
  readonly metrics: Metrics;
  readonly dataHash: string;
};

/** Hash of what was learnt from, so that an unchanged folder needs no training. */
export function hashExamples(examples: readonly Example[]): string {
  const hash = createHash('sha256');
  for (const { lang, intent, text } of examples) hash.update(`${lang}\t${intent}\t${text}\n`);
  return hash.digest('hex').slice(0, 16);
}

/**
 * Trains on all examples. Deterministic: the same examples give the same model, on any number of cores. `heldOut` is
 * how each example was read by a model that had not seen it.
 *
 * @throws when there are no examples
 */
export async function train(
  examples: readonly Example[],
  lexicon: Lexicon,
  onProgress: Progress = () => undefined,
): Promise<{ readonly model: TrainedModel; readonly heldOut: readonly Judged[] }> {
  if (examples.length === 0)
    throw new Error('There are no training examples: add YAML files under nlu/data/<lang>/.');
  const labels = [...new Set(examples.map((example) => example.intent))].sort();
  const rows = prepare(examples, labels, lexicon);
  const plan = planTrainings(
    examples,
    labels.filter((label) => label !== OUT_OF_SCOPE),
  );
  const all: Task = { learn: Int32Array.from(rows.keys()), read: new Int32Array(0) };
  const tasks = [all, ...plan.folds, ...plan.novelties];
  const [final, ...others] = await runTasks({ rows, classes: labels.length }, tasks, (share) =>
    onProgress(Math.round(share * PARTS), PARTS, 'training and cross-validation'),
  );
  if (!final) throw new Error('The training ended without a model.');
  const held = plan.folds.flatMap(({ read }, at) =>
    Array.from(read, (place, index): HeldOut => {
      const scores = others[at]?.read[index] as StoredScores;
      return { example: examples[place] as Example, scores: toScores(scores) };
    }),
  );
  const unknown = others.slice(plan.folds.length).flatMap(({ read }) => read.map(toScores));
  const mix = chooseMix(held, labels);
  const used = mix.nlpjs > 0 ? { held, unknown } : withoutOpinion(held, unknown, labels.length);
  const { calibration, metrics, heldOut } = measure(used.held, used.unknown, labels, mix);
  const languageModel = trainLanguage(rows, lexicon.conceptsOf);
  const model: TrainedModel = {
    ...final.fitted,
    networks: mix.nlpjs > 0 ? final.fitted.networks : {},
    labels,
    languages: languageModel.languages,
    mix,
    calibration,
    languageModel,
    metrics,
    dataHash: hashExamples(examples),
  };
  return { model, heldOut };
}

/** Steps of the progress bar. */
const PARTS = 500;

function prepare(
  examples: readonly Example[],
  labels: readonly string[],
  { findEntities, conceptsOf }: Lexicon,
): readonly Prepared[] {
  const places = new Map(labels.map((label, place) => [label, place]));
  return examples.map(({ text: written, lang, intent }) => {
    const text = maskEntities(written, findEntities(written, { now: 0 }));
    const words = tokenize(text);
    return {
      text,
      lang,
      label: places.get(intent) ?? 0,
      words: words.length,
      features: rawFeatures(words, conceptsOf),
    };
  });
}

function toScores({ closeness, ...scores }: StoredScores): Scores {
  return { ...scores, closeness: (intent) => closeness[intent] ?? 0 };
}

/** What is not asked in use must not count in measuring. */
function withoutOpinion(
  held: readonly HeldOut[],
  unknown: readonly Scores[],
  classes: number,
): { readonly held: readonly HeldOut[]; readonly unknown: readonly Scores[] } {
  const nlpjs = new Float32Array(classes);
  return {
    held: held.map(({ example, scores }) => ({ example, scores: { ...scores, nlpjs } })),
    unknown: unknown.map((scores) => ({ ...scores, nlpjs })),
  };
}
