import { expect } from 'chai';
import type { ConnectedChannel, SendOutcome } from '../../connectors/channel.ts';
import type { Message } from '../../domain/message.ts';
import { openGuard } from '../../server/guard.ts';
import { createDelivery } from '../../server/delivery.ts';
import { createLog } from '../../server/log.ts';
import { findConversation } from '../../server/store/conversations.ts';
import { acceptMessage } from '../../server/store/inbox.ts';
import { createMirror } from '../../server/store/mirror.ts';
import { queueReply } from '../../server/store/outbox.ts';
import type { Db } from '../../server/store/schema.ts';
import type { Store } from '../../server/store/open.ts';
import { onEveryEngine } from '../engines.ts';
import { until } from '../running.ts';

const NOW = 1_000_000;
const accepted: SendOutcome = { kind: 'accepted', id: 'x' };

onEveryEngine('delivery while the desk does not answer', (engine) => {
  let store: Store;
  let db: Db;
  before(async () => {
    store = await engine.open();
    db = store.db;
  });
  after(() => store.close());

  it('sends everything that waits for the customer, and all of it to the desk afterwards, in order', async () => {
    const message: Message = {
      id: 'in-1',
      channel: 'webchat',
      account: 'shop-1',
      conversation: 'web-1',
      from: { role: 'customer', id: 'web-1' },
      content: { kind: 'text', text: 'hello' },
      sentAt: NOW - 5,
      receivedAt: NOW,
      context: {},
    };
    const fresh = { shop: 'shop-1', bot: 'logistics', slaCounted: true };
    const mirror = createMirror(() => 'all');
    const id = await db.transaction().execute(async (tx) => {
      const { conversationId } = await acceptMessage(tx, message, fresh, NOW);
      const conversation = await findConversation(tx, conversationId);
      if (!conversation) return expect.fail('There is no conversation.');
      for (const text of ['One', 'Two', 'Three'])
        await queueReply(tx, {
          conversation,
          reply: { purpose: 'reply', text, facts: [] },
          lang: 'en',
          replyTo: null,
          now: NOW,
        });
      expect(await mirror(tx, conversation, NOW)).to.equal(true);
      expect(await mirror(tx, conversation, NOW)).to.equal(false);
      return conversationId;
    });

    const sent: string[] = [];
    const shown: string[] = [];
    let answer: () => void = () => undefined;
    const silence = new Promise<void>((resolve) => (answer = resolve));
    const channel = {
      send: ({ reply }) => {
        sent.push(reply.text);
        return Promise.resolve(accepted);
      },
      mirror: async ({ content }) => {
        await silence;
        shown.push(content.kind === 'text' ? content.text : content.kind);
        return accepted;
      },
    } as Partial<ConnectedChannel> as ConnectedChannel;
    const delivery = createDelivery({
      db,
      flushed: () => Promise.resolve(),
      shopOf: (_channel, account) => account,
      guard: openGuard([]),
      channel: () => channel,
      now: () => NOW,
      log: createLog('silent'),
    });
    const running = delivery.run(id);
    await until(() => (sent.length === 3 ? true : null), 'the customer’s messages');
    expect(shown).to.deep.equal([]);
    answer();
    await running;
    expect(shown).to.deep.equal(['hello', 'One', 'Two', 'Three']);
  });
});
