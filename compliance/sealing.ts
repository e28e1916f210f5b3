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

/**
 * IV, ciphertext and tag in one base64url text.
 *
 * @param context what the value belongs to; it opens only with the same words
 */
export function sealBytes(key: Buffer, context: string, value: string | Buffer): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv);
  cipher.setAAD(Buffer.from(context));
  const body = typeof value === 'string' ? cipher.update(value, 'utf8') : cipher.update(value);
  return Buffer.concat([iv, body, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** @throws Error when the key, the context or a single bit is another one */
export function openBytes(key: Buffer, context: string, sealed: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw new Error('A sealed value is too short.');
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return Buffer.concat([
    decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES)),
    decipher.final(),
  ]);
}

/** A customer's key as it is stored. */
export function wrapKey(master: Buffer, id: string, key: Buffer): string {
  return sealBytes(master, `customer key ${id}`, key);
}

export function unwrapKey(master: Buffer, id: string, wrapped: string): Buffer {
  return openBytes(master, `customer key ${id}`, wrapped);
}

/** Binds sealed content to its record, so that it cannot be moved to another. */
export function contextOf(record: {
  readonly customer: string | null;
  readonly kind: string;
  readonly ref: string;
}): string {
  return `${record.customer ?? ''} ${record.kind} ${record.ref}`;
}

/**
 * The key of one record's content, made from the customer's. A dispute can be given the keys of the records it is about
 * and of no others.
 */
export function recordKey(customerKey: Buffer, context: string): Buffer {
  return createHmac('sha256', customerKey).update('record ').update(context).digest();
}
