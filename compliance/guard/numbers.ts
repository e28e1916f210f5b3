/** Numbers that are something harmless for sure, and phone numbers, which are not. */
import { piece } from './fold.ts';
import type { Hit, Reading } from './lexicon.ts';
import type { Lists } from './lists.ts';
import { digitsOf, signConcept, significant } from './lists.ts';
import type { Finding, Scene } from './scene.ts';
import { found, has, hits } from './scene.ts';

const MONEY =
  '[₦$€£₵]|ngn|kshs?|kes|egp|mad|dhs?|ghs|gh₵|ghc|xof|f ?cfa|cfa|ugx|usd|eur|tnd|dzd|mzn|mt|kz|aoa|r\\$|brl|n(?=\\d)|naira|francs?|dirhams?|shillings?|meticais|kwanzas|reais|euros?|dollars?';
const CURRENCY = `(?:${MONEY}|f(?![a-z])|go|gb|mah|kg|ml|km|cm|mm)`;
const AMOUNT = '\\d(?:[\\d .,]{0,14}\\d)?';
/** Masked before anything else is looked for, so that no number is read across them. */
const TAKEN: readonly RegExp[] = [
  // Dates and times.
  /(?<![\d+]|\d[-./])(?:\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2(?:(?:19|20)\d{2}|\d{2}))(?![-./]?\d)/g,
  /(?<!\d)(?:[01]?\d|2[0-3]) ?[:h] ?[0-5]\d(?!\d)/g,
  new RegExp(`(?<![a-z\\d])(?:${MONEY}) ?${AMOUNT}(?![a-z\\d])`, 'g'),
  new RegExp(`(?<![\\da-z+])${AMOUNT} ?${CURRENCY}(?![a-z\\d])`, 'g'),
  // Figures with one separator for thousands.
  /(?<![\d.,+])\d{1,3}[.,]\d{3}(?!\d|[.,]\d)/g,
  // Dimensions and ranges of figures with few digits.
  /(?<![\d])\d{1,4}(?:[.,]\d{1,2})? ?[x×] ?\d{1,4}(?:[.,]\d{1,2})?(?: ?[x×] ?\d{1,4})?(?![\d])/g,
];

/** The text with harmless numbers painted over, sign by sign, so that places stay. */
export function masked(text: string): string {
  let result = text;
  for (const pattern of TAKEN)
    result = result.replace(pattern, (taken) =>
      digitsOf(taken).length > 9 && !/[:h]/.test(taken) ? taken : '#'.repeat(taken.length),
    );
  return result;
}

/** The text with a piece painted over. */
export function painted(text: string, start: number, end: number): string {
  return text.slice(0, start) + '#'.repeat(end - start) + text.slice(end);
}

export function countDigits(text: string, enough: number): number {
  let count = 0;
  for (let index = 0; index < text.length && count < enough; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) count += 1;
  }
  return count;
}

/** What may stand between two digits of one number. */
const S = '[\\s().\\-/_*|~•,·]{0,3}';
const times = (first: string, least: number, most: number): string => `${first}(?:${S}\\d){${least},${most}}`;
const digits = (text: string): string => [...text].join(S);

