import { expect } from 'chai';
import { join } from 'node:path';
import type { Judge } from '../../compliance/guard.ts';
import { createPassages, GUARD_RULES } from '../../compliance/guard.ts';
import type { Passage } from '../../compliance/guard/passages.ts';
import { readTrainingFile } from '../../nlu/training-data.ts';
import { openGuard, readGuardLists, recognizeNumber } from '../../server/guard.ts';
import { trainGuard } from '../../server/guard-model.ts';
import {
  GUARD_EVALUATION_FOLDER,
  openJudge,
  readGuardExamples,
  withLines,
} from '../../server/guard-training.ts';
import { ownSentences } from '../../server/own-sentences.ts';
import { MODEL_HOME } from '../running.ts';

const LANGUAGES = ['en', 'fr', 'pt'] as const;
const LEAST_BLOCKED = 0.95;
const MOST_WRONGLY_BLOCKED = 0.02;

/** Says the same of every passage, or what `of` says of it. */
function judging(of: (passage: Passage) => number): Judge {
  return {
    forbidden: 0.6,
    innocent: 0.4,
    read: (passage) => ({
      rule: 'external_payment_link',
      certainty: of(passage),
      any: of(passage),
    }),
  };
}

const openWith = (judge: Judge) => openGuard([], undefined, judge);

describe('the judge of the guard', () => {
  it('stops the passage it is sure of, where no rule has a word for it', () => {
    const guard = openWith(judging(({ words }) => (words.includes('envelope') ? 0.9 : 0.1)));
    const verdict = guard('The kettle is blue. It has a lid. Give the envelope to my cousin. Bye now.');
    expect(verdict).to.include({ verdict: 'block', rule: 'external_payment_link' });
    expect(verdict.evidence).to.include('Give the envelope to my cousin');
    expect(verdict.evidence).not.to.include('kettle');
  });

  it('lets pass what it is not sure of', () => {
    expect(openWith(judging(() => 0.59))('Give the envelope to my cousin').verdict).to.equal('allow');
  });

  it('overrules a rule that only went by words, when it finds nothing in them', () => {
    const text = 'Cancel the order and buy it from us directly, it is cheaper';
    expect(openWith(judging(() => 0.41))(text).verdict).to.equal('block');
    expect(openWith(judging(() => 0.1))(text).verdict).to.equal('allow');
  });

  it('never overrules a number, a link or an account', () => {
    const guard = openWith(judging(() => 0));
    for (const text of [
      'Call me on 0803 123 4567',
      'Pay here: https://paystack.com/pay/shop',
      'Fez waybill ABCD01020304',
      'Bitcoin: bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
    ])
      expect(guard(text).verdict, text).to.equal('block');
  });
});

describe('the passages of a reply', () => {
  const passages = createPassages(readGuardLists(), recognizeNumber);

  it('are two sentences long and cover it', () => {
    expect(passages('One kettle. Two lids. Three cups.').map(({ words }) => words)).to.deep.equal([
      ['one', 'kettle', 'two', 'lids'],
      ['two', 'lids', 'three', 'cups'],
    ]);
    expect(passages('Only one').map(({ words }) => words)).to.deep.equal([['only', 'one']]);
    expect(passages('👍')).to.deep.equal([]);
  });

  it('hold no number, only its shape', () => {
    const [passage] = passages('Order 338000001, receipt SPL-ACC-229064 for ₦450');
    expect(passage?.words.join(' ')).to.equal(
      'order xxorder receipt xxcodelong xxcode6 xxgrouped for xxamount',
    );
  });

  it('tell certified carriers from others', () => {
    const signsOf = (text: string): readonly string[] => passages(text)[0]?.signs ?? [];
    expect(signsOf('by Aramex')).to.include('carrier certified');
    expect(signsOf('by Chronopost')).to.include('carrier other');
  });
});

describe('what the guard has learnt', function () {
  this.timeout(120_000);
  const guard = () => openWith(openJudge({ dataDir: MODEL_HOME, languages: LANGUAGES }, () => 0));

  for (const lang of LANGUAGES) {
    it(`stops what is forbidden and lets good replies go in ${lang}`, () => {
      const check = guard();
      const file = join(GUARD_EVALUATION_FOLDER, `${lang}.yml`);
      const read = readTrainingFile(file, lang).examples.map((example) => ({
        ...example,
        stopped: check(withLines(example).text).verdict === 'block',
      }));
      const texts = (rows: typeof read): string => rows.map(({ text }) => text).join('\n');
      const good = read.filter(({ intent }) => intent === 'ok');
      const forbidden = read.filter(({ intent }) => intent !== 'ok');
      for (const rule of GUARD_RULES)
        expect(forbidden.filter(({ intent }) => intent === rule).length, rule).to.be.at.least(40);
      expect(good.length).to.be.at.least(100);
      const wrongly = good.filter(({ stopped }) => stopped);
      expect(wrongly.length / good.length, texts(wrongly)).to.be.at.most(MOST_WRONGLY_BLOCKED);
      const through = forbidden.filter(({ stopped }) => !stopped);
      expect(1 - through.length / forbidden.length, texts(through)).to.be.at.least(LEAST_BLOCKED);
    });
  }

  it('never saw the replies it is tested with', () => {
    const known = new Set(readGuardExamples(LANGUAGES).map(({ text }) => text.toLowerCase()));
    const tested = LANGUAGES.flatMap((lang) =>
      readTrainingFile(join(GUARD_EVALUATION_FOLDER, `${lang}.yml`), lang).examples.map(withLines),
    );
    expect(tested.filter(({ text }) => known.has(text.toLowerCase()))).to.deep.equal([]);
  });

  it('stops no sentence of the bot', () => {
    const check = guard();
    const stopped = ownSentences().filter(({ text }) => check(text).verdict === 'block');
    expect(stopped).to.deep.equal([]);
  });

  it('is the same for the same examples', () => {
    const few = readGuardExamples(LANGUAGES).filter((_, index) => index % 20 === 0);
    const passages = createPassages(readGuardLists(), recognizeNumber);
    const [first, second] = [trainGuard(few, passages), trainGuard(few, passages)];
    expect(Buffer.from(first.linear.weights.bytes).equals(Buffer.from(second.linear.weights.bytes))).to.equal(
      true,
    );
  });

  it('names the file and line of an example with a wrong label', () => {
    const wrong = { text: 'x', intent: 'nonsense', lang: 'en', file: 'own.yml', line: 7 };
    expect(() => trainGuard([wrong], () => [])).to.throw(/own\.yml, line 7: "nonsense"/);
  });
});
