import { expect } from 'chai';
import type { Mirrored } from '../../connectors/channel.ts';
import type { Message } from '../../domain/message.ts';
import { findConversation } from '../../server/store/conversations.ts';
import { acceptMessage } from '../../server/store/inbox.ts';
import { createMirror } from '../../server/store/mirror.ts';
import type { Store } from '../../server/store/open.ts';
import { queueReply } from '../../server/store/outbox.ts';
import type { Tx } from '../../server/store/schema.ts';
import { onEveryEngine } from '../engines.ts';

const mirror = createMirror(() => 'all');

onEveryEngine('what the desk is still to be told', (engine) => {
  let store: Store;
  before(async () => {
    store = await engine.open();
  });
  after(() => store.close());

  const write = async (tx: Tx, customer: string, text: string, sentAt: number) => {
    const message: Message = {
      id: `${customer} ${text}`,
      channel: 'webchat',
      account: 'shop-1',
      conversation: customer,
      from: { role: 'customer', id: customer },
      content: { kind: 'text', text },
      sentAt,
      receivedAt: sentAt,
      context: {},
    };
    const fresh = { shop: 'shop-1', bot: 'logistics', slaCounted: true };
    const { conversationId } = await acceptMessage(tx, message, fresh, sentAt);
    return (await findConversation(tx, conversationId)) ?? expect.fail('There is no conversation.');
  };
  const told = async (id: string): Promise<string[]> => {
    const rows = await store.db
      .selectFrom('outbox')
      .select('body')
      .where('conversation_id', '=', id)
      .where('kind', '=', 'mirror')
      .orderBy('seq')
      .execute();
    return rows.map(({ body }) => {
      const { content } = JSON.parse(body) as Mirrored;
      return content.kind === 'text' ? content.text : content.kind;
    });
  };

  it('is in the order it was written where it arrived in another, and never moved over an answer', async () => {
    const id = await store.db.transaction().execute(async (tx) => {
      await write(tx, 'order', 'b', 20);
      await write(tx, 'order', 'c', 30);
      const conversation = await write(tx, 'order', 'a', 10);
      const reply = { purpose: 'reply', text: 'answer', facts: [] } as const;
      await queueReply(tx, { conversation, reply, lang: 'en', replyTo: null, now: 40 });
      await write(tx, 'order', 'late', 5);
      await mirror(tx, conversation, 50);
      return conversation.id;
    });
    expect(await told(id)).to.deep.equal(['a', 'b', 'c', 'answer', 'late']);
  });

  it('is told in rounds where the history is long, each message once', async () => {
    const texts = Array.from({ length: 520 }, (_, index) => `m${index}`);
    const conversation = await store.db.transaction().execute(async (tx) => {
      for (const [index, text] of texts.slice(1).entries()) await write(tx, 'long', text, index + 1);
      return write(tx, 'long', 'last', 1_000);
    });
    const tell = () => store.db.transaction().execute((tx) => mirror(tx, conversation, 2_000));
    expect([await tell(), await tell(), await tell()]).to.deep.equal([true, true, false]);
    expect(await told(conversation.id)).to.deep.equal([...texts.slice(1), 'last']);
  });

  it('loses nothing that two told of at the same moment', async () => {
    const conversation = await store.db.transaction().execute((tx) => write(tx, 'both', 'first', 1));
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        store.db.transaction().execute(async (tx) => {
          await write(tx, 'both', `m${index}`, 10 + index);
          await mirror(tx, conversation, 20);
        }),
      ),
    );
    const all = await told(conversation.id);
    expect(all[0]).to.equal('first');
    expect([...all].sort()).to.deep.equal(['first', ...Array.from({ length: 8 }, (_, index) => `m${index}`)]);
  });
});
