/**
 * What the guard has learnt from examples: which passages of a reply lead away, ask for money elsewhere or tell a number
 * that may not be told, where no list has a word for it. The intent engine's features and softmax regression.
 *
 * Examples say of a whole reply that it is forbidden, but only one passage of it is: short replies are learnt from first,
 * and what was learnt picks the passage of the long ones (multiple-instance learning, MI-SVM of Andrews et al., NIPS 2002).
 */
import type { Judge } from '../compliance/guard.ts';
import { GUARD_RULES } from '../compliance/guard.ts';
import type { Passage } from '../compliance/guard/passages.ts';
import type { Features, Vocabulary } from '../nlu/features.ts';
import { buildVocabulary, rawFeatures, vectorize, withMeanings } from '../nlu/features.ts';
import type { Linear } from '../nlu/linear.ts';
import { logits, meansOf, softmax, TRAIN_OPTIONS, trainLinear } from '../nlu/linear.ts';
import type { Progress } from '../nlu/train.ts';
import type { Example } from '../nlu/training-data.ts';

export const GOOD = 'ok';
export const GUARD_LABELS = [GOOD, ...GUARD_RULES] as const;

export type GuardModel = { readonly vocabulary: Vocabulary; readonly linear: Linear };

const OPTIONS = { ...TRAIN_OPTIONS, epochs: 10, dropout: 0.3, smoothing: 0.1 };
const ROUNDS = 3;
const SIGN_WEIGHTS = { single: 2, pair: 1, order: 1 };
const ORDER_REACH = 3;
/** Both chosen on replies nothing was learnt from. */
const FORBIDDEN = 0.6;
const INNOCENT = 0.42;

function featuresOf({ words, signs }: Passage): Features {
  return withMeanings(
    rawFeatures(words, () => []),
    { line: signs, all: [...new Set(signs)], weights: SIGN_WEIGHTS, reach: ORDER_REACH },
  );
}

type Reply = { readonly label: number; readonly passages: readonly Features[] };

/** Deterministic. @throws Error on a label that is no rule and not `ok` */
export function trainGuard(
  examples: readonly Example[],
  passagesOf: (text: string) => readonly Passage[],
  onProgress: Progress = () => undefined,
): GuardModel {
  const replies = examples.map((example): Reply => ({
    label: labelIndex(example),
    passages: passagesOf(example.text).map(featuresOf),
  }));
  let model: GuardModel | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    model = fit(replies.flatMap((reply) => lessonsOf(reply, model)));
    onProgress(round + 1, ROUNDS, 'passages');
  }
  if (!model) throw new Error('The guard has no examples.');
  return model;
}

type Lesson = { readonly features: Features; readonly label: number };

/** All of a good reply is good. Of a forbidden one, the passage that looks it most; none while nothing is learnt yet. */
function lessonsOf({ label, passages }: Reply, model: GuardModel | null): readonly Lesson[] {
  const good = label === GUARD_LABELS.indexOf(GOOD);
  if (good || passages.length < 2) return passages.map((features) => ({ features, label }));
  if (!model) return [];
  const ranked = passages
    .map((features) => ({ features, label, looks: probabilities(model, features)[label] ?? 0 }))
    .sort((one, other) => other.looks - one.looks);
  return ranked.slice(0, 1);
}

function fit(lessons: readonly Lesson[]): GuardModel {
  const vocabulary = buildVocabulary(
    lessons.map(({ features }) => features),
    90_000,
  );
  const rows = lessons.map(({ features, label }) => ({ features: vectorize(features, vocabulary), label }));
  const classes = GUARD_LABELS.length;
  const means = meansOf(rows, { features: vocabulary.idf.length, classes });
  return { vocabulary, linear: trainLinear(rows, means, classes, OPTIONS) };
}

function probabilities({ vocabulary, linear }: GuardModel, features: Features): Float32Array {
  return softmax(logits(linear, vectorize(features, vocabulary)), 1);
}

function labelIndex({ intent, file, line }: Example): number {
  const index = GUARD_LABELS.findIndex((label) => label === intent);
  if (index < 0)
    throw new Error(
      `${file}, line ${line}: "${intent}" is no rule of the guard; use one of ${GUARD_LABELS.join(', ')}.`,
    );
  return index;
}

export function createJudge(model: GuardModel): Judge {
  return {
    forbidden: FORBIDDEN,
    innocent: INNOCENT,
    read: (passage) => {
      const [good = 0, ...rules] = probabilities(model, featuresOf(passage));
      const certainty = Math.max(...rules);
      return { rule: GUARD_RULES[rules.indexOf(certainty)] ?? GUARD_RULES[0], certainty, any: 1 - good };
    },
  };
}
