/**
 * Days in a message, in all three languages at once: customers mix them ("can you deliver demain"), and the language
 * of a short message is only a guess. Days before months, as everywhere in Africa. Reads text without accents, in
 * lower case, of the same length as what was written.
 */

export type FoundDate = {
  /** ISO day, in the customer's country. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
};

const DAY_MS = 86_400_000;
/** Hours ahead of UTC; where summer time is kept, the winter's: it only matters around midnight. */
const OFFSET: Readonly<Record<string, number>> = {
  AO: 1,
  CI: 0,
  DZ: 1,
  EG: 2,
  GH: 0,
  KE: 3,
  MA: 1,
  MZ: 2,
  NG: 1,
  SN: 0,
  TN: 1,
  UG: 3,
};

/** Days since 1970 in the customer's country. */
type Day = number;

const today = (now: number, country: string | undefined): Day =>
  Math.floor((now + (OFFSET[country ?? ''] ?? 0) * 3_600_000) / DAY_MS);
const isoOf = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Null for the 31st of February. */
function dayOf(year: number, month: number, day: number): Day | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / DAY_MS : null;
}

/** Without a year, the nearest such day: customers speak of last month's order and of next week. */
function nearest(month: number, day: number, now: Day): Day | null {
  const year = new Date(now * DAY_MS).getUTCFullYear();
  const days = [year - 1, year, year + 1].flatMap((one) => dayOf(one, month, day) ?? []);
  return days.toSorted((a, b) => Math.abs(a - now) - Math.abs(b - now))[0] ?? null;
}

function fullYear(written: string): number {
  return written.length === 2 ? 2000 + Number(written) : Number(written);
}

const MONTHS = [
  'january|janvier|janeiro|jan|janv',
  'february|fevrier|fevereiro|feb|fev',
  'march|mars|marco|mar',
  'april|avril|abril|apr|avr|abr',
  'may|mai|maio',
  'june|juin|junho|jun',
  'july|juillet|julho|jul|juil',
  'august|aout|agosto|aug|ago',
  'september|septembre|setembro|sept|sep|set',
  'october|octobre|outubro|oct|out',
  'november|novembre|novembro|nov',
  'december|decembre|dezembro|dec|dez',
];
const MONTH = `(${MONTHS.join('|')})`;
const MONTH_PATTERNS = MONTHS.map((names) => new RegExp(`^(?:${names})$`));
const monthOf = (name: string): number => MONTH_PATTERNS.findIndex((names) => names.test(name)) + 1;

const WEEKDAYS = [
  'sunday|dimanche|domingo',
  'monday|lundi|segunda',
  'tuesday|mardi|terca',
  'wednesday|mercredi|quarta',
  'thursday|jeudi|quinta',
  'friday|vendredi|sexta',
  'saturday|samedi|sabado',
];
const WEEKDAY_PATTERNS = WEEKDAYS.map((names) => new RegExp(`^(?:${names})$`));

const NUMBERS: Readonly<Record<string, number>> = {
  ...{
    a: 1,
    an: 1,
    one: 1,
    two: 2,
    three: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
  },
  ...{ un: 1, une: 1, deux: 2, trois: 3, quatre: 4, cinq: 5, sept: 7, huit: 8, neuf: 9, dix: 10 },
  ...{
    um: 1,
    uma: 1,
    dois: 2,
    duas: 2,
    tres: 3,
    quatro: 4,
    cinco: 5,
    seis: 6,
    sete: 7,
    oito: 8,
    nove: 9,
    dez: 10,
  },
};
const COUNT = `(\\d{1,2}|${Object.keys(NUMBERS).join('|')})`;
const UNIT = '(days?|jours?|dias?|weeks?|semaines?|semanas?|months?|mois|mes|meses)';

const countOf = (written: string): number => NUMBERS[written] ?? Number(written);
function shifted(now: Day, count: number, unit: string, direction: 1 | -1): Day {
  if (/^[djs]|^w/.test(unit)) return now + direction * count * (/^[ws]/.test(unit) ? 7 : 1);
  const date = new Date(now * DAY_MS);
  date.setUTCMonth(date.getUTCMonth() + direction * count);
  return Math.floor(date.getTime() / DAY_MS);
}

