/** From a normalised text to sparse features: words, word pairs, and pieces of words that survive typing errors. */
import type { Concepts } from './concepts.ts';
import { SHORTHAND } from './shorthand.ts';

/** Index and value pairs of one text, L2-normalised. */
export type Sparse = { readonly indices: Int32Array; readonly values: Float32Array };

/** A prime, so that the low bits of the hash do not decide alone. */
export const BUCKETS = 1_048_573;
const SHORTEST_PIECE = 3;
const LONGEST_PIECE = 5;
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
  meaning: hash('m', 0x811c9dc5),
  together: hash('g', 0x811c9dc5),
  order: hash('o', 0x811c9dc5),
} as const;
const EDGE = '^';

/** Distinct buckets of one text and the weight each has gathered. */
export type Features = { readonly buckets: Int32Array; readonly weights: Float32Array };

/** Collects weights by bucket; zero again after each text. Reading a text never waits, so one is enough. */
const gathered = new Float32Array(BUCKETS);
/** A text has at most 200 words, and of each word only the first letters are read. */
const touched = new Int32Array(32_768);
let touches = 0;

function add(hashed: number, weight: number): void {
  const bucket = hashed % BUCKETS;
  const before = gathered[bucket] as number;
  if (before === 0) {
    if (touches === touched.length) return;
    touched[touches] = bucket;
    touches += 1;
  }
  gathered[bucket] = before + weight;
}

function takeGathered(): Features {
  const buckets = touched.slice(0, touches);
  const weights = new Float32Array(touches);
  for (let at = 0; at < touches; at += 1) {
    const bucket = buckets[at] as number;
    weights[at] = gathered[bucket] as number;
    gathered[bucket] = 0;
  }
  touches = 0;
  return { buckets, weights };
}

/** Raw weights by bucket. Pairs of concepts skip the words between them. */
export function rawFeatures(words: readonly string[], conceptsOf: Concepts): Features {
  let before = EDGE;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as string;
    const long = SHORTHAND.get(word) ?? word;
    add(hash(word, SEEDS.word), WEIGHTS.word);
    if (long !== word) add(hash(long, SEEDS.word), WEIGHTS.word);
    add(hash(long, SEEDS.stem, 0, Math.min(long.length, STEM)), WEIGHTS.stem);
    add(hash(word, hash(words[index - 1] ?? EDGE, SEEDS.pair)), WEIGHTS.pair);
    if (index > 1) add(hash(word, hash(words[index - 2] ?? EDGE, SEEDS.skip)), WEIGHTS.skip);
    addPieces(long);
    const concepts = conceptsOf(long);
    for (const concept of concepts) {
      add(hash(concept, SEEDS.concept), WEIGHTS.concept);
      add(hash(concept, hash(before, SEEDS.conceptPair)), WEIGHTS.conceptPair);
    }
    before = concepts[0] ?? before;
  }
  add(hash('$', hash(words.at(-1) ?? EDGE, SEEDS.pair)), WEIGHTS.pair);
  add(hash(String(Math.min(words.length, 12)), SEEDS.length), WEIGHTS.pair);
  return takeGathered();
}

/** The features of what words mean, beside those of the words. */
export type Meanings = {
  /** In the order they stand; one that stands twice counts in its order twice. */
  readonly line: readonly string[];
  /** The distinct ones; those that have no place are only here. */
  readonly all: readonly string[];
  /** What each weighs alone, with any other, and before one of the next {@link reach}. */
  readonly weights: { readonly single: number; readonly pair: number; readonly order: number };
  readonly reach: number;
};

/** Names are few and come again and again. */
const names = new Map<string, number>();

function nameOf(text: string): number {
  const known = names.get(text);
  if (known !== undefined) return known;
  const fresh = hash(text, SEEDS.meaning);
  names.set(text, fresh);
  return fresh;
}

