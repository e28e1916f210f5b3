import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { chain, GENESIS, signCheckpoint } from '../../compliance/audit-chain.ts';
import type { AuditRecord } from '../../compliance/audit-chain.ts';
import { checkAudit } from '../../server/audit-check.ts';
import { openRecords } from '../../server/audit-export.ts';
import { ConfigError } from '../../server/config/load.ts';
import { recordBlock, recordOperator } from '../../server/store/audit-actions.ts';
import { KEY_FOLDER, readAuditKeys } from '../../server/store/audit-keys.ts';
import { acceptNewKeys } from '../../server/store/audit-new-keys.ts';
import { auditRecords } from '../../server/store/audit-read.ts';
import type { AuditEntry } from '../../server/store/audit.ts';
import {
  attachAudit,
  auditKeys,
  checkAuditKeys,
  endMac,
  journaled,
  recordAudit,
  writeCheckpoints,
} from '../../server/store/audit.ts';
import { acceptMessage } from '../../server/store/inbox.ts';
import { destroyCustomerKeys } from '../../server/store/customer-keys.ts';
import type { Db } from '../../server/store/schema.ts';
import { onEveryEngine } from '../engines.ts';

const entry = (ref: string, customer = 'u-1'): AuditEntry => ({
  kind: 'message',
  at: 1_000,
  conversation: 'c_1',
  author: 'customer',
  ref,
  data: { direction: 'in' },
  personal: { customer: { channel: 'jumia', id: customer }, content: { text: `text of ${ref}` } },
});

