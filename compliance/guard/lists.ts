/** The lists of the guard: what is certified, official or allowed for a shop, and the words it knows. */
import { z } from 'zod';
import type { Lexicon } from './lexicon.ts';
import { createLexicon, wordsOf } from './lexicon.ts';

const names = z
  .array(z.union([z.string(), z.array(z.string())]))
  .transform((list) => list.flat())
  .default([]);

const carrier = z.strictObject({
  id: z.string(),
  names,
  hosts: names,
  s10: names,
  formats: names,
  loose: names,
});

/** The shape of `lists.yml`. */
export const listsFile = z.strictObject({
  certified: z.array(z.string()),
  carriers: z.array(carrier),
  domains: names,
  hotlines: z.array(
    z.strictObject({
      country: z.string().length(2),
      number: z.string(),
      source: z.string(),
      checked_on: z.iso.date(),
    }),
  ),
  corporate_lines: names,
  services: z.strictObject({ payment: names, messaging: names }),
  tlds: names,
  word_tlds: names,
  file_ends: names,
});

/** Words and phrases with commas. */
const wordList = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);
/** The shape of `words.yml`: concept → words. */
export const wordsFile = z.record(z.string(), wordList);

/** The shape of `patterns.yml`. */
export const patternsFile = z.array(
  z.strictObject({
    rule: z.enum(['external_payment_link', 'off_platform_diversion']),
    words: z.array(z.string()).min(1),
    within: z.number().int().min(0),
    unless: z.array(z.string()).default([]),
  }),
);
export type Pattern = z.infer<typeof patternsFile>[number];

/** The shape of `signs.yml`. */
export const signsFile = z.strictObject({
  enough: z.number().int().positive(),
  signs: z.array(
    z.strictObject({
      sign: z.string(),
      points: z.number().int().positive(),
      rule: z.enum(['external_payment_link', 'off_platform_diversion']).optional(),
      /** Counts also where the marketplace is named as the place. */
      always: z.boolean().default(false),
      /** Counts also where the sentence says no: "no commission" is the bait. */
      even_denied: z.boolean().default(false),
      /** Another sign that must follow within three words, and concepts that must not follow within two. */
      with: z.string().optional(),
      except: z.array(z.string()).default([]),
      words: wordList.default([]),
      /** The words of a concept of `words.yml` instead. */
      concept: z.string().optional(),
    }),
  ),
});
export type Signs = z.infer<typeof signsFile>;
export type Sign = Signs['signs'][number];

/** What the guard is made from. */
export type GuardLists = {
  readonly lists: z.infer<typeof listsFile>;
  readonly words: z.infer<typeof wordsFile>;
  readonly patterns: readonly Pattern[];
  readonly signs: Signs;
  /** What a shop has of its own. `certifiedCarriers` replaces the list, the others add to it. */
  readonly shops?: Readonly<Record<string, ShopLists>>;
};

/** In a shop's list of carriers: those of the shipped list. */
export const DEFAULT = 'default';

export type ShopLists = {
  readonly certifiedCarriers?: readonly string[] | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly hotlines?: readonly string[] | undefined;
};

export type Format = { readonly carrier: string; readonly pattern: RegExp; readonly loose: boolean };

/** The lists as the rules use them, for one shop. */
export type Lists = {
  readonly lexicon: Lexicon;
  readonly patterns: readonly Pattern[];
  readonly signs: Signs;
  /** Name of a carrier, as the lexicon writes it → its id. */
  readonly carriers: ReadonlyMap<string, string>;
  readonly certified: ReadonlySet<string>;
  readonly formats: readonly Format[];
  /** Country of an S10 number → the post it is of. */
  readonly posts: ReadonlyMap<string, string>;
  readonly official: readonly string[];
  readonly paymentHosts: ReadonlySet<string>;
  readonly messagingHosts: ReadonlySet<string>;
  readonly tlds: ReadonlySet<string>;
  readonly wordTlds: ReadonlySet<string>;
  readonly fileEnds: ReadonlySet<string>;
  /** Digits of the lines that may be told, without country code and leading zero. */
  readonly hotlines: readonly string[];
  readonly corporateLines: readonly string[];
};

type Shared = Omit<Lists, 'certified' | 'official' | 'hotlines'>;

/** Prepares the lists once; the answer gives those of a shop. */
export function prepare({ lists, words, patterns, signs, shops = {} }: GuardLists): (shop?: string) => Lists {
  const carriers = lists.carriers.flatMap((one) => one.names.map((name) => [wordsOf(name), one.id] as const));
  const shared: Shared = {
    lexicon: createLexicon({
      ...words,
      ...Object.fromEntries(
        signs.signs.map((one) => [
          signConcept(one.sign),
          [...one.words, ...((one.concept && words[one.concept]) || [])],
        ]),
      ),
      carrier: lists.carriers.flatMap((one) => one.names),
    }),
    patterns,
    signs,
    carriers: new Map(carriers),
    formats: lists.carriers.flatMap((one) => [
      ...one.formats.map((source) => ({
        carrier: one.id,
        pattern: new RegExp(`^(?:${source})$`),
        loose: false,
      })),
      ...one.loose.map((source) => ({
        carrier: one.id,
        pattern: new RegExp(`^(?:${source})$`),
        loose: true,
      })),
    ]),
    posts: new Map(lists.carriers.flatMap((one) => one.s10.map((country) => [country, one.id] as const))),
    paymentHosts: new Set(lists.services.payment),
    messagingHosts: new Set(lists.services.messaging),
    tlds: new Set([...lists.tlds, ...lists.word_tlds]),
    wordTlds: new Set(lists.word_tlds),
    fileEnds: new Set(lists.file_ends),
    corporateLines: lists.corporate_lines.map(digitsOf),
  };
  const of = (own: ShopLists): Lists => {
    const certified = new Set(
      (own.certifiedCarriers ?? [DEFAULT]).flatMap((id) => (id === DEFAULT ? lists.certified : [id])),
    );
    return {
      ...shared,
      certified,
      official: [
        ...lists.domains,
        ...(own.domains ?? []).map((domain) => domain.toLowerCase()),
        ...lists.carriers.filter(({ id }) => certified.has(id)).flatMap(({ hosts }) => hosts),
      ],
      hotlines: [...lists.hotlines.map(({ number }) => number), ...(own.hotlines ?? [])].map(significant),
    };
  };
  const standard = of({});
  const byShop = new Map(Object.entries(shops).map(([shop, own]) => [shop, of(own)]));
  return (shop) => (shop === undefined ? standard : (byShop.get(shop) ?? standard));
}

/** The concept of a sign in the lexicon, apart from those of `words.yml`. */
export function signConcept(sign: string): string {
  return `sign:${sign}`;
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

/** Country codes of our markets and of those sellers have relatives in. */
const CODES =
  /^(?:234|254|233|212|225|221|256|216|213|255|250|237|258|244|351|245|238|20|27|33|44|55)(?=\d{8})/;

/** The digits that count, however the number is written: without 00, country code and leading zero. */
export function significant(number: string): string {
  const digits = digitsOf(number);
  const international = /^\s*(?:\+|00)/.test(number);
  const bare = international ? digits.replace(/^00/, '') : digits;
  return bare.replace(CODES, '').replace(/^0(?=\d{6})/, '');
}
