/** Trained screens on disk, beside the intent models: `<models>/screen/<id>/`; `current` names the one in use. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { bucketsOf, placesOf } from '../nlu/features.ts';
import type { ScreenModel } from './screen-model.ts';
import { SCREEN_LABELS } from './screen-model.ts';

/** Grows with every change of the files, the features or the labels: a model of another format is trained anew. */
const FORMAT = 3;

const cardSchema = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  trainedAt: z.string(),
  dataHash: z.string(),
  threshold: z.number(),
  metrics: z.object({ examples: z.number(), caught: z.number(), falseAlarms: z.number() }),
  calibration: z.object({
    weights: z.array(z.number()),
    bias: z.number(),
    mean: z.array(z.number()),
    spread: z.array(z.number()),
  }),
  features: z.number(),
});

export type ScreenCard = z.infer<typeof cardSchema>;

const CLASSES = SCREEN_LABELS.length;

/** Writes the model in one rename and puts it in use. Returns its id. */
export function saveScreen(folder: string, model: ScreenModel, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace(/\..*/, '');
  const id = `${stamp}-${model.dataHash.slice(0, 8)}`;
  const { calibration, threshold, metrics, dataHash } = model;
  const card: ScreenCard = {
    format: FORMAT,
    id,
    trainedAt: new Date(now).toISOString(),
    dataHash,
    threshold,
    metrics,
    calibration: {
      ...calibration,
      weights: [...calibration.weights],
      mean: [...calibration.mean],
      spread: [...calibration.spread],
    },
    features: model.vocabulary.idf.length,
  };
  const draft = join(folder, `.${id}.${process.pid}`);
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'model.json'), `${JSON.stringify(card, null, 2)}\n`);
  const { vocabulary, linear } = model;
  const parts = [
    bucketsOf(vocabulary.place, card.features),
    vocabulary.idf,
    linear.weights.scales,
    linear.bias,
    linear.weights.bytes,
  ];
  writeFileSync(
    join(draft, 'weights.bin.gz'),
    gzipSync(Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)))),
  );
  rmSync(join(folder, id), { recursive: true, force: true });
  renameSync(draft, join(folder, id));
  const pointer = join(folder, `.current.${process.pid}`);
  writeFileSync(pointer, `${id}\n`);
  renameSync(pointer, join(folder, 'current'));
  return id;
}

/** The model in use, or null when there is none of this format. */
export function loadScreen(
  folder: string,
): { readonly card: ScreenCard; readonly model: ScreenModel } | null {
  const pointer = join(folder, 'current');
  if (!existsSync(pointer)) return null;
  const path = join(folder, readFileSync(pointer, 'utf8').trim());
  if (!existsSync(join(path, 'model.json'))) return null;
  const parsed = cardSchema.safeParse(JSON.parse(readFileSync(join(path, 'model.json'), 'utf8')));
  if (!parsed.success) return null;
  const card = parsed.data;
  const data = gunzipSync(readFileSync(join(path, 'weights.bin.gz')));
  const { features } = card;
  const sizes = [features * 4, features * 4, features * 4, CLASSES * 4, features * CLASSES];
  if (data.length !== sizes.reduce((sum, size) => sum + size, 0))
    throw new Error(`The screen's model in ${path} is damaged: delete the folder, it is trained again.`);
  let at = 0;
  const [buckets, idf, scales, bias, bytes] = sizes.map((size) => {
    at += size;
    return new Uint8Array(data.subarray(at - size, at)).buffer;
  }) as [ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer];
  const model: ScreenModel = {
    vocabulary: {
      place: placesOf(new Int32Array(buckets)),
      idf: new Float32Array(idf),
    },
    linear: {
      weights: { columns: CLASSES, bytes: new Int8Array(bytes), scales: new Float32Array(scales) },
      bias: new Float32Array(bias),
    },
    calibration: card.calibration,
    threshold: card.threshold,
    metrics: card.metrics,
    dataHash: card.dataHash,
  };
  return { card, model };
}

/** Ids of the screens kept, oldest first. */
export function listScreens(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && existsSync(join(folder, name, 'model.json')))
    .sort();
}
