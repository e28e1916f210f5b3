/** The screen as the server runs it: trained when missing or when its examples changed. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Screen } from '../compliance/screen.ts';
import { createScreen } from '../compliance/screen.ts';
import type { Clock } from '../domain/time.ts';
import type { Progress } from '../nlu/train.ts';
import type { Example } from '../nlu/training-data.ts';
import { OUT_OF_SCOPE } from '../nlu/understanding.ts';
import { ConfigError } from './config/load.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import type { ScreenExamples } from './screen-model.ts';
import { createClassifier, hashOf, trainScreen } from './screen-model.ts';
import { loadScreen, saveScreen } from './screen-store.ts';
import { modelsFolder, readExamples, TRAINING_FOLDER } from './understanding.ts';

export const SCREEN_TRAINING_FOLDER = join(PACKAGE_ROOT, 'compliance', 'data');
/** Test files, never trained on. */
export const SCREEN_EVALUATION_FOLDER = join(PACKAGE_ROOT, 'compliance', 'evaluation');
/** Messages of every day taken from the intents' examples, a language: more would only take longer. */
const MOST_EVERYDAY = 3_500;

/**
 * What the screen learns from: its own examples, and what customers ask for every day. Messages the intents call
 * out of scope are left out: advertising is among them.
 *
 * @param own the operator's folder, laid out as the shipped one
 */
export function readScreenExamples(languages: readonly string[], own?: string): ScreenExamples {
  const asked = readExamples(TRAINING_FOLDER, languages).filter(({ intent }) => intent !== OUT_OF_SCOPE);
  return {
    taught: [SCREEN_TRAINING_FOLDER, ...(own ? [own] : [])].flatMap((folder) =>
      readExamples(folder, languages),
    ),
    everyday: languages.flatMap((lang) =>
      sampled(
        asked.filter((example) => example.lang === lang),
        MOST_EVERYDAY,
      ),
    ),
  };
}

/** Chosen by the hash of its text, so that an example more or less among the intents does not choose all the others anew. */
function sampled(examples: readonly Example[], most: number): readonly Example[] {
  return examples
    .map((example) => ({ example, rank: createHash('sha256').update(example.text).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, most)
    .map(({ example }) => example);
}

export type LiveScreen = { readonly screen: Screen; readonly model: string };

export type ScreenSettings = {
  /** Folder that holds `models/`. */
  readonly dataDir: string;
  readonly languages: readonly string[];
  /** The operator's own examples. */
  readonly examples?: string | undefined;
};

/** Loads the screen in use; trains one first when there is none for these examples. */
export function openScreen(
  { dataDir, languages, examples: own }: ScreenSettings,
  now: Clock,
  onProgress: Progress = () => undefined,
): LiveScreen {
  const folder = join(modelsFolder(dataDir), 'screen');
  const examples = readScreenExamples(languages, own);
  const kept = loadScreen(folder);
  const fresh = kept?.model.dataHash === hashOf(examples);
  if (!fresh) saveScreen(folder, trainScreen(examples, onProgress).model, now());
  const current = fresh ? kept : loadScreen(folder);
  if (!current)
    throw new ConfigError([`The screen in ${folder} cannot be read: delete the folder and start again.`]);
  const { id, model } = current;
  return { screen: createScreen(createClassifier(model), model.threshold), model: id };
}
