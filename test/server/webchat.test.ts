import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { findByExternalId } from '../../server/store/conversations.ts';
import { removeOld } from '../../server/store/retention.ts';
import { onEveryPair } from '../engines.ts';
import type { Running } from '../running.ts';
import { startRunning, until } from '../running.ts';

type Entry = { readonly seq: number; readonly role: string; readonly body: { readonly text: string } };
type Page = { readonly control: string; readonly lang: string | null; readonly entries: readonly Entry[] };

onEveryPair('the web chat', (pair) => {
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

  const call = (path: string, options: RequestInit & { readonly token?: string } = {}): Promise<Response> =>
    fetch(`${running.address}/webchat/${path}`, {
      ...options,
      headers: {
        'content-type': 'application/json',
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      },
    });
  const open = async (): Promise<string> => {
    const response = await call('conversations', { method: 'POST' });
    expect(response.status).to.equal(201);
    return ((await response.json()) as { token: string }).token;
  };
  const write = (token: string, body: object): Promise<Response> =>
    call('messages', { method: 'POST', token, body: JSON.stringify(body) });
  const say = async (token: string, text: string): Promise<void> => {
    expect((await write(token, { id: randomUUID(), text })).status).to.equal(202);
  };
  const page = async (token: string, after = 0): Promise<Page> =>
    (await (await call(`messages?after=${after}`, { token })).json()) as Page;
  const read = async (token: string): Promise<readonly string[]> =>
    (await page(token)).entries.map(({ body }) => body.text);
  const answers = (token: string, count: number): Promise<readonly Entry[]> =>
    until(async () => {
      const said = (await page(token)).entries.filter(({ role }) => role !== 'customer');
      return said.length >= count ? said : null;
    }, `${count} answers on the page`);

  it('answers on the page, and tells nothing of an order before the check', async () => {
    const token = await open();
    await say(token, 'where is my order 338000001?');
    const [first] = await answers(token, 1);
    expect(first?.body.text).to.not.match(/Kettle|Lagos/);
    await say(token, 'Okafor');
    const [, second] = await answers(token, 2);
    expect(second?.body.text).to.include('338000001');
    expect((await page(token)).lang).to.equal('en');
    expect((await page(token, second?.seq)).entries).to.deep.equal([]);
  });

  it('takes the same message once, and refuses what it cannot read', async () => {
    const token = await open();
    const message = { id: randomUUID(), text: 'hello' };
    expect((await write(token, message)).status).to.equal(202);
    expect((await write(token, message)).status).to.equal(202);
    await answers(token, 1);
    expect((await read(token)).filter((text) => text === 'hello')).to.have.length(1);
    expect((await write(token, { id: 'x', text: 'hello' })).status).to.equal(400);
    expect((await write(token, { id: randomUUID() })).status).to.equal(400);
    expect((await write('wrong', { id: randomUUID(), text: 'hi' })).status).to.equal(401);
    expect((await call('messages?after=-1', { token })).status).to.equal(400);
  });

  it('shows nobody what the guard stopped, not even long after', async () => {
    const token = await open();
    await say(token, 'I want to talk to a person');
    await answers(token, 1);
    const { db } = running.product;
    const [{ external_id: name } = { external_id: '' }] = await db
      .selectFrom('conversation')
      .select('external_id')
      .where('channel', '=', 'webchat')
      .orderBy('ticket', 'desc')
      .limit(1)
      .execute();
    const conversation = await findByExternalId(db, 'webchat', 'shop-1', name);
    const id = conversation?.id ?? expect.fail('There is no conversation.');
    const event = (type: string, data: object) =>
      running.post({
        type,
        timestamp: new Date().toISOString(),
        data: { account_id: 'shop-1', conversation_id: id, ...data },
      });
    const taken = { from: 'waiting', to: 'human', version: (conversation?.version ?? 0) + 1 };
    expect((await event('control.changed', { ...taken, agent: { id: 'a-1' } })).status).to.equal(200);
    const agent = async (text: string): Promise<void> => {
      const sender = { role: 'agent', id: 'a-1' };
      const message = { message_id: randomUUID(), sender, sent_at: new Date().toISOString() };
      const told = await event('message.created', { ...message, content: { type: 'text', text } });
      expect(told.status).to.equal(200);
    };
    await agent('Write to me on WhatsApp, +234 803 555 0199, I sell it cheaper there.');
    await agent('I have asked the warehouse and come back to you today.');
    const seen = await until(async () => {
      const texts = await read(token);
      return texts.some((text) => text.includes('warehouse')) ? texts : null;
    }, 'the answer of the agent');
    expect(seen.join('\n')).to.not.include('0199');
    // The outbox is cleared earlier than the history.
    await db.updateTable('outbox').set({ created_at: 1 }).where('conversation_id', '=', id).execute();
    await removeOld(db, 'shop-1', running.config.privacy.retentionDays, Date.now());
    expect((await read(token)).join('\n')).to.not.include('0199');
    expect((await read(token)).join('\n')).to.include('warehouse');
  });
});
