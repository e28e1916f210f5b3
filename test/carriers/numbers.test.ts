/** Every number format carries its own examples; the tests are made from them. */
import { expect } from 'chai';
import { CARRIERS } from '../../carriers/registry.ts';

describe('number formats', () => {
  for (const carrier of CARRIERS) {
    for (const format of carrier.numbers) {
      describe(`${carrier.id}, ${format.name}`, () => {
        const fits = (number: string) => format.pattern.test(number) && (format.check?.(number) ?? true);

        it('matches the whole number, and brings examples of both kinds', () => {
          expect(format.pattern.source).to.match(/^\^.*\$$/s);
          expect(format.pattern.flags).not.to.match(/[gy]/);
          expect(format.valid).not.to.be.empty;
          expect(format.invalid).not.to.be.empty;
        });
        it(`fits ${format.valid.join(', ')}`, () => {
          expect(format.valid.filter((number) => !fits(number))).to.deep.equal([]);
        });
        it(`does not fit ${format.invalid.join(', ')}`, () => {
          expect(format.invalid.filter(fits)).to.deep.equal([]);
        });
        if (format.check !== undefined) {
          it('notices when one digit of a valid number changes to the next', () => {
            for (const number of format.valid) {
              const last = Number(number.slice(-1));
              if (Number.isNaN(last)) continue;
              expect(fits(`${number.slice(0, -1)}${(last + 1) % 10}`), number).to.equal(false);
            }
          });
        }
      });
    }
  }
});
