import { expect } from 'chai';
import type { AcceptResult, Webhook } from '../../server/accept.ts';
import { createIntake } from '../../server/intake.ts';

const webhook = (channel: string): Webhook => ({
  channel,
  inbound: [],
  fresh: { shop: 'shop-1', bot: 'logistics', slaCounted: true },
});

/** A store that notes what it was given in each transaction, and fails where it is told to. */
function recorder(fails: (channels: readonly string[]) => boolean = () => false) {
  const batches: string[][] = [];
  const intake = createIntake(async (webhooks): Promise<readonly AcceptResult[]> => {
    const channels = webhooks.map(({ channel }) => channel);
    batches.push(channels);
    await new Promise((resolve) => setImmediate(resolve));
    if (fails(channels)) throw new Error('the store says no');
    return channels.map((channel) => ({ wake: [channel], stale: false }));
  });
  return { batches, intake };
}

describe('the intake', () => {
  it('stores what arrives together in one transaction and answers each with its own result', async () => {
    const { batches, intake } = recorder();
    const results = await Promise.all(['a', 'b', 'c'].map((one) => intake(webhook(one))));
    expect(batches).to.deep.equal([['a', 'b', 'c']]);
    expect(results.map(({ wake }) => wake)).to.deep.equal([['a'], ['b'], ['c']]);
  });

  it('gathers what arrives while a transaction runs into the next one', async () => {
    const { batches, intake } = recorder();
    const first = intake(webhook('a'));
    await new Promise((resolve) => setImmediate(resolve));
    const later = [intake(webhook('b')), intake(webhook('c'))];
    await Promise.all([first, ...later]);
    expect(batches).to.deep.equal([['a'], ['b', 'c']]);
    await intake(webhook('d'));
    expect(batches.at(-1)).to.deep.equal(['d']);
  });

  it('keeps transactions short when very much arrives', async () => {
    const { batches, intake } = recorder();
    await Promise.all(Array.from({ length: 150 }, (_, index) => intake(webhook(String(index)))));
    expect(batches.map(({ length }) => length)).to.deep.equal([64, 64, 22]);
    expect(batches.flat()).to.deep.equal(Array.from({ length: 150 }, (_, index) => String(index)));
  });

  it('stores the others when one cannot be stored, and tells only that one', async () => {
    const { intake } = recorder((channels) => channels.includes('bad'));
    const results = await Promise.allSettled(['a', 'bad', 'b'].map((one) => intake(webhook(one))));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(await intake(webhook('c'))).to.deep.equal({ wake: ['c'], stale: false });
  });
});
