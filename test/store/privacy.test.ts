import { expect } from 'chai';
import type { Message } from '../../domain/message.ts';
import { verifyFile } from '../../compliance/audit-file.ts';
import { checkAudit } from '../../server/audit-check.ts';
import { exportAudit } from '../../server/audit-export.ts';
import { createLog } from '../../server/log.ts';
import { runRetention } from '../../server/retention.ts';
import { auditKeys, journaled } from '../../server/store/audit.ts';
import { claimConversation, findConversation } from '../../server/store/conversations.ts';
import { acceptMessage, pendingMessages } from '../../server/store/inbox.ts';
import { scrub } from '../../server/store/open.ts';
import { claimDue, markAccepted, queueReply } from '../../server/store/outbox.ts';
import type { CustomerData } from '../../server/store/privacy.ts';
import { eraseCustomer, findCustomer, heldRows } from '../../server/store/privacy.ts';
import type { Db, Tables } from '../../server/store/schema.ts';
import { finishTurn } from '../../server/store/turns.ts';
import { onEveryEngine } from '../engines.ts';

const FRESH = { shop: 'shop-1', bot: 'logistics', slaCounted: true };
const DAY = 86_400_000;
const KEEP = { transcript: 365, inbox: 90, outbox: 90, turns: 365, reviews: 90, orders: 365, customers: 730 };
const PHONE = '2348012345678';
const SECRETS = [
  'my parcel is gone',
  PHONE,
  'Adaeze',
  'Kettle for Adaeze',
  'wamid',
  '338000001',
  'wey my load',
];

function aMessage(id: string, text: string, at: number, customer = PHONE): Message {
  return {
    id,
    channel: 'whatsapp',
    account: 'shop-1',
    conversation: customer,
    from: { role: 'customer', id: customer, name: 'Adaeze' },
    content: { kind: 'text', text },
    sentAt: at,
    receivedAt: at,
    context: { orderNumber: '338000001' },
  };
}

