import { expect } from 'chai';
import type { Running } from '../running.ts';
import { startRunning } from '../running.ts';

describe('a carrier that does not answer', function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startRunning({
      change: (config) => ({ ...config, turn: { ...config.turn, budgetMs: 2_500 } }),
    });
  });
  after(() => running.stop());

  it('is said honestly, and the news follows by itself when the carrier is back', async () => {
    running.sandbox.carriers.trouble('dhl', 'http500');
    await running.say('c-silent', 'where is my order 338000002');
    const [first = ''] = await running.answers('c-silent', 1);
    expect(`\n${first}`)
      .to.include('DHL Express is not answering right now')
      .and.include('will write to you');
    running.sandbox.carriers.trouble('dhl', null);
    const [, second = ''] = await running.answers('c-silent', 2);
    expect(second).to.include('As promised').and.include('delivered, Abuja');
  });
});
