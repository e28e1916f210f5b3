import { expect } from 'chai';
import { compareModels } from '../../nlu/compare.ts';
import type { Judged } from '../../nlu/evaluate.ts';
import { evaluate } from '../../nlu/evaluate.ts';
import { evaluationPage } from '../../nlu/report.ts';
import { OUT_OF_SCOPE } from '../../nlu/understanding.ts';

const judged = (expected: string, got: string, confidence: number, text = `${expected} ${got}`): Judged => ({
  text,
  lang: 'en',
  expected,
  got,
  confidence,
  inScope: got === OUT_OF_SCOPE ? 1 - confidence : confidence,
  right: expected === got,
});

const four = [
  judged('greet', 'greet', 0.9),
  judged('greet', 'thank', 0.6),
  judged('thank', 'thank', 0.8),
  judged(OUT_OF_SCOPE, 'thank', 0.2),
];

describe('evaluation', () => {
  it('counts right intents in scope, and precision and recall by intent', () => {
    const result = evaluate(four);
    expect(result.accuracy).to.be.closeTo(2 / 3, 1e-9);
    const thank = result.byIntent.find(({ intent }) => intent === 'thank');
    expect(thank?.precision).to.be.closeTo(1 / 3, 1e-9);
    expect(thank?.recall).to.equal(1);
    expect(result.confusions.map(({ expected, got }) => [expected, got])).to.deep.equal([
      ['greet', 'thank'],
      [OUT_OF_SCOPE, 'thank'],
    ]);
  });

  it('measures how well what is unknown is told from what is known', () => {
    expect(evaluate(four).outOfScope.auroc).to.equal(1);
    const tied = [judged('greet', 'greet', 0.5), judged(OUT_OF_SCOPE, 'greet', 0.5)];
    expect(evaluate(tied).outOfScope.auroc).to.equal(0.5);
  });

  it('suggests the lowest threshold whose answers are right 95 times in 100', () => {
    const { suggestedAnswer } = evaluate(four);
    expect(suggestedAnswer?.threshold).to.be.closeTo(0.625, 1e-9);
    expect(suggestedAnswer?.precision).to.equal(1);
    expect(suggestedAnswer?.coverage).to.be.closeTo(2 / 3, 1e-9);
  });

  it('writes a page that shows messages as text, never as markup', () => {
    const page = evaluationPage(evaluate([...four, judged('greet', 'thank', 0.3, '<b>hi</b>')]), {
      model: 'm',
      files: ['a.yml'],
      at: 0,
    });
    expect(page).to.include('&lt;b&gt;hi&lt;/b&gt;').and.not.include('<b>hi</b>');
  });

  it('lets a model that is worse by chance pass, and holds one that is worse beyond it', () => {
    const right = Array.from({ length: 40 }, () => judged('greet', 'greet', 0.9));
    const spoilt = (count: number): Judged[] =>
      right.map((one, at) => (at < count ? judged('greet', 'thank', 0.9) : one));
    expect(compareModels(right, spoilt(2)).passes).to.equal(true);
    const worse = compareModels(right, spoilt(6));
    expect(worse.passes).to.equal(false);
    expect(worse.broken).to.have.length(6);
    expect(compareModels(spoilt(6), right)).to.deep.include({ passes: true, before: 34 / 40, after: 1 });
  });
});
