/** What the bot can say by itself: its sentences and the phrases on the law, as a customer may read them. */
import { join } from 'node:path';
import { readPhrasesFiles } from './compliance-files.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { readSentences } from './sentences.ts';

/** Namespaces of `locales/` that are words of a page, or of the customer. */
const NOT_SAID = ['commands', 'webchat'];

/** Something like what stands there in life; other places of a sentence stay empty. */
const FILLED: Readonly<Record<string, string>> = {
  number: '338000001',
  carrier: 'DHL Express',
  city: 'Lagos',
  count: '2',
  items: 'Kettle 1.7 L',
  item: 'Kettle 1.7 L',
  time: '14:30',
  url: 'https://www.jumia.com.ng/help/',
};

export type OwnSentence = { readonly lang: string; readonly text: string };

export function ownSentences(): readonly OwnSentence[] {
  const spoken = Object.entries(readSentences(join(PACKAGE_ROOT, 'locales'))).flatMap(([lang, spaces]) =>
    Object.entries(spaces)
      .filter(([space]) => !NOT_SAID.includes(space))
      .flatMap(([, words]) => texts(words).map((text) => ({ lang, text: filled(text) }))),
  );
  const law = readPhrasesFiles().flatMap(({ phrases }) =>
    phrases.flatMap(({ text }) => Object.entries(text).map(([lang, said]) => ({ lang, text: said }))),
  );
  return [...spoken, ...law].filter(({ text }) => text.trim() !== '');
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** A sentence about tracking tells another kind of number. */
const TRACKING = /track|suivi|rastre/i;
const PARCEL = '7489021345';

function filled(text: string): string {
  return (TRACKING.test(text) ? text.replaceAll('{{number}}', PARCEL) : text).replace(
    /\{\{-?\s*(\w+)[^}]*\}\}/g,
    (_, name: string) => FILLED[name] ?? '',
  );
}
