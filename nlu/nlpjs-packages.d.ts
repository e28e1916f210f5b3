/** nlp.js ships no types; these are the few calls we make (4.27). */
declare module '@nlpjs/basic' {
  export class Normalizer {
    normalize(text: string): string;
  }
  export class Tokenizer {
    /** `tokenize` without its memory of every text. */
    innerTokenize(text: string): string[];
  }
  export class Stemmer {
    stemWord(word: string): string | null;
    /** Every word ever stemmed. */
    cache: Record<string, string>;
  }
  export { Normalizer as NormalizerEn, Tokenizer as TokenizerEn, Stemmer as StemmerEn };

  export type Container = { use(plugin: unknown): void };
  export function containerBootstrap(): Promise<Container>;
  export const LangEn: unknown;
  export class Nlp {
    constructor(settings: Readonly<Record<string, unknown>>);
    addLanguage(lang: string): void;
    addDocument(lang: string, text: string, intent: string): void;
    train(): Promise<void>;
    classify(lang: string, text: string): Promise<unknown>;
  }
}
declare module '@nlpjs/lang-fr' {
  export { Normalizer as NormalizerFr, Tokenizer as TokenizerFr, Stemmer as StemmerFr } from '@nlpjs/basic';
}
declare module '@nlpjs/lang-pt' {
  export { Normalizer as NormalizerPt, Tokenizer as TokenizerPt, Stemmer as StemmerPt } from '@nlpjs/basic';
}
