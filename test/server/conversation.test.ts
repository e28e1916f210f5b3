import { expect } from 'chai';
import { onEveryPair } from '../engines.ts';
import type { Running } from '../running.ts';
import { messageEvent, SECRET, startRunning, until } from '../running.ts';

onEveryPair('a conversation over the Jumia chat', (pair) => {
  let running: Running;
  let services: Awaited<ReturnType<typeof pair.open>>;
  before(async function () {
    this.timeout(60_000);
    services = await pair.open();
    running = await startRunning(services);
  });
  after(async () => {
    await running.stop();
    await services.drop();
  });

  it('answers where an order is, with items, place, local time, next step and link', async () => {
    expect(await running.say('c-en', 'Where is my order 338000001?')).to.equal(200);
    const [answer = ''] = await running.answers('c-en', 1);
    expect(answer).to.include('338000001');
    expect(answer).to.include('Kettle 1.7 L: out for delivery');
    expect(answer).to.match(/DHL Express: out for delivery, Lagos, \w{3} \d+ \w{3}, \d\d:\d\d/);
    expect(answer).to.include('Table lamp: ready, waiting for the carrier');
    expect(answer).to.include('tracking-id=1234567891');
  });

  it('answers in French and in Portuguese', async () => {
    await running.say('c-fr', 'slt svp ma cmd 338000001 elle est où');
    await running.say('c-pt', 'oi, cadê meu pedido 338000001');
    expect((await running.answers('c-fr', 1))[0]).to.include('en cours de livraison');
    expect((await running.answers('c-pt', 1))[0]).to.include('em entrega');
  });

  it('asks for the number when it is missing and goes on with it', async () => {
    await running.say('c-ask', 'where is my parcel');
    expect((await running.answers('c-ask', 1))[0]).to.include('order number');
    await running.say('c-ask', '338000002');
    expect((await running.answers('c-ask', 2))[1]).to.include('Wireless earbuds: delivered');
  });

  it('uses the order the marketplace binds the conversation to', async () => {
    await running.say('c-bound', 'where is my parcel', { order: '338000002' });
    expect((await running.answers('c-bound', 1))[0]).to.include('338000002');
  });

  it('asks for a check before it talks about an order the conversation is not bound to', async () => {
    await running.say('c-other', 'where is my order 338000001', { order: '338000002' });
    const [first = ''] = await running.answers('c-other', 1);
    expect(first).to.include('To protect your order').and.not.include('Kettle');
    await running.say('c-other', 'Okafor', { order: '338000002' });
    expect((await running.answers('c-other', 2))[1]).to.include('Kettle');
  });

  it('says honestly that it cannot find a number', async () => {
    await running.say('c-none', 'track order 999999999');
    expect((await running.answers('c-none', 1))[0]).to.include("I can't find an order 999999999");
  });

  it('tells the carrier of Egypt in the time of Egypt', async () => {
    await running.say('c-eg', 'where is my order 355000001', { shop: 'shop-2' });
    const [answer = ''] = await running.answers('c-eg', 1);
    expect(answer).to.include('Aramex: out for delivery, Cairo').and.include('aramex.com/eg/en');
  });

  it('answers a message that is sent twice only once', async () => {
    const event = messageEvent('c-twice', 'where is my order 338000002', { id: 'm-twice' });
    expect((await running.post(event)).status).to.equal(200);
    expect((await running.post(event)).status).to.equal(200);
    await running.answers('c-twice', 1);
    await running.say('c-twice', 'thank you');
    expect(await running.answers('c-twice', 2)).to.have.length(2);
  });

  it('hands over with one control change and one word to the customer, then stays mute until it gets control back', async () => {
    await running.say('c-human', 'I want to talk to a person', { order: '338000001' });
    const [answer = ''] = await running.answers('c-human', 1);
    expect(answer).to.include('colleague');
    const [event] = await until(() => {
      const list = running.sandbox.chat.control('c-human');
      return list.length > 0 ? list : null;
    }, 'a control change');
    const data = event?.['data'] as Record<string, unknown>;
    expect(event?.['type']).to.equal('control.changed');
    expect(event?.['tool_registration_id']).to.equal('sandbox-tool');
    expect(data).to.include({
      from: 'bot',
      to: 'waiting',
      version: 2,
      reason: 'customer_request',
      queue: 'ng-en',
    });
    expect(String(data['summary'])).to.include('asked for a person');
    await running.say('c-human', 'where is my order 338000001');
    const taken = {
      type: 'control.changed',
      timestamp: new Date().toISOString(),
      data: {
        account_id: 'shop-1',
        conversation_id: 'c-human',
        from: 'waiting',
        to: 'human',
        version: 3,
        reason: 'customer_request',
        agent: { id: 'a-1' },
      },
    };
    expect((await running.post(taken)).status).to.equal(200);
    const stale = { ...taken, data: { ...taken.data, to: 'closed', version: 2 } };
    expect((await running.post(stale)).status).to.equal(409);
    await running.say('c-human', 'hello?');
    const back = {
      ...taken,
      data: { ...taken.data, from: 'human', to: 'bot', version: 4, reason: 'agent_return' },
    };
    expect((await running.post(back)).status).to.equal(200);
    await running.say('c-human', 'where is my order 338000002', { order: '338000002' });
    const all = await running.answers('c-human', 2);
    expect(all).to.have.length(2);
    expect(all[1]).to.include('338000002');
  });

  it('carries the registration and the contract version on every message', async () => {
    await running.say('c-tool', 'hello');
    await running.answers('c-tool', 1);
    const [message] = running.sandbox.chat.messages('c-tool');
    expect(message?.posted).to.include({
      tool_registration_id: 'sandbox-tool',
      contract_version: '1.0',
      sla_counted: true,
      purpose: 'reply',
    });
  });

  it('refuses what is forged, stale, too large, broken or of another contract, each with its own status', async () => {
    const event = messageEvent('c-bad', 'hello');
    expect((await running.post(event, { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' })).status).to.equal(
      401,
    );
    expect((await running.post(event, { at: Date.now() - 3_600_000 })).status).to.equal(401);
    expect((await running.post(event, { at: Date.now() + 3_600_000 })).status).to.equal(401);
    expect((await running.post('{"type":')).status).to.equal(400);
    expect(
      (await running.post({ type: 'message.created', timestamp: new Date().toISOString(), data: {} })).status,
    ).to.equal(400);
    const other = await running.post({ ...(event as object), contract_version: '2.0' });
    expect(other.status).to.equal(400);
    expect(await other.text()).to.include('unsupported_contract_version');
    expect((await running.post('x'.repeat(1_000_000))).status).to.equal(413);
    expect((await running.post(event, { shop: 'nobody' })).status).to.equal(404);
    expect(running.sandbox.chat.messages('c-bad')).to.have.length(0);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"type":"message.created","x":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    const { headers } = running.sandbox.chat.sign(SECRET, body.toString('latin1'), { at: Date.now() });
    const response = await fetch(`${running.address}/webhooks/jumia/shop-1`, {
      method: 'POST',
      body,
      headers,
    });
    expect(response.status).to.equal(401);
  });

  it('survives rubbish: emoji, 5,000 characters, another script', async () => {
    for (const [index, text] of [
      '😡😡😡',
      'a '.repeat(2_500),
      '你好，我的包裹在哪里',
      '\u0000\u0007',
      '؟؟؟',
    ].entries()) {
      const conversation = `c-rubbish-${index}`;
      expect(await running.say(conversation, text)).to.equal(200);
      expect(await running.answers(conversation, 1)).to.have.length(1);
    }
  });

  it('asks once when unsure and hands over when it is still unsure', async () => {
    await running.say('c-unsure', 'who won the match yesterday');
    const [first = ''] = await running.answers('c-unsure', 1);
    expect(first)
      .to.include('?')
      .and.match(/\n1\. .+/);
    expect(running.sandbox.chat.control('c-unsure')).to.have.length(0);
    await running.say('c-unsure', 'tell me a joke about the president');
    await until(() => (running.sandbox.chat.control('c-unsure').length > 0 ? true : null), 'a hand-over');
  });

  it('answers the oldest of several messages first and says each thing once', async () => {
    const now = Date.now();
    await Promise.all([
      running.say('c-order', 'where is my order 338000002', { sentAt: now }),
      running.say('c-order', 'thank you', { sentAt: now + 5 }),
    ]);
    await running.answers('c-order', 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(running.sandbox.chat.messages('c-order').length).to.be.within(1, 2);
  });

  it('keeps a message while the chat is down and sends it once it is back', async () => {
    running.sandbox.chat.fail(503);
    await running.say('c-down', 'where is my order 338000002');
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.sandbox.chat.fail(null);
    expect(await running.answers('c-down', 1)).to.have.length(1);
  });

  it('finds a message whose webhook got lost', async () => {
    const sentAt = new Date().toISOString();
    running.sandbox.chat.keep({
      message_id: 'm-lost',
      conversation_id: 'c-lost',
      sender: { role: 'customer', id: 'u-lost' },
      sent_at: sentAt,
      content: { type: 'text', text: 'where is my order 338000002' },
      context: { order_number: '338000002' },
    });
    await running.product.catchUp();
    const list = await until(() => {
      const answered = running.sandbox.chat.messages('c-lost').filter(({ sender }) => sender.role === 'bot');
      return answered.length > 0 ? answered : null;
    }, 'an answer to the lost message');
    expect(list.map(({ content }) => content['text']).join('\n=====\n')).to.match(/^((?!=====)[^])*$/);
  });
});
