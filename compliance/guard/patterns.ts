/** Words that only together ask for what is forbidden: the combinations are data, in `patterns.yml`. */
import type { Hit, Reading } from './lexicon.ts';
import type { Pattern } from './lists.ts';
import { clauseAround } from './payment.ts';
import { namesListedLine } from './numbers.ts';
import type { Finding, Scene } from './scene.ts';
import { found, has, hits, isOpen, near } from './scene.ts';

export function findPattern(scene: Scene, reading: Reading): Finding | null {
  for (const pattern of scene.lists.patterns) {
    const hit = matchOf(scene, reading, pattern);
    if (hit) return found(scene, reading.view, pattern.rule, clauseAround(reading, hit));
  }
  return null;
}

const LISTED_LINE = 'listed_line';

function matchOf(
  scene: Scene,
  reading: Reading,
  { words: [anchor = '', ...others], within, unless }: Pattern,
): Hit | undefined {
  return hits(reading, anchor).find(
    (hit) =>
      others.every((concept) => near(reading, hit, concept, within)) &&
      !unless.some((concept) => has(reading, concept, hit.sentence)) &&
      !(unless.includes(LISTED_LINE) && namesListedLine(scene, reading, hit.sentence)) &&
      isOpen(reading, hit),
  );
}
