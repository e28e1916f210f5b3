/** What became of a message we sent. The same status is told more than once, and late ones overtake newer ones. */
import { z } from 'zod';
import type { DeliveryError, DeliveryStatus, Inbound } from '../channel.ts';
import { knownError } from './errors.ts';
import { id, instantOf } from './fields.ts';

const statusError = z.looseObject({ code: z.coerce.number() });
const status = z.looseObject({
  id,
  status: z.string(),
  timestamp: z.unknown().optional(),
  recipient_id: id.nullish().catch(null),
  recipient_user_id: id.nullish().catch(null),
  biz_opaque_callback_data: z.string().nullish().catch(null),
  errors: z.array(z.unknown()).nullish().catch(null),
});

/** A voice message that was played was read. */
const STATUSES: Readonly<Record<string, DeliveryStatus>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
};

export function readStatus(
  raw: unknown,
  about: { readonly account: string; readonly now: number },
): Inbound | null {
  const read = status.safeParse(raw);
  if (!read.success) return null;
  const { data } = read;
  const known = Object.hasOwn(STATUSES, data.status) ? STATUSES[data.status] : undefined;
  if (!known) return { kind: 'ignored', why: `status ${data.status.slice(0, 40)}` };
  return {
    kind: 'status',
    account: about.account,
    conversation: data.recipient_user_id ?? data.recipient_id ?? null,
    messageId: data.id,
    clientMessageId: data.biz_opaque_callback_data ?? null,
    status: known,
    at: instantOf(data.timestamp, about.now),
    error: known === 'failed' ? deliveryError(data.errors ?? []) : null,
  };
}

/** A message that failed was not delivered, so that what may be retried may be sent again without a doubt. */
function deliveryError(errors: readonly unknown[]): DeliveryError {
  const code = statusError.safeParse(errors[0]).data?.code;
  if (code === undefined) return { code: 'failed', message: 'WhatsApp gave no reason.', retryable: false };
  const known = knownError(code);
  const base = { code: String(code), message: known?.why ?? 'An error that is in no table.' };
  if (known?.policy.kind === 'retry') return { ...base, retryable: true, resend: 'as_is' };
  if (known?.policy.kind === 'outside_window') return { ...base, retryable: true, resend: 'outside_window' };
  return { ...base, retryable: false };
}
