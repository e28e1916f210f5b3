import { expect } from 'chai';
import { findByExternalId } from '../../server/store/conversations.ts';
import { onEveryPair } from '../engines.ts';
import type { Running } from '../running.ts';
import { settled, startRunning, until } from '../running.ts';

const MINUTE_MS = 60_000;

onEveryPair('the catch-up read', (pair) => {
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
  afterEach(() => running.sandbox.chat.pageSize(Infinity));

  let count = 0;
  /** Only the marketplace knows of it. */
  const keep = (
    conversation: string,
    text: string,
    sentAt = Date.now(),
    id = `lost-${process.pid}-${(count += 1)}`,
  ): string => {
    running.sandbox.chat.keep({
      message_id: id,
      conversation_id: conversation,
      sender: { role: 'customer', id: `u-${conversation}` },
      sent_at: new Date(sentAt).toISOString(),
      content: { type: 'text', text },
      context: { order_number: '338000002' },
    });
    return id;
  };
  const answers = (conversation: string): readonly string[] =>
    running.sandbox.chat
      .messages(conversation)
      .filter(({ posted }) => posted !== undefined)
      .map(({ content }) => String(content['text']));
  const answered = (conversation: string, least = 1): Promise<readonly string[]> =>
    until(
      () => (answers(conversation).length >= least ? answers(conversation) : null),
      `${least} answers in ${conversation}`,
    );
  /** What customers wrote, in the order it came in. */
  const taken = async (conversation: string): Promise<string[]> => {
    const found = await findByExternalId(running.product.db, 'jumia', 'shop-1', conversation);
    const rows = await running.product.db
      .selectFrom('transcript')
      .select('ref')
      .where('conversation_id', '=', found?.id ?? '')
      .where('role', '=', 'customer')
      .orderBy('seq')
      .execute();
    return rows.map(({ ref }) => ref);
  };

  it('finds messages on every page, and puts them in the order they were written', async () => {
    const now = Date.now();
    const texts = ['where is my parcel', 'it should be here', 'please tell me', 'thank you', 'bye'];
    const ids = texts.map((text, index) => keep('k-pages', text, now - MINUTE_MS + index * 1_000));
    // The marketplace has them in another order than they were written in.
    const list = running.sandbox.chat.messages('k-pages') as unknown[];
    list.reverse();
    for (let index = 0; index < 5; index += 1) keep(`k-page-${index}`, 'hello');
    running.sandbox.chat.pageSize(2);
    await running.product.catchUp();
    for (let index = 0; index < 5; index += 1) await answered(`k-page-${index}`);
    await answered('k-pages');
    expect(await taken('k-pages')).to.deep.equal(ids);
  });

  it('answers what overlapping reads and a late webhook find again once', async () => {
    const id = keep('k-again', 'where is my parcel');
    await Promise.all([running.product.catchUp(), running.product.catchUp()]);
    await answered('k-again');
    await running.product.catchUp();
    await running.say('k-again', 'where is my parcel', { id, order: '338000002' });
    await settled(running);
    expect(answers('k-again')).to.have.length(1);
    expect(await taken('k-again')).to.deep.equal([id]);
  });

  it('answers a message that is older than one already answered, once', async () => {
    const early = Date.now() - 2 * MINUTE_MS;
    await running.say('k-older', 'thank you', { id: 'k-older-second' });
    await running.answers('k-older', 1);
    keep('k-older', 'where is my parcel', early, 'k-older-first');
    await running.product.catchUp();
    expect((await answered('k-older', 2))[1]).to.include('338000002');
    await running.product.catchUp();
    await settled(running);
    expect(answers('k-older')).to.have.length(2);
  });

  for (const [what, answer] of [
    ['is answered with an error', { status: 500 }],
    ['is answered with HTML', { status: 200, body: '<html></html>' }],
  ] as const)
    it(`reads the others when one conversation ${what}, and that one once it can be read`, async () => {
      const [broken, sound] = [`k-broken-${answer.status}`, `k-sound-${answer.status}`];
      running.sandbox.chat.breakReads(broken, answer);
      keep(broken, 'hello');
      keep(sound, 'hello');
      await running.product.catchUp();
      await answered(sound);
      expect(answers(broken)).to.have.length(0);
      await running.product.db
        .updateTable('cursor')
        .set({ value: await laterCursor() })
        .where('name', '=', 'catch-up jumia shop-1')
        .execute();
      running.sandbox.chat.breakReads(broken, null);
      await running.product.catchUp();
      await answered(broken);
    });

  /** As if an hour had gone by since the last read: the overlap alone would find nothing. */
  async function laterCursor(): Promise<string> {
    const row = await running.product.db
      .selectFrom('cursor')
      .select('value')
      .where('name', '=', 'catch-up jumia shop-1')
      .executeTakeFirst();
    const kept = JSON.parse(row?.value ?? '{}') as { since: number };
    return JSON.stringify({ ...kept, since: kept.since + 60 * MINUTE_MS });
  }

  it('loses no conversation to a message that makes no sense', async () => {
    running.sandbox.chat.keep({
      message_id: '',
      conversation_id: 'k-nonsense',
      sender: { role: 'customer', id: 'u' },
      sent_at: new Date().toISOString(),
      content: { type: 'text', text: 'x' },
    });
    keep('k-nonsense', 'hello');
    await running.product.catchUp();
    await answered('k-nonsense');
  });

  it('goes on from the same place when the chat is down, and loses nothing', async () => {
    running.sandbox.chat.fail(503);
    keep('k-down', 'hello');
    await running.product.catchUp();
    running.sandbox.chat.fail(null);
    expect(answers('k-down')).to.have.length(0);
    await running.product.catchUp();
    await answered('k-down');
  });
});
