import { expect } from 'chai';
import { createCall } from '../../carriers/call.ts';
import type { CallOptions, CallReport } from '../../carriers/call.ts';
import type { TrackingOutcome } from '../../carriers/shipment.ts';
import { within } from '../../carriers/within.ts';
import { CARRIER, down, fakeTime, manualTrack, nothing, ok, settled, until } from './fake-carrier.ts';
import type { ManualTrack } from './fake-carrier.ts';

const MINUTE = 60_000;
const N = '1234567891';

function setUp(manual: ManualTrack, options: CallOptions = {}) {
  const time = fakeTime(1_000_000);
  const ask = createCall(CARRIER, manual.track, time.now, { timers: time.timers, ...options });
  return { time, ask };
}

/** A carrier that says the same until told otherwise. */
function talking(first: TrackingOutcome) {
  const say = { outcome: first };
  return { say, manual: manualTrack(() => say.outcome) };
}

describe('createCall: memory', () => {
  const KEPT: readonly (readonly [string, TrackingOutcome, number])[] = [
    ['a moving parcel for 5 minutes', ok('test', N), 5 * MINUTE],
    ['a delivered parcel for a day', ok('test', N, 'delivered'), 24 * 60 * MINUTE],
    ['a returned parcel for a day', ok('test', N, 'returned'), 24 * 60 * MINUTE],
    ['a cancelled parcel for a day', ok('test', N, 'cancelled'), 24 * 60 * MINUTE],
    ['a registered parcel for a minute', nothing('registered', 'test', N), MINUTE],
    ['an unknown number for a minute', nothing('not_found', 'test', N), MINUTE],
  ];
  for (const [words, outcome, ms] of KEPT) {
    it(`keeps ${words}, and asks again after that`, async () => {
      const { manual } = talking(outcome);
      const { ask, time } = setUp(manual);
      expect(await ask(N, 'NG')).to.deep.equal({ outcome, from: 'live', stale: false, ageMs: 0 });
      await time.advance(ms - 1);
      expect(await ask(N, 'NG')).to.deep.equal({ outcome, from: 'cache', stale: false, ageMs: ms - 1 });
      expect(manual.count()).to.equal(1);
      await time.advance(1);
      expect(await ask(N, 'NG')).to.deep.equal({ outcome, from: 'live', stale: false, ageMs: 0 });
      expect(manual.count()).to.equal(2);
    });
  }

  it('does not keep an error', async () => {
    const { manual } = talking(down('test', N, 'auth'));
    const { ask } = setUp(manual);
    await ask(N, 'NG');
    await ask(N, 'NG');
    expect(manual.count()).to.equal(2);
  });

  it('tells the last it knows, with its age, while the carrier is down, for three days', async () => {
    const { manual, say } = talking(ok('test', N));
    const { ask, time } = setUp(manual, { failuresToOpen: 100 });
    await ask(N, 'NG');
    say.outcome = down('test', N, 'auth');
    await time.advance(6 * MINUTE);
    expect(await ask(N, 'NG')).to.deep.equal({
      outcome: ok('test', N),
      from: 'stale',
      stale: true,
      ageMs: 6 * MINUTE,
    });
    expect(ask.known(N, 'NG')).to.deep.include({ from: 'stale', ageMs: 6 * MINUTE });
    await time.advance(3 * 24 * 60 * MINUTE);
    expect(await ask(N, 'NG')).to.deep.equal({ outcome: say.outcome, from: 'live', stale: false, ageMs: 0 });
    expect(ask.known(N, 'NG')).to.equal(null);
  });

  it('does not tell a stale "not found"', async () => {
    const { manual, say } = talking(nothing('not_found', 'test', N));
    const { ask, time } = setUp(manual);
    await ask(N, 'NG');
    say.outcome = down('test', N, 'auth');
    await time.advance(2 * MINUTE);
    expect((await ask(N, 'NG')).outcome).to.deep.equal(say.outcome);
  });

  it('keeps numbers and countries apart', async () => {
    const { manual } = talking(ok('test', N));
    const { ask } = setUp(manual);
    await Promise.all([ask(N, 'NG'), ask(N, 'KE'), ask('9876543213', 'NG')]);
    expect(manual.count()).to.equal(3);
  });
});

