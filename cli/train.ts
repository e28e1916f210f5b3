/** `wismo train`: YAML → model, with a cross-validated report and a gate. */
import { writeFileSync } from 'node:fs';
import { evaluate } from '../nlu/evaluate.ts';
import { currentModel, saveModel, useModel } from '../nlu/models.ts';
import { evaluationPage } from '../nlu/report.ts';
import { train as trainModel } from '../nlu/train.ts';
import { lexicon, modelsFolder, readExamples, TRAINING_FOLDER } from '../server/understanding.ts';
import { printEvaluation } from './evaluate.ts';
import { compareOnTests, showComparison } from './models.ts';
import { recordAction } from './operator.ts';
import { createProgress, printJson, say } from './progress.ts';
import { readSettings } from './settings.ts';

export type TrainOptions = {
  readonly config?: string;
  readonly data?: string;
  readonly report?: string;
  readonly force?: boolean;
  /** Do nothing when a model is in use. */
  readonly ifMissing?: boolean;
};

/** Returns the exit code: 1 when the new model is kept but not used, because it is worse than the one in use. */
export async function train(options: TrainOptions): Promise<number> {
  const config = readSettings(options.config);
  const inUse = currentModel(modelsFolder(config.dataDir));
  if (options.ifMissing && inUse) {
    say(`${inUse} is in use.`);
    return 0;
  }
  const examples = readExamples(options.data ?? TRAINING_FOLDER, config.languages);
  const progress = createProgress('Training');
  const startedAt = Date.now();
  const { model, heldOut } = await trainModel(examples, lexicon(), progress.update);
  progress.end();
  const folder = modelsFolder(config.dataDir);
  const before = currentModel(folder);
  const id = saveModel(folder, model, Date.now());
  say(`Trained ${id} on ${examples.length} examples in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
  const result = evaluate(heldOut);
  say('Cross-validated: each example read by a model that had not seen it.');
  printEvaluation(result, id);
  if (options.report) {
    const files = [`cross-validation of ${examples.length} examples`];
    writeFileSync(options.report, evaluationPage(result, { model: id, files, at: Date.now() }));
    say(`The report is in ${options.report}.`);
  }
  const comparison = before && before !== id ? await compareOnTests(folder, before, id) : null;
  if (comparison) {
    say(`Compared with ${before}, the model in use:`);
    showComparison(comparison);
  }
  const passes = comparison?.passes ?? true;
  const used = passes || options.force === true;
  if (used) useModel(folder, id);
  if (used && before !== id)
    await recordAction(config, {
      kind: passes ? 'operator' : 'override',
      action: passes ? 'train' : 'train --force',
      ref: id,
      data: { before },
    });
  say(verdict(id, passes, options.force === true));
  const gate = comparison && { before: comparison.before, after: comparison.after, passes };
  printJson({ id, used, metrics: model.metrics, gate });
  return used ? 0 : 1;
}

function verdict(id: string, passes: boolean, forced: boolean): string {
  if (passes) return `${id} is in use.`;
  return forced
    ? `${id} is worse than the model before, and in use because of --force.`
    : `${id} is worse than the model in use by more than chance: kept, not used. Mend the data, or --force it.`;
}
