/** Sums of money in a message, in the currencies of the countries the marketplace serves. */

export type FoundAmount = { readonly value: string; readonly start: number; readonly end: number };

/**
 * Currency words as customers write them. Short ones that are also words or initials ("le 5 novembre", "n 5") count
 * only in capitals or close to the digits.
 */
const WORDS =
  'ngn|naira|₦|kes|kshs?|shillings?|bob|egp|l\\.e\\.?|mad|dhs?|dirhams?|xof|f?cfa|francs?|frs|ghs|gh₵|₵|cedis?|ugx|ushs?|tnd|dzd|€|euros?|eur|\\$|usd|dollars?|kz|aoa|kwanzas?|mzn|mt|meticais|metical|r\\$|reais';
const NUMBER = '\\d{1,3}(?:[ .,\\u00a0\\u202f]\\d{3})+(?:[.,]\\d{1,2})?|\\d+(?:[.,]\\d{1,2})?';
const TIMES = '(?: ?(k|mil|mille|thousand)\\b)?';
const PATTERNS: readonly RegExp[] = [
  new RegExp(`(?<![\\p{L}\\p{N}])(?:${WORDS})[ .:]?(${NUMBER})${TIMES}(?![\\p{L}\\p{N}])`, 'giu'),
  new RegExp(`(?<![\\p{L}\\p{N}.,])(${NUMBER})${TIMES} ?(?:${WORDS}|/=)(?![\\p{L}\\p{N}])`, 'giu'),
  new RegExp(`(?<![\\p{L}\\p{N}])(?:N|LE ?|F )(${NUMBER})${TIMES}(?![\\p{L}\\p{N}])`, 'gu'),
  new RegExp(`(?<![\\p{L}\\p{N}.,])(${NUMBER})${TIMES} ?(?:N|LE|F)(?![\\p{L}\\p{N}])`, 'gu'),
  // "n5000" and "3000f": three digits at least, close together.
  /(?<![\p{L}\p{N}])n(\d[\d.,]{2,})()(?![\p{L}\p{N}])/gu,
  /(?<![\p{L}\p{N}.,])(\d[\d.,]{2,})()f(?![\p{L}\p{N}])/gu,
  // "N 27,900" and, in Nigeria, "#27,900": only money has its thousands marked.
  /(?<![\p{L}\p{N}])(?:N |#)(\d{1,3}(?:,\d{3})+(?:\.\d\d)?)()(?![\p{L}\p{N}])/gu,
  // "20k", "12 mil": nothing else is counted so.
  /(?<![\p{L}\p{N}.,])(\d{1,4}(?:[.,]\d)?)(k| mil| mille| thousand)(?![\p{L}\p{N}])/giu,
];
/** More digits than money has; a reference after a currency word is not a price. */
const MOST_DIGITS = 9;

export function findAmounts(text: string): readonly FoundAmount[] {
  if (!/\d/.test(text)) return [];
  const found: FoundAmount[] = [];
  for (const pattern of PATTERNS)
    for (const match of text.matchAll(pattern)) {
      const start = match.index;
      const end = start + match[0].length;
      if (found.some((other) => start < other.end && end > other.start)) continue;
      const value = valueOf(match[1] ?? '', match[2] ?? '');
      if (value !== null) found.push({ value, start, end });
    }
  return found;
}

/** "1.500,50" and "1,500.50" → "1500.5". */
function valueOf(written: string, times: string): string | null {
  const digits = written.replace(/[\s\u00a0\u202f]/g, '');
  const plain = digits.replace(/[.,](?=\d{3}(?!\d))/g, '').replace(',', '.');
  const value = Number(plain) * (times === '' ? 1 : 1000);
  if (!Number.isFinite(value) || plain.replace(/\D/g, '').length >= MOST_DIGITS) return null;
  return String(value);
}
