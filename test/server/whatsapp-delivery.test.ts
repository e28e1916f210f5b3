import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { pino } from 'pino';
import { whatsapp as channel } from '../../connectors/whatsapp/channel.ts';
import type { ConnectedChannel } from '../../connectors/channel.ts';
import type { Reply } from '../../domain/reply.ts';
import { createWhatsappSandbox, WHATSAPP_NUMBER } from '../../sandbox/whatsapp.ts';
import type { WhatsappSandbox } from '../../sandbox/whatsapp.ts';
import { acceptAll } from '../../server/accept.ts';
import { createChannelIo } from '../../server/channels.ts';
import { openGuard } from '../../server/guard.ts';
import { createDelivery } from '../../server/delivery.ts';
import type { Delivery } from '../../server/delivery.ts';
import { createApp } from '../../server/http/app.ts';
import type { WebhookDeps } from '../../server/http/webhooks.ts';
import { findByExternalId, forgetClaims } from '../../server/store/conversations.ts';
import { claimDue, markAccepted, queueControl, queueReply } from '../../server/store/outbox.ts';
import type { Db } from '../../server/store/schema.ts';
import { dropStuck, retryStuck, stuckMessages } from '../../server/store/stuck.ts';
import { onEveryEngine } from '../engines.ts';

const PHONE = '2348030000001';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

