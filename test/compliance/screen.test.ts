import { expect } from 'chai';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldOut, Scores, Screen, ScreenPolicy } from '../../compliance/screen.ts';
import {
  ABUSE_LABELS,
  chooseThreshold,
  courseOf,
  createScreen,
  DEFAULT_ACTIONS,
} from '../../compliance/screen.ts';
import { undisguise } from '../../compliance/disguise.ts';
import { readTrainingData, readTrainingFile } from '../../nlu/training-data.ts';
import { createClassifier, trainScreen } from '../../server/screen-model.ts';
import { listLinear } from '../../server/linear-store.ts';
import { loadScreen, saveScreen } from '../../server/screen-store.ts';
import { openScreen, SCREEN_EVALUATION_FOLDER, SCREEN_TRAINING_FOLDER } from '../../server/screening.ts';
import { freshFolder, MODEL_HOME } from '../running.ts';

const LANGUAGES = ['en', 'fr', 'pt'] as const;
const MOST_FALSE_ALARMS = 0.02;
const FEWEST_CAUGHT = 0.924;
const CALM: Scores = { brushing_probe: 0.01, card_fraud: 0.02, phishing: 0, harassment: 0, spam: 0 };

describe('the screen', () => {
  it('labels from the threshold on and says how sure it is', () => {
    const screen = createScreen(() => ({ ...CALM, spam: 0.6 }), 0.6);
    expect(screen('buy', 'en')).to.deep.equal({ label: 'spam', confidence: 0.6 });
  });

  it('leaves the doubt to the customer below it', () => {
    const screen = createScreen(() => ({ ...CALM, spam: 0.59 }), 0.6);
    expect(screen('buy', 'en')).to.deep.equal({ label: 'ok', confidence: 0.41 });
  });

  it('does not ask about a message without text', () => {
    const screen = createScreen(() => {
      throw new Error('asked');
    }, 0.5);
    expect(screen(' \n', null).label).to.equal('ok');
  });
});

describe('the threshold', () => {
  const row = (expected: HeldOut['expected'], confidence: number, everyday = true): HeldOut => ({
    text: '',
    lang: 'en',
    everyday,
    expected,
    suspected: 'spam',
    confidence,
  });

  it('lets at most three everyday messages in four hundred be taken for abuse', () => {
    const innocent = Array.from({ length: 400 }, (_, index) => row('ok', index / 1_000));
    const { threshold, falseAlarms } = chooseThreshold([...innocent, row('spam', 0.9)]);
    expect(falseAlarms).to.equal(0.0075);
    expect(threshold).to.be.within(0.396, 0.397);
  });

  it('counts abuse under the wrong label as not caught', () => {
    const { caught } = chooseThreshold([row('ok', 0), row('spam', 0.9), row('phishing', 0.9)]);
    expect(caught).to.equal(0.5);
  });
});

describe('what is done about abuse', () => {
  const policy = (action: ScreenPolicy['actions']['spam']): ScreenPolicy => ({
    actions: { ...DEFAULT_ACTIONS, spam: action },
    answersPerMinute: 2,
  });

  it('is nothing for an innocent message', () => {
    expect(courseOf('ok', policy('stop_automation'), 99)).to.equal('pass');
  });

  it('is what the shop configured', () => {
    expect(courseOf('spam', policy('ignore'), 0)).to.equal('pass');
    expect(courseOf('spam', policy('alert'), 0)).to.equal('alert');
    expect(courseOf('spam', policy('answer_neutrally'), 99)).to.equal('answer_neutrally');
    expect(courseOf('spam', policy('stop_automation'), 99)).to.equal('stop_automation');
  });

  it('is silence once a limited customer had the answers of a minute', () => {
    expect(courseOf('spam', policy('rate_limit'), 1)).to.equal('answer_neutrally');
    expect(courseOf('spam', policy('rate_limit'), 2)).to.equal('silence');
  });
});

