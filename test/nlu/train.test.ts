import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { NO_LEXICON } from '../../nlu/concepts.ts';
import { createEngine, loadEngine } from '../../nlu/engine.ts';
import { rawFeatures } from '../../nlu/features.ts';
import type { FitResult, Prepared, Task } from '../../nlu/fit.ts';
import { fit } from '../../nlu/fit.ts';
import { saveModel } from '../../nlu/models.ts';
import { normalize, tokenize } from '../../nlu/normalize.ts';
import { planTrainings } from '../../nlu/plan.ts';
import { runTasks } from '../../nlu/processes.ts';
import { train } from '../../nlu/train.ts';
import type { Example } from '../../nlu/training-data.ts';

const THINGS = ['parcel', 'order', 'package', 'phone', 'shoes', 'dress', 'blender', 'laptop', 'bag', 'watch'];
const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  track: ['where is my THING', 'track the THING', 'is the THING on its way'],
  refund: ['money back for the THING', 'refund my THING', 'I was charged twice for the THING'],
  cancel: ['cancel the THING', 'stop the THING I do not want it', 'please cancel my THING'],
  broken: ['the THING came broken', 'my THING does not work', 'the THING is damaged'],
  thank: ['thanks for the THING', 'the THING is great thank you', 'many thanks the THING is here'],
  size: ['the THING is too small', 'wrong size of THING', 'can I get the THING bigger'],
};
const EXAMPLES: readonly Example[] = Object.entries(SENTENCES).flatMap(([intent, sentences]) =>
  sentences.flatMap((sentence, line) =>
    THINGS.map((thing) => ({
      text: sentence.replace('THING', thing),
      intent,
      lang: 'en',
      file: 'a.yml',
      line,
    })),
  ),
);
const LABELS = Object.keys(SENTENCES).sort();

const ROWS = EXAMPLES.map(({ text, intent, lang }): Prepared => {
  const words = tokenize(normalize(text));
  return {
    text: normalize(text),
    lang,
    label: LABELS.indexOf(intent),
    words: words.length,
    features: rawFeatures(words, () => []),
  };
});

describe('training', function () {
  this.timeout(60_000);

  it('gives the same model in one process and in two', async () => {
    const { folds } = planTrainings(EXAMPLES, LABELS);
    const tasks: readonly Task[] = folds.slice(0, 3);
    const run = (processes: number): Promise<readonly FitResult[]> =>
      runTasks({ rows: ROWS, classes: LABELS.length }, tasks, () => undefined, processes);
    const alone = await run(1);
    expect(await run(2)).to.deep.equal(alone);
    expect(alone[0]?.read).to.have.length(folds[0]?.read.length ?? 0);
  });

  it('holds every example out of one training, and whole intents out of others', () => {
    const { folds, novelties } = planTrainings(EXAMPLES, LABELS);
    const read = folds.flatMap((task) => [...task.read]).sort((a, b) => a - b);
    expect(read).to.deep.equal([...EXAMPLES.keys()]);
    for (const { learn, read: out } of [...folds, ...novelties])
      expect([...out].some((at) => learn.includes(at))).to.equal(false);
    const intents = (places: Int32Array) => new Set([...places].map((at) => EXAMPLES[at]?.intent));
    for (const { learn, read: out } of novelties)
      expect([...intents(out)].some((intent) => intents(learn).has(intent))).to.equal(false);
    expect(novelties).to.not.have.length(0);
  });

  it('keeps a model on disk that reads as it did before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wismo-model-'));
    const { model } = await train(EXAMPLES, NO_LEXICON);
    const mixed = { ...model, ...fit(ROWS, LABELS.length), mix: { nlpjs: 0.2, temperature: 0.75 } };
    const id = saveModel(folder, mixed, 0);
    const before = createEngine(mixed, id, NO_LEXICON);
    const after = await loadEngine(folder, id, NO_LEXICON);
    for (const text of ['where is the laptop', 'zxcv', 'money for broken shoes'])
      expect(await after(text, { now: 0 })).to.deep.equal(await before(text, { now: 0 }));
    rmSync(folder, { recursive: true, force: true });
  });
});
