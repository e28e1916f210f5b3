/** From a normalised text to sparse features: words, word pairs, and pieces of words that survive typing errors. */
import type { Concepts } from './concepts.ts';
import { SHORTHAND } from './shorthand.ts';
import { tokenize } from './normalize.ts';

/** Index and value pairs of one text, L2-normalised. */
export type Sparse = { readonly indices: Int32Array; readonly values: Float32Array };

/** A prime, so that the low bits of the hash do not decide alone. */
const BUCKETS = 262_139;
/** Shortest to longest. */
const PIECE_SIZES = [3, 4, 5] as const;
const WEIGHTS = {
  word: 1,
  stem: 0.7,
  pair: 0.7,
  skip: 0.4,
  piece: 0.45,
  concept: 1,
  conceptPair: 0.6,
} as const;
/** The beginning of a word stands for its stem: endings differ by language, beginnings carry the meaning in all three. */
const STEM = 5;
const LONGEST_WORD = 24;

/** FNV-1a of a slice, continued from `seed`: kinds of features are told apart by their seeds. */
function hash(text: string, seed: number, start = 0, end = text.length): number {
  let value = seed;
  for (let index = start; index < end; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

const SEEDS = {
  word: hash('w', 0x811c9dc5),
  stem: hash('t', 0x811c9dc5),
  pair: hash('p', 0x811c9dc5),
  skip: hash('s', 0x811c9dc5),
  piece: hash('c', 0x811c9dc5),
  length: hash('n', 0x811c9dc5),
  concept: hash('k', 0x811c9dc5),
  conceptPair: hash('q', 0x811c9dc5),
} as const;
const EDGE = '^';

/** Raw weights by bucket. Pairs of concepts skip the words between them. */
export function rawFeatures(normalized: string, conceptsOf: Concepts): Map<number, number> {
  const words = tokenize(normalized);
  const counts = new Map<number, number>();
  const add = (hashed: number, weight: number): void => {
    const bucket = hashed % BUCKETS;
    counts.set(bucket, (counts.get(bucket) ?? 0) + weight);
  };
  let before = EDGE;
  words.forEach((word, index) => {
    const long = Object.hasOwn(SHORTHAND, word) ? (SHORTHAND[word] ?? word) : word;
    add(hash(word, SEEDS.word), WEIGHTS.word);
    if (long !== word) add(hash(long, SEEDS.word), WEIGHTS.word);
    add(hash(long, SEEDS.stem, 0, Math.min(long.length, STEM)), WEIGHTS.stem);
    add(hash(word, hash(words[index - 1] ?? EDGE, SEEDS.pair)), WEIGHTS.pair);
    if (index > 1) add(hash(word, hash(words[index - 2] ?? EDGE, SEEDS.skip)), WEIGHTS.skip);
    addPieces(long, add);
    const concepts = conceptsOf(long);
    for (const concept of concepts) {
      add(hash(concept, SEEDS.concept), WEIGHTS.concept);
      add(hash(concept, hash(before, SEEDS.conceptPair)), WEIGHTS.conceptPair);
    }
    before = concepts[0] ?? before;
  });
  add(hash('$', hash(words.at(-1) ?? EDGE, SEEDS.pair)), WEIGHTS.pair);
  add(hash(String(Math.min(words.length, 12)), SEEDS.length), WEIGHTS.pair);
  return counts;
}

function addPieces(word: string, add: (hashed: number, weight: number) => void): void {
  if (word.startsWith('xx') && word.endsWith('xx')) return;
  const padded = `<${word.slice(0, LONGEST_WORD)}>`;
  const [shortest, , longest] = PIECE_SIZES;
  for (let start = 0; start + shortest <= padded.length; start += 1) {
    let hashed = hash(padded, SEEDS.piece, start, start + shortest);
    add(hashed, WEIGHTS.piece);
    for (let end = start + shortest + 1; end <= Math.min(start + longest, padded.length); end += 1) {
      hashed = hash(padded, hashed, end - 1, end);
      add(hashed, WEIGHTS.piece);
    }
  }
}

/** Below 1 the rarest features, mostly typing errors and names, count less than plain idf makes them. */
const RARITY = 0.8;

/** Which buckets the model knows, their place in its tables, and how telling they are. */
export type Vocabulary = { readonly place: ReadonlyMap<number, number>; readonly idf: Float32Array };

export function buildVocabulary(texts: readonly ReadonlyMap<number, number>[]): Vocabulary {
  const seenIn = new Map<number, number>();
  for (const features of texts)
    for (const bucket of features.keys()) seenIn.set(bucket, (seenIn.get(bucket) ?? 0) + 1);
  const place = new Map<number, number>();
  const idf: number[] = [];
  for (const [bucket, count] of seenIn) {
    place.set(bucket, idf.length);
    idf.push(Math.log(1 + texts.length / count) ** RARITY);
  }
  return { place, idf: Float32Array.from(idf) };
}

/** tf-idf, L2-normalised; also the share of the text's weight that the vocabulary knows (1 = all of it). */
export function vectorize(
  features: ReadonlyMap<number, number>,
  vocabulary: Vocabulary,
): Sparse & { readonly known: number } {
  const indices = new Int32Array(features.size);
  const values = new Float32Array(features.size);
  let filled = 0;
  let total = 0;
  let known = 0;
  let squares = 0;
  for (const [bucket, weight] of features) {
    total += weight;
    const place = vocabulary.place.get(bucket);
    if (place === undefined) continue;
    known += weight;
    const value = Math.sqrt(weight) * (vocabulary.idf[place] ?? 0);
    indices[filled] = place;
    values[filled] = value;
    filled += 1;
    squares += value * value;
  }
  const length = Math.sqrt(squares) || 1;
  const used = values.subarray(0, filled);
  used.forEach((value, at) => (used[at] = value / length));
  return { indices: indices.subarray(0, filled), values: used, known: total === 0 ? 0 : known / total };
}
