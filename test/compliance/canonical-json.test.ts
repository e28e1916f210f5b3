import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalRecord } from '../../compliance/audit-chain.ts';
import type { Unchained } from '../../compliance/audit-chain.ts';
import type { Json } from '../../compliance/canonical-json.ts';
import { canonicalJson, wellFormed } from '../../compliance/canonical-json.ts';

const json = fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<Json>;

/** The same value with the members of every object in another order. */
function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as Json[]).map(reversed);
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('canonical JSON', () => {
  it('writes the example of RFC 8785 as the RFC does', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    ) as Json;
    expect(canonicalJson(value)).to.equal(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code units, as the RFC shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    const sorted = Object.keys(JSON.parse(canonicalJson(value)) as object);
    expect(sorted.map((key) => key.codePointAt(0))).to.deep.equal(
      // "1" is an array index, which JavaScript lists first; in the text it follows the carriage return.
      [0x31, 0x0d, 0x80, 0xf6, 0x20ac, 0x1f600, 0xfb33],
    );
    expect(canonicalJson(value).startsWith('{"\\r":0,"1":0,')).to.equal(true);
  });

  it('does not depend on the order in which members were written, and reads back as the same value', () => {
    fc.assert(
      fc.property(json, (raw) => {
        const value = wellFormed(raw);
        const text = canonicalJson(value);
        expect(text).to.equal(canonicalJson(reversed(value)));
        expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses what JSON cannot carry', () => {
    expect(() => canonicalJson(Number.NaN)).to.throw(TypeError);
    expect(() => canonicalJson({ a: '\ud800' })).to.throw(TypeError, 'surrogate');
    expect(canonicalJson(wellFormed({ a: '\ud800' }))).to.equal('{"a":"\ufffd"}');
  });

  it('is what the hand-written form of a record is', () => {
    const text = fc.string({ unit: 'binary' }).map((raw) => wellFormed(raw) as string);
    const record = fc.record<Unchained>({
      shop: text,
      seq: fc.nat(),
      at: fc.nat(),
      kind: fc.constantFrom('message', 'control'),
      conversation: fc.option(text),
      customer: fc.option(text),
      author: text,
      ref: text,
      data: fc.dictionary(text, json).map((data) => canonicalJson(wellFormed(data))),
      sealed: fc.option(text),
    });
    fc.assert(
      fc.property(record, (one) => {
        expect(canonicalRecord(one)).to.equal(
          canonicalJson({ ...one, data: JSON.parse(one.data) as Json, v: 1 }),
        );
      }),
    );
  });
});
