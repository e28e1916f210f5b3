/**
 * What the audit chain costs: writing a record, and verifying many. `npm run bench:audit`
 *
 * Judged by processor time, so that the verdict does not depend on what else the machine does; wall time is shown too.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery } from 'kysely';
import type { AuditRecord, Checkpoint } from '../compliance/audit-chain.ts';
import { chain, fingerprintOf, GENESIS, signCheckpoint } from '../compliance/audit-chain.ts';
import { verifyChain } from '../compliance/audit-verify.ts';
import { checkAudit } from '../server/audit-check.ts';
import type { AuditEntry } from '../server/store/audit.ts';
import { appendAudit } from '../server/store/audit.ts';
import { openStore } from '../server/store/open.ts';

const VERIFIED = 200_000;
const WRITTEN = 20_000;
const VERIFY_GOAL = 100_000;
const WRITE_GOAL_US = 30;

const print = (what: string, figure: string, goal = ''): void =>
  console.log(`${what.padEnd(58)} ${figure.padStart(16)}  ${goal}`);
const perSecond = (count: number, ms: number): number => Math.round((count / ms) * 1_000);

type Stopwatch = () => { readonly wallMs: number; readonly cpuMs: number };

function startWatch(): Stopwatch {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1_000 };
  };
}

function pureVerification(): boolean {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer = { privateKey, fingerprint: fingerprintOf(publicKey) };
  const records: AuditRecord[] = [];
  const checkpoints: Checkpoint[] = [];
  let prev = GENESIS;
  for (let seq = 1; seq <= VERIFIED; seq += 1) {
    const record = chain(prev, {
      shop: 'lagos-home',
      seq,
      at: 1_700_000_000_000 + seq,
      kind: 'message',
      conversation: 'c_6f0e3c1c-5f53-4a0e-9a52-0a6f0f6b6a11',
      customer: 'k_6f0e3c1c-5f53-4a0e-9a52-0a6f0f6b6a11',
      author: 'customer',
      ref: 'sha256:0123456789abcdef0123456789abcdef',
      data: '{"channel":"jumia","direction":"in","sentAt":1700000000000}',
      sealed: 'A'.repeat(320),
    });
    prev = record.hash;
    records.push(record);
    if (seq % 1_000 === 0)
      checkpoints.push(signCheckpoint({ shop: 'lagos-home', seq, hash: record.hash, at: seq }, signer));
  }
  const watch = startWatch();
  const { problems } = verifyChain(records, checkpoints, publicKey);
  const { wallMs, cpuMs } = watch();
  const rate = perSecond(VERIFIED, cpuMs);
  if (problems.length > 0) throw new Error('The chain of the benchmark is broken.');
  const goal = `goal ${VERIFY_GOAL.toLocaleString('en')} (wall: ${perSecond(VERIFIED, wallMs).toLocaleString('en')})`;
  print('verify, records a second', rate.toLocaleString('en'), goal);
  return rate >= VERIFY_GOAL;
}

const entry = (customer: number): AuditEntry => ({
  kind: 'message',
  at: 1_700_000_000_000,
  conversation: `c_6f0e3c1c-5f53-4a0e-9a52-0a6f0f6b6${100 + customer}`,
  author: 'customer',
  ref: 'sha256:0123456789abcdef0123456789abcdef',
  data: { direction: 'in', channel: 'jumia', sentAt: 1_700_000_000_000 },
  personal: {
    customer: { channel: 'jumia', id: `u-${customer}` },
    content: {
      content: { kind: 'text', text: 'Where is my order 338000001? It should be here since Monday.' },
    },
  },
});

async function writing(): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'wismo-bench-'));
  const { db, close } = await openStore({ dataDir });
  let good = true;
  try {
    await db.executeQuery(CompiledQuery.raw('pragma synchronous = off'));
    const write = async (perTransaction: number) => {
      const watch = startWatch();
      for (let done = 0; done < WRITTEN; done += perTransaction) {
        const entries = Array.from({ length: perTransaction }, (_, index) => entry((done + index) % 500));
        await db.transaction().execute((tx) => appendAudit(tx, 'lagos-home', entries));
      }
      const { wallMs, cpuMs } = watch();
      return { us: (cpuMs / WRITTEN) * 1_000, wallUs: (wallMs / WRITTEN) * 1_000 };
    };
    await write(50);
    for (const perTransaction of [1, 5, 50]) {
      const { us, wallUs } = await write(perTransaction);
      const counts = perTransaction >= 50;
      if (counts) good &&= us < WRITE_GOAL_US;
      print(
        `append, ${perTransaction} a transaction, without fsync, a record`,
        `${us.toFixed(1)} µs`,
        `${counts ? `goal ${WRITE_GOAL_US} µs` : 'with the transaction'} (wall: ${wallUs.toFixed(1)} µs)`,
      );
    }
    const watch = startWatch();
    const { records, problems } = await checkAudit(db, {});
    if (problems.length > 0) throw new Error('The chain in the store is broken.');
    print(
      'wismo audit verify on SQLite, records a second',
      perSecond(records, watch().cpuMs).toLocaleString('en'),
    );
  } finally {
    await close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  return good;
}

const good = [pureVerification(), await writing()].every(Boolean);
process.exitCode = good ? 0 : 1;
