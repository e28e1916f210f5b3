import { expect } from 'chai';
import { checkAudit } from '../../server/audit-check.ts';
import { openRecords } from '../../server/audit-export.ts';
import { createLog } from '../../server/log.ts';
import { auditRecords } from '../../server/store/audit-read.ts';
import { findByExternalId } from '../../server/store/conversations.ts';
import type { Running } from '../running.ts';
import { SECRET, startRunning, until } from '../running.ts';

describe('a whole conversation', function () {
  this.timeout(60_000);
  let running: Running;
  const logged: string[] = [];

  before(async () => {
    running = await startRunning({
      log: createLog('trace', { write: (line) => void logged.push(line) }),
    });
  });
  after(() => running.stop());

  const desk = (control: { from: string; to: string; version: number; agent?: string }) =>
    running.post({
      type: 'control.changed',
      timestamp: new Date().toISOString(),
      data: {
        account_id: 'shop-1',
        conversation_id: 'c-audit',
        reason: 'customer_request',
        ...control,
        ...(control.agent ? { agent: { id: control.agent } } : {}),
      },
    });

  const agentWrites = (id: string, text: string) =>
    running.post({
      type: 'message.created',
      timestamp: new Date().toISOString(),
      data: {
        account_id: 'shop-1',
        country: 'NG',
        conversation_id: 'c-audit',
        message_id: id,
        sender: { role: 'agent', id: 'a-17', display_name: 'Chidi Agentsson' },
        sent_at: new Date().toISOString(),
        content: { type: 'text', text },
        context: { order_number: null, product_sku: null, reply_to: null, locale: null },
      },
    });

  it('leaves the complete chain: every message in and out, the decision with its facts, the hand-over', async () => {
    const name = { name: 'Adaeze Okonkwo-Testname', order: '338000001' };
    await running.say('c-audit', 'where is my order 338000001 please call +234 803 555 0199', name);
    const [answer = ''] = await running.answers('c-audit', 1);
    await running.say('c-audit', 'I want to talk to a person', name);
    const [, handover = ''] = await running.answers('c-audit', 2);
    expect((await desk({ from: 'waiting', to: 'human', version: 3, agent: 'a-17' })).status).to.equal(200);
    expect((await agentWrites('am-1', 'Hello, this is your agent, all is well')).status).to.equal(200);
    expect((await desk({ from: 'human', to: 'closed', version: 4, agent: 'a-17' })).status).to.equal(200);
    const { db } = running.product;
    const conversation = await findByExternalId(db, 'jumia', 'shop-1', 'c-audit');
    const own = async () =>
      (await auditRecords(db, 'shop-1', { after: 0, limit: 1_000 })).filter(
        (record) => record.conversation === conversation?.id,
      );
    const delivered = await until(async () => {
      const found = (await own()).filter(({ kind }) => kind === 'delivery');
      return found.length >= 3 ? found : null;
    }, 'three deliveries');
    expect(delivered.map(({ data }) => (JSON.parse(data) as { outcome: string }).outcome)).to.deep.equal([
      'accepted',
      'accepted',
      'accepted',
    ]);
    const records = (await own()).filter(({ kind }) => kind !== 'delivery');
    const opened = await openRecords(db, records);
    const text = (seq: number): string => {
      const { content, reply } = (opened.get(seq)?.content ?? {}) as {
        content?: { text: string };
        reply?: { text: string };
      };
      return content?.text ?? reply?.text ?? '';
    };
    const story = records.map(({ kind, author, seq, data }) => [
      kind,
      author,
      kind === 'control' ? (JSON.parse(data) as { to: string }).to : text(seq),
    ]);
    expect(story).to.deep.equal([
      ['message', 'customer', 'where is my order 338000001 please call +234 803 555 0199'],
      ['message', 'bot:logistics', answer],
      ['decision', 'bot', ''],
      ['message', 'customer', 'I want to talk to a person'],
      ['message', 'bot:logistics', handover],
      ['control', 'bot', 'waiting'],
      ['decision', 'bot', ''],
      ['control', 'agent', 'human'],
      ['message', 'agent:a-17', 'Hello, this is your agent, all is well'],
      ['control', 'agent', 'closed'],
    ]);
    const decision = JSON.parse(records[2]?.data ?? '{}') as Record<string, unknown>;
    expect(decision).to.include({ intent: 'track_order', decision: 'answer', lang: 'en' });
    expect(decision['confidence']).to.be.greaterThan(0.5);
    const facts = decision['facts'] as { source: string; readAt: number }[];
    expect(new Set(facts.map(({ source }) => source)))
      .to.include('jumia')
      .and.include('dhl');
    expect(facts.every(({ readAt }) => readAt > 0)).to.equal(true);
    expect((await checkAudit(db, {})).problems).to.deep.equal([]);
  });

  it('is not in the log: no text, number, name, address of a person, or secret, at any level', () => {
    const log = logged.join('');
    expect(log).to.include('"msg":"turn"');
    for (const personal of [
      'where is my order',
      'talk to a person',
      '803',
      '338000001',
      'Adaeze',
      'Okonkwo',
      'Chidi',
      'your agent',
      'Kettle',
      'u-c-audit',
      SECRET,
      SECRET.slice('whsec_'.length),
      'Bearer',
      'sandbox.sandbox',
    ])
      expect(log, personal).to.not.include(personal);
  });

  it('is signed when the process stops', async () => {
    const short = await startRunning();
    await short.say('c-short', 'hello');
    await short.answers('c-short', 1);
    const { db } = short.product;
    expect(await db.selectFrom('audit_checkpoint').select('seq').execute()).to.deep.equal([]);
    const signed: number[] = [];
    const destroy = db.destroy.bind(db);
    db.destroy = async () => {
      const rows = await db.selectFrom('audit_checkpoint').select('seq').execute();
      signed.push(...rows.map(({ seq }) => seq));
      return destroy();
    };
    await short.stop();
    expect(signed).to.have.length(1);
  });
});