onEveryEngine('delivery to WhatsApp', (engine) => {
  let clock: number;
  let logged: string[];
  let db: Db;
  let close: () => Promise<void>;
  let server: Server;
  let world: WhatsappSandbox;
  let connected: ConnectedChannel;
  let delivery: Delivery;

  beforeEach(async () => {
    clock = Date.parse('2026-11-03T10:00:00Z');
    const now = (): number => clock;
    logged = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
    ({ db, close } = await engine.open());
    world = createWhatsappSandbox(now);
    const app = express();
    app.use('/graph', world.router);
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    connected = channel.connect(
      {
        appSecrets: ['s'],
        verifyToken: 'v',
        graphUrl: `${address}/graph`,
        version: 'v26.0',
        numbers: [
          {
            phoneNumberId: WHATSAPP_NUMBER,
            token: 'sandbox',
            templates: { order_update: { en: { name: 'order_news', language: 'en' } } },
          },
        ],
        listLabels: { en: 'Choose' },
      },
      createChannelIo(now),
    );
    world.rules.templates = new Set(['order_news/en']);
    const webhooks: WebhookDeps = {
      channel: () => connected,
      accept: async (channel, _account, inbound) => {
        const fresh = { shop: 'shop-1', bot: 'logistics', slaCounted: true };
        const [result] = await acceptAll(db, [{ channel, inbound, fresh }], clock);
        return result ?? { wake: [], stale: false };
      },
      overloaded: () => false,
      log,
    };
    const health = () => Promise.resolve({ store: true, queue: true, model: true });
    app.use(createApp({ webhooks, webchat: null, pageFolder: null, health, log }));
    await world.subscribe({ url: `${address}/webhooks/whatsapp`, appSecret: 's', verifyToken: 'v' });
    delivery = createDelivery({
      db,
      flushed: () => Promise.resolve(),
      shopOf: () => 'shop-1',
      guard: openGuard([{ id: 'shop-1' }]),
      channel: (name) => (name === 'whatsapp' ? connected : null),
      now,
      log,
    });
    world.hold();
    await world.say({ phone: PHONE }, 'hello');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await close();
  });

  const conversation = async (phone = PHONE) => {
    const found = await findByExternalId(db, 'whatsapp', WHATSAPP_NUMBER, phone);
    if (!found) throw new Error('There is no conversation.');
    return found;
  };
  const queue = async (text: string, change: Partial<Reply> = {}, phone = PHONE): Promise<void> => {
    const own = await conversation(phone);
    const reply: Reply = { purpose: 'reply', text, facts: [], ...change };
    await db
      .transaction()
      .execute((tx) => queueReply(tx, { conversation: own, reply, lang: 'en', replyTo: null, now: clock }));
  };
  const texts = (): string[] => world.messages(PHONE).map(({ text }) => text);
  const rows = () => db.selectFrom('outbox').selectAll().orderBy('seq').execute();
  const states = async (): Promise<string[]> => (await rows()).map(({ state }) => state);
  const reasons = async (): Promise<(string | null)[]> => (await rows()).map(({ error }) => error);
  const after = async (ms: number): Promise<void> => {
    clock += ms;
    await delivery.run();
  };
  const idOf = async (index = 0): Promise<string> => (await rows())[index]?.id ?? '';

  it('sends what waits and keeps how far it got', async () => {
    await queue('One');
    await delivery.run();
    await world.release({ reversed: true, twice: true });
    expect(texts()).to.deep.equal(['One']);
    expect((await rows())[0]).to.include({
      state: 'accepted',
      delivery: 'delivered',
      attempts: 1,
      error: null,
    });
  });

  it('never repeats a message whose answer was lost: its status tells that it was taken', async () => {
    world.trouble('taken');
    await queue('One');
    await delivery.run();
    expect(await states()).to.deep.equal(['unknown']);
    await after(5 * MINUTE);
    expect(texts()).to.deep.equal(['One']);
    await world.release();
    expect((await rows())[0]).to.include({ state: 'accepted', delivery: 'delivered', error: null });
    expect((await rows())[0]?.channel_message_id).to.equal(world.messages(PHONE)[0]?.id);
    await after(HOUR);
    expect(texts()).to.deep.equal(['One']);
  });

  it('gives a message up as unknown when no status tells, and sends it again only when an operator says so', async () => {
    world.trouble('lost');
    await queue('One');
    await delivery.run();
    await after(9 * MINUTE);
    expect(await states()).to.deep.equal(['unknown']);
    await after(2 * MINUTE);
    expect(await states()).to.deep.equal(['dead']);
    expect((await reasons())[0]).to.match(/^unknown: /);
    expect(texts()).to.deep.equal([]);
    expect(await retryStuck(db, [await idOf()], clock)).to.have.length(1);
    await delivery.run();
    expect(texts()).to.deep.equal(['One']);
  });

  it('believes a status that comes after the message was given up', async () => {
    world.trouble('taken');
    await queue('One');
    await delivery.run();
    await after(11 * MINUTE);
    expect(await states()).to.deep.equal(['dead']);
    await world.release();
    expect(await states()).to.deep.equal(['accepted']);
  });

  it('does not hold the next message back while it waits for a status', async () => {
    world.trouble('lost');
    await queue('One');
    await delivery.run();
    await queue('Two');
    await delivery.run();
    expect(texts()).to.deep.equal(['Two']);
    expect(await states()).to.deep.equal(['unknown', 'accepted']);
  });

  it('does not repeat what a process was sending when it died, whether another takes over or it starts again', async () => {
    await queue('One');
    expect(await claimDue(db, { now: clock, until: clock + MINUTE, limit: 10 })).to.have.length(1);
    clock += MINUTE + 1;
    await delivery.run((await conversation()).id);
    expect(await states()).to.deep.equal(['pending']);
    await delivery.run();
    expect(await states()).to.deep.equal(['unknown']);
    await queue('Two');
    expect(await claimDue(db, { now: clock, until: clock + MINUTE, limit: 10 })).to.have.length(1);
    await forgetClaims(db);
    await after(1);
    expect(await states()).to.deep.equal(['unknown', 'unknown']);
    expect(world.posts()).to.equal(0);
  });

  it('sends several replies that wait for one customer as one message, under it the last question', async () => {
    const yes = [{ id: 'y', title: 'Yes' }];
    await queue('One');
    await queue('Two', { choices: [{ id: 'x', title: 'X' }] });
    await queue('Three?', { purpose: 'handover_notice', choices: yes });
    await delivery.run();
    expect(world.messages(PHONE).map(({ text, choices }) => [text, choices])).to.deep.equal([
      ['One\n\nTwo\n\nThree?', yes],
    ]);
    expect(await states()).to.deep.equal(['accepted', 'merged', 'merged']);
    expect((await rows()).slice(1).map((row) => row.merged_into)).to.deep.equal([await idOf(), await idOf()]);
    const told = await db
      .selectFrom('audit_record')
      .select(['ref', 'data'])
      .where('kind', '=', 'delivery')
      .execute();
    expect(
      told
        .map(({ ref, data }) => [ref, JSON.parse(data) as Record<string, unknown>] as const)
        .filter(([, { outcome }]) => outcome === 'merged'),
    ).to.deep.equal([
      [await idOf(1), { outcome: 'merged', into: await idOf() }],
      [await idOf(2), { outcome: 'merged', into: await idOf() }],
    ]);
    await world.release();
    await after(HOUR);
    expect(texts()).to.have.length(1);
  });

  it('does not merge beyond what one message may hold', async () => {
    await queue('a'.repeat(4_000));
    await queue('b'.repeat(200));
    await delivery.run();
    expect(texts().map((text) => text.length)).to.deep.equal([4_000, 200]);
    expect(await states()).to.deep.equal(['accepted', 'accepted']);
  });

  it('waits 1, 4 and 16 seconds at the pair limit, and then sends all that waits as one', async () => {
    await queue('One');
    await delivery.run();
    world.rules.pairLimit = { messages: 0, withinMs: 1 };
    await queue('Two');
    await delivery.run();
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const row = (await rows())[1];
      waits.push((row?.next_at ?? 0) - clock);
      await after(waits[round] ?? 0);
    }
    expect(waits).to.deep.equal([1_000, 4_000, 16_000]);
    await queue('Three');
    world.rules.pairLimit = null;
    await after(64_000);
    expect(texts()).to.deep.equal(['One', 'Two\n\nThree']);
  });

  it('sends a template later than 24 hours after the customer wrote, and nothing where there is none', async () => {
    clock += 25 * HOUR;
    await queue('Your order is here.', { purpose: 'order_update' });
    await delivery.run();
    expect(world.messages(PHONE).map(({ template, text }) => [template, text])).to.deep.equal([
      ['order_news', 'Your order is here.'],
    ]);
    await queue('An agent writes.');
    await delivery.run();
    expect(world.posts()).to.equal(1);
    expect(
      (await stuckMessages(db, { states: ['dead'], limit: 10 })).map(({ reason }) => reason?.slice(0, 6)),
    ).to.deep.equal(['131047']);
  });

  it('takes the template when a status tells that the window was closed', async () => {
    await queue('News.', { purpose: 'order_update' });
    await delivery.run();
    const failed = world.statusChange(world.messages(PHONE)[0]?.id ?? '', 'failed', 131_047);
    expect(await world.deliver([failed, failed])).to.equal(200);
    await delivery.run();
    expect(world.messages(PHONE).map(({ template }) => template)).to.deep.equal([null, 'order_news']);
    expect(await states()).to.deep.equal(['accepted']);
    await queue('Without a template.');
    await delivery.run();
    await world.deliver([world.statusChange(world.messages(PHONE)[2]?.id ?? '', 'failed', 131_047)]);
    await delivery.run();
    expect(await states()).to.deep.equal(['accepted', 'dead']);
    expect(world.messages(PHONE)).to.have.length(3);
  });

  it('sends again what failed for a passing reason, once however often it is told, and not for ever', async () => {
    await queue('One');
    await delivery.run();
    for (let round = 0; round < 9; round += 1) {
      const failed = world.statusChange(world.messages(PHONE).at(-1)?.id ?? '', 'failed', 131_000);
      await world.deliver([failed]);
      await world.deliver([failed]);
      await delivery.run();
      // Not at once: what failed just now fails again.
      if (round === 0) expect(texts()).to.have.length(1);
      await after(10 * MINUTE);
    }
    expect(world.messages(PHONE).length).to.be.within(3, 6);
    expect(await states()).to.deep.equal(['dead']);
  });

  it('does not take the late failure of a first attempt for that of the second', async () => {
    await queue('One');
    await delivery.run();
    const first = world.messages(PHONE)[0]?.id ?? '';
    await world.deliver([world.statusChange(first, 'failed', 131_000)]);
    await after(10 * MINUTE);
    await world.deliver([world.statusChange(first, 'sent'), world.statusChange(first, 'failed', 131_026)]);
    expect((await rows())[0]).to.include({ state: 'accepted', delivery: null });
  });

  it('believes a failure that is told before the answer to the post is', async () => {
    await queue('One');
    await claimDue(db, { now: clock, until: clock + MINUTE, limit: 10 });
    const failed = {
      id: 'wamid.FAST',
      status: 'failed',
      timestamp: '1',
      biz_opaque_callback_data: await idOf(),
      errors: [{ code: 131_026 }],
    };
    const value = { metadata: { phone_number_id: WHATSAPP_NUMBER }, statuses: [failed] };
    await world.deliver([{ number: WHATSAPP_NUMBER, value }]);
    await markAccepted(db, await idOf(), 'wamid.FAST', clock);
    expect((await rows())[0]).to.include({ state: 'dead', delivery: 'failed' });
  });

  it('tells the operator of trouble with the account and of a number no shop has, and answers 200', async () => {
    const about = (number: string, rest: object) => ({
      number,
      value: { metadata: { phone_number_id: number }, ...rest },
    });
    const status = await world.deliver([
      about(WHATSAPP_NUMBER, { errors: [{ code: 131_031, title: 'Account has been locked' }] }),
      about('42', { messages: [{ id: 'wamid.X', from: PHONE, type: 'text', text: { body: 'hello' } }] }),
    ]);
    expect(status).to.equal(200);
    const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ account, code }) => [account, code])).to.deep.equal([
      [WHATSAPP_NUMBER, '131031'],
      ['42', 'unknown_number'],
    ]);
    expect(await db.selectFrom('inbox').select('account').execute()).to.deep.equal([
      { account: WHATSAPP_NUMBER },
    ]);
  });

  it('logs neither what is said nor who says it nor the ids WhatsApp makes of phone numbers', async () => {
    world.trouble({ code: 190 }, { code: 131_026 }, 'taken', { http: 500 });
    for (const text of ['A secret answer', 'Another secret']) {
      await queue(text);
      for (let round = 0; round < 4; round += 1) await after(6 * MINUTE);
    }
    await world.release({ twice: true });
    await world.say({ phone: PHONE }, { type: 'reaction', reaction: { message_id: 'wamid.Q', emoji: '👍' } });
    await world.say({ phone: PHONE }, { type: 5, id: 'wamid.R', secret: 1 });
    expect(logged.length).to.be.greaterThan(3);
    expect(logged.join('\n')).to.not.match(/secret|hello|wamid|2348030000001|sandbox/i);
  });

  it('gives up visibly what can never be delivered, told in the answer or later', async () => {
    world.rules.unreachable = new Set([PHONE]);
    await queue('One');
    await delivery.run();
    world.rules.late = true;
    await queue('Two');
    await delivery.run();
    await world.release();
    expect(await states()).to.deep.equal(['dead', 'dead']);
    for (const reason of await reasons()) expect(reason).to.match(/^131026: /);
    expect(texts()).to.deep.equal([]);
  });

  it('keeps everything while the token is refused, asks rarely, and goes on once it is good', async () => {
    world.trouble({ code: 190, status: 401 }, { code: 190, status: 401 });
    await queue('One');
    await delivery.run();
    const other = '2348030000002';
    await world.say({ phone: other }, 'hello');
    await queue('Two', {}, other);
    await after(MINUTE);
    expect(world.posts()).to.equal(1);
    for (const row of await rows()) expect(row).to.include({ state: 'pending', attempts: 0 });
    await after(5 * MINUTE);
    expect(world.posts()).to.equal(2);
    // One finds out that it is good; the other goes with it or right after, whichever is asked for first.
    await after(6 * MINUTE);
    await after(MINUTE);
    expect(world.posts()).to.equal(4);
    expect(texts()).to.deep.equal(['One']);
    expect(world.messages(other)).to.have.length(1);
    expect(logged.filter((line) => line.includes('nothing can be sent'))).to.have.length(1);
  });

  it('sends the parts of a long reply in order, each once, although the second meets trouble', async () => {
    const text = `${'A line of the answer.\n'.repeat(60)}\nDid that help?`;
    world.trouble({ http: 200, body: '{"messages":[{"id":"wamid.P0"}]}' }, { http: 500 });
    await queue(text, { choices: [{ id: 'y', title: 'Yes' }] });
    await delivery.run();
    expect(await states()).to.deep.equal(['pending']);
    await after(10_000);
    expect(texts()).to.deep.equal(['Did that help?']);
    expect(world.messages(PHONE)[0]?.posted).to.include({ biz_opaque_callback_data: `${await idOf()}/1` });
    expect(world.posts()).to.equal(3);
    await world.release();
    expect((await rows())[0]).to.include({ state: 'accepted', delivery: 'delivered' });
  });

  it('does not take the status of a first part for that of a second whose answer was lost', async () => {
    const text = `${'A line of the answer.\n'.repeat(60)}\nDid that help?`;
    await queue(text, { choices: [{ id: 'y', title: 'Yes' }] });
    world.trouble({ http: 200, body: '{"messages":[{"id":"wamid.P0"}]}' }, 'lost');
    await delivery.run();
    expect(await states()).to.deep.equal(['unknown']);
    const first = { id: 'wamid.P0', status: 'read', timestamp: '1', biz_opaque_callback_data: await idOf() };
    const value = { metadata: { phone_number_id: WHATSAPP_NUMBER }, statuses: [first] };
    await world.deliver([{ number: WHATSAPP_NUMBER, value }]);
    expect(await states()).to.deep.equal(['unknown']);
  });

  it('lets the desk and the customer wait for nobody but themselves', async () => {
    await queue('One');
    const own = await conversation();
    const change = {
      from: 'bot',
      to: 'waiting',
      version: 2,
      reason: 'policy',
      queue: 'q',
      summary: '',
      metadata: {},
    } as const;
    await db.transaction().execute((tx) => queueControl(tx, own, { ...change, now: clock }));
    const due = await claimDue(db, { now: clock, until: clock + MINUTE, limit: 10 });
    expect(due.map(({ kind }) => kind)).to.deep.equal(['message', 'control']);
  });

  it('lets an operator drop and retry only what is not under way or done', async () => {
    await queue('One');
    await delivery.run();
    await queue('Two');
    const [sent, waiting] = [await idOf(0), await idOf(1)];
    expect(await dropStuck(db, [sent, waiting, 'm_none'])).to.deep.equal([waiting]);
    await delivery.run();
    expect(texts()).to.deep.equal(['One']);
    expect(await retryStuck(db, [sent, waiting], clock)).to.deep.equal([waiting]);
    await claimDue(db, { now: clock, until: clock + MINUTE, limit: 10 });
    expect(await retryStuck(db, [waiting], clock)).to.deep.equal([]);
    expect(await dropStuck(db, [waiting])).to.deep.equal([]);
  });
});
