/** Finds what was done to a chain, and names it. Streams: one record is looked at once, in the order it is given. */
import type { KeyObject } from 'node:crypto';
import type { AuditRecord, Checkpoint } from './audit-chain.ts';
import { digestOf, fingerprintOf, GENESIS, hashOf, isGenuine } from './audit-chain.ts';
import type { Problem, ProblemKind } from './audit-problem.ts';
import { createSuspects } from './audit-suspects.ts';

/** An export of one conversation carries the records between only as digests. */
export type Omitted = { readonly shop: string; readonly seq: number; readonly digest: string };

/** Where the store noted that the chain ends. `genuine` is false when the note is not ours. */
export type NotedEnd = { readonly seq: number; readonly hash: string; readonly genuine: boolean };

export type ShopChain = {
  readonly shop: string;
  readonly checkpoints: readonly Checkpoint[];
  /** The key in use, and those before it. */
  readonly publicKeys: readonly KeyObject[];
  /** First number to expect; 1 for a whole chain. */
  readonly from?: number;
  /** Records between two checkpoints at most; 0 when unknown. */
  readonly checkpointEvery?: number;
  /** Other shops' names, to tell a record that was moved between them. */
  readonly otherShops?: readonly string[];
};

export type ChainEnd = {
  /** What the store noted; `undefined` when there is no store to ask (a file). */
  readonly noted?: NotedEnd | null;
  /** Number of the last record as the header of a file says. */
  readonly reaches?: number;
  /** True when every record must be at or before a checkpoint (a file has nothing else to hold on to). */
  readonly allSigned?: boolean;
};

export type ShopVerifier = {
  readonly record: (record: AuditRecord) => void;
  readonly omitted: (record: Omitted) => void;
  /** Everything that is wrong, in the order of the records. */
  readonly end: (end?: ChainEnd) => readonly Problem[];
};

export function createShopVerifier(chain: ShopChain): ShopVerifier {
  const { shop, from = 1 } = chain;
  const problems: Problem[] = [];
  const report = (what: ProblemKind, seq: number, detail: string, until = seq): void => {
    problems.push({ shop, seq, ...(until === seq ? {} : { until }), what, detail });
  };
  const signed = genuineCheckpoints(chain, report);
  const suspects = createSuspects(shop, chain.otherShops ?? []);
  /** Numbers that were jumped over, until they turn up late. */
  let gaps: readonly { readonly from: number; readonly to: number }[] = [];
  let next = from;
  let hash: string | null = from === 1 ? GENESIS : null;
  /** What the record before hashes to now, when that is not what it says. */
  let recomputed: string | null = null;
  let lastSuspect = 0;
  let lastSigned = from - 1;
  let rewritten = false;

  const inOrder = (seq: number): boolean => {
    if (seq < next) {
      const gap = gaps.find((one) => one.from <= seq && seq <= one.to);
      if (gap) {
        gaps = gaps.flatMap((one) => (one === gap ? split(gap, seq) : [one]));
        report('reordered', seq, `stands behind record ${next - 1}`);
      } else report('inserted', seq, `there is a record ${seq} already`);
      return false;
    }
    if (seq > next) {
      gaps = [...gaps, { from: next, to: seq - 1 }];
      hash = null;
      recomputed = null;
    }
    next = seq + 1;
    return true;
  };

  const compareWithSigned = (seq: number): void => {
    const checkpoint = signed.get(seq);
    if (!checkpoint || hash === null) return;
    if (checkpoint.hash === hash) {
      lastSigned = seq;
      return;
    }
    if (!rewritten)
      report(
        'rewritten',
        lastSigned + 1,
        `the chain up to ${seq} is not the one signed on ${new Date(checkpoint.at).toISOString()}`,
        seq,
      );
    rewritten = true;
  };

  return {
    record: (record) => {
      if (record.shop !== shop)
        return report('foreign', record.seq, `is a record of the shop ${record.shop}`);
      const digest = digestOf(record);
      const own = hashOf(record.prev, digest);
      if (!inOrder(record.seq)) {
        if (own !== record.hash) suspects.add(record);
        return;
      }
      if (own !== record.hash) {
        suspects.add(record);
        lastSuspect = record.seq;
      } else if (
        hash !== null &&
        record.prev !== hash &&
        record.prev !== recomputed &&
        lastSuspect !== record.seq - 1
      ) {
        report(
          'altered',
          record.seq - 1,
          `record ${record.seq} was chained to another record ${record.seq - 1}`,
        );
      }
      hash = record.hash;
      recomputed = own === record.hash ? null : own;
      compareWithSigned(record.seq);
    },
    omitted: ({ seq, digest }) => {
      if (!inOrder(seq)) return;
      hash = hash === null ? null : hashOf(hash, digest);
      recomputed = null;
      compareWithSigned(seq);
    },
    end: ({ noted, reaches = 0, allSigned = false } = {}) => {
      const last = next - 1;
      const found = suspects.resolve(last);
      for (const gap of gaps) {
        // A removal that shifted the numbers after it leaves no gap; a gap is a removal that did not.
        report('removed', gap.from, gap.from === gap.to ? 'is missing' : `to ${gap.to} are missing`, gap.to);
      }
      const lastCheckpoint = Math.max(0, ...signed.keys());
      const expected = Math.max(lastCheckpoint, noted?.seq ?? 0, reaches);
      if (expected > last)
        report(
          'truncated',
          last + 1,
          lastCheckpoint === expected
            ? `the chain was signed up to ${expected}`
            : `the chain is known to reach ${expected}`,
          expected,
        );
      if (noted !== undefined) checkEnd(noted, last);
      if (allSigned && lastCheckpoint < last)
        report('unsigned', lastCheckpoint + 1, 'no checkpoint covers what follows', last);
      checkSpacing(last);
      return [...problems, ...found].sort((a, b) => a.seq - b.seq);
    },
  };

  function checkEnd(noted: NotedEnd | null, last: number): void {
    if (noted === null) {
      if (last >= from) report('forged_head', last, 'the note of where the chain ends is gone');
      return;
    }
    if (!noted.genuine)
      report(
        'forged_head',
        noted.seq,
        'the note of where the chain ends was not written by this installation',
      );
    if (noted.seq < last)
      report('inserted', noted.seq + 1, `the chain is known to end at ${noted.seq}`, last);
    if (noted.seq === last && hash !== null && noted.hash !== hash && lastSuspect !== last)
      report('altered', last, 'is not the record the chain is known to end with');
  }

  function checkSpacing(last: number): void {
    const every = chain.checkpointEvery ?? 0;
    if (every <= 0) return;
    let before = from - 1;
    for (const seq of [...signed.keys(), last].sort((a, b) => a - b)) {
      if (seq > last || seq < from) continue;
      if (seq - before > every)
        report(
          'removed_checkpoint',
          before + 1,
          `${seq - before} records without a checkpoint; there is one every ${every}`,
          seq,
        );
      before = seq;
    }
  }
}

