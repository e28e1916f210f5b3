/** Trained models on disk: `<folder>/<id>/` with a readable `model.json` and the tables; `current` names one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip as gunzipWithCallback, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { bucketsOf, placesOf } from './features.ts';
import type { Network } from './network.ts';
import type { Table } from './table.ts';
import type { TrainedModel } from './train.ts';

/** Grows with every change of the files or of the features: a model of another format is not read, but trained anew. */
const FORMAT = 5;

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

const stemList = z.array(z.string());

/** What a person may want to know of a model. */
export type ModelCard = z.infer<typeof modelCard>;

type Numbers = Int8Array | Int32Array | Float32Array;

const bytesOf = (array: Numbers): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** Writes the model beside the others in one rename, so that no reader ever sees half of it. Returns its id. */
export function saveModel(folder: string, model: TrainedModel, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace(/\..*/, '');
  const id = `${stamp}-${model.dataHash.slice(0, 8)}`;
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
  const write = (name: string, ...arrays: readonly Numbers[]): void =>
    writeFileSync(join(draft, name), gzipSync(Buffer.concat(arrays.map(bytesOf)), { level: 6 }));
  const { vocabulary, linear, means, languageModel } = model;
  writeFileSync(join(draft, 'model.json'), `${JSON.stringify(card, null, 2)}\n`);
  write(
    'features.bin.gz',
    bucketsOf(vocabulary.place, card.features),
    vocabulary.idf,
    linear.bias,
    linear.weights.scales,
    linear.weights.bytes,
    means.scales,
    means.bytes,
  );
  const known = languageModel.logs.length / card.languages.length;
  write('language.bin.gz', bucketsOf(languageModel.place, known), languageModel.logs);
  for (const [lang, { stems, weights, bias }] of Object.entries(model.networks)) {
    writeFileSync(join(draft, `stems.${lang}.json.gz`), gzipSync(JSON.stringify(stems)));
    write(`network.${lang}.bin.gz`, bias, weights.scales, weights.bytes);
  }
  rmSync(join(folder, id), { recursive: true, force: true });
  renameSync(draft, join(folder, id));
  return id;
}

const gunzip = promisify(gunzipWithCallback);

/**
 * Reads without holding up a server that answers meanwhile.
 *
 * @throws when the folder is not a model of this format
 */
export async function loadModel(folder: string, id: string): Promise<TrainedModel> {
  const path = join(folder, id);
  const card = modelCard.parse(JSON.parse(await readFile(join(path, 'model.json'), 'utf8')));
  const classes = card.labels.length;
  const read = async (name: string): Promise<Buffer> => gunzip(await readFile(join(path, name)));
  const features = readArrays(await read('features.bin.gz'));
  const table = (arrays: Arrays, rows: number): Table => {
    return { columns: classes, scales: arrays.float32(rows), bytes: arrays.int8(rows * classes) };
  };
  const places = placesOf(features.int32(card.features));
  const idf = features.float32(card.features);
  const bias = features.float32(classes);
  const languageBytes = await read('language.bin.gz');
  const languages = readArrays(languageBytes);
  const known = languageBytes.length / (4 + 4 * card.languages.length);
  const networks: Record<string, Network> = {};
  for (const lang of card.mix.nlpjs > 0 ? card.languages : []) {
    const stems = stemList.parse(JSON.parse((await read(`stems.${lang}.json.gz`)).toString('utf8')));
    const arrays = readArrays(await read(`network.${lang}.bin.gz`));
    networks[lang] = { stems, bias: arrays.float32(classes), weights: table(arrays, stems.length) };
  }
  return {
    labels: card.labels,
    languages: card.languages,
    vocabulary: { place: places, idf },
    linear: { bias, weights: table(features, card.features) },
    means: table(features, card.features),
    networks,
    mix: card.mix,
    calibration: card.calibration,
    languageModel: {
      languages: card.languages,
      place: placesOf(languages.int32(known)),
      logs: languages.float32(known * card.languages.length),
    },
    metrics: card.metrics,
    dataHash: card.dataHash,
  };
}

type Arrays = ReturnType<typeof readArrays>;

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
