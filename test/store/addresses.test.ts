import { expect } from 'chai';
import type { Address, Message } from '../../domain/message.ts';
import { moveAddresses, recipientOf } from '../../server/store/addresses.ts';
import { findConversation } from '../../server/store/conversations.ts';
import { acceptMessage } from '../../server/store/inbox.ts';
import type { Db } from '../../server/store/schema.ts';
import { onEveryEngine } from '../engines.ts';

const PLACE = { channel: 'whatsapp', account: '100' };
const id = (value: string): Address => ({ kind: 'id', value });
const phone = (value: string): Address => ({ kind: 'phone', value });

onEveryEngine('customers with several addresses', (engine) => {
  let db: Db;
  let close: () => Promise<void>;
  let count = 0;
  beforeEach(async () => ({ db, close } = await engine.open()));
  afterEach(() => close());

  /** The conversation a message from these addresses comes to. */
  const from = async (...addresses: readonly Address[]): Promise<string> => {
    count += 1;
    const main = addresses[0]?.value ?? '';
    const message: Message = {
      id: `m-${count}`,
      ...PLACE,
      conversation: main,
      from: { role: 'customer', id: main, addresses },
      content: { kind: 'text', text: 'hello' },
      sentAt: count,
      receivedAt: count,
      context: {},
    };
    const fresh = { shop: 's', bot: 'logistics', slaCounted: true };
    const accepted = await db.transaction().execute((tx) => acceptMessage(tx, message, fresh, count));
    return accepted.conversationId;
  };
  const move = (before: readonly Address[], now: readonly Address[]): Promise<string | null> =>
    db.transaction().execute((tx) => moveAddresses(tx, PLACE, { before, now, at: (count += 1) }));
  const names = async (conversation: string): Promise<unknown> => {
    const found = await findConversation(db, conversation);
    return [found?.externalId, found?.customer.id];
  };

  it('are one customer by phone, by both, and by id, and are named by the id', async () => {
    const first = await from(phone('1'));
    expect(await names(first)).to.deep.equal(['1', '1']);
    expect(await from(id('NG.1'), phone('1'))).to.equal(first);
    expect(await from(id('NG.1'))).to.equal(first);
    expect(await from(phone('1'))).to.equal(first);
    expect(await names(first)).to.deep.equal(['NG.1', 'NG.1']);
    expect(await recipientOf(db, first)).to.deep.include({ lastHeardAt: count });
    expect((await recipientOf(db, first)).addresses).to.have.deep.members([id('NG.1'), phone('1')]);
  });

  it('are apart on different numbers of ours', async () => {
    const first = await from(phone('1'));
    const other = await db.transaction().execute((tx) =>
      acceptMessage(
        tx,
        {
          id: 'm',
          channel: 'whatsapp',
          account: '200',
          conversation: '1',
          from: { role: 'customer', id: '1', addresses: [phone('1')] },
          content: { kind: 'text', text: 'hello' },
          sentAt: 1,
          receivedAt: 1,
          context: {},
        },
        { shop: 's', bot: 'logistics', slaCounted: true },
        1,
      ),
    );
    expect(other.conversationId).to.not.equal(first);
  });

  it('are two when another id has the phone: it belongs to whoever used it last', async () => {
    const first = await from(id('NG.1'), phone('1'));
    const second = await from(id('NG.2'), phone('1'));
    expect(second).to.not.equal(first);
    expect(await from(phone('1'))).to.equal(second);
    expect(await from(id('NG.1'))).to.equal(first);
    expect((await recipientOf(db, first)).addresses).to.deep.equal([id('NG.1')]);
  });

  it('stay one over a new number, with whatever id comes with it, and leave the old number to its next owner', async () => {
    const first = await from(id('NG.1'), phone('1'));
    expect(await move([phone('1')], [phone('2')])).to.equal(first);
    expect(await names(first)).to.deep.equal(['2', '2']);
    expect(await from(id('NG.2'), phone('2'))).to.equal(first);
    expect(await from(phone('1'))).to.not.equal(first);
    expect(await from(id('NG.1'))).to.not.equal(first);
  });

  it('stay one over a new id with the same number', async () => {
    const first = await from(id('NG.1'), phone('1'));
    expect(await move([id('NG.1')], [id('NG.9')])).to.equal(first);
    expect(await from(id('NG.9'))).to.equal(first);
    expect(await from(phone('1'))).to.equal(first);
    expect(await names(first)).to.deep.equal(['NG.9', 'NG.9']);
  });

  it('change nothing when nobody is known or nothing new is told', async () => {
    const first = await from(id('NG.1'), phone('1'));
    expect(await move([phone('7')], [phone('8')])).to.equal(null);
    expect(await move([phone('1')], [])).to.equal(null);
    expect(await move([], [phone('8')])).to.equal(null);
    expect(await from(phone('1'))).to.equal(first);
  });
});
