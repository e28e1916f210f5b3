/**
 * Veiled offers: no number, no name, and still everybody understands. Small signs add up over a few sentences in a row: the
 * order is to be dropped, there is no commission, somebody will call. Signs, words and points are data, in `signs.yml`.
 */
import type { Hit, Reading } from './lexicon.ts';
import type { Sign } from './lists.ts';
import { signConcept } from './lists.ts';
import { clauseAround } from './payment.ts';
import type { Finding, Rule, Scene } from './scene.ts';
import { after, found, has, hits, isOpen } from './scene.ts';

type Score = { readonly sum: number; readonly most: number; readonly hit: Hit | undefined };
type Seen = { readonly sign: Sign; readonly hit: Hit };
const NOTHING: Score = { sum: 0, most: 0, hit: undefined };
const RULES: readonly Rule[] = ['off_platform_diversion', 'external_payment_link'];
/** Sentences that speak of one thing. Over a long reply on several parcels innocent words would add up. */
const REACH = 3;

export function findSigns(scene: Scene, reading: Reading): Finding | null {
  const { enough, signs } = scene.lists.signs;
  const seen = signs.flatMap((sign) =>
    hits(reading, signConcept(sign.sign))
      .filter((hit) => counts(reading, hit, sign))
      .map((hit): Seen => ({ sign, hit })),
  );
  for (const begin of new Set(seen.map(({ hit }) => hit.sentence))) {
    const near = seen.filter(({ hit }) => hit.sentence >= begin && hit.sentence < begin + REACH);
    const [rule, best] = likeliest(near);
    if (best.hit && best.sum >= enough)
      return found(scene, reading.view, rule, clauseAround(reading, best.hit));
  }
  return null;
}

function counts(reading: Reading, hit: Hit, sign: Sign): boolean {
  return (
    isMeant(reading, hit, sign) &&
    (sign.even_denied || isOpen(reading, hit)) &&
    !(sign.rule === 'external_payment_link' && has(reading, 'refund', hit.sentence)) &&
    (sign.always || !isOnMarketplace(reading, hit))
  );
}

/** Each sign counts once, for its own rule or for both. */
function likeliest(near: readonly Seen[]): readonly [Rule, Score] {
  const scores = new Map(RULES.map((rule) => [rule, NOTHING]));
  const counted = new Set<Sign>();
  for (const { sign, hit } of near) {
    if (counted.has(sign)) continue;
    counted.add(sign);
    const { points, rule: only } = sign;
    for (const rule of only ? [only] : RULES) {
      const { sum, most, hit: before } = scores.get(rule) ?? NOTHING;
      scores.set(rule, {
        sum: sum + points,
        most: Math.max(most, points),
        hit: points > most ? hit : before,
      });
    }
  }
  const [best = [RULES[0] as Rule, NOTHING]] = [...scores].sort(([, one], [, other]) => other.sum - one.sum);
  return best;
}

/** What is said of the marketplace's own pages and counters leads nowhere else. */
function isOnMarketplace(reading: Reading, { sentence }: Hit): boolean {
  return has(reading, 'on_jumia', sentence) && !leavesMarketplace(reading, sentence);
}

/** The marketplace is named as what to drop, what costs too much or what must not know. */
export function leavesMarketplace(reading: Reading, sentence: number): boolean {
  return ['drop_order', 'commission', 'secret'].some((sign) => has(reading, signConcept(sign), sentence));
}

/** "Send us your number", and not "send us your order number". */
function isMeant(reading: Reading, hit: Hit, { with: other, except }: Sign): boolean {
  if (except.some((concept) => isBeside(reading, hit, concept))) return false;
  if (other === undefined) return true;
  const joined = after(reading, hit, signConcept(other), 3);
  return joined !== undefined && !except.some((concept) => isBeside(reading, joined, concept));
}

function isBeside(reading: Reading, hit: Hit, concept: string): boolean {
  return after(reading, hit, concept, 2) !== undefined;
}
