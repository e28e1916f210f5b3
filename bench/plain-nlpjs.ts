/** nlp.js as it is shipped, for comparison. */
import { containerBootstrap, LangEn, Nlp } from '@nlpjs/basic';

export type Scored = { readonly intent: string; readonly score: number };

/** Intents of one message, best first; without one, nlp.js answers "None". */
export type PlainNlpjs = (text: string) => Promise<readonly Scored[]>;

/** nlp.js prints a warning for a text without one. */
const HAS_A_WORD = /\p{L}{2}/u;

export async function trainPlainNlpjs(
  examples: readonly { readonly text: string; readonly intent: string }[],
): Promise<PlainNlpjs> {
  const container = await containerBootstrap();
  container.use(LangEn);
  const nlp = new Nlp({ container, autoSave: false, autoLoad: false, forceNER: false, nlu: { log: false } });
  nlp.addLanguage('en');
  for (const { text, intent } of examples) if (HAS_A_WORD.test(text)) nlp.addDocument('en', text, intent);
  await nlp.train();
  return async (text) => {
    const answer = (await nlp.classify('en', text)) as {
      readonly classifications?: readonly Scored[];
      readonly nluAnswer?: { readonly classifications?: readonly Scored[] };
    };
    return (answer.nluAnswer?.classifications ?? answer.classifications ?? []).filter(
      ({ intent }) => intent !== 'None',
    );
  };
}
