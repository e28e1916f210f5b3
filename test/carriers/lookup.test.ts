import { expect } from 'chai';
import { createCall } from '../../carriers/call.ts';
import type { Ask } from '../../carriers/call.ts';
import type { Carrier, NumberFormat } from '../../carriers/carrier.ts';
import { createLookup } from '../../carriers/lookup.ts';
import type { Hints } from '../../carriers/recognize.ts';
import type { TrackingOutcome } from '../../carriers/shipment.ts';
import { CARRIER, down, manualTrack, nothing, ok, until } from './fake-carrier.ts';
import type { ManualTrack } from './fake-carrier.ts';

const N = '1234567890';
const TEN: NumberFormat = {
  name: 'ten',
  pattern: /^\d{10}$/,
  distinctive: false,
  valid: [N],
  invalid: ['1'],
};
const ZZ: NumberFormat = {
  name: 'zz',
  pattern: /^ZZ\d{8,10}$/,
  distinctive: true,
  valid: ['ZZ12345678'],
  invalid: ['1'],
};
const BAD: NumberFormat = { ...ZZ, name: 'bad', pattern: /^QQ\d{8}$/, check: () => false };

const carrier = (id: string, numbers: readonly NumberFormat[]): Carrier => ({
  ...CARRIER,
  id,
  name: id,
  hosts: [],
  numbers,
});
const CARRIERS = [
  carrier('a', [TEN]),
  carrier('b', [TEN]),
  carrier('c', [TEN]),
  carrier('d', [TEN]),
  carrier('z', [ZZ, { ...ZZ, pattern: /^ZZ\d{8}$/ }, BAD]),
];

/** Carriers answer at once with what the table says, or by hand where it says null; the others are not connected. */
function setUp(says: Readonly<Record<string, ((number: string) => TrackingOutcome) | null>>) {
  const tracks = new Map<string, ManualTrack>();
  const asks = new Map<string, Ask>();
  for (const one of CARRIERS) {
    const say = says[one.id];
    if (say === undefined) continue;
    const manual = manualTrack(say ?? undefined);
    tracks.set(one.id, manual);
    asks.set(
      one.id,
      createCall(one, manual.track, () => 0, { retryNeedsMs: Number.POSITIVE_INFINITY }),
    );
  }
  const lookup = createLookup(CARRIERS, asks);
  const time = new AbortController();
  return {
    look: (text: string, hints: Hints = {}) => lookup(text, hints, time.signal),
    timeIsOver: () => time.abort(),
    asked: () => [...tracks].filter(([, { count }]) => count() > 0).map(([id]) => id),
    knows: (id: string) => asks.get(id)?.known(N, '') !== null,
    call: (id: string) => (tracks.get(id) as ManualTrack).call(1),
  };
}

const says = (id: string, kind: 'ok' | 'registered' | 'not_found') => (number: string) =>
  kind === 'ok' ? ok(id, number) : nothing(kind, id, number);

