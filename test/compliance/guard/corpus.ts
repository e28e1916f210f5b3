/** Replies with the verdict they must get, one a line in `<lang>.yml`. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { GuardRule } from '../../../compliance/guard.ts';

const lines = z.string().transform((text) =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.replaceAll('⏎', '\n')),
);
const file = z.strictObject({
  lang: z.string(),
  forbidden: z.record(
    z.enum(['uncertified_tracking_number', 'external_payment_link', 'off_platform_diversion']),
    lines,
  ),
  good: lines,
});

export type Corpus = {
  readonly lang: string;
  readonly forbidden: Readonly<Record<GuardRule, readonly string[]>>;
  readonly good: readonly string[];
};

const FOLDER = dirname(fileURLToPath(import.meta.url));

export function readCorpora(): readonly Corpus[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => file.parse(parse(readFileSync(join(FOLDER, name), 'utf8'))));
}
