import { expect } from 'chai';
import { findByExternalId } from '../../server/store/conversations.ts';
import type { PhoneMessage, SayOptions } from '../../sandbox/whatsapp.ts';
import type { Running } from '../running.ts';
import { startRunning, until } from '../running.ts';

const NUMBER = '100000000000001';

let phones = 0;
const aPhone = (): string => `23480300${String((phones += 1)).padStart(5, '0')}`;

describe('a conversation over WhatsApp', function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startRunning();
  });
  after(() => running.stop());

  const say = (phone: string, content: string | object, options?: SayOptions): Promise<number> =>
    running.sandbox.whatsapp.say({ phone }, content, options);
  const screen = (address: string, count: number): Promise<readonly PhoneMessage[]> =>
    until(() => {
      const list = running.sandbox.whatsapp.messages(address);
      return list.length >= count ? list : null;
    }, `${count} messages on the phone`);
  /** What the customer reads after writing. */
  const ask = async (phone: string, content: string | object): Promise<PhoneMessage> => {
    const before = running.sandbox.whatsapp.messages(phone).length;
    expect(await say(phone, content)).to.equal(200);
    return (await screen(phone, before + 1))[before] as PhoneMessage;
  };
  const control = (phone: string): Promise<string | undefined> =>
    findByExternalId(running.product.db, 'whatsapp', NUMBER, phone).then((found) => found?.control);

  it('asks for a check, then answers in one message with the history of the parcel', async () => {
    const phone = aPhone();
    expect((await ask(phone, 'Where is my order 338000001?')).text).to.include('To protect your order');
    const { text } = await ask(phone, 'Okafor');
    expect(text).to.include('Kettle 1.7 L: out for delivery');
    expect(text).to.match(/\n\nKettle 1\.7 L\n(○ .+\n)+● out for delivery, Lagos, /);
    expect(text).to.match(/tracking-id=1234567891/);
    expect(running.sandbox.whatsapp.messages(phone)).to.have.length(2);
  });

  it('holds a conversation in French and in Portuguese', async () => {
    const french = aPhone();
    expect((await ask(french, 'slt svp ma cmd 338000001 elle est où')).text).to.include('nom de famille');
    expect((await ask(french, 'Okafor')).text).to.include('en cours de livraison');
    const portuguese = aPhone();
    expect((await ask(portuguese, 'oi, cadê meu pedido 338000001')).text).to.include('apelido');
    expect((await ask(portuguese, 'Lagos')).text).to.include('em entrega');
  });

  it('shows the message as read and an answer as being written', async () => {
    const phone = aPhone();
    await say(phone, 'hello', { id: 'wamid.ATTENDED' });
    await screen(phone, 1);
    expect(running.sandbox.whatsapp.attended()).to.include('wamid.ATTENDED');
  });

  it('says the same of an order that exists and of one that does not, and hands over after three wrong names', async () => {
    const [real, unreal] = [aPhone(), aPhone()];
    const talk = ['where is my order NUMBER', 'Smith', 'Paris', 'Miller'];
    const heard = async (phone: string, number: string): Promise<string[]> => {
      const said: string[] = [];
      for (const line of talk) said.push((await ask(phone, line.replace('NUMBER', number))).text);
      return said;
    };
    const ofReal = await heard(real, '338000001');
    expect(await heard(unreal, '999999999')).to.deep.equal(ofReal);
    expect(ofReal[1]).to.include("doesn't match");
    expect(ofReal[3]).to.include('could not confirm');
    expect([await control(real), await control(unreal)]).to.deep.equal(['waiting', 'waiting']);
  });

  it('does not let "start over" or a change of subject win further tries', async () => {
    const phone = aPhone();
    for (const line of [
      'where is my order 338000001',
      'Smith',
      'start over',
      'where is my order 338000001',
      'Jones',
    ])
      await ask(phone, line);
    expect((await ask(phone, 'Miller')).text).to.include('could not confirm');
    const other = aPhone();
    for (let round = 0; round < 6; round += 1) {
      expect((await ask(other, `where is my order 33800000${round}`)).text).to.not.include('could not');
      if (round < 5) await ask(other, 'never mind');
    }
    await ask(other, 'never mind');
    expect((await ask(other, 'where is my order 338000001')).text).to.include('could not confirm');
  });

  it('offers what it is unsure about as buttons and goes on with the one pressed, whatever its title', async () => {
    const phone = aPhone();
    const unsure = await ask(phone, 'who won the match yesterday');
    expect(unsure.choices.map(({ id }) => id)).to.include('intent:talk_to_human');
    const pressed = { type: 'button_reply', button_reply: { id: 'intent:talk_to_human', title: 'anything' } };
    const { text } = await ask(phone, { type: 'interactive', interactive: pressed });
    expect(text).to.include('colleague');
    expect(await control(phone)).to.equal('waiting');
    const own = await findByExternalId(running.product.db, 'whatsapp', NUMBER, phone);
    const told = await until(
      () => running.sandbox.chat.control(own?.id ?? '')[0] ?? null,
      'the desk to be told',
    );
    const { metadata } = told['data'] as { metadata: Record<string, string> };
    expect(metadata).to.include({ channel: 'whatsapp', intent: 'talk_to_human' });
    expect(Date.parse(metadata['reply_until'] ?? '') - Date.now()).to.be.within(
      23.9 * 3_600_000,
      24 * 3_600_000,
    );
  });

  it('asks once for words after a voice note, hands over after a second, and is mute from then on', async () => {
    const phone = aPhone();
    const voice = {
      type: 'audio',
      audio: { id: 'media-1', mime_type: 'audio/ogg', sha256: 'x', voice: true },
    };
    await ask(phone, 'bonjour');
    expect((await ask(phone, voice)).text).to.include('messages vocaux');
    expect((await ask(phone, voice)).text).to.include('je vous passe un collègue');
    expect(await control(phone)).to.equal('waiting');
    await say(phone, voice);
    await say(phone, 'allô ?');
    const done = async (): Promise<true | null> => {
      const open = await running.product.db
        .selectFrom('inbox')
        .select('seq')
        .where('state', '=', 'pending')
        .executeTakeFirst();
      return open ? null : true;
    };
    await until(done, 'the messages to be read');
    expect(running.sandbox.whatsapp.messages(phone)).to.have.length(3);
  });

  it('keeps a question open over a voice note', async () => {
    const phone = aPhone();
    await ask(phone, 'where is my parcel');
    await ask(phone, { type: 'audio', audio: { id: 'media-1', voice: true } });
    expect((await ask(phone, '338000002')).text).to.include('To protect your order');
  });

  const wordless: readonly (readonly [string, object, string])[] = [
    ['a picture', { type: 'image', image: { id: 'm', mime_type: 'image/jpeg' } }, 'got the picture'],
    ['a video', { type: 'video', video: { id: 'm' } }, 'got the video'],
    ['a document', { type: 'document', document: { id: 'm', filename: 'x.pdf' } }, 'got the document'],
    ['a sticker', { type: 'sticker', sticker: { id: 'm' } }, '😊'],
    [
      'a place',
      { type: 'location', location: { latitude: 6.5, longitude: '3.4', name: 'Shop' } },
      'got the place',
    ],
    ['a contact', { type: 'contacts', contacts: [{ name: { formatted_name: 'B' } }] }, 'got the contact'],
    ['a cart', { type: 'order', order: { product_items: [] } }, 'placed on Jumia'],
    [
      'a poll',
      { type: 'unsupported', errors: [{ code: 131051 }], unsupported: { type: 'poll_creation' } },
      'as text',
    ],
    ['a type of tomorrow', { type: 'hologram', hologram: { id: 'm' } }, 'as text'],
  ];
  for (const [what, content, expected] of wordless)
    it(`has an answer to ${what}`, async () => {
      expect((await ask(aPhone(), content)).text).to.include(expected);
    });

  it('reads the words under a picture and says nothing to a reaction', async () => {
    const phone = aPhone();
    await say(phone, { type: 'reaction', reaction: { message_id: 'wamid.X', emoji: '👍' } });
    const answer = await ask(phone, {
      type: 'image',
      image: { id: 'm', caption: 'where is my order 338000001' },
    });
    expect(answer.text).to.include('To protect your order');
    expect(running.sandbox.whatsapp.messages(phone)).to.have.length(1);
  });

  it('answers a message told twice once, even a week later', async () => {
    const phone = aPhone();
    await say(phone, 'hello', { id: 'wamid.TWICE' });
    await screen(phone, 1);
    await running.product.db
      .updateTable('inbox')
      .set({ received_at: Date.now() - 8 * 86_400_000, done_at: Date.now() - 8 * 86_400_000 })
      .where('message_id', '=', 'wamid.TWICE')
      .execute();
    expect(await say(phone, 'hello', { id: 'wamid.TWICE' })).to.equal(200);
    expect((await ask(phone, 'thank you')).text).to.not.include('Hello');
    expect(running.sandbox.whatsapp.messages(phone)).to.have.length(2);
  });

  it('reads every message of a batch for several numbers and people, and loses none to a broken one', async () => {
    const { whatsapp } = running.sandbox;
    const [first, second] = [aPhone(), aPhone()];
    const broken = whatsapp.change({ phone: aPhone() }, { type: 7, id: null });
    const status = await whatsapp.deliver([
      whatsapp.change({ phone: first }, 'hello'),
      broken,
      whatsapp.statusChange('wamid.NOBODY', 'delivered'),
      whatsapp.change({ phone: second }, 'where is my order 366000001', { number: '100000000000003' }),
      { number: '42', value: { metadata: { phone_number_id: '42' }, messages: [{ id: 'x', type: 'text' }] } },
    ]);
    expect(status).to.equal(200);
    await screen(first, 1);
    expect((await screen(second, 1))[0]?.number).to.equal('100000000000003');
    const other = await findByExternalId(running.product.db, 'whatsapp', '100000000000003', second);
    expect(other?.shop).to.equal('shop-3');
  });

  it('keeps one conversation for a customer known first by phone, then by both, then by user id alone', async () => {
    const phone = aPhone();
    const userId = 'NG.1000000000000077';
    const { whatsapp } = running.sandbox;
    await ask(phone, 'where is my parcel');
    await whatsapp.say({ phone, userId }, '338000002');
    expect((await screen(phone, 2))[1]?.text).to.match(/name or (the )?city/);
    await whatsapp.say({ userId }, 'Bello');
    const answer = (await screen(userId, 2)).at(-1);
    expect(answer?.text).to.include('338000002');
    expect(answer?.posted).to.include({ recipient: userId });
    const rows = await running.product.db
      .selectFrom('conversation')
      .select('external_id')
      .where('external_id', 'in', [phone, userId])
      .execute();
    expect(rows).to.deep.equal([{ external_id: userId }]);
  });

  it('follows a customer to a new number, and keeps the conversation from the next owner of the old one', async () => {
    const { whatsapp } = running.sandbox;
    const [old, moved] = [aPhone(), aPhone()];
    await ask(old, 'where is my order 338000002');
    await ask(old, 'Bello');
    const system = {
      type: 'user_changed_number',
      body: `User Ada changed from ${old} to ${moved}`,
      wa_id: moved,
    };
    await say(old, { type: 'system', system });
    const answer = await ask(moved, 'where is my order 338000002');
    expect(answer.text).to.include('delivered');
    await whatsapp.say({ phone: old, userId: 'NG.9', name: 'Bob' }, 'where is my order 338000002');
    expect((await screen(old, 3))[2]?.text).to.include('To protect your order');
  });

  it('does not take the new owner of a number for the one who wrote from it before', async () => {
    const phone = aPhone();
    const { whatsapp } = running.sandbox;
    await whatsapp.say({ phone, userId: 'NG.501' }, 'where is my order 338000002');
    await screen(phone, 1);
    await whatsapp.say({ phone, userId: 'NG.501' }, 'Bello');
    expect((await screen(phone, 2))[1]?.text).to.include('delivered');
    await whatsapp.say({ phone, userId: 'NG.502' }, 'where is my order 338000002');
    expect((await screen('NG.502', 1)).at(-1)?.text).to.include('To protect your order');
  });

  it('keeps statuses forward-only, however they are mixed up and repeated', async () => {
    const phone = aPhone();
    const { whatsapp } = running.sandbox;
    whatsapp.hold();
    await ask(phone, 'hello');
    await whatsapp.read(phone);
    await whatsapp.release({ reversed: true, twice: true });
    const read = async (): Promise<string | null> => {
      const id = whatsapp.messages(phone)[0]?.id ?? '';
      const row = await running.product.db
        .selectFrom('outbox')
        .select('delivery')
        .where('channel_message_id', '=', id)
        .executeTakeFirst();
      return row?.delivery ?? null;
    };
    expect(await until(read, 'a status')).to.equal('read');
  });

  it('answers the verification and refuses a wrong token, a forged signature, a changed body and a missing signature', async () => {
    const address = `${running.address}/webhooks/whatsapp`;
    const verify = async (token: string, mode = 'subscribe'): Promise<[number, string, string | null]> => {
      const query = new URLSearchParams({
        'hub.mode': mode,
        'hub.verify_token': token,
        'hub.challenge': '115',
      });
      const response = await fetch(`${address}?${query.toString()}`);
      return [response.status, await response.text(), response.headers.get('content-type')];
    };
    expect(await verify('sandbox-verify-token')).to.deep.equal([200, '115', 'text/plain; charset=utf-8']);
    expect((await verify('wrong'))[0]).to.equal(403);
    expect((await verify('sandbox-verify-token', 'unsubscribe'))[0]).to.equal(403);
    expect((await fetch(address)).status).to.equal(403);
    const body = '{"object":"whatsapp_business_account","entry":[]}';
    const { whatsapp } = running.sandbox;
    const post = async (text: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(address, { method: 'POST', body: text, headers })).status;
    expect(await post(body, whatsapp.sign(body))).to.equal(200);
    expect(await post(body, whatsapp.sign(body, 'another'))).to.equal(401);
    expect(await post(`${body} `, whatsapp.sign(body))).to.equal(401);
    expect(await post(body, { 'x-hub-signature-256': 'sha256=00' })).to.equal(401);
    expect(await post(body, {})).to.equal(401);
    expect(await post('{', whatsapp.sign('{'))).to.equal(400);
    const large = JSON.stringify({ object: 'x', entry: ['y'.repeat(1_000_000)] });
    expect(await post(large, whatsapp.sign(large))).to.equal(200);
    expect(await post('x'.repeat(4_000_000), {})).to.equal(413);
  });
});

describe('several WhatsApp messages in a row', function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startRunning({
      change: (config) => ({ ...config, turn: { ...config.turn, burstMs: 400 } }),
    });
  });
  after(() => running.stop());

  it('are one turn: three pictures at once are asked about once, and a picture with its words not at all', async () => {
    const { whatsapp } = running.sandbox;
    const [pictures, explained] = [aPhone(), aPhone()];
    const picture = { type: 'image', image: { id: 'm' } };
    for (let index = 0; index < 3; index += 1) await whatsapp.say({ phone: pictures }, picture);
    await whatsapp.say({ phone: explained }, picture);
    await whatsapp.say({ phone: explained }, 'where is my order 338000001');
    const answered = (phone: string) => (): true | null =>
      whatsapp.messages(phone).length > 0 ? true : null;
    await until(answered(pictures), 'an answer');
    await until(answered(explained), 'an answer');
    expect(whatsapp.messages(pictures).map(({ text }) => text)).to.have.length(1);
    expect(whatsapp.messages(pictures)[0]?.text).to.include('got the picture');
    expect(whatsapp.messages(explained)[0]?.text).to.include('To protect your order');
  });
});
