import { expect } from 'chai';
import { createLog } from '../../server/log.ts';
import { findByExternalId } from '../../server/store/conversations.ts';
import { createMirror } from '../../server/store/mirror.ts';
import { endLongWaits } from '../../server/waiting.ts';
import type { Running } from '../running.ts';
import { startRunning } from '../running.ts';

describe('a customer who waits for a person', function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startRunning();
  });
  after(() => running.stop());

  const endWaitsAfter = (waitMs: number): Promise<void> =>
    endLongWaits({
      db: running.product.db,
      mirror: createMirror(() => 'off'),
      waitMs,
      sentence: (_, key) => key,
      deliver: () => Promise.resolve(),
      now: () => Date.now() + 1_000,
      log: createLog('silent'),
    });

  it('is taken back by the bot, with a word, when nobody came in time', async () => {
    await running.say('c-wait', 'I want to talk to a human agent');
    await running.answers('c-wait', 1);
    await endWaitsAfter(60_000);
    const waiting = await findByExternalId(running.product.db, 'jumia', 'shop-1', 'c-wait');
    expect(waiting?.control).to.equal('waiting');
    await endWaitsAfter(0);
    const back = await findByExternalId(running.product.db, 'jumia', 'shop-1', 'c-wait');
    expect(back?.control).to.equal('bot');
    expect((await running.answers('c-wait', 2))[1]).to.equal('engine.nobody_came');
    const last = running.sandbox.chat.control('c-wait').at(-1);
    expect(last?.['data']).to.deep.include({ from: 'waiting', to: 'bot', reason: 'timeout' });
  });
});
