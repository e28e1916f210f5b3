/**
 * Reads what webhooks may have missed: the conversations touched since the last read, one page of them at a time, and the
 * messages of each. Reads overlap, since what is known already changes nothing. A conversation that cannot be read does
 * not stop the others: it is kept in the cursor, with the time from which on it is to be read.
 */
import { z } from 'zod';
import type { Instant } from '../../domain/time.ts';
import type { ChannelHttpResponse, ConnectedChannel, Inbound } from '../channel.ts';
import { parseWebhook } from './parse.ts';

export type Read = (path: string, query: Readonly<Record<string, string>>) => Promise<ChannelHttpResponse>;

export type CatchUpSource = {
  readonly account: string;
  readonly read: Read;
  readonly now: () => Instant;
};

type CaughtUp = Awaited<ReturnType<NonNullable<ConnectedChannel['catchUp']>>>;

const OVERLAP_MS = 600_000;
const MOST_PAGES = 50;
/** Lines that broke in one read; the conversations after them are left for the next. */
const MOST_BROKEN_LINES = 3;
/** More of them than this means that the channel is at fault, not the conversations. */
const MOST_BEHIND = 500;

const where = z.object({
  since: z.number(),
  /** When the round over all pages began: the next one goes on from there. */
  startedAt: z.number(),
  /** The page of conversations to go on with; null to begin a round. */
  page: z.string().nullable(),
  /** Conversations that could not be read, and from when on they are to be. */
  behind: z.record(z.string(), z.number()),
});
type Where = z.infer<typeof where>;

const name = z.union([z.string().min(1), z.number()]).transform(String);
const conversationRow = z.looseObject({ id: name.optional(), conversation_id: name.optional() });
const page = z.looseObject({
  data: z.array(z.unknown()).optional(),
  conversations: z.array(z.unknown()).optional(),
  messages: z.array(z.unknown()).optional(),
  next_cursor: z.string().nullish(),
});
type Page = { readonly rows: readonly unknown[]; readonly next: string | null };

