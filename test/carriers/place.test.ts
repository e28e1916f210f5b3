import { expect } from 'chai';
import fc from 'fast-check';
import { safeCode, safePlace } from '../../carriers/place.ts';
import { meaningOfWords, normalizeWords } from '../../carriers/status-words.ts';

describe('safePlace', () => {
  const cases: readonly (readonly [string | null, string | null])[] = [
    ['  Lagos   Island ', 'Lagos Island'],
    ['Hub 12, Ikeja', 'Hub 12, Ikeja'],
    ['Nairobi 00100', 'Nairobi 00100'],
    ['Courier +234 (803) 000-0000 Lagos', 'Courier *** Lagos'],
    ['٠١٠٠٠٠٠٠٠٠٠ Giza', '*** Giza'],
    ['08030000000', null],
    ['amaka@example.com', null],
    ['', null],
    [null, null],
    ['x'.repeat(80), `${'x'.repeat(59)}…`],
  ];
  for (const [text, safe] of cases)
    it(`makes ${JSON.stringify(safe)} of ${JSON.stringify(text)}`, () =>
      expect(safePlace(text)).to.equal(safe));

  it('never lets six digits in a row through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => !/\p{Nd}{6}/u.test(safePlace(text) ?? '')),
    );
    expect(safeCode('Call 08030000000')).to.equal('Call ***');
  });
});

describe('meaningOfWords', () => {
  it('compares words without case, accents and punctuation of spaces', () => {
    expect(normalizeWords('  Livré_à -domicile ')).to.equal('livre a domicile');
  });
  it('reads what can hardly mean anything else', () => {
    const texts = [
      'Out for delivery',
      'Departed hub',
      'Returned to shipper',
      'Return in progress',
      'Held at customs',
    ];
    expect(texts.map(meaningOfWords)).to.deep.equal([
      'out_for_delivery',
      'in_transit',
      'returned',
      { status: 'exception', substatus: 'returning' },
      { status: 'in_transit', substatus: 'customs' },
    ]);
  });
  it('never reads a delivery, and nothing from a denial', () => {
    const texts = [
      'Delivered',
      'Delivered to agent',
      'Undelivered',
      'Not yet out for delivery',
      'Unable to deliver',
      'Livré',
    ];
    expect(texts.map(meaningOfWords)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
