/**
 * The outgoing guard: what may not leave the house. A pure function of a text, made once from lists. It is asked at the
 * end of every turn, and again by the one place that hands a message to a channel, whoever wrote it.
 *
 * Sellers who want to get past it write with tricks, so the text is read as a person sees it (guard/fold.ts) and with
 * the tricks undone (guard/unmask.ts); the rules look at each reading. A block explains itself: the piece of text, and
 * the clause of the policy it breaks.
 */
import type { Clause, Clauses } from './clauses.ts';
import { findDisguised, findDiversion } from './guard/diversion.ts';
import type { View } from './guard/fold.ts';
import { fold } from './guard/fold.ts';
import type { Reading } from './guard/lexicon.ts';
import { readWords } from './guard/lexicon.ts';
import { findLink } from './guard/links.ts';
import type { GuardLists, Lists } from './guard/lists.ts';
import { prepare } from './guard/lists.ts';
import { countDigits, findPhone, masked, painted } from './guard/numbers.ts';
import type { Passage } from './guard/passages.ts';
import { passagesOf } from './guard/passages.ts';
import { findPieces } from './guard/pieces.ts';
import { findPattern } from './guard/patterns.ts';
import { findCrypto, findPaymentNumber, findPaymentRequest } from './guard/payment.ts';
import type { Finding, Rule, Scene } from './guard/scene.ts';
import { found } from './guard/scene.ts';
import { findSigns } from './guard/signs.ts';
import type { Numbers, RecognizeNumber } from './guard/tracking.ts';
import { findTracking } from './guard/tracking.ts';
import { spoken } from './guard/spoken.ts';
import { joined, unlettered, unsigned } from './guard/unmask.ts';

export type GuardRule = Rule;
export const GUARD_RULES = [
  'uncertified_tracking_number',
  'external_payment_link',
  'off_platform_diversion',
] as const satisfies readonly GuardRule[];

export type Verdict =
  | { readonly verdict: 'allow'; readonly rule: null; readonly evidence: null; readonly clause: null }
  | {
      readonly verdict: 'block';
      readonly rule: GuardRule;
      /** The piece of the text that broke the rule, as it was written. */
      readonly evidence: string;
      readonly clause: Clause;
    };

/** Where the text goes. The shop decides which lists count; the country only helps to recognize numbers. */
export type GuardContext = { readonly country?: string | undefined; readonly shop?: string | undefined };
export type Guard = (text: string, context?: GuardContext) => Verdict;

/** What was learnt from examples. */
export type Judge = {
  /** The likeliest rule a passage breaks, how likely that is, and how likely it breaks any. */
  readonly read: (passage: Passage) => {
    readonly rule: Rule;
    readonly certainty: number;
    readonly any: number;
  };
  /** From this certainty on a passage is forbidden though no rule has a word for it. */
  readonly forbidden: number;
  /** Below this, a rule that only went by words is overruled. */
  readonly innocent: number;
};

const ALLOW: Verdict = { verdict: 'allow', rule: null, evidence: null, clause: null };

/**
 * @param lists what is certified, official and known; `shops` holds what differs for a shop
 * @param recognizeNumber what carriers may have written a number, for example `recognize` of carriers/
 * @param judge asked about words: what hints at something no list has a word for, and what only looks like it.
 *   Numbers, links and accounts are the rules' alone.
 * @example
 * const guard = createGuard({ ...lists, clauses }, recognizeNumber);
 * guard('Add me on W.h.a.t.s.A.p.p').rule; // 'off_platform_diversion'
 */
export function createGuard(
  lists: GuardLists & { readonly clauses: Clauses },
  recognizeNumber: RecognizeNumber,
  judge?: Judge,
): Guard {
  const listsOf = prepare(lists);
  return (text, { country, shop } = {}) => {
    const numbers = { recognize: recognizeNumber, country };
    const scene = sceneOf(text, listsOf(shop));
    const finding = scene && (findPlain(scene, numbers) ?? findMeant(scene, numbers, judge));
    if (!finding) return ALLOW;
    return { verdict: 'block', ...finding, clause: lists.clauses[finding.rule] };
  };
}

