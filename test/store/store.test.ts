import { expect } from 'chai';
import type { Message } from '../../domain/message.ts';
import type { Order } from '../../domain/order.ts';
import {
  changeControl,
  claimConversation,
  findConversation,
  releaseConversation,
} from '../../server/store/conversations.ts';
import {
  acceptMessage,
  acceptMessages,
  conversationsToWake,
  markDone,
  pendingMessages,
} from '../../server/store/inbox.ts';
import { indexedOrder, indexedOrderByTracking, indexOrders } from '../../server/store/orders.ts';
import { claimDue, markAccepted, markRetry, queueReply } from '../../server/store/outbox.ts';
import { recordDelivery } from '../../server/store/receipts.ts';
import type { Db } from '../../server/store/schema.ts';
import { keepForReview, openReviews, settleReview } from '../../server/store/review.ts';
import { claimFollowUps } from '../../server/store/follow-ups.ts';
import { finishTurn } from '../../server/store/turns.ts';
import {
  lockVendorToken,
  saveVendorToken,
  unlockVendorToken,
  vendorToken,
} from '../../server/store/vendor-tokens.ts';
import { onEveryEngine } from '../engines.ts';

const FRESH = { shop: 'shop-1', bot: 'logistics', slaCounted: true };

function aMessage(id: string, sentAt: number, conversation = 'c-1'): Message {
  return {
    id,
    channel: 'jumia',
    account: 'shop-1',
    conversation,
    from: { role: 'customer', id: 'u-1' },
    content: { kind: 'text', text: id },
    sentAt,
    receivedAt: sentAt,
    context: {},
  };
}

const anOrder = (number: string, tracking: string, readAt: number): Order => ({
  id: `id-${number}`,
  number,
  shop: 'shop-1',
  country: 'NG',
  prepaid: null,
  total: null,
  placedAt: 1,
  updatedAt: 1,
  readAt,
  check: { firstName: 'Ada', lastName: 'Obi', city: 'Lagos' },
  items: [
    {
      id: 'i',
      name: 'Kettle',
      sku: null,
      status: 'shipped',
      rawStatus: 'SHIPPED',
      trackingNumber: tracking,
      trackingUrl: null,
      provider: null,
      pickupStation: false,
      paid: null,
      updatedAt: null,
    },
  ],
});

