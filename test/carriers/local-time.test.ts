import { expect } from 'chai';
import fc from 'fast-check';
import { fromMillis, readDay, readTime, zoneOfCountry } from '../../carriers/local-time.ts';

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

describe('readTime', () => {
  const cases: readonly (readonly [string, string, string | null, string])[] = [
    ['2026-11-05T11:32:00+01:00', 'UTC', '2026-11-05T10:32:00.000Z', 'given'],
    ['2026-11-05T11:32:00Z', 'Africa/Cairo', '2026-11-05T11:32:00.000Z', 'given'],
    ['2026-11-05 11:32:00 +0100', 'UTC', '2026-11-05T10:32:00.000Z', 'given'],
    ['2026-11-05 10:40:00', 'Africa/Cairo', '2026-11-05T08:40:00.000Z', 'assumed'],
    ['2026-08-05 10:40:00', 'Africa/Cairo', '2026-08-05T07:40:00.000Z', 'assumed'],
    ['2026-11-05T09:00:00.000000', 'Africa/Lagos', '2026-11-05T08:00:00.000Z', 'assumed'],
    ['2026-02-25T12:00:00', 'Africa/Casablanca', '2026-02-25T12:00:00.000Z', 'assumed'],
    ['2026-06-25T12:00:00', 'Africa/Casablanca', '2026-06-25T11:00:00.000Z', 'assumed'],
    ['2026-11-05', 'Africa/Lagos', '2026-11-04T23:00:00.000Z', 'assumed'],
    ['0001-01-01T00:00:00', 'UTC', null, 'unknown'],
    ['1970-01-01T00:00:00Z', 'UTC', null, 'unknown'],
    ['soon', 'UTC', null, 'unknown'],
    ['', 'UTC', null, 'unknown'],
  ];
  for (const [text, zone, at, sure] of cases) {
    it(`reads "${text}" in ${zone} as ${at ?? 'no time'}, ${sure}`, () => {
      const time = readTime(text, zone);
      expect([iso(time.at), time.local, time.zone]).to.deep.equal([at, text, sure]);
    });
  }

  it('reads a named format, and never keeps more than forty signs of what it cannot read', () => {
    expect(readTime('20261105 083000', 'Africa/Nairobi', 'yyyyMMdd HHmmss')).to.deep.equal({
      at: Date.parse('2026-11-05T05:30:00Z'),
      local: '20261105 083000',
      zone: 'assumed',
    });
    expect(readTime('x'.repeat(500), 'UTC').local).to.have.length(40);
  });

  it('never throws, and has an instant exactly when it is sure of something', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { at, zone } = readTime(text, 'Africa/Lagos');
        expect(at === null).to.equal(zone === 'unknown');
      }),
    );
  });
});

describe('readDay and fromMillis', () => {
  it('puts a day at its noon, so that it stays that day', () => {
    expect(readDay('2026-11-06T23:59:00', 'Africa/Lagos')).to.deep.equal({
      at: Date.parse('2026-11-06T11:00:00Z'),
      local: '2026-11-06',
      zone: 'assumed',
    });
    expect(readDay('tomorrow', 'UTC').at).to.equal(null);
  });
  it('shows an instant on the clock of a zone', () => {
    expect(fromMillis(1762342320000, 'UTC+02:00')).to.deep.equal({
      at: 1762342320000,
      local: '2025-11-05T13:32:00+02:00',
      zone: 'given',
    });
    expect([fromMillis(0, 'UTC').zone, fromMillis(Number.NaN, 'UTC').zone]).to.deep.equal([
      'unknown',
      'unknown',
    ]);
  });
});

describe('zoneOfCountry', () => {
  it('knows the markets and admits what it does not know', () => {
    expect([zoneOfCountry('ng'), zoneOfCountry('US'), zoneOfCountry(null)]).to.deep.equal([
      'Africa/Lagos',
      null,
      null,
    ]);
  });
});
