/** Numbers in words ("zéro six douze") and addresses said aloud ("dot com"), as digits and dots. */
import type { View } from './fold.ts';
import type { Token } from './lexicon.ts';
import type { Change } from './rewrite.ts';
import { rewrite } from './rewrite.ts';

const UNITS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    [
      'zero',
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
      'ten',
      'eleven',
      'twelve',
    ],
    ['zero', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix', 'onze', 'douze'],
    ['zero', 'um', 'dois', 'tres', 'quatro', 'cinco', 'seis', 'sete', 'oito', 'nove', 'dez', 'onze', 'doze'],
    ['nil', 'une', 'duas'],
    ['oh', 'uma', 'too', 'tree', 'for', 'fife', 'meia'],
  ].flatMap((words) => words.map((word, value) => [word, word === 'meia' ? 6 : value] as const)),
);
const TENS: Readonly<Record<string, number>> = {
  cent: 100, cem: 100, cento: 100, duzentos: 200, trezentos: 300,
  thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18, nineteen: 19,
  treize: 13, quatorze: 14, quinze: 15, seize: 16, treze: 13, catorze: 14, dezesseis: 16, dezasseis: 16,
  dezessete: 17, dezassete: 17, dezoito: 18, dezenove: 19, dezanove: 19,
  twenty: 20, thirty: 30, forty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90,
  vingt: 20, vingts: 20, trente: 30, quarante: 40, cinquante: 50, soixante: 60, septante: 70, nonante: 90,
  vinte: 20, trinta: 30, quarenta: 40, cinquenta: 50, sessenta: 60, setenta: 70, oitenta: 80, noventa: 90,
}; // prettier-ignore
/** Words that are numbers only among numbers. */
const SHY = new Set([
  'for',
  'too',
  'tree',
  'un',
  'une',
  'um',
  'uma',
  'oh',
  'six',
  'nil',
  'neuf',
  'duas',
  'meia',
]);
const REPEAT: Readonly<Record<string, number>> = { double: 2, triple: 3, duplo: 2 };
const FILLERS = new Set(['and', 'et', 'e', 'is', 'then', 'puis', 'the', 'my', 'le']);

/** The value of a number word. */
export function valueOf(word: string): number | null {
  return UNITS[word] ?? TENS[word] ?? null;
}

function isPart(sum: number, value: number, gap: string): boolean {
  if (sum >= 100 && sum % 100 === 0) return value < 100;
  if (sum === 4 && value === 20) return gap === '-';
  return sum >= 20 && sum % 10 === 0 && (value < 10 || (value < 20 && (sum === 60 || sum === 80)));
}

const GAP = /^[\s,.\-/()[\]*|_:+]{1,3}$/;
const FEWEST_WORDS = 4;
const FEWEST_DIGITS = 5;

/** Runs of number words (and digits between them) as digits. */
function spokenNumbers(view: View, tokens: readonly Token[]): Change[] {
  const changes: Change[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const run = readRun(view, tokens, index);
    if (!run) continue;
    changes.push(run.change);
    index = run.last;
  }
  return changes;
}

function readRun(
  view: View,
  tokens: readonly Token[],
  first: number,
): { readonly change: Change; readonly last: number } | null {
  let digits = '';
  let words = 0;
  let sure = 0;
  let last = -1;
  let repeat = 1;
  let repeats = 0;
  let compound: number | null = null;
  for (let index = first; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (!token) break;
    const before = tokens[index - 1];
    const gap = index > first && before ? view.text.slice(before.end, token.start) : '';
    if (index > first && !GAP.test(gap)) break;
    const value = valueOf(token.text);
    if (value === null && token.text === 'o' && digits !== '') {
      digits += '0';
    } else if (value === null && /^\d{1,4}$/.test(token.text)) {
      if (repeat > 1) repeats += 1;
      digits += token.text.repeat(repeat);
      repeat = 1;
      compound = null;
    } else if (value !== null) {
      // "Trente-quatre", "cent vingt-trois": parts of one number.
      if (compound !== null && isPart(compound, value, gap)) {
        const sum: number = compound === 4 && value === 20 ? 80 : compound + value;
        digits = digits.slice(0, digits.length - String(compound).length) + String(sum);
        compound = sum;
      } else {
        digits += String(value).repeat(repeat);
        compound = value;
      }
      words += 1;
      if (!SHY.has(token.text)) sure += 1;
      repeat = 1;
    } else if (REPEAT[token.text] !== undefined && index + 1 < tokens.length) {
      repeat = REPEAT[token.text] ?? 1;
      continue;
    } else if (digits !== '' && FILLERS.has(token.text)) {
      continue;
    } else break;
    last = index;
  }
  const start = tokens[first];
  const end = tokens[last];
  // "07 double 1, 903, 226": nobody says so what is no number.
  const enough = words >= FEWEST_WORDS && sure >= 2 && digits.length >= FEWEST_DIGITS;
  if (!start || !end || !(enough || (repeats > 0 && digits.length >= 8))) return null;
  return { change: { start: start.start, end: end.end, text: digits }, last };
}

