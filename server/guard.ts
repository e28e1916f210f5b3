/** Makes the guard of this installation: the shipped lists, what the shops add, and the carriers' numbers and hosts. */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { recognize } from '../carriers/recognize.ts';
import { CARRIERS } from '../carriers/registry.ts';
import type { Clauses } from '../compliance/clauses.ts';
import { clausesFile } from '../compliance/clauses.ts';
import type { Guard, Judge, Verdict } from '../compliance/guard.ts';
import { createGuard } from '../compliance/guard.ts';
import { DEFAULT, listsFile, patternsFile, signsFile, wordsFile } from '../compliance/guard/lists.ts';
import type { GuardLists, ShopLists } from '../compliance/guard/lists.ts';
import type { RecognizeNumber } from '../compliance/guard/tracking.ts';
import { readComplianceFile as read } from './compliance-files.ts';
import { ConfigError } from './config/load.ts';

export type GuardedShop = {
  readonly id: string;
  readonly country?: string | undefined;
  readonly compliance?: ShopLists | undefined;
};

/** A reply is read at the end of the turn and again at the door, and many replies are the same sentence. */
const VERDICTS_KEPT = 2_000;

/** What carriers may have written a number. */
export const recognizeNumber: RecognizeNumber = (number, country) =>
  recognize(number, CARRIERS, { country: country ?? null });

/** The shipped lists. */
export function readGuardLists(): GuardLists & { readonly clauses: Clauses } {
  return {
    lists: withAdapters(read(listsFile, 'guard', 'lists.yml')),
    words: read(wordsFile, 'guard', 'words.yml'),
    patterns: read(patternsFile, 'guard', 'patterns.yml'),
    signs: read(signsFile, 'guard', 'signs.yml'),
    clauses: read(clausesFile, 'clauses.yml'),
  };
}

/**
 * @param hotlineOf the marketplace's line as the policies of a shop have it: what the bot may tell must pass
 * @param judge what was learnt from examples; without it only the rules decide
 * @throws ConfigError when a shop certifies a carrier nobody knows, or a shipped file is broken
 */
export function openGuard(
  shops: readonly GuardedShop[],
  hotlineOf: (shop: string) => string | undefined = () => undefined,
  judge?: Judge,
): Guard {
  const shipped = readGuardLists();
  const known = new Set(shipped.lists.carriers.map(({ id }) => id));
  const problems = shops.flatMap(({ id, compliance }) =>
    (compliance?.certifiedCarriers ?? [])
      .filter((carrier) => carrier !== DEFAULT && !known.has(carrier))
      .map(
        (carrier) =>
          `shops "${id}": compliance.certifiedCarriers: there is no carrier "${carrier}". Known: ${[...known].join(', ')}.`,
      ),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  const own = Object.fromEntries(shops.map((shop) => [shop.id, ownLists(shop, hotlineOf(shop.id))]));
  const guard = createGuard({ ...shipped, shops: own }, recognizeNumber, judge);
  const countries = new Map(shops.map(({ id, country }) => [id, country]));
  return (text, { shop, country = countries.get(shop ?? '') } = {}) => guard(text, { shop, country });
}

/** The lists of a guard never change, so neither does its verdict on a text. Of texts that pass only a digest is kept. */
export function remembering(guard: Guard): Guard {
  const verdicts = new LRUCache<string, Verdict>({ max: VERDICTS_KEPT });
  return (text, { shop, country } = {}) => {
    const key = hash('sha256', JSON.stringify([shop, country, text]), 'base64');
    const known = verdicts.get(key);
    if (known) return known;
    const verdict = guard(text, { shop, country });
    verdicts.set(key, verdict);
    return verdict;
  };
}

function ownLists({ compliance = {} }: GuardedShop, hotline: string | undefined): ShopLists {
  return { ...compliance, hotlines: [...(compliance.hotlines ?? []), ...(hotline ? [hotline] : [])] };
}

/** Carriers a shop ships with and may not give numbers of: its tracking answers will be withheld. */
export function notCertified(
  shop: GuardedShop & { readonly carriers: readonly string[] },
): readonly string[] {
  const own = ownLists(shop, undefined).certifiedCarriers ?? [DEFAULT];
  const certified = own.flatMap((id) =>
    id === DEFAULT ? read(listsFile, 'guard', 'lists.yml').certified : [id],
  );
  return shop.carriers.filter((id) => !certified.includes(id));
}

type ListsFile = z.infer<typeof listsFile>;

/** Every carrier with an adapter is known, by its name and with its hosts, whether the file names it or not. */
function withAdapters(lists: ListsFile): ListsFile {
  const listed = new Map(lists.carriers.map((one) => [one.id, one]));
  const adapters = CARRIERS.map(({ id, name, hosts }) => {
    const own = listed.get(id) ?? {
      id,
      names: [name.toLowerCase()],
      hosts: [],
      s10: [],
      formats: [],
      loose: [],
    };
    return { ...own, hosts: [...own.hosts, ...hosts] };
  });
  const others = lists.carriers.filter(({ id }) => !adapters.some((one) => one.id === id));
  return { ...lists, carriers: [...adapters, ...others] };
}
