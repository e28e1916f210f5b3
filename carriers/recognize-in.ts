/**
 * Finds tracking numbers inside a sentence, with the places where they stand. Careful rather than eager: an
 * order number, a phone, a price or a date that is read as a tracking number sends the bot to the wrong parcel.
 */
import { asciiDigits, recognize } from './recognize.ts';
import type { Candidate, Hints } from './recognize.ts';
import type { Carrier } from './carrier.ts';

/** `text.slice(start, end)` is what was typed. */
export type FoundNumber = {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly Candidate[];
};

const MAX_TEXT = 4_000;
const MAX_CHUNKS = 8;
const MAX_NUMBER = 40;
/** Between the pieces of one number: "EE 123 456 785 NG", "JG-NJS-319365323-5711". */
const JOINT = /^[ \u00a0.\-\u2010-\u2015]{1,2}$/;

/** Words that announce a tracking number, in the customers' languages. */
const CUE =
  /\b(track\w*|waybill|way bill|awb|parcel|package|shipment|consignment|colis|suivi|bordereau|expedition|envoi|rastreio|encomenda|ufuatiliaji|kifurushi|mzigo)\b|تتبع|شحن|بوليص|طرد/i;
const ORDER_CUE = /\b(order|commande|cmd|pedido|oda|agizo)\b|طلب/i;
const PHONE_CUE = /\b(phone|call|whatsapp|tel|telephone|mobile|appel\w*|telefone|simu)\b|هاتف|موبايل|واتس/i;
const CURRENCY =
  '(?:[₦$€£]|NGN|KSHS?|KES|EGP|MAD|DHS?|GHS|GH₵|XOF|F?CFA|UGX|USD|EUR|LE|naira|francs?|dirhams?|shillings?|جنيه|درهم)';
const AMOUNT = '\\d(?:[\\d .,]{0,18}\\d)?';
/** What is something else for sure: dates with their time, phone numbers, amounts of money. */
const TAKEN: readonly RegExp[] = [
  /(?<!\d)(?:\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2\d{2,4})(?!\d)(?:[T ]+\d{1,2}:?\d{2}(?::?\d{2})?(?!\d))?/g,
  /\+\s?\d(?:[\s().-]{0,2}\d){7,14}(?!\d)/g,
  // Mobile numbers of our markets: national with the leading zero, or with the country's code.
  /(?<!\d)0[1-9](?:[ .-]?\d){8,9}(?![ .-]?\d)/g,
  /(?<!\d)(?:00)?(?:234[789]\d{9}|254[17]\d{8}|201\d{9}|212[67]\d{8}|233[25]\d{8}|2217\d{8}|2250\d{9}|2567\d{8})(?!\d)/g,
  new RegExp(`(?<![\\p{L}])(?:${CURRENCY}|N(?=\\d))\\s*${AMOUNT}`, 'giu'),
  new RegExp(`${AMOUNT}\\s*${CURRENCY}(?![\\p{L}\\p{N}])`, 'giu'),
];

/** Numbers that are clearly tracking numbers, in the order of the text, without overlaps. */
export function recognizeIn(
  text: string,
  carriers: readonly Carrier[],
  hints: Hints = {},
): readonly FoundNumber[] {
  const plain = flatten(text.slice(0, MAX_TEXT));
  const taken = TAKEN.flatMap((pattern) => [...plain.matchAll(pattern)]).map(spanOf);
  const links = [...plain.matchAll(/https?:\/\/\S+/g)].map(spanOf);
  const found = windows(plain).flatMap((window) => {
    if (taken.some((other) => overlap(window, other))) return [];
    const link = links.find((other) => overlap(window, other));
    const known = link === undefined ? hints : { ...hints, trackingUrl: plain.slice(link.start, link.end) };
    const candidates = recognize(plain.slice(window.start, window.end), carriers, known).filter(
      ({ format }) => format !== 'named on the order',
    );
    const best = candidates[0];
    if (best === undefined || !isConvincing(plain, window, best)) return [];
    const unbroken = /^\w+$/.test(plain.slice(window.start, window.end));
    return [{ ...window, candidates, best, unbroken }];
  });
  const chosen: Found[] = [];
  for (const one of found.toSorted((a, b) => strength(b) - strength(a))) {
    if (!chosen.some((other) => overlap(one, other))) chosen.push(one);
  }
  return chosen
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end, candidates }) => ({ start, end, candidates }));
}

/** Fullwidth and Arabic digits as ASCII, sign by sign, so that offsets stay those of the text. */
function flatten(text: string): string {
  const ascii = asciiDigits(text);
  return ascii.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
}

type Window = { readonly start: number; readonly end: number };
type Found = FoundNumber & { readonly best: Candidate; readonly unbroken: boolean };

function spanOf(match: RegExpExecArray): Window {
  return { start: match.index, end: match.index + match[0].length };
}

function overlap(one: Window, other: Window): boolean {
  return one.start < other.end && one.end > other.start;
}

/** Every run of neighboring pieces that could be one number. */
function windows(text: string): readonly Window[] {
  const chunks = [...text.matchAll(/[A-Za-z0-9]+/g)].map((match) => ({ start: match.index, word: match[0] }));
  return chunks.flatMap((first, index) => {
    const made: Window[] = [];
    let length = 0;
    for (const [step, { start, word }] of chunks.slice(index, index + MAX_CHUNKS).entries()) {
      const before = chunks[index + step - 1];
      if (
        step > 0 &&
        before !== undefined &&
        !JOINT.test(text.slice(before.start + before.word.length, start))
      )
        break;
      // A piece without digits belongs to a number only as its capital letters: EE, NG, JG, NJS.
      if (!/\d/.test(word) && !/^[A-Z]{1,4}$/.test(word)) break;
      length += word.length;
      if (length > MAX_NUMBER) break;
      if (/\d/.test(text.slice(first.start, start + word.length)))
        made.push({ start: first.start, end: start + word.length });
    }
    return made;
  });
}

function isConvincing(text: string, { start, end }: Window, best: Candidate): boolean {
  const written = text.slice(start, end);
  const before = text.slice(Math.max(0, start - 60), start);
  const after = text.slice(end, end + 20);
  // A part of a longer word or figure is not a number of its own.
  if (/[\p{L}\p{N}]$/u.test(before) || /^[\p{L}\p{N}]/u.test(after)) return false;
  if (/[A-Za-z]/.test(written)) {
    if (!best.distinctive) return best.named;
    // "ORDER NO 355000417 IS LATE" has the shape of an S10 number: letters that stand apart need its check digit.
    return !/[A-Za-z]\s\d|\d\s[A-Za-z]/.test(written) || best.checkDigit !== 'wrong';
  }
  return isConvincingDigits({ text, written, before, after }, best);
}

type Surroundings = {
  readonly text: string;
  readonly written: string;
  readonly before: string;
  readonly after: string;
};

function isConvincingDigits({ text, written, before, after }: Surroundings, best: Candidate): boolean {
  if (best.named || text.trim() === written || CUE.test(before) || CUE.test(after)) return true;
  return (
    best.checkDigit === 'ok' && !ORDER_CUE.test(before) && !PHONE_CUE.test(before) && !PHONE_CUE.test(after)
  );
}

/** Of two that overlap: the distinctive one, the one whose check digit agrees, the unbroken one, the longer one. */
function strength({ start, end, best, unbroken }: Found): number {
  const flags = (best.distinctive ? 4 : 0) + (best.checkDigit === 'ok' ? 2 : 0) + (unbroken ? 1 : 0);
  return flags * 1_000 + (end - start);
}