/** Ways to write a dot between two names, and the ends of names it may stand before. */
const DOT =
  /([a-z0-9][a-z0-9-]*)(\s*[[({<]\s*(?:\.|dot|point|ponto|punto|d0t)\s*[\])}>]\s*|\s+(?:dot|point|ponto|d0t)\s+|\s+\.\s+|\s+\.(?=[a-z])|\.\s*[[({]\s*|\s*•\s*)([a-z]{2,10})(?![a-z-])/g;
const DOT_SIGNS = /\bdot\b|\bpoint\b|\bponto\b|\bd0t\b|\s\.\s?[a-z]|[[({<]\s*(?:\.|dot|point|ponto)|•/;
/** Words before "point" or "ponto" that make it a point in the ordinary sense. */
const NOT_A_NAME = new Set(
  'ce le un au du tel quel premier dernier nesse neste esse este um o ao the this that at a some same last main key mise dit faire fait no de et est en to que'.split(
    ' ',
  ),
);
const SLASH = /\s+(?:slash|barra|barre|forward slash)\s+/g;

function spokenDots(view: View, ends: ReadonlySet<string>, shyEnds: ReadonlySet<string>): Change[] {
  if (!DOT_SIGNS.test(view.text)) return [];
  const changes: Change[] = [];
  DOT.lastIndex = 0;
  for (let match = DOT.exec(view.text); match; match = DOT.exec(view.text)) {
    const [whole, name = '', dot = '', end = ''] = match;
    // "co dot ke": the end of one is the name of the next.
    DOT.lastIndex = match.index + whole.length - end.length;
    if (!ends.has(end) || NOT_A_NAME.has(name)) continue;
    const bare = /^\s/.test(dot);
    const next = view.text.slice(match.index + whole.length).trimStart();
    const closes = /^(?:$|[/,.!?;:)\n]|slash|barra|dot|point|ponto)/.test(next);
    if (bare && shyEnds.has(end) && !closes) continue;
    // "entregue . com a DHL": a lone dot between spaces is a full stop unless the name ends there.
    if (dot.trim() === '.' && !closes && !/^[a-z0-9-]{5,}$/.test(name)) continue;
    const start = match.index + name.length;
    changes.push({ start, end: start + dot.length, text: '.' });
  }
  if (changes.length > 0)
    for (const slash of view.text.matchAll(SLASH))
      changes.push({ start: slash.index, end: slash.index + slash[0].length, text: '/' });
  return changes;
}

const NUMBER = [...Object.keys(UNITS), ...Object.keys(TENS), ...Object.keys(REPEAT)].join('|');
/** A sign that a number is read out: three number words or short figures in a row. */
const NUMBER_RUN = new RegExp(
  `\\b(?:${NUMBER})[\\s,.\\-/()[\\]*|_:+]+(?:(?:and|et|e|is|o)[\\s,.\\-/()[\\]*|_:+]+)?(?:${NUMBER}|\\d{1,4})[\\s,.\\-/()[\\]*|_:+]+(?:${NUMBER}|\\d{1,4}|et|e)\\b`,
);

export type Ends = { readonly all: ReadonlySet<string>; readonly shy: ReadonlySet<string> };

/** What the text says when it is read out; null when that is what is written. */
export function spoken(view: View, tokens: readonly Token[], ends: Ends): View | null {
  const changes = [
    ...(NUMBER_RUN.test(view.text) ? spokenNumbers(view, tokens) : []),
    ...spokenDots(view, ends.all, ends.shy),
  ];
  if (changes.length === 0) return null;
  return rewrite(view, changes);
}