describe("the screen's examples", () => {
  const taught = readTrainingData(SCREEN_TRAINING_FOLDER);

  it('are well written', () => {
    expect(taught.problems).to.deep.equal([]);
  });

  for (const lang of LANGUAGES) {
    const tested = readTrainingFile(join(SCREEN_EVALUATION_FOLDER, `${lang}.yml`), lang).examples;

    it(`are enough of each label in ${lang}`, () => {
      const count = (rows: typeof tested, label: string): number =>
        rows.filter(({ intent, lang: own }) => own === lang && intent === label).length;
      for (const label of ABUSE_LABELS) {
        expect(count(taught.examples, label), label).to.be.at.least(120);
        expect(count(tested, label), label).to.be.at.least(40);
      }
      expect(count(taught.examples, 'ok')).to.be.at.least(350);
      expect(count(tested, 'ok')).to.be.at.least(190);
    });

    it(`never hold a message the screen is tested with in ${lang}`, () => {
      const known = new Set(taught.examples.map(({ text }) => undisguise(text)));
      const both = tested.filter(({ text }) => known.has(undisguise(text))).map(({ text }) => text);
      expect(both).to.deep.equal([]);
    });
  }
});

describe('the trained screen', function () {
  this.timeout(180_000);
  let screen: Screen;

  before(() => {
    ({ screen } = openScreen({ dataDir: MODEL_HOME, languages: LANGUAGES }, () => 0));
  });

  for (const lang of LANGUAGES) {
    it(`catches abuse and spares customers in ${lang}`, () => {
      const read = readTrainingFile(join(SCREEN_EVALUATION_FOLDER, `${lang}.yml`), lang).examples.map(
        ({ text, intent }) => ({ text, intent, label: screen(text, lang).label }),
      );
      const innocent = read.filter(({ intent }) => intent === 'ok');
      const abuse = read.filter(({ intent }) => intent !== 'ok');
      const alarms = innocent.filter(({ label }) => label !== 'ok');
      const caught = abuse.filter(({ intent, label }) => label === intent);
      const missed = abuse.filter(({ intent, label }) => label !== intent);
      expect(alarms.length / innocent.length, alarms.map(({ text }) => text).join('\n')).to.be.at.most(
        MOST_FALSE_ALARMS,
      );
      expect(caught.length / abuse.length, missed.map(({ text }) => text).join('\n')).to.be.at.least(
        FEWEST_CAUGHT,
      );
    });
  }

  const NEVER_LABELLED = [
    'you people are thieves where is my phone',
    'you charged my card twice',
    'someone called me and said he is from Jumia, is it true?',
    "j'ai été débité deux fois",
    "j'ai reçu un SMS bizarre avec un lien, c'est vous ?",
    'cobraram-me duas vezes',
    'vou processar-vos se não devolverem o dinheiro',
  ];
  for (const text of NEVER_LABELLED)
    it(`does not take "${text}" for abuse`, () => {
      expect(screen(text, null).label).to.equal('ok');
    });
});

describe('training the screen', function () {
  this.timeout(60_000);
  const few = readTrainingData(SCREEN_TRAINING_FOLDER).examples.filter((_, index) => index % 20 === 0);
  const examples = { taught: few, everyday: [] };

  it('gives the same model for the same examples', () => {
    const [first, second] = [trainScreen(examples).model, trainScreen(examples).model];
    expect(first.threshold).to.equal(second.threshold);
    expect(Buffer.from(first.linear.weights.bytes).equals(Buffer.from(second.linear.weights.bytes))).to.equal(
      true,
    );
  });

  it('is kept as it was learnt, beside the older ones', () => {
    const folder = freshFolder();
    const { model } = trainScreen(examples);
    saveScreen(folder, model, 0);
    const id = saveScreen(folder, model, 60_000);
    const loaded = loadScreen(folder);
    expect(loaded?.id).to.equal(id);
    expect(listLinear(folder)).to.have.length(2);
    const text = 'free casino bonus, register here';
    const [before, after] = [createClassifier(model), createClassifier(loaded?.model ?? model)].map(
      (classify) => classify(text, 'en'),
    );
    expect(after?.spam).to.be.closeTo(before?.spam ?? 0, 0.02);
    rmSync(folder, { recursive: true });
  });

  it('refuses a label it does not know, with file and line', () => {
    const [first] = few;
    if (!first) throw new Error('There are no examples.');
    const wrong = { taught: [{ ...first, intent: 'scam' }], everyday: [] };
    expect(() => trainScreen(wrong)).to.throw(`line ${first.line}: "scam" is no label of the screen`);
  });
});

describe('the page about the screen', () => {
  it('names every label with its default', () => {
    const page = readFileSync(join(SCREEN_TRAINING_FOLDER, '..', '..', 'docs', 'screen.md'), 'utf8');
    for (const label of ABUSE_LABELS)
      expect(page).to.match(new RegExp(`\`${label}\`.*\`${DEFAULT_ACTIONS[label]}\``));
  });
});
