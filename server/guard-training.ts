/** What the guard learnt, as the server uses it: trained when missing or when its examples changed. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Judge } from '../compliance/guard.ts';
import { createPassages } from '../compliance/guard.ts';
import type { Clock } from '../domain/time.ts';
import type { Progress } from '../nlu/train.ts';
import { hashExamples } from '../nlu/train.ts';
import type { Example } from '../nlu/training-data.ts';
import { readGuardLists, recognizeNumber } from './guard.ts';
import { createJudge, GOOD, GUARD_LABELS, trainGuard } from './guard-model.ts';
import type { LinearKind } from './linear-store.ts';
import { loadLinear, saveLinear } from './linear-store.ts';
import type { OwnSentence } from './own-sentences.ts';
import { ownSentences } from './own-sentences.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { modelsFolder, readExamples } from './understanding.ts';

export const GUARD_TRAINING_FOLDER = join(PACKAGE_ROOT, 'compliance', 'guard', 'data');
/** Test files, never trained on. */
export const GUARD_EVALUATION_FOLDER = join(PACKAGE_ROOT, 'compliance', 'guard', 'evaluation');

const KIND: LinearKind<object> = { format: 1, classes: GUARD_LABELS.length, extra: z.object({}) };

/** An example is one line; `⏎` stands for the end of a line of the reply. */
export function withLines(example: Example): Example {
  return { ...example, text: example.text.replaceAll('⏎', '\n') };
}

/** The shipped examples, and what the bot says by itself, which is good. */
export function readGuardExamples(languages: readonly string[]): readonly Example[] {
  const own = languages.flatMap((lang) => inCompany(ownSentences().filter((one) => one.lang === lang)));
  return [
    ...readExamples(GUARD_TRAINING_FOLDER, languages).map(withLines),
    ...own.map(({ lang, text }) => ({ lang, text, intent: GOOD, file: 'locales', line: 0 })),
  ];
}

/** How far apart in the list a sentence's companions stand: answers are put together of sentences from anywhere. */
const COMPANIONS = [1, 7, 31];

/** Each sentence alone and before some others, because what is read at once is two sentences. */
function inCompany(sentences: readonly OwnSentence[]): readonly OwnSentence[] {
  return sentences.flatMap(({ lang, text }, at) => [
    { lang, text },
    ...COMPANIONS.map((step) => ({
      lang,
      text: `${text}\n${sentences[(at + step) % sentences.length]?.text ?? ''}`,
    })),
  ]);
}

/** Loads what was learnt; learns first when there is nothing for these examples. */
export function openJudge(
  { dataDir, languages }: { readonly dataDir: string; readonly languages: readonly string[] },
  now: Clock,
  onProgress: Progress = () => undefined,
): Judge {
  const folder = join(modelsFolder(dataDir), 'guard');
  const examples = readGuardExamples(languages);
  const dataHash = hashExamples(examples);
  const kept = loadLinear(folder, KIND);
  if (kept?.dataHash === dataHash) return createJudge(kept);
  const model = trainGuard(examples, createPassages(readGuardLists(), recognizeNumber), onProgress);
  saveLinear(folder, KIND, { ...model, dataHash, extra: {} }, now());
  return createJudge(model);
}
