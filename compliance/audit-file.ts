/**
 * An exported part of the chains, as JSON Lines that can be verified without the installation they come from:
 * a `header` (public key, what was asked for), `record` and `omitted` lines in order of their number, `checkpoint` lines,
 * and an `end` line with the counts. A `record` line without `type`, `prev`, `hash`, `content` and
 * `contentKey` is what is hashed.
 */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { AuditRecord, Checkpoint } from './audit-chain.ts';
import { AUDIT_KINDS, AUDIT_VERSION, fingerprintOf } from './audit-chain.ts';
import type { Json } from './canonical-json.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Problem } from './audit-problem.ts';
import type { Omitted, ShopVerifier } from './audit-verify.ts';
import { createShopVerifier } from './audit-verify.ts';
import { openBytes } from './sealing.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
const seq = z.number().int().min(1);

const headerLine = z.object({
  type: z.literal('header'),
  format: z.literal('wismo-audit'),
  v: z.literal(AUDIT_VERSION),
  key: z.string(),
  publicKey: z.string(),
  exportedAt: z.number(),
  /** First and last number of each shop's part. */
  shops: z.record(z.string(), z.object({ from: seq, to: z.number().int().min(0) })),
  asked: z.record(z.string(), z.unknown()),
});
export type FileHeader = z.infer<typeof headerLine>;

const recordLine = z.object({
  type: z.literal('record'),
  v: z.literal(AUDIT_VERSION),
  shop: z.string(),
  seq,
  at: z.number().int(),
  kind: z.enum(AUDIT_KINDS),
  conversation: z.string().nullable(),
  customer: z.string().nullable(),
  author: z.string(),
  ref: z.string(),
  data: z.record(z.string(), z.json()).transform((data) => canonicalJson(data)),
  sealed: z.string().nullable(),
  prev: hex,
  hash: hex,
  /** Decrypted for people to read; not part of what is hashed. */
  content: z.json().optional(),
  /** Opens `sealed` of this record and of no other, so that anybody can see that `content` is what was written. */
  contentKey: z.string().optional(),
});
const omittedLine = z.object({ type: z.literal('omitted'), shop: z.string(), seq, digest: hex });
const checkpointLine = z.object({
  type: z.literal('checkpoint'),
  shop: z.string(),
  seq,
  hash: hex,
  at: z.number().int(),
  key: z.string(),
  signature: z.string(),
});
const endLine = z.object({
  type: z.literal('end'),
  records: z.number().int(),
  omitted: z.number().int(),
  checkpoints: z.number().int(),
});
const anyLine = z.discriminatedUnion('type', [headerLine, recordLine, omittedLine, checkpointLine, endLine]);

export type FileCounts = { readonly records: number; readonly omitted: number; readonly checkpoints: number };

export type Opened = { readonly content: Json; readonly contentKey: string };

export function recordToLine(record: AuditRecord, opened: Opened | null): string {
  const { data, ...rest } = record;
  return JSON.stringify({
    type: 'record',
    v: AUDIT_VERSION,
    ...rest,
    data: JSON.parse(data) as Json,
    ...opened,
  });
}

export const omittedToLine = (omitted: Omitted): string => JSON.stringify({ type: 'omitted', ...omitted });
export const checkpointToLine = (one: Checkpoint): string => JSON.stringify({ type: 'checkpoint', ...one });
export const headerToLine = (header: Omit<FileHeader, 'type' | 'format' | 'v'>): string =>
  JSON.stringify({ type: 'header', format: 'wismo-audit', v: AUDIT_VERSION, ...header });
export const endToLine = (counts: FileCounts): string => JSON.stringify({ type: 'end', ...counts });

/** `line` counts from 1; `shop` is empty for what is wrong with the file itself. */
export type FileProblem =
  Problem | { readonly line: number; readonly what: 'malformed' | 'truncated'; readonly detail: string };

export type FileReport = FileCounts & {
  readonly key: string | null;
  readonly problems: readonly FileProblem[];
};

/**
 * Verifies the lines of an export. Checkpoints are looked at first, so the file is read twice: `lines` is called twice.
 *
 * @param trusted the public keys you were given by other means; without any the file's own is used, which only proves that
 *   whoever holds the key named in `key` made the file
 */
