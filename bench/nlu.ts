/**
 * `npm run bench:nlu -- --data DIR [--only NAME]`: the engine beside plain nlp.js on public intent data sets, in one
 * run. DIR holds `<name>-train.jsonl` and `<name>-test.jsonl` (one {"text","intent"} a line; CLINC150, BANKING77,
 * HWU64); a test file may contain `out_of_scope`. `--only` runs one of them (`own` for the product's own data), and
 * `--without-nlpjs` leaves nlp.js out, whose training takes longer than all the rest. Times are ratios of the two
 * engines on the same messages, taken in turns; nlp.js keeps what it has made of a message, so it is asked about each
 * as new and again.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createEngine, loadEngine } from '../nlu/engine.ts';
import { NO_LEXICON } from '../nlu/concepts.ts';
import type { Judged } from '../nlu/evaluate.ts';
import { evaluate } from '../nlu/evaluate.ts';
import { saveModel } from '../nlu/models.ts';
import { normalize } from '../nlu/normalize.ts';
import { train } from '../nlu/train.ts';
import type { Example } from '../nlu/training-data.ts';
import { readTrainingData } from '../nlu/training-data.ts';
import type { Understand } from '../nlu/understanding.ts';
import { OUT_OF_SCOPE } from '../nlu/understanding.ts';
import { lexicon, TRAINING_FOLDER } from '../server/understanding.ts';
import type { PlainNlpjs } from './plain-nlpjs.ts';
import { trainPlainNlpjs } from './plain-nlpjs.ts';

type Row = { readonly text: string; readonly intent: string };

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    'without-nlpjs': { type: 'boolean', default: false },
  },
});

const TIMED = 2_000;
const ROUNDS = 5;

function readRows(file: string): Row[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Row);
}

const percent = (share: number | null): string => (share === null ? '–' : (share * 100).toFixed(1));

type Figures = {
  readonly accuracy: number;
  readonly auroc: number | null;
  readonly recallAt90: number | null;
};

function figures(judged: readonly Judged[]): Figures {
  const { accuracy, outOfScope } = evaluate(judged);
  return { accuracy, auroc: outOfScope.auroc, recallAt90: outOfScope.recallAt90 };
}

/** What the classifier alone says: without training examples of it, out of scope is only a low score. */
async function ours(engine: Understand, rows: readonly Row[]): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const { text, intent } of rows) {
    const { intent: got, confidence } = await engine(text, { now: 0, lang: 'en' });
    const inScope = got === OUT_OF_SCOPE ? 1 - confidence : confidence;
    judged.push({ text, lang: 'en', expected: intent, got, confidence, inScope, right: got === intent });
  }
  return judged;
}

async function plain(nlpjs: PlainNlpjs, rows: readonly Row[]): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const { text, intent } of rows) {
    const [best] = await nlpjs(text);
    const got = best?.intent ?? OUT_OF_SCOPE;
    const confidence = best?.score ?? 0;
    const right = got === intent;
    judged.push({ text, lang: 'en', expected: intent, got, confidence, inScope: confidence, right });
  }
  return judged;
}

