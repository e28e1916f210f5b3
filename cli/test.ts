/** `wismo test FILES`: plays dialogues against the bot and says where it answered otherwise. */
import { existsSync } from 'node:fs';
import type { Failure } from '../bots/dialogues/run.ts';
import { playDialogues } from '../server/dialogues.ts';
import { openJudge } from '../server/guard-training.ts';
import { ensureModel, openEngine } from '../server/understanding.ts';
import { InputError } from './lines.ts';
import { createProgress, printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

/** Returns the exit code: 0 when every dialogue went as written. */
export async function test(
  files: readonly string[],
  options: { readonly config?: string; readonly json?: boolean },
): Promise<number> {
  for (const file of files) if (!existsSync(file)) throw new InputError(`${file} does not exist.`);
  const config = readSettings(options.config);
  const progress = createProgress('Training the language model');
  await ensureModel(config.dataDir, config.languages, Date.now, progress.update);
  const { understand } = await openEngine(config.dataDir);
  const { dataDir, thresholds, languages } = config;
  const judge = openJudge({ dataDir, languages }, Date.now, progress.update);
  let played = 0;
  let failed = 0;
  for await (const dialogue of playDialogues(files, { understand, thresholds, languages, judge })) {
    played += 1;
    if (dialogue.failures.length > 0) failed += 1;
    if (options.json) {
      printJson(dialogue);
      continue;
    }
    process.stdout.write(`${dialogue.failures.length === 0 ? '✔' : '✘'} ${dialogue.name}\n`);
    process.stdout.write(explain(dialogue.failures));
  }
  say(`${played} dialogues, ${failed} failed.`);
  return failed === 0 ? 0 : 1;
}

/** What was wrong with each step, and once a step what the customer wrote and the bot said. */
function explain(failures: readonly Failure[]): string {
  const steps = [...new Set(failures.map(({ step }) => step))];
  return steps
    .map((step) => {
      const wrong = failures.filter((failure) => failure.step === step);
      const [first] = wrong;
      return [
        `    step ${step}, "${first?.asked.replaceAll('\n', ' / ') ?? ''}"`,
        ...wrong.map(({ what }) => `      ${what}`),
        `      it said: ${(first?.said || '(nothing)').replaceAll('\n', '\n               ')}`,
      ].join('\n');
    })
    .map((block) => `${block}\n`)
    .join('');
}
