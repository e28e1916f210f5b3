/** Finds the words of `words.yml` in a text and remembers in which sentence and clause they stand. */
import type { View } from './fold.ts';

export type Token = {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly sentence: number;
  /** Grows at commas, colons and brackets within a sentence. */
  readonly clause: number;
};

/** A word or phrase of a concept. `token` and `last` are indexes of tokens. */
export type Hit = {
  readonly concept: string;
  readonly word: string;
  readonly token: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
  readonly sentence: number;
};

export type Reading = {
  readonly view: View;
  readonly tokens: readonly Token[];
  readonly hits: ReadonlyMap<string, readonly Hit[]>;
  /** The same by sentence: concept → sentence → hits. */
  readonly inSentences: ReadonlyMap<string, readonly (readonly Hit[] | undefined)[]>;
};

type Phrase = {
  readonly words: readonly string[];
  readonly concepts: readonly string[];
  readonly text: string;
};
/** A phrase whose first word has a star: any word that begins so, and then the rest. */
type Beginning = { readonly stem: string; readonly rest: readonly string[]; readonly concept: string };
export type Lexicon = {
  readonly byFirst: ReadonlyMap<string, readonly Phrase[]>;
  /** By the first three letters. */
  readonly beginnings: ReadonlyMap<string, readonly Beginning[]>;
};

/** A word; a French elision (`n'`, `l'`) is one of its own. */
const WORD = /[a-z]{1,2}'(?=[a-z])|[a-z0-9]+/g;
/** The same in our lists, where an elision may stand alone and a star stands for any ending. */
const LISTED = /[a-z]{1,2}'(?=[a-z]|$)|[a-z0-9]+\*?/g;
const SENTENCE_END = /[.!?;\u2026](?:\s|$)|\n/;
const CLAUSE_END = /[,:()\u2013]|\s-\s/;

export function createLexicon(concepts: Readonly<Record<string, readonly string[]>>): Lexicon {
  const phrases = new Map<string, Map<string, string[]>>();
  const beginnings = new Map<string, Beginning[]>();
  for (const [concept, words] of Object.entries(concepts)) {
    for (const word of words) {
      const text = wordsOf(word);
      const [first = '', ...rest] = text.split(' ');
      if (first === '') continue;
      if (first.endsWith('*')) {
        const stem = first.slice(0, -1);
        const key = stem.slice(0, 3);
        beginnings.set(key, [...(beginnings.get(key) ?? []), { stem, rest, concept }]);
        continue;
      }
      const own = phrases.get(first) ?? new Map<string, string[]>();
      phrases.set(first, own);
      own.set(text, [...(own.get(text) ?? []), concept]);
    }
  }
  const byFirst = new Map(
    [...phrases].map(([first, own]) => [
      first,
      [...own].map(([text, names]) => ({ text, words: text.split(' '), concepts: [...new Set(names)] })),
    ]),
  );
  return { byFirst, beginnings };
}

/** A phrase as the lexicon knows it: its words with single spaces. */
export function wordsOf(phrase: string): string {
  return (phrase.toLowerCase().match(LISTED) ?? []).join(' ');
}

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let sentence = 0;
  let clause = 0;
  let before = 0;
  WORD.lastIndex = 0;
  for (let match = WORD.exec(text); match; match = WORD.exec(text)) {
    const start = match.index;
    if (start - before > 0 && before > 0) {
      const gap = text.slice(before, start);
      if (gap !== ' ' && SENTENCE_END.test(gap)) {
        sentence += 1;
        clause += 1;
      } else if (gap !== ' ' && CLAUSE_END.test(gap)) clause += 1;
    }
    before = start + match[0].length;
    tokens.push({ text: match[0], start, end: before, sentence, clause });
  }
  return tokens;
}

export function readWords(view: View, { byFirst, beginnings }: Lexicon): Reading {
  const tokens = tokenize(view.text);
  const hits = new Map<string, Hit[]>();
  const inSentences = new Map<string, (Hit[] | undefined)[]>();
  const add = (concept: string, word: string, token: number, last: number): void => {
    const first = tokens[token];
    const end = tokens[last];
    if (!first || !end) return;
    const hit = { concept, word, token, last, start: first.start, end: end.end, sentence: first.sentence };
    const list = hits.get(concept);
    const sentences = inSentences.get(concept);
    if (!list || !sentences) {
      hits.set(concept, [hit]);
      const fresh: (Hit[] | undefined)[] = [];
      fresh[hit.sentence] = [hit];
      inSentences.set(concept, fresh);
      return;
    }
    list.push(hit);
    const own = sentences[hit.sentence];
    if (own) own.push(hit);
    else sentences[hit.sentence] = [hit];
  };
  for (let index = 0; index < tokens.length; index += 1) {
    const text = tokens[index]?.text ?? '';
    for (const word of readingsOf(text)) {
      for (const phrase of byFirst.get(word) ?? [])
        if (phrase.words.every((part, step) => step === 0 || reads(tokens[index + step], part)))
          for (const concept of phrase.concepts)
            add(concept, phrase.text, index, index + phrase.words.length - 1);
      if (word.length > 2)
        for (const { stem, rest, concept } of beginnings.get(word.slice(0, 3)) ?? [])
          if (word.startsWith(stem) && rest.every((part, step) => reads(tokens[index + step + 1], part)))
            add(concept, word, index, index + rest.length);
    }
  }
  return { view, tokens, hits, inSentences };
}

function reads(token: Token | undefined, part: string): boolean {
  if (token === undefined) return false;
  if (part.endsWith('*')) return token.text.startsWith(part.slice(0, -1));
  return token.text === part || readingsOf(token.text).includes(part);
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
};

/** A token as written, and what it says when digits stand for letters: "wh4tsapp", "t1ll". */
export function readingsOf(text: string): readonly string[] {
  const digits = countDigits(text);
  if (digits === 0 || digits === text.length || digits > 3 || text.length < 3) return [text];
  const letters = [...text].map((sign) => LEET[sign] ?? sign).join('');
  return text.includes('1') ? [text, letters, letters.replaceAll('i', 'l')] : [text, letters];
}

function countDigits(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) count += 1;
  }
  return count;
}
