/** Undoes the tricks that hide words from a filter: look-alike letters, digits for letters, letters spelled apart. */

/** Cyrillic and Greek letters drawn like Latin ones (Unicode confusables, https://www.unicode.org/Public/security/). */
const LOOKALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  е: 'e',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  т: 't',
  у: 'y',
  х: 'x',
  і: 'i',
  ј: 'j',
  ѕ: 's',
  ԁ: 'd',
  ɡ: 'g',
  ո: 'n',
  α: 'a',
  β: 'b',
  ε: 'e',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  ı: 'i',
  ł: 'l',
  ø: 'o',
};

const STANDS_FOR: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '€': 'e',
  '¥': 'y',
  '£': 'l',
  '!': 'i',
  '|': 'l',
};

const INVISIBLE = /\u00ad|[\u200b-\u200f]|[\u2060-\u2064]|\ufe0f|\ufeff/g;
/** A letter, then at least two more, each behind the same kind of gap: "c.a.r.d", "f r e e". */
const SPELLED = /(?<![\p{L}\p{N}])[\p{L}\p{N}@$€](?:[ ._*-]{1,2}[\p{L}\p{N}@$€](?![\p{L}\p{N}@$€])){2,}/gu;
const WORD = /[\p{L}\p{N}@$€¥£!|]+/gu;

/**
 * The text as it is meant to be read: "c.a.r.d.i.n.g" → "carding", "l0an" → "loan", "рауment" (in Cyrillic) → "payment".
 * Lower case, accents off. Reading it twice gives the same.
 */
export function undisguise(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(INVISIBLE, '')
    .toLowerCase()
    .replace(/[Ͱ-ӿԁɡոıłø]/gu, (letter) => LOOKALIKES[letter] ?? letter)
    .replace(SPELLED, joinSpelled)
    .replace(WORD, digitsToLetters)
    .replace(/(\p{L})\1{2,}/gu, '$1$1')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}

const FEWEST_SPELLED = 3;

/** Two spaces between spelled letters are the space between words. "2 x 3" is not a word. */
function joinSpelled(run: string): string {
  if ((run.match(/\p{L}/gu)?.length ?? 0) < FEWEST_SPELLED) return run;
  return run
    .split(/ {2}/)
    .map((word) => word.replace(/[ ._*-]/g, ''))
    .join(' ');
}

/** Only in words that are letters for the most part: "5000" and "338000111" stay numbers, "m1" is left alone. */
function digitsToLetters(word: string): string {
  const trimmed = word.replace(/[!|]+$/, '');
  const letters = trimmed.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 2 || letters * 2 < trimmed.length) return word;
  return trimmed.replace(/[013457@$€¥£!|]/g, (sign) => STANDS_FOR[sign] ?? sign) + word.slice(trimmed.length);
}
