import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { AuditRecord, Checkpoint } from '../../compliance/audit-chain.ts';
import { chain, fingerprintOf, GENESIS, signCheckpoint } from '../../compliance/audit-chain.ts';
import type { Problem } from '../../compliance/audit-problem.ts';
import type { NotedEnd } from '../../compliance/audit-verify.ts';
import { verifyChain } from '../../compliance/audit-verify.ts';

const KEYS = generateKeyPairSync('ed25519');
const OTHER = generateKeyPairSync('ed25519');
const SIGNER = { privateKey: KEYS.privateKey, fingerprint: fingerprintOf(KEYS.publicKey) };

function aChain(shop: string, length: number, prev = GENESIS, from = 1): AuditRecord[] {
  const records: AuditRecord[] = [];
  let last = prev;
  for (let seq = from; seq < from + length; seq += 1) {
    const record = chain(last, {
      shop,
      seq,
      at: 1_000 + seq,
      kind: 'message',
      conversation: 'c_1',
      customer: 'k_1',
      author: 'customer',
      ref: `m-${seq}`,
      data: '{"direction":"in"}',
      sealed: `sealed-${shop}-${seq}`,
    });
    records.push(record);
    last = record.hash;
  }
  return records;
}

const at = (records: readonly AuditRecord[], seq: number): AuditRecord => {
  const record = records.find((one) => one.seq === seq);
  if (!record) throw new Error(`no record ${seq}`);
  return record;
};

const checkpointOf = (records: readonly AuditRecord[], seq: number): Checkpoint => {
  const { shop, hash } = at(records, seq);
  return signCheckpoint({ shop, seq, hash, at: 5_000 }, SIGNER);
};

const endOf = (records: readonly AuditRecord[]): NotedEnd => {
  const last = records.at(-1);
  return { seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS, genuine: true };
};

/** What is found, without the words. */
const named = (problems: readonly Problem[]): readonly (readonly [string, number, number])[] =>
  problems.map(({ what, seq, until }) => [what, seq, until ?? seq]);

