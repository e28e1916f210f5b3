import i18next from 'i18next';
import type { Words } from './bot.ts';
import type { Speak } from './compose.ts';

/** Sentences by language and namespace, as they stand in `locales/<lang>/<namespace>.json`. */
export type Sentences = Readonly<Record<string, Readonly<Record<string, object>>>>;

/**
 * The voice of every language. A key may hold a list of wordings: the turn number picks one, so that a
 * conversation does not repeat itself. A missing key throws, except where `fallback` is given: a sentence that
 * is not there is a defect of the bot, never something to show.
 */
export async function createSpeak(sentences: Sentences, fallbackLanguage: string): Promise<Speak> {
  const voice = i18next.createInstance();
  const [namespace = 'bot'] = Object.keys(sentences[fallbackLanguage] ?? {});
  await voice.init({
    resources: structuredClone(sentences),
    fallbackLng: fallbackLanguage,
    defaultNS: namespace,
    interpolation: { escapeValue: false },
    returnObjects: true,
  });
  return (lang, ns, turn) => {
    const translate = voice.getFixedT(lang, ns);
    return (key: string, words: Words = {}) => {
      const said: unknown = translate(key, { ...words, defaultValue: words['fallback'] ?? MISSING });
      const wording: unknown = Array.isArray(said) ? said[turn % said.length] : said;
      if (typeof wording !== 'string' || wording === MISSING) {
        throw new Error(`The sentence "${ns}:${key}" is missing in ${lang} and in ${fallbackLanguage}.`);
      }
      return wording;
    };
  };
}

const MISSING = '\u0000missing';
