/** Sentences that belong to a channel, not to a bot. */
import { join } from 'node:path';
import { PACKAGE_ROOT } from './package-root.ts';
import { readSentences } from './sentences.ts';

export const LOCALES_FOLDER = join(PACKAGE_ROOT, 'locales');

/** The word on the button that opens a list, by language. */
export function listLabels(languages: readonly string[]): Record<string, string> {
  const sentences = readSentences(LOCALES_FOLDER);
  return Object.fromEntries(
    languages.flatMap((lang) => {
      const words = sentences[lang]?.['whatsapp'] as { choose?: string } | undefined;
      return words?.choose ? [[lang, words.choose]] : [];
    }),
  );
}

/** The page's sentences in the languages of the installation. */
export function webchatWords(languages: readonly string[]): Record<string, object> {
  const sentences = readSentences(LOCALES_FOLDER);
  return Object.fromEntries(languages.map((lang) => [lang, sentences[lang]?.['webchat'] ?? {}]));
}
