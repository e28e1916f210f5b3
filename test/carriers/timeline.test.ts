import { expect } from 'chai';
import fc from 'fast-check';
import { SHIPMENT_STATUSES } from '../../carriers/shipment.ts';
import type { Meaning } from '../../carriers/shipment.ts';
import { deriveStatus, sortEvents, trackingEvent } from '../../carriers/timeline.ts';

const HOUR = 3_600_000;
const RETURNING: Meaning = { status: 'exception', substatus: 'returning' };
const event = (hour: number | null, meaning: Meaning, code = 'X', place = 'Lagos') =>
  trackingEvent({
    time: { at: hour === null ? null : hour * HOUR, local: `hour ${hour}`, zone: 'given' },
    code,
    meaning,
    place,
  });
/** The word a customer would hear after these meanings, one an hour. */
const after = (...meanings: readonly Meaning[]) => {
  const { status, substatus } = deriveStatus(
    sortEvents(meanings.map((meaning, hour) => event(hour, meaning))),
  );
  return substatus === null ? status : `${status}/${substatus}`;
};
const codes = (...events: Parameters<typeof sortEvents>[0][number][]) =>
  sortEvents(events).map(({ code }) => code);

describe('deriveStatus', () => {
  it('takes the newest event that carries meaning', () => {
    expect(after('info_received', 'in_transit', 'out_for_delivery')).to.equal('out_for_delivery');
    expect(after('out_for_delivery', 'news', 'unknown')).to.equal('out_for_delivery');
    expect(after('attempt_fail', 'in_transit')).to.equal('in_transit');
  });
  it('knows nothing from news and unknown codes alone', () => {
    expect(after('news', 'unknown')).to.equal('unknown');
    expect(deriveStatus([])).to.deep.equal({ status: 'unknown', substatus: null });
  });
  it('lets nothing undo a delivery but a return', () => {
    expect(after('delivered', 'news', 'in_transit', 'exception', 'attempt_fail')).to.equal('delivered');
    expect(after('delivered', RETURNING)).to.equal('exception/returning');
    expect(after('delivered', 'returned')).to.equal('returned');
    expect(after('delivered', { status: 'delivered', substatus: 'partial' })).to.equal('delivered/partial');
  });
  it('does not turn a parcel round because it is scanned on its way back', () => {
    expect(after('out_for_delivery', RETURNING, 'in_transit')).to.equal('exception/returning');
    expect(after(RETURNING, 'in_transit', 'delivered')).to.equal('delivered');
    expect(after('returned', 'in_transit', 'delivered')).to.equal('returned');
  });
});

describe('sortEvents', () => {
  it('sorts by instant and drops repetitions of instant, code and place', () => {
    expect(
      codes(event(2, 'in_transit', 'B'), event(1, 'in_transit', 'A'), event(2, 'in_transit', 'B')),
    ).to.deep.equal(['A', 'B']);
    expect(codes(event(1, 'in_transit', 'A'), event(1, 'in_transit', 'A', 'Ikeja'))).to.deep.equal([
      'A',
      'A',
    ]);
  });
  it('keeps the order in which a carrier tells lines of the same instant, whichever way it tells them', () => {
    expect(
      codes(event(1, 'in_transit', 'A'), event(2, 'delivered', 'B'), event(2, 'in_transit', 'C')),
    ).to.deep.equal(['A', 'B', 'C']);
    expect(
      codes(event(2, 'in_transit', 'C'), event(2, 'delivered', 'B'), event(1, 'in_transit', 'A')),
    ).to.deep.equal(['A', 'B', 'C']);
  });
  it('puts the later stage last when the times do not tell the order', () => {
    expect(codes(event(1, 'delivered', 'B'), event(1, 'in_transit', 'A'))).to.deep.equal(['A', 'B']);
  });
  it('lets no line without a time outrank a dated one', () => {
    expect(codes(event(1, 'out_for_delivery', 'A'), event(null, 'delivered', 'B'))).to.deep.equal(['B', 'A']);
  });
  it('gives the same history whatever the order of lines with different times', () => {
    const meaning = fc.constantFrom<Meaning>(...SHIPMENT_STATUSES, 'news');
    const lines = fc.uniqueArray(fc.record({ hour: fc.nat(50), meaning }), { selector: ({ hour }) => hour });
    fc.assert(
      fc.property(lines, (told) => {
        const events = told.map(({ hour, meaning: one }) => event(hour, one));
        expect(sortEvents(events)).to.deep.equal(sortEvents([...events].reverse()));
      }),
    );
  });
});
