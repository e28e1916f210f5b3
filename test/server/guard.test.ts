import { expect } from 'chai';
import type { ConnectedChannel, Outgoing } from '../../connectors/channel.ts';
import type { Reply } from '../../domain/reply.ts';
import type { BlockedMessage } from '../../server/delivery.ts';
import { createDelivery } from '../../server/delivery.ts';
import { openGuard, remembering } from '../../server/guard.ts';
import { findConversation } from '../../server/store/conversations.ts';
import { acceptMessage } from '../../server/store/inbox.ts';
import { queueReply } from '../../server/store/outbox.ts';
import type { Db } from '../../server/store/schema.ts';
import { createLog } from '../../server/log.ts';
import { onEveryEngine } from '../engines.ts';

const guard = openGuard([{ id: 'shop-1' }]);

onEveryEngine('the guard at the door', (engine) => {
  let db: Db;
  let close: () => Promise<void>;
  let conversationId: string;
  const sent: Outgoing[] = [];
  const blocked: BlockedMessage[] = [];

  before(async () => {
    ({ db, close } = await engine.open());
    const message = {
      id: 'm-1',
      channel: 'jumia',
      account: 'shop-1',
      conversation: 'c-1',
      from: { role: 'customer', id: 'u-1' },
      content: { kind: 'text', text: 'hello' },
      sentAt: 1,
      receivedAt: 1,
      context: {},
    } as const;
    const accepted = await db
      .transaction()
      .execute((tx) => acceptMessage(tx, message, { shop: 'shop-1', bot: 'logistics', slaCounted: true }, 1));
    if (!accepted) throw new Error('not accepted');
    conversationId = (await db.selectFrom('conversation').select('id').executeTakeFirstOrThrow()).id;
  });
  after(() => close());
  beforeEach(() => {
    sent.length = 0;
    blocked.length = 0;
  });

  /** Queues a reply and delivers; the row of the outbox as it is then. */
  async function write(reply: Reply, author?: { role: 'bot' | 'agent'; id: string }) {
    const conversation = await findConversation(db, conversationId);
    if (!conversation) throw new Error('no conversation');
    await db.transaction().execute((tx) =>
      queueReply(tx, {
        conversation,
        reply,
        lang: 'en',
        replyTo: null,
        now: 2,
        ...(author ? { author } : {}),
      }),
    );
    const channel = {
      send: async (outgoing: Outgoing) => {
        sent.push(outgoing);
        return { kind: 'accepted', id: `x-${sent.length}` } as const;
      },
    } as unknown as ConnectedChannel;
    const delivery = createDelivery({
      flushed: () => Promise.resolve(),
      shopOf: (_channel, account) => account,
      db,
      channel: () => channel,
      guard,
      onBlocked: (_tx, one) => void blocked.push(one),
      now: () => 3,
      log: createLog('silent'),
    });
    await delivery.run();
    return db.selectFrom('outbox').selectAll().orderBy('seq', 'desc').executeTakeFirstOrThrow();
  }

  const reply = (text: string, rest: Partial<Reply> = {}): Reply => ({
    purpose: 'reply',
    text,
    facts: [],
    ...rest,
  });

  it('lets a good message of anybody through', async () => {
    const row = await write(reply('Your order 338000001 is on its way.'), { role: 'agent', id: 'a-7' });
    expect(row.state).to.equal('accepted');
    expect(sent).to.have.length(1);
    expect(blocked).to.deep.equal([]);
  });

  it('stops a person’s message like the bot’s, gives it up visibly and tells who, which rule and which clause', async () => {
    const row = await write(reply('Call me on 0803 123 4567'), { role: 'agent', id: 'a-7' });
    expect(row).to.include({ state: 'dead', error: 'guard:off_platform_diversion' });
    expect(sent).to.deep.equal([]);
    expect(blocked).to.deep.equal([
      {
        conversationId,
        outboxId: row.id,
        rule: 'off_platform_diversion',
        clause: 'WISMO-G3',
        evidence: '0803 123 4567',
        author: { role: 'agent', id: 'a-7' },
      },
    ]);
  });

  it('reads the buttons and the history as well', async () => {
    const button = await write(reply('Choose:', { choices: [{ id: 'a', title: 'wa.me/2348031234567' }] }));
    expect(button.error).to.equal('guard:off_platform_diversion');
    const line = { label: 'pay into 0123456789 GTBank', current: true };
    const history = await write(reply('The history:', { timeline: [line] }));
    expect(history.error).to.equal('guard:external_payment_link');
    expect(sent).to.deep.equal([]);
  });

  it('does not hold up what comes after', async () => {
    await write(reply('t.me/other'));
    const row = await write(reply('Your order 338000001 has arrived.'));
    expect(row.state).to.equal('accepted');
    expect(sent).to.have.length(1);
  });
});

describe('a guard that remembers', () => {
  const counted = () => {
    const asked: string[] = [];
    const remembered = remembering((text, context) => {
      asked.push(`${context?.shop ?? '-'} ${text}`);
      return guard(text, context);
    });
    return { asked, remembered };
  };

  it('reads the same reply of a shop once', () => {
    const { asked, remembered } = counted();
    const first = remembered('Write to us on WhatsApp', { shop: 'shop-1' });
    expect(remembered('Write to us on WhatsApp', { shop: 'shop-1' })).to.equal(first);
    expect(asked).to.have.length(1);
  });

  it('reads it again for another shop, whose lists are others', () => {
    const { asked, remembered } = counted();
    for (const shop of ['shop-1', 'shop-2', undefined]) remembered('Hello', { shop });
    expect(asked).to.deep.equal(['shop-1 Hello', 'shop-2 Hello', '- Hello']);
  });
});
