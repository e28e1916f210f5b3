/**
 * Undoes what sellers do to get a word or a number past a filter: letters set apart ("w h a t s a p p", "p.a.y"), signs and
 * letters for others ("in$ta", "O8O3"). Each gives another view of the text, made only where a sign of the trick is
 * there; most replies have none and cost nothing.
 */
import type { View } from './fold.ts';
import type { Token } from './lexicon.ts';
import type { Change } from './rewrite.ts';
import { rewrite } from './rewrite.ts';

/** Four or more single characters with the same kind of gap: spaces (punctuation stays), or one punctuation mark. */
const APART = [
  /(?<![^\s])[^\s](?:[ \n][^\s]){3,}(?![^\s])/g,
  /(?<![a-z0-9])[a-z0-9](?:([._\-*~|,+'"])\1{0,2}[a-z0-9]){3,}(?![a-z0-9])/g,
  /(?<![a-z0-9])[a-z0-9](?: ?[._\-*~|,/] ?[a-z0-9]){3,}(?![a-z0-9])/g,
];

/** Single letters in runs of two or more, words two spaces apart: "h i t  m e  u p". */
const LETTERS_APART = /(?<![a-z0-9])[a-z](?: [a-z])+(?![a-z0-9'])/g;
/** "o m ponto c o ponto k e": once letters stand apart, short runs beside a dot do too. */
const BESIDE_DOT = /(?<=\b(?:dot|point|ponto) )[a-z](?: [a-z]){1,3}(?![a-z0-9'])/g;

/** "w h a t s a p p" → "whatsapp"; null when nothing in the text is set apart. */
export function joined(view: View): View | null {
  const changes: Change[] = [];
  for (const [index, pattern] of APART.entries()) {
    pattern.lastIndex = 0;
    for (const match of view.text.matchAll(pattern)) {
      const [written] = match;
      const letters = written.match(/[a-z]/g)?.length ?? 0;
      const digits = written.match(/[0-9]/g)?.length ?? 0;
      const least = index === 0 && /[./]/.test(written) ? 3 : 4;
      if (letters + digits < least || (letters === 0 && digits < 6)) continue;
      const close = index === 0 ? written.replace(/[ \n]/g, '') : written.replace(/[^a-z0-9]/g, '');
      const text = close.replace(/([a-z])(?=\d{4,})/g, '$1 ').replace(/([a-z]{4,}) (?=\d)/g, '$1 ');
      changes.push({ start: match.index, end: match.index + written.length, text });
    }
  }
  for (const pattern of changes.length > 0
    ? [BESIDE_DOT]
    : /[a-z] {2,}[a-z] [a-z]/.test(view.text)
      ? [LETTERS_APART]
      : [])
    for (const { index, 0: written } of view.text.matchAll(pattern))
      changes.push({ start: index, end: index + written.length, text: written.replaceAll(' ', '') });
  if (changes.length === 0) return null;
  for (const at of view.text.matchAll(/[._]@[._]?|@[._]/g))
    changes.push({ start: at.index, end: at.index + at[0].length, text: '@' });
  return rewrite(view, changes);
}

/** Digits written as letters in a number: "O8O3 I23 4567". Null when there is none. */
export function unlettered(view: View): View | null {
  if (!/[ol]\d|\d[oil]|i\d/.test(view.text)) return null;
  const changes: Change[] = [];
  for (const match of view.text.matchAll(
    /(?<![a-z0-9])[0-9oil]{2,}(?:[ .-][0-9oil]{2,}){0,5}(?![a-z0-9])/g,
  )) {
    const [written] = match;
    const digits = written.match(/\d/g)?.length ?? 0;
    const letters = written.match(/[oil]/g)?.length ?? 0;
    if (letters === 0 || digits < 4 || digits + letters < 8) continue;
    const text = written.replace(/o/g, '0').replace(/[il]/g, '1');
    changes.push({ start: match.index, end: match.index + written.length, text });
  }
  return changes.length === 0 ? null : rewrite(view, changes);
}

/** Signs that look like letters, within a word: "in$ta", "wh@tsap", "te!egram". */
const SIGNED = /[a-z]+(?:[$@!€][a-z]+)+(?![a-z0-9.-]*\.[a-z])/g;
const SIGNS: Readonly<Record<string, string>> = { $: 's', '@': 'a', '!': 'l', '€': 'e' };

/** Null when no word has such a sign. */
export function unsigned(view: View): View | null {
  if (!/[a-z][$@!€][a-z]/.test(view.text)) return null;
  const changes = [...view.text.matchAll(SIGNED)].map(({ index, 0: written }) => ({
    start: index,
    end: index + written.length,
    text: written.replace(/[$@!€]/g, (sign) => SIGNS[sign] ?? sign),
  }));
  return changes.length === 0 ? null : rewrite(view, changes);
}

/** Names of other places in one piece, wherever spaces, dots or line breaks cut them. */
const STRONG = /whats?app|telegram|instagram|facebook|messenger|snapchat|paypal|bitcoin/g;

export type Cut = { readonly word: string; readonly start: number; readonly end: number };

/** Strong words that are cut into pieces, each piece from the start of one token to the end of another. */
export function cutWords(tokens: readonly Token[]): readonly Cut[] {
  let together = '';
  for (const token of tokens) together += token.text;
  STRONG.lastIndex = 0;
  if (!STRONG.test(together)) return [];
  STRONG.lastIndex = 0;
  let text = '';
  const starts = new Map<number, Token>();
  const ends = new Map<number, Token>();
  for (const token of tokens) {
    starts.set(text.length, token);
    text += token.text;
    ends.set(text.length, token);
  }
  const cuts: Cut[] = [];
  for (const match of text.matchAll(STRONG)) {
    const first = starts.get(match.index);
    const last = ends.get(match.index + match[0].length);
    if (first && last && first !== last) cuts.push({ word: match[0], start: first.start, end: last.end });
  }
  return cuts;
}
