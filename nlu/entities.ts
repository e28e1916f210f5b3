/** Finds numbers, dates, places and money in a message, with positions in the text as it was written. */
import * as chrono from 'chrono-node';
import { findPhoneNumbersInText } from 'libphonenumber-js';
import type { CountryCode } from 'libphonenumber-js';
import { normalize } from './normalize.ts';
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
const MONEY_WORDS =
  'ngn|naira|n|₦|kes|kshs?|shillings?|bob|egp|l\\.?e\\.?|livres?|mad|dhs?|dirhams?|xof|f?cfa|francs?|ghs|gh₵|₵|cedis?|ugx|€|euros?|eur|\\$|usd|dollars?|kz|aoa|kwanzas?|mzn|meticais|r\\$|brl|reais';
const AMOUNT = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:(?:${MONEY_WORDS})\\s?(\\d[\\d.,\\u00a0 ]{0,12}\\d|\\d)(k)?|(\\d[\\d.,\\u00a0 ]{0,12}\\d|\\d)(k)?\\s?(?:${MONEY_WORDS}))(?![\\p{L}\\p{N}])`,
  'giu',
);
/** Letters and digits together, at least six digits in all; dashes may part them. */
const MIXED_NUMBER =
  /(?<![\p{L}\p{N}])(?=[A-Z0-9-]*[A-Z])(?=(?:[A-Z-]*\d){6})[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\p{L}\p{N}])/giu;
/** A run of digits, possibly in groups; an order number may carry its country. */
const DIGIT_RUN = /(?<![\p{L}\p{N}+.,])(?:[A-Z]{2}-|#)?\d(?:[ .-]?\d){5,21}(?![\p{L}\p{N}])/giu;
const DATE_SHAPE = /^\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}$|^\d{4}[-./]\d{1,2}[-./]\d{1,2}$/;
const PHONE_CUE =
  /\b(?:tel|phone|mobile|cell|call|whatsapp|telephone|appel\w*|joindre|joignable|telefone|telemovel|celular|ligar|liguem|contact\w*|numero de tel\w*)\b/;
const TRACKING_CUE =
  /\b(?:track\w*|waybill|awb|suivi|tracking|rastre\w*|seguimento|bordereau|dhl|aramex|fedex|ups)\b/;
const ORDER_CUE = /\b(?:order|ordr|oda|commande|cmde?|encomenda|pedido|enc)\b/;
const PREFIXED_ORDER = /^(?:NG|KE|EG|MA|CI|SN|GH|UG|DZ|TN)-?(\d{8,12})$/i;

/** At least one word or shape that can be part of a date; spares most messages the parser. */
const DATE_HINT =
  /\d{1,2}[/.-]\d{1,2}|\b(?:today|tomorrow|yesterday|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|days?|ago|january|february|march|april|june|july|august|september|october|november|december|aujourd|demain|hier|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|jours?|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|hoje|amanha|ontem|segunda|terca|quarta|quinta|sexta|sabado|domingo|semana|dias?|janeiro|fevereiro|marco|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)\b/;

export type EntityFinder = (text: string, lang: string, prior: Prior) => readonly Entity[];

/** @param places town names by ISO country */
export function createEntityFinder(options: {
  readonly recognizeNumber: RecognizeNumber;
  readonly places: Readonly<Record<string, readonly string[]>>;
}): EntityFinder {
  const towns = buildTowns(options.places);
  return (text, lang, prior) => {
    const ascii = asciiDigits(text);
    const plain = normalizeKeepingLength(ascii);
    const found: Found[] = [];
    const free = (start: number, end: number): boolean =>
      found.every((other) => end <= other.start || start >= other.end);
    const add = (entity: Found): void => {
      if (free(entity.start, entity.end)) found.push(entity);
    };
    for (const match of ascii.matchAll(EMAIL))
      add({ type: 'email', value: match[0].toLowerCase(), ...span(match) });
    findMixed(ascii, options.recognizeNumber).forEach(add);
    findAmounts(ascii).forEach(add);
    findDigits(ascii, plain, prior, options.recognizeNumber).forEach(add);
    if (DATE_HINT.test(plain)) findDates(ascii, lang, prior.now).forEach(add);
    findTowns(plain, towns).forEach(add);
    return found.toSorted((a, b) => a.start - b.start);
  };
}

function span(match: RegExpExecArray | RegExpMatchArray): { start: number; end: number } {
  const start = match.index ?? 0;
  return { start, end: start + match[0].length };
}

/** Same length as the text: accents off and lower case, one character for one. */
function normalizeKeepingLength(text: string): string {
  return [...text]
    .map((char) => {
      const bare = char.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
      return bare.length === char.length ? bare : char;
    })
    .join('');
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

function findAmounts(text: string): Found[] {
  return [...text.matchAll(AMOUNT)].flatMap((match) => {
    const digits = (match[1] ?? match[3] ?? '').replace(/[\s\u00a0]/g, '');
    const plain = digits.replace(/[.,](?=\d{3}(?:\D|$))/g, '').replace(',', '.');
    const value = Number(plain) * ((match[2] ?? match[4]) ? 1000 : 1);
    if (!Number.isFinite(value) || plain.replace(/\D/g, '').length >= 9) return [];
    return [{ type: 'amount' as const, value: String(value), ...span(match) }];
  });
}

function findDigits(text: string, plain: string, prior: Prior, recognize: RecognizeNumber): Found[] {
  const cued = PHONE_CUE.test(plain);
  const phones = findPhones(text, prior.country, cued);
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

/** A bare run of digits is a phone number only when it is written like one or the words say so. */
function findPhones(text: string, country: string | undefined, cued: boolean): Found[] {
  if (!/\d{2}/.test(text)) return [];
  const matches = findPhoneNumbersInText(text, {
    ...(country ? { defaultCountry: country as CountryCode } : {}),
    extended: true,
  });
  return matches.flatMap(({ number, startsAt, endsAt }) => {
    const written = text.slice(startsAt, endsAt).trim();
    const likePhone = /^(?:\+|00|\(?0)/.test(written) || (cued && written.replace(/\D/g, '').length !== 9);
    if (!likePhone || /[\p{L}#]$/u.test(text.slice(0, startsAt))) return [];
    return [{ type: 'phone' as const, value: number.number, start: startsAt, end: endsAt }];
  });
}

const CHRONO: Readonly<Record<string, { parse: typeof chrono.parse }>> = {
  en: chrono.en.casual,
  fr: chrono.fr.casual,
  pt: chrono.pt.casual,
};

function findDates(text: string, lang: string, now: number): Found[] {
  const parser = CHRONO[lang] ?? chrono.en.casual;
  return parser.parse(text, new Date(now)).map((result) => ({
    type: 'date' as const,
    value: result.date().toISOString().slice(0, 10),
    start: result.index,
    end: result.index + result.text.length,
  }));
}

type Towns = ReadonlyMap<string, string>;

function buildTowns(places: Readonly<Record<string, readonly string[]>>): Towns {
  const towns = new Map<string, string>();
  for (const names of Object.values(places))
    for (const name of names) towns.set(normalize(name).replace(/[^a-z]+/g, ' '), name);
  return towns;
}

const LONGEST_TOWN_WORDS = 2;
/** Towns that are also everyday words in a language we speak. */
const ORDINARY_WORDS = new Set(['man', 'ho', 'wa', 'plateau', 'tete', 'jos', 'aba']);

function findTowns(plain: string, towns: Towns): Found[] {
  const words = [...plain.matchAll(/\p{L}+/gu)];
  const found: Found[] = [];
  words.forEach((word, index) => {
    for (let size = LONGEST_TOWN_WORDS; size >= 1; size -= 1) {
      const last = words[index + size - 1];
      if (!last) continue;
      const name = words
        .slice(index, index + size)
        .map((one) => one[0])
        .join(' ');
      const town = ORDINARY_WORDS.has(name) ? undefined : towns.get(name);
      if (town) {
        found.push({ type: 'city', value: town, start: word.index, end: last.index + last[0].length });
        break;
      }
    }
  });
  return found;
}
