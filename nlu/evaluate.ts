/** Measures an engine on messages whose intent is known: what it gets right, and how honest its confidence is. */
import { calibrationError } from './calibrate.ts';
import type { Understand, Understanding } from './understanding.ts';
import { OUT_OF_SCOPE } from './understanding.ts';

/** A message with the intent a person gave it. */
export type TestCase = { readonly text: string; readonly intent: string; readonly lang: string | null };

export type Judged = {
  readonly text: string;
  readonly lang: string;
  readonly expected: string;
  readonly got: string;
  readonly confidence: number;
  /** How sure the engine is that the message is something it knows, whatever it is. */
  readonly inScope: number;
  readonly right: boolean;
};

export type IntentScore = {
  readonly intent: string;
  readonly messages: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
};

export type Confusion = {
  readonly expected: string;
  readonly got: string;
  readonly count: number;
  /** At most {@link SAMPLES} of them. */
  readonly messages: readonly string[];
};

export type TradeOff = {
  readonly threshold: number;
  /** Share of in-scope messages answered without a question. */
  readonly coverage: number;
  /** Share of the answers that were right; an answer to an out-of-scope message is wrong. */
  readonly precision: number;
};

export type CalibrationBin = { readonly stated: number; readonly right: number; readonly messages: number };

export type Evaluation = {
  readonly messages: number;
  /** Of in-scope messages. */
  readonly accuracy: number;
  readonly macroF1: number;
  readonly byLanguage: Readonly<Record<string, { readonly messages: number; readonly accuracy: number }>>;
  readonly byIntent: readonly IntentScore[];
  readonly confusions: readonly Confusion[];
  readonly calibrationError: number;
  readonly calibration: readonly CalibrationBin[];
  readonly outOfScope: {
    readonly messages: number;
    /** Chance that an in-scope message scores above an out-of-scope one; null without out-of-scope messages. */
    readonly auroc: number | null;
    /** Share of out-of-scope messages rejected where 90 % of in-scope ones are kept. */
    readonly recallAt90: number | null;
  };
  readonly tradeOff: readonly TradeOff[];
  /** The lowest threshold with {@link WANTED_PRECISION} among answers; null when none reaches it. */
  readonly suggestedAnswer: TradeOff | null;
};

const SAMPLES = 5;
const WANTED_PRECISION = 0.95;
const BINS = 10;
const THRESHOLDS = Array.from({ length: 39 }, (_, step) => (step + 1) / 40);

export async function judge(
  cases: readonly TestCase[],
  understand: Understand,
  now: number,
): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const { text, intent, lang } of cases)
    judged.push(judgeOne({ text, intent, lang }, await understand(text, { now })));
  return judged;
}

export function judgeOne({ text, intent, lang }: TestCase, understanding: Understanding): Judged {
  const { intent: got, confidence } = understanding;
  return {
    text,
    lang: lang ?? understanding.lang,
    expected: intent,
    got,
    confidence,
    inScope: got === OUT_OF_SCOPE ? 1 - confidence : confidence,
    right: got === intent,
  };
}

export function evaluate(judged: readonly Judged[]): Evaluation {
  const known = judged.filter(({ expected }) => expected !== OUT_OF_SCOPE);
  const outside = judged.filter(({ expected }) => expected === OUT_OF_SCOPE);
  const byIntent = intentScores(judged);
  const tradeOff = THRESHOLDS.map((threshold) => tradeOffAt(judged, known.length, threshold));
  return {
    messages: judged.length,
    accuracy: shareRight(known),
    macroF1: mean(byIntent.map(({ f1 }) => f1)),
    byLanguage: Object.fromEntries(
      [...groupBy(known, ({ lang }) => lang)]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([lang, rows]) => [lang, { messages: rows.length, accuracy: shareRight(rows) }]),
    ),
    byIntent,
    confusions: confusions(judged),
    calibrationError: calibrationError(judged),
    calibration: calibrationBins(judged),
    outOfScope: {
      messages: outside.length,
      auroc: outside.length > 0 && known.length > 0 ? auroc(known, outside) : null,
      recallAt90: outside.length > 0 && known.length > 0 ? recallAt90(known, outside) : null,
    },
    tradeOff,
    suggestedAnswer:
      tradeOff.find(({ precision, coverage }) => precision >= WANTED_PRECISION && coverage > 0) ?? null,
  };
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

const shareRight = (rows: readonly Judged[]): number => mean(rows.map(({ right }) => (right ? 1 : 0)));

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

function intentScores(judged: readonly Judged[]): IntentScore[] {
  const expected = groupBy(judged, (row) => row.expected);
  const got = groupBy(judged, (row) => row.got);
  return [...expected]
    .map(([intent, rows]) => {
      const hits = rows.filter(({ right }) => right).length;
      const recall = hits / rows.length;
      const precision = hits / Math.max(got.get(intent)?.length ?? 0, 1);
      const f1 = hits === 0 ? 0 : (2 * precision * recall) / (precision + recall);
      return { intent, messages: rows.length, precision, recall, f1 };
    })
    .sort((a, b) => a.intent.localeCompare(b.intent));
}

function confusions(judged: readonly Judged[]): Confusion[] {
  const wrong = groupBy(
    judged.filter(({ right }) => !right),
    ({ expected, got }) => `${expected} ${got}`,
  );
  return [...wrong.values()]
    .map((rows) => ({
      expected: rows[0]?.expected ?? '',
      got: rows[0]?.got ?? '',
      count: rows.length,
      messages: rows.slice(0, SAMPLES).map(({ text }) => text),
    }))
    .sort((a, b) => b.count - a.count);
}

function tradeOffAt(judged: readonly Judged[], known: number, threshold: number): TradeOff {
  const answered = judged.filter(({ got, confidence }) => got !== OUT_OF_SCOPE && confidence >= threshold);
  const inScope = answered.filter(({ expected }) => expected !== OUT_OF_SCOPE);
  return {
    threshold,
    coverage: inScope.length / Math.max(known, 1),
    precision: answered.length === 0 ? 1 : shareRight(answered),
  };
}

function calibrationBins(judged: readonly Judged[]): CalibrationBin[] {
  const bins = groupBy(judged, ({ confidence }) => String(Math.min(Math.floor(confidence * BINS), BINS - 1)));
  return [...bins]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, rows]) => ({
      stated: mean(rows.map(({ confidence }) => confidence)),
      right: shareRight(rows),
      messages: rows.length,
    }));
}

/** By ranks, ties shared: the Mann-Whitney form. */
function auroc(known: readonly Judged[], outside: readonly Judged[]): number {
  const all = [...known, ...outside].sort((a, b) => a.inScope - b.inScope);
  let rankSum = 0;
  for (let at = 0; at < all.length;) {
    let end = at;
    while (all[end + 1] && all[end + 1]?.inScope === all[at]?.inScope) end += 1;
    const rank = (at + end) / 2 + 1;
    for (let one = at; one <= end; one += 1) if (all[one]?.expected !== OUT_OF_SCOPE) rankSum += rank;
    at = end + 1;
  }
  return (rankSum - (known.length * (known.length + 1)) / 2) / (known.length * outside.length);
}

function recallAt90(known: readonly Judged[], outside: readonly Judged[]): number {
  const scores = known.map(({ inScope }) => inScope).sort((a, b) => a - b);
  const cut = scores[Math.floor(scores.length * 0.1)] ?? 0;
  return outside.filter(({ inScope }) => inScope < cut).length / outside.length;
}
