/** `wismo evaluate`: how well the model in use reads messages whose intent is known. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import type { Evaluation, TestCase } from '../nlu/evaluate.ts';
import { evaluate as measure, judge } from '../nlu/evaluate.ts';
import { evaluationPage } from '../nlu/report.ts';
import { readTrainingFile } from '../nlu/training-data.ts';
import { ConfigError } from '../server/config/load.ts';
import { ensureModel, openEngine } from '../server/understanding.ts';
import { InputError } from './lines.ts';
import { createProgress, printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

export type EvaluateOptions = {
  readonly config?: string;
  readonly json?: boolean;
  readonly report?: string;
  readonly lang?: string;
};

const line = z.object({ text: z.string(), intent: z.string(), lang: z.string().nullish() });

export async function evaluate(files: readonly string[], options: EvaluateOptions): Promise<void> {
  const config = readSettings(options.config);
  const cases = files.flatMap((file) => readCases(file, options.lang));
  const progress = createProgress('Training the language model');
  await ensureModel(config.dataDir, config.languages, Date.now, progress.update);
  const engine = await openEngine(config.dataDir);
  const result = measure(await judge(cases, engine.understand, Date.now()));
  if (options.report) {
    writeFileSync(options.report, evaluationPage(result, { model: engine.model(), files, at: Date.now() }));
    say(`The report is in ${options.report}.`);
  }
  if (options.json) printJson({ model: engine.model(), ...result });
  else printEvaluation(result, engine.model());
}

/** YAML in the training format (its language is the file's name, as in `fr.yml`), or one JSON object a line. */
function readCases(file: string, lang?: string): TestCase[] {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    throw new InputError(
      `${file} cannot be read. Name a .yml or .jsonl file with messages and their intents.`,
    );
  }
  if (!/\.ya?ml$/.test(file)) return readJsonCases(source, file, lang);
  const named = /^([a-z]{2})\b/.exec(basename(file))?.[1];
  const { examples, problems } = readTrainingFile(file, lang ?? named ?? '');
  if (problems.length > 0)
    throw new ConfigError(
      problems.map(({ line: at, what, mend }) => `${file}, line ${at}: ${what}; ${mend}`),
    );
  return examples.map((example) => ({
    text: example.text,
    intent: example.intent,
    lang: example.lang === '' ? null : example.lang,
  }));
}

function readJsonCases(source: string, file: string, lang?: string): TestCase[] {
  return source.split('\n').flatMap((row, index) => {
    if (row.trim() === '') return [];
    const parsed = line.safeParse(tryJson(row));
    if (!parsed.success)
      throw new InputError(
        `${file}, line ${index + 1}: write {"text":"where is my order","intent":"track_order","lang":"en"}.`,
      );
    return [{ text: parsed.data.text, intent: parsed.data.intent, lang: lang ?? parsed.data.lang ?? null }];
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const MOST_CONFUSIONS = 10;

export function printEvaluation(result: Evaluation, model: string): void {
  const { outOfScope, suggestedAnswer } = result;
  say(`Model ${model}, ${result.messages} messages`);
  say(`  right intent           ${percent(result.accuracy)}   macro-F1 ${percent(result.macroF1)}`);
  for (const [lang, { messages, accuracy }] of Object.entries(result.byLanguage))
    say(`    ${lang}                   ${percent(accuracy)}   of ${messages}`);
  say(`  calibration error      ${result.calibrationError.toFixed(3)}`);
  if (outOfScope.auroc !== null && outOfScope.recallAt90 !== null)
    say(
      `  out of scope           AUROC ${outOfScope.auroc.toFixed(3)}, ${percent(outOfScope.recallAt90)} rejected where 90 % of the rest is kept`,
    );
  if (suggestedAnswer)
    say(
      `  answer from            ${suggestedAnswer.threshold}: ${percent(suggestedAnswer.coverage)} answered without a question, ${percent(suggestedAnswer.precision)} of the answers right`,
    );
  say('  weakest intents');
  for (const { intent, f1, messages } of result.byIntent.toSorted((a, b) => a.f1 - b.f1).slice(0, 5))
    say(`    ${intent.padEnd(22)} F1 ${percent(f1)} of ${messages}`);
  say('  most confused');
  for (const { expected, got, count, messages } of result.confusions.slice(0, MOST_CONFUSIONS))
    say(`    ${expected} → ${got}: ${count}, for example "${messages[0] ?? ''}"`);
}
