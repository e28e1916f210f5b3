/** `wismo data lint` and `wismo data review`: what operators do with training data. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { spokenIntents } from '../bots/engine/bot.ts';
import { logistics } from '../bots/logistics/bot.ts';
import { lintTrainingData } from '../nlu/lint.ts';
import { appendExample } from '../nlu/training-file.ts';
import type { Example } from '../nlu/training-data.ts';
import { readTrainingData, readTrainingFile } from '../nlu/training-data.ts';
import { OUT_OF_SCOPE } from '../nlu/understanding.ts';
import { openStore } from '../server/store/open.ts';
import type { ReviewMessage } from '../server/store/review.ts';
import { openReviews, settleReview } from '../server/store/review.ts';
import { EVALUATION_FOLDER, TRAINING_FOLDER } from '../server/understanding.ts';
import { InputError, readJsonLines } from './lines.ts';
import { printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

export type DataOptions = { readonly config?: string; readonly data?: string; readonly json?: boolean };

const INTENTS = [...spokenIntents(logistics), OUT_OF_SCOPE];

/** The messages that are only measured with: `<folder>/<lang>.yml`. */
export function readEvaluation(folder = EVALUATION_FOLDER): readonly Example[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[a-z]{2}\.ya?ml$/.test(name))
    .sort()
    .flatMap((name) => readTrainingFile(join(folder, name), name.slice(0, 2)).examples);
}

/** Returns the exit code: 1 when something must be mended. */
export function lint(options: DataOptions): number {
  const config = readSettings(options.config);
  const data = readTrainingData(folderOf(options));
  const problems = lintTrainingData(data, {
    languages: config.languages,
    evaluation: readEvaluation(),
    intents: INTENTS,
  });
  for (const problem of problems) {
    if (options.json) printJson(problem);
    else say(`${problem.file}, line ${problem.line}: ${problem.what}; ${problem.mend}`);
  }
  say(
    problems.length === 0
      ? `${data.examples.length} examples, nothing to mend.`
      : `${problems.length} to mend in ${data.examples.length} examples.`,
  );
  return problems.length === 0 ? 0 : 1;
}

function folderOf(options: DataOptions): string {
  const folder = options.data ?? TRAINING_FOLDER;
  if (!existsSync(folder)) throw new InputError(`There is no folder ${folder}. Name one with --data.`);
  return folder;
}

/** An operator's verdict on one message. */
type Verdict = { readonly action: 'accept' | 'discard' | 'skip' | 'quit'; readonly intent?: string };

/**
 * Walks through messages the bot was unsure about or was corrected on. With `--json` it lists them, and reads
 * verdicts from standard input: `{"id":3,"action":"accept","intent":"track_order"}`.
 */
export async function review(options: DataOptions): Promise<void> {
  const config = readSettings(options.config);
  const folder = folderOf(options);
  const { db, flushed, close } = await openStore(config);
  try {
    const open = await openReviews(db);
    if (options.json && process.stdin.isTTY) {
      for (const message of open) printJson(message);
      return;
    }
    const apply = async (message: ReviewMessage, verdict: Verdict): Promise<string> => {
      if (verdict.action === 'skip' || verdict.action === 'quit') return 'left';
      const intent = verdict.intent ?? message.corrected ?? message.intent;
      const written =
        verdict.action === 'accept'
          ? appendExample(folder, { lang: message.lang, intent, text: message.text })
          : null;
      await settleReview(db, message.id, verdict.action === 'accept' ? 'accepted' : 'discarded', Date.now());
      if (!written) return 'discarded';
      return written.added ? `added to ${written.file}` : 'is there already';
    };
    if (options.json) await fromLines(open, apply);
    else await inTerminal(open, apply);
  } finally {
    await flushed();
    await close();
  }
}

type Apply = (message: ReviewMessage, verdict: Verdict) => Promise<string>;

async function fromLines(open: readonly ReviewMessage[], apply: Apply): Promise<void> {
  for (const message of open) printJson(message);
  for await (const line of readJsonLines(process.stdin)) {
    const message = open.find(({ id }) => id === line['id']);
    if (!message) throw new InputError(`There is no open message ${String(line['id'])}.`);
    printJson({ id: message.id, result: await apply(message, verdictOf(line)) });
  }
}

function verdictOf(line: Record<string, unknown>): Verdict {
  const { action, intent } = line;
  if (action !== 'accept' && action !== 'discard' && action !== 'skip')
    throw new InputError('"action" is accept, discard or skip.');
  if (intent === undefined) return { action };
  if (typeof intent !== 'string' || !INTENTS.includes(intent))
    throw new InputError(`${JSON.stringify(intent)} is no intent. Intents: ${INTENTS.join(', ')}.`);
  return { action, intent };
}

async function inTerminal(open: readonly ReviewMessage[], apply: Apply): Promise<void> {
  if (open.length === 0) return say('No message waits for review.');
  say(`${open.length} messages. Enter accepts the intent shown; write another intent (or its beginning) to`);
  say('relabel; d discards, s skips, q ends.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (const [at, message] of open.entries()) {
      const verdict = await ask(terminal, message, `${at + 1}/${open.length}`);
      if (verdict.action === 'quit') return;
      say(`  ${await apply(message, verdict)}`);
    }
  } finally {
    terminal.close();
  }
}

async function ask(
  terminal: { question: (text: string) => Promise<string> },
  message: ReviewMessage,
  place: string,
): Promise<Verdict> {
  const guess = message.corrected ?? message.intent;
  for (;;) {
    say();
    say(`${place}  [${message.lang}] ${message.text}`);
    const note = message.corrected
      ? 'the customer chose it'
      : `${Math.round(message.confidence * 100)} % sure`;
    const answer = (await terminal.question(`  ${guess} (${note}) > `)).trim();
    if (answer === '') return { action: 'accept', intent: guess };
    if (answer === 'd') return { action: 'discard' };
    if (answer === 's') return { action: 'skip' };
    if (answer === 'q') return { action: 'quit' };
    const fitting = INTENTS.includes(answer)
      ? [answer]
      : INTENTS.filter((intent) => intent.startsWith(answer));
    if (fitting.length === 1) return { action: 'accept', intent: fitting[0] ?? guess };
    say(fitting.length === 0 ? '  No intent begins so.' : `  Which: ${fitting.join(', ')}?`);
  }
}