describe('the audit chain', () => {
  const whole = aChain('a', 20);
  const checkpoints = [checkpointOf(whole, 10), checkpointOf(whole, 20)];
  const ends = new Map([['a', endOf(whole)]]);
  const find = (records: readonly AuditRecord[], signed = checkpoints, key = KEYS.publicKey) =>
    named(verifyChain(records, signed, key, { ends }).problems);

  it('is whole when nobody touched it', () => {
    expect(verifyChain(whole, checkpoints, KEYS.publicKey, { ends })).to.deep.equal({
      records: 20,
      problems: [],
    });
  });

  it('names a record whose content was altered', () => {
    for (const change of [
      { sealed: 'other' },
      { author: 'bot:logistics' },
      { at: 1 },
      { data: '{"direction":"out"}' },
      { ref: 'x' },
      { conversation: null },
      { customer: null },
      { kind: 'block' as const },
      { hash: 'f'.repeat(64) },
      { prev: 'f'.repeat(64) },
    ]) {
      const records = whole.map((record) => (record.seq === 7 ? { ...record, ...change } : record));
      expect(find(records), JSON.stringify(change)).to.deep.equal([['altered', 7, 7]]);
    }
  });

  it('names a record that was altered and hashed anew', () => {
    const records = whole.map((record) =>
      record.seq === 7 ? chain(record.prev, { ...record, sealed: 'other' }) : record,
    );
    expect(find(records)).to.deep.equal([['altered', 7, 7]]);
  });

  it('names the signed stretch that was made anew from an altered record on', () => {
    const altered = chain(at(whole, 7).prev, { ...at(whole, 7), sealed: 'other' });
    const records = [...whole.slice(0, 6), altered, ...aChain('a', 13, altered.hash, 8)];
    const rewrittenEnd = new Map([['a', endOf(records)]]);
    const { problems } = verifyChain(records, checkpoints, KEYS.publicKey, { ends: rewrittenEnd });
    expect(named(problems)).to.deep.equal([['rewritten', 1, 10]]);
    const late = chain(at(whole, 15).prev, { ...at(whole, 15), sealed: 'other' });
    const lateRecords = [...whole.slice(0, 14), late, ...aChain('a', 5, late.hash, 16)];
    expect(find(lateRecords)[0]).to.deep.equal(['rewritten', 11, 20]);
  });

  it('names removed records, one or many', () => {
    expect(find(whole.filter(({ seq }) => seq !== 7))).to.deep.equal([['removed', 7, 7]]);
    expect(find(whole.filter(({ seq }) => seq < 5 || seq > 12))).to.deep.equal([['removed', 5, 12]]);
    expect(find(whole.filter(({ seq }) => seq !== 1))).to.deep.equal([['removed', 1, 1]]);
  });

  it('names a record that was removed with the others renumbered', () => {
    const records = whole
      .filter(({ seq }) => seq !== 7)
      .map((record) => (record.seq > 7 ? { ...record, seq: record.seq - 1 } : record));
    expect(find(records)).to.deep.include(['removed', 7, 7]);
    expect(find(records).some(([what]) => what === 'altered' || what === 'reordered')).to.equal(false);
  });

  it('names an inserted record, with the others renumbered or not', () => {
    const extra = chain(at(whole, 6).hash, { ...at(whole, 7), ref: 'x' });
    const twice = [...whole.slice(0, 7), extra, ...whole.slice(7)];
    expect(find(twice)).to.deep.equal([['inserted', 7, 7]]);
    const shifted = whole.slice(6).map((record) => ({ ...record, seq: record.seq + 1 }));
    const found = find([...whole.slice(0, 6), extra, ...shifted]);
    expect(found).to.deep.include(['inserted', 7, 7]);
    expect(found.some(([what]) => what === 'altered' || what === 'reordered')).to.equal(false);
  });

  it('names a record that was put behind the end', () => {
    const extra = chain(at(whole, 20).hash, { ...at(whole, 20), seq: 21 });
    expect(find([...whole, extra])).to.deep.equal([['inserted', 21, 21]]);
  });

  it('names records that changed places, in the file or by their numbers', () => {
    const lines = [...whole];
    [lines[4], lines[11]] = [at(whole, 12), at(whole, 5)];
    expect(find(lines).every(([what]) => what === 'reordered')).to.equal(true);
    expect(find(lines).length).to.be.greaterThan(0);
    const numbers = whole.map((record) =>
      record.seq === 5
        ? { ...at(whole, 12), seq: 5 }
        : record.seq === 12
          ? { ...at(whole, 5), seq: 12 }
          : record,
    );
    expect(find(numbers)).to.deep.equal([
      ['reordered', 5, 5],
      ['reordered', 12, 12],
    ]);
    const neighbors = whole.map((record) =>
      record.seq === 5
        ? { ...at(whole, 6), seq: 5 }
        : record.seq === 6
          ? { ...at(whole, 5), seq: 6 }
          : record,
    );
    expect(find(neighbors)).to.deep.equal([
      ['reordered', 5, 5],
      ['reordered', 6, 6],
    ]);
  });

  it('names a missing end by the noted end, and by the last checkpoint', () => {
    expect(find(whole.slice(0, 17))).to.deep.equal([['truncated', 18, 20]]);
    const cut = whole.slice(0, 17);
    const { problems } = verifyChain(cut, checkpoints, KEYS.publicKey, {
      ends: new Map([['a', endOf(cut)]]),
    });
    expect(named(problems)).to.deep.equal([['truncated', 18, 20]]);
    expect(named(verifyChain([], checkpoints, KEYS.publicKey).problems)).to.deep.equal([
      ['truncated', 1, 20],
    ]);
  });

  it('does not take the word of a noted end that is not ours, or is gone', () => {
    const forged = new Map([['a', { ...endOf(whole), genuine: false }]]);
    expect(named(verifyChain(whole, checkpoints, KEYS.publicKey, { ends: forged }).problems)).to.deep.equal([
      ['forged_head', 20, 20],
    ]);
    expect(
      named(verifyChain(whole, checkpoints, KEYS.publicKey, { ends: new Map() }).problems),
    ).to.deep.equal([['forged_head', 20, 20]]);
  });

  it('names records that were moved between two shops', () => {
    const other = aChain('b', 20);
    const mixed = [
      ...whole.map((record) => (record.seq === 5 ? { ...at(other, 5), shop: 'a' } : record)),
      ...other.map((record) => (record.seq === 5 ? { ...at(whole, 5), shop: 'b' } : record)),
    ];
    const both = new Map([...ends, ['b', endOf(other)]]);
    const { problems } = verifyChain(mixed, checkpoints, KEYS.publicKey, { ends: both });
    expect(problems.map(({ shop, seq, what }) => [shop, seq, what])).to.deep.equal([
      ['a', 5, 'foreign'],
      ['b', 5, 'foreign'],
    ]);
  });

  it('names a forged checkpoint and a key that is not ours', () => {
    const [first, second] = checkpoints;
    if (!first || !second) throw new Error('no checkpoints');
    expect(find(whole, [{ ...first, at: 1 }, second])).to.deep.equal([['forged_checkpoint', 10, 10]]);
    const foreign = { privateKey: OTHER.privateKey, fingerprint: fingerprintOf(OTHER.publicKey) };
    const signedByOther = signCheckpoint({ ...first }, foreign);
    expect(find(whole, [signedByOther, second])).to.deep.equal([['wrong_key', 10, 10]]);
    const pretending = signCheckpoint({ ...first }, { ...foreign, fingerprint: SIGNER.fingerprint });
    expect(find(whole, [pretending, second])).to.deep.equal([['forged_checkpoint', 10, 10]]);
    expect(find(whole, checkpoints, OTHER.publicKey).map(([what]) => what)).to.deep.equal([
      'wrong_key',
      'wrong_key',
    ]);
  });

  it('misses a checkpoint that was taken away', () => {
    const long = aChain('a', 250);
    const check = (signed: readonly Checkpoint[]) =>
      named(verifyChain(long, signed, KEYS.publicKey, { checkpointEvery: 100 }).problems);
    expect(check([checkpointOf(long, 200)])).to.deep.equal([['removed_checkpoint', 1, 200]]);
    expect(check([checkpointOf(long, 100)])).to.deep.equal([['removed_checkpoint', 101, 250]]);
    expect(check([checkpointOf(long, 100), checkpointOf(long, 200)])).to.deep.equal([]);
  });

  it('lets no single change of a single member pass', () => {
    const tampering = fc.record({
      seq: fc.integer({ min: 1, max: 20 }),
      member: fc.constantFrom('at', 'author', 'conversation', 'customer', 'ref', 'sealed', 'data'),
      value: fc.string(),
      number: fc.nat(),
      anew: fc.boolean(),
    });
    fc.assert(
      fc.property(tampering, ({ seq, member, value, number, anew }) => {
        const before = at(whole, seq);
        const changed = {
          ...before,
          [member]: member === 'at' ? number : member === 'data' ? JSON.stringify({ value }) : value,
        };
        fc.pre(JSON.stringify(changed) !== JSON.stringify(before));
        const after = anew ? chain(before.prev, changed) : changed;
        const found = find(whole.map((record) => (record.seq === seq ? after : record)));
        expect(found.some(([, from, to]) => from <= seq && seq <= to)).to.equal(true);
      }),
    );
  });
});