type Rule = {
  readonly pattern: RegExp;
  /** `before` is what stands before the match. */
  readonly day: (match: readonly string[], now: Day, before: string) => Day | null;
};

const rule = (pattern: string, day: Rule['day']): Rule => ({
  pattern: new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'gu'),
  day,
});

/** Of rules that fit the same words, the first wins. */
const RULES: readonly Rule[] = [
  rule('(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})', ([, year, month, day]) =>
    dayOf(Number(year), Number(month), Number(day)),
  ),
  rule('(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4}|\\d{2})', ([, first, second, year = '']) =>
    inEitherOrder(Number(first), Number(second), (day, month) => dayOf(fullYear(year), month, day)),
  ),
  rule('(?!24/7)(\\d{1,2})/(\\d{1,2})(?![/.-]\\d)', ([, first, second], now) =>
    inEitherOrder(Number(first), Number(second), (day, month) => nearest(month, day, now)),
  ),
  rule(
    `(\\d{1,2})(?:st|nd|rd|th|er|o|\\u00ba|\\u00b0)?(?: of | de | d'| |-)${MONTH}(?:(?: de |,? )(\\d{4}))?`,
    ([, day, month = '', year], now) => inMonth(Number(day), monthOf(month), year, now),
  ),
  rule(`${MONTH} (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?`, ([, month = '', day, year], now) =>
    inMonth(Number(day), monthOf(month), year, now),
  ),
  rule(
    "(?:the )?day after (?:tomorrow|tmrw|tmr)|(?:after|next) tomorrow|apres[- ]demain|depois (?:de |d')?amanha",
    (_, now) => now + 2,
  ),
  rule('(?:the )?day before yesterday|avant[- ]hier|anteontem|antes de ontem', (_, now) => now - 2),
  rule('tomorrow|tomorow|tommorow|tommorrow|tmrw|tmr|demain|dmn|amanha|amnh', (_, now) => now + 1),
  rule('yesterday|yday|hier|ontem', (_, now) => now - 1),
  rule(
    "today|tday|tonight|this (?:morning|evening|afternoon)|aujourd[' ]?hui|auj|ce (?:soir|matin)|hoje|hj|esta (?:tarde|noite)",
    (_, now) => now,
  ),
  rule(`${COUNT} ${UNIT} (?:ago|back|atras)`, ([, count = '', unit = ''], now) =>
    shifted(now, countOf(count), unit, -1),
  ),
  rule(
    `(?:il y a|ya|ca fait|ha|faz|since|depuis|desde(?: ha)?|it'?s been|has been) ${COUNT} ${UNIT}`,
    ([, count = '', unit = ''], now) => shifted(now, countOf(count), unit, -1),
  ),
  rule(`(?:in|within|dans|sous|daqui a|dentro de) ${COUNT} ${UNIT}`, ([, count = '', unit = ''], now) =>
    shifted(now, countOf(count), unit, 1),
  ),
  rule(
    'last week|la semaine (?:derniere|passee)|semaine (?:derniere|passee)|semana passada',
    (_, now) => now - 7,
  ),
  rule('next week|la semaine prochaine|semaine prochaine|proxima semana|semana que vem', (_, now) => now + 7),
  rule(
    '(?:on the|le|(?:no )?dia) (\\d{1,2})(?:st|nd|rd|th|er)?(?= *(?:$|[,.!?]|svp|please|pls))',
    ([, day], now) => nearestOfMonth(Number(day), now),
  ),
  ...WEEKDAYS.map((names) => {
    const name = names.replace(/(segunda|terca|quarta|quinta|sexta)/, '$1[- ]feira');
    return rule(
      `(?:(last|past|next|this|since|depuis|desde|proxima|proximo|ultima|ultimo) )?(${name})(?: (dernier|passe|prochain|passada|passado|que vem|proxima|proximo))?`,
      weekday,
    );
  }),
  // "segunda" alone is also "second", and "quinta" a farm: only where the words around it name a day.
  rule(
    '(?:(proxima|ultima|desde|na|ate|esta|para) )(segunda|terca|quarta|quinta|sexta)(?: (passada|que vem|proxima))?(?! (?:vez|via|parcela|opcao|encomenda|compra))',
    weekday,
  ),
  rule('()(segunda|terca|quarta|quinta|sexta) (passada|que vem|proxima)', weekday),
];

