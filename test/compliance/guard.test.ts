import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { clausesFile } from '../../compliance/clauses.ts';
import { GUARD_RULES } from '../../compliance/guard.ts';
import { ConfigError } from '../../server/config/load.ts';
import { openGuard } from '../../server/guard.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { readSentences } from '../../server/sentences.ts';
import { readCorpora } from './guard/corpus.ts';

const guard = openGuard([]);
/** The product's goals; what a change may cost at most. */
const LEAST_BLOCKED = 0.95;
const MOST_WRONGLY_BLOCKED = 0.02;

describe('the outgoing guard', () => {
  for (const { lang, forbidden, good } of readCorpora()) {
    describe(`in ${lang}`, () => {
      it('is measured on enough replies', () => {
        expect(Object.values(forbidden).flat().length).to.be.at.least(120);
        expect(good.length).to.be.at.least(200);
      });

      for (const rule of GUARD_RULES) {
        it(`stops what the rule ${rule} forbids`, () => {
          const through = forbidden[rule].filter((text) => guard(text).verdict === 'allow');
          expect(1 - through.length / forbidden[rule].length, through.join('\n')).to.be.at.least(
            LEAST_BLOCKED,
          );
        });
      }

      it('names the right rule nearly always', () => {
        const wrong = GUARD_RULES.flatMap((rule) =>
          forbidden[rule].filter((text) => guard(text).verdict === 'block' && guard(text).rule !== rule),
        );
        expect(wrong.length / Object.values(forbidden).flat().length, wrong.join('\n')).to.be.at.most(0.02);
      });

      it('lets good replies go', () => {
        const stopped = good.filter((text) => guard(text).verdict === 'block');
        expect(stopped.length / good.length, stopped.join('\n')).to.be.at.most(MOST_WRONGLY_BLOCKED);
      });
    });
  }

  it('shows the piece of the text as it was written, and the clause', () => {
    const clauses = clausesFile.parse(
      parse(readFileSync(join(PACKAGE_ROOT, 'compliance', 'clauses.yml'), 'utf8')),
    );
    expect(guard('Thanks! Add me: ０８０３ 123 4567 please')).to.deep.equal({
      verdict: 'block',
      rule: 'off_platform_diversion',
      evidence: '０８０３ 123 4567',
      clause: clauses.off_platform_diversion,
    });
    expect(guard('Le bordereau est JEG 0000 0000 0001.').evidence).to.equal('JEG 0000 0000 0001');
    expect(guard('contact: zero eight zero three one two three four five six seven!').evidence).to.equal(
      'zero eight zero three one two three four five six seven',
    );
    expect(guard('All good.')).to.deep.equal({ verdict: 'allow', rule: null, evidence: null, clause: null });
  });

  it('reads a number by its carrier: certified ones pass, the same shape of another does not', () => {
    const rule = (text: string): string | null => guard(text).rule;
    expect(rule('Posta Kenya has it: CP123456785KE')).to.equal(null);
    expect(rule('NIPOST has it: EE123456785NG')).to.equal('uncertified_tracking_number');
    expect(rule('Your tracking number is 1234567890.')).to.equal(null);
    expect(rule('Your Sendbox tracking number is 1234567890.')).to.equal('uncertified_tracking_number');
    expect(rule('Your order 338000001 is with Sendbox.')).to.equal(null);
    expect(rule('Your parcel is with Kwik; DHL had 1234567891 before.')).to.equal(null);
  });

  it('takes only the marketplace’s own hosts for official', () => {
    for (const host of ['www.jumia.com.ng/x', 'pay.jumia.co.ke', 'https://vendorcenter.jumia.com/a?b=c'])
      expect(guard(`See ${host}`).verdict, host).to.equal('allow');
    for (const host of [
      'jumia.co.ke.evil.com',
      'jumia-ng.shop',
      'https://jumia.com.ng@evil.com/x',
      'https://evil.com/jumia.com.ng',
      'www.jumia.com.ng/go?url=https://evil.com',
      'jumіa.com.ng',
      'xjumia.ma',
    ])
      expect(guard(`See ${host}`).verdict, host).to.equal('block');
  });

  it('forbids what a sentence asks for, not what it warns of', () => {
    for (const text of [
      'Never send money to anyone on WhatsApp.',
      'Nous ne demandons jamais de payer hors de Jumia.',
      'Não podemos continuar no Telegram.',
    ])
      expect(guard(text).verdict, text).to.equal('allow');
    for (const text of [
      "Don't pay on Jumia, pay me directly.",
      'N’hésitez pas à nous écrire sur WhatsApp',
      "I can't say it here but text me on Telegram",
    ])
      expect(guard(text).verdict, text).to.equal('block');
  });

  it('adds up small signs over the whole reply, and none of them stops it alone', () => {
    expect(guard('Cancel the order, please.').verdict).to.equal('allow');
    expect(guard('It is cheaper this week.').verdict).to.equal('allow');
    expect(guard('Cancel the order here. I bring it myself and it is cheaper.').rule).to.equal(
      'off_platform_diversion',
    );
    expect(guard('The half goes to my cousin at the transfer agency.').rule).to.equal(
      'external_payment_link',
    );
    expect(guard('Send me your number, I will call you.').verdict).to.equal('block');
    expect(guard('Send me your order number, I will call you.').verdict).to.equal('allow');
  });

  it('puts a number told in pieces together', () => {
    for (const text of [
      'The code begins with JEG and three zeros. Then add 862 467 520 on the site.',
      'Copy S.F.7185.1872.50149 without the dots',
      'Procure pelo L-P-zero-zero seguido de 844637116582.',
    ])
      expect(guard(text).rule, text).to.equal('uncertified_tracking_number');
    for (const text of ['The serial number begins with SN12 and ends with 4471.', 'Press 2, then 5, then 8.'])
      expect(guard(text).verdict, text).to.equal('allow');
  });

  it('passes every sentence of the product', () => {
    const sentences = readSentences(join(PACKAGE_ROOT, 'locales'));
    const stopped = Object.values(sentences)
      .flatMap((spaces) => Object.values(spaces).flatMap(wordings))
      .filter((text) => guard(text).verdict === 'block');
    expect(stopped).to.deep.equal([]);
  });

  it('never throws, whatever it is given, and answers the same twice', () => {
    const any = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.stringMatching(/^[ 0-9a-z.@+()/_-]{0,200}$/),
    );
    fc.assert(
      fc.property(any, (text) => {
        expect(guard(text)).to.deep.equal(guard(text));
      }),
      { numRuns: 400 },
    );
  });

  it('never stops a text without letters and digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const bare = text.replace(/[\p{L}\p{N}\p{So}\p{M}]/gu, '');
        expect(guard(bare).verdict).to.equal('allow');
      }),
    );
  });
});

