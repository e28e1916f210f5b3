/** Finds numbers, dates, places and money in a message, with positions in the text as it was written. */
import { findPhoneNumbersInText } from 'libphonenumber-js';
import type { CountryCode } from 'libphonenumber-js';
import { findAmounts } from './amounts.ts';
import { findDates } from './dates.ts';
import { createPlaceFinder } from './places.ts';
import type { Entity, Prior, RecognizeNumber } from './understanding.ts';

type Found = Entity;

/** Digits of other scripts become ASCII, character by character, so that positions stay. */
export function asciiDigits(text: string): string {
  return text
    .replace(/[\uff10-\uff19]/g, (digit) => String(digit.charCodeAt(0) - 0xff10))
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}

const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu;
/** Letters and digits together, at least six digits in all; dashes may part them. */
const MIXED_NUMBER =
  /(?<![\p{L}\p{N}])(?=[A-Z0-9-]*[A-Z])(?=(?:[A-Z-]*\d){6})[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\p{L}\p{N}])/giu;
/** A run of digits, possibly in groups; an order number may carry its country. */
const DIGIT_RUN = /(?<![\p{L}\p{N}+.,])(?:[A-Z]{2}-|#)?\d(?:[ .-]?\d){5,21}(?![\p{L}\p{N}])/giu;
const DATE_SHAPE = /^\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}$|^\d{4}[-./]\d{1,2}[-./]\d{1,2}$/;
const PHONE_CUE =
  /\b(?:tel|phone|mobile|cell|call|whatsapp|telephone|appel\w*|joindre|joignable|telefone|telemovel|celular|numero|number|num|cel|contato|reach|lig(?:a|ar|ue|uem)|contact\w*|numero de tel\w*)\b/;
const TRACKING_CUE =
  /\b(?:track\w*|waybill|awb|suivi|tracking|rastre\w*|seguimento|bordereau|dhl|aramex|fedex|ups)\b/;
const ORDER_CUE = /\b(?:order|ordr|oda|commande|cmde?|encomenda|pedido|enc)\b/;
const PREFIXED_ORDER = /^(?:NG|KE|EG|MA|CI|SN|GH|UG|DZ|TN)-?(\d{8,12})$/i;

/** Most messages hold no number: they are spared the search for one. */
const SOME_DIGITS = /\d(?:[^\p{L}\p{N}]{0,3}\d){3}|\p{L}\d|\d\p{L}/u;

export type EntityFinder = (text: string, prior: Prior) => readonly Entity[];

/** @param places town names by ISO country */
export function createEntityFinder(options: {
  readonly recognizeNumber: RecognizeNumber;
  readonly places: Readonly<Record<string, readonly string[]>>;
}): EntityFinder {
  const findPlaces = createPlaceFinder(options.places);
  return (text, prior) => {
    const ascii = asciiDigits(text);
    const plain = normalizeKeepingLength(ascii);
    const found: Found[] = [];
    const add = (entity: Found): void => {
      const { start, end } = entity;
      if (found.every((other) => end <= other.start || start >= other.end)) found.push(entity);
    };
    if (ascii.includes('@'))
      for (const match of ascii.matchAll(EMAIL))
        add({ type: 'email', value: match[0].toLowerCase(), ...span(match) });
    if (SOME_DIGITS.test(ascii)) findMixed(ascii, options.recognizeNumber).forEach(add);
    for (const amount of findAmounts(ascii)) add({ type: 'amount', ...amount });
    if (SOME_DIGITS.test(ascii)) findDigits(ascii, plain, prior, options.recognizeNumber).forEach(add);
    for (const date of findDates(plain, prior.now, prior.country)) add({ type: 'date', ...date });
    // A station named by its town is both.
    const taken = [...found];
    for (const place of findPlaces(ascii, plain))
      if (taken.every(({ start, end }) => place.end <= start || place.start >= end)) found.push(place);
    return found.toSorted((a, b) => a.start - b.start);
  };
}

function span(match: RegExpExecArray | RegExpMatchArray): { start: number; end: number } {
  const start = match.index ?? 0;
  return { start, end: start + match[0].length };
}

