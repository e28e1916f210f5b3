/** nlp.js ships no types; these are the few calls we make (4.27). */
declare module '@nlpjs/lang-en' {
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
}
declare module '@nlpjs/lang-fr' {
  export { Normalizer as NormalizerFr, Tokenizer as TokenizerFr, Stemmer as StemmerFr } from '@nlpjs/lang-en';
}
declare module '@nlpjs/lang-pt' {
  export { Normalizer as NormalizerPt, Tokenizer as TokenizerPt, Stemmer as StemmerPt } from '@nlpjs/lang-en';
}
/** Only for comparison, in the benchmark and a test. */
declare module '@nlpjs/basic' {
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
