/** Signatures of webhooks, over the raw bytes. Standard Webhooks 1.0.0 (github.com/standard-webhooks). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Verdict } from './channel.ts';

/** Too old and too far in the future are both refused. */
const TOLERANCE_SECONDS = 300;
const PREFIX = 'whsec_';

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** `v1,<base64>` over `id.timestamp.body`. */
export function signStandard(secret: string, id: string, timestamp: number, body: Buffer): string {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** Any of the secrets and any of the signatures may match: both sides rotate. */
export function verifyStandard(
  webhook: { readonly headers: Readonly<Record<string, string | undefined>>; readonly body: Buffer },
  secrets: readonly string[],
  now: number,
): Verdict {
  const id = webhook.headers['webhook-id'];
  const timestamp = Number(webhook.headers['webhook-timestamp']);
  const signatures = webhook.headers['webhook-signature']?.split(' ') ?? [];
  if (!id || !Number.isInteger(timestamp) || signatures.length === 0)
    return { kind: 'refused', why: 'signature headers are missing' };
  if (Math.abs(now / 1000 - timestamp) > TOLERANCE_SECONDS)
    return { kind: 'refused', why: 'timestamp outside the tolerance' };
  const genuine = secrets.some((secret) => {
    const expected = signStandard(secret, id, timestamp, webhook.body);
    return signatures.some((signature) => sameText(signature, expected));
  });
  return genuine ? { kind: 'genuine' } : { kind: 'refused', why: 'no signature matches' };
}
