import { expect } from 'chai';
import fc from 'fast-check';
import type { Mirrored } from '../../connectors/channel.ts';
import { readMissed } from '../../connectors/jumia/catch-up.ts';
import { mirroredBody } from '../../connectors/jumia/mirrored.ts';
import { parseWebhook } from '../../connectors/jumia/parse.ts';
import { pieces } from '../../connectors/plain-text.ts';

const NOW = Date.UTC(2026, 10, 3, 10);

describe('messages of other channels on the desk', () => {
  const mirrored = (text: string, part = 0): Mirrored => ({
    id: 'r_1',
    account: 'shop-1',
    conversation: 'c_1',
    channel: 'whatsapp',
    sender: 'bot',
    content: { kind: 'text', text },
    sentAt: NOW,
    part,
  });

  it('are told with who wrote them, where and when', () => {
    expect(mirroredBody(mirrored('Hello'), 100)).to.deep.equal({
      id: 'r_1',
      more: false,
      body: {
        account_id: 'shop-1',
        client_message_id: 'r_1',
        content: { type: 'text', text: 'Hello' },
        purpose: 'reply',
        mirrored: { channel: 'whatsapp', sender: { role: 'bot' }, sent_at: '2026-11-03T10:00:00.000Z' },
      },
    });
  });

  it('are told in several parts, each under an id of its own, when they are too long for one', () => {
    const [first, second] = [
      mirroredBody(mirrored('one two', 0), 4),
      mirroredBody(mirrored('one two', 1), 4),
    ];
    expect([first.id, first.more, second.id, second.more]).to.deep.equal(['r_1', true, 'r_1-1', false]);
    expect([first.body['content'], second.body['content']]).to.deep.equal([
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ]);
  });

  it('lose no letter when they are cut, and no part is too long', () => {
    const letters = (text: string): string => text.replace(/\s/g, '');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (text, most) => {
          const parts = pieces(text, most);
          return letters(parts.join('')) === letters(text) && parts.every((part) => [...part].length <= most);
        },
      ),
      { seed: 5 },
    );
  });

  it('are nothing new when the other side tells them back', () => {
    const event = {
      type: 'message.created',
      timestamp: '2026-11-03T10:00:00Z',
      data: {
        account_id: 'shop-1',
        conversation_id: 'c_1',
        message_id: 'jm-1',
        sender: { role: 'customer' },
        content: { type: 'text', text: 'hello' },
        mirrored: { channel: 'whatsapp' },
      },
    };
    expect(parseWebhook(Buffer.from(JSON.stringify(event)), 'shop-1', 'w', NOW)).to.deep.equal({
      kind: 'parsed',
      inbound: [{ kind: 'ignored', why: 'a message of another channel' }],
    });
  });
});

describe('the cursor of the catch-up read', () => {
  type Answer = { readonly status: number; readonly body: unknown } | Error;
  const message = (id: string) => ({
    message_id: id,
    sender: { role: 'customer', id: 'u' },
    sent_at: new Date(NOW).toISOString(),
    content: { type: 'text', text: id },
  });
  const source = (answers: (path: string, query: Readonly<Record<string, string>>) => Answer, now = NOW) => {
    const asked: string[] = [];
    return {
      asked,
      account: 'shop-1',
      now: () => now,
      read: (path: string, query: Readonly<Record<string, string>>) => {
        asked.push(
          `${path} ${query['updated_after'] ?? query['after'] ?? ''} ${query['cursor'] ?? ''}`.trim(),
        );
        const answer = answers(path, query);
        if (answer instanceof Error) return Promise.reject(answer);
        return Promise.resolve({ status: answer.status, headers: {}, body: JSON.stringify(answer.body) });
      },
    };
  };
  const kept = (cursor: string | null) =>
    JSON.parse(cursor ?? '') as { readonly page: string | null; readonly behind: Record<string, number> };
  const ok = (body: unknown): Answer => ({ status: 200, body });
  const list = (ids: readonly string[], next: string | null = null): Answer =>
    ok({ conversations: ids.map((id) => ({ id })), next_cursor: next });

  it('keeps the page to go on with, and the time of its beginning for the round after', async () => {
    const pages = source((path, { cursor }) =>
      path === '/conversations' ? list([], cursor ? null : 'p2') : ok({ messages: [] }),
    );
    const first = await readMissed(pages, null);
    expect(first.more).to.equal(true);
    const second = await readMissed({ ...pages, now: () => NOW + 99_000 }, first.cursor);
    expect(second.more).to.equal(false);
    await readMissed(pages, second.cursor);
    expect(pages.asked).to.deep.equal([
      '/conversations 2026-11-03T09:50:00.000Z',
      '/conversations 2026-11-03T09:50:00.000Z p2',
      '/conversations 2026-11-03T09:50:00.000Z',
    ]);
  });

  it('begins the round again when its page is not known any more', async () => {
    const lost = source((_, { cursor }) => (cursor ? { status: 410, body: {} } : list([], 'p2')));
    const { cursor } = await readMissed(lost, null);
    const again = await readMissed(lost, cursor);
    expect([again.more, kept(again.cursor).page]).to.deep.equal([false, null]);
  });

  it('does not read a page for ever that leads to itself', async () => {
    const loop = source((path) =>
      path === '/conversations' ? list(['k']) : ok({ messages: [message('m')], next_cursor: 'same' }),
    );
    expect((await readMissed(loop, null)).inbound).to.have.length(2);
  });

  it('believes the address a message was read from, not what the message says of itself', async () => {
    const liar = { ...message('m'), conversation_id: 'another', account_id: null };
    const one = source((path) => (path === '/conversations' ? list(['k']) : ok({ messages: [liar] })));
    const [found] = (await readMissed(one, null)).inbound;
    expect(found?.kind === 'message' && found.message).to.include({ conversation: 'k', account: 'shop-1' });
  });

  it('stays where it is when the token or the rate is refused', async () => {
    for (const status of [401, 403, 429]) {
      const refused = source((path) => (path === '/conversations' ? list(['k']) : { status, body: {} }));
      const why = await readMissed(refused, null).then(
        () => 'was read',
        (error: Error) => error.message,
      );
      expect(why).to.include(String(status));
    }
  });

  it('gives up on a conversation that is gone, and asks again for one that was not answered', async () => {
    const answers = (path: string): Answer =>
      path === '/conversations'
        ? list(['gone', 'silent', 'sound'])
        : path.includes('gone')
          ? { status: 404, body: {} }
          : path.includes('silent')
            ? new Error('time-out')
            : ok({ messages: [message('m')] });
    const { inbound, cursor } = await readMissed(source(answers), null);
    expect(inbound.map((one) => (one.kind === 'alert' ? one.code : one.kind))).to.deep.equal([
      'unreadable',
      'unreadable',
      'message',
    ]);
    expect(kept(cursor).behind).to.deep.equal({ silent: NOW });
  });

  it('waits for no more than three conversations that are not answered', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `k-${index}`);
    const silent = source((path) => (path === '/conversations' ? list(ids) : new Error('time-out')));
    const { cursor } = await readMissed(silent, null);
    expect(silent.asked).to.have.length(4);
    expect(Object.keys(kept(cursor).behind)).to.have.length(20);
  });

  it('understands the time that earlier versions kept', async () => {
    const old = source(() => list([]));
    await readMissed(old, '2026-11-01T00:00:00.000Z');
    expect(old.asked).to.deep.equal(['/conversations 2026-10-31T23:50:00.000Z']);
  });
});