/** Those of the shop whose signature holds; the others are reported. */
function genuineCheckpoints(
  { shop, checkpoints, publicKeys }: ShopChain,
  report: (what: ProblemKind, seq: number, detail: string) => void,
): ReadonlyMap<number, Checkpoint> {
  const keys = new Map(publicKeys.map((key) => [fingerprintOf(key), key]));
  const signed = new Map<number, Checkpoint>();
  for (const checkpoint of checkpoints) {
    if (checkpoint.shop !== shop) continue;
    const publicKey = keys.get(checkpoint.key);
    if (!publicKey)
      report(
        'wrong_key',
        checkpoint.seq,
        `the checkpoint was signed with the key ${checkpoint.key}, not with ${[...keys.keys()].join(' or ')}`,
      );
    else if (!isGenuine(checkpoint, publicKey))
      report('forged_checkpoint', checkpoint.seq, 'the signature of the checkpoint does not hold');
    else signed.set(checkpoint.seq, checkpoint);
  }
  return signed;
}

function split(gap: { readonly from: number; readonly to: number }, seq: number) {
  return [
    { from: gap.from, to: seq - 1 },
    { from: seq + 1, to: gap.to },
  ].filter((one) => one.from <= one.to);
}

export type ChainReport = { readonly records: number; readonly problems: readonly Problem[] };

/**
 * Verifies the records of one or several shops, each shop's in ascending order of `seq`. Pure: no I/O, no clock.
 *
 * @example
 * verifyChain(records, checkpoints, publicKey).problems
 * // [{ shop: 'lagos', seq: 17, what: 'altered', detail: '…' }]
 */
export function verifyChain(
  records: Iterable<AuditRecord>,
  checkpoints: readonly Checkpoint[],
  publicKey: KeyObject,
  options: {
    /** Where the store noted each chain's end; `undefined` when nothing was noted anywhere. */
    readonly ends?: ReadonlyMap<string, NotedEnd>;
    readonly checkpointEvery?: number;
  } = {},
): ChainReport {
  const shops = [...new Set([...checkpoints.map(({ shop }) => shop), ...(options.ends?.keys() ?? [])])];
  const verifiers = new Map<string, ShopVerifier>();
  const verifierOf = (shop: string): ShopVerifier => {
    const known = verifiers.get(shop);
    if (known) return known;
    const made = createShopVerifier({
      shop,
      checkpoints,
      publicKeys: [publicKey],
      otherShops: shops,
      ...(options.checkpointEvery === undefined ? {} : { checkpointEvery: options.checkpointEvery }),
    });
    verifiers.set(shop, made);
    return made;
  };
  for (const shop of shops) verifierOf(shop);
  let count = 0;
  for (const record of records) {
    count += 1;
    verifierOf(record.shop).record(record);
  }
  const { ends } = options;
  const problems = [...verifiers].flatMap(([shop, verifier]) =>
    verifier.end(ends ? { noted: ends.get(shop) ?? null } : {}),
  );
  return { records: count, problems };
}
