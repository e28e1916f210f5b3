/** Words that mean the same across languages: `concepts.yml` as a lookup. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { EntityFinder } from './entities.ts';

const NONE: readonly string[] = [];

/** Concepts of a normalised word; most words have none, some have two. */
export type Concepts = (word: string) => readonly string[];

/** What the engine knows of the world apart from the training examples. */
export type Lexicon = { readonly conceptsOf: Concepts; readonly findEntities: EntityFinder };

/** For data of another trade. */
export const NO_LEXICON: Lexicon = { conceptsOf: () => NONE, findEntities: () => [] };

const file = z.record(z.string(), z.array(z.string().min(1)));
const SHORTEST_STEM = 3;

export function readConcepts(path: string): Concepts {
  const whole = new Map<string, string[]>();
  const stems = new Map<string, string[]>();
  const add = (to: Map<string, string[]>, key: string, concept: string): void =>
    void to.set(key, [...(to.get(key) ?? []), concept]);
  for (const [concept, words] of Object.entries(file.parse(parse(readFileSync(path, 'utf8')))))
    for (const word of words)
      if (word.endsWith('*')) add(stems, word.slice(0, -1), concept);
      else add(whole, word, concept);
  const longest = Math.max(...[...stems.keys()].map((stem) => stem.length));
  return (word) => {
    const exact = whole.get(word);
    if (exact) return exact;
    for (let end = Math.min(word.length, longest); end >= SHORTEST_STEM; end -= 1) {
      const found = stems.get(word.slice(0, end));
      if (found) return found;
    }
    return NONE;
  };
}
