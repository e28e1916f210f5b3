/**
 * What carrier may a number be of? Collisions are the rule (one random 10- to 12-digit number in ten passes the
 * DHL or FedEx check), so the answer is a ranked list and never one name. Rank: carrier on the order, host of the
 * tracking link, country, distinctive shape, check digit, fixed length.
 */
import type { Carrier, NumberFormat } from './carrier.ts';
import { JUMIA, JUMIA_NUMBERS } from './jumia-numbers.ts';
import { normalizeWords } from './status-words.ts';

export type CheckDigit = 'ok' | 'wrong' | 'none';

export type Candidate = {
  /** A carrier's id, or `jumia` for a package of the marketplace's own logistics. */
  readonly carrier: string;
  /** As the carrier writes it: mostly upper case without spaces and dashes. */
  readonly number: string;
  readonly format: string;
  /** `wrong` on a distinctive shape suggests a typing error; other shapes with a wrong digit are not listed. */
  readonly checkDigit: CheckDigit;
  readonly distinctive: boolean;
  /** The order, or the link on it, names this carrier. */
  readonly named: boolean;
  /** Only for ordering. */
  readonly score: number;
};

/** What is known beside the number, strongest first. */
export type Hints = {
  /** Carrier named on the order, by id or by name. */
  readonly provider?: string | null;
  readonly trackingUrl?: string | null;
  readonly country?: string | null;
  /** Carriers of the shop, likeliest first; others are not considered. */
  readonly carriers?: readonly string[];
};

/** Each weight is more than all lighter ones together, so that the ranks of the list above never mix. */
const WEIGHT = {
  provider: 6400,
  link: 3200,
  localCarrier: 1600,
  worldCarrier: 800,
  distinctive: 400,
  checkDigit: 200,
  wrongCheckDigit: -200,
  fixedLength: 100,
  /** For the shop's first carrier, one less for each after it. */
  shopOrder: 50,
} as const;

/** Nine digits are the marketplace's order number, whatever carriers have numbers of that length. */
const ORDER_NUMBER = /^\d{9}$/;

/** Latin letters and digits in upper case: fullwidth, Arabic-Indic and Persian digits become ASCII, everything else goes. */
export function cleanNumber(text: string): string {
  return asciiDigits(text.normalize('NFKC'))
    .replace(/[\s.\-\u2010-\u2015\u2212_/#\p{Cf}]/gu, '')
    .toUpperCase();
}

/** Arabic-Indic and Persian digits as ASCII; the text keeps its length. */
export function asciiDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0x0f));
}

type Entry = Pick<Carrier, 'id' | 'name' | 'countries' | 'numbers' | 'hosts'>;
const JUMIA_ENTRY: Entry = {
  id: JUMIA,
  name: 'Jumia Logistics',
  countries: [],
  numbers: JUMIA_NUMBERS,
  hosts: [],
};

/**
 * Ranked candidates for one number, best first; empty when no carrier has numbers of this shape and the order
 * names none.
 *
 * @example recognize('ee 123 456 785 ng', CARRIERS, { country: 'NG' })
 */
export function recognize(text: string, carriers: readonly Entry[], hints: Hints = {}): readonly Candidate[] {
  const cleaned = cleanNumber(text);
  const considered = carriers.filter(({ id }) => hints.carriers?.includes(id) ?? true);
  const candidates = [...considered, JUMIA_ENTRY].flatMap((carrier) => {
    const named = isNamed(carrier, hints);
    if (ORDER_NUMBER.test(cleaned) && !named) return [];
    const fitting = carrier.numbers
      .filter((format) => format.pattern.test(cleaned))
      .map((format) => rate({ carrier, format, cleaned, named, hints }))
      .filter(({ checkDigit, distinctive }) => checkDigit !== 'wrong' || distinctive || named);
    return fitting.length > 0 || !named ? fitting : trusted(carrier, text, hints);
  });
  return bestOfEach(candidates);
}

/** The order names the carrier, whose numbers have no shape we know: taken as it is written, if it can be a number. */
function trusted(carrier: Entry, text: string, hints: Hints): readonly Candidate[] {
  const number = asciiDigits(text.normalize('NFKC')).replace(/[\s\p{Cf}]/gu, '');
  if (!/^(?=.*\d)[\w./-]{5,40}$/.test(number)) return [];
  const score = scoreOf(carrier, hints) - WEIGHT.fixedLength;
  return [
    {
      carrier: carrier.id,
      number,
      format: 'named on the order',
      checkDigit: 'none',
      distinctive: false,
      named: true,
      score,
    },
  ];
}

function rate(found: {
  readonly carrier: Entry;
  readonly format: NumberFormat;
  readonly cleaned: string;
  readonly named: boolean;
  readonly hints: Hints;
}): Candidate {
  const { carrier, format, cleaned, named, hints } = found;
  const checkDigit = format.check === undefined ? 'none' : format.check(cleaned) ? 'ok' : 'wrong';
  let score = scoreOf(carrier, hints);
  if (format.distinctive) score += WEIGHT.distinctive;
  if (checkDigit === 'ok') score += WEIGHT.checkDigit;
  if (checkDigit === 'wrong') score += WEIGHT.wrongCheckDigit;
  if (!/\{\d+,\d*\}|[*+]/.test(format.pattern.source)) score += WEIGHT.fixedLength;
  const number = format.written?.(cleaned) ?? cleaned;
  return {
    carrier: carrier.id,
    number,
    format: format.name,
    checkDigit,
    distinctive: format.distinctive,
    named,
    score,
  };
}

/** What the hints say about a carrier, whatever the number. */
function scoreOf(carrier: Entry, hints: Hints): number {
  let score = 0;
  if (isProvider(carrier, hints.provider)) score += WEIGHT.provider;
  if (isLinked(carrier, hints.trackingUrl)) score += WEIGHT.link;
  if (hints.country && carrier.countries.length === 0) score += WEIGHT.worldCarrier;
  if (hints.country && carrier.countries.includes(hints.country.toUpperCase())) score += WEIGHT.localCarrier;
  const place = hints.carriers?.indexOf(carrier.id) ?? -1;
  return place < 0 ? score : score + Math.max(0, WEIGHT.shopOrder - place);
}

function isNamed(carrier: Entry, hints: Hints): boolean {
  return isProvider(carrier, hints.provider) || isLinked(carrier, hints.trackingUrl);
}

/** Orders write `DHL`, `Aramex Egypt`, `fez-delivery`: the id or the name must be there as whole words. */
function isProvider(carrier: Entry, provider: string | null | undefined): boolean {
  if (!provider) return false;
  const words = ` ${normalizeWords(provider)} `;
  return [carrier.id, carrier.name].some((name) => words.includes(` ${normalizeWords(name)} `));
}

function isLinked(carrier: Entry, url: string | null | undefined): boolean {
  if (!url || !URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return carrier.hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
}

/** Best first; of a carrier's formats only the best one. Equal scores keep the order of the registry. */
function bestOfEach(candidates: readonly Candidate[]): readonly Candidate[] {
  const sorted = candidates.toSorted((a, b) => b.score - a.score);
  return sorted.filter(
    ({ carrier }, index) => sorted.findIndex((other) => other.carrier === carrier) === index,
  );
}
