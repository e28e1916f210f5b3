import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sentences } from '../bots/engine/speak.ts';

/** Reads `locales/<lang>/<namespace>.json`. */
export function readSentences(folder: string): Sentences {
  const languages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return Object.fromEntries(
    languages.map(({ name: lang }) => {
      const files = readdirSync(join(folder, lang)).filter((file) => file.endsWith('.json'));
      const spaces = files.map((file) => [
        file.slice(0, -'.json'.length),
        JSON.parse(readFileSync(join(folder, lang, file), 'utf8')) as object,
      ]);
      return [lang, Object.fromEntries(spaces) as Record<string, object>];
    }),
  );
}
