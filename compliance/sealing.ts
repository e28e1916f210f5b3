/**
 * Personal content at rest in the audit records: AES-256-GCM, one random key a customer, kept wrapped with a master
 * key. Destroying a customer's key makes everything sealed with it unreadable for good, and changes no record.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
export const KEY_BYTES = 32;
/** 96 bits, as NIST SP 800-38D recommends; random, and a customer's key seals far fewer than 2^32 values. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** Names a secret key without telling it. */
export function keyName(key: Buffer): string {
  return createHash('sha256').update('wismo key name').update(key).digest('hex').slice(0, 32);
}

/** Random bytes are fetched for many values at once: asking for twelve costs as much as asking for thousands. */
const pool = { bytes: Buffer.alloc(0), used: 0 };
const POOL_BYTES = IV_BYTES * 512;

function freshIv(): Buffer {
  if (pool.used + IV_BYTES > pool.bytes.length) {
    pool.bytes = randomBytes(POOL_BYTES);
    pool.used = 0;
  }
  pool.used += IV_BYTES;
  return pool.bytes.subarray(pool.used - IV_BYTES, pool.used);
}

/** IV, ciphertext and tag in one base64url text. */
export function sealBytes(key: Buffer, value: string | Buffer): string {
  const iv = freshIv();
  const cipher = createCipheriv(ALGORITHM, key, iv);
  const body = typeof value === 'string' ? cipher.update(value, 'utf8') : cipher.update(value);
  return Buffer.concat([iv, body, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** @throws Error when the key or a single bit is another one */
export function openBytes(key: Buffer, sealed: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw new Error('A sealed value is too short.');
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return Buffer.concat([
    decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES)),
    decipher.final(),
  ]);
}

/** A customer's key as it is stored. The wrapping key is made for this id, so that no key can be put in another's place. */
export function wrapKey(master: Buffer, id: string, key: Buffer): string {
  return sealBytes(derive(master, `customer key ${id}`), key);
}

/** @throws Error when the master key is another one, or the wrapped key belongs to another id */
export function unwrapKey(master: Buffer, id: string, wrapped: string): Buffer {
  return openBytes(derive(master, `customer key ${id}`), wrapped);
}

/**
 * The key of one record's content, made from the customer's and from what the record is, so that content opens in no
 * other record. A dispute can be given the keys of the records it is about and of no others.
 */
export function recordKey(
  customerKey: Buffer,
  record: { readonly customer: string | null; readonly kind: string; readonly ref: string },
): Buffer {
  return derive(customerKey, `record ${record.customer ?? ''} ${record.kind} ${record.ref}`);
}

function derive(key: Buffer, purpose: string): Buffer {
  return createHmac('sha256', key).update(purpose).digest();
}
