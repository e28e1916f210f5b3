/** One training and, when examples were held out of it, how it reads them. A function of its arguments alone. */
import type { Fitted, Scores } from './classifier.ts';
import { createScorer } from './classifier.ts';
import type { Features } from './features.ts';
import { buildVocabulary, vectorize } from './features.ts';
import { meansOf, trainLinear, TRAIN_OPTIONS } from './linear.ts';
import { trainNetwork } from './network.ts';
import type { Network } from './network.ts';
import { stemsIn } from './nlpjs.ts';
import { tableOf } from './table.ts';

/** An example as it goes into training. */
export type Prepared = {
  /** Masked and normalised. */
  readonly text: string;
  readonly lang: string;
  /** Place of its intent among the labels. */
  readonly label: number;
  readonly words: number;
  readonly features: Features;
};

export type Task = {
  /** Places of the rows to learn from, and of those to read afterwards. */
  readonly learn: Int32Array;
  readonly read: Int32Array;
};

export type OnEpoch = (done: number, total: number) => void;

/** {@link Scores} that can cross from one thread to another. */
export type StoredScores = Omit<Scores, 'closeness'> & { readonly closeness: Float32Array };

export function fit(rows: readonly Prepared[], classes: number, onEpoch: OnEpoch = () => undefined): Fitted {
  const vocabulary = buildVocabulary(rows.map(({ features }) => features));
  const vectors = rows.map(({ features, label }) => ({ features: vectorize(features, vocabulary), label }));
  const means = meansOf(vectors, { features: vocabulary.idf.length, classes });
  return {
    vocabulary,
    linear: trainLinear(vectors, means, classes, { ...TRAIN_OPTIONS, onEpoch }),
    means: tableOf(toLengthOne(means, classes), classes),
    networks: networksOf(rows, classes),
  };
}

function toLengthOne(means: Float32Array, classes: number): Float32Array {
  const squares = new Float64Array(classes);
  for (let at = 0; at < means.length; at += 1)
    squares[at % classes] = (squares[at % classes] as number) + (means[at] as number) ** 2;
  const lengths = squares.map((square) => Math.sqrt(square) || 1);
  return means.map((value, at) => value / (lengths[at % classes] as number));
}

/** One network a language: stems of different languages have nothing in common. */
function networksOf(rows: readonly Prepared[], classes: number): Record<string, Network> {
  const languages = [...new Set(rows.map(({ lang }) => lang))].sort();
  return Object.fromEntries(
    languages.map((lang) => {
      const stemsOf = stemsIn(lang);
      const own = rows.filter((row) => row.lang === lang);
      const lessons = own.map(({ text, label }) => ({ stems: stemsOf(text), label }));
      return [lang, trainNetwork(lessons, classes)];
    }),
  );
}

export type FitResult = { readonly fitted: Fitted; readonly read: readonly StoredScores[] };

/** Learns from some rows and reads others. */
export function fitAndRead(
  rows: readonly Prepared[],
  classes: number,
  task: Task,
  onEpoch?: OnEpoch,
): FitResult {
  const select = (places: Int32Array): Prepared[] => Array.from(places, (place) => rows[place] as Prepared);
  const fitted = fit(select(task.learn), classes, onEpoch);
  const score = createScorer(fitted);
  const read = select(task.read).map((row): StoredScores => {
    const { closeness, ...scores } = score(row);
    return { ...scores, closeness: Float32Array.from({ length: classes }, (_, intent) => closeness(intent)) };
  });
  return { fitted, read };
}
