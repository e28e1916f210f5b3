/** Webhooks as Meta writes and signs them. */
import { createHmac, randomBytes } from 'node:crypto';

/** A person; one with a username is known by user id alone. */
export type Person = { readonly phone?: string; readonly userId?: string; readonly name?: string };

/** What one change of a webhook tells about one of the business's numbers. */
export type Change = { readonly number: string; readonly value: Readonly<Record<string, unknown>> };

export const wamid = (): string => `wamid.${randomBytes(18).toString('base64url')}`;
const seconds = (at: number): string => String(Math.floor(at / 1000));

function about(number: string, rest: object): Change {
  const metadata = { display_phone_number: '2347000000000', phone_number_id: number };
  return { number, value: { messaging_product: 'whatsapp', metadata, ...rest } };
}

/** A customer sent something: a text, or content of any other type. */
export function messageChange(
  number: string,
  from: Person,
  content: string | object,
  { id, at }: { readonly id: string; readonly at: number },
): Change {
  const { phone, userId, name = 'Ada' } = from;
  const body = typeof content === 'string' ? { type: 'text', text: { body: content } } : content;
  return about(number, {
    contacts: [
      {
        profile: { name },
        ...(phone ? { wa_id: phone } : {}),
        ...(userId ? { user_id: userId } : {}),
      },
    ],
    messages: [
      {
        ...(phone ? { from: phone } : {}),
        ...(userId ? { from_user_id: userId } : {}),
        id,
        timestamp: seconds(at),
        ...body,
      },
    ],
  });
}

/** What became of a message of ours. */
export function statusChange(
  number: string,
  status: {
    readonly id: string;
    readonly status: string;
    readonly at: number;
    readonly to: Person;
    readonly data: unknown;
    readonly error?: number | undefined;
  },
): Change {
  const { to, data, error } = status;
  return about(number, {
    statuses: [
      {
        id: status.id,
        status: status.status,
        timestamp: seconds(status.at),
        ...(to.phone ? { recipient_id: to.phone } : {}),
        ...(to.userId ? { recipient_user_id: to.userId } : {}),
        ...(data === undefined ? {} : { biz_opaque_callback_data: data }),
        ...(error === undefined
          ? {}
          : { errors: [{ code: error, title: 'failed', message: 'failed', error_data: { details: '' } }] }),
      },
    ],
  });
}

/**
 * The bytes of a webhook. Meta escapes slashes and everything beyond ASCII, so that a body which is parsed and written
 * again has another signature.
 */
export function webhookBody(changes: readonly Change[]): string {
  const entry = changes.map(({ value }) => ({ id: 'WABA1', changes: [{ field: 'messages', value }] }));
  return JSON.stringify({ object: 'whatsapp_business_account', entry })
    .replace(/\//g, '\\/')
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function signedHeaders(body: string, secret: string): Record<string, string> {
  const signature = createHmac('sha256', secret).update(Buffer.from(body)).digest('hex');
  return { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
}
