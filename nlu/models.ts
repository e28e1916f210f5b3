/** Trained models on disk: `<folder>/<id>/` with a readable `model.json`, weights and the nlp.js part; `current` names one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { TrainedModel } from './train.ts';

/** Grows with every change of the files or of the features: a model of another format is not read, but trained anew. */
const FORMAT = 3;

const modelCard = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  trainedAt: z.string(),
  dataHash: z.string(),
  languages: z.array(z.string()),
  labels: z.array(z.string()),
  mix: z.object({ nlpjs: z.number(), temperature: z.number() }),
  metrics: z.object({
    examples: z.number(),
    accuracy: z.number(),
    byLanguage: z.record(z.string(), z.number()),
    calibrationError: z.number(),
  }),
  calibration: z.object({
    weights: z.array(z.number()),
    bias: z.number(),
    mean: z.array(z.number()),
    spread: z.array(z.number()),
  }),
  features: z.number(),
});

/** What a person may want to know of a model. */
export type ModelCard = z.infer<typeof modelCard>;

/** Scale of one feature's weights; the weights themselves are bytes. */
function quantize(weights: Float32Array, classes: number): { bytes: Int8Array; scales: Float32Array } {
  const rows = weights.length / classes;
  const bytes = new Int8Array(weights.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const slice = weights.subarray(row * classes, (row + 1) * classes);
    const top = slice.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    scales[row] = top / 127;
    slice.forEach(
      (value, index) => (bytes[row * classes + index] = top === 0 ? 0 : Math.round((value / top) * 127)),
    );
  }
  return { bytes, scales };
}

function restore(bytes: Int8Array, scales: Float32Array, classes: number): Float32Array {
  const weights = new Float32Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 1)
    weights[at] = (bytes[at] ?? 0) * (scales[Math.floor(at / classes)] ?? 0);
  return weights;
}

const raw = (array: Int8Array | Int32Array | Float32Array): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** Writes the model beside the others in one rename, so that no reader ever sees half of it. Returns its id. */
export function saveModel(folder: string, model: TrainedModel, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace(/\..*/, '');
  const id = `${stamp}-${model.dataHash.slice(0, 8)}`;
  const { bytes, scales } = quantize(model.linear.weights, model.linear.classes);
  const card: ModelCard = {
    format: FORMAT,
    id,
    trainedAt: new Date(now).toISOString(),
    dataHash: model.dataHash,
    languages: [...model.languages],
    labels: [...model.labels],
    mix: model.mix,
    metrics: { ...model.metrics, byLanguage: { ...model.metrics.byLanguage } },
    calibration: {
      ...model.calibration,
      weights: [...model.calibration.weights],
      mean: [...model.calibration.mean],
      spread: [...model.calibration.spread],
    },
    features: model.vocabulary.idf.length,
  };
  const draft = join(folder, `.${id}.${process.pid}`);
  mkdirSync(draft, { recursive: true });
  const buckets = Int32Array.from(model.vocabulary.place.keys());
  const languageBuckets = Int32Array.from(model.languageModel.logs.keys());
  const languageLogs = Float32Array.from([...model.languageModel.logs.values()].flat());
  writeFileSync(join(draft, 'model.json'), `${JSON.stringify(card, null, 2)}\n`);
  writeFileSync(
    join(draft, 'features.bin.gz'),
    gzipSync(
      Buffer.concat([
        raw(buckets),
        raw(model.vocabulary.idf),
        raw(scales),
        raw(model.linear.bias),
        raw(bytes),
      ]),
      { level: 6 },
    ),
  );
  writeFileSync(
    join(draft, 'language.bin.gz'),
    gzipSync(Buffer.concat([raw(languageBuckets), raw(languageLogs)])),
  );
  writeFileSync(join(draft, 'nlpjs.json.gz'), gzipSync(model.nlpjs));
  rmSync(join(folder, id), { recursive: true, force: true });
  renameSync(draft, join(folder, id));
  return id;
}

/** @throws when the folder is not a model of this format */
export function loadModel(
  folder: string,
  id: string,
): { readonly card: ModelCard; readonly model: TrainedModel } {
  const path = join(folder, id);
  const card = modelCard.parse(JSON.parse(readFileSync(join(path, 'model.json'), 'utf8')));
  const classes = card.labels.length;
  const reader = readArrays(gunzipSync(readFileSync(join(path, 'features.bin.gz'))));
  const buckets = reader.int32(card.features);
  const idf = reader.float32(card.features);
  const scales = reader.float32(card.features);
  const bias = reader.float32(classes);
  const bytes = reader.int8(card.features * classes);
  const languageBytes = gunzipSync(readFileSync(join(path, 'language.bin.gz')));
  const width = card.languages.length;
  const known = languageBytes.length / (4 + 4 * width);
  const languages = readArrays(languageBytes);
  const languageBuckets = languages.int32(known);
  const flat = languages.float32(known * width);
  const model: TrainedModel = {
    labels: card.labels,
    languages: card.languages,
    vocabulary: { place: new Map(Array.from(buckets, (bucket, place) => [bucket, place])), idf },
    linear: { classes, weights: restore(bytes, scales, classes), bias },
    nlpjs: gunzipSync(readFileSync(join(path, 'nlpjs.json.gz'))).toString('utf8'),
    mix: card.mix,
    calibration: card.calibration,
    languageModel: {
      languages: card.languages,
      logs: new Map(
        Array.from(languageBuckets, (bucket, row) => [
          bucket,
          Array.from(flat.subarray(row * width, (row + 1) * width)),
        ]),
      ),
    },
    metrics: card.metrics,
    dataHash: card.dataHash,
  };
  return { card, model };
}

function readArrays(buffer: Buffer) {
  let at = 0;
  const take = (bytes: number): ArrayBuffer => {
    const part = buffer.subarray(at, at + bytes);
    if (part.length !== bytes)
      throw new Error('The model file is shorter than its card says: train again with "wismo train".');
    at += bytes;
    return new Uint8Array(part).buffer;
  };
  return {
    int32: (length: number) => new Int32Array(take(length * 4)),
    float32: (length: number) => new Float32Array(take(length * 4)),
    int8: (length: number) => new Int8Array(take(length)),
  };
}

/** All models, oldest first. */
export function listModels(folder: string): readonly ModelCard[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter(
    (name) => !name.startsWith('.') && existsSync(join(folder, name, 'model.json')),
  );
  const cards = names.flatMap((name) => {
    const card = modelCard.safeParse(JSON.parse(readFileSync(join(folder, name, 'model.json'), 'utf8')));
    return card.success ? [card.data] : [];
  });
  return cards.sort((a, b) => a.id.localeCompare(b.id));
}

/** Id of the model in use, or null when there is none. */
export function currentModel(folder: string): string | null {
  const pointer = join(folder, 'current');
  if (!existsSync(pointer)) return null;
  const id = readFileSync(pointer, 'utf8').trim();
  return listModels(folder).some((card) => card.id === id) ? id : null;
}

/** Puts a model into use; a running server notices. */
export function useModel(folder: string, id: string): void {
  if (!existsSync(join(folder, id, 'model.json')))
    throw new Error(`There is no model "${id}" in ${folder}; "wismo models list" shows them.`);
  const draft = join(folder, `.current.${process.pid}`);
  writeFileSync(draft, `${id}\n`);
  renameSync(draft, join(folder, 'current'));
}