describe('createCall: one call for all who ask', () => {
  it('shares the call under way, and one who leaves does not end it for the others', async () => {
    const manual = manualTrack();
    const { ask } = setUp(manual);
    const leaving = new AbortController();
    const first = ask(N, 'NG', leaving.signal);
    const second = ask(N, 'NG');
    const call = await manual.call(1);
    leaving.abort();
    expect(call.signal.aborted).to.equal(false);
    call.answer(ok('test', N));
    expect((await Promise.all([first, second])).map(({ from }) => from)).to.deep.equal(['live', 'live']);
    expect(manual.count()).to.equal(1);
  });

  it('answers late a caller whose budget is spent, and remembers the answer for the next one', async () => {
    const manual = manualTrack();
    const { ask, time } = setUp(manual);
    const waiting = within(ask(N, 'NG'), { budgetMs: 3_500 }, time.timers);
    const call = await manual.call(1);
    await time.advance(3_500);
    const result = await waiting;
    expect(result.kind).to.equal('late');
    call.answer(ok('test', N));
    expect(await result.answer).to.deep.include({ outcome: ok('test', N), from: 'live' });
    expect((await ask(N, 'NG')).from).to.equal('cache');
    expect(manual.count()).to.equal(1);
  });

  it('makes no more calls at a time than the carrier is given', async () => {
    const manual = manualTrack();
    const { ask } = setUp(manual);
    const all = ['1', '2', '3', '4'].map((number) => ask(number, 'NG'));
    const third = await manual.call(3);
    await settled();
    expect(manual.count()).to.equal(3);
    third.answer(ok('test', '3'));
    (await manual.call(4)).answer(ok('test', '4'));
    (await manual.call(1)).answer(ok('test', '1'));
    (await manual.call(2)).answer(ok('test', '2'));
    expect(await Promise.all(all)).to.have.length(4);
  });
});

describe('createCall: time limit and second try', () => {
  it('gives up when the limit has passed, tells the adapter, and does not try again', async () => {
    const manual = manualTrack();
    const { ask, time } = setUp(manual, { timeoutMs: 8_000 });
    const answer = ask(N, 'NG');
    const call = await manual.call(1);
    await time.advance(8_000);
    expect((await answer).outcome).to.deep.equal(down('test', N, 'timeout'));
    expect(call.signal.aborted).to.equal(true);
    expect(manual.count()).to.equal(1);
  });

  it('times out what still waits in the queue, without ever making the call', async () => {
    const manual = manualTrack();
    const { ask, time } = setUp(manual, { timeoutMs: 8_000 });
    const all = ['1', '2', '3', '4'].map((number) => ask(number, 'NG'));
    await manual.call(3);
    await time.advance(8_000);
    const reasons = (await Promise.all(all)).map(
      ({ outcome }) => outcome.kind === 'provider_error' && outcome.reason,
    );
    expect(reasons).to.deep.equal(['timeout', 'timeout', 'timeout', 'timeout']);
    (await manual.call(1)).answer(ok('test', '1'));
    await settled();
    expect(manual.count()).to.equal(3);
  });

  it('tries once more after a network error or a 5xx, after a pause', async () => {
    const manual = manualTrack();
    const { ask, time } = setUp(manual, { retryDelayMs: 200 });
    const answer = ask(N, 'NG');
    (await manual.call(1)).answer(down('test', N, 'unavailable'));
    await until(() => time.pending() === 2);
    expect(manual.count()).to.equal(1);
    await time.advance(200);
    (await manual.call(2)).answer(down('test', N, 'unavailable'));
    expect((await answer).outcome).to.deep.equal(down('test', N, 'unavailable'));
    expect(manual.count()).to.equal(2);
  });

  for (const outcome of [
    down('test', N, 'auth'),
    down('test', N, 'malformed'),
    down('test', N, 'rejected'),
    down('test', N, 'rate_limited', 5_000),
    down('test', N, 'unavailable', 5_000),
    nothing('not_found', 'test', N),
  ]) {
    it(`does not try again after ${JSON.stringify(outcome)}`, async () => {
      const { manual } = talking(outcome);
      const { ask } = setUp(manual);
      expect((await ask(N, 'NG')).outcome).to.deep.equal(outcome);
      expect(manual.count()).to.equal(1);
    });
  }

  it('does not try again when nobody waits any more', async () => {
    const manual = manualTrack();
    const { ask } = setUp(manual);
    const leaving = new AbortController();
    const answer = ask(N, 'NG', leaving.signal);
    const call = await manual.call(1);
    leaving.abort();
    call.answer(down('test', N, 'unavailable'));
    expect((await answer).outcome).to.deep.equal(down('test', N, 'unavailable'));
    expect(manual.count()).to.equal(1);
  });

  it('does not try again when too little time is left', async () => {
    const manual = manualTrack();
    const { ask, time } = setUp(manual, { timeoutMs: 8_000, retryNeedsMs: 1_000 });
    const answer = ask(N, 'NG');
    const call = await manual.call(1);
    await time.advance(7_500);
    call.answer(down('test', N, 'unavailable'));
    await answer;
    expect(manual.count()).to.equal(1);
  });
});

