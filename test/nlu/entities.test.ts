import { expect } from 'chai';
import fc from 'fast-check';
import { lexicon } from '../../server/understanding.ts';

const { findEntities: find } = lexicon();
const now = Date.parse('2026-11-23T09:00:00Z');
const read = (text: string, country = 'NG') =>
  find(text, { now, country }).map(({ type, value, start, end }) => ({
    type,
    value,
    written: text.slice(start, end),
  }));

describe('entities', () => {
  for (const [text, number, written] of [
    ['Where is my order 338000001?', '338000001', '338000001'],
    ['order #338000001 please', '338000001', '#338000001'],
    ['NG-338000001', '338000001', 'NG-338000001'],
    ['my order is 338 000 001, thanks', '338000001', '338 000 001'],
    ['commande n°338.000.001', '338000001', '338.000.001'],
    ['pedido 338-000-001', '338000001', '338-000-001'],
    ['٣٣٨٠٠٠٠٠١', '338000001', '٣٣٨٠٠٠٠٠١'],
    ['ｏrder ３３８０００００１', '338000001', '３３８０００００１'],
  ] as const) {
    it(`finds the order number in "${text}"`, () => {
      expect(read(text)).to.deep.include({ type: 'order_number', value: number, written });
    });
  }

  for (const [text, number] of [
    ['track 1234567891', '1234567891'],
    ['JG-NJS-319365323-5711', 'JG-NJS-319365323-5711'],
    ['aramex 40000000001 where', '40000000001'],
    ['NJ000000001', 'NJ000000001'],
  ] as const) {
    it(`finds the tracking number in "${text}"`, () => {
      expect(
        read(text)
          .filter(({ type }) => type === 'tracking_number')
          .map(({ value }) => value),
      ).to.deep.equal([number]);
    });
  }

  it('tells phone numbers, amounts, mail addresses, dates and towns from references', () => {
    expect(read('call me on 08031234567')).to.deep.include({
      type: 'phone',
      value: '+2348031234567',
      written: '08031234567',
    });
    expect(read('I paid 15,000 naira for it').map(({ type, value }) => [type, value])).to.deep.include([
      'amount',
      '15000',
    ]);
    expect(read('mail ada@example.com').map(({ type }) => type)).to.deep.equal(['email']);
    expect(read('deliver it tomorrow').map(({ type, value }) => [type, value])).to.deep.include([
      'date',
      '2026-11-24',
    ]);
    expect(
      read('livrez demain à Yamoussoukro', 'CI').map(({ type, value }) => [type, value]),
    ).to.deep.include.members([
      ['date', '2026-11-24'],
      ['city', 'Yamoussoukro'],
    ]);
    expect(read('entreguem amanhã em Luanda').map(({ value }) => value)).to.include('Luanda');
  });

  // `now` is a Monday.
  for (const [text, day, written] of [
    ['can you deliver demain', '2026-11-24', 'demain'],
    ['deliver it after tomorrow', '2026-11-25', 'after tomorrow'],
    ['next tomorrow abeg', '2026-11-25', 'next tomorrow'],
    ['Après-demain c’est possible ?', '2026-11-25', 'Après-demain'],
    ['entrega depois de amanhã', '2026-11-25', 'depois de amanhã'],
    ['entreguem na segunda-feira', '2026-11-23', 'segunda-feira'],
    ['próxima segunda', '2026-11-30', 'próxima segunda'],
    ['desde sexta-feira', '2026-11-20', 'desde sexta-feira'],
    ['commandé vendredi dernier', '2026-11-20', 'vendredi dernier'],
    ['I paid on Friday', '2026-11-20', 'Friday'],
    ['livrez le 25 svp', '2026-11-25', 'le 25'],
    ['no dia 25', '2026-11-25', 'no dia 25'],
    ['ça fait 3 jours', '2026-11-20', 'ça fait 3 jours'],
    ['by Saturday latest', '2026-11-28', 'Saturday'],
    ['two days ago', '2026-11-21', 'two days ago'],
    ['il y a 3 jours', '2026-11-20', 'il y a 3 jours'],
    ['há uma semana', '2026-11-16', 'há uma semana'],
    ['dans deux semaines', '2026-12-07', 'dans deux semaines'],
    ['ordered on 12/11', '2026-11-12', '12/11'],
    ['le 1er décembre', '2026-12-01', '1er décembre'],
    ['5 de novembro de 2025', '2025-11-05', '5 de novembro de 2025'],
    ['November 5th', '2026-11-05', 'November 5th'],
    ['on 28/02/26', '2026-02-28', '28/02/26'],
  ] as const) {
    it(`reads the day in "${text}", in whatever language`, () => {
      expect(read(text).filter(({ type }) => type === 'date')).to.deep.equal([
        { type: 'date', value: day, written },
      ]);
    });
  }

  it('knows that the day is another one where the customer is', () => {
    const late = { now: Date.parse('2026-11-23T22:30:00Z') };
    const tomorrow = (country: string) => find('tomorrow', { ...late, country })[0]?.value;
    expect([tomorrow('CI'), tomorrow('KE')]).to.deep.equal(['2026-11-24', '2026-11-25']);
  });

  for (const text of [
    'may I know where it is',
    'segunda vez que pergunto',
    'the second one',
    'open 24/7',
    'on 31/02/2026',
    'march me to the manager',
    'une fois par jour',
  ]) {
    it(`sees no day in "${text}"`, () => {
      expect(read(text).filter(({ type }) => type === 'date')).to.deep.equal([]);
    });
  }

  for (const [text, value, written] of [
    ['KSh 1,500', '1500', 'KSh 1,500'],
    ['15 000 FCFA', '15000', '15 000 FCFA'],
    ['2.500 MT', '2500', '2.500 MT'],
    ['1.500,50 MT', '1500.5', '1.500,50 MT'],
    ['1,500.50 KES', '1500.5', '1,500.50 KES'],
    ['N27,900 for it', '27900', 'N27,900'],
    ['₦27,900', '27900', '₦27,900'],
    ['N 27,900', '27900', 'N 27,900'],
    ['#27,900', '27900', '#27,900'],
    ['20000f', '20000', '20000f'],
    ['3 000 F', '3000', '3 000 F'],
    ['20k', '20000', '20k'],
    ['12 mil kwanzas', '12000', '12 mil kwanzas'],
    ['3500/=', '3500', '3500/='],
    ['LE 450', '450', 'LE 450'],
  ] as const) {
    it(`reads the sum in "${text}"`, () => {
      expect(read(`paid ${text}`).filter(({ type }) => type === 'amount')).to.deep.equal([
        { type: 'amount', value, written },
      ]);
    });
  }

  it('sees no money in a day or a network', () => {
    for (const text of ['commandé le 5 novembre', 'MTN 5000', 'n 5', 'order 338000001'])
      expect(
        read(text).filter(({ type }) => type === 'amount'),
        text,
      ).to.deep.equal([]);
  });

  it('takes nine digits for a phone number only where the words and the country say so', () => {
    const types = (text: string, country: string) => read(text, country).map(({ type }) => type);
    expect(types('923 456 789', 'AO')).to.deep.equal(['order_number']);
    expect(types('ligue para 923 456 789', 'AO')).to.deep.equal(['phone']);
    expect(types('call me about order 338000001', 'NG')).to.deep.equal(['order_number']);
    expect(types('0712 345 678', 'KE')).to.deep.equal(['phone']);
  });

  for (const [text, value] of [
    ['Jumia pickup station Yaba', 'Yaba'],
    ['the Ikeja pickup station', 'Ikeja'],
    ['point relais de Cocody', 'Cocody'],
    ['ponto de recolha da Maianga', 'Maianga'],
  ] as const) {
    it(`finds the station in "${text}"`, () => {
      expect(read(text)).to.deep.include({ type: 'pickup_station', value, written: value });
    });
  }

  it('does not take a date, a price or a quantity for a reference', () => {
    for (const text of [
      'on 05-11-2026',
      'it costs 12500',
      'I want 2 of them',
      'samsung a14 128gb',
      'since 2026-11-05',
    ]) {
      expect(
        read(text).filter(({ type }) => type.endsWith('_number')),
        text,
      ).to.deep.equal([]);
    }
  });

  it('never fails, and every position lies inside the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => {
        for (const { start, end } of find(text, { now, country: 'KE' })) {
          expect(start).to.be.within(0, text.length);
          expect(end).to.be.within(start + 1, text.length);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });
});