onEveryEngine('the store', (engine) => {
  let db: Db;
  let close: () => Promise<void>;
  beforeEach(async () => ({ db, close } = await engine.open()));
  afterEach(() => close());

  const accept = (message: Message, now = 1_000) =>
    db.transaction().execute((tx) => acceptMessage(tx, message, FRESH, now));

  it('takes a message once and keeps the order in which messages were written', async () => {
    const { conversationId } = await accept(aMessage('m-2', 200));
    expect((await accept(aMessage('m-1', 100))).fresh).to.equal(true);
    expect((await accept(aMessage('m-1', 100))).fresh).to.equal(false);
    expect((await pendingMessages(db, conversationId)).map(({ message }) => message.id)).to.deep.equal([
      'm-1',
      'm-2',
    ]);
    expect(await conversationsToWake(db, [], Number.MAX_SAFE_INTEGER, 10)).to.deep.equal([conversationId]);
  });

  it('keeps to the order and locale of what was written last, however late or often an earlier message comes', async () => {
    const about = (id: string, sentAt: number, orderNumber: string, locale: string): Message => ({
      ...aMessage(id, sentAt),
      context: { orderNumber, locale },
    });
    const first = about('m-1', 100, '338000001', 'fr');
    const { conversationId } = await accept(first);
    await accept(about('m-3', 300, '338000003', 'en'));
    await accept(first);
    await accept(about('m-2', 200, '338000002', 'fr'));
    expect(await findConversation(db, conversationId)).to.include({ boundOrder: '338000003', locale: 'en' });
    await accept(about('m-4', 400, '338000002', 'en'));
    expect((await findConversation(db, conversationId))?.boundOrder).to.equal('338000002');
  });

  it('takes several at once: each once, in one conversation, with the order written about last', async () => {
    const about = (message: Message, orderNumber: string): Message => ({
      ...message,
      context: { ...message.context, orderNumber },
    });
    const early = about(aMessage('m-1', 100), '111111111');
    const late = about(aMessage('m-2', 200), '222222222');
    const other = aMessage('m-3', 150, 'c-2');
    const told = [late, other, early, late].map((message) => ({ message, fresh: FRESH }));
    const accepted = await db.transaction().execute((tx) => acceptMessages(tx, told, 1_000));
    expect(accepted.map(({ fresh }) => fresh)).to.deep.equal([true, true, true, false]);
    const ids = accepted.map(({ conversationId }) => conversationId);
    expect(ids[0]).to.equal(ids[2]);
    expect(ids[0]).to.not.equal(ids[1]);
    const pending = await pendingMessages(db, ids[0] ?? '');
    expect(pending.map(({ message }) => message.id)).to.deep.equal(['m-1', 'm-2']);
    expect((await findConversation(db, ids[0] ?? ''))?.boundOrder).to.equal('222222222');
  });

  it('gives every conversation its own ticket number', async () => {
    const first = await accept(aMessage('m-1', 1, 'c-1'));
    const second = await accept(aMessage('m-2', 2, 'c-2'));
    const tickets = await Promise.all(
      [first, second].map(async ({ conversationId }) => (await findConversation(db, conversationId))?.ticket),
    );
    expect(new Set(tickets).size).to.equal(2);
  });

  it('lets one worker at a time hold a conversation', async () => {
    const { conversationId } = await accept(aMessage('m-1', 1));
    expect(await claimConversation(db, conversationId, 'w-1', 500, 100)).to.not.equal(null);
    expect(await claimConversation(db, conversationId, 'w-2', 500, 200)).to.equal(null);
    expect(await claimConversation(db, conversationId, 'w-1', 500, 200), 'by the same name').to.equal(null);
    expect(await claimConversation(db, conversationId, 'w-2', 900, 501)).to.not.equal(null);
    await releaseConversation(db, conversationId, 'w-1');
    expect(await claimConversation(db, conversationId, 'w-3', 900, 502)).to.equal(null);
    await releaseConversation(db, conversationId, 'w-2');
    expect(await claimConversation(db, conversationId, 'w-3', 900, 503)).to.not.equal(null);
  });

  it('refuses a change of control that names an older version or is not allowed', async () => {
    const { conversationId } = await accept(aMessage('m-1', 1));
    const conversation = await findConversation(db, conversationId);
    if (!conversation) throw new Error('not stored');
    const change = (to: 'waiting' | 'human' | 'closed') =>
      db.transaction().execute((tx) =>
        changeControl(tx, {
          conversation,
          to,
          reason: 'customer_request',
          queue: null,
          summary: '',
          author: 'bot',
          now: 2,
        }),
      );
    expect(await change('waiting')).to.equal(2);
    expect(await change('human')).to.equal(null);
    expect((await findConversation(db, conversationId))?.control).to.equal('waiting');
  });

  it('ends a turn whole, or not at all when the owner changed meanwhile', async () => {
    const { conversationId } = await accept(aMessage('m-1', 1));
    const conversation = await claimConversation(db, conversationId, 'w-1', 10_000, 10);
    if (!conversation) throw new Error('not claimed');
    const [pending] = await pendingMessages(db, conversationId);
    const turn = {
      conversation,
      worker: 'w-1',
      inboxSeqs: [pending?.seq ?? 0],
      replyTo: 'm-1',
      replies: [{ purpose: 'reply' as const, text: 'Hello', facts: [] }],
      state: { turns: 1 },
      lang: 'en',
      ticketType: 'order' as const,
      later: [],
      toLearn: { text: 'wey my load', intent: 'track_order', confidence: 0.4, corrected: null },
      helped: null,
      withheld: null,
      trace: { intent: 'greet', confidence: 1, decision: 'answer' },
      ms: 5,
      now: 20,
      handoff: { reason: 'customer_request' as const, brief: 'A brief.', queue: 'ng-en', metadata: {} },
    };
    expect(await finishTurn(db, turn)).to.deep.equal({ kind: 'finished' });
    expect((await openReviews(db)).map(({ lang, text }) => [lang, text])).to.deep.equal([
      ['en', 'wey my load'],
    ]);
    expect(await pendingMessages(db, conversationId)).to.have.length(0);
    expect(await findConversation(db, conversationId)).to.include({
      control: 'waiting',
      version: 2,
      lang: 'en',
      ticketType: 'order',
    });
    const due = await claimDue(db, { now: 30, until: 60, limit: 10 });
    expect(due.map(({ kind }) => kind)).to.deep.equal(['message']);
    expect(await finishTurn(db, turn)).to.deep.equal({ kind: 'dropped' });
    await markAccepted(db, due[0]?.id ?? '', 'ch-1', 40);
    const [control] = await claimDue(db, { now: 50, until: 60, limit: 10 });
    expect(control).to.deep.include({ kind: 'control', conversationId });
    expect(control?.body).to.include({ to: 'waiting', version: 2, queue: 'ng-en', summary: 'A brief.' });
  });

  it('keeps a promise once, however often it is made', async () => {
    const { conversationId } = await accept(aMessage('m-1', 1));
    const promise = async (orderNumber: string): Promise<void> => {
      const conversation = await claimConversation(db, conversationId, 'w-1', 10_000, 10);
      if (!conversation) throw new Error('not claimed');
      await finishTurn(db, {
        conversation,
        worker: 'w-1',
        inboxSeqs: [],
        replyTo: null,
        replies: [],
        state: {},
        lang: 'en',
        ticketType: null,
        later: [{ afterMs: 5, data: { orderNumber } }],
        toLearn: null,
        helped: null,
        trace: { intent: 'track_order', confidence: 1, decision: 'answer' },
        ms: 5,
        now: 20,
        handoff: null,
        withheld: null,
      });
    };
    for (const number of ['338000001', '338000001', '338000002']) await promise(number);
    const due = await claimFollowUps(db, 100, 200, 10);
    expect(due.map(({ data }) => data)).to.have.deep.members([
      { orderNumber: '338000001' },
      { orderNumber: '338000002' },
    ]);
  });

  it('keeps a message to learn from once, lets the customer correct it, and forgets nobody reviewed in 90 days', async () => {
    const day = 86_400_000;
    const keep = (corrected: string | null, at: number): Promise<void> =>
      db
        .transaction()
        .execute((tx) =>
          keepForReview(
            tx,
            'pt',
            { text: 'cadê o trem', intent: 'delivery_eta', confidence: 0.4, corrected },
            at,
          ),
        );
    const own = async () => (await openReviews(db)).filter(({ lang }) => lang === 'pt');
    await keep(null, 1);
    await keep('track_order', 2);
    await keep(null, 3);
    const [message, ...others] = await own();
    expect(others).to.have.length(0);
    expect(message).to.include({ intent: 'delivery_eta', corrected: 'track_order' });
    await settleReview(db, message?.id ?? '', 'discarded', 4);
    await keep('track_order', 5);
    expect(await own()).to.have.length(0);
    await db
      .transaction()
      .execute((tx) =>
        keepForReview(tx, 'pt', { text: 'antigo', intent: 'greet', confidence: 0.3, corrected: null }, 10),
      );
    await keep(null, 10 + 91 * day);
    expect(await own()).to.have.length(0);
  });

  it('hands out the outbox in order per conversation and keeps a retried message first', async () => {
    const { conversationId } = await accept(aMessage('m-1', 1));
    const conversation = await findConversation(db, conversationId);
    if (!conversation) throw new Error('not stored');
    for (const text of ['one', 'two']) {
      await db.transaction().execute((tx) =>
        queueReply(tx, {
          conversation,
          reply: { purpose: 'reply', text, facts: [] },
          lang: 'en',
          replyTo: null,
          now: 5,
        }),
      );
    }
    const [first] = await claimDue(db, { now: 10, until: 20, limit: 10 });
    expect(await claimDue(db, { now: 11, until: 20, limit: 10 })).to.have.length(0);
    await markRetry(db, first?.id ?? '', 100, 'later');
    expect(await claimDue(db, { now: 50, until: 60, limit: 10 })).to.have.length(0);
    const again = await claimDue(db, { now: 101, until: 110, limit: 10 });
    expect(again.map(({ id, attempts }) => [id, attempts])).to.deep.equal([[first?.id, 1]]);
  });

  it('moves delivery only forward', async () => {
    const { conversationId } = await accept(aMessage('m-1', 1));
    const conversation = await findConversation(db, conversationId);
    if (!conversation) throw new Error('not stored');
    await db.transaction().execute((tx) =>
      queueReply(tx, {
        conversation,
        reply: { purpose: 'reply', text: 'Hi', facts: [] },
        lang: 'en',
        replyTo: null,
        now: 5,
      }),
    );
    const [sent] = await claimDue(db, { now: 10, until: 20, limit: 10 });
    await markAccepted(db, sent?.id ?? '', 'ch-1', 11);
    for (const status of ['read', 'delivered', 'failed'] as const) {
      await db.transaction().execute((tx) =>
        recordDelivery(tx, 'jumia', {
          channelMessageId: 'ch-1',
          clientMessageId: null,
          status,
          error: null,
          now: 12,
        }),
      );
    }
    const row = await db.selectFrom('outbox').select('delivery').executeTakeFirst();
    expect(row?.delivery).to.equal('read');
  });

  it('indexes orders by number and by tracking number, the newest reading wins', async () => {
    await indexOrders(db, [anOrder('338000001', 'JG-NJS-338000001-5711', 10)]);
    await indexOrders(db, [{ ...anOrder('338000001', 'T-2', 5), country: 'KE' }]);
    expect((await indexedOrder(db, 'shop-1', '338000001'))?.country).to.equal('NG');
    expect((await indexedOrderByTracking(db, 'shop-1', 'JG-NJS-338000001-5711'))?.number).to.equal(
      '338000001',
    );
    expect(await indexedOrderByTracking(db, 'shop-1', '%')).to.equal(null);
    expect(await indexedOrder(db, 'shop-2', '338000001')).to.equal(null);
  });

  it('renews a token under a lock, and a token generated by hand wins', async () => {
    expect(await vendorToken(db, 'client', 'seed-1')).to.include({ refreshToken: 'seed-1', accessToken: '' });
    expect(await lockVendorToken(db, 'client', 'a', 10, 50)).to.equal(true);
    expect(await lockVendorToken(db, 'client', 'b', 20, 60)).to.equal(false);
    await saveVendorToken(db, 'client', { refreshToken: 'r-2', accessToken: 'a-2', expiresAt: 99 });
    expect(await vendorToken(db, 'client', 'seed-1')).to.include({ refreshToken: 'r-2', accessToken: 'a-2' });
    expect(await lockVendorToken(db, 'client', 'b', 21, 60)).to.equal(true);
    await unlockVendorToken(db, 'client', 'invalid_grant');
    expect((await vendorToken(db, 'client', 'seed-1')).rejected).to.equal('invalid_grant');
    expect(await vendorToken(db, 'client', 'seed-2')).to.include({ refreshToken: 'seed-2', rejected: null });
  });

  it('does not wake what is done', async () => {
    const { conversationId } = await accept(aMessage('m-1', 1));
    const pending = await pendingMessages(db, conversationId);
    await markDone(
      db,
      pending.map(({ seq }) => seq),
      5,
    );
    expect(await conversationsToWake(db, [], Number.MAX_SAFE_INTEGER, 10)).to.deep.equal([]);
  });
});