/** Order matters, so that "a before b" is another feature than "b before a". */
function both(one: number, other: number, kind: number): number {
  const mixed = Math.imul(Math.imul(one ^ kind, 0x85ebca6b) ^ other, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

export function withMeanings(
  { buckets, weights: own }: Features,
  { line, all, weights, reach }: Meanings,
): Features {
  buckets.forEach((bucket, at) => {
    add(bucket, own[at] as number);
  });
  const places = line.map(nameOf);
  for (let at = 0; at < places.length; at += 1)
    for (let next = at + 1; next < places.length && next <= at + reach; next += 1)
      add(both(places[at] as number, places[next] as number, SEEDS.order), weights.order);
  const distinct = all.map(nameOf).sort((one, other) => one - other);
  if (distinct.length === 0) add(nameOf('nothing'), weights.single);
  for (let at = 0; at < distinct.length; at += 1) {
    add(distinct[at] as number, weights.single);
    for (let next = at + 1; next < distinct.length; next += 1)
      add(both(distinct[at] as number, distinct[next] as number, SEEDS.together), weights.pair);
  }
  return takeGathered();
}

function addPieces(word: string): void {
  if (word.startsWith('xx') && word.endsWith('xx')) return;
  const padded = `<${word.slice(0, LONGEST_WORD)}>`;
  for (let start = 0; start + SHORTEST_PIECE <= padded.length; start += 1) {
    const stop = Math.min(start + LONGEST_PIECE, padded.length);
    let hashed = hash(padded, SEEDS.piece, start, start + SHORTEST_PIECE - 1);
    for (let end = start + SHORTEST_PIECE; end <= stop; end += 1) {
      hashed = hash(padded, hashed, end - 1, end);
      add(hashed, WEIGHTS.piece);
    }
  }
}

/** Below 1 the rarest features, mostly typing errors and names, count less than plain idf makes them. */
const RARITY = 0.8;
/** What an unknown feature would tell: squared, about the idf of the rarest of some thousand examples. */
const UNKNOWN_TELLS = 30;
/** Above this the features of the fewest examples are left out: they cost time and space and teach little. */
const MOST_FEATURES = 40_000;

/** Which buckets the model knows, and how telling they are. */
export type Vocabulary = {
  /** By bucket: the place in the model's tables, or -1. */
  readonly place: Int32Array;
  readonly idf: Float32Array;
};

/** @param most how many features it may hold */
export function buildVocabulary(texts: readonly Features[], most = MOST_FEATURES): Vocabulary {
  const seenIn = new Int32Array(BUCKETS);
  for (const { buckets } of texts)
    for (const bucket of buckets) seenIn[bucket] = (seenIn[bucket] as number) + 1;
  const fewest = fewestExamples(seenIn, most);
  const buckets: number[] = [];
  seenIn.forEach((count, bucket) => {
    if (count >= fewest) buckets.push(bucket);
  });
  const idf = buckets.map((bucket) => Math.log(1 + texts.length / (seenIn[bucket] as number)) ** RARITY);
  return { place: placesOf(buckets), idf: Float32Array.from(idf) };
}

/** In how many examples a feature must be for all such features to fit. */
function fewestExamples(seenIn: Int32Array, most: number): number {
  const features = new Map<number, number>();
  for (const count of seenIn) features.set(count, (features.get(count) ?? 0) + 1);
  let fewest = 1;
  let left = seenIn.length - (features.get(0) ?? 0);
  while (left > most) {
    left -= features.get(fewest) ?? 0;
    fewest += 1;
  }
  return fewest;
}

/** The place of each bucket in a list of buckets, or -1. */
export function placesOf(buckets: Iterable<number>): Int32Array {
  const places = new Int32Array(BUCKETS).fill(-1);
  let next = 0;
  for (const bucket of buckets) {
    places[bucket] = next;
    next += 1;
  }
  return places;
}

/** The list of buckets {@link placesOf} was made from. */
export function bucketsOf(places: Int32Array, known: number): Int32Array {
  const buckets = new Int32Array(known);
  places.forEach((place, bucket) => {
    if (place >= 0) buckets[place] = bucket;
  });
  return buckets;
}

/** `known` is how much of the text the vocabulary knows, by what each feature tells: 1 = all of it. */
export type Vector = Sparse & { readonly known: number };

/** tf-idf, L2-normalised. */
export function vectorize({ buckets, weights }: Features, { place: places, idf }: Vocabulary): Vector {
  const indices = new Int32Array(buckets.length);
  const values = new Float32Array(buckets.length);
  let filled = 0;
  let known = 0;
  let unknown = 0;
  for (let at = 0; at < buckets.length; at += 1) {
    const weight = weights[at] as number;
    const place = places[buckets[at] as number] as number;
    if (place < 0) {
      unknown += weight;
      continue;
    }
    const value = Math.sqrt(weight) * (idf[place] as number);
    indices[filled] = place;
    values[filled] = value;
    filled += 1;
    known += value * value;
  }
  const length = Math.sqrt(known) || 1;
  for (let at = 0; at < filled; at += 1) values[at] = (values[at] as number) / length;
  const all = known + unknown * UNKNOWN_TELLS;
  return {
    indices: indices.subarray(0, filled),
    values: values.subarray(0, filled),
    known: all === 0 ? 0 : Math.sqrt(known / all),
  };
}
