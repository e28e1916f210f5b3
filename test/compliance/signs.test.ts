import { expect } from 'chai';
import { signsOf } from '../../compliance/signs.ts';

describe('signs beside the words', () => {
  const CASES: readonly (readonly [string, readonly string[]])[] = [
    ['see https://www.jumia.com.ng/phone-123.html', ['link:own']],
    ['see jumia.ci', ['link:own']],
    ['verify at jumia-seller-check.top', ['link:lookalike']],
    ['verify at jumia.com.secure-login.ru', ['link:lookalike']],
    ['jum1a.com/login', ['link:lookalike']],
    ['bit.ly/3payjm', ['link:elsewhere']],
    ['http://102.54.3.1/jm', ['link:elsewhere']],
    ['thanks.ok bye', []],
    ['it costs 3.500', []],
    ['card 4111 1111 1111 1111', ['number:card']],
    ['tracking 4111 1111 1111 1112', ['number:long']],
    ['interest 2%', ['number:percent']],
    ['WHERE IS MY ORDER NOW', ['manner:shouted']],
    ['buy buy buy buy buy buy', ['manner:repeated']],
    ['you c*nt', ['manner:censored']],
    ['???', ['manner:asked', 'manner:wordless']],
    ['where is my order', []],
  ];
  for (const [text, signs] of CASES)
    it(`finds ${signs.join(', ') || 'none'} in "${text}"`, () => {
      expect(signsOf(text)).to.deep.equal(signs);
    });
});
