/** Finds what a message speaks of, whatever its language and words: `concepts.yml` as a lookup of words and phrases. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { undisguise } from './disguise.ts';

/** Concepts of an undisguised text, in the order they appear; one word may carry several. */
export type FindConcepts = (undisguised: string) => readonly string[];

type Phrase = { readonly concept: string; readonly words: readonly Word[] };
type Word = { readonly text: string; readonly open: boolean };

const file = z.record(z.string(), z.array(z.coerce.string().min(1)));
const TOKEN = /\p{L}[\p{L}\p{N}]*|\p{N}[\p{L}\p{N}]*|\p{Extended_Pictographic}/gu;
/** Phrases are filed under the first letters of their first word. */
const FILED_UNDER = 2;
const MOST_TOKENS = 200;

export function tokensOf(undisguised: string): readonly string[] {
  return (undisguised.match(TOKEN) ?? []).slice(0, MOST_TOKENS);
}

export function readConcepts(path: string): FindConcepts {
  const filed = new Map<string, Phrase[]>();
  for (const [concept, entries] of Object.entries(file.parse(parse(readFileSync(path, 'utf8')))))
    for (const entry of entries) {
      const words = entry.split(/\s+/).map(wordOf);
      const key = words[0]?.text.slice(0, FILED_UNDER) ?? '';
      filed.set(key, [...(filed.get(key) ?? []), { concept, words }]);
    }
  return (text) => {
    const tokens = tokensOf(text);
    return tokens.flatMap((token, at) => {
      const keys = token.length > 1 ? [token.slice(0, FILED_UNDER), token[0] ?? ''] : [token];
      const found = keys
        .flatMap((key) => filed.get(key) ?? [])
        .filter(({ words }) => follows(tokens, at, words));
      return [...new Set(found.map(({ concept }) => concept))];
    });
  };
}

/** Written as the message is read, so that "9a7ba" in the file meets "9a7ba" in a message. */
function wordOf(written: string): Word {
  const open = written.endsWith('*');
  return { text: undisguise(open ? written.slice(0, -1) : written), open };
}

function follows(tokens: readonly string[], at: number, words: readonly Word[]): boolean {
  return words.every(({ text, open }, index) => {
    const token = tokens[at + index];
    return token !== undefined && (open ? token.startsWith(text) : token === text);
  });
}
