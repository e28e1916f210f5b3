import { expect } from 'chai';
import type { Understand } from '../../nlu/understanding.ts';
import { openEngine } from '../../server/understanding.ts';
import { MODEL_HOME, trainOnce } from '../running.ts';

describe('the trained engine', function () {
  this.timeout(90_000);
  let understand: Understand;
  before(async () => {
    await trainOnce();
    ({ understand } = await openEngine(MODEL_HOME));
  });
  const read = (text: string, lang: string | null = null) => understand(text, { lang, now: 0 });

  it('keeps the language of the conversation where the message does not decide', async () => {
    expect((await read('338000001', 'pt')).lang).to.equal('pt');
    expect((await read('ok', 'fr')).lang).to.equal('fr');
  });

  it('follows a clear change of language', async () => {
    expect(await read('onde está a minha encomenda, já passou uma semana', 'en')).to.include({ lang: 'pt' });
    expect(await read('je voudrais savoir où se trouve mon colis', 'en')).to.include({ lang: 'fr' });
    expect(await read('where can I see what happened to my package', 'fr')).to.include({ lang: 'en' });
  });

  for (const [text, prior, lang] of [
    ['merci', 'en', 'fr'],
    ['slt', null, 'fr'],
    ['obrigado', 'en', 'pt'],
    ['bom dia', 'fr', 'pt'],
    ['cadê', 'en', 'pt'],
    ['where is my order', 'fr', 'en'],
    ['mon colis', 'en', 'fr'],
    ['#338000001', 'fr', 'fr'],
    ['👍', 'pt', 'pt'],
  ] as const) {
    it(`reads "${text}" after ${prior ?? 'nothing'} as ${lang}`, async () => {
      expect((await read(text, prior)).lang).to.equal(lang);
    });
  }

  it('gives the same intent whatever the number', async () => {
    const first = await read('where is my order 338000001');
    const second = await read('where is my order 911222333');
    expect([second.intent, second.confidence]).to.deep.equal([first.intent, first.confidence]);
  });

  it('does not know what nobody taught it', async () => {
    for (const text of ['', '😀😀', 'zxcv bnmq wrtz', '你好', '12']) {
      const { intent, confidence } = await read(text);
      expect(intent === 'out_of_scope' || confidence < 0.6, `${text}: ${intent} ${confidence}`).to.equal(
        true,
      );
    }
  });

  it('offers alternatives that are less likely than the intent itself', async () => {
    const { intent, confidence, alternatives } = await read('my parcel is late, cancel it');
    expect(alternatives.map((one) => one.intent)).to.not.include(intent);
    for (const alternative of alternatives) expect(alternative.confidence).to.be.at.most(confidence);
  });
});
