/**
 * Reads the webhooks of WhatsApp's Cloud API (developers.facebook.com, webhooks reference, read 2026-08). One webhook
 * may hold many entries, changes, messages and statuses of several numbers: all are returned, in order. Whatever cannot
 * be read costs only itself, because anything but 200 makes Meta send the whole webhook again for days.
 */
import { z } from 'zod';
import type { Inbound, Parsed } from '../channel.ts';
import { readMessage } from './messages.ts';
import { readStatus } from './statuses.ts';

const envelope = z.looseObject({ object: z.string(), entry: z.array(z.unknown()) });
const entryShape = z.looseObject({ changes: z.array(z.unknown()) });
const changeShape = z.looseObject({ field: z.string(), value: z.looseObject({}) });
const valueShape = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.union([z.string(), z.number()]).transform(String) }),
  contacts: z.array(z.unknown()).nullish(),
  messages: z.array(z.unknown()).nullish(),
  statuses: z.array(z.unknown()).nullish(),
  errors: z.array(z.unknown()).nullish(),
});
const accountError = z.looseObject({ code: z.coerce.number(), title: z.string().nullish() });

export type ParseOptions = {
  /** Our numbers' ids; what comes for another is not ours to read. */
  readonly numbers: ReadonlySet<string>;
  readonly now: number;
};

export function parseWebhook(body: Buffer, options: ParseOptions): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    return { kind: 'malformed', code: 'not_json', why: 'The body is not JSON in UTF-8.' };
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) return { kind: 'malformed', code: 'malformed', why: 'The body is no webhook of Meta.' };
  if (outer.data.object !== 'whatsapp_business_account')
    return { kind: 'parsed', inbound: [{ kind: 'ignored', why: `object ${clip(outer.data.object)}` }] };
  return { kind: 'parsed', inbound: outer.data.entry.flatMap((entry) => readEntry(entry, options)) };
}

function readEntry(entry: unknown, options: ParseOptions): Inbound[] {
  const read = entryShape.safeParse(entry);
  if (!read.success) return [unreadable(null, 'an entry')];
  return read.data.changes.flatMap((change) => readChange(change, options));
}

function readChange(change: unknown, options: ParseOptions): Inbound[] {
  const read = changeShape.safeParse(change);
  if (!read.success) return [unreadable(null, 'a change')];
  if (read.data.field !== 'messages') return [{ kind: 'ignored', why: `field ${clip(read.data.field)}` }];
  const value = valueShape.safeParse(read.data.value);
  if (!value.success) return [unreadable(null, 'a value')];
  const { metadata, contacts, messages, statuses, errors } = value.data;
  const account = metadata.phone_number_id;
  if (!options.numbers.has(account))
    return [
      {
        kind: 'alert',
        account,
        code: 'unknown_number',
        why: 'A webhook came for a number that no shop has: add it under shops[].whatsapp, or end its subscription.',
      },
    ];
  const about = { account, now: options.now };
  return [
    ...(messages ?? []).map(
      (message) => readMessage(message, contacts ?? [], about) ?? unreadable(account, 'a message'),
    ),
    ...(statuses ?? []).map((status) => readStatus(status, about) ?? unreadable(account, 'a status')),
    ...(errors ?? []).map((error) => readError(error, account)),
  ];
}

/** Trouble with the account, not with a message. */
function readError(error: unknown, account: string): Inbound {
  const read = accountError.safeParse(error);
  if (!read.success) return unreadable(account, 'an error');
  return {
    kind: 'alert',
    account,
    code: String(read.data.code),
    why: clip(read.data.title ?? 'WhatsApp error'),
  };
}

function unreadable(account: string | null, what: string): Inbound {
  return {
    kind: 'alert',
    account,
    code: 'unreadable',
    why: `WhatsApp sent ${what} in a shape we do not know.`,
  };
}

function clip(text: string): string {
  return text.slice(0, 100);
}
