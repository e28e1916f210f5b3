import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { phrasesFile } from '../../compliance/phrases.ts';
import { logistics } from '../../bots/logistics/bot.ts';
import { openLiability, openPhrases, readComplianceFile } from '../../server/compliance-files.ts';
import { openGuard } from '../../server/guard.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';

const LANGUAGES = ['en', 'fr', 'pt'];
const FILES = readdirSync(join(PACKAGE_ROOT, 'compliance', 'phrases'));
const guard = openGuard([]);
const liability = openLiability();
const REVIEWED = Date.parse('2026-11-24');
const DAY_MS = 86_400_000;

describe('the phrases on consumer protection', () => {
  it('exist for Nigeria, Egypt, Kenya and Morocco', () => {
    expect(FILES).to.include.members(['NG.yml', 'EG.yml', 'KE.yml', 'MA.yml']);
  });

  for (const name of FILES) {
    const file = readComplianceFile(phrasesFile, 'phrases', name);
    describe(file.country, () => {
      it('is named after its country and offers a line for a complaint, a return or a broken item', () => {
        expect(name).to.equal(`${file.country}.yml`);
        const uses = new Set(file.phrases.flatMap(({ use }) => use));
        expect([...uses]).to.include.members(['complaint', 'damaged_or_wrong_item']);
        expect(Object.keys(logistics.flows)).to.include.members([...uses]);
      });

      it('says every phrase in every language', () => {
        for (const { id, text } of file.phrases) expect(Object.keys(text), id).to.deep.equal(LANGUAGES);
      });

      it('passes the guard and takes no side', () => {
        for (const { id, text } of file.phrases)
          for (const [lang, said] of Object.entries(text)) {
            expect(guard(said, { country: file.country }), `${id} ${lang}`).to.include({ verdict: 'allow' });
            expect(liability(said, lang), `${id} ${lang}`).to.deep.equal([]);
          }
      });
    });
  }

  it('are offered by country and language while somebody reviewed them lately', () => {
    const phrases = openPhrases(180);
    const [first] = phrases('ke', 'pt', REVIEWED + 180 * DAY_MS);
    expect(first).to.deep.include({ id: 'complaint_heard', use: ['complaint'], reviewedAt: REVIEWED });
    expect(first?.text).to.include('lei queniana');
    expect(phrases('KE', 'pt', REVIEWED + 181 * DAY_MS)).to.deep.equal([]);
    expect(phrases('KE', 'sw', REVIEWED)).to.deep.equal([]);
    expect(phrases('ZZ', 'en', REVIEWED)).to.deep.equal([]);
  });
});

describe('the look at liability', () => {
  const kinds = (text: string, lang: string): string[] =>
    liability(text, lang).map(({ kind, evidence }) => `${kind}: ${evidence}`);

  it('flags what admits it', () => {
    expect(kinds('Sorry, it was our fault and we will compensate you.', 'en')).to.deep.equal([
      'admits: our fault',
      'admits: we will compensate you',
    ]);
    expect(kinds('C’est une erreur de notre part, nous vous indemniserons.', 'fr')).to.deep.equal([
      'admits: erreur de notre part',
      'admits: nous vous indemniserons',
    ]);
    expect(kinds('Foi por nossa culpa, assumimos a responsabilidade.', 'pt')).to.deep.equal([
      'admits: por nossa culpa',
      'admits: assumimos a responsabilidade',
    ]);
  });

  it('flags what denies it, and does not read an admission into it', () => {
    expect(kinds('It is NOT our fault; we are not responsible.', 'en')).to.deep.equal([
      'denies: NOT our fault',
      'denies: we are not responsible',
    ]);
    expect(kinds('Nous déclinons toute responsabilité, ce n’est pas notre faute.', 'fr')).to.deep.equal([
      'denies: déclinons toute responsabilité',
      'denies: pas notre faute',
    ]);
    expect(kinds('Não somos responsáveis, não é culpa nossa.', 'pt')).to.deep.equal([
      'denies: Não somos responsáveis',
      'denies: não é culpa nossa',
    ]);
  });

  it('shows where, in the text as it was written', () => {
    const text = 'Désolé ! C’est de notre faute.';
    const [flag] = liability(text, 'fr');
    expect(text.slice(flag?.start, flag?.end)).to.equal('de notre faute');
  });

  it('leaves an apology and a plain answer alone', () => {
    for (const [lang, text] of [
      ['en', "I'm sorry you are still waiting; a colleague is looking into it."],
      ['fr', 'Je suis désolé, un collègue étudie votre dossier.'],
      ['pt', 'Lamento o atraso, um colega está a ver o seu caso.'],
      ['sw', 'our fault'],
    ])
      expect(kinds(text ?? '', lang ?? ''), text).to.deep.equal([]);
  });
});
