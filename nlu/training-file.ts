/** Writes examples into the operators' YAML, leaving every other line as it is. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameness } from './lint.ts';
import { readTrainingFile } from './training-data.ts';

export type NewExample = { readonly lang: string; readonly intent: string; readonly text: string };

/** Examples of an intent that has no file yet go here. */
const NEW_FILE = 'reviewed.yml';
const EMPTY = 'version: "3.1"\nnlu:\n';

/** Adds one example behind the last one of its intent. What is there already, under any intent, is not added again. */
export function appendExample(
  folder: string,
  { lang, intent, text }: NewExample,
): { readonly added: boolean; readonly file: string } {
  const home = join(folder, lang);
  mkdirSync(home, { recursive: true });
  const line = text.replace(/\s+/g, ' ').trim();
  const examples = readdirSync(home)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .flatMap((name) => readTrainingFile(join(home, name), lang).examples);
  const twin = examples.find((example) => sameness(example.text) === sameness(line));
  if (twin) return { added: false, file: twin.file };
  const last = examples.findLast((example) => example.intent === intent);
  if (last) {
    insertAfter(last.file, last.line, line);
    return { added: true, file: last.file };
  }
  const file = join(home, NEW_FILE);
  const before = existsSync(file) ? readFileSync(file, 'utf8').replace(/\n*$/, '\n') : EMPTY;
  writeFileSync(file, `${before}  - intent: ${intent}\n    examples: |\n      - ${line}\n`);
  return { added: true, file };
}

function insertAfter(file: string, line: number, text: string): void {
  const rows = readFileSync(file, 'utf8').split('\n');
  const indent = /^\s*-\s+/.exec(rows[line - 1] ?? '')?.[0] ?? '      - ';
  rows.splice(line, 0, `${indent}${text}`);
  writeFileSync(file, rows.join('\n'));
}
