/**
 * The chain of records, one chain a shop. Each record has a digest over what it says, and a hash over the hash before
 * it and that digest:
 *
 *     digest = SHA-256(canonical JSON of the record without `prev` and `hash`)
 *     hash   = SHA-256(prev ‖ digest)              both as lower-case hex
 *
 * Two steps, so that an export can leave out what is not its business: the digest of an omitted record is enough to
 * carry the chain past it. Personal content is in the record only as ciphertext; the chain survives the loss of its key.
 */
import { createHash, hash as hashOnce, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Instant } from '../domain/time.ts';
import { canonicalJson } from './canonical-json.ts';

export const AUDIT_VERSION = 1;
/** What the first record of a chain is linked to. */
export const GENESIS = '0'.repeat(64);

export const AUDIT_KINDS = [
  /** What a customer, the bot or an agent wrote. */
  'message',
  /** A change of hands: bot, waiting, human, closed. */
  'control',
  /** What the bot understood, decided, and which facts it used. */
  'decision',
  /** What became of a message at the channel. */
  'delivery',
  /** A second message that was promised, and how the promise ended. */
  'follow_up',
  /** A message that was not allowed out. */
  'block',
  /** A person overruled a rule of the product. */
  'override',
  /** What an operator did. */
  'operator',
  /** A customer's data was exported or erased. */
  'privacy',
  /** Data was deleted because its time was over. */
  'retention',
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

export type AuditRecord = {
  readonly shop: string;
  /** 1, 2, 3 … within the shop, without gaps. */
  readonly seq: number;
  readonly at: Instant;
  readonly kind: AuditKind;
  readonly conversation: string | null;
  /** Name of the key that seals `sealed`; a random id, so that it says nothing once the key is gone. */
  readonly customer: string | null;
  /** `customer`, `bot:<id>`, `agent:<id>`, `operator:<name>` or `system`. */
  readonly author: string;
  /** Our own id of what this is about, or the digest of a channel's. */
  readonly ref: string;
  /** Canonical JSON of what is not personal. */
  readonly data: string;
  /** Ciphertext of what is personal, base64url. */
  readonly sealed: string | null;
  readonly prev: string;
  readonly hash: string;
};

/** A record before it has its place in the chain. */
export type Unchained = Omit<AuditRecord, 'prev' | 'hash'>;

const quote = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value));

/**
 * What is hashed: the canonical JSON of the record. Written out by hand because it is the hot path of writing and
 * verifying; a property test holds it against {@link canonicalJson}.
 */
export function canonicalRecord(record: Unchained): string {
  const { shop, seq, at, kind, conversation, customer, author, ref, data, sealed } = record;
  return `{"at":${at},"author":${quote(author)},"conversation":${quote(conversation)},"customer":${quote(customer)},"data":${data},"kind":${quote(kind)},"ref":${quote(ref)},"sealed":${quote(sealed)},"seq":${seq},"shop":${quote(shop)},"v":${AUDIT_VERSION}}`;
}

export function digestOf(record: Unchained): string {
  return hashOnce('sha256', canonicalRecord(record));
}

export function hashOf(prev: string, digest: string): string {
  return hashOnce('sha256', prev + digest);
}

/** Gives a record its place after `prev`. */
export function chain(prev: string, record: Unchained): AuditRecord {
  return { ...record, prev, hash: hashOf(prev, digestOf(record)) };
}

/** The state of a chain at one moment, signed: nothing up to `seq` can change afterwards without being found. */
export type Checkpoint = {
  readonly shop: string;
  readonly seq: number;
  readonly hash: string;
  readonly at: Instant;
  /** Fingerprint of the key that signed. */
  readonly key: string;
  /** Ed25519, base64url. */
  readonly signature: string;
};

function signedBytes({ shop, seq, hash, at, key }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(
    canonicalJson({ at, hash, key, seq, shop, type: 'wismo-audit-checkpoint', v: AUDIT_VERSION }),
  );
}

/** Names a public key: the first 16 bytes of the SHA-256 of its SPKI form, hex. */
export function fingerprintOf(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex').slice(0, 32);
}

export function signCheckpoint(
  place: { readonly shop: string; readonly seq: number; readonly hash: string; readonly at: Instant },
  key: { readonly privateKey: KeyObject; readonly fingerprint: string },
): Checkpoint {
  const unsigned = { ...place, key: key.fingerprint };
  return {
    ...unsigned,
    signature: sign(null, signedBytes(unsigned), key.privateKey).toString('base64url'),
  };
}

export function isGenuine(checkpoint: Checkpoint, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(checkpoint), publicKey, Buffer.from(checkpoint.signature, 'base64url'));
}