describe('the lists of a shop', () => {
  const own = openGuard(
    [
      {
        id: 'wide',
        compliance: {
          certifiedCarriers: ['default', 'fez'],
          domains: ['brand.example.com'],
          hotlines: ['0700 111 2222'],
        },
      },
      { id: 'narrow', compliance: { certifiedCarriers: ['dhl'] } },
    ],
    (shop) => (shop === 'narrow' ? '+254 711 000 111' : undefined),
  );
  const verdict = (text: string, shop?: string): string => own(text, { shop }).verdict;

  it('add carriers, domains and lines for that shop only', () => {
    for (const text of [
      'Fez waybill ABCD01020304',
      'The manual: https://brand.example.com/a',
      'Call 07001112222',
    ]) {
      expect(verdict(text, 'wide'), text).to.equal('allow');
      expect(verdict(text, 'narrow'), text).to.equal('block');
      expect(verdict(text), text).to.equal('block');
    }
  });

  it('can certify fewer carriers than the shipped list', () => {
    expect(verdict('UPS 1Z999AA10123456784')).to.equal('allow');
    expect(verdict('UPS 1Z999AA10123456784', 'narrow')).to.equal('block');
    expect(verdict('See https://www.ups.com/track', 'narrow')).to.equal('block');
  });

  it('hold the line the policies of the shop name, however it is written', () => {
    expect(verdict('Call Jumia: 0711 000 111', 'narrow')).to.equal('allow');
    expect(verdict('Call 0711 000 111', 'wide')).to.equal('block');
  });

  it('are refused when they certify a carrier nobody knows', () => {
    expect(() => openGuard([{ id: 'a', compliance: { certifiedCarriers: ['dlh'] } }])).to.throw(
      ConfigError,
      /dlh/,
    );
  });
});

function wordings(node: unknown): readonly string[] {
  if (typeof node === 'string') return [node.replace(/\{\{-? ?\w+\}\}/g, '3')];
  return Object.values(node as object).flatMap(wordings);
}
