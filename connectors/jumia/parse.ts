/**
 * Reads what the marketplace chat tells us (our own generic contract, version 1, of which Jumia is a profile: no public
 * Jumia chat interface exists). Lenient in what it does not need, strict in what it does.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Control } from '../../domain/conversation.ts';
import type { Content, MediaKind, SenderRole } from '../../domain/message.ts';
import type { Inbound, Parsed } from '../channel.ts';
import { DELIVERY_STATUSES } from '../channel.ts';

export const CONTRACT_VERSION = '1.0';
const MAJOR = '1';

const id = z.union([z.string().min(1).max(256), z.number()]).transform(String);
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const envelope = z.object({
  type: z.string(),
  timestamp: instant,
  contract_version: z.union([z.string(), z.number()]).transform(String).optional(),
  data: z.looseObject({}),
});

const LONGEST_TEXT = 20_000;
const content = z.looseObject({ type: z.string(), text: z.string().max(LONGEST_TEXT).nullish() });
const context = z
  .looseObject({
    order_number: id.nullish(),
    product_sku: id.nullish(),
    reply_to: id.nullish(),
    locale: z.string().nullish(),
  })
  .nullish();
const message = z.object({
  account_id: id,
  country: z.string().length(2).nullish(),
  conversation_id: id,
  message_id: id,
  client_message_id: id.nullish(),
  /** Set on what we ourselves showed the desk of another channel. */
  mirrored: z.looseObject({}).nullish(),
  sender: z.looseObject({
    role: z.enum(['customer', 'bot', 'agent', 'system', 'marketplace']),
    id: id.nullish(),
    display_name: z.string().nullish(),
  }),
  sent_at: instant.nullish(),
  content,
  context,
});
const status = z.object({
  account_id: id,
  conversation_id: id.nullish(),
  message_id: id,
  client_message_id: id.nullish(),
  status: z.enum(DELIVERY_STATUSES),
  error: z
    .looseObject({ code: id, message: z.string().default(''), retryable: z.boolean().default(false) })
    .nullish(),
});
const controlState = z.enum(['bot', 'waiting', 'human', 'closed']);
const control = z.object({
  account_id: id.nullish(),
  conversation_id: id,
  from: controlState,
  to: controlState,
  version: z.number().int(),
  reason: z.string().default('agent_return'),
  agent: z.looseObject({ id: id }).nullish(),
});

const MEDIA: Readonly<Record<string, MediaKind>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'file',
};
const choiceContent = z.looseObject({ id: id, title: z.string().default('') });
const locationContent = z.looseObject({
  latitude: z.coerce.number(),
  longitude: z.coerce.number(),
  name: z.string().nullish(),
});

function readContent(raw: z.infer<typeof content>): Content {
  const { type, text } = raw;
  if (type === 'text') return text ? { kind: 'text', text } : { kind: 'unsupported', what: 'empty text' };
  const media = MEDIA[type];
  if (media) return { kind: 'media', media, ...(text ? { caption: text } : {}) };
  if (type === 'choice') {
    const choice = choiceContent.safeParse(raw);
    if (choice.success) return { kind: 'choice', id: choice.data.id, title: choice.data.title };
  }
  if (type === 'location') {
    const place = locationContent.safeParse(raw);
    if (place.success)
      return {
        kind: 'location',
        latitude: place.data.latitude,
        longitude: place.data.longitude,
        ...(place.data.name ? { label: place.data.name } : {}),
      };
  }
  return { kind: 'unsupported', what: type.slice(0, 40) };
}

/** @param webhookId unique per event, the same over retries */
export function parseWebhook(body: Buffer, account: string, webhookId: string, now: number): Parsed {
  let json: unknown;
  try {
    if (!isUtf8(body)) throw new SyntaxError('not UTF-8');
    json = JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return { kind: 'malformed', code: 'not_json', why: 'The body is not JSON in UTF-8.' };
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) return malformed(outer.error);
  const version = outer.data.contract_version ?? CONTRACT_VERSION;
  if (version.split('.')[0] !== MAJOR) {
    return {
      kind: 'malformed',
      code: 'unsupported_contract_version',
      why: `Contract version ${version.slice(0, 20)} is not spoken here; send version ${MAJOR}.x.`,
    };
  }
  return parseEvent(outer.data, { account, webhookId, now });
}

type About = { readonly account: string; readonly webhookId: string; readonly now: number };

function parseEvent(event: z.infer<typeof envelope>, about: About): Parsed {
  const single = (inbound: Inbound): Parsed => ({ kind: 'parsed', inbound: [inbound] });
  switch (event.type) {
    case 'message.created': {
      const read = message.safeParse(event.data);
      if (!read.success) return malformed(read.error);
      if (read.data.mirrored) return single({ kind: 'ignored', why: 'a message of another channel' });
      return single(toMessage(read.data, event.timestamp, about));
    }
    case 'message.status': {
      const read = status.safeParse(event.data);
      if (!read.success) return malformed(read.error);
      const { conversation_id, message_id, client_message_id, error } = read.data;
      return single({
        kind: 'status',
        account: about.account,
        conversation: conversation_id ?? null,
        messageId: message_id,
        clientMessageId: client_message_id ?? null,
        status: read.data.status,
        at: event.timestamp,
        error: error ? { code: error.code, message: error.message, retryable: error.retryable } : null,
      });
    }
    case 'control.changed': {
      const read = control.safeParse(event.data);
      if (!read.success) return malformed(read.error);
      return single(toControl(read.data, event.timestamp, about));
    }
    case 'conversation.closed': {
      const read = z.object({ conversation_id: id }).safeParse(event.data);
      if (!read.success) return malformed(read.error);
      return single({ kind: 'ignored', why: event.type });
    }
    default:
      return single({ kind: 'ignored', why: event.type.slice(0, 60) });
  }
}

function toControl(data: z.infer<typeof control>, at: number, { account, webhookId }: About): Inbound {
  return {
    kind: 'control',
    id: webhookId,
    account,
    conversation: data.conversation_id,
    from: data.from satisfies Control,
    to: data.to,
    version: data.version,
    reason: data.reason,
    agent: data.agent?.id ?? null,
    at,
  };
}

function toMessage(data: z.infer<typeof message>, at: number, { account, now }: About): Inbound {
  const { sender } = data;
  return {
    kind: 'message',
    clientMessageId: data.client_message_id ?? null,
    message: {
      id: data.message_id,
      channel: 'jumia',
      account,
      conversation: data.conversation_id,
      from: {
        role: sender.role satisfies SenderRole,
        id: sender.id ?? sender.role,
        ...(sender.display_name ? { name: sender.display_name } : {}),
      },
      content: readContent(data.content),
      sentAt: data.sent_at ?? at,
      receivedAt: now,
      context: {
        ...(data.context?.order_number ? { orderNumber: data.context.order_number } : {}),
        ...(data.context?.product_sku ? { productSku: data.context.product_sku } : {}),
        ...(data.context?.reply_to ? { replyTo: data.context.reply_to } : {}),
        ...(data.context?.locale ? { locale: data.context.locale } : {}),
        ...(data.country ? { country: data.country } : {}),
      },
    },
  };
}

/** Names the fields, never their content. */
function malformed(error: z.ZodError): Parsed {
  const fields = error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  return { kind: 'malformed', code: 'malformed', why: fields.join('; ') };
}
