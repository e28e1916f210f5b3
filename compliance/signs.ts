/** Signs a message carries besides its words: links, card numbers, repetition, shouting. */

/** The marketplace's own sites; a link elsewhere is no proof of anything, only a sign. */
const OWN_SITES =
  /^(?:[a-z0-9-]+\.)*jumia\.(?:com|com\.(?:ng|gh|eg|tn)|co\.(?:ke|ug|ao)|ci|ma|sn|ug|dz|tn|is)$/;
const LINK = /(?:https?:\/\/)?(?:(?:[a-z0-9-]+\.)+[a-z]{2,8}|\d{1,3}(?:\.\d{1,3}){3})(?:\/\S*)?/gi;
/** "thanks.ok" and "3.5" are no links; these endings are. */
const KNOWN_ENDING =
  /\.(?:com|net|org|info|biz|top|xyz|site|online|club|shop|store|co|io|me|ly|ru|bet|app|dev|link|live|help|support|ng|ke|ci|ma|sn|ug|gh|eg|tn|dz|ao|pt|fr|tk|ml|ga|cf|gq|cc|icu|vip|win|cloud)$/;
/** Sites that are named jumia and are not: a name around it, or a letter off. */
const LOOKS_OWN = /j+u+[mrn]+[i1l]?[ai]+|jum[i1l]a|jurnia/;
const DIGITS = /\d(?:[ -]?\d){12,18}/g;
const PHONE = /(?:\+|00)?\d(?:[ .-]?\d){7,12}/;
const EMOJI = /\p{Extended_Pictographic}/gu;

/** A word its writer censored: "f***", "p*ta". */
const CENSORED = /\p{L}+\*+\p{L}+|\p{L}+\*{2,}/u;

/** Who shows a message to ask about it puts it in quotes; who sends it does not. */
const QUOTED = /["“”«»]\s*\S.{8,}["“”«»]|\p{L}: ?["“«]/su;

const SHOUTED = 0.7;
const FEWEST_LETTERS = 12;
const REPEATED = 0.4;
const FEWEST_WORDS = 5;
const MANY_EMOJI = 4;

/** Names of the signs, such as `link:elsewhere`. `text` as written. */
export function signsOf(text: string): readonly string[] {
  return [...linkSigns(text), ...numberSigns(text), ...mannerSigns(text)];
}

function linkSigns(text: string): string[] {
  const hosts = (text.match(LINK) ?? []).flatMap((link) => {
    const host = link
      .replace(/^https?:\/\//i, '')
      .replace(/\/.*$/s, '')
      .toLowerCase();
    const numeric = /^[\d.]+$/.test(host);
    return KNOWN_ENDING.test(host) || (numeric && /^https?:/i.test(link)) || /^https?:/i.test(link)
      ? [host]
      : [];
  });
  return hosts.map((host) => {
    if (OWN_SITES.test(host)) return 'link:own';
    return LOOKS_OWN.test(host) ? 'link:lookalike' : 'link:elsewhere';
  });
}

function numberSigns(text: string): string[] {
  const signs = (text.match(DIGITS) ?? [])
    .map((run) => run.replace(/\D/g, ''))
    .filter((digits) => digits.length <= 19 && luhn(digits))
    .map(() => 'number:card');
  if (signs.length === 0 && PHONE.test(text)) signs.push('number:long');
  if (/\d\s*%/.test(text)) signs.push('number:percent');
  return signs;
}

function mannerSigns(text: string): string[] {
  const signs: string[] = [];
  const letters = text.match(/\p{L}/gu) ?? [];
  const upper = text.match(/\p{Lu}/gu)?.length ?? 0;
  if (letters.length >= FEWEST_LETTERS && upper / letters.length >= SHOUTED) signs.push('manner:shouted');
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+|\p{Extended_Pictographic}/gu) ?? [];
  if (words.length >= FEWEST_WORDS && new Set(words).size / words.length <= REPEATED)
    signs.push('manner:repeated');
  if ((text.match(EMOJI)?.length ?? 0) >= MANY_EMOJI) signs.push('manner:emoji');
  if (CENSORED.test(text)) signs.push('manner:censored');
  if (/[?؟]/.test(text)) signs.push('manner:asked');
  if (QUOTED.test(text)) signs.push('manner:quoted');
  if (/!{2,}/.test(text)) signs.push('manner:exclaimed');
  if (letters.length === 0) signs.push('manner:wordless');
  return signs;
}

/** The check digit of payment cards (ISO/IEC 7812-1). */
function luhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const doubled = at % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
