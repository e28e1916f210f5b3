/** Which examples are held out of which training. */
import type { Task } from './fit.ts';
import { randomFrom, shuffled } from './linear.ts';

const SEED = 7;
const FOLDS = 5;
/** Folds are held out one after the other until this many examples are read: enough to choose a mix by. */
const ENOUGH_READ = 6_000;
/** A share of the intents is left out at a time, to see what the model makes of messages it knows nothing of. */
const LEFT_OUT = 1 / 5;
const FEWEST_INTENTS = 5;
const MOST_UNKNOWN = 3_000;

export type Plan = {
  /** Every example is read by a training that has not seen it. */
  readonly folds: readonly Task[];
  /** No example of some intents is learnt from; those are read. */
  readonly novelties: readonly Task[];
};

type Row = { readonly lang: string; readonly intent: string };

/** @param known intents that can be left out: not the one that stands for what is unknown */
export function planTrainings(rows: readonly Row[], known: readonly string[]): Plan {
  const folds = foldsOf(rows);
  const places = (isIn: (row: Row, at: number) => boolean): Int32Array =>
    Int32Array.from([...rows.keys()].filter((at) => isIn(rows[at] as Row, at)));
  const needed = Math.min(FOLDS, Math.ceil((ENOUGH_READ * FOLDS) / Math.max(rows.length, 1)));
  const groups = needed === FOLDS ? 2 : 1;
  const intents = shuffled(known, randomFrom(SEED));
  const size = known.length < FEWEST_INTENTS ? 0 : Math.round(known.length * LEFT_OUT);
  return {
    folds: Array.from({ length: needed }, (_, fold) => ({
      learn: places((_row, at) => folds[at] !== fold),
      read: places((_row, at) => folds[at] === fold),
    })),
    novelties: Array.from({ length: size > 0 ? groups : 0 }, (_, group) => {
      const out = new Set(intents.slice(group * size, (group + 1) * size));
      return {
        learn: places(({ intent }) => !out.has(intent)),
        read: places(({ intent }) => out.has(intent)).slice(0, MOST_UNKNOWN),
      };
    }),
  };
}

/** The fold of each row; folds keep the share of each intent and language. */
function foldsOf(rows: readonly Row[]): Uint8Array {
  const random = randomFrom(SEED);
  const groups = new Map<string, number[]>();
  rows.forEach(({ lang, intent }, at) => {
    const key = `${lang} ${intent}`;
    const group = groups.get(key);
    if (group) group.push(at);
    else groups.set(key, [at]);
  });
  const folds = new Uint8Array(rows.length);
  for (const group of groups.values())
    shuffled(group, random).forEach((row, index) => (folds[row] = index % FOLDS));
  return folds;
}
