/** The intent engine in use: a loaded model that reads messages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { confidenceOf } from './calibrate.ts';
import { createScorer, mixScores, readSigns } from './classifier.ts';
import type { Lexicon } from './concepts.ts';
import { readConcepts } from './concepts.ts';
import { createEntityFinder } from './entities.ts';
import { rawFeatures } from './features.ts';
import { guessLanguage } from './language.ts';
import { maskEntities } from './mask.ts';
import { loadModel } from './models.ts';
import { tokenize } from './normalize.ts';
import type { TrainedModel } from './train.ts';
import type { Prior, RecognizeNumber, Understand, Understanding } from './understanding.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

const LONGEST_READ = 2_000;
/** A message of which so little was ever seen is in another script or language: no score means anything then. */
const LEAST_KNOWN = 0.2;
const ALTERNATIVES = 3;

const placesFile = z.record(z.string(), z.array(z.string()));

/** Reads `places.yml` and `concepts.yml` in `folder` and joins them with the carriers' number recognition. */
export function loadLexicon(folder: string, recognizeNumber: RecognizeNumber): Lexicon {
  return {
    conceptsOf: readConcepts(join(folder, 'concepts.yml')),
    findEntities: createEntityFinder({
      places: placesFile.parse(parse(readFileSync(join(folder, 'places.yml'), 'utf8'))),
      recognizeNumber,
    }),
  };
}

export async function loadEngine(folder: string, id: string, lexicon: Lexicon): Promise<Understand> {
  return createEngine(await loadModel(folder, id), id, lexicon);
}

export function createEngine(model: TrainedModel, id: string, lexicon: Lexicon): Understand {
  const score = createScorer(model);
  const read = (written: string, prior: Prior): Understanding => {
    const text = written.slice(0, LONGEST_READ);
    const entities = lexicon.findEntities(text, prior);
    const masked = maskEntities(text, entities);
    const words = tokenize(masked);
    const features = rawFeatures(words, lexicon.conceptsOf);
    const { lang, confidence: langConfidence } = guessLanguage(
      model.languageModel,
      { words, features },
      prior.lang ?? null,
    );
    const scores = score({ text: masked, words: words.length, features, lang });
    const ranked = mixScores(scores, model.mix);
    const { best, signs } = readSigns(model.labels, ranked, scores);
    const foreign = scores.words === 0 || signs.known < LEAST_KNOWN;
    const right = foreign ? 0 : confidenceOf(model.calibration, signs);
    const outside = foreign || signs.outOfScope > signs.top;
    const intent = outside ? OUT_OF_SCOPE : (model.labels[best] ?? OUT_OF_SCOPE);
    const others = ranked.order
      .filter((index) => model.labels[index] !== intent && model.labels[index] !== OUT_OF_SCOPE)
      .slice(0, ALTERNATIVES);
    const share = (index: number): number =>
      signs.top > 0
        ? Math.min(((ranked.probabilities[index] ?? 0) / signs.top) * right, outside ? right : 1 - right)
        : 0;
    return {
      lang,
      langConfidence,
      intent,
      confidence: round(outside ? 1 - right : right),
      alternatives: others.map((index) => ({
        intent: model.labels[index] ?? OUT_OF_SCOPE,
        confidence: round(share(index)),
      })),
      entities,
      model: id,
    };
  };
  return (text, prior) => Promise.resolve(read(text, prior));
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