/** Microseconds of processor time a message: unlike the clock's, not swayed by what else the machine does. */
async function timeOf(work: (text: string) => Promise<unknown>, texts: readonly string[]): Promise<number> {
  const before = process.cpuUsage();
  for (const text of texts) await work(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / texts.length;
}

type Times = { readonly ours: number; readonly asNew: number; readonly again: number };

/** The median of several rounds, so that what else the machine does falls out. */
async function compareTimes(
  engine: Understand,
  nlpjs: PlainNlpjs,
  rows: readonly Row[],
): Promise<{ readonly asNew: number; readonly again: number; readonly us: number }> {
  const texts = rows.slice(0, TIMED).map(({ text }) => text);
  const rounds: Times[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    // A number at the end makes a message nlp.js has not met; the same for both engines.
    const fresh = texts.map((text) => `${text} ${round}`);
    const read = (text: string): Promise<unknown> => engine(text, { now: 0, lang: 'en' });
    const asNew = await timeOf(nlpjs, fresh);
    const ours = await timeOf(read, fresh);
    rounds.push({ asNew, ours, again: await timeOf(nlpjs, fresh) });
  }
  // The first round is the one in which the code is compiled.
  const median = (of: (times: Times) => number): number =>
    rounds
      .slice(1)
      .map(of)
      .sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  return {
    asNew: median(({ ours: own, asNew }) => own / asNew),
    again: median(({ ours: own, again }) => own / again),
    us: median(({ ours: own }) => own),
  };
}

const cells = (of: Figures): string =>
  `${percent(of.accuracy).padStart(6)} ${(of.auroc?.toFixed(3) ?? '–').padStart(7)} ${percent(of.recallAt90).padStart(8)}`;

async function compare(name: string, trainFile: string, testFile: string): Promise<void> {
  const examples: Example[] = readRows(trainFile).map(({ text, intent }, index) => ({
    text,
    intent,
    lang: 'en',
    file: trainFile,
    line: index + 1,
  }));
  const test = readRows(testFile);
  const startedAt = performance.now();
  const { model } = await train(examples, NO_LEXICON);
  const seconds = (performance.now() - startedAt) / 1000;
  const engine = createEngine(model, 'bench', NO_LEXICON);
  const us = figures(await ours(engine, test));
  let time = '';
  if (!values['without-nlpjs']) {
    const nlpjs = await trainPlainNlpjs(
      examples.map(({ text, intent }) => ({ text: normalize(text), intent })),
    );
    console.log(`${name.padEnd(22)} nlp.js ${cells(figures(await plain(nlpjs, test)))}`);
    const times = await compareTimes(engine, nlpjs, test);
    time = `time ×${times.asNew.toFixed(2)} of nlp.js (×${times.again.toFixed(2)} of what it remembers), ${times.us.toFixed(0)} µs, `;
  }
  console.log(
    `${(values['without-nlpjs'] ? name : '').padEnd(22)} wismo  ${cells(us)}   ${time}mix ${model.mix.nlpjs}/${model.mix.temperature}, ECE ${model.metrics.calibrationError.toFixed(3)}, trained in ${seconds.toFixed(0)} s`,
  );
}

/** The product's own data: size, loading and training time, cross-validated figures. */
async function ownModel(): Promise<void> {
  const { examples } = readTrainingData(TRAINING_FOLDER);
  const folder = mkdtempSync(join(tmpdir(), 'wismo-bench-'));
  const startedAt = performance.now();
  const { model } = await train(examples, lexicon());
  const trained = (performance.now() - startedAt) / 1000;
  const id = saveModel(folder, model, 0);
  const bytes = readdirSync(join(folder, id)).reduce(
    (sum, file) => sum + statSync(join(folder, id, file)).size,
    0,
  );
  const loadedFrom = performance.now();
  await loadEngine(folder, id, lexicon());
  const loaded = (performance.now() - loadedFrom) / 1000;
  rmSync(folder, { recursive: true, force: true });
  console.log(
    `own data (${examples.length} messages)  cross-validated ${percent(model.metrics.accuracy)} %, ECE ${model.metrics.calibrationError.toFixed(3)}, ${(bytes / 1e6).toFixed(1)} MB, loads in ${loaded.toFixed(2)} s, trains in ${trained.toFixed(0)} s`,
  );
}

if (values.data && existsSync(values.data)) {
  const folder = values.data;
  console.log(`${''.padEnd(30)} right%   AUROC  OOS@90%`);
  const trainFiles = readdirSync(folder)
    .filter((file) => /-train(-10shot)?\.jsonl$/.test(file))
    .sort();
  for (const file of trainFiles) {
    const name = basename(file, '.jsonl').replace('-train', '');
    if (values.only && name !== values.only) continue;
    const test = join(folder, `${name.replace('-10shot', '')}-test.jsonl`);
    if (existsSync(test)) await compare(name, join(folder, file), test);
  }
} else {
  console.log('Name the folder with the public data sets: npm run bench:nlu -- --data DIR');
}
if (!values.only || values.only === 'own') await ownModel();
