import { expect } from 'chai';
import fc from 'fast-check';
import { CARRIERS } from '../../carriers/registry.ts';
import { recognizeIn } from '../../carriers/recognize-in.ts';

/** What was found, as typed, with the likeliest carrier. */
const found = (text: string) =>
  recognizeIn(text, CARRIERS, {}).map(({ start, end, candidates }) => [
    text.slice(start, end),
    candidates[0]?.carrier,
  ]);

describe('recognizeIn', () => {
  for (const carrier of CARRIERS) {
    for (const format of carrier.numbers) {
      const samples = format.valid.filter((number) => !/^(\d{9}|0[1-9]\d{8,9})$/.test(number));
      it(`finds ${carrier.id}, ${format.name}, inside a sentence`, () => {
        for (const number of samples) {
          const text = `Hello, my tracking number is ${number}, where is it?`;
          const [first, ...more] = recognizeIn(text, CARRIERS);
          expect(more, text).to.deep.equal([]);
          expect(text.slice(first?.start, first?.end)).to.equal(number);
          expect(first?.candidates.map((candidate) => candidate.carrier)).to.include(carrier.id);
        }
      });
    }
  }

  it('finds numbers with spaces and dashes, where they stand', () => {
    expect(found('colis 4000 0000 001 svp')).to.deep.equal([['4000 0000 001', 'aramex']]);
    expect(found('package JG-NJS-319365323-5711 please')).to.deep.equal([['JG-NJS-319365323-5711', 'jumia']]);
    expect(found('تتبع الشحنة ٤٠٠٠٠٠٠٠٠٠١ من فضلك')).to.deep.equal([['٤٠٠٠٠٠٠٠٠٠١', 'aramex']]);
  });

  it('finds several, in the order of the text', () => {
    expect(found('EJ833555375 and waybill 40000000001').map(([number]) => number)).to.deep.equal([
      'EJ833555375',
      '40000000001',
    ]);
  });

  it('takes the number alone, and believes a check digit without other words', () => {
    expect(found('40000000001')).to.deep.equal([['40000000001', 'aramex']]);
    expect(found('hi 9356579890 thanks')).to.deep.equal([['9356579890', 'dhl']]);
    expect(found('hi 40000000001 thanks')).to.deep.equal([]);
  });

  it('reads the carrier off a link', () => {
    expect(found('see https://www.aramex.com/track/results?ShipmentNumber=40000000001')).to.deep.equal([
      ['40000000001', 'aramex'],
    ]);
  });

  it('does not swallow the figure after a number', () => {
    expect(found('tracking 1234567891 12 days ago')).to.deep.equal([['1234567891', 'dhl']]);
  });

  const NOT_ONES: readonly string[] = [
    'order 355000417 please',
    'my parcel order #355000417',
    'MY ORDER NO 355000417 IS LATE',
    'track it, call me on 08031234567',
    'track it, call me on +234 803 123 4567',
    'my parcel, whatsapp 254712345678',
    'package, tel 0612345678',
    'parcel sent 2026-11-05 10:30',
    'parcel sent on 05.11.2026 1030',
    'I paid NGN 1234567891 for this parcel',
    'I paid ₦1234567891 for the parcel',
    'paid 1234567891 FCFA for the parcel',
    'order number 1234567891',
    'phone 9356579890',
    'serial ABC1234567891XYZ of the package',
    'tracking',
    '',
  ];
  for (const text of NOT_ONES) {
    it(`finds no tracking number in "${text}"`, () => expect(found(text)).to.deep.equal([]));
  }

  it('never overlaps, never leaves the text, never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.array(fc.constantFrom('1234567891', 'EJ833555375', ' ', '-', 'track ')),
        (noise, parts) => {
          const text = noise + parts.join('');
          let last = 0;
          for (const { start, end, candidates } of recognizeIn(text, CARRIERS)) {
            expect(start).to.be.at.least(last);
            expect(end).to.be.within(start + 1, text.length);
            expect(candidates).not.to.be.empty;
            last = end;
          }
        },
      ),
    );
  });
});
