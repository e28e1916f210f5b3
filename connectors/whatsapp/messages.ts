/** What a customer sent, by type. Types we do not know are kept as they came and never refused. */
import { z } from 'zod';
import type { Address, Content, MediaKind, Message } from '../../domain/message.ts';
import type { Inbound } from '../channel.ts';
import { id, instantOf } from './fields.ts';

const message = z.looseObject({
  id,
  type: z.string(),
  timestamp: z.unknown().optional(),
  /** The phone; absent for people with a username. */
  from: id.nullish().catch(null),
  /** Business-scoped, for example `NG.1000000000000001`; absent in old webhooks. */
  from_user_id: id.nullish().catch(null),
  group_id: z.unknown().optional(),
  context: z.looseObject({ id: id.nullish() }).nullish().catch(null),
});
type WireMessage = z.infer<typeof message>;

const contact = z.looseObject({
  wa_id: id.nullish().catch(null),
  user_id: id.nullish().catch(null),
  profile: z.looseObject({ name: z.string().nullish() }).nullish().catch(null),
});
type Contact = z.infer<typeof contact>;

const LONGEST_TEXT = 20_000;
const LONGEST_NAME = 100;
const LONGEST_RAW = 4_000;

type About = { readonly account: string; readonly now: number };

/** Of no use to us: nobody waits for an answer to a thumbs-up, and in a group nobody asked the bot. */
const SILENT: ReadonlySet<string> = new Set(['reaction', 'request_welcome']);

/** Null when not even its sender or its id can be read. */
export function readMessage(raw: unknown, contacts: readonly unknown[], about: About): Inbound | null {
  const read = message.safeParse(raw);
  if (!read.success) return null;
  const { data } = read;
  if (data.type === 'system') return readSystem(data, about);
  if (SILENT.has(data.type)) return { kind: 'ignored', why: data.type };
  if (data.group_id !== undefined && data.group_id !== null) return { kind: 'ignored', why: 'group message' };
  const known = contactOf(data, contacts);
  const addresses = addressesOf(data.from_user_id ?? known?.user_id, data.from ?? known?.wa_id);
  const [main] = addresses;
  if (!main) return null;
  const name = known?.profile?.name?.trim().slice(0, LONGEST_NAME);
  return {
    kind: 'message',
    message: {
      id: data.id,
      channel: 'whatsapp',
      account: about.account,
      conversation: main.value,
      from: { role: 'customer', id: main.value, ...(name ? { name } : {}), addresses },
      content: readContent(data),
      sentAt: instantOf(data.timestamp, about.now),
      receivedAt: about.now,
      context: data.context?.id ? { replyTo: data.context.id } : {},
    } satisfies Message,
  };
}

/** The user id first: it lasts, a phone may go to somebody else. */
function addressesOf(userId: string | null | undefined, phone: string | null | undefined): Address[] {
  return [
    ...(userId ? [{ kind: 'id' as const, value: userId }] : []),
    ...(phone ? [{ kind: 'phone' as const, value: phone.replace(/^\+/, '') }] : []),
  ];
}

/** The contact the message is from; a single one without any match is taken only when the message names nobody. */
function contactOf({ from, from_user_id }: WireMessage, contacts: readonly unknown[]): Contact | null {
  const read = contacts.flatMap((raw) => {
    const one = contact.safeParse(raw);
    return one.success ? [one.data] : [];
  });
  const match = read.find(
    (one) => (from_user_id && one.user_id === from_user_id) || (from && one.wa_id === from),
  );
  return match ?? (!from && !from_user_id && read.length === 1 ? (read[0] ?? null) : null);
}

const text = z.looseObject({ body: z.string().max(LONGEST_TEXT) });
const reply = z.looseObject({ id: z.string().trim().min(1).max(512), title: z.string().catch('') });
const interactive = z.union([
  z.looseObject({ type: z.literal('button_reply'), button_reply: reply }),
  z.looseObject({ type: z.literal('list_reply'), list_reply: reply }),
  z.looseObject({
    type: z.literal('nfm_reply'),
    nfm_reply: z.looseObject({ name: z.string().nullish(), body: z.string().nullish() }),
  }),
]);
const button = z.looseObject({ text: z.string().catch(''), payload: z.string().nullish() });
const location = z.looseObject({
  latitude: z.coerce.number().min(-90).max(90),
  longitude: z.coerce.number().min(-180).max(180),
  name: z.string().nullish().catch(null),
  address: z.string().nullish().catch(null),
});
const media = z.looseObject({ id, caption: z.string().max(LONGEST_TEXT).nullish().catch(null) });
const unsupported = z.looseObject({ type: z.string() });

