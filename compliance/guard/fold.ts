/**
 * Reads a text as a person sees it: small Latin letters and ASCII digits, without accents, look-alikes of other
 * scripts, invisible characters, fullwidth or emoji letters. Every character knows where it stood in the original, so
 * that what was found can be shown as it was written.
 */

/** `at[i]` is the place in the original of the i-th character; null while both are the same. */
export type View = { readonly text: string; readonly at: readonly number[] | null };

/** Letters that look like Latin ones; after Unicode's confusables (UTS #39), the part that is typed to deceive. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  ...pairs('абвгдеёзијкӏмнорԛѕтуԝхһԁԍѵ', 'abbrdee3ijkimhopqstywxhdgv'),
  ...pairs('іїєґ', 'iier'),
  ...pairs('αβγεζηικνοπρτυχωϲϳ', 'abyeznikvonptuxwcj'),
  ...pairs('ɑɡɩıȷʟᴀʙᴄᴅᴇɢʜɪᴊᴋᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ', 'agiijlabcdeghijkmnoprtuvwyz'),
  ...pairs('օսցհյք', 'oughjp'),
  ...pairs('øđłħŧ', 'odlht'),
  '’': "'",
  '‘': "'",
  ʼ: "'",
  '`': "'",
  '´': "'",
  '，': '.',
  '。': '.',
  '．': '.',
  '․': '.',
  '‧': '.',
  '٫': '.',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  '№': 'n ',
  '⁄': '/',
  '∕': '/',
  '＼': '/',
};

function pairs(from: string, to: string): Record<string, string> {
  const targets = [...to];
  return Object.fromEntries([...from].map((sign, index) => [sign, targets[index] ?? sign]));
}

/** Enclosed letters that Unicode does not decompose: 🅰 🅐 🇦, each block in the order of the alphabet. */
const ALPHABETS: readonly number[] = [0x1f150, 0x1f170, 0x1f1e6];
/** Digits in circles and dingbats that Unicode does not decompose; each block begins with one. */
const ONES: readonly number[] = [0x2776, 0x278a, 0x24f5];
const INVISIBLE = /[\p{Cf}\p{Mn}\p{Me}\p{Cc}\u{fe00}-\u{fe0f}\u{115f}\u{1160}\u{3164}\u{ffa0}]/u;
const DASHES = /\p{Pd}/u;

/** What one character beyond ASCII reads as. Filled as characters are met; Unicode bounds its size. */
const known = new Map<string, string>();

function read(sign: string): string {
  const before = known.get(sign);
  if (before !== undefined) return before;
  const result = readNew(sign);
  known.set(sign, result);
  return result;
}

function readNew(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  const alphabet = ALPHABETS.find((first) => code >= first && code < first + 26);
  if (alphabet !== undefined) return String.fromCharCode(97 + code - alphabet);
  const one = ONES.find((first) => code >= first && code < first + 9);
  if (one !== undefined) return String(code - one + 1);
  if (/\p{Nd}/u.test(sign) && code > 0x7f) return digitOf(code);
  const small = sign.toLowerCase();
  const alike = LOOK_ALIKES[sign] ?? LOOK_ALIKES[small];
  if (alike !== undefined) return alike;
  if (/\s/u.test(sign)) return sign === '\u2028' || sign === '\u2029' ? '\n' : ' ';
  if (INVISIBLE.test(sign)) return '';
  if (DASHES.test(sign)) return '-';
  const plain = small.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return [...plain].map((part) => LOOK_ALIKES[part] ?? part).join('');
}

/** Every script's digits stand in blocks of ten that begin with its zero. */
function digitOf(code: number): string {
  for (let value = 0; value < 10; value += 1) {
    const zero = code - value;
    if (!/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) || value === 9) return String(value);
  }
  return '';
}

const PLAIN = /^[\n\x20-\x7e]*$/;

export function fold(original: string): View {
  if (PLAIN.test(original)) return { text: original.toLowerCase(), at: null };
  const at: number[] = [];
  let text = '';
  let place = 0;
  for (const sign of original) {
    const reads = sign < '\x80' ? readAscii(sign) : read(sign);
    for (let index = 0; index < reads.length; index += 1) at.push(place);
    text += reads;
    place += sign.length;
  }
  return { text, at };
}

function readAscii(sign: string): string {
  if (sign >= 'A' && sign <= 'Z') return sign.toLowerCase();
  if (sign === '\r' || sign === '\t') return ' ';
  return sign < ' ' && sign !== '\n' ? '' : sign;
}

/** The piece of the original that `start`–`end` of the view stands for. */
export function piece(original: string, { at }: View, start: number, end: number): string {
  if (end <= start) return '';
  if (!at) return original.slice(start, end);
  const from = at[start] ?? 0;
  const last = at[end - 1] ?? original.length - 1;
  const sign = original.codePointAt(last);
  return original.slice(from, last + (sign !== undefined && sign > 0xffff ? 2 : 1));
}

/** True where the original was written with other characters than it seems: look-alikes, invisible ones, fullwidth. */
export function isDisguised(original: string, view: View, start: number, end: number): boolean {
  if (!view.at) return false;
  const written = piece(original, view, start, end).normalize('NFC').toLowerCase();
  return written !== view.text.slice(start, end) && /[^\p{ASCII}\u0080-\u024f\u2018\u2019]/u.test(written);
}