describe('createCall: rest and breaker', () => {
  it('rests as long as the carrier asked, and tells how much is left', async () => {
    const { manual, say } = talking(down('test', N, 'rate_limited', 30_000));
    const { ask, time } = setUp(manual);
    await ask(N, 'NG');
    say.outcome = ok('test', N);
    await time.advance(10_000);
    expect((await ask(N, 'NG')).outcome).to.deep.equal(down('test', N, 'rate_limited', 20_000));
    expect(manual.count()).to.equal(1);
    await time.advance(20_000);
    expect((await ask(N, 'NG')).outcome).to.deep.equal(ok('test', N));
  });

  for (const reason of ['unavailable', 'timeout', 'malformed'] as const) {
    it(`opens after five ${reason} in a row, lets one try through after 20 s, and closes by itself`, async () => {
      const { manual, say } = talking(down('test', N, reason));
      const { ask, time } = setUp(manual, { retryNeedsMs: Number.POSITIVE_INFINITY });
      for (let count = 0; count < 5; count++) await ask(N, 'NG');
      expect([manual.count(), ask.health()]).to.deep.equal([5, 'open']);
      expect((await ask(N, 'NG')).outcome).to.deep.equal(down('test', N, 'circuit_open'));
      await time.advance(19_999);
      expect((await ask(N, 'NG')).outcome).to.deep.equal(down('test', N, 'circuit_open'));
      expect(manual.count()).to.equal(5);
      await time.advance(1);
      expect((await ask(N, 'NG')).outcome).to.deep.equal(down('test', N, reason));
      expect([manual.count(), ask.health()]).to.deep.equal([6, 'open']);
      say.outcome = ok('test', N);
      await time.advance(20_000);
      expect((await ask(N, 'NG')).outcome).to.deep.equal(ok('test', N));
      expect([manual.count(), ask.health()]).to.deep.equal([7, 'closed']);
    });
  }

  it('does not take a refused key, a spent quota or an unknown number for an outage', async () => {
    for (const outcome of [
      down('test', N, 'auth'),
      down('test', N, 'rate_limited'),
      nothing('not_found', 'test', N),
    ]) {
      const { manual } = talking(outcome);
      const { ask } = setUp(manual);
      for (let count = 0; count < 10; count++) await ask(`${count}`, 'NG');
      expect([manual.count(), ask.health()]).to.deep.equal([10, 'closed']);
    }
  });

  it('answers a bug in an adapter as malformed and tells it to the operator', async () => {
    const manual = manualTrack();
    const faults: unknown[] = [];
    const { ask } = setUp(manual, { onFault: (carrier, error) => faults.push([carrier, error]) });
    const answer = ask(N, 'NG');
    const bug = new TypeError('x is undefined');
    (await manual.call(1)).fail(bug);
    expect((await answer).outcome).to.deep.equal(down('test', N, 'malformed'));
    expect(faults).to.deep.equal([['test', bug]]);
  });

  it('reports each call with what came of it', async () => {
    const reports: CallReport[] = [];
    const { manual, say } = talking(ok('test', N));
    const { ask, time } = setUp(manual, { report: (one) => reports.push(one) });
    await ask(N, 'NG');
    say.outcome = down('test', N, 'auth');
    await time.advance(5 * MINUTE);
    await ask(N, 'NG');
    expect(reports).to.deep.equal([
      { carrier: 'test', from: 'live', result: 'ok', tookMs: 0 },
      { carrier: 'test', from: 'stale', result: 'auth', tookMs: 0 },
    ]);
  });
});