const MEDIA: Readonly<Record<string, MediaKind>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'file',
  sticker: 'sticker',
};

function readContent(data: WireMessage): Content {
  const { type } = data;
  return readKnown(type, data[type]) ?? { kind: 'unsupported', what: whatOf(data), raw: rawOf(data) };
}

/** Null when the type is none of ours, or its content is not of the documented shape. */
function readKnown(type: string, body: unknown): Content | null {
  const kind = Object.hasOwn(MEDIA, type) ? MEDIA[type] : undefined;
  if (kind) {
    const file = media.safeParse(body);
    if (!file.success) return null;
    const { caption, id: ref } = file.data;
    return { kind: 'media', media: kind, ref, ...(caption?.trim() ? { caption } : {}) };
  }
  switch (type) {
    case 'text': {
      const read = text.safeParse(body);
      return read.success && read.data.body.trim() !== '' ? { kind: 'text', text: read.data.body } : null;
    }
    case 'interactive': {
      const read = interactive.safeParse(body);
      return read.success ? readInteractive(read.data) : null;
    }
    case 'button': {
      const read = button.safeParse(body);
      const pressed = read.success ? read.data.payload?.trim() || read.data.text.trim() : '';
      return read.success && pressed ? { kind: 'choice', id: pressed, title: read.data.text } : null;
    }
    case 'location': {
      const read = location.safeParse(body);
      if (!read.success) return null;
      const { latitude, longitude, name, address } = read.data;
      const label = [name, address].filter(Boolean).join(', ').slice(0, 300);
      return { kind: 'location', latitude, longitude, ...(label ? { label } : {}) };
    }
    default:
      return null;
  }
}

function readInteractive(data: z.infer<typeof interactive>): Content {
  switch (data.type) {
    case 'button_reply':
      return { kind: 'choice', id: data.button_reply.id, title: data.button_reply.title };
    case 'list_reply':
      return { kind: 'choice', id: data.list_reply.id, title: data.list_reply.title };
    case 'nfm_reply':
      return { kind: 'choice', id: `form:${data.nfm_reply.name ?? ''}`, title: data.nfm_reply.body ?? '' };
  }
}

/** `unsupported` names what it stands for: an edited message, a poll, a pin … */
function whatOf(data: WireMessage): string {
  const inner = unsupported.safeParse(data['unsupported']);
  return (data.type === 'unsupported' && inner.success ? inner.data.type : data.type).slice(0, 40);
}

/** What the message holds, without its envelope: no address in it that is not known already. */
function rawOf(data: WireMessage): string {
  return (JSON.stringify(data[data.type] ?? data['errors'] ?? null) ?? 'null').slice(0, LONGEST_RAW);
}

const system = z.looseObject({
  type: z.string(),
  body: z.string().catch(''),
  /** The new phone. */
  wa_id: id.nullish().catch(null),
  new_wa_id: id.nullish().catch(null),
  user_id: id.nullish().catch(null),
  previous_user_id: id.nullish().catch(null),
});
const CHANGES: ReadonlySet<string> = new Set([
  'user_changed_number',
  'customer_changed_number',
  'user_changed_user_id',
]);
/** "User Ada changed from NG.1000 to NG.2000": the only place the old id is certain to be. */
const CHANGED = /changed from (\S+) to (\S+)\s*$/;
const USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$/;

/** A customer has a new number or id. There is no `contacts` array here. */
function readSystem(data: WireMessage, about: About): Inbound | null {
  const read = system.safeParse(data['system']);
  if (!read.success) return null;
  if (!CHANGES.has(read.data.type)) return { kind: 'ignored', why: `system ${read.data.type.slice(0, 40)}` };
  const { body, wa_id, new_wa_id, user_id, previous_user_id } = read.data;
  const [, told = null, toldNew = null] = CHANGED.exec(body) ?? [];
  const idIn = (value: string | null): string | null => (value && USER_ID.test(value) ? value : null);
  const newPhone = new_wa_id ?? wa_id;
  return {
    kind: 'identity',
    id: data.id,
    account: about.account,
    before: addressesOf(previous_user_id ?? idIn(told) ?? data.from_user_id, data.from),
    now: addressesOf(user_id ?? idIn(toldNew), newPhone === data.from ? null : newPhone),
    at: instantOf(data.timestamp, about.now),
  };
}