/** The passages of a text as the judge of a guard would be asked about them, with the shipped lists. */
export function createPassages(
  lists: GuardLists,
  recognizeNumber: RecognizeNumber,
): (text: string) => readonly Passage[] {
  const shipped = prepare(lists)();
  return (text) => {
    const scene = sceneOf(text, shipped);
    return scene ? passagesOf(scene, { recognize: recognizeNumber, country: undefined }) : [];
  };
}

/** Null when there is nothing to read. */
function sceneOf(original: string, lists: Lists): Scene | null {
  const view = fold(original);
  if (!/[a-z0-9]/.test(view.text)) return null;
  const plain = readWords(view, lists.lexicon);
  const readings = [plain, ...otherViews(plain, lists).map((other) => readWords(other, lists.lexicon))];
  return { original, readings, lists };
}

/** Numbers, addresses and disguises: what they are needs no opinion. */
function findPlain(scene: Scene, numbers: Numbers): Finding | null {
  const { readings } = scene;
  const [plain] = readings;
  if (!plain) return null;
  return (
    findCrypto(scene) ??
    first(readings, (reading) => byNumber(scene, reading, numbers)) ??
    first(readings, (reading) => findLink(scene, reading))
  );
}

/** What the words ask for: by the rules, which the judge may overrule, or by the judge alone. */
function findMeant(scene: Scene, numbers: Numbers, judge: Judge | undefined): Finding | null {
  const { readings } = scene;
  const [plain] = readings;
  if (!plain) return null;
  const byWords =
    first(readings, (reading) => findPaymentRequest(scene, reading)) ??
    first(readings, (reading) => findDiversion(scene, reading)) ??
    first(readings, (reading) => findPattern(scene, reading)) ??
    first(readings, (reading) => findSigns(scene, reading));
  if (!judge) return byWords ?? byDisguise(scene, plain);
  const read = passagesOf(scene, numbers).map((passage) => ({ passage, ...judge.read(passage) }));
  if (byWords && read.some(({ any }) => any >= judge.innocent)) return byWords;
  const disguised = byDisguise(scene, plain);
  if (disguised) return disguised;
  const [surest] = read.sort((one, other) => other.certainty - one.certainty);
  return surest && surest.certainty >= judge.forbidden
    ? found(scene, plain.view, surest.rule, surest.passage)
    : null;
}

/** Only joined letters and digits may be disguised words: reading numbers out adds none. */
function byDisguise(scene: Scene, plain: Reading): Finding | null {
  return (
    findDisguised(scene, plain) ?? first(scene.readings.slice(1), (reading) => findDisguised(scene, reading))
  );
}

function byNumber(scene: Scene, reading: Reading, numbers: Numbers): Finding | null {
  if (countDigits(reading.view.text, 4) < 4 && !reading.view.text.includes('$')) return null;
  const mask = masked(reading.view.text);
  const told = findPieces(scene, reading, numbers);
  if (told) return told;
  const tracking = findTracking(scene, reading, mask, numbers);
  if ('rule' in tracking) return tracking;
  const rest = tracking.reduce((text, { start, end }) => painted(text, start, end), mask);
  return findPaymentNumber(scene, reading, rest) ?? findPhone(scene, reading, rest);
}

function first(readings: readonly Reading[], look: (reading: Reading) => Finding | null): Finding | null {
  for (const reading of readings) {
    const finding = look(reading);
    if (finding) return finding;
  }
  return null;
}

function otherViews(plain: Reading, lists: Lists): readonly View[] {
  const ends = { all: lists.tlds, shy: lists.wordTlds };
  const together = joined(plain.view);
  const base = together ? readWords(together, lists.lexicon) : plain;
  return [
    together,
    spoken(base.view, base.tokens, ends),
    unlettered(plain.view),
    unsigned(plain.view),
  ].filter((view) => view !== null);
}