/** Numbers that are phones wherever they stand. */
const PHONE = new RegExp(
  [
    `(?:\\+|(?<![\\d])00)${S}${times('[1-9]', 7, 14)}`,
    // Mobiles with the country's code but without a plus: NG, KE, EG, MA, GH, CI, SN, UG, TN, DZ, MZ, AO.
    `(?<!\\d)(?:${digits('234')}${S}[789]|${digits('254')}${S}[17]|${digits('233')}${S}[235]|${digits('212')}${S}[5-8]|${digits('256')}${S}[347]|${digits('221')}${S}[37]|${digits('213')}${S}[5-7]|${digits('258')}${S}8|${digits('244')}${S}9)(?:${S}\\d){8,9}(?!\\d)`,
    `(?<!\\d)${digits('225')}${S}0(?:${S}\\d){9}(?!\\d)`,
    `(?<!\\d)${digits('201')}(?:${S}\\d){9}(?!\\d)`,
    // National, with the leading zero: nine to eleven digits.
    `(?<!\\d)0${S}${times('[1-9]', 7, 9)}(?!\\d)`,
    // Local, in the groups phones are written in: 84 123 4567, 77 123 45 67, 912 345 678, 11 98765-4321.
    '(?<![\\d.,])(?:8[2-7] \\d{3} \\d{4}|\\d{2} \\d{3} \\d{2} \\d{2}|9[1-9]\\d \\d{3} \\d{3}|[67]\\d{2} \\d{3} \\d{3}|\\d{2} 9\\d{4}-?\\d{4}|\\d{2}(?:[ .-]\\d{2}){4})(?!\\d|[ .,-]\\d)',
    // Groups with signs between them that no honest number has.
    '(?<![\\d.])\\d{1,4}(?:(?:\\.{2,3}|[*_|~]{1,3}) ?\\d{1,4}){2,}(?![\\d.])',
    // Eight or more single digits, each apart.
    '(?<![\\d.,])\\d(?:[ \\n._*|-]\\d){7,14}(?![\\d])',
  ].join('|'),
  'g',
);
/** A number of this length is a phone after "call", "my number" and the like. */
const BARE = /(?<![\d.,#a-z-])[1-9](?:[\s.\-/]?\d){6,11}(?!\d|#|[.,]\d)/g;

/** Digits in words, emoji or fullwidth signs: nobody writes an order number so. Arabic digits are honest ones. */
const LONG = /(?<!\d)\d(?:[\s.-]?\d){6,15}(?!\d)/g;
const UNUSUAL = /\p{L}{3}|\u20e3|[\uff10-\uff19\u2460-\u24ff\u2776-\u2793\u{1d7ce}-\u{1d7ff}]/u;

const ORDER_NUMBER = /^3\d{8}$/;

export type PhoneAt = { readonly start: number; readonly end: number };

/** The first phone number that may not be told. @param mask the text of the view as `masked` gives it */
export function findPhone(scene: Scene, reading: Reading, mask: string): Finding | null {
  const { view } = reading;
  for (const match of mask.matchAll(PHONE)) {
    const span = { start: match.index, end: match.index + match[0].length };
    if (isAnnouncedOtherwise(scene, reading, span) || isAllowedLine(scene, reading, span)) continue;
    return found(scene, view, ruleOf(scene, reading, span), span);
  }
  for (const match of mask.matchAll(LONG)) {
    const span = { start: match.index, end: match.index + match[0].length };
    if (
      !view.at ||
      !UNUSUAL.test(piece(scene.original, view, span.start, span.end)) ||
      isAllowedLine(scene, reading, span)
    )
      continue;
    return found(scene, view, ruleOf(scene, reading, span), span);
  }
  for (const match of mask.matchAll(BARE)) {
    const span = { start: match.index, end: match.index + match[0].length };
    const cue =
      lastBefore(reading, 'phone_cue', span.start, 40) ?? firstAfter(reading, 'phone_cue', span.end, 14);
    if (!cue || isAnnouncedOtherwise(scene, reading, span) || isAllowedLine(scene, reading, span)) continue;
    return found(scene, view, ruleOf(scene, reading, span), span);
  }
  return null;
}

/** The last hit of a concept that ends at most `chars` before the place, in the same or the sentence before. */
export function lastBefore(
  { hits: all }: Reading,
  concept: string,
  place: number,
  chars: number,
): Hit | undefined {
  return all.get(concept)?.findLast(({ end }) => end <= place && place - end <= chars);
}

export function firstAfter(
  { hits: all }: Reading,
  concept: string,
  place: number,
  chars: number,
): Hit | undefined {
  return all.get(concept)?.find(({ start }) => start >= place && start - place <= chars);
}

/** "I don't recognise 0803 … as a tracking number", "it has 11 digits": the customer's own number, asked about. */
export function isAskedAbout(reading: Reading, { start, end }: PhoneAt): boolean {
  return [
    lastBefore(reading, 'unknown_number', start, 24),
    firstAfter(reading, 'unknown_number', end, 24),
    firstAfter(reading, 'digit_count', end, 12),
  ].some((hit) => hit !== undefined);
}

/** The name of a certified carrier right before. */
export function certifiedBefore(
  lists: Lists,
  reading: Reading,
  place: number,
  chars: number,
): Hit | undefined {
  const carrier = lastBefore(reading, 'carrier', place, chars);
  return carrier && lists.certified.has(lists.carriers.get(carrier.word) ?? '') ? carrier : undefined;
}

/** "Order number …", "voucher …", "the card ending …": said to be something else right before. */
function isAnnouncedOtherwise({ lists }: Scene, reading: Reading, { start, end }: PhoneAt): boolean {
  const number = digitsOf(reading.view.text.slice(start, end));
  const digitsHere = number.length;
  // Orders of the marketplace have nine digits and begin with a three, as no phone of our markets does.
  if (ORDER_NUMBER.test(number) || isAskedAbout(reading, { start, end })) return true;
  const order = lastBefore(reading, 'order_word', start, 14);
  if (order && digitsHere === 9) return true;
  const code =
    lastBefore(reading, 'code_word', start, 12) ??
    lastBefore(reading, 'reference_word', start, 12) ??
    lastBefore(reading, 'tracking', start, 4);
  const phone = lastBefore(reading, 'phone_cue', start, 24);
  if (code && (!phone || phone.end <= code.start)) return true;
  // Ten digits without a leading zero that nobody asks to call may be the carrier's from further on.
  const reach = !phone && /^[1-6]\d{9}$/.test(number) ? 60 : 24;
  return certifiedBefore(lists, reading, start, reach) !== undefined;
}

/** True when the sentence tells a line that may be told. */
export function namesListedLine(scene: Scene, reading: Reading, sentence: number): boolean {
  for (const match of reading.view.text.matchAll(/\+?\d[\d\s().-]{2,20}\d/g)) {
    const span = { start: match.index, end: match.index + match[0].length };
    const own = reading.tokens.findLast((one) => one.start <= span.start)?.sentence ?? 0;
    if (own === sentence && isAllowedLine(scene, reading, span)) return true;
  }
  return false;
}

/** A line of the marketplace or of the shop's own list, or one that cannot be private in a sentence about the marketplace. */
function isAllowedLine({ lists }: Scene, reading: Reading, { start, end }: PhoneAt): boolean {
  const written = reading.view.text.slice(start, end);
  const bare = significant(written);
  if (lists.hotlines.some((line) => bare === line || (line.length >= 8 && bare.endsWith(line)))) return true;
  const token = reading.tokens.findLast((one) => one.start <= start);
  const sentence = token?.sentence ?? 0;
  const jumia = has(reading, 'jumia', sentence);
  return jumia && !has(reading, 'self', sentence) && isCorporate(digitsOf(written), lists);
}

function isCorporate(number: string, { corporateLines }: Lists): boolean {
  return corporateLines.some((beginning) => number.startsWith(beginning));
}

/** A phone that money is to be sent to is a wallet. */
function ruleOf(scene: Scene, reading: Reading, { start }: PhoneAt): Finding['rule'] {
  const sentence = reading.tokens.findLast((one) => one.start <= start)?.sentence ?? 0;
  const pays = ['pay', 'wallet', 'money_strict', signConcept('moves')].some((concept) =>
    has(reading, concept, sentence),
  );
  return pays ||
    scene.readings.some((other) => other !== reading && hits(other, 'wallet').length > 0) ||
    hits(reading, 'account_cue').some((hit) => hit.sentence === sentence)
    ? 'external_payment_link'
    : 'off_platform_diversion';
}
