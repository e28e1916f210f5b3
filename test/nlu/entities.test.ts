import { expect } from 'chai';
import fc from 'fast-check';
import { lexicon } from '../../server/understanding.ts';

const { findEntities: find } = lexicon();
const now = Date.parse('2026-11-23T09:00:00Z');
const read = (text: string, lang = 'en', country = 'NG') =>
  find(text, lang, { now, country }).map(({ type, value, start, end }) => ({
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
      read('livrez demain à Yamoussoukro', 'fr', 'CI').map(({ type, value }) => [type, value]),
    ).to.deep.include.members([
      ['date', '2026-11-24'],
      ['city', 'Yamoussoukro'],
    ]);
    expect(read('entreguem amanhã em Luanda', 'pt').map(({ value }) => value)).to.include('Luanda');
  });

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
        for (const { start, end } of find(text, 'en', { now, country: 'KE' })) {
          expect(start).to.be.within(0, text.length);
          expect(end).to.be.within(start + 1, text.length);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });
});
