/** The intent engine as the server runs it: trained when missing, replaced while running when a new model is put in use. */
import { join } from 'node:path';
import { CARRIERS } from '../carriers/registry.ts';
import { recognize } from '../carriers/recognize.ts';
import type { Clock } from '../domain/time.ts';
import type { Lexicon } from '../nlu/concepts.ts';
import { loadEngine, loadLexicon } from '../nlu/engine.ts';
import { currentModel, saveModel, useModel } from '../nlu/models.ts';
import type { Progress } from '../nlu/train.ts';
import { train } from '../nlu/train.ts';
import type { Example } from '../nlu/training-data.ts';
import { readTrainingData } from '../nlu/training-data.ts';
import type { RecognizeNumber, Understand } from '../nlu/understanding.ts';
import { ConfigError } from './config/load.ts';
import { PACKAGE_ROOT } from './package-root.ts';

export const TRAINING_FOLDER = join(PACKAGE_ROOT, 'nlu', 'data');
/** Test files, never trained on. */
export const EVALUATION_FOLDER = join(PACKAGE_ROOT, 'nlu', 'evaluation');
const LEXICON_FOLDER = join(PACKAGE_ROOT, 'nlu');

export function modelsFolder(dataDir: string): string {
  return join(dataDir, 'models');
}

/** Numbers as the carriers part recognises them, for the engine that knows no carrier. */
export const recognizeNumber: RecognizeNumber = (candidate) => {
  const candidates = recognize(candidate, CARRIERS);
  if (candidates.length === 0) return null;
  return {
    carriers: candidates.map(({ carrier }) => carrier),
    suspect: candidates.every(({ checkDigit }) => checkDigit === 'wrong'),
  };
};

export function lexicon(): Lexicon {
  return loadLexicon(LEXICON_FOLDER, recognizeNumber);
}

/** @throws ConfigError with file and line of everything that is wrong */
export function readExamples(folder: string, languages: readonly string[]): readonly Example[] {
  const { examples, problems } = readTrainingData(folder);
  if (problems.length > 0)
    throw new ConfigError(
      problems.map(({ file, line, what, mend }) => `${file}, line ${line}: ${what}; ${mend}`),
    );
  return examples.filter(({ lang }) => languages.includes(lang));
}

/** Id of the model in use; trains one from the product's own data when there is none. */
export async function ensureModel(
  dataDir: string,
  languages: readonly string[],
  now: Clock,
  onProgress: Progress,
): Promise<string> {
  const folder = modelsFolder(dataDir);
  const current = currentModel(folder);
  if (current) return current;
  const { model } = await train(readExamples(TRAINING_FOLDER, languages), lexicon(), onProgress);
  const id = saveModel(folder, model, now());
  useModel(folder, id);
  return id;
}

export type LiveEngine = {
  readonly understand: Understand;
  /** Loads the model that is in use now, if it is another one. Turns under way finish with the old one. */
  readonly refresh: () => Promise<boolean>;
  readonly model: () => string;
};

export async function openEngine(dataDir: string): Promise<LiveEngine> {
  const folder = modelsFolder(dataDir);
  const words = lexicon();
  const first = currentModel(folder);
  if (!first) throw new ConfigError([`There is no model in ${folder}: run "wismo train".`]);
  let id = first;
  let engine = await loadEngine(folder, id, words);
  return {
    understand: (text, prior) => engine(text, prior),
    model: () => id,
    refresh: async () => {
      const current = currentModel(folder);
      if (!current || current === id) return false;
      engine = await loadEngine(folder, current, words);
      id = current;
      return true;
    },
  };
}
