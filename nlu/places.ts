/** Towns and pick-up stations in a message. */
import { normalize } from './normalize.ts';

export type Place = {
  readonly type: 'city' | 'pickup_station';
  readonly value: string;
  readonly start: number;
  readonly end: number;
};

type Towns = ReadonlyMap<string, string>;

const LONGEST_TOWN_WORDS = 3;
/** Towns that are also everyday words in a language we speak. */
const ORDINARY_WORDS = new Set(['man', 'ho', 'wa', 'plateau', 'tete', 'jos', 'aba']);

function buildTowns(places: Readonly<Record<string, readonly string[]>>): Towns {
  const towns = new Map<string, string>();
  for (const names of Object.values(places))
    for (const name of names) towns.set(normalize(name).replace(/[^a-z]+/g, ' '), name);
  return towns;
}

const STATION =
  /(?:pick[- ]?up (?:station|point|centre|center)|collection point|point (?:relais|de retrait|relay)|station de (?:retrait|ramassage)|relais|(?:ponto|posto|estacao) de (?:recolha|retirada|levantamento))/gu;
/** Between the words and the name: "de la", "at the", "da". */
const LINK =
  /^(?:\s*[:,-]\s*|\s+)(?:(?:in|at|of|the|jumia|de|du|da|do|das|dos|la|le|a|au|em|na|no)\s+){0,3}/u;
/** A name has a capital: up to three words that begin with one. */
const NAME = /^\p{Lu}[\p{L}\p{N}'’-]*(?:\s\p{Lu}[\p{L}\p{N}'’-]*){0,2}/u;

/** @param plain the text without accents and in lower case, of the same length */
export type PlaceFinder = (text: string, plain: string) => readonly Place[];

export function createPlaceFinder(places: Readonly<Record<string, readonly string[]>>): PlaceFinder {
  const towns = buildTowns(places);
  return (text, plain) => {
    const cities = findTowns(plain, towns);
    return [...findStations(text, plain, cities), ...cities];
  };
}

/** The name after the words ("pickup station Yaba"), or the town before them ("Yaba pickup station"). */
function findStations(text: string, plain: string, cities: readonly Place[]): Place[] {
  return [...plain.matchAll(STATION)].flatMap((match): Place[] => {
    const after = match.index + match[0].length;
    const start = after + (LINK.exec(plain.slice(after))?.[0].length ?? 0);
    const town =
      cities.find((city) => city.start === start && start > after) ??
      cities.find(({ end }) => end < match.index && /^\s*(?:jumia\s*)?$/.test(plain.slice(end, match.index)));
    if (town) return [{ ...town, type: 'pickup_station' }];
    const name = start > after ? NAME.exec(text.slice(start))?.[0] : undefined;
    return name ? [{ type: 'pickup_station', value: name, start, end: start + name.length }] : [];
  });
}

function findTowns(plain: string, towns: Towns): Place[] {
  const words = [...plain.matchAll(/\p{L}+/gu)];
  const found: Place[] = [];
  for (let index = 0; index < words.length; index += 1) {
    for (let size = Math.min(LONGEST_TOWN_WORDS, words.length - index); size >= 1; size -= 1) {
      const last = words[index + size - 1] as RegExpExecArray;
      const start = (words[index] as RegExpExecArray).index;
      const end = last.index + last[0].length;
      const name = plain.slice(start, end).replace(/[^a-z]+/g, ' ');
      const town = ORDINARY_WORDS.has(name) ? undefined : towns.get(name);
      if (!town) continue;
      found.push({ type: 'city', value: town, start, end });
      index += size - 1;
      break;
    }
  }
  return found;
}