onEveryEngine('the audit records', (engine) => {
  let db: Db;
  let close: () => Promise<void>;
  beforeEach(async () => ({ db, close } = await engine.open()));
  afterEach(() => close());

  const write = (shop: string, ...refs: readonly string[]) =>
    journaled(db, (tx) => recordAudit(tx, shop, ...refs.map((ref) => entry(ref))));
  const read = (shop: string) => auditRecords(db, shop, { after: 0, limit: 1_000 });
  const problems = async () =>
    (await checkAudit(db, {})).problems.map(({ shop, what, seq, until }) => [shop, what, seq, until ?? seq]);
  const recordOf = async (shop: string, seq: number): Promise<AuditRecord> => {
    const record = (await read(shop)).find((one) => one.seq === seq);
    if (!record) throw new Error(`no record ${seq} of ${shop}`);
    return record;
  };
  const replace = async (shop: string, seq: number, by: Partial<AuditRecord>): Promise<void> => {
    await db.updateTable('audit_record').set(by).where('shop', '=', shop).where('seq', '=', seq).execute();
  };

  it('are one chain a shop, whole, with what is personal as ciphertext', async () => {
    await write('a', 'm-1', 'm-2');
    await write('b', 'm-3');
    await write('a', 'm-4');
    const records = await read('a');
    expect(records.map(({ seq, ref }) => [seq, ref])).to.deep.equal([
      [1, 'm-1'],
      [2, 'm-2'],
      [3, 'm-4'],
    ]);
    expect(records[0]?.prev).to.equal(GENESIS);
    expect(JSON.stringify(records)).to.not.include('text of').and.to.not.include('u-1');
    expect((await openRecords(db, records)).get(2)?.content).to.deep.equal({ text: 'text of m-2' });
    expect(await checkAudit(db, {})).to.deep.include({ shops: ['a', 'b'], records: 4, problems: [] });
  });

  it('exist exactly when the fact exists', async () => {
    await write('a', 'm-1');
    const failed = await journaled(db, async (tx) => {
      await recordAudit(tx, 'a', entry('m-2', 'u-2'));
      throw new Error('the fact could not be written');
    }).catch((error: Error) => error.message);
    expect(failed).to.equal('the fact could not be written');
    await write('a', 'm-3');
    expect((await read('a')).map(({ seq, ref }) => [seq, ref])).to.deep.equal([
      [1, 'm-1'],
      [2, 'm-3'],
    ]);
    const keys = await db.selectFrom('customer_key').select('customer_id').execute();
    expect(keys).to.deep.equal([{ customer_id: 'u-1' }]);
    expect(await problems()).to.deep.equal([]);
  });

  it('are appended at once in a transaction that keeps no journal', async () => {
    await db.transaction().execute(async (tx) => {
      await recordAudit(tx, 'a', entry('m-1'));
      await recordAudit(tx, 'a', entry('m-2'));
    });
    expect(await read('a')).to.have.length(2);
    expect(await problems()).to.deep.equal([]);
  });

  it('stay one chain when many transactions of two shops write at once', async () => {
    const transactions = Array.from({ length: 40 }, (_, index) =>
      journaled(db, async (tx) => {
        const [first, second] = index % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
        await recordAudit(tx, first ?? 'a', entry(`m-${index}`, `u-${index % 3}`));
        await recordAudit(tx, second ?? 'b', entry(`n-${index}`, `u-${index % 3}`));
      }),
    );
    await Promise.all(transactions);
    expect(await checkAudit(db, {})).to.deep.include({ records: 80, problems: [] });
    expect(await db.selectFrom('customer_key').select('id').execute()).to.have.length(6);
  });

  it('keep outside ids that a store could not keep', async () => {
    await journaled(db, (tx) =>
      recordAudit(tx, 'a', {
        ...entry('m\u0000-\ud800', 'u\u0000\udfff'),
        author: 'agent:\u0007',
        data: { reason: '\ud800' },
      }),
    );
    await journaled(db, (tx) => recordAudit(tx, 'a', entry('m-2', 'u\u0000\udfff')));
    expect(await problems()).to.deep.equal([]);
    expect(await openRecords(db, await read('a'))).to.have.property('size', 2);
    expect(await db.selectFrom('customer_key').select('id').execute()).to.have.length(1);
  });

  describe('when somebody with access to the database', () => {
    beforeEach(async () => {
      await write('a', ...Array.from({ length: 12 }, (_, index) => `m-${index + 1}`));
      await write('b', ...Array.from({ length: 12 }, (_, index) => `n-${index + 1}`));
      await writeCheckpoints(db, 2_000);
      await write('a', 'm-13', 'm-14');
    });

    it('alters a record, the record is named', async () => {
      await replace('a', 4, { sealed: (await recordOf('a', 5)).sealed });
      expect(await problems()).to.deep.equal([['a', 'altered', 4, 4]]);
    });

    it('alters a record and hashes it anew, the record is named', async () => {
      const record = await recordOf('a', 4);
      await replace('a', 4, chain(record.prev, { ...record, author: 'bot:logistics' }));
      expect(await problems()).to.deep.equal([['a', 'altered', 4, 4]]);
    });

    it('makes the chain anew with its end, the signed stretch is named', async () => {
      let prev = (await recordOf('a', 3)).hash;
      for (let seq = 4; seq <= 14; seq += 1) {
        const record = await recordOf('a', seq);
        const anew = chain(prev, seq === 4 ? { ...record, author: 'bot:logistics' } : record);
        await replace('a', seq, anew);
        prev = anew.hash;
      }
      await db.updateTable('audit_head').set({ hash: prev }).where('shop', '=', 'a').execute();
      const found = await problems();
      expect(found).to.deep.include(['a', 'rewritten', 1, 12]);
      expect(found).to.deep.include(['a', 'forged_head', 14, 14]);
    });

    it('removes records, they are named', async () => {
      await db.deleteFrom('audit_record').where('shop', '=', 'a').where('seq', 'in', [4, 5]).execute();
      expect(await problems()).to.deep.equal([['a', 'removed', 4, 5]]);
    });

    it('removes a record and closes the gap, the record is named', async () => {
      await db.deleteFrom('audit_record').where('shop', '=', 'a').where('seq', '=', 4).execute();
      for (let seq = 5; seq <= 14; seq += 1) await replace('a', seq, { seq: seq - 1 });
      expect(await problems()).to.deep.include(['a', 'removed', 4, 4]);
    });

    it('inserts a record behind the end, it is named', async () => {
      const last = await recordOf('a', 14);
      await db
        .insertInto('audit_record')
        .values(chain(last.hash, { ...last, seq: 15 }))
        .execute();
      expect(await problems()).to.deep.equal([['a', 'inserted', 15, 15]]);
    });

    it('inserts a record between two, it is named', async () => {
      for (let seq = 14; seq >= 4; seq -= 1) await replace('a', seq, { seq: seq + 1 });
      const before = await recordOf('a', 3);
      await db
        .insertInto('audit_record')
        .values(chain(before.hash, { ...before, seq: 4, ref: 'm-x' }))
        .execute();
      expect(await problems()).to.deep.include(['a', 'inserted', 4, 4]);
    });

    it('exchanges two records, both are named', async () => {
      await replace('a', 4, { seq: 99 });
      await replace('a', 9, { seq: 4 });
      await replace('a', 99, { seq: 9 });
      expect(await problems()).to.deep.equal([
        ['a', 'reordered', 4, 4],
        ['a', 'reordered', 9, 9],
      ]);
    });

    it('exchanges the records of two shops, both are named', async () => {
      await db
        .updateTable('audit_record')
        .set({ shop: 'x' })
        .where('shop', '=', 'a')
        .where('seq', '=', 4)
        .execute();
      await db
        .updateTable('audit_record')
        .set({ shop: 'a' })
        .where('shop', '=', 'b')
        .where('seq', '=', 4)
        .execute();
      await db.updateTable('audit_record').set({ shop: 'b' }).where('shop', '=', 'x').execute();
      expect(await problems()).to.deep.equal([
        ['a', 'foreign', 4, 4],
        ['b', 'foreign', 4, 4],
      ]);
    });

    it('cuts the tail off, the missing records are named', async () => {
      await db.deleteFrom('audit_record').where('shop', '=', 'a').where('seq', '>', 13).execute();
      expect(await problems()).to.deep.equal([['a', 'truncated', 14, 14]]);
    });

    it('cuts the tail off and moves the noted end back, the forged end is named', async () => {
      await db.deleteFrom('audit_record').where('shop', '=', 'a').where('seq', '>', 13).execute();
      const { hash } = await recordOf('a', 13);
      await db.updateTable('audit_head').set({ seq: 13, hash }).where('shop', '=', 'a').execute();
      expect(await problems()).to.deep.equal([['a', 'forged_head', 13, 13]]);
    });

    it('cuts off what was signed, the last checkpoint tells how much is missing', async () => {
      await db.deleteFrom('audit_record').where('shop', '=', 'a').where('seq', '>', 9).execute();
      const keys = auditKeys(db);
      const { hash } = await recordOf('a', 9);
      const mac = endMac(keys, 'a', 9, hash);
      await db.updateTable('audit_head').set({ seq: 9, hash, mac }).where('shop', '=', 'a').execute();
      expect(await problems()).to.deep.equal([['a', 'truncated', 10, 12]]);
    });

    it('deletes a whole chain, its checkpoints still ask for it', async () => {
      for (const table of ['audit_record', 'audit_head'] as const)
        await db.deleteFrom(table).where('shop', '=', 'a').execute();
      expect(await problems()).to.deep.include(['a', 'truncated', 1, 12]);
    });

    it('forges a checkpoint, it is named', async () => {
      const { privateKey } = generateKeyPairSync('ed25519');
      const { hash } = await recordOf('a', 14);
      const { fingerprint } = auditKeys(db);
      await db
        .insertInto('audit_checkpoint')
        .values(signCheckpoint({ shop: 'a', seq: 14, hash, at: 1 }, { privateKey, fingerprint }))
        .execute();
      expect(await problems()).to.deep.equal([['a', 'forged_checkpoint', 14, 14]]);
    });
  });

  it('are signed every so many records, and on demand only when there is something new', async () => {
    const other = await engine.open();
    try {
      const folder = mkdtempSync(join(tmpdir(), 'wismo-test-'));
      attachAudit(other.db, { dataDir: folder, checkpointEvery: 10 });
      for (let batch = 0; batch < 5; batch += 1)
        await journaled(other.db, (tx) =>
          recordAudit(tx, 'a', ...Array.from({ length: 7 }, (_, index) => entry(`${batch}-${index}`))),
        );
      const signed = async () =>
        (await other.db.selectFrom('audit_checkpoint').select(['seq', 'at']).orderBy('seq').execute()).map(
          ({ seq }) => seq,
        );
      expect(await signed()).to.deep.equal([10, 20, 30]);
      await writeCheckpoints(other.db, 5_000);
      expect(await signed()).to.deep.equal([10, 20, 30, 35]);
      await writeCheckpoints(other.db, 5_000);
      expect(await signed()).to.deep.equal([10, 20, 30, 35]);
      await journaled(other.db, (tx) => recordAudit(tx, 'a', entry('last')));
      await writeCheckpoints(other.db, 5_000, 3_600_000);
      expect(await signed()).to.deep.equal([10, 20, 30, 35]);
      await writeCheckpoints(other.db, 3_700_000, 3_600_000);
      expect(await signed()).to.deep.equal([10, 20, 30, 35, 36]);
      expect((await checkAudit(other.db, {})).problems).to.deep.equal([]);
      await other.db.deleteFrom('audit_checkpoint').where('seq', '=', 20).execute();
      expect((await checkAudit(other.db, {})).problems).to.deep.include.members([
        {
          shop: 'a',
          seq: 11,
          until: 30,
          what: 'removed_checkpoint',
          detail: '20 records without a checkpoint; there is one every 10',
        },
      ]);
      rmSync(folder, { recursive: true, force: true });
    } finally {
      await other.close();
    }
  });

  it('of one period are checked by themselves', async () => {
    for (const at of [1_000, 2_000, 3_000, 4_000])
      await journaled(db, (tx) => recordAudit(tx, 'a', { ...entry(`m-${at}`), at }));
    expect(await checkAudit(db, { since: 2_000, until: 3_000 })).to.deep.include({
      records: 2,
      problems: [],
    });
    await replace('a', 1, { author: 'x' });
    expect((await checkAudit(db, { since: 2_000 })).problems).to.deep.equal([]);
    await replace('a', 3, { author: 'x' });
    expect((await checkAudit(db, { since: 2_000 })).problems).to.have.length(1);
  });

  it('of an erased customer cannot be read any more, and the chain is whole', async () => {
    await write('a', 'm-1');
    await journaled(db, (tx) => recordAudit(tx, 'a', entry('m-2', 'u-2')));
    await db
      .transaction()
      .execute((tx) => destroyCustomerKeys(tx, 'a', { channel: 'jumia', id: 'u-1' }, 3_000));
    const opened = await openRecords(db, await read('a'));
    expect([...opened.keys()]).to.deep.equal([2]);
    expect(await problems()).to.deep.equal([]);
    await write('a', 'm-3');
    const records = await read('a');
    expect(records[2]?.customer).to.not.equal(records[0]?.customer);
    expect([...(await openRecords(db, records)).keys()]).to.deep.equal([2, 3]);
  });

  it('tell of blocked messages, overruled rules and operators', async () => {
    const message = {
      id: 'm-1',
      channel: 'jumia',
      account: 'a',
      conversation: 'c-1',
      from: { role: 'customer' as const, id: 'u-1' },
      content: { kind: 'text' as const, text: 'hello' },
      sentAt: 1,
      receivedAt: 1,
      context: {},
    };
    const { conversationId } = await db
      .transaction()
      .execute((tx) => acceptMessage(tx, message, { shop: 'a', bot: 'logistics', slaCounted: true }, 1));
    const block = {
      conversationId,
      ref: 'm_1',
      rule: 'external_payment_link',
      clause: 'payment-outside',
      evidence: 'pay here: http://evil.example',
      author: 'agent:a-1',
      now: 5,
    };
    await db.transaction().execute((tx) => recordBlock(tx, block));
    await recordOperator(db, ['a', 'b'], {
      kind: 'override',
      action: 'train --force',
      ref: 'model-2',
      operator: 'ada',
      now: 6,
    });
    const records = await read('a');
    expect(records.map(({ kind, author, ref }) => [kind, author, ref])).to.deep.equal([
      ['message', 'customer', records[0]?.ref],
      ['block', 'agent:a-1', 'm_1'],
      ['override', 'operator:ada', 'model-2'],
    ]);
    expect(records[1]?.data).to.equal('{"clause":"payment-outside","rule":"external_payment_link"}');
    expect((await openRecords(db, records)).get(2)?.content).to.deep.equal({
      evidence: 'pay here: http://evil.example',
    });
    expect(await read('b')).to.have.length(1);
  });

  it('are not written with keys other than those the store was used with', async () => {
    await checkAuditKeys(db);
    const folder = mkdtempSync(join(tmpdir(), 'wismo-test-'));
    attachAudit(db, { dataDir: folder });
    const error: unknown = await checkAuditKeys(db).catch((one: unknown) => one);
    expect(error).to.be.instanceOf(ConfigError);
    expect((error as ConfigError).problems).to.have.length(2);
    expect((error as ConfigError).problems[0]).to.include('WISMO_AUDIT_KEY');
    rmSync(folder, { recursive: true, force: true });
  });

  it('go on with new keys once an operator says so; the old public key still verifies what it signed', async () => {
    await checkAuditKeys(db);
    await write('a', 'm-1');
    await writeCheckpoints(db, 2_000);
    const before = auditKeys(db).publicKey;
    expect(await acceptNewKeys(db, 'ada', 3_000)).to.deep.equal({ changed: [], unreadable: 0 });
    const folder = mkdtempSync(join(tmpdir(), 'wismo-test-'));
    attachAudit(db, { dataDir: folder });
    expect(await acceptNewKeys(db, 'ada', 3_000)).to.deep.equal({
      changed: ['signing', 'master'],
      unreadable: 1,
    });
    await checkAuditKeys(db);
    await write('a', 'm-2');
    expect(await problems()).to.deep.equal([['a', 'wrong_key', 1, 1]]);
    expect((await checkAudit(db, { oldKeys: [before] })).problems).to.deep.equal([]);
    expect([...(await openRecords(db, await read('a'))).keys()]).to.deep.equal([3]);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('the keys of the audit chain', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'wismo-test-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are made once, readable by the owner only', () => {
    const first = readAuditKeys({ dataDir: folder });
    const second = readAuditKeys({ dataDir: folder });
    expect(second.fingerprint).to.equal(first.fingerprint);
    expect(second.master.equals(first.master)).to.equal(true);
    for (const name of ['audit-signing.pem', 'master.key'])
      expect(statSync(join(folder, KEY_FOLDER, name)).mode & 0o777).to.equal(0o600);
  });

  it('may be given instead, as PEM or base64', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const masterKey = Buffer.alloc(32, 7).toString('base64');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const der = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    const fingerprints = [pem, pem.replace(/\n/g, '\\n'), der].map(
      (signingKey) => readAuditKeys({ dataDir: folder, signingKey, masterKey }).fingerprint,
    );
    expect(new Set(fingerprints).size).to.equal(1);
  });

  it('are refused when they are no such keys, without being repeated', () => {
    const masterKey = Buffer.alloc(32, 7).toString('base64');
    for (const given of [{ signingKey: 'secret-but-wrong', masterKey }, { masterKey: 'secret-but-short' }])
      expect(() => readAuditKeys({ dataDir: folder, ...given }))
        .to.throw(ConfigError, 'Make one with: openssl')
        .with.property('message')
        .that.does.not.include('secret-but');
  });

  it('are refused when others may read them', function () {
    if (process.platform === 'win32') this.skip();
    readAuditKeys({ dataDir: folder });
    chmodSync(join(folder, KEY_FOLDER, 'master.key'), 0o644);
    expect(() => readAuditKeys({ dataDir: folder })).to.throw(ConfigError, 'chmod 600');
  });

  it('are refused when the folder cannot be written', () => {
    writeFileSync(join(folder, KEY_FOLDER), '');
    expect(() => readAuditKeys({ dataDir: folder })).to.throw(ConfigError, 'cannot be read or made');
  });
});
