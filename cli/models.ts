/** `wismo models`: the trained models, which one is in use, what differs between two. */
import { loadEngine } from '../nlu/engine.ts';
import type { Change, Comparison } from '../nlu/compare.ts';
import { compareModels } from '../nlu/compare.ts';
import { judge } from '../nlu/evaluate.ts';
import { currentModel, listModels, useModel } from '../nlu/models.ts';
import { lexicon, modelsFolder } from '../server/understanding.ts';
import { readEvaluation } from './data.ts';
import { recordAction } from './operator.ts';
import { InputError } from './lines.ts';
import { printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

export type ModelsOptions = { readonly config?: string; readonly json?: boolean };

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function list(options: ModelsOptions): void {
  const folder = modelsFolder(readSettings(options.config).dataDir);
  const current = currentModel(folder);
  const cards = listModels(folder);
  if (cards.length === 0) say('There is no model yet: "wismo train" makes one.');
  for (const { id, trainedAt, languages, metrics } of cards) {
    if (options.json) printJson({ id, inUse: id === current, trainedAt, languages, metrics });
    else
      process.stdout.write(
        `${id === current ? '*' : ' '} ${id}  ${languages.join(',')}  ${metrics.examples} examples  ${percent(metrics.accuracy)} cross-validated\n`,
      );
  }
}

export async function use(id: string, options: ModelsOptions): Promise<void> {
  const config = readSettings(options.config);
  const folder = modelsFolder(config.dataDir);
  known(folder, id);
  const before = currentModel(folder);
  useModel(folder, id);
  await recordAction(config, { action: 'models use', ref: id, data: { before } });
  say(`${id} is in use; a running server takes it within seconds.`);
}

function known(folder: string, id: string): void {
  const ids = listModels(folder).map((card) => card.id);
  if (!ids.includes(id))
    throw new InputError(`There is no model "${id}". Models: ${ids.join(', ') || 'none'}.`);
}

export async function diff(before: string, after: string, options: ModelsOptions): Promise<void> {
  const folder = modelsFolder(readSettings(options.config).dataDir);
  for (const id of [before, after]) known(folder, id);
  const comparison = await compareOnTests(folder, before, after);
  if (options.json) printJson(comparison);
  else showComparison(comparison);
}

/** Both models on the test files of the languages both know. */
export async function compareOnTests(folder: string, before: string, after: string): Promise<Comparison> {
  const cases = readEvaluation();
  const words = lexicon();
  const judged = async (id: string) => judge(cases, await loadEngine(folder, id, words), Date.now());
  return compareModels(await judged(before), await judged(after));
}

const MOST_SHOWN = 10;

export function showComparison({ messages, before, after, mended, broken, otherwise }: Comparison): void {
  say(`On ${messages} test messages: ${percent(before)} right before, ${percent(after)} now.`);
  show('now right', mended);
  show('no longer right', broken);
  show('still wrong, but differently', otherwise);
}

function show(title: string, changes: readonly Change[]): void {
  if (changes.length === 0) return;
  say(`  ${title}: ${changes.length}`);
  for (const change of changes.slice(0, MOST_SHOWN))
    say(`    [${change.lang}] "${change.text}": ${change.before} → ${change.after} (is ${change.expected})`);
  if (changes.length > MOST_SHOWN) say(`    and ${changes.length - MOST_SHOWN} more`);
}
