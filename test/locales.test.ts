import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openingHours } from '../bots/opening-hours.ts';
import { SHIPMENT_STATUSES, SUBSTATUSES } from '../carriers/shipment.ts';
import { readCommands } from '../bots/engine/commands.ts';
import { logistics } from '../bots/logistics/bot.ts';
import { POLICY_NAMES } from '../bots/logistics/policies.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';
import { readSentences } from '../server/sentences.ts';

const sentences = readSentences(join(PACKAGE_ROOT, 'locales'));
const LANGUAGES = Object.keys(sentences);
/** Plural forms a language may add (`_many` in French and Portuguese) do not count as keys of their own. */
const PLURAL = /_(zero|one|two|few|many|other)$/;
/** WhatsApp's limit for a button; the tightest of all channels. */
const BUTTON_CHARS = 20;
/** Three such sentences with a button still fit WhatsApp's 1024 characters, once names and numbers are filled in. */
const SENTENCE_CHARS = 260;

type Leaf = { readonly key: string; readonly wordings: readonly string[] };

function leaves(node: unknown, path = ''): Leaf[] {
  if (typeof node === 'string') return [{ key: path, wordings: [node] }];
  if (Array.isArray(node)) return [{ key: path, wordings: node as string[] }];
  return Object.entries(node as object).flatMap(([key, child]) =>
    leaves(child, path ? `${path}.${key}` : key),
  );
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{-? ?(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

describe('sentences', () => {
  const namespaces = Object.keys(sentences['en'] ?? {});
  const of = (lang: string, namespace: string): Leaf[] => leaves(sentences[lang]?.[namespace] ?? {});

  for (const lang of LANGUAGES.filter((one) => one !== 'en')) {
    for (const namespace of namespaces) {
      it(`has the same keys in ${lang} as in English: ${namespace}`, () => {
        const keys = (one: string): string[] =>
          [...new Set(of(one, namespace).map(({ key }) => key.replace(PLURAL, '')))].sort();
        expect(keys(lang)).to.deep.equal(keys('en'));
      });

      it(`has the same placeholders in ${lang} as in English: ${namespace}`, () => {
        const english = new Map(
          of('en', namespace).map(({ key, wordings }) => [
            key.replace(PLURAL, ''),
            placeholders(wordings[0] ?? ''),
          ]),
        );
        for (const { key, wordings } of of(lang, namespace).filter(
          (leaf) => !/_(one|zero)$/.test(leaf.key),
        )) {
          for (const wording of wordings) {
            const expected = english.get(key.replace(PLURAL, '')) ?? [];
            expect(placeholders(wording), `${lang} ${key}`).to.deep.equal(expected);
          }
        }
      });
    }
  }

  for (const lang of LANGUAGES) {
    it(`has the same placeholders in all wordings of a sentence in ${lang}`, () => {
      for (const { key, wordings } of namespaces.flatMap((namespace) => of(lang, namespace)))
        for (const wording of wordings)
          expect(placeholders(wording), `${lang} ${key}`).to.deep.equal(placeholders(wordings[0] ?? ''));
    });

    it(`has sentences short enough for a chat in ${lang}`, () => {
      for (const { key, wordings } of namespaces.flatMap((namespace) => of(lang, namespace)))
        for (const wording of wordings)
          expect([...wording].length, `${lang} ${key}`).to.be.within(1, SENTENCE_CHARS);
    });

    it(`has buttons that fit every channel, without twins, in ${lang}`, () => {
      const titles = of(lang, 'bot').filter(({ key }) => key.startsWith('choices.'));
      for (const { key, wordings } of titles)
        expect([...(wordings[0] ?? '')].length, `${lang} ${key}`).to.be.at.most(BUTTON_CHARS);
      expect(new Set(titles.map(({ wordings }) => wordings[0])).size).to.equal(titles.length);
    });

    it(`can name every intent of the bot as a choice and as a wish in ${lang}`, () => {
      const keys = new Set(of(lang, 'bot').map(({ key }) => key));
      for (const intent of Object.keys(logistics.flows)) {
        expect(keys.has(`choices.${intent}`), `choices.${intent}`).to.equal(true);
        expect(keys.has(`wishes.${intent}`), `wishes.${intent}`).to.equal(true);
      }
    });
  }

  it('has words for every command in every language', () => {
    for (const lang of LANGUAGES)
      expect(() => readCommands({ [lang]: sentences[lang] ?? {} })).not.to.throw();
    expect(LANGUAGES.filter((lang) => !sentences[lang]?.['commands'])).to.deep.equal([]);
  });

  const sources = sourcesOf(['bots', 'server', 'connectors']);
  const keysOf = (namespace: string): string[] => [
    ...new Set(of('en', namespace).map(({ key }) => key.replace(PLURAL, ''))),
  ];

  it('has every sentence that the program asks for by name', () => {
    const known = new Set(['bot', 'opening-hours'].flatMap(keysOf));
    const asked = [...sources.matchAll(/(?:say\(|key: |sentence\(\w+, )'([a-z_]+\.[a-z_.]+)'/g)];
    const missing = asked.map((match) => match[1] ?? '').filter((key) => !known.has(key));
    expect(asked.length).to.be.above(50);
    expect(missing).to.deep.equal([]);
  });

  it('has no sentence that nobody says', () => {
    const intents = [logistics, openingHours].flatMap(({ flows }) => Object.keys(flows));
    const states = SHIPMENT_STATUSES.flatMap((status) => [
      status,
      ...SUBSTATUSES.map((substatus) => `${status}_${substatus}`),
    ]);
    const built: Readonly<Record<string, readonly string[]>> = {
      answers: [...intents, 'open', 'closed', 'no_branch'],
      requests: intents,
      choices: intents,
      wishes: intents,
      status: states,
      next: states,
      event: states,
      item_status: [
        'pending',
        'ready_to_ship',
        'shipped',
        'delivered',
        'canceled',
        'failed',
        'returned',
        'unknown',
      ],
      refund: POLICY_NAMES,
      returns: ['how_account', 'how_form_or_call', 'how_online_or_call', 'handover_station_or_collection'],
    };
    const said = (key: string): boolean => {
      const [group = '', name = ''] = key.split('.');
      if (sources.includes(`'${key}'`)) return true;
      const composed = [`\`${group}.$`, `'${group}',`].some((prefix) => sources.includes(prefix));
      return (composed || sources.includes(`\`${group}.`)) && (built[group]?.includes(name) ?? false);
    };
    expect(['bot', 'opening-hours'].flatMap(keysOf).filter((key) => !said(key))).to.deep.equal([]);
  });
});

function sourcesOf(folders: readonly string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(PACKAGE_ROOT, folder, name), 'utf8')),
    )
    .join('\n');
}
