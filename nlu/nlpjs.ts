/**
 * The only place that knows nlp.js: where its language packs part words, and what they take for the stem of each.
 * nlp.js keeps every text and every word it has ever read; here the number of words kept is bounded.
 */
import { NormalizerEn, StemmerEn, TokenizerEn } from '@nlpjs/lang-en';
import type { Normalizer, Stemmer, Tokenizer } from '@nlpjs/lang-en';
import { NormalizerFr, StemmerFr, TokenizerFr } from '@nlpjs/lang-fr';
import { NormalizerPt, StemmerPt, TokenizerPt } from '@nlpjs/lang-pt';

type Pack = { readonly normalizer: Normalizer; readonly tokenizer: Tokenizer; readonly stemmer: Stemmer };

const PACKS: Readonly<Record<string, () => Pack>> = {
  en: () => ({ normalizer: new NormalizerEn(), tokenizer: new TokenizerEn(), stemmer: new StemmerEn() }),
  fr: () => ({ normalizer: new NormalizerFr(), tokenizer: new TokenizerFr(), stemmer: new StemmerFr() }),
  pt: () => ({ normalizer: new NormalizerPt(), tokenizer: new TokenizerPt(), stemmer: new StemmerPt() }),
};

const MOST_WORDS_KEPT = 20_000;

/** Distinct stems of a text, in the order they first appear. */
export type StemsOf = (text: string) => readonly string[];

/** In a language without a pack a word is its own stem. */
export function stemsIn(lang: string): StemsOf {
  const pack = PACKS[lang]?.();
  if (!pack) return (text) => [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu))];
  const { normalizer, tokenizer, stemmer } = pack;
  let known = new Map<string, string>();
  const stemOf = (word: string): string => {
    const found = known.get(word);
    if (found !== undefined) return found;
    if (known.size >= MOST_WORDS_KEPT) {
      known = new Map();
      stemmer.cache = {};
    }
    const stem = (stemmer.stemWord(word) ?? '').trim();
    known.set(word, stem);
    return stem;
  };
  return (text) => {
    const stems = new Set<string>();
    for (const word of tokenizer.innerTokenize(normalizer.normalize(text))) {
      const stem = stemOf(word);
      if (stem !== '') stems.add(stem);
    }
    return [...stems];
  };
}
