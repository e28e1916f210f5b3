import { expect } from 'chai';
import { toPlainText } from '../../connectors/plain-text.ts';
import type { Reply } from '../../domain/reply.ts';
import type { MirrorMode } from '../../server/config/schema.ts';
import { createMirror, WITHHELD } from '../../server/store/mirror.ts';
import { queueReply } from '../../server/store/outbox.ts';
import { findByExternalId } from '../../server/store/conversations.ts';
import type { StoredConversation } from '../../server/store/conversations.ts';
import { readTranscript } from '../../server/store/transcript.ts';
import { retryStuck } from '../../server/store/stuck.ts';
import { onEveryPair } from '../engines.ts';
import type { Running } from '../running.ts';
import { settled, startRunning, until } from '../running.ts';

const NUMBER = '100000000000001';
let phones = 0;
const aPhone = (): string => `23480400${String((phones += 1)).padStart(5, '0')}`;

type Seen = readonly [role: string, text: string];

/** A customer on WhatsApp and the desk on the Jumia chat, of one running product. */
function places(of: () => Running) {
  const phone = (address: string) => of().sandbox.whatsapp.messages(address);
  const say = async (address: string, content: string | object): Promise<void> => {
    expect(await of().sandbox.whatsapp.say({ phone: address }, content)).to.equal(200);
  };
  /** Writes, and waits for the answer. */
  const ask = async (address: string, content: string | object): Promise<string> => {
    const before = phone(address).length;
    await say(address, content);
    const list = await until(
      () => (phone(address).length > before ? phone(address) : null),
      `an answer on ${address}`,
    );
    return list[before]?.text ?? '';
  };
  const conversation = async (address: string): Promise<StoredConversation> => {
    const found = await findByExternalId(of().product.db, 'whatsapp', NUMBER, address);
    return found ?? expect.fail(`There is no conversation of ${address}.`);
  };
  const desk = (id: string): readonly Seen[] =>
    of()
      .sandbox.chat.messages(id)
      .map(({ sender, content }) => [sender.role, String(content['text'])]);
  const seen = (id: string, count: number): Promise<readonly Seen[]> =>
    until(() => (desk(id).length >= count ? desk(id) : null), `${count} messages on the desk`);
  /** What was said on WhatsApp, as we keep it. */
  const said = async (id: string): Promise<readonly Seen[]> =>
    (await readTranscript(of().product.db, id)).map(({ role, body }) => [role, toPlainText(body as Reply)]);
  const roles = (id: string): string[] => desk(id).map(([role]) => role);
  const event = (id: string, type: string, data: object, shop = 'shop-1') =>
    of().post(
      {
        type,
        timestamp: new Date().toISOString(),
        data: { account_id: shop, conversation_id: id, ...data },
      },
      { shop },
    );
  const agentMessage = (messageId: string, text: string) => ({
    message_id: messageId,
    sender: { role: 'agent', id: 'a-1' },
    sent_at: new Date().toISOString(),
    content: { type: 'text', text },
  });
  const control = (id: string, from: string, to: string, version: number) =>
    event(id, 'control.changed', { from, to, version, reason: 'customer_request', agent: { id: 'a-1' } });
  /** Changes of control the desk was told of. */
  const told = (id: string): string[] =>
    of()
      .sandbox.chat.control(id)
      .map((told) => {
        const { from, to, version, reason } = told['data'] as Readonly<Record<string, unknown>>;
        return [from, to, version, reason].join(' ');
      });
  return {
    told,
    phone,
    say,
    ask,
    conversation,
    desk,
    seen,
    said,
    roles,
    event,
    agentMessage,
    control,
    settled: () => settled(of()),
  };
}

