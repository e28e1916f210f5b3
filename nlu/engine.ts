/** The intent engine in use: a loaded model that reads messages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { confidenceOf } from './calibrate.ts';
import { mixScores, readSigns, score } from './classifier.ts';
import type { Lexicon } from './concepts.ts';
import { readConcepts } from './concepts.ts';
import { createEntityFinder } from './entities.ts';
import { rawFeatures } from './features.ts';
import { guessLanguage } from './language.ts';
import { maskEntities } from './mask.ts';
import { loadModel } from './models.ts';
import { importNlpjs, secondOpinion } from './nlpjs.ts';
import type { TrainedModel } from './train.ts';
import type { RecognizeNumber, Understand } from './understanding.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

const LONGEST_READ = 2_000;
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
  const { model } = loadModel(folder, id);
  return createEngine(model, id, lexicon);
}

export async function createEngine(model: TrainedModel, id: string, lexicon: Lexicon): Promise<Understand> {
  const nlpjs = secondOpinion(await importNlpjs(model.nlpjs, model.languages));
  const classifier = { labels: model.labels, vocabulary: model.vocabulary, linear: model.linear, nlpjs };
  return async (written, prior) => {
    const text = written.slice(0, LONGEST_READ);
    const firstGuess = prior.lang ?? model.languages[0] ?? 'en';
    const entities = lexicon.findEntities(text, firstGuess.slice(0, 2), prior);
    const masked = maskEntities(text, entities);
    const raw = rawFeatures(masked, lexicon.conceptsOf);
    const { lang, confidence: langConfidence } = guessLanguage(model.languageModel, raw, prior.lang ?? null);
    const scores = await score(classifier, masked, raw, lang);
    const ranked = mixScores(scores, model.mix);
    const { best, signs } = readSigns(model.labels, ranked, scores);
    const right = scores.words === 0 ? 0 : confidenceOf(model.calibration, signs);
    const outside = signs.outOfScope > signs.top || scores.words === 0;
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
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
