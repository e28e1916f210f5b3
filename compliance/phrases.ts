/**
 * What agents and the bot may say about the law: neutral phrases by country and language, each with its source and the
 * day somebody last read it (`phrases/<country>.yml`). And a look at what a person is about to send: words that admit or
 * deny liability are shown to them first (`liability.yml`).
 */
import { z } from 'zod';
import type { Instant } from '../domain/time.ts';
import { fold, piece } from './guard/fold.ts';
import { wordsOf } from './guard/lexicon.ts';

const phrase = z.strictObject({
  id: z.string().regex(/^[a-z_]+$/),
  /** Intents it fits. */
  use: z.array(z.string()).min(1),
  source: z.string().min(1, 'name the law and the page it was read on'),
  reviewed_on: z.iso.date('write the day as 2026-11-20'),
  text: z.record(z.string().length(2), z.string().min(1)),
});

/** The shape of `phrases/<country>.yml`. */
export const phrasesFile = z.strictObject({
  country: z.string().length(2),
  law: z.string().min(1),
  authority: z.string().min(1),
  phrases: z.array(phrase).min(1),
});
export type PhrasesFile = z.infer<typeof phrasesFile>;

export type Phrase = {
  readonly id: string;
  readonly text: string;
  readonly use: readonly string[];
  readonly source: string;
  readonly reviewedAt: Instant;
};

/** The phrases of a country in a language, in the order of the file; none where it has none, or none fresh enough. */
export type ReadPhrases = (country: string, lang: string, now: Instant) => readonly Phrase[];

const DAY_MS = 86_400_000;

export function createPhrases(files: readonly PhrasesFile[], staleAfterDays: number): ReadPhrases {
  const byCountry = new Map(files.map((file) => [file.country, file.phrases]));
  return (country, lang, now) =>
    (byCountry.get(country.toUpperCase()) ?? []).flatMap(({ id, use, source, reviewed_on, text }) => {
      const reviewedAt = Date.parse(reviewed_on);
      const said = text[lang];
      const fresh = now - reviewedAt <= staleAfterDays * DAY_MS;
      return said && fresh ? [{ id, use, source, reviewedAt, text: said }] : [];
    });
}

const wordList = z.string().transform((text) => text.split(',').map(wordsOf).filter(Boolean));

/** The shape of `liability.yml`: for each language what admits and what denies. */
export const liabilityFile = z.record(
  z.string().length(2),
  z.strictObject({ admits: wordList, denies: wordList }),
);

export type LiabilityFlag = {
  readonly kind: 'admits' | 'denies';
  /** As it was written. */
  readonly evidence: string;
  readonly start: number;
  readonly end: number;
};
export type Liability = (text: string, lang: string) => readonly LiabilityFlag[];

/**
 * Flags phrases that admit or deny liability, in the order of the text; for the agent, before sending.
 *
 * @example liability('It is not our fault.', 'en'); // [{ kind: 'denies', evidence: 'not our fault', … }]
 */
export function createLiability(words: z.infer<typeof liabilityFile>): Liability {
  const patterns = new Map(
    Object.entries(words).map(([lang, { admits, denies }]) => [
      lang,
      { denies: anyOf(denies), admits: anyOf(admits) },
    ]),
  );
  return (text, lang) => {
    const own = patterns.get(lang);
    if (!own) return [];
    const view = fold(text);
    const place = (index: number): number => view.at?.[index] ?? index;
    const flags: LiabilityFlag[] = [];
    // "Not our fault" holds "our fault": what denies is looked for first.
    for (const kind of ['denies', 'admits'] as const) {
      for (const match of view.text.matchAll(own[kind])) {
        const start = place(match.index);
        const evidence = piece(text, view, match.index, match.index + match[0].length);
        const flag = { kind, evidence, start, end: start + evidence.length };
        if (!flags.some((other) => other.start < flag.end && flag.start < other.end)) flags.push(flag);
      }
    }
    return flags.sort((a, b) => a.start - b.start);
  };
}

/** The longest first, words with anything but letters between them. */
function anyOf(phrases: readonly string[]): RegExp {
  const sorted = [...phrases].sort((a, b) => b.length - a.length);
  const sources = sorted.map((one) =>
    one
      .split(' ')
      .map((word) => word.replace("'", "'\\s?"))
      .join('[^a-z0-9]+'),
  );
  return new RegExp(`(?<![a-z0-9])(?:${sources.join('|')})(?![a-z0-9])`, 'g');
}