/** Day before month, unless it cannot be. */
function inEitherOrder(
  first: number,
  second: number,
  day: (day: number, month: number) => Day | null,
): Day | null {
  return second <= 12 ? day(first, second) : day(second, first);
}

function nearestOfMonth(day: number, now: Day): Day | null {
  const date = new Date(now * DAY_MS);
  const days = [-1, 0, 1].flatMap((step) => {
    const month = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1));
    return dayOf(month.getUTCFullYear(), month.getUTCMonth() + 1, day) ?? [];
  });
  return days.toSorted((a, b) => Math.abs(a - now) - Math.abs(b - now))[0] ?? null;
}

function inMonth(day: number, month: number, year: string | undefined, now: Day): Day | null {
  return year ? dayOf(Number(year), month, day) : nearest(month, day, now);
}

/** Nothing of this lies ahead: "I paid on Monday". */
const HAPPENED =
  /\b(?:ordered|paid|bought|placed|promised|said|told|delivered|received|came|commande|paye|achete|recu|livre|encomendei|paguei|comprei|recebi|disseram|prometeram)\b(?!.*\b(?:deliver|livrez|entreguem)\b)/;

/** A day of the week is to come, unless the words beside it say it was. */
function weekday([, before, name = '', after]: readonly string[], now: Day, sentence: string): Day {
  const wanted = WEEKDAY_PATTERNS.findIndex((names) => names.test(name.replace(/[- ]feira$/, '')));
  const ahead = (wanted - new Date(now * DAY_MS).getUTCDay() + 7) % 7;
  const was = /^(?:last|past|since|depuis|desde|ultim[ao])$/.test(before ?? '');
  if (was || /^(?:dernier|passe|passad[ao])$/.test(after ?? '')) return now + ahead - 7;
  if (!before && !after && HAPPENED.test(sentence)) return now + ahead - 7;
  const next =
    /^(?:next|proxim[ao])$/.test(before ?? '') || /^(?:prochain|que vem|proxim[ao])$/.test(after ?? '');
  return next && ahead === 0 ? now + 7 : now + ahead;
}

/** Spares most messages the rules. */
const HINT =
  /\d[/.-]\d|\d(?:st|nd|rd|th|er)?[ -](?:of |de |d')?(?:jan|feb|fev|mar|apr|avr|abr|ma[iy]|ju[in]|jul|aug|ao|ago|se[pt]|oct|out|nov|de[cz])|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d|\b(?:to?m|tday|today|ton|yday|yest|after|next|last|this|dem|dmn|hier|apres|avant|auj|ce |ama|amnh|depois|ante|ontem|hoje|hj|esta |\S*day\b|\S+di\b|dimanche|domingo|segunda|terca|quarta|quinta|sexta|sabado|days?|jours?|dias?|weeks?|sema|months?|mois|mes|(?:on the|le|dia) \d)/;

/** @param plain without accents, in lower case */
export function findDates(plain: string, now: number, country?: string): readonly FoundDate[] {
  if (!HINT.test(plain)) return [];
  const base = today(now, country);
  const found: FoundDate[] = [];
  for (const { pattern, day } of RULES) {
    for (const match of plain.matchAll(pattern)) {
      const start = match.index;
      const end = start + match[0].length;
      if (found.some((other) => start < other.end && end > other.start)) continue;
      const value = day(match, base, plain.slice(0, start));
      if (value !== null) found.push({ value: isoOf(value), start, end });
    }
  }
  return found;
}
