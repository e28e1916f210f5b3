/**
 * The only place that knows nlp.js. It is used for what it is good at: a second opinion where examples are few.
 * Its score is no probability, and one known word among unknown ones can bring it near 1, so it never decides alone.
 */
import { containerBootstrap, LangEn, Nlp } from '@nlpjs/basic';
import { LangFr } from '@nlpjs/lang-fr';
import { LangPt } from '@nlpjs/lang-pt';

const PACKS: Readonly<Record<string, unknown>> = { en: LangEn, fr: LangFr, pt: LangPt };
/** Language whose rules are used where nlp.js has no pack: it then only splits words. */
const NEUTRAL = 'en';

export type SecondOpinion = (text: string, lang: string) => Promise<ReadonlyMap<string, number>>;

type Scored = { readonly intent: string; readonly score: number };

/** Only an object with a list of scored intents passes; read by hand, as it is on the path of every message. */
function scoredIntents(answer: unknown): readonly Scored[] {
  const { nluAnswer, classifications } = (answer ?? {}) as {
    nluAnswer?: { classifications?: unknown };
    classifications?: unknown;
  };
  const list = nluAnswer?.classifications ?? classifications;
  if (!Array.isArray(list)) return [];
  return list.filter(
    (one: Partial<Scored>): one is Scored =>
      typeof one.intent === 'string' && typeof one.score === 'number' && one.intent !== 'None',
  );
}

async function createNlp(languages: readonly string[]): Promise<Nlp> {
  const container = await containerBootstrap();
  for (const lang of new Set([...languages, NEUTRAL])) {
    const pack = PACKS[lang];
    if (pack) container.use(pack);
  }
  const nlp = new Nlp({ container, autoSave: false, autoLoad: false, forceNER: false, nlu: { log: false } });
  for (const lang of languages) nlp.addLanguage(lang);
  return nlp;
}

/** nlp.js prints a warning for a text without one. */
const HAS_A_WORD = /\p{L}{2}/u;

export async function trainNlpjs(
  examples: readonly { readonly text: string; readonly label: string; readonly lang: string }[],
): Promise<Nlp> {
  const nlp = await createNlp([...new Set(examples.map((example) => example.lang))]);
  for (const { text, label, lang } of examples) if (HAS_A_WORD.test(text)) nlp.addDocument(lang, text, label);
  await nlp.train();
  return nlp;
}

/** The trained network as text, to be kept inside a model. */
export function exportNlpjs(nlp: Nlp): string {
  return nlp.export(false);
}

export async function importNlpjs(exported: string, languages: readonly string[]): Promise<Nlp> {
  const nlp = await createNlp(languages);
  nlp.import(exported);
  return nlp;
}

export function secondOpinion(nlp: Nlp): SecondOpinion {
  return async (text, lang) => {
    const scores = scoredIntents(await nlp.classify(lang, text));
    const sum = scores.reduce((total, { score }) => total + score, 0);
    return new Map(scores.map(({ intent, score }) => [intent, sum > 0 ? score / sum : 0]));
  };
}
