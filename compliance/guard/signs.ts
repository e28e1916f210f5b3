/**
 * Veiled offers: no number, no name, and still everybody understands. Small signs add up over the whole reply: the order
 * is to be dropped, there is no commission, somebody will call. Signs, words and points are data, in `signs.yml`.
 */
import type { Hit, Reading } from './lexicon.ts';
import { signConcept } from './lists.ts';
import { clauseAround } from './payment.ts';
import type { Finding, Rule, Scene } from './scene.ts';
import { found, has, hits, isOpen } from './scene.ts';

export function findSigns(scene: Scene, reading: Reading): Finding | null {
  const { enough, signs } = scene.lists.signs;
  let sum = 0;
  let most = 0;
  let strongest: Hit | undefined;
  const points: Record<string, number> = {};
  for (const { sign, points: own, rule, always } of signs) {
    const hit = hits(reading, signConcept(sign)).find(
      (one) => isOpen(reading, one) && (always || !isOnMarketplace(reading, one)),
    );
    if (!hit) continue;
    sum += own;
    if (rule) points[rule] = (points[rule] ?? 0) + own;
    if (own > most) [most, strongest] = [own, hit];
  }
  if (sum < enough || !strongest) return null;
  const payment: Rule = 'external_payment_link';
  const diversion: Rule = 'off_platform_diversion';
  const rule = (points[payment] ?? 0) > (points[diversion] ?? 0) ? payment : diversion;
  return found(scene, reading.view, rule, clauseAround(reading, strongest));
}

/** What is said of the marketplace's own pages and counters leads nowhere else. */
function isOnMarketplace(reading: Reading, { sentence }: Hit): boolean {
  return has(reading, 'on_jumia', sentence);
}
