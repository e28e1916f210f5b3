/**
 * What learnt examples are asked about: a reply in passages of two sentences, with every number told by its shape and
 * every carrier by whether the shop may ship with it. So the lists stay what decides, and nothing is learnt by heart.
 */
import type { Reading } from './lexicon.ts';
import { countDigits, masked } from './numbers.ts';
import type { Scene } from './scene.ts';
import type { Numbers } from './tracking.ts';

export type Passage = {
  /** Words as they are read, numbers as shapes. */
  readonly words: readonly string[];
  /** What the words mean (`words.yml`, `signs.yml`), in the order they stand; then what only a trick had hidden. */
  readonly signs: readonly string[];
  /** Where it stands in the first reading. */
  readonly start: number;
  readonly end: number;
};

const SENTENCES = 2;
const MOST_WORDS = 120;
/** Letters and figures that belong together: "SPL-ACC-229064", "24 118 90733", "KJ40-7729". */
const NUMBER =
  /(?<![a-z0-9#])(?:[a-z]{1,8}[-/#])*[a-z]{0,4}[-\s.#/]?\d[\da-z]*(?:[\s.\-/#·•|_*]{1,2}[a-z]{0,3}\d[\da-z]*)*(?![a-z0-9])/g;
const FEWEST_DIGITS = 4;
const ORDER = /^3\d{8}$/;
/** Digits that only another reading has: spelled out, or set apart by letters. */
const HIDDEN_DIGITS = 5;

export function passagesOf({ readings, lists }: Scene, numbers: Numbers): readonly Passage[] {
  const [plain, ...others] = readings;
  if (!plain || plain.tokens.length === 0) return [];
  const sentences = sentencesOf(plain, lists, numbers);
  const tricks = others.flatMap((other) => hiddenIn(other, plain));
  return sentences
    .slice(0, Math.max(1, sentences.length - 1))
    .map((_, first) => sentences.slice(first, first + SENTENCES))
    .map((near): Passage => ({
      words: near.flatMap(({ words }) => words).slice(0, MOST_WORDS),
      signs: [...near.flatMap(({ signs }) => signs), ...tricks],
      start: near[0]?.start ?? 0,
      end: near.at(-1)?.end ?? 0,
    }))
    .filter(({ words }) => words.length > 0);
}

type Sentence = { words: string[]; signs: string[]; start: number; end: number };

function sentencesOf(plain: Reading, lists: Scene['lists'], numbers: Numbers): readonly Sentence[] {
  const mask = masked(plain.view.text);
  const shapes = shapesOf(mask, lists, numbers);
  const sentences = new Map<number, Sentence>();
  let told: Shape | undefined;
  for (const { text, start, end, sentence } of plain.tokens) {
    const own = sentences.get(sentence) ?? { words: [], signs: [], start, end };
    sentences.set(sentence, own);
    own.end = end;
    const shape = shapes.find((one) => start >= one.start && start < one.end);
    if (!shape) own.words.push(mask[start] === '#' ? 'xxamount' : shapeOf(text));
    else if (shape !== told) own.words.push(...shape.names);
    told = shape ?? told;
  }
  const hits = [...plain.hits].flatMap(([concept, found]) => found.map((hit) => ({ concept, hit })));
  hits.sort((one, other) => one.hit.token - other.hit.token || (one.concept < other.concept ? -1 : 1));
  for (const { concept, hit } of hits)
    sentences.get(hit.sentence)?.signs.push(concept === 'carrier' ? carrierName(lists, hit.word) : concept);
  return [...sentences.values()];
}

function carrierName(lists: Scene['lists'], word: string): string {
  return lists.certified.has(lists.carriers.get(word) ?? '') ? 'carrier certified' : 'carrier other';
}

type Shape = { readonly start: number; readonly end: number; readonly names: readonly string[] };

function shapesOf(mask: string, lists: Scene['lists'], { recognize, country }: Numbers): readonly Shape[] {
  return [...mask.matchAll(NUMBER)].flatMap(({ 0: written, index }): Shape[] => {
    const digits = countDigits(written, Infinity);
    if (digits < FEWEST_DIGITS) return [];
    const clean = written.replace(/[^a-z0-9]/g, '').toUpperCase();
    const place = { start: index, end: index + written.length };
    if (ORDER.test(clean)) return [{ ...place, names: ['xxorder'] }];
    const letters = clean.length - digits;
    const names =
      letters > 0 ? [letters > 4 ? 'xxcodelong' : 'xxcode', `xxcode${digits}`] : ['xxnum', `xxnum${digits}`];
    if (recognize(clean, country).some(({ carrier }) => lists.certified.has(carrier)))
      names.push('xxcertified');
    if (/[\s.\-/]/.test(written.trim())) names.push('xxgrouped');
    return [{ ...place, names }];
  });
}

/** A single piece with digits in it: only how many letters and digits it has. Models and sizes stay words. */
function shapeOf(text: string): string {
  const digits = countDigits(text, Infinity);
  if (digits === 0) return text;
  const letters = text.length - digits;
  if (letters === 0) return `xxd${digits}`;
  return digits <= 2 && letters <= 3 ? text : `xxc${Math.min(4, Math.ceil(letters / 2))}d${digits}`;
}

/** Words and figures a trick had hidden: more of them are found in another reading of the same text. */
function hiddenIn(other: Reading, plain: Reading): readonly string[] {
  const hidden = [...other.hits]
    .filter(([concept, found]) => found.length > (plain.hits.get(concept)?.length ?? 0))
    .map(([concept]) => `hidden ${concept}`);
  const more = countDigits(other.view.text, Infinity) - countDigits(plain.view.text, Infinity);
  return more >= HIDDEN_DIGITS ? [...hidden, 'hidden digits'] : hidden;
}
