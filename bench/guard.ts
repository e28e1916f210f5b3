/**
 * `npm run bench:guard`: how long the outgoing guard takes a reply, over the corpora of its tests, which hold far more
 * numbers and tricks than a day of real replies. Every reply is read as often; nothing is remembered between readings.
 */
import { performance } from 'node:perf_hooks';
import { openGuard } from '../server/guard.ts';
import { readCorpora } from '../test/compliance/guard/corpus.ts';

const ROUNDS = 20;
const guard = openGuard([]);

function measure(name: string, texts: readonly string[]): void {
  for (const text of texts) guard(text);
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const text of texts) {
      const startedAt = performance.now();
      guard(text);
      took.push((performance.now() - startedAt) * 1000);
    }
  }
  took.sort((a, b) => a - b);
  const at = (share: number): string => (took[Math.floor(took.length * share)] ?? 0).toFixed(1).padStart(7);
  const mean = (took.reduce((sum, one) => sum + one, 0) / took.length).toFixed(1).padStart(7);
  const length = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / texts.length);
  console.log(
    `${name.padEnd(22)}mean ${mean} µs   median ${at(0.5)} µs   p99 ${at(0.99)} µs   (${texts.length} replies of ${length} characters)`,
  );
}

const corpora = readCorpora();
for (const { lang, good } of corpora) measure(`good, ${lang}`, good);
for (const { lang, forbidden } of corpora) measure(`forbidden, ${lang}`, Object.values(forbidden).flat());
measure(
  'long, good',
  corpora.map(({ good }) => good.slice(0, 60).join('\n')),
);
