/** Trained screens on disk, beside the intent models: `<models>/screen/<id>/`. */
import { z } from 'zod';
import type { LinearKind } from './linear-store.ts';
import { loadLinear, saveLinear } from './linear-store.ts';
import type { ScreenModel } from './screen-model.ts';
import { SCREEN_LABELS } from './screen-model.ts';

type Extra = Pick<ScreenModel, 'threshold' | 'metrics' | 'calibration'>;

const KIND: LinearKind<Extra> = {
  format: 4,
  classes: SCREEN_LABELS.length,
  extra: z.object({
    threshold: z.number(),
    metrics: z.object({ examples: z.number(), caught: z.number(), falseAlarms: z.number() }),
    calibration: z.object({
      weights: z.array(z.number()),
      bias: z.number(),
      mean: z.array(z.number()),
      spread: z.array(z.number()),
    }),
  }),
};

/** Puts it in use. Returns its id. */
export function saveScreen(folder: string, model: ScreenModel, now: number): string {
  const { vocabulary, linear, dataHash, threshold, metrics, calibration } = model;
  const extra = { threshold, metrics, calibration };
  return saveLinear(folder, KIND, { dataHash, vocabulary, linear, extra }, now);
}

/** The model in use, or null when there is none of this format. */
export function loadScreen(folder: string): { readonly id: string; readonly model: ScreenModel } | null {
  const kept = loadLinear(folder, KIND);
  if (!kept) return null;
  const { id, dataHash, vocabulary, linear, extra } = kept;
  return { id, model: { dataHash, vocabulary, linear, ...extra } };
}
