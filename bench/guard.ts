/**
 * `npm run bench:guard`: how long the outgoing guard takes a reply, over the corpora of its tests, which hold far more
 * numbers and tricks than a day of real replies. Every reply is read as often; nothing is remembered between readings.
 */
import { performance } from 'node:perf_hooks';
import { openGuard, readGuardLists, recognizeNumber } from '../server/guard.ts';
import { createPassages } from '../compliance/guard.ts';
import { createJudge, trainGuard } from '../server/guard-model.ts';
import { readGuardExamples } from '../server/guard-training.ts';
import { readCorpora } from '../test/compliance/guard/corpus.ts';

const ROUNDS = 20;
const passages = createPassages(readGuardLists(), recognizeNumber);
const judge = createJudge(trainGuard(readGuardExamples(['en', 'fr', 'pt']), passages));
const guard = openGuard([], undefined, judge);

function measure(name: string, texts: readonly string[]): void {
  for (const text of texts) guard(text);
  const took: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const text of texts) {
      const startedAt = performance.now();
      guard(text);
      took.push((performance.now() - startedAt) * 1000);
    }
  }
  // The processor's time, because the clock's also counts what other programs take meanwhile.
  const { user, system } = process.cpuUsage(before);
  took.sort((a, b) => a - b);
  const micros = (value: number): string => `${value.toFixed(1).padStart(7)} µs`;
  const at = (share: number): string => micros(took[Math.floor(took.length * share)] ?? 0);
  const length = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / texts.length);
  console.log(
    `${name.padEnd(16)}cpu ${micros((user + system) / took.length)}   median ${at(0.5)}   p95 ${at(0.95)}   (${texts.length} replies of ${length} characters)`,
  );
}

const corpora = readCorpora();
for (const { lang, good } of corpora) measure(`good, ${lang}`, good);
for (const { lang, forbidden } of corpora) measure(`forbidden, ${lang}`, Object.values(forbidden).flat());
measure(
  'six in one',
  corpora.flatMap(({ good }) => [0, 6, 12, 18, 24].map((from) => good.slice(from, from + 6).join('\n'))),
);