onEveryPair('a conversation begun on WhatsApp, seen from the desk of the Jumia chat', (pair) => {
  let running: Running;
  let services: Awaited<ReturnType<typeof pair.open>>;
  const at = places(() => running);
  before(async function () {
    this.timeout(60_000);
    services = await pair.open();
    running = await startRunning(services);
  });
  after(async () => {
    await running.stop();
    await services.drop();
  });

  it('shows three turns about an order once each, in order, the bot included', async () => {
    const phone = aPhone();
    await at.ask(phone, 'where is my order 338000001');
    await at.ask(phone, 'Okafor');
    await at.ask(phone, 'thank you');
    const { id } = await at.conversation(phone);
    const desk = await at.seen(id, 6);
    expect(desk).to.deep.equal(await at.said(id));
    expect(at.roles(id)).to.deep.equal(['customer', 'bot', 'customer', 'bot', 'customer', 'bot']);
    const [first] = running.sandbox.chat.messages(id);
    expect(first?.posted).to.deep.include({
      contract_version: '1.0',
      tool_registration_id: 'sandbox-tool',
      purpose: 'reply',
      content: { type: 'text', text: 'where is my order 338000001' },
      mirrored: { channel: 'whatsapp', sender: { role: 'customer' }, sent_at: first?.sent_at },
    });
    expect(JSON.stringify(running.sandbox.chat.messages(id))).to.not.include(phone);
  });

  it('shows no small talk, and all of it once the subject is an order', async () => {
    const phone = aPhone();
    await at.ask(phone, 'hello');
    await at.ask(phone, 'thank you');
    await at.settled();
    const { id } = await at.conversation(phone);
    expect(at.desk(id)).to.deep.equal([]);
    await at.ask(phone, 'where is my order 338000001');
    expect(await at.seen(id, 6)).to.deep.equal(await at.said(id));
    await at.ask(phone, 'thanks, bye');
    expect((await at.seen(id, 8)).at(6)).to.deep.equal(['customer', 'thanks, bye']);
  });

  it('answers on WhatsApp while the Jumia chat is down, and shows everything afterwards, once and in order', async () => {
    const phone = aPhone();
    running.sandbox.chat.fail(503);
    const startedAt = Date.now();
    await at.ask(phone, 'where is my order 338000001');
    await at.ask(phone, 'Okafor');
    await at.ask(phone, 'I want to talk to a person');
    expect(Date.now() - startedAt).to.be.below(4_000);
    const { id } = await at.conversation(phone);
    expect(at.desk(id)).to.deep.equal([]);
    running.sandbox.chat.fail(null);
    await running.product.db
      .updateTable('outbox')
      .set({ next_at: 0 })
      .where('conversation_id', '=', id)
      .execute();
    expect(await at.seen(id, 6)).to.deep.equal(await at.said(id));
    await at.settled();
    expect(at.desk(id)).to.have.length(6);
    expect(running.sandbox.chat.control(id)).to.have.length(1);
  }).timeout(20_000);

  it('hands over with the history first, carries the agent to the phone once, is mute meanwhile, and goes on afterwards', async () => {
    const phone = aPhone();
    await at.ask(phone, 'where is my order 338000001');
    await at.ask(phone, 'I want to talk to a person');
    const { id } = await at.conversation(phone);
    const order: string[] = [];
    const rows = await running.product.db
      .selectFrom('outbox')
      .select('kind')
      .where('conversation_id', '=', id)
      .where('channel', '=', 'jumia')
      .orderBy('seq')
      .execute();
    for (const { kind } of rows) order.push(kind);
    expect(order).to.deep.equal(['mirror', 'mirror', 'mirror', 'mirror', 'control']);
    await until(() => running.sandbox.chat.control(id)[0] ?? null, 'the hand-over');
    expect(at.desk(id)).to.deep.equal(await at.said(id));
    expect((await at.control(id, 'waiting', 'human', 3)).status).to.equal(200);

    const written = at.agentMessage('agent-1', 'I am looking into it.');
    running.sandbox.chat.keep({ ...written, conversation_id: id });
    const before = at.phone(phone).length;
    const tell = () => at.event(id, 'message.created', written);
    expect([(await tell()).status, (await tell()).status]).to.deep.equal([200, 200]);
    await running.product.catchUp();
    await until(() => (at.phone(phone).length > before ? true : null), 'the agent on the phone');
    await at.say(phone, 'are you still there?');
    expect((await at.seen(id, 6)).at(5)).to.deep.equal(['customer', 'are you still there?']);
    await at.settled();
    expect(
      at
        .phone(phone)
        .map(({ text }) => text)
        .slice(before),
    ).to.deep.equal(['I am looking into it.']);
    expect(at.roles(id)).to.deep.equal(['customer', 'bot', 'customer', 'bot', 'agent', 'customer']);

    expect((await at.control(id, 'human', 'bot', 4)).status).to.equal(200);
    expect((await at.control(id, 'human', 'closed', 3)).status).to.equal(409);
    expect(await at.ask(phone, 'where is my order 338000001')).to.include('To protect your order');
    expect((await at.seen(id, 8)).slice(6).map(([role]) => role)).to.deep.equal(['customer', 'bot']);
  });

  it('shows what a customer who no longer wants to wait wrote, then that the bot has them back, then its answer', async () => {
    const phone = aPhone();
    await at.ask(phone, 'I want to talk to a person');
    await at.ask(phone, 'never mind');
    const { id } = await at.conversation(phone);
    expect(await at.seen(id, 4)).to.deep.equal(await at.said(id));
    const rows = await running.product.db
      .selectFrom('outbox')
      .select('kind')
      .where('conversation_id', '=', id)
      .where('channel', '=', 'jumia')
      .orderBy('seq')
      .execute();
    expect(rows.map(({ kind }) => kind)).to.deep.equal([
      'mirror',
      'mirror',
      'control',
      'mirror',
      'control',
      'mirror',
    ]);
  });

  it('tells the desk what the guard kept from the customer, whoever wrote it', async () => {
    const phone = aPhone();
    await at.ask(phone, 'where is my order 338000001');
    const conversation = await at.conversation(phone);
    await at.seen(conversation.id, 2);
    const { db } = running.product;
    const mirror = createMirror(() => 'all');
    // They go out as one message, so that what is wrong with one stops both.
    const texts = ['It is on its way.', 'Call me on 0803 123 4567'];
    await db.transaction().execute(async (tx) => {
      for (const text of texts) {
        const reply = { purpose: 'reply', text, facts: [] } as const;
        await queueReply(tx, { conversation, reply, lang: 'en', replyTo: null, now: Date.now() });
      }
      await mirror(tx, conversation, Date.now());
    });
    const bot = await at.seen(conversation.id, 6);
    expect(bot.slice(2).map(([, text]) => text)).to.deep.equal([...texts, WITHHELD, WITHHELD]);
    const stopped = await db.selectFrom('outbox').select('id').where('state', '=', 'dead').execute();
    const ids = stopped.map(({ id }) => id);
    expect(await retryStuck(db, ids, Date.now())).to.have.length(1);
    await at.settled();
    expect(at.desk(conversation.id)).to.have.length(6);
    await at.control(conversation.id, 'bot', 'human', 2);
    const written = at.agentMessage('agent-blocked', 'Write to me on wa.me/2348031234567');
    expect((await at.event(conversation.id, 'message.created', written)).status).to.equal(200);
    expect((await at.seen(conversation.id, 7)).at(6)).to.deep.equal(['bot', WITHHELD]);
    await at.settled();
    expect(at.phone(phone)).to.have.length(1);
  });

  it('shows a history that begins before the desk saw it without what the guard kept from the customer', async () => {
    const phone = aPhone();
    await at.ask(phone, 'hello');
    const conversation = await at.conversation(phone);
    const blocked = { purpose: 'reply', text: 'Call me on 0803 123 4567', facts: [] } as const;
    await running.product.db
      .transaction()
      .execute((tx) =>
        queueReply(tx, { conversation, reply: blocked, lang: 'en', replyTo: null, now: Date.now() }),
      );
    await at.settled();
    await at.ask(phone, 'where is my order 338000001');
    const desk = await at.seen(conversation.id, 5);
    expect(desk.map(([role, text]) => (text === WITHHELD ? 'withheld' : role))).to.deep.equal([
      'customer',
      'bot',
      'withheld',
      'customer',
      'bot',
    ]);
  });

  it('tells the desk that a closed conversation is the bot’s again, before what the customer wrote is answered', async () => {
    const phone = aPhone();
    await at.ask(phone, 'I want to talk to a person');
    const { id } = await at.conversation(phone);
    await until(() => at.told(id)[0] ?? null, 'the hand-over');
    expect((await at.control(id, 'waiting', 'human', 3)).status).to.equal(200);
    expect((await at.control(id, 'human', 'closed', 4)).status).to.equal(200);
    await at.ask(phone, 'where is my order 338000001');
    await until(() => at.told(id)[1] ?? null, 'the change');
    expect(at.told(id).slice(1)).to.deep.equal(['closed bot 5 resolved']);
    const rows = await running.product.db
      .selectFrom('outbox')
      .select('kind')
      .where('conversation_id', '=', id)
      .where('channel', '=', 'jumia')
      .orderBy('seq')
      .execute();
    expect(rows.map(({ kind }) => kind).slice(3)).to.deep.equal(['mirror', 'control', 'mirror']);
    expect((await at.control(id, 'bot', 'human', 6)).status).to.equal(200);
  });

  it('takes what it showed the desk for no new message, whether told by webhook or found by the catch-up read', async () => {
    const phone = aPhone();
    await at.ask(phone, 'where is my order 338000001');
    const { id } = await at.conversation(phone);
    await at.seen(id, 2);
    for (const message of running.sandbox.chat.messages(id)) {
      const told = { ...message, posted: undefined };
      for (const shop of ['shop-1', 'shop-2'])
        expect((await at.event(id, 'message.created', told, shop)).status).to.equal(200);
      const asAgent = { ...told, sender: { role: 'agent', id: 'a-1' } };
      expect((await at.event(id, 'message.created', asAgent)).status).to.equal(200);
      const renamed = { ...asAgent, message_id: `other-${message.message_id}` };
      expect((await at.event(id, 'message.created', renamed)).status).to.equal(200);
    }
    await running.product.catchUp();
    await at.settled();
    expect(at.desk(id)).to.have.length(2);
    expect(at.phone(phone)).to.have.length(1);
    expect(await at.said(id)).to.have.length(2);
    expect(await findByExternalId(running.product.db, 'jumia', 'shop-1', id)).to.equal(null);
  });

  it('lets no desk but its own shop’s write into a conversation or change its owner', async () => {
    const phone = aPhone();
    await at.ask(phone, 'where is my order 338000001');
    const { id } = await at.conversation(phone);
    const written = at.agentMessage('agent-foreign', 'hello from elsewhere');
    expect((await at.event(id, 'message.created', written, 'shop-2')).status).to.equal(200);
    const data = { from: 'bot', to: 'human', version: 2 };
    expect((await at.event(id, 'control.changed', data, 'shop-2')).status).to.equal(200);
    await at.settled();
    expect(at.phone(phone)).to.have.length(1);
    expect((await at.conversation(phone)).control).to.equal('bot');
  });

  it('shows places, pictures, pressed choices and long texts without losing anything', async () => {
    const phone = aPhone();
    await at.ask(phone, 'where is my order 338000001');
    const long = Array.from({ length: 1_200 }, (_, index) => `w${index}`).join(' ');
    await at.ask(phone, { type: 'location', location: { latitude: 6.5, longitude: 3.4, name: 'Shop' } });
    await at.ask(phone, { type: 'image', image: { id: 'm', caption: long.slice(0, 1_000) } });
    const pressed = { type: 'button_reply', button_reply: { id: 'intent:talk_to_human', title: 'A person' } };
    await at.ask(phone, { type: 'interactive', interactive: pressed });
    await at.say(phone, long);
    const { id } = await at.conversation(phone);
    await at.settled();
    const contents = running.sandbox.chat
      .messages(id)
      .filter(({ sender }) => sender.role === 'customer')
      .map(({ content }) => content);
    expect(contents.slice(1, 4)).to.deep.equal([
      { type: 'location', latitude: 6.5, longitude: 3.4, name: 'Shop', text: 'Shop' },
      { type: 'image', text: long.slice(0, 1_000) },
      { type: 'choice', id: 'intent:talk_to_human', title: 'A person', text: 'A person' },
    ]);
    expect(contents.slice(4)).to.have.length(2);
    expect(
      contents
        .slice(4)
        .map(({ text }) => text)
        .join(' '),
    ).to.equal(long);
    for (const { text } of contents.slice(4)) expect(String(text).length).to.be.at.most(4_000);
  });
});