onEveryEngine('what is held about a customer', (engine) => {
  let db: Db;
  let close: () => Promise<void>;
  beforeEach(async () => ({ db, close } = await engine.open()));
  afterEach(() => close());

  /** A conversation with everything in it: message, answer, promise, hand-over, delivery, a message to learn from. */
  async function aConversation(customer: string, at: number): Promise<string> {
    const { conversationId } = await journaled(db, (tx) =>
      acceptMessage(tx, aMessage(`wamid.${customer}.${at}`, 'my parcel is gone', at, customer), FRESH, at),
    );
    const conversation = await claimConversation(db, conversationId, 'w-1', at + 60_000, at);
    if (!conversation) throw new Error('not claimed');
    const pending = await pendingMessages(db, conversationId);
    const fact = { name: 'item', value: 'Kettle for Adaeze', source: 'jumia', readAt: at };
    const end = await finishTurn(db, {
      conversation,
      worker: 'w-1',
      inboxSeqs: pending.map(({ seq }) => seq),
      replyTo: `wamid.${customer}.${at}`,
      replies: [{ purpose: 'reply', text: 'Kettle for Adaeze is on its way', facts: [fact] }],
      state: { order: '338000001' },
      lang: 'en',
      ticketType: 'order',
      later: [{ afterMs: 60_000, data: { number: '338000001' } }],
      toLearn: { text: 'wey my load', intent: 'track_order', confidence: 0.4, corrected: null },
      helped: null,
      withheld: null,
      trace: { intent: 'track_order', confidence: 0.9, decision: 'answer', model: 'model-1' },
      ms: 5,
      now: at + 1,
      handoff: {
        reason: 'customer_request',
        brief: 'Adaeze asks about 338000001.',
        queue: 'ng-en',
        metadata: {},
      },
    });
    expect(end.kind).to.equal('finished');
    const [due] = await claimDue(db, { now: at + 2, until: at + 3, limit: 1, conversationId });
    await markAccepted(db, due?.id ?? '', `wamid.out.${customer}`, at + 3);
    return conversationId;
  }

  const theCustomer = async (given: string): Promise<CustomerData> => {
    const found = await findCustomer(db, { given });
    if (found.kind !== 'found' || !found.customers[0]) throw new Error('not found');
    return found.customers[0];
  };

  /** Everything in every table, as one text. */
  async function wholeStore(except: readonly (keyof Tables)[] = []): Promise<string> {
    const tables: readonly (keyof Tables)[] = [
      'inbox',
      'conversation',
      'outbox',
      'transcript',
      'turn',
      'control_change',
      'follow_up',
      'order_index',
      'order_tracking',
      'seen_event',
      'review',
      'audit_record',
      'audit_checkpoint',
      'customer_key',
    ];
    const rows = [];
    for (const table of tables)
      if (!except.includes(table)) rows.push(await db.selectFrom(table).selectAll().execute());
    return JSON.stringify(rows);
  }

  it('is found by the customer’s id, by a ticket number and by a conversation', async () => {
    const id = await aConversation(PHONE, 1_000);
    const ticket = (await findConversation(db, id))?.ticket ?? 0;
    const expected = {
      kind: 'found',
      customers: [{ shop: 'shop-1', channel: 'whatsapp', customer: PHONE, conversations: [id] }],
    };
    expect(await findCustomer(db, { given: PHONE })).to.deep.equal(expected);
    expect(await findCustomer(db, { given: String(ticket) })).to.deep.equal(expected);
    expect(await findCustomer(db, { given: id })).to.deep.equal(expected);
    expect(await findCustomer(db, { given: PHONE, shop: 'shop-2' })).to.deep.equal({ kind: 'none' });
    expect(await findCustomer(db, { given: 'nobody' })).to.deep.equal({ kind: 'none' });
  });

  it('is not guessed when the digits are one customer’s id and another one’s ticket', async () => {
    const id = await aConversation(PHONE, 1_000);
    const ticket = String((await findConversation(db, id))?.ticket);
    const other = await aConversation(ticket, 2_000);
    expect(await findCustomer(db, { given: ticket })).to.deep.equal({ kind: 'ambiguous' });
    const asTicket = await findCustomer(db, { given: ticket, as: 'ticket' });
    const asCustomer = await findCustomer(db, { given: ticket, as: 'customer' });
    expect(asTicket).to.have.nested.property('customers[0].conversations[0]', id);
    expect(asCustomer).to.have.nested.property('customers[0].conversations[0]', other);
  });

  it('is shown whole', async () => {
    await aConversation(PHONE, 1_000);
    await aConversation('233200000000', 2_000);
    const rows = [];
    for await (const row of heldRows(db, await theCustomer(PHONE))) rows.push(row);
    expect([...new Set(rows.map(({ table }) => table))]).to.deep.equal([
      'conversation',
      'transcript',
      'inbox',
      'outbox',
      'turn',
      'control_change',
      'follow_up',
      'review',
      'customer_key',
    ]);
    const text = JSON.stringify(rows);
    for (const secret of SECRETS) expect(text, secret).to.include(secret);
    expect(text).to.not.include('233200000000');
  });

  it('is gone from every table after an erasure, but for ids of messages that may still be repeated', async () => {
    const id = await aConversation(PHONE, 1_000);
    const before = await wholeStore();
    for (const secret of SECRETS) expect(before, secret).to.include(secret);
    const erased = await eraseCustomer(db, await theCustomer(PHONE), {
      author: 'operator:ada',
      reason: 'request',
      now: 2_000,
    });
    await scrub(db);
    expect(erased).to.deep.equal({ conversations: 1, keys: 1 });
    const after = await wholeStore(['inbox']);
    for (const secret of SECRETS) expect(after, secret).to.not.include(secret);
    expect((await wholeStore()).match(/2348012345678/g)).to.have.length(1);
    expect(await findConversation(db, id)).to.deep.include({ control: 'closed', ticketType: 'order' });
    expect(await findCustomer(db, { given: PHONE })).to.deep.equal({ kind: 'none' });
    await runRetention({ db, shops: ['shop-1'], keep: KEEP, now: 2_000 + 9 * DAY, log: createLog('silent') });
    expect(await wholeStore()).to.not.include(PHONE);
    expect((await checkAudit(db, {})).problems).to.deep.equal([]);
    const actions = await db
      .selectFrom('audit_record')
      .select(['author', 'data'])
      .where('kind', '=', 'privacy')
      .execute();
    expect(actions).to.have.length(1);
    expect(actions[0]?.author).to.equal('operator:ada');
  });

  it('is not sent any more after an erasure, and what was on its way leaves nothing behind', async () => {
    const id = await aConversation(PHONE, 1_000);
    const conversation = await findConversation(db, id);
    if (!conversation) throw new Error('not stored');
    const reply = { purpose: 'reply', text: 'one more', facts: [] } as const;
    await journaled(db, (tx) =>
      queueReply(tx, { conversation, reply, lang: 'en', replyTo: null, now: 1_500 }),
    );
    const [onItsWay] = await claimDue(db, { now: 1_600, until: 1_700, limit: 1, conversationId: id });
    const erasure = { author: 'system', reason: 'request', now: 2_000 } as const;
    await eraseCustomer(db, await theCustomer(PHONE), erasure);
    expect(await claimDue(db, { now: 9_000, until: 9_100, limit: 10 })).to.deep.equal([]);
    await markAccepted(db, onItsWay?.id ?? '', `wamid.${PHONE}.late`, 2_100);
    await runRetention({ db, shops: ['shop-1'], keep: KEEP, now: 3_000, log: createLog('silent') });
    expect(await wholeStore(['inbox'])).to.not.include(PHONE);
    expect((await checkAudit(db, {})).problems).to.deep.equal([]);
  });

  it('of others is left alone by an erasure', async () => {
    await aConversation(PHONE, 1_000);
    await aConversation('233200000000', 2_000);
    const others = async () => {
      const rows = [];
      for await (const row of heldRows(db, await theCustomer('233200000000'))) rows.push(row);
      return rows.filter(({ table }) => table !== 'review');
    };
    const before = await others();
    const erasure = { author: 'system', reason: 'request', now: 3_000 } as const;
    await eraseCustomer(db, await theCustomer(PHONE), erasure);
    expect(await others()).to.deep.equal(before);
  });

  it('starts anew when an erased customer writes again', async () => {
    const first = await aConversation(PHONE, 1_000);
    const erasure = { author: 'system', reason: 'request', now: 2_000 } as const;
    await eraseCustomer(db, await theCustomer(PHONE), erasure);
    const second = await aConversation(PHONE, 3_000);
    expect(second).to.not.equal(first);
    expect((await theCustomer(PHONE)).conversations).to.deep.equal([second]);
    expect((await checkAudit(db, {})).problems).to.deep.equal([]);
  });

  it('is deleted kind by kind when its time is over, never the ids of the last 8 days, and that is recorded', async () => {
    await aConversation(PHONE, 1_000);
    const count = async (table: 'transcript' | 'inbox' | 'outbox' | 'turn' | 'follow_up') =>
      (
        await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll().as('n'))
          .execute()
      ).map(({ n }) => Number(n))[0];
    const run = (days: number, keep = KEEP) =>
      runRetention({ db, shops: ['shop-1'], keep, now: 1_000 + days * DAY, log: createLog('silent') });
    await run(7, { ...KEEP, inbox: 2 });
    expect(await db.selectFrom('inbox').select('body').execute()).to.deep.equal([{ body: '{}' }]);
    await run(9, { ...KEEP, inbox: 2 });
    expect(await count('inbox')).to.equal(0);
    expect(await count('outbox')).to.equal(2);
    expect(await count('transcript')).to.equal(2);
    await run(91);
    expect(await count('outbox')).to.equal(1);
    expect(await count('transcript')).to.equal(2);
    await run(366);
    expect(await count('transcript')).to.equal(0);
    expect(await count('turn')).to.equal(0);
    const records = await db
      .selectFrom('audit_record')
      .select('data')
      .where('kind', '=', 'retention')
      .orderBy('seq')
      .execute();
    expect(records.map(({ data }) => data).at(0)).to.equal('{"removed":{"inbox bodies":1}}');
    expect(records.at(-1)?.data).to.include('"transcript":2');
    expect((await checkAudit(db, {})).problems).to.deep.equal([]);
  });

  it('is erased as a whole when the customer was silent for longer than the policy allows', async () => {
    await aConversation(PHONE, 1_000);
    await aConversation('233200000000', 1_000 + 600 * DAY);
    const run = (days: number) =>
      runRetention({ db, shops: ['shop-1'], keep: KEEP, now: 1_000 + days * DAY, log: createLog('silent') });
    await run(729);
    expect((await findCustomer(db, { given: PHONE })).kind).to.equal('found');
    await run(731);
    expect((await findCustomer(db, { given: PHONE })).kind).to.equal('none');
    expect((await findCustomer(db, { given: '233200000000' })).kind).to.equal('found');
    expect((await checkAudit(db, {})).problems).to.deep.equal([]);
  });

  describe('exported from the audit chain', () => {
    const lines: string[] = [];
    const inFile = (kept: readonly string[]) =>
      async function* () {
        for (const line of kept) yield await Promise.resolve(line);
      };
    const check = async (kept: readonly string[]) =>
      (await verifyFile(inFile(kept), [])).problems.map(({ what }) => what);
    const write = async (options: { conversation?: string; decrypt?: boolean; since?: number }) => {
      lines.length = 0;
      const request = { shops: ['shop-1'], decrypt: false, now: 5_000, ...options };
      return exportAudit(db, request, (line) => lines.push(line));
    };
    const recordLines = () =>
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ type }) => type === 'record');

    it('is a file that anybody can verify', async () => {
      await aConversation(PHONE, 1_000);
      const counts = await write({});
      const report = await verifyFile(inFile(lines), [auditKeys(db).publicKey]);
      expect(report).to.deep.include({ ...counts, problems: [], key: auditKeys(db).fingerprint });
      expect(counts.records).to.equal(6);
      expect(lines.join('\n')).to.not.include('my parcel is gone');
    });

    it('shows one conversation with the rest as digests only, decrypted on demand', async () => {
      const id = await aConversation(PHONE, 1_000);
      await aConversation('233200000000', 2_000);
      await write({ conversation: id, decrypt: true });
      const text = lines.join('\n');
      expect(await check(lines)).to.deep.equal([]);
      expect(text).to.include('my parcel is gone').and.not.include('233200000000');
      expect(recordLines().every(({ conversation }) => conversation === id)).to.equal(true);
      expect(lines.filter((line) => line.includes('"type":"omitted"')).length).to.be.greaterThan(0);
    });

    it('tells when a line was changed, taken out, put in or moved, and when the file was cut', async () => {
      const id = await aConversation(PHONE, 1_000);
      await aConversation('233200000000', 2_000);
      await write({ conversation: id, decrypt: true });
      const place = lines.findIndex((line) => line.includes('"kind":"decision"'));
      const line = lines[place] ?? '';
      const other = (changed: string) => lines.map((one, index) => (index === place ? changed : one));
      expect(await check(other(line.replace('"confidence":0.9', '"confidence":0.8')))).to.deep.equal([
        'altered',
      ]);
      expect(await check(other(line.replace('Kettle', 'Kettles')))).to.deep.equal(['altered']);
      expect(await check(lines.filter((_, index) => index !== place))).to.include('removed');
      expect(await check([...lines.slice(0, place), line, ...lines.slice(place)])).to.include('inserted');
      expect(
        await check([...lines.slice(0, place - 1), line, lines[place - 1] ?? '', ...lines.slice(place + 1)]),
      ).to.include('reordered');
      expect(await check(lines.slice(0, -3))).to.include('truncated');
      const omitted = lines.findIndex((one) => one.includes('"type":"omitted"'));
      const forged = (lines[omitted] ?? '').replace(/"digest":"./, '"digest":"x');
      expect(await check(lines.map((one, index) => (index === omitted ? forged : one)))).to.include(
        'malformed',
      );
      const swapped = (lines[omitted] ?? '').replace(/"digest":"[0-9a-f]{64}/, `"digest":"${'0'.repeat(64)}`);
      expect(await check(lines.map((one, index) => (index === omitted ? swapped : one)))).to.include(
        'rewritten',
      );
      expect(await check(lines.filter((one) => !one.includes('"type":"checkpoint"')))).to.include('unsigned');
      expect(await check(['nonsense'])).to.deep.equal(['malformed']);
    });

    it('is refused under another key', async () => {
      await aConversation(PHONE, 1_000);
      await write({});
      const other = await engine.open();
      const report = await verifyFile(inFile(lines), [auditKeys(other.db).publicKey]);
      await other.close();
      expect(report.problems.map(({ what }) => what)).to.include('wrong_key');
    });

    it('still verifies after an erasure, and shows nothing of the erased', async () => {
      const id = await aConversation(PHONE, 1_000);
      const erasure = { author: 'system', reason: 'request', now: 2_000 } as const;
      await eraseCustomer(db, await theCustomer(PHONE), erasure);
      await write({ conversation: id, decrypt: true });
      expect(await check(lines)).to.deep.equal([]);
      expect(recordLines().length).to.be.greaterThan(4);
      expect(recordLines().some(({ content }) => content !== undefined)).to.equal(false);
    });
  });
});
