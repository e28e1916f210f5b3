/**
 * The two secrets of the audit chain: the Ed25519 key that signs checkpoints, and the master key that wraps customers'
 * keys. Given by configuration, or made at the first start and kept beside the data, readable by the owner only.
 */
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf } from '../../compliance/audit-chain.ts';
import { KEY_BYTES, keyName, newKey } from '../../compliance/sealing.ts';
import { ConfigError } from '../config/load.ts';

export type AuditKeys = {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Of the public key. */
  readonly fingerprint: string;
  readonly master: Buffer;
  readonly masterName: string;
  /** Proves that the note of a chain's end was written by us. */
  readonly endKey: Buffer;
};

export type KeyOptions = {
  readonly dataDir: string;
  /** PEM (PKCS #8), or the base64 of its DER form. */
  readonly signingKey?: string | undefined;
  /** Base64 of 32 bytes. */
  readonly masterKey?: string | undefined;
};

export const KEY_FOLDER = 'keys';
const SIGNING_FILE = 'audit-signing.pem';
const MASTER_FILE = 'master.key';

/** @throws ConfigError when a key cannot be read, is of the wrong kind, or others may read its file */
export function readAuditKeys({ dataDir, signingKey, masterKey }: KeyOptions): AuditKeys {
  const folder = join(dataDir, KEY_FOLDER);
  const privateKey = signingKeyOf(
    signingKey ?? kept(folder, SIGNING_FILE, newSigningKey),
    signingKey === undefined,
  );
  const master = masterKeyOf(masterKey ?? kept(folder, MASTER_FILE, () => newKey().toString('base64')));
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey,
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    master,
    masterName: keyName(master),
    endKey: createHmac('sha256', privateKey.export({ format: 'jwk' }).d ?? '')
      .update('wismo audit end')
      .digest(),
  };
}

function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function signingKeyOf(text: string, fromFile: boolean): KeyObject {
  const name = fromFile
    ? `${KEY_FOLDER}/${SIGNING_FILE} in the data folder`
    : 'audit.signingKey (WISMO_AUDIT_KEY)';
  try {
    const key = text.includes('-----BEGIN')
      ? createPrivateKey(text.replace(/\\n/g, '\n'))
      : createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, without the words of the library, which may repeat the key.
  }
  throw new ConfigError([
    `${name}: is not an Ed25519 private key. Make one with: openssl genpkey -algorithm ed25519`,
  ]);
}

function masterKeyOf(text: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new ConfigError([
    `The master key (WISMO_MASTER_KEY, audit.masterKey or ${KEY_FOLDER}/${MASTER_FILE}) must be the base64 of ${KEY_BYTES} bytes. Make one with: openssl rand -base64 32`,
  ]);
}

/** Reads the file, or makes it; when two processes make it at once, both use the one that came first. */
function kept(folder: string, name: string, make: () => string): string {
  const file = join(folder, name);
  try {
    if (!existsSync(file)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const fresh = `${file}.${randomBytes(6).toString('hex')}`;
      writeFileSync(fresh, make(), { mode: 0o600, flag: 'wx', flush: true });
      try {
        linkSync(fresh, file);
        chmodSync(file, 0o600);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      } finally {
        rmSync(fresh);
      }
    }
    const text = readFileSync(file, 'utf8');
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
      throw new ConfigError([`${file}: others may read this key. Run: chmod 600 ${file}`]);
    return text;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`${file}: the key cannot be read or made (${why}).`]);
  }
}