export async function verifyFile(
  lines: () => AsyncIterable<string>,
  trusted: readonly KeyObject[],
): Promise<FileReport> {
  const problems: FileProblem[] = [];
  const malformed = (line: number, detail: string): void => {
    if (problems.length < 1_000) problems.push({ line, what: 'malformed', detail });
  };
  const { header, checkpoints } = await firstPass(lines(), malformed);
  if (!header) return { records: 0, omitted: 0, checkpoints: 0, key: null, problems };
  const own = readPublicKey(header.publicKey);
  const publicKeys = trusted.length > 0 ? trusted : own ? [own] : [];
  if (!own || publicKeys.length === 0) {
    malformed(1, 'the public key of the header cannot be read');
    return { records: 0, omitted: 0, checkpoints: 0, key: null, problems };
  }
  const verifiers = new Map<string, ShopVerifier>();
  for (const [shop, { from }] of Object.entries(header.shops))
    verifiers.set(
      shop,
      createShopVerifier({ shop, from, checkpoints, publicKeys, otherShops: Object.keys(header.shops) }),
    );
  const counts = { records: 0, omitted: 0, checkpoints: 0 };
  let end: FileCounts | null = null;
  let number = 0;
  for await (const text of lines()) {
    number += 1;
    const line = parse(text);
    if (!line || line.type === 'header') continue;
    if (end) malformed(number, 'stands behind the end of the file');
    if (line.type === 'end') {
      end = line;
      continue;
    }
    if (line.type === 'checkpoint') {
      counts.checkpoints += 1;
      continue;
    }
    const verifier = verifiers.get(line.shop);
    if (!verifier) malformed(number, `the header knows no shop ${line.shop}`);
    if (line.type === 'omitted') {
      counts.omitted += 1;
      verifier?.omitted(line);
    } else {
      counts.records += 1;
      verifier?.record(toRecord(line));
      if (line.content !== undefined && !isWhatWasSealed(line))
        problems.push({
          shop: line.shop,
          seq: line.seq,
          what: 'altered',
          detail: 'the content shown is not the content that was sealed',
        });
    }
  }
  for (const [shop, verifier] of verifiers) {
    const to = header.shops[shop]?.to ?? 0;
    problems.push(...verifier.end({ allSigned: true, ...(to > 0 ? { reaches: to } : {}) }));
  }
  if (!end)
    problems.push({ line: number, what: 'truncated', detail: 'the line that ends the file is missing' });
  else if (
    end.records !== counts.records ||
    end.omitted !== counts.omitted ||
    end.checkpoints !== counts.checkpoints
  )
    problems.push({
      line: number,
      what: 'truncated',
      detail: 'the counts at the end are not those of the file',
    });
  return { ...counts, key: fingerprintOf(own), problems };
}

async function firstPass(
  lines: AsyncIterable<string>,
  malformed: (line: number, detail: string) => void,
): Promise<{ readonly header: FileHeader | null; readonly checkpoints: readonly Checkpoint[] }> {
  let header: FileHeader | null = null;
  const checkpoints: Checkpoint[] = [];
  let number = 0;
  for await (const text of lines) {
    number += 1;
    const line = parse(text);
    if (!line) malformed(number, 'is not a line of an audit export');
    else if (line.type === 'header' && number === 1) header = line;
    else if (line.type === 'header') malformed(number, 'is a second header');
    else if (line.type === 'checkpoint') checkpoints.push(line);
    if (number === 1 && !header) break;
  }
  return { header, checkpoints };
}

type Line = z.infer<typeof anyLine>;

function parse(text: string): Line | null {
  try {
    const result = anyLine.safeParse(JSON.parse(text) as unknown);
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}

function isWhatWasSealed(line: z.infer<typeof recordLine>): boolean {
  if (line.content === undefined || line.sealed === null || line.contentKey === undefined) return false;
  try {
    const key = Buffer.from(line.contentKey, 'base64url');
    const text = openBytes(key, line.sealed).toString('utf8');
    return canonicalJson(JSON.parse(text) as Json) === canonicalJson(line.content);
  } catch {
    return false;
  }
}

function toRecord(line: z.infer<typeof recordLine>): AuditRecord {
  const { shop, seq, at, kind, conversation, customer, author, ref, data, sealed, prev, hash } = line;
  return { shop, seq, at, kind, conversation, customer, author, ref, data, sealed, prev, hash };
}

function readPublicKey(pem: string): KeyObject | null {
  try {
    return createPublicKey(pem);
  } catch {
    return null;
  }
}
