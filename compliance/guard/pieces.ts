/**
 * A number told in pieces: "begins with JEG and three zeros, then 862 467 520", "the first part is 1Z5B0MUC". Nobody tells an
 * honest one so. The pieces are put together, and what they make is judged like a number in one.
 */
import { piece } from './fold.ts';
import type { Reading, Token } from './lexicon.ts';
import { valueOf } from './spoken.ts';
import type { Finding, Scene } from './scene.ts';
import { found, hits } from './scene.ts';
import type { Numbers } from './tracking.ts';
import { shapeOf } from './tracking.ts';

/** Words that stand between two pieces, or announce them. */
const SIGN =
  /\b(?:puis|ensuite|then|depois|followed|suivi de|suivis? d|seguid[oa]|begins?|starts?|commence|comeca|first part|second part|two parts|deux parties|duas partes|primeir[ao]|premiere partie|finish(?:es)?|termine|termina|acaba|zeros|the rest|le reste|o resto|join|add|ajoute[zr]?|junt[ea]|after that|last digits|complet[ea])\b/;
const ANNOUNCED =
  /\b(?:begins?|starts?|commence|comeca|parts?|parties|partes?|primeir[ao]|premiere|finish(?:es)?|termine|termina|acaba|ajoute[zr]?|junt[ea]|join|the rest|le reste|o resto)\b/;
const IN_FRONT = /\b(?:in front|before it|devant|au debut|a frente|no inicio)\b/;
/** How many words may stand between two pieces when nothing announces them, and when something does. */
const NEAR = 3;
const FAR = 9;
const MOST_PIECES = 14;
const SHORTEST = 8;
const FEWEST_DIGITS = 5;

type Piece = { readonly text: string; readonly first: number; readonly last: number };

export function findPieces(scene: Scene, reading: Reading, numbers: Numbers): Finding | null {
  const { view, tokens } = reading;
  if (!SIGN.test(view.text)) return null;
  const pieces = piecesOf(scene, reading);
  if (pieces.length < 2) return null;
  const reach = ANNOUNCED.test(view.text) ? FAR : NEAR;
  for (const [index, first] of pieces.entries()) {
    let clean = first.text;
    let last = first;
    for (const [step, next] of pieces.slice(index + 1, index + MOST_PIECES).entries()) {
      if (next.first - last.last - 1 > reach) break;
      last = next;
      clean += next.text;
      if (!isForbidden(scene, reading, { clean, parts: pieces.slice(index, index + step + 2) }, numbers))
        continue;
      const start = tokens[first.first]?.start ?? 0;
      return found(scene, view, ruleOf(reading, clean), { start, end: tokens[last.last]?.end ?? start });
    }
  }
  return null;
}

/** Digits, capitals, number words ("three zeros" are three digits), each with the tokens it stands for. */
function piecesOf({ original }: Scene, { view, tokens }: Reading): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (!token) break;
    const value = valueOf(token.text);
    const zeros = value !== null && /^zeros?$/.test(tokens[index + 1]?.text ?? '') && value > 1 && value < 10;
    if (zeros) {
      pieces.push({ text: '0'.repeat(value), first: index, last: index + 1 });
      index += 1;
    } else if (value !== null && token.text.length > 2)
      pieces.push({ text: String(value), first: index, last: index });
    else if (/\d/.test(token.text) || isCapital(piece(original, view, token.start, token.end), token))
      pieces.push({ text: token.text.toUpperCase(), first: index, last: index });
  }
  return pieces;
}

function isCapital(written: string, { text }: Token): boolean {
  return /^\p{Lu}{1,4}$/u.test(written) && !/^(?:i|a|e|o)$/.test(text);
}

type Told = { readonly clean: string; readonly parts: readonly Piece[] };

function isForbidden(scene: Scene, reading: Reading, { clean, parts }: Told, numbers: Numbers): boolean {
  if (clean.length < SHORTEST || clean.length > 30) return false;
  const digits = clean.replace(/\D/g, '').length;
  if (digits < FEWEST_DIGITS) return false;
  const named = hits(reading, 'carrier').map(({ word }) => scene.lists.carriers.get(word) ?? '');
  if (named.some((id) => scene.lists.certified.has(id))) return false;
  const called = named.length > 0 || isCalled(reading);
  const announced = ANNOUNCED.test(reading.view.text);
  if (/^\d/.test(clean) && IN_FRONT.test(reading.view.text)) {
    const front = parts.find(({ text }) => /^[A-Z]{2,4}$/.test(text))?.text ?? '';
    const turned = front + clean.replace(front, '');
    if (shapeOf(scene.lists, { clean: turned, unbroken: false }, []) === 'uncertified') return true;
  }
  if (digits === clean.length) {
    const short = parts.length > 2 && parts.every(({ text }) => text.length <= 4);
    return called && digits >= 9 && digits <= 15 && (short || (announced && named.length > 0));
  }
  const shape = shapeOf(scene.lists, { clean, unbroken: false }, numbers.recognize(clean, numbers.country));
  if (shape === 'uncertified') return true;
  return called && (named.length > 0 || (announced && digits >= 8)) && /\d{3}/.test(clean);
}

function isCalled(reading: Reading): boolean {
  if (hits(reading, 'code_word').some(({ word }) => !/^(?:code|codigo)$/.test(word))) return false;
  return ['tracking', 'tracking_number', 'code_word', 'phone_cue', 'digit_count'].some(
    (concept) => hits(reading, concept).length > 0,
  );
}

function ruleOf(reading: Reading, clean: string): Finding['rule'] {
  const isPhone =
    /^\d+$/.test(clean) && hits(reading, 'tracking').length === 0 && hits(reading, 'code_word').length === 0;
  return isPhone ? 'off_platform_diversion' : 'uncertified_tracking_number';
}