/** What the other side answered instead of a page. */
class ReadFailure extends Error {
  override readonly name = 'ReadFailure';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One page of conversations. With `more` there are further ones, from the cursor on. */
export async function readMissed(source: CatchUpSource, cursor: string | null): Promise<CaughtUp> {
  const from = readWhere(cursor, source.now());
  const listed = await listConversations(source, from);
  if (!listed) return { inbound: [], cursor: JSON.stringify({ ...from, page: null }), more: false };
  const { next } = listed;
  const ids = new Set(listed.rows.map(idOf).filter((id) => id !== null));
  // The ones left behind come last, once a round, so that they hold up nobody.
  if (!next) for (const id of Object.keys(from.behind)) ids.add(id);
  const inbound: Inbound[] = [];
  const behind = { ...from.behind };
  let broken = 0;
  for (const id of ids) {
    const since = behind[id] ?? from.since;
    const read = broken < MOST_BROKEN_LINES ? await readConversation(source, id, since) : LEFT;
    inbound.push(...read.inbound);
    if (read.kind === 'broken') broken += 1;
    if (read.kind === 'read') delete behind[id];
    else behind[id] = since;
  }
  if (Object.keys(behind).length > MOST_BEHIND)
    throw new Error(`${Object.keys(behind).length} conversations could not be read.`);
  const to: Where = next ? { ...from, page: next, behind } : { ...begin(from.startedAt), behind };
  return { inbound, cursor: JSON.stringify(to), more: next !== null };
}

/** A round that was begun goes on; one that is to be begun begins now. */
function readWhere(cursor: string | null, now: Instant): Where {
  if (cursor === null) return begin(now);
  const kept = where.safeParse(tryJson(cursor));
  // The time alone is what earlier versions kept.
  if (!kept.success) return { ...begin(now), since: Date.parse(cursor) || now };
  return kept.data.page === null ? { ...kept.data, startedAt: now } : kept.data;
}

function begin(at: Instant): Where {
  return { since: at, startedAt: at, page: null, behind: {} };
}

/** Null when the page to go on with is not known any more: the round begins again. */
async function listConversations(source: CatchUpSource, from: Where): Promise<Page | null> {
  const query = { updated_after: afterOf(from.since), account_id: source.account };
  try {
    return await readPage(source, '/conversations', query, from.page);
  } catch (error) {
    if (from.page !== null && error instanceof ReadFailure && [400, 404, 410].includes(error.status))
      return null;
    throw error;
  }
}

type ConversationRead = {
  /** `failed`: it alone could not be read. `broken`: no answer came, which costs time. */
  readonly kind: 'read' | 'failed' | 'broken';
  readonly inbound: readonly Inbound[];
};
const LEFT: ConversationRead = { kind: 'failed', inbound: [] };

/** Its messages in the order they were written, however the pages have them. */
async function readConversation(
  source: CatchUpSource,
  conversation: string,
  since: Instant,
): Promise<ConversationRead> {
  const path = `/conversations/${encodeURIComponent(conversation)}/messages`;
  const inbound: Inbound[] = [];
  const alert = (code: string, why: string): Inbound => ({
    kind: 'alert',
    account: source.account,
    code,
    why,
  });
  const done = (kind: ConversationRead['kind'], ...alerts: Inbound[]): ConversationRead => ({
    kind,
    inbound: [...bySentAt(inbound), ...alerts],
  });
  try {
    let next: string | null = null;
    for (let turn = 0; turn < MOST_PAGES; turn += 1) {
      const read: Page = await readPage(source, path, { after: afterOf(since) }, next);
      for (const row of read.rows) inbound.push(...toInbound(source, conversation, row, alert));
      next = read.next;
      if (next === null) return done('read');
    }
    return done(
      'failed',
      alert('too_many_pages', `The conversation ${conversation} has more than ${MOST_PAGES} pages.`),
    );
  } catch (error) {
    if (!(error instanceof ReadFailure))
      return done('broken', alert('unreadable', `The conversation ${conversation} was not answered.`));
    // The token and the rate are the account's, not the conversation's.
    if ([401, 403, 429].includes(error.status)) throw error;
    const gone = error.status === 404 || error.status === 410;
    return done(
      gone ? 'read' : 'failed',
      alert('unreadable', `The conversation ${conversation}: ${error.message}`),
    );
  }
}

function toInbound(
  { account, now }: CatchUpSource,
  conversation: string,
  row: unknown,
  alert: (code: string, why: string) => Inbound,
): readonly Inbound[] {
  const event = {
    type: 'message.created',
    timestamp: new Date(now()).toISOString(),
    data: { ...(row as object), account_id: account, conversation_id: conversation },
  };
  const parsed = parseWebhook(Buffer.from(JSON.stringify(event)), account, '', now());
  return parsed.kind === 'parsed'
    ? parsed.inbound
    : [alert(parsed.code, `A message of the conversation ${conversation}: ${parsed.why}`)];
}

function bySentAt(inbound: readonly Inbound[]): readonly Inbound[] {
  const at = (one: Inbound): number => (one.kind === 'message' ? one.message.sentAt : 0);
  return [...inbound].sort((a, b) => at(a) - at(b));
}

async function readPage(
  { read }: CatchUpSource,
  path: string,
  query: Readonly<Record<string, string>>,
  cursor: string | null,
): Promise<Page> {
  const response = await read(path, { ...query, ...(cursor === null ? {} : { cursor }) });
  const { status } = response;
  if (status !== 200) throw new ReadFailure(status, `the read was answered with HTTP ${status}.`);
  const body = page.safeParse(tryJson(response.body));
  if (!body.success) throw new ReadFailure(status, 'the read was answered with something else than a page.');
  const { conversations, messages, data, next_cursor: next } = body.data;
  // One that leads to itself would be read for ever.
  return { rows: conversations ?? messages ?? data ?? [], next: next && next !== cursor ? next : null };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function idOf(row: unknown): string | null {
  const read = conversationRow.safeParse(row);
  return (read.success ? (read.data.conversation_id ?? read.data.id) : null) ?? null;
}

function afterOf(since: Instant): string {
  return new Date(since - OVERLAP_MS).toISOString();
}
