import { expect } from 'chai';
import type { Heard } from '../../compliance/flood.ts';
import { hear, isFlood, lastMinute } from '../../compliance/flood.ts';

const START = 1_000_000;

/** One message every `everyMs`. */
function hearAll(texts: readonly string[], everyMs: number): { heard: readonly Heard[]; now: number } {
  let heard: readonly Heard[] = [];
  let now = START;
  for (const text of texts) {
    heard = hear(heard, [text], now);
    now += everyMs;
  }
  return { heard, now: now - everyMs };
}

describe('floods', () => {
  it('are told by number, whatever the words', () => {
    const many = Array.from({ length: 26 }, (_, index) => `message ${index}`);
    const { heard, now } = hearAll(many, 1_000);
    expect(isFlood(heard, now)).to.equal(true);
    expect(isFlood(hearAll(many.slice(1), 1_000).heard, now)).to.equal(false);
  });

  it('are told by repetition, with other case and marks', () => {
    const { heard, now } = hearAll(
      ['hello', 'HELLO!', 'Hello ?', 'hello', 'hello', 'hello', 'hello', 'hello', 'h e l l o'],
      1_000,
    );
    expect(isFlood(heard, now)).to.equal(true);
  });

  it('are not a customer who writes in short lines', () => {
    const { heard, now } = hearAll(
      ['hi', 'my order', '338000001', 'is late', 'hello?', 'hello?', 'anyone?'],
      3_000,
    );
    expect(isFlood(heard, now)).to.equal(false);
  });

  it('are forgotten after a minute', () => {
    const { heard, now } = hearAll(
      Array.from({ length: 30 }, () => 'buy'),
      100,
    );
    expect(isFlood(heard, now)).to.equal(true);
    expect(isFlood(heard, now + 60_000)).to.equal(false);
    expect(hear(heard, ['hi'], now + 60_000)).to.have.length(1);
  });

  it('cannot make the memory grow without end', () => {
    expect(
      hear(
        [],
        Array.from({ length: 1_000 }, (_, index) => `line ${index}`),
        START,
      ).length,
    ).to.be.below(50);
  });

  it('tell emoji apart, which have no letters', () => {
    const [first, second] = hear([], ['😂', '😡'], START);
    expect(first?.hash).to.not.equal(second?.hash);
  });
});

describe('the last minute', () => {
  it('holds what is younger than sixty seconds', () => {
    expect(lastMinute([START - 60_000, START - 59_999, START], START)).to.deep.equal([START - 59_999, START]);
  });
});
