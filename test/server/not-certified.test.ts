import { expect } from 'chai';
import type { Running } from '../running.ts';
import { startRunning } from '../running.ts';

describe('a shop whose carrier is not certified', function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    const compliance = { certifiedCarriers: ['aramex'] };
    running = await startRunning({
      change: (config) => ({ ...config, shops: config.shops.map((shop) => ({ ...shop, compliance })) }),
    });
  });
  after(() => running.stop());

  it('is answered for all the same, without the number and the link', async () => {
    await running.say('c-plain', 'where is my order 338000001', { order: '338000001' });
    const [answer = ''] = await running.answers('c-plain', 1);
    expect(answer).to.include('Kettle 1.7 L: out for delivery').and.include('DHL Express');
    expect(answer).to.not.match(/1234567891|https?:/);
    expect(running.sandbox.chat.control('c-plain')).to.have.length(0);
  });

  it('gives numbers and links of the carriers that are', async () => {
    await running.say('c-link', 'where is my order 355000001', { order: '355000001', shop: 'shop-2' });
    expect((await running.answers('c-link', 1))[0]).to.include('aramex.com/eg/en/track');
  });
});
