/** nlp.js ships no types; these are the few calls we make (4.27). */
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
    export(minified: boolean): string;
    import(exported: string): void;
  }
}
declare module '@nlpjs/lang-fr' {
  export const LangFr: unknown;
}
declare module '@nlpjs/lang-pt' {
  export const LangPt: unknown;
}
