/**
 * Status words of carriers that have no codes, made comparable, and the last resort for a code no table
 * lists: a few words that can hardly mean anything else. It never answers `delivered`: "not delivered",
 * "delivered to sender" and "delivered to agent" all contain the word.
 */
import type { Meaning } from './shipment.ts';

/** Lower case, without accents, `_` and `-` as spaces, spaces collapsed: how status words are compared. */
export function normalizeWords(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[_\-\s]+/g, ' ')
    .trim();
}

const WORDS: readonly (readonly [RegExp, Meaning])[] = [
  [/\b(returned to (the )?(shipper|sender|origin)|colis retourne)\b/, 'returned'],
  [/\b(return|returning|retour)\b/, { status: 'exception', substatus: 'returning' }],
  [/\b(refused|rejected|refuse)\b/, { status: 'attempt_fail', substatus: 'refused' }],
  [
    /\b(out for delivery|with (the )?courier|en cours de livraison|mise en distribution)\b/,
    'out_for_delivery',
  ],
  [/\b(ready for (collection|pickup)|awaiting collection)\b/, 'available_for_pickup'],
  [/\b(customs|clearance|douane)\b/, { status: 'in_transit', substatus: 'customs' }],
  [/\b(in transit|departed|arrived|en transit)\b/, 'in_transit'],
];

const DENIED = /\b(not|no|non|pas|never|unable|failed|un\w+able)\b/;

/** What the words say beyond doubt, or undefined. Denials ("not yet out for delivery") say nothing. */
export function meaningOfWords(text: string): Meaning | undefined {
  const words = normalizeWords(text);
  if (DENIED.test(words)) return undefined;
  return WORDS.find(([pattern]) => pattern.test(words))?.[1];
}
