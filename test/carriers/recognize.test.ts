import { expect } from 'chai';
import { orderNumberIn } from '../../carriers/jumia-numbers.ts';
import { CARRIERS } from '../../carriers/registry.ts';
import { cleanNumber, recognize } from '../../carriers/recognize.ts';
import type { Hints } from '../../carriers/recognize.ts';

const arabic = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x0660 + Number(digit)));
const fullwidth = (text: string) =>
  text.replace(/[0-9A-Z]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
const carriersOf = (text: string, hints: Hints = {}) =>
  recognize(text, CARRIERS, hints).map(({ carrier }) => carrier);

/** A bare nine-digit number is an order number unless the carrier is named. */
const hintsFor = (id: string, number: string): Hints => (/^\d{9}$/.test(number) ? { provider: id } : {});

describe('recognize', () => {
  for (const carrier of CARRIERS) {
    for (const format of carrier.numbers) {
      it(`knows ${carrier.id}, ${format.name}, however it is written`, () => {
        for (const number of format.valid) {
          const ways = [
            number,
            number.toLowerCase(),
            ` ${number}\u200f `,
            number.replace(/.{4}/g, '$& '),
            number.replace(/.{3}/g, '$&-'),
            number.replace(/.{5}/g, '$&\u00a0'),
            arabic(number),
            fullwidth(number),
          ];
          for (const way of ways)
            expect(carriersOf(way, hintsFor(carrier.id, number)), way).to.include(carrier.id);
        }
      });
    }
  }

  it('cleans what people paste', () => {
    expect(
      ['ee 123-456.785 ng', '\u200e1234\u00a05678–91', '١٢٣٤٥٦٧٨٩١', 'ＪＤ０１'].map(cleanNumber),
    ).to.deep.equal(['EE123456785NG', '1234567891', '1234567891', 'JD01']);
  });

  it('answers whole candidates, the better format of a carrier only', () => {
    expect(recognize('4000 0000 001', CARRIERS, { country: 'EG' })).to.deep.include({
      carrier: 'aramex',
      number: '40000000001',
      format: 'waybill, 11 digits',
      checkDigit: 'none',
      distinctive: false,
      named: false,
      score: 900,
    });
  });

  it('ranks the carrier on the order first, then the link, then the check digit', () => {
    const number = '1234567891';
    expect(carriersOf(number)[0]).to.equal('dhl');
    expect(carriersOf(number, { provider: 'Aramex Egypt' })[0]).to.equal('aramex');
    expect(carriersOf(number, { trackingUrl: 'https://www.aramex.com/track/results?x=1' })[0]).to.equal(
      'aramex',
    );
    expect(carriersOf(number, { provider: 'dhl', trackingUrl: 'https://www.aramex.com/' })[0]).to.equal(
      'dhl',
    );
  });

  it('does not take a host that only ends in the same letters', () => {
    const [best] = recognize('1234567891', CARRIERS, { trackingUrl: 'https://notaramex.com/1234567891' });
    expect(best).to.include({ carrier: 'dhl', named: false });
  });

  it('prefers the shop’s own order of carriers among equals, and leaves out the others', () => {
    expect(carriersOf('1234567891', { carriers: ['aramex'] })).to.deep.equal(['aramex']);
  });

  it('leaves out a carrier whose check digit does not agree, unless the order names it', () => {
    expect(carriersOf('1234567890')).not.to.include('dhl');
    const [named] = recognize('1234567890', CARRIERS, { provider: 'DHL' });
    expect(named).to.include({ carrier: 'dhl', checkDigit: 'wrong', named: true });
  });

  it('takes nine digits for an order number', () => {
    expect(recognize('355000417', CARRIERS, { country: 'EG' })).to.deep.equal([]);
    expect(recognize('#355 000 417', CARRIERS)).to.deep.equal([]);
  });

  it('trusts the order for numbers whose shape nobody knows, as they are written', () => {
    const [named] = recognize(' ab-12x ', CARRIERS, { provider: 'aramex' });
    expect(named).to.include({
      carrier: 'aramex',
      number: 'ab-12x',
      format: 'named on the order',
      named: true,
    });
    expect(recognize('where is it', CARRIERS, { provider: 'aramex' })).to.deep.equal([]);
  });

  it('knows the packages of the marketplace, as it writes them', () => {
    const found = ['jg-njs-319365323-5711', 'JGNJS3193653235711', 'EJ 833555375', 'NJ000000001'].map((text) =>
      recognize(text, CARRIERS).map(({ carrier, number }) => [carrier, number]),
    );
    expect(found).to.deep.equal([
      [['jumia', 'JG-NJS-319365323-5711']],
      [['jumia', 'JG-NJS-319365323-5711']],
      [['jumia', 'EJ833555375']],
      [['jumia', 'NJ000000001']],
    ]);
    expect(orderNumberIn('jg-njs-319365323-5711')).to.equal('319365323');
    expect(orderNumberIn('EJ833555375')).to.equal(null);
  });
});