describe('lookup', () => {
  it('asks the three likeliest at once, and the best-ranked ok is the answer', async () => {
    const world = setUp({
      a: says('a', 'not_found'),
      b: says('b', 'ok'),
      c: says('c', 'ok'),
      d: says('d', 'ok'),
    });
    expect(await world.look(N)).to.deep.equal({
      kind: 'answered',
      answer: { outcome: ok('b', N), from: 'live', stale: false, ageMs: 0 },
      asked: ['a', 'b'],
      notAsked: [],
    });
    expect(world.asked()).to.deep.equal(['a', 'b', 'c']);
  });

  it('does not wait for a lower rank once the best has said ok', async () => {
    const world = setUp({ a: says('a', 'ok'), b: null });
    expect(await world.look(N)).to.deep.include({ asked: ['a'], notAsked: ['c', 'd'] });
  });

  it('waits for a higher rank while a lower one says ok: the digits may be somebody else’s', async () => {
    const world = setUp({ a: null, b: says('b', 'ok') });
    const result = world.look(N);
    await until(() => world.knows('b'));
    (await world.call('a')).answer(ok('a', N));
    expect(await result)
      .to.deep.include({ asked: ['a', 'b'] })
      .and.to.have.nested.property('answer.outcome.shipment.carrier', 'a');
  });

  const TOGETHER: readonly (readonly [string, TrackingOutcome, TrackingOutcome, TrackingOutcome])[] = [
    ['an ok beats a registration', nothing('registered', 'a', N), ok('b', N), ok('b', N)],
    [
      'a registration beats an outage',
      down('a', N, 'timeout'),
      nothing('registered', 'b', N),
      nothing('registered', 'b', N),
    ],
    ['an outage beats "not found"', nothing('not_found', 'a', N), down('b', N, 'auth'), down('b', N, 'auth')],
    [
      '"not found" when both say so',
      nothing('not_found', 'a', N),
      nothing('not_found', 'b', N),
      nothing('not_found', 'a', N),
    ],
  ];
  for (const [words, first, second, together] of TOGETHER) {
    it(`weighs the answers: ${words}`, async () => {
      const world = setUp({ a: () => first, b: () => second });
      expect(await world.look(N))
        .to.have.property('answer')
        .that.deep.includes({ outcome: together });
    });
  }

  it('asks the carrier of the order alone, and the others only when it does not know the number', async () => {
    const known = setUp({ a: says('a', 'ok'), b: says('b', 'ok') });
    await known.look(N, { provider: 'b' });
    expect(known.asked()).to.deep.equal(['b']);
    const unknown = setUp({ a: says('a', 'ok'), b: says('b', 'not_found') });
    expect(await unknown.look(N, { provider: 'b' })).to.have.nested.property(
      'answer.outcome.shipment.carrier',
      'a',
    );
  });

  it('does not let others speak for the carrier of the order when it is down or not connected', async () => {
    const broken = setUp({ a: says('a', 'ok'), b: (number) => down('b', number, 'auth') });
    expect(await broken.look(N, { provider: 'b' }))
      .to.have.property('answer')
      .that.deep.includes({ outcome: down('b', N, 'auth') });
    const missing = setUp({ a: says('a', 'ok') });
    expect(await missing.look(N, { provider: 'b' })).to.deep.include({ asked: [], notAsked: ['b'] });
    expect(missing.asked()).to.deep.equal([]);
  });

  it('names the carrier it knows by the shape and cannot ask', async () => {
    const world = setUp({ a: says('a', 'ok') });
    expect(await world.look('ZZ12345678')).to.deep.equal({
      kind: 'answered',
      answer: { outcome: down('z', 'ZZ12345678', 'not_configured'), from: 'live', stale: false, ageMs: 0 },
      asked: [],
      notAsked: ['z'],
    });
  });

  it('takes another carrier’s word over that of one that has no look-up', async () => {
    const mute = (number: string) => down('a', number, 'not_configured');
    const together = setUp({ a: mute, b: says('b', 'not_found') });
    expect(await together.look(N)).to.have.nested.property('answer.outcome.kind', 'not_found');
    const named = setUp({ a: mute, b: says('b', 'ok') });
    expect(await named.look(N, { provider: 'a' })).to.have.nested.property('answer.outcome.kind', 'ok');
  });

  it('suspects a typing error when the check digit is wrong and the carrier asked does not know the number', async () => {
    const unknown = setUp({ z: says('z', 'not_found') });
    expect(await unknown.look('QQ12345678')).to.deep.equal({ kind: 'unrecognized', suspect: true });
    const mute = setUp({ z: (number) => down('z', number, 'not_configured') });
    expect(await mute.look('QQ12345678')).to.deep.equal({ kind: 'unrecognized', suspect: true });
    const known = setUp({ z: says('z', 'ok') });
    expect(await known.look('QQ12345678')).to.have.nested.property('answer.outcome.kind', 'ok');
  });

  it('recognizes nothing in what is no tracking number, suspects a typing error, and leaves Jumia packages to the order', async () => {
    const world = setUp({ a: says('a', 'ok') });
    expect(await world.look('hello')).to.deep.equal({ kind: 'unrecognized', suspect: false });
    expect(await world.look('355000417')).to.deep.equal({ kind: 'unrecognized', suspect: false });
    expect(await world.look('QQ12345678')).to.deep.equal({ kind: 'unrecognized', suspect: true });
    expect(await world.look('NJ000000001')).to.deep.equal({ kind: 'unrecognized', suspect: false });
    expect(world.asked()).to.deep.equal([]);
  });

  it('finds the number inside a sentence', async () => {
    const world = setUp({ z: says('z', 'ok') });
    expect(await world.look('where is my parcel zz12345678 please')).to.have.nested.property(
      'answer.outcome.shipment.number',
      'ZZ12345678',
    );
  });

  it('is late when the time is over, and the answer still comes', async () => {
    const world = setUp({ a: null, b: says('b', 'not_found') });
    const looking = world.look(N);
    const call = await world.call('a');
    await until(() => world.knows('b'));
    world.timeIsOver();
    const result = await looking;
    if (result.kind !== 'late') return expect.fail(result.kind);
    expect(result.carrier).to.equal('a');
    call.answer(ok('a', N));
    expect(await result.answer).to.deep.include({ kind: 'answered', asked: ['a', 'b'] });
  });

  it('takes an ok that has come when the time is over, though a higher rank has not spoken', async () => {
    const world = setUp({ a: null, b: null });
    const looking = world.look(N);
    await world.call('a');
    (await world.call('b')).answer(ok('b', N));
    await until(() => world.knows('b'));
    world.timeIsOver();
    expect(await looking).to.deep.include({ kind: 'answered', asked: ['b'] });
  });
});