describe('which conversations the desk of the Jumia chat sees', function () {
  this.timeout(60_000);
  const talk = async (mode: MirrorMode, ...lines: string[]): Promise<[seen: string[], said: number]> => {
    const running = await startRunning({ change: (config) => ({ ...config, mirror: mode }) });
    try {
      const at = places(() => running);
      const phone = aPhone();
      for (const line of lines) await at.ask(phone, line);
      const { id } = await at.conversation(phone);
      await at.settled();
      return [at.roles(id), (await at.said(id)).length];
    } finally {
      await running.stop();
    }
  };

  it('is all of them with `all`', async () => {
    expect(await talk('all', 'hello')).to.deep.equal([['customer', 'bot'], 2]);
  });

  it('is none with `off`, not even handed over', async () => {
    expect(await talk('off', 'where is my order 338000001', 'I want to talk to a person')).to.deep.equal([
      [],
      4,
    ]);
  });

  it('is those handed over with `handoff`, from their beginning', async () => {
    expect(await talk('handoff', 'where is my order 338000001', 'Okafor')).to.deep.equal([[], 4]);
    const [seen, said] = await talk('handoff', 'where is my order 338000001', 'I want to talk to a person');
    expect([seen, said]).to.deep.equal([['customer', 'bot', 'customer', 'bot'], 4]);
  });

  it('is what a shop says for itself', async () => {
    const running = await startRunning({
      change: (config) => ({
        ...config,
        mirror: 'off',
        shops: config.shops.map((shop) =>
          shop.id === 'shop-1' ? { ...shop, mirror: 'all' as const } : shop,
        ),
      }),
    });
    try {
      const at = places(() => running);
      const phone = aPhone();
      await at.ask(phone, 'hello');
      await at.seen((await at.conversation(phone)).id, 2);
    } finally {
      await running.stop();
    }
  });
});
