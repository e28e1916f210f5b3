import { expect } from 'chai';
import { onEveryPair } from '../engines.ts';
import type { Running } from '../running.ts';
import { startRunning } from '../running.ts';

onEveryPair('a carrier that does not answer', (pair) => {
  let running: Running;
  let services: Awaited<ReturnType<typeof pair.open>>;
  before(async function () {
    this.timeout(60_000);
    services = await pair.open();
    running = await startRunning(services);
  });
  after(async () => {
    await running.stop();
    await services.drop();
  });

  it('is said honestly, and the news follows by itself when the carrier is back', async () => {
    running.sandbox.carriers.trouble('dhl', 'http500');
    await running.say('c-silent', 'where is my order 338000002');
    const [first = ''] = await running.answers('c-silent', 1);
    expect(`\n${first}`)
      .to.include('DHL Express is not answering right now')
      .and.include('will write to you');
    running.sandbox.carriers.trouble('dhl', null);
    // The time of the promise has come: how long it is until then is no matter of this test.
    await running.product.db.updateTable('follow_up').set({ due_at: 0 }).execute();
    const [, second = ''] = await running.answers('c-silent', 2);
    expect(second).to.include('As promised').and.include('delivered, Abuja');
  });
});
