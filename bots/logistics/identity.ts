import type { Order } from '../../domain/order.ts';

/** Lower case, no accents, letters and digits only, single spaces. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

const SHORTEST_NAME = 2;
const TYPO_FROM = 5;

/**
 * True when the message names the first name, the last name or the city written on the order.
 * Words of five letters or more may have one letter wrong, swapped or missing: people type on phones.
 */
export function matchesCheck(text: string, check: Order['check']): boolean {
  const words = plain(text).split(' ');
  return [check.firstName, check.lastName, check.city].some((expected) => {
    const wanted = plain(expected ?? '')
      .split(' ')
      .filter((word) => word.length >= SHORTEST_NAME);
    return wanted.length > 0 && wanted.every((word) => words.some((typed) => alike(typed, word)));
  });
}

function alike(typed: string, word: string): boolean {
  if (typed === word) return true;
  if (word.length < TYPO_FROM || Math.abs(typed.length - word.length) > 1) return false;
  let start = 0;
  while (start < Math.min(typed.length, word.length) && typed[start] === word[start]) start += 1;
  const rest = (text: string, skip: number): string => text.slice(start + skip);
  if (typed.length > word.length) return rest(typed, 1) === rest(word, 0);
  if (typed.length < word.length) return rest(typed, 0) === rest(word, 1);
  const swapped = typed[start] === word[start + 1] && typed[start + 1] === word[start];
  return rest(typed, 1) === rest(word, 1) || (swapped && rest(typed, 2) === rest(word, 2));
}
