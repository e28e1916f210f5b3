/**
 * Addresses of customers on channels that know several for one person. An id lasts; a phone belongs to whoever used it
 * last, because numbers are given to new people.
 */
import type { Recipient } from '../../connectors/channel.ts';
import type { Address } from '../../domain/message.ts';
import type { Db, Tx } from './schema.ts';

type Place = { readonly channel: string; readonly account: string };

/** `settled`: nothing is to be written, every address is known as this person's. */
export type Known = { readonly conversationId: string; readonly settled: boolean };

/**
 * The conversation of the person with these addresses. Somebody with another id than the phone's last holder is another
 * person, who must not read the other's conversation.
 */
export async function conversationAt(
  tx: Tx,
  { channel, account }: Place,
  addresses: readonly Address[],
): Promise<Known | null> {
  const rows = await tx
    .selectFrom('customer_address')
    .select(['kind', 'value', 'conversation_id'])
    .where('channel', '=', channel)
    .where('account', '=', account)
    .where((eb) =>
      eb.or(addresses.map(({ kind, value }) => eb.and([eb('kind', '=', kind), eb('value', '=', value)]))),
    )
    .execute();
  const holder = (kind: Address['kind']) => rows.find((row) => row.kind === kind)?.conversation_id ?? null;
  const conversationId = holder('id') ?? holder('phone');
  if (!conversationId) return null;
  const newId = holder('id') === null && addresses.some(({ kind }) => kind === 'id');
  if (newId && (await readAddresses(tx, conversationId)).some(({ kind }) => kind === 'id')) return null;
  const own = rows.filter((row) => row.conversation_id === conversationId);
  return { conversationId, settled: own.length === addresses.length };
}

/** Keeps the addresses of the person in this conversation. The lasting one becomes the conversation's name. */
export async function keepAddresses(
  tx: Tx,
  place: Place & { readonly conversationId: string },
  addresses: readonly Address[],
  now: number,
): Promise<void> {
  const { channel, account, conversationId } = place;
  for (const { kind, value } of addresses) {
    await tx
      .insertInto('customer_address')
      .values({ channel, account, kind, value, conversation_id: conversationId, at: now })
      .onConflict((conflict) =>
        conflict
          .columns(['channel', 'account', 'kind', 'value'])
          .doUpdateSet({ conversation_id: conversationId, at: now })
          .where('customer_address.conversation_id', '!=', conversationId),
      )
      .execute();
  }
  const known = addresses.some(({ kind }) => kind === 'id')
    ? addresses
    : await readAddresses(tx, conversationId);
  const main = known.find(({ kind }) => kind === 'id') ?? known[0];
  if (!main) return;
  await tx
    .updateTable('conversation')
    .set({ external_id: main.value, customer_id: main.value })
    .where('id', '=', conversationId)
    .where('external_id', '!=', main.value)
    .execute();
}

/**
 * The customer told the channel of a new number or id. With a new number everything before is void: the old number may
 * go to somebody else.
 */
export async function moveAddresses(
  tx: Tx,
  place: Place,
  change: { readonly before: readonly Address[]; readonly now: readonly Address[]; readonly at: number },
): Promise<string | null> {
  if (change.before.length === 0 || change.now.length === 0) return null;
  const conversationId = (await conversationAt(tx, place, change.before))?.conversationId;
  if (!conversationId) return null;
  const newNumber = change.now.some(({ kind }) => kind === 'phone');
  await tx
    .deleteFrom('customer_address')
    .where('conversation_id', '=', conversationId)
    .$if(!newNumber, (query) => query.where('kind', '=', 'id'))
    .execute();
  await keepAddresses(tx, { ...place, conversationId }, change.now, change.at);
  return conversationId;
}

async function readAddresses(db: Db | Tx, conversationId: string): Promise<readonly Address[]> {
  const rows = await db
    .selectFrom('customer_address')
    .select(['kind', 'value'])
    .where('conversation_id', '=', conversationId)
    .orderBy('at', 'desc')
    .execute();
  return rows.map(({ kind, value }) => ({ kind: kind === 'id' ? 'id' : 'phone', value }));
}

/** Where to reach the customer now, and when they last wrote. */
export async function recipientOf(db: Db, conversationId: string): Promise<Recipient> {
  const heard = await db
    .selectFrom('transcript')
    .select('at')
    .where('conversation_id', '=', conversationId)
    .where('role', '=', 'customer')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { addresses: await readAddresses(db, conversationId), lastHeardAt: heard?.at ?? null };
}
