/** The conversation each new message belongs to: found, or made when the message is the first one. */
import { randomUUID } from 'node:crypto';
import type { Message } from '../../domain/message.ts';
import { conversationAt, keepAddresses } from './addresses.ts';
import type { Tx } from './schema.ts';
import { places, run, valueRows } from './statement.ts';

export type NewConversation = { readonly shop: string; readonly bot: string; readonly slaCounted: boolean };

/** A customer's message, and what the conversation is to be when the message is its first. */
export type Told = { readonly message: Message; readonly fresh: NewConversation };

/** Ids in the order of `told`. Keeps the order and locale written last in each. */
export async function ensureConversations(
  tx: Tx,
  told: readonly Told[],
  now: number,
): Promise<readonly string[]> {
  const named = told.filter(({ message }) => !message.from.addresses?.length);
  const byName = await ensureByName(tx, named, now);
  const ids: string[] = [];
  for (const one of told) ids.push(byName.get(nameOf(one.message)) ?? (await ensureByAddress(tx, one, now)));
  return ids;
}

/** The channel's word for a conversation. */
function nameOf({ channel, account, conversation }: Message): string {
  return `${channel}\n${account}\n${conversation}`;
}

async function ensureByAddress(tx: Tx, told: Told, now: number): Promise<string> {
  const { channel, account, from } = told.message;
  const addresses = from.addresses ?? [];
  const known = await conversationAt(tx, { channel, account }, addresses);
  const conversationId = known
    ? await refresh(tx, known.conversationId, told.message)
    : await ensureOne(tx, told, now);
  if (!known?.settled) await keepAddresses(tx, { channel, account, conversationId }, addresses, now);
  return conversationId;
}

async function ensureOne(tx: Tx, told: Told, now: number): Promise<string> {
  const id = (await ensureByName(tx, [told], now)).get(nameOf(told.message));
  if (id === undefined) throw new Error('A conversation was neither found nor made.');
  return id;
}

type Known = {
  readonly id: string;
  readonly external_id: string;
  readonly bound_order: string | null;
  readonly locale: string | null;
};

async function refresh(tx: Tx, id: string, message: Message): Promise<string> {
  const [row] = await run<Known>(
    tx,
    'select id, external_id, bound_order, locale from conversation where id = ?',
    [id],
  );
  if (row) await keepContext(tx, row, message);
  return id;
}

/** The newest word wins; what comes late, or once more, only fills in what nobody said since. */
async function keepContext(tx: Tx, row: Known, { context, sentAt }: Message): Promise<Known> {
  const { orderNumber = null, locale: toldLocale = null } = context;
  const isNews =
    (orderNumber !== null && orderNumber !== row.bound_order) ||
    (toldLocale !== null && toldLocale !== row.locale);
  if (!isNews) return row;
  const late = await wroteLater(tx, row.id, sentAt);
  const bound_order = late ? (row.bound_order ?? orderNumber) : (orderNumber ?? row.bound_order);
  const locale = late ? (row.locale ?? toldLocale) : (toldLocale ?? row.locale);
  if (bound_order === row.bound_order && locale === row.locale) return row;
  await run(tx, 'update conversation set bound_order = ?, locale = ? where id = ?', [
    bound_order,
    locale,
    row.id,
  ]);
  return { ...row, bound_order, locale };
}

async function wroteLater(tx: Tx, conversationId: string, sentAt: number): Promise<boolean> {
  const later = await run(
    tx,
    "select seq from transcript where conversation_id = ? and role = 'customer' and at > ? limit 1",
    [conversationId, sentAt],
  );
  return later.length > 0;
}

/** By the channel's word for the conversation: one look for all of an account. */
async function ensureByName(tx: Tx, told: readonly Told[], now: number): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const group of byAccount(told)) {
    const known = await findByName(tx, group);
    const missing = new Map<string, Told>();
    for (const one of asWritten(group)) {
      const { conversation } = one.message;
      const row = known.get(conversation);
      if (row) known.set(conversation, await keepContext(tx, row, one.message));
      else missing.set(conversation, withOlderContext(one, missing.get(conversation)));
    }
    if (missing.size > 0) {
      await insertNew(tx, [...missing.values()], now);
      // Another process may have made one of them at the same moment: whoever did, it is there now.
      for (const [name, row] of await findByName(tx, [...missing.values()])) known.set(name, row);
    }
    for (const { message } of group) {
      const row = known.get(message.conversation);
      if (row) ids.set(nameOf(message), row.id);
    }
  }
  return ids;
}

function asWritten(told: readonly Told[]): readonly Told[] {
  return [...told].sort((a, b) => a.message.sentAt - b.message.sentAt);
}

function byAccount(told: readonly Told[]): Iterable<readonly Told[]> {
  const groups = new Map<string, Told[]>();
  for (const one of told) {
    const key = `${one.message.channel}\n${one.message.account}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups.values();
}

async function findByName(tx: Tx, told: readonly Told[]): Promise<Map<string, Known>> {
  const names = [...new Set(told.map(({ message }) => message.conversation))];
  const [first] = told;
  if (!first) return new Map();
  const { channel, account } = first.message;
  const rows = await run<Known>(
    tx,
    `select id, external_id, bound_order, locale from conversation where channel = ? and account = ? and external_id in (${places(names.length)})`,
    [channel, account, ...names],
  );
  return new Map(rows.map((row) => [row.external_id, row]));
}

/** Two first messages at once: what the first told and the second does not repeat still holds. */
function withOlderContext(told: Told, older: Told | undefined): Told {
  if (!older) return told;
  const { message, fresh } = told;
  return { fresh, message: { ...message, context: { ...older.message.context, ...message.context } } };
}

const COLUMNS = [
  'id',
  'ticket_type',
  'shop',
  'channel',
  'account',
  'external_id',
  'customer_id',
  'customer_name',
  'bound_order',
  'locale',
  'bot',
  'control',
  'version',
  'sla_counted',
  'state',
  'created_at',
  'updated_at',
] as const;

async function insertNew(tx: Tx, told: readonly Told[], now: number): Promise<void> {
  const values = told.flatMap(({ message: { channel, account, conversation, from, context }, fresh }) => [
    `c_${randomUUID()}`,
    'other',
    fresh.shop,
    channel,
    account,
    conversation,
    from.id,
    from.name ?? null,
    context.orderNumber ?? null,
    context.locale ?? null,
    fresh.bot,
    'bot',
    1,
    fresh.slaCounted ? 1 : 0,
    'null',
    now,
    now,
  ]);
  await run(
    tx,
    `insert into conversation (${COLUMNS.join(',')}) values ${valueRows(told.length, COLUMNS.length)} on conflict (channel, account, external_id) do nothing`,
    values,
  );
}