/** Same length as the text: accents off and lower case, one character for one. */
function normalizeKeepingLength(text: string): string {
  return text.toLowerCase().length === text.length && ASCII_ONLY.test(text)
    ? text.toLowerCase()
    : [...text].map(bareChar).join('');
}

const ASCII_ONLY = /^[\0-\x7f]*$/;

function bareChar(char: string): string {
  if (ASCII_ONLY.test(char)) return char.toLowerCase();
  if (/[\u2018\u2019]/.test(char)) return "'";
  const bare = char.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return bare.length === char.length ? bare : char;
}

function findMixed(text: string, recognize: RecognizeNumber): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(MIXED_NUMBER)) {
    const written = match[0];
    const order = PREFIXED_ORDER.exec(written)?.[1];
    if (order) {
      found.push({ type: 'order_number', value: order, ...span(match) });
      continue;
    }
    const cleaned = written.replace(/-/g, '').toUpperCase();
    const recognized = recognize(cleaned);
    if (!recognized) continue;
    const value = /^JG-/i.test(written) ? written.toUpperCase() : cleaned;
    found.push({
      type: 'tracking_number',
      value,
      carriers: recognized.carriers,
      ...(recognized.suspect ? { suspect: true } : {}),
      ...span(match),
    });
  }
  return found;
}

function findDigits(text: string, plain: string, prior: Prior, recognize: RecognizeNumber): Found[] {
  const phones = findPhones(text, plain, prior.country);
  const found = [...phones];
  for (const match of text.matchAll(DIGIT_RUN)) {
    const { start, end } = span(match);
    if (DATE_SHAPE.test(match[0]) || phones.some((phone) => start < phone.end && end > phone.start)) continue;
    const entity = classifyDigits(match[0], plain, recognize);
    if (entity) found.push({ ...entity, start, end });
  }
  return found;
}

/** Nine digits are an order number; ten and more may be a carrier's, when its check digit or the words say so. */
function classifyDigits(
  written: string,
  plain: string,
  recognize: RecognizeNumber,
): Omit<Found, 'start' | 'end'> | null {
  const digits = written.replace(/\D/g, '');
  if (digits.length === 9 || (digits.length === 8 && ORDER_CUE.test(plain)))
    return { type: 'order_number', value: digits };
  const recognized = recognize(digits);
  const ordersOnly = ORDER_CUE.test(plain) && !TRACKING_CUE.test(plain) && digits.length <= 12;
  if (recognized && !recognized.suspect && !ordersOnly)
    return { type: 'tracking_number', value: digits, carriers: recognized.carriers };
  if (digits.length >= 8 && digits.length <= 12 && !TRACKING_CUE.test(plain))
    return { type: 'order_number', value: digits };
  if (recognized)
    return {
      type: 'tracking_number',
      value: digits,
      carriers: recognized.carriers,
      ...(recognized.suspect ? { suspect: true } : {}),
    };
  return null;
}

/** Digits enough for a phone number, near each other. */
const LIKE_A_PHONE = /\d(?:[^\p{L}\p{N}]{0,3}\d){6}/u;
/** Words that say so count when they stand this near before the number. */
const NEAR = 30;

/** A bare run of digits is a phone number only when it is written like one or the words before it say so. */
function findPhones(text: string, plain: string, country: string | undefined): Found[] {
  if (!LIKE_A_PHONE.test(text)) return [];
  const matches = findPhoneNumbersInText(text, {
    ...(country ? { defaultCountry: country as CountryCode } : {}),
    extended: true,
  });
  return matches.flatMap(({ number, startsAt, endsAt }) => {
    const written = text.slice(startsAt, endsAt).trim();
    const before = plain.slice(Math.max(startsAt - NEAR, 0), startsAt);
    // Nine digits are an order number first of all; in Angola and Mozambique they are also a phone number.
    const cued =
      PHONE_CUE.test(before) &&
      !ORDER_CUE.test(before) &&
      (written.replace(/\D/g, '').length !== 9 || number.isValid());
    const likePhone = /^(?:\+|00|\(?0)/.test(written) || cued;
    if (!likePhone || /[\p{L}#]$/u.test(text.slice(0, startsAt))) return [];
    return [{ type: 'phone' as const, value: number.number, start: startsAt, end: endsAt }];
  });
}
