/** Small trained models on disk: `<folder>/<id>/` with a readable `model.json`; `current` names the one in use. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Vocabulary } from '../nlu/features.ts';
import { bucketsOf, placesOf } from '../nlu/features.ts';
import type { Linear } from '../nlu/linear.ts';

/** What a kind of model is kept as. */
export type LinearKind<Extra> = {
  /** Grows with every change of the files, the features or the labels: a model of another format is trained anew. */
  readonly format: number;
  readonly classes: number;
  /** What `model.json` says besides. */
  readonly extra: z.ZodType<Extra>;
};

export type KeptLinear<Extra> = {
  readonly id: string;
  /** Hash of what it was learnt from. */
  readonly dataHash: string;
  readonly vocabulary: Vocabulary;
  readonly linear: Linear;
  readonly extra: Extra;
};

const card = z.looseObject({
  format: z.number(),
  id: z.string(),
  trainedAt: z.string(),
  dataHash: z.string(),
  features: z.number(),
});

/** Writes the model in one rename and puts it in use. Returns its id. */
export function saveLinear<Extra extends object>(
  folder: string,
  { format }: LinearKind<Extra>,
  { dataHash, vocabulary, linear, extra }: Omit<KeptLinear<Extra>, 'id'>,
  now: number,
): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace(/\..*/, '');
  const id = `${stamp}-${dataHash.slice(0, 8)}`;
  const features = vocabulary.idf.length;
  const trainedAt = new Date(now).toISOString();
  const draft = join(folder, `.${id}.${process.pid}`);
  mkdirSync(draft, { recursive: true });
  const written: z.infer<typeof card> = { format, id, trainedAt, dataHash, features, ...extra };
  writeFileSync(join(draft, 'model.json'), `${JSON.stringify(written, null, 2)}\n`);
  const parts = [
    bucketsOf(vocabulary.place, features),
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

/**
 * The model in use, or null when there is none of this format.
 *
 * @throws Error when its weights are damaged
 */
export function loadLinear<Extra>(folder: string, kind: LinearKind<Extra>): KeptLinear<Extra> | null {
  const pointer = join(folder, 'current');
  if (!existsSync(pointer)) return null;
  const path = join(folder, readFileSync(pointer, 'utf8').trim());
  if (!existsSync(join(path, 'model.json'))) return null;
  const read: unknown = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8'));
  const about = card.safeParse(read);
  const extra = kind.extra.safeParse(read);
  if (!about.success || !extra.success || about.data.format !== kind.format) return null;
  const data = gunzipSync(readFileSync(join(path, 'weights.bin.gz')));
  const { features, id, dataHash } = about.data;
  const { classes } = kind;
  const sizes = [features * 4, features * 4, features * 4, classes * 4, features * classes];
  if (data.length !== sizes.reduce((sum, size) => sum + size, 0))
    throw new Error(`The model in ${path} is damaged: delete the folder, it is trained again.`);
  let at = 0;
  const [buckets, idf, scales, bias, bytes] = sizes.map((size) => {
    at += size;
    return new Uint8Array(data.subarray(at - size, at)).buffer;
  }) as [ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer];
  return {
    id,
    dataHash,
    vocabulary: { place: placesOf(new Int32Array(buckets)), idf: new Float32Array(idf) },
    linear: {
      weights: { columns: classes, bytes: new Int8Array(bytes), scales: new Float32Array(scales) },
      bias: new Float32Array(bias),
    },
    extra: extra.data,
  };
}

/** Ids of the models kept, oldest first. */
export function listLinear(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && existsSync(join(folder, name, 'model.json')))
    .sort();
}
